//! What the command does with real files, through the real binary and its real workers.
#![allow(missing_docs)]

mod archives;
mod deposit;
mod diff;
mod hostile;
mod matching;
mod same;
mod verbs;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The command, free of the environment's opinions.
pub fn doorward() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
    command.env_remove("RUST_BACKTRACE").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
    command
}

/// Runs the command; its output is text.
pub fn run(arguments: &[&str]) -> Ran {
    Ran::of(doorward().args(arguments).output().unwrap())
}

/// Audits a path into JSON.
pub fn audit(path: &Path, flags: &[&str]) -> Audited {
    let output = doorward().arg("audit").arg(path).args(["--json", "-"]).args(flags).output().unwrap();
    Audited::of(output)
}

/// Audits bytes that come through standard input.
pub fn audit_input(bytes: &[u8], flags: &[&str]) -> Audited {
    let mut command = doorward();
    command.args(["audit", "-", "--json", "-"]).args(flags);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(bytes));
        Audited::of(child.wait_with_output().unwrap())
    })
}

/// What a run printed.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("all output is UTF-8");
        Self {
            code: output.status.code().expect("no signal ends the command"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// A report.
#[derive(Debug)]
pub struct Audited {
    pub code: i32,
    pub json: serde_json::Value,
    pub bytes: Vec<u8>,
}

impl Audited {
    pub fn of(output: Output) -> Self {
        let code = output.status.code().expect("no signal ends the command");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}; status {code}; {err}"));
        assert_eq!(err, "", "an audit into a pipe says nothing beside its report");
        Self { code, json, bytes: output.stdout }
    }

    pub fn verdict(&self) -> &str {
        self.json["verdict"].as_str().unwrap()
    }

    /// Kinds of all problems, with how many there are of each.
    pub fn problems(&self) -> std::collections::BTreeMap<&str, u64> {
        let counts = self.json["coverage"]["problems"].as_object().unwrap();
        counts.iter().map(|(kind, count)| (kind.as_str(), count.as_u64().unwrap())).collect()
    }

    /// Names of all places, in the order of the report.
    pub fn names(&self) -> Vec<&str> {
        self.json["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap_or_default()).collect()
    }

    /// Ids of the rules of all findings, at least this strong.
    pub fn rules(&self, levels: &[&str]) -> Vec<&str> {
        let findings = self.json["findings"].as_array().unwrap();
        let strong = findings.iter().filter(|finding| levels.contains(&finding["level"].as_str().unwrap()));
        strong.map(|finding| finding["rule"].as_str().unwrap()).collect()
    }
}
