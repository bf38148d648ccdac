//! What of a started process decides what runs: the program and a shell's line, but not the data that a fixed program is told.
//!
//! Not handled: programs that run what they are told and are not among those named here.

use super::apis::Row;
use super::arguments::argument;
use super::machine::Args;
use super::values::{Origin, Shape, Tag, Value};
use doorward_model::Fact;
use std::rc::Rc;

/// Programs that run, install or start what they are told, or what lies in the folder where they stand.
const RUNNERS: [&str; 86] = [
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "csh",
    "tcsh",
    "fish",
    "ash",
    "busybox",
    "cmd",
    "powershell",
    "pwsh",
    "command",
    "python",
    "python2",
    "python3",
    "pythonw",
    "py",
    "pyw",
    "pypy",
    "pypy3",
    "node",
    "nodejs",
    "deno",
    "bun",
    "npm",
    "npx",
    "pnpm",
    "yarn",
    "pip",
    "pip3",
    "pipx",
    "uv",
    "uvx",
    "easy_install",
    "conda",
    "perl",
    "ruby",
    "gem",
    "bundle",
    "php",
    "lua",
    "java",
    "javaw",
    "dotnet",
    "go",
    "cargo",
    "make",
    "cmake",
    "ninja",
    "gradle",
    "mvn",
    "wscript",
    "cscript",
    "mshta",
    "rundll32",
    "regsvr32",
    "msiexec",
    "installutil",
    "start",
    "explorer",
    "open",
    "xdg-open",
    "osascript",
    "sudo",
    "doas",
    "su",
    "env",
    "exec",
    "nohup",
    "setsid",
    "nice",
    "timeout",
    "xargs",
    "ssh",
    "docker",
    "podman",
    "eval",
    "source",
    "schtasks",
    "crontab",
    "at",
    "systemd-run",
    "screen",
    "tmux",
];

/// What decides what a process runs.
pub(super) struct Run(Option<Rc<Tag>>);

impl Run {
    /// Whether data of an origin are in it.
    pub(super) fn has(&self, origin: &Origin) -> bool {
        let same = |known: &Origin| known.kind == origin.kind && known.outer == origin.outer && known.what == origin.what;
        self.0.as_ref().is_some_and(|tag| tag.origins.iter().any(same))
    }
}

/// What decides what runs, where a call starts a fixed program that does not run what it is told; nothing where all may.
pub(super) fn run_by(row: &'static Row, fact: &Fact, args: &Args<'_>) -> Option<Run> {
    if fact.kind.name != "process.spawn" {
        return None;
    }
    let (_, from) = row.args.iter().find(|(name, _)| *name == "command")?;
    let command = argument(from, args)?;
    let asks_for_shell = |value: &Value| value.truth() != Some(false);
    let options = args.at.iter().filter_map(|value| match &value.shape {
        Shape::Map(pairs) => pairs.iter().find(|(name, _)| &**name == "shell").map(|(_, value)| value),
        _ => None,
    });
    let named = args.named.iter().filter(|(name, _)| *name == "shell").map(|(_, value)| value);
    if options.chain(named).any(asks_for_shell) {
        return None;
    }
    match (&command.shape, args.get(1).map(|value| &value.shape)) {
        (Shape::List(words), _) => words.first().filter(|program| is_fixed(program)).map(|program| Run(program.deep_tag())),
        (Shape::Text(_), Some(Shape::List(_))) if is_fixed(command) => Some(Run(command.deep_tag())),
        // A line of which all is known: only what is told beside it can be of others.
        (Shape::Text(_), _) => {
            let program = command.known_text()?.split_ascii_whitespace().next()?;
            (is_fixed(&Value::text(program)) && !command.known_text()?.contains(['|', '&', ';', '`', '$', '\n']))
                .then(|| Run(command.deep_tag()))
        }
        _ => None,
    }
}

/// Whether a request goes to the machine's own address: who asks it tells nobody where it is.
pub(super) fn asks_itself(row: &'static Row, fact: &Fact, args: &Args<'_>, origin: &Origin) -> bool {
    let is_address = origin.kind.name == "host.read" && origin.what.as_deref() == Some("address");
    is_address
        && fact.arg("host").is_none()
        && row
            .args
            .iter()
            .filter(|(name, _)| matches!(*name, "url" | "host"))
            .any(|(_, from)| argument(from, args).is_some_and(|value| Run(value.deep_tag()).has(origin)))
}

/// Whether a word is the known name of a program that does not run what it is told.
pub(super) fn is_fixed(program: &Value) -> bool {
    let Some(text) = program.known_text() else { return false };
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text).to_ascii_lowercase();
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(&name);
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    // A program in some folder may have been put there.
    let is_bare = !text.contains(['/', '\\', ' ', '%', '~']) || text.starts_with("/usr/bin/") || text.starts_with("/bin/");
    is_bare && !name.is_empty() && !RUNNERS.contains(&name) && !RUNNERS.contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_program_is_known_by_name() {
        let cases = [
            ("git", true),
            ("cygpath", true),
            ("/usr/bin/git", true),
            ("GIT.exe", true),
            ("/bin/sh", false),
            ("python3.12", false),
            ("PowerShell.exe", false),
            ("npm.cmd", false),
            ("./run", false),
            ("/tmp/x", false),
            ("", false),
        ];
        for (program, expected) in cases {
            assert_eq!(is_fixed(&Value::text(program)), expected, "{program}");
        }
    }
}
