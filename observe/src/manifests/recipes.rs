//! What build files run: recipes of Makefiles, commands of CMake and Meson.
//!
//! Sources: the GNU make manual, "Recipe Syntax" and "The shell Function"; the CMake reference, `execute_process`, `file(DOWNLOAD)`
//! and `add_custom_command`; the Meson reference, `run_command` and `custom_target`. Commands are handed to the shell front end,
//! those of one target together. Recognised by the format's name alone. Not handled: variables of make and CMake, `include`,
//! and which targets are made.

use super::lines;
use crate::{Facts, meaning};
use memchr::memmem;
use std::ops::Range;

/// Most commands of one file that are followed.
const COMMANDS_MAX: usize = 500;

/// Longest command that is followed.
const COMMAND_BYTES_MAX: usize = 8 << 10;

/// Keywords of CMake that end a command.
const KEYWORDS: [&str; 14] = [
    "COMMAND",
    "WORKING_DIRECTORY",
    "OUTPUT_VARIABLE",
    "ERROR_VARIABLE",
    "RESULT_VARIABLE",
    "RESULTS_VARIABLE",
    "OUTPUT_QUIET",
    "ERROR_QUIET",
    "TIMEOUT",
    "DEPENDS",
    "COMMENT",
    "VERBATIM",
    "OUTPUT_STRIP_TRAILING_WHITESPACE",
    "COMMAND_ERROR_IS_FATAL",
];

/// Reads a build file of this format.
pub(super) fn read(bytes: &[u8], format: &str, facts: &mut Facts) -> bool {
    let commands = match format {
        "makefile" => make(bytes),
        "cmake" => together(cmake(bytes)),
        _ => together(meson(bytes)),
    };
    for (span, command) in commands.into_iter().take(COMMANDS_MAX) {
        if command.len() <= COMMAND_BYTES_MAX {
            meaning::observe_command(&command, span, 0, facts);
        }
    }
    true
}

/// The recipes of a Makefile, one for each target, and what `$(shell ...)` runs.
fn make(bytes: &[u8]) -> Vec<(Range<usize>, String)> {
    let mut found: Vec<(Range<usize>, String)> = Vec::new();
    let mut recipe: Option<(Range<usize>, String)> = None;
    for (offset, line) in lines::lines(bytes) {
        if let Some(text) = line.strip_prefix(b"\t") {
            let end = offset.saturating_add(line.len());
            let command = text.trim_ascii_start();
            let command = command.iter().position(|b| !matches!(b, b'@' | b'-' | b'+')).and_then(|at| command.get(at..));
            let command = String::from_utf8_lossy(command.unwrap_or_default()).replace("$$", "$");
            let (span, known) = recipe.get_or_insert((offset..end, String::new()));
            span.end = end;
            known.push_str(&command);
            known.push('\n');
        } else if !line.trim_ascii().is_empty() {
            found.extend(recipe.take());
        }
    }
    found.extend(recipe);
    for at in memmem::find_iter(bytes, b"$(shell ").take(COMMANDS_MAX) {
        let start = at.saturating_add(8);
        if let Some(inside) = bracketed(bytes, start) {
            let end = start.saturating_add(inside.len());
            found.push((start..end, String::from_utf8_lossy(inside).replace("$$", "$")));
        }
    }
    found
}

/// What stands up to the bracket that closes.
fn bracketed(bytes: &[u8], start: usize) -> Option<&[u8]> {
    let open = bytes.get(start..)?;
    let mut depth = 1_u32;
    let mut quote = None;
    let end = open.iter().take(COMMAND_BYTES_MAX).position(|b| {
        match (quote, b) {
            (Some(mark), b) if mark == *b => quote = None,
            (None, b'"' | b'\'') => quote = Some(*b),
            (None, b'(') => depth = depth.saturating_add(1),
            (None, b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })?;
    open.get(..end)
}

/// The calls of a function, by what stands between their brackets.
fn calls<'b>(bytes: &'b [u8], name: &'static str) -> impl Iterator<Item = (usize, String)> + use<'b> {
    let places = memmem::find_iter(bytes, name).take(COMMANDS_MAX);
    places.filter_map(move |at| {
        let behind = at.saturating_add(name.len());
        let blanks = bytes.get(behind..)?.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let open = behind.saturating_add(blanks);
        (bytes.get(open) == Some(&b'(')).then_some(())?;
        let inside = bracketed(bytes, open.saturating_add(1))?;
        Some((open.saturating_add(1), String::from_utf8_lossy(inside).into_owned()))
    })
}

/// What CMake runs and fetches.
fn cmake(bytes: &[u8]) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    for name in ["execute_process", "add_custom_command", "add_custom_target"] {
        for (at, inside) in calls(bytes, name) {
            let mut parts = inside.split("COMMAND ");
            parts.next();
            for part in parts {
                let end = KEYWORDS.iter().filter_map(|word| part.find(word)).min().unwrap_or(part.len());
                let command = part.get(..end).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
                found.push((at..at.saturating_add(inside.len()), command));
            }
        }
    }
    for (at, inside) in calls(bytes, "file") {
        let mut words = inside.split_whitespace();
        if let (Some("DOWNLOAD"), Some(url), Some(path)) = (words.next(), words.next(), words.next()) {
            found.push((at..at.saturating_add(inside.len()), format!("curl -o {path} {url}")));
        }
    }
    found
}

/// What Meson runs: lists of quoted words.
fn meson(bytes: &[u8]) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    for (at, inside) in calls(bytes, "run_command") {
        let words = inside.split('\'').skip(1).step_by(2).map(|word| format!("'{word}'"));
        found.push((at..at.saturating_add(inside.len()), words.collect::<Vec<_>>().join(" ")));
    }
    found
}

/// Commands in the order in which they stand, as one script.
fn together(mut commands: Vec<(Range<usize>, String)>) -> Vec<(Range<usize>, String)> {
    commands.sort_by_key(|(span, _)| span.start);
    let span = commands.iter().fold(None, |known: Option<Range<usize>>, (span, _)| match known {
        Some(known) => Some(known.start.min(span.start)..known.end.max(span.end)),
        None => Some(span.clone()),
    });
    let script: String = commands.into_iter().flat_map(|(_, command)| [command, "\n".into()]).collect();
    span.map(|span| (span, script)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_files_run_commands() {
        for (format, text, expected) in [
            ("makefile", "all:\n\t@echo $$HOME\n\t-rm x\n\nX := $(shell id (a))\n", vec!["echo $HOME\nrm x\n", "id (a)"]),
            ("cmake", "execute_process(COMMAND sh -c \"id\"\n OUTPUT_VARIABLE x)\n", vec!["sh -c \"id\"\n"]),
            ("cmake", "file(DOWNLOAD https://h.example.test/x x)\n", vec!["curl -o x https://h.example.test/x\n"]),
            ("meson", "run_command('sh', '-c', 'id | cat', check: true)\n", vec!["'sh' '-c' 'id | cat'\n"]),
            ("meson", "project('x')\n", vec![]),
        ] {
            let commands = match format {
                "makefile" => make(text.as_bytes()),
                "cmake" => together(cmake(text.as_bytes())),
                _ => together(meson(text.as_bytes())),
            };
            let commands: Vec<String> = commands.into_iter().map(|(_, command)| command).collect();
            assert_eq!(commands, expected, "{text}");
        }
    }
}
