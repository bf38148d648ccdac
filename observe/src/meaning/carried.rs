//! Data that take their way over a file: what one call writes there, another runs.
//!
//! The order of the calls does not count, since callbacks and timers are not followed in the order of time. Not handled: a file
//! whose path is not known at all, and one that is read back.

use super::values::{Origin, STEPS_MAX};
use doorward_model::Fact;

/// Most writes, and most runs, that are compared with each other.
const CALLS_MAX: usize = 64;

/// Fewest letters of a path or its last part that tell it from others.
const LETTERS_MIN: usize = 3;

/// What is written and what is run.
#[derive(Default)]
pub(crate) struct Files {
    writes: Vec<(String, Origin)>,
    runs: Vec<(String, Fact)>,
}

impl Files {
    /// Data of an origin are written to a file.
    pub(crate) fn keeps(&mut self, origin: &Origin, write: &Fact) {
        let Some(path) = write.text("path").filter(|_| write.kind.name == "file.write") else { return };
        let tells = path.rsplit(['/', '\\']).next().unwrap_or(path).chars().filter(|letter| letter.is_alphanumeric()).count();
        if origin.kind.name != "net.receive" || tells < LETTERS_MIN || self.writes.len() >= CALLS_MAX {
            return;
        }
        let mut origin = origin.clone();
        let here = (u32::try_from(write.span.start).unwrap_or(0), u32::try_from(write.span.end).unwrap_or(0));
        if origin.steps.len() < STEPS_MAX && origin.steps.last() != Some(&here) {
            origin.steps.push(here);
        }
        origin.transforms.push("file");
        origin.turns.resize(origin.transforms.len().saturating_sub(1), usize::MAX);
        origin.turns.push(origin.steps.len().saturating_sub(1));
        let written = (path.to_owned(), origin);
        if !self.writes.contains(&written) {
            self.writes.push(written);
        }
    }

    /// Something is run: a command, a module, a file by what opens it.
    pub(crate) fn runs(&mut self, run: &Fact) {
        let command = match run.kind.name {
            "process.spawn" => run.text("command"),
            "code.load" => run.text("module"),
            "file.execute" => run.text("path"),
            _ => None,
        };
        if let Some(command) = command.filter(|_| self.runs.len() < CALLS_MAX) {
            self.runs.push((command.to_owned(), run.clone()));
        }
    }

    /// The ways from what was written to what runs it.
    pub(crate) fn ways(self) -> Vec<(Origin, Fact)> {
        let mut ways = Vec::new();
        for (path, origin) in &self.writes {
            let runs = self.runs.iter().filter(|(command, _)| names(command, path));
            ways.extend(runs.map(|(_, run)| (origin.clone(), run.clone())));
        }
        ways
    }
}

/// Whether a command names a path as one of its words.
fn names(command: &str, path: &str) -> bool {
    let of_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    command.match_indices(path).any(|(at, _)| {
        let before = command.get(..at).and_then(|before| before.chars().next_back());
        let after = command.get(at.saturating_add(path.len())..).and_then(|after| after.chars().next());
        !before.is_some_and(|letter| of_word(letter) || matches!(letter, '/' | '\\'))
            && !after.is_some_and(|letter| of_word(letter) || matches!(letter, '/' | '\\'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_a_path() {
        let cases = [
            ("/tmp/x", "/tmp/x", true),
            ("node ~/.a/b.js", "~/.a/b.js", true),
            ("node \"…/b.js\" &", "…/b.js", true),
            ("/tmp/x.log", "/tmp/x", false),
            ("cat /home/tmp/x", "/tmp/x", false),
            ("ls /tmp", "/tmp/x", false),
        ];
        for (command, path, expected) in cases {
            assert_eq!(names(command, path), expected, "{command}");
        }
    }
}
