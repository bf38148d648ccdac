//! What a file may hold: length, size, heads, `unsafe`.

use super::{File, files, none};

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const FILE_BYTES_MAX: usize = 1 << 20;

/// A file whose head says so is a table, and tables may be long.
const TABLE_MARK: &str = "//! A table:";

#[test]
fn files_and_functions_fit_in_a_head() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.is_rust()) {
        let text = file.text().unwrap_or_default();
        if is_table(text) {
            continue;
        }
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{}: {lines} lines; split it, or begin its head with {TABLE_MARK:?} if it is one", file.path));
        }
        wrong.extend(long_functions(text).map(|(line, lines)| format!("{}:{line}: a function of {lines} lines", file.path)));
    }
    none("too long to read", wrong);
}

fn is_table(text: &str) -> bool {
    text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.starts_with(TABLE_MARK))
}

/// First line and length of every function that is too long. Relies on rustfmt: the closing brace stands below its `fn`.
fn long_functions(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.contains('(')).collect();
        let named = line.split_whitespace().nth(words.len()).is_some() && words.last() == Some(&"fn");
        if !named || line.ends_with('}') || line.ends_with(';') || line.trim_start().starts_with("//") {
            continue;
        }
        let end = format!("{indent}}}");
        let length = lines[at..].iter().position(|line| **line == end).map_or(1, |below| below + 1);
        if length > FUNCTION_LINES_MAX {
            found.push((at + 1, length));
        }
    }
    found.into_iter()
}

#[test]
fn every_file_says_what_it_is() {
    // A file of tests is named for what it tests by the folder it stands in.
    let product = |file: &&File| file.is_rust() && file.path.contains("/src/") && !file.path.ends_with("/tests.rs");
    let silent = |file: &&File| !file.text().unwrap_or_default().starts_with("//! ");
    let wrong = files().iter().filter(product).filter(silent).map(|file| file.path.clone()).collect();
    none("files without a head (`//! What it is.`)", wrong);
}

#[test]
fn only_contain_is_unsafe_and_starts_processes() {
    // Spelled in two halves, or this file would name itself.
    let words =
        [concat!("allow(", "unsafe_code)"), concat!("un", "safe {"), concat!("un", "safe fn"), concat!("un", "safe impl")];
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.is_rust()) {
        let text = file.text().unwrap_or_default();
        let product = file.path.contains("/src/") && !file.path.starts_with("xtask/");
        if !file.path.starts_with("contain/") && words.iter().any(|word| text.contains(word)) {
            wrong.push(format!("{}: unsafe code", file.path));
        }
        let spawns = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").any(|line| line.contains("Command::new("));
        // clap's own type of that name takes the name of a subcommand.
        if product && spawns && !file.path.starts_with("contain/") && text.contains("process::Command") {
            wrong.push(format!("{}: starts a process", file.path));
        }
    }
    none("only `contain` may do that", wrong);
}

#[test]
fn no_file_is_large() {
    let large = |file: &&File| file.bytes.len() > FILE_BYTES_MAX;
    none("files above 1 MiB", files().iter().filter(large).map(|file| file.path.clone()).collect());
}

#[test]
fn the_length_of_functions_is_counted() {
    let body = "    let _ = 1;\n".repeat(70);
    let long = format!("pub fn long(\n    a: u8,\n) {{\n{body}}}\n\nfn short() {{\n    1\n}}\n");
    assert_eq!(long_functions(&long).collect::<Vec<_>>(), [(1, 74)]);
    assert_eq!(long_functions("trait T {\n    fn only(&self);\n}\n").count(), 0);
    assert!(is_table("//! Doors.\n//! A table: one row a door.\n") && !is_table("//! Doors.\nfn a() {}\n"));
}
