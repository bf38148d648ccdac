//! Package manifests: what a package says it is, asks for and runs.
//!
//! A content knows no path, so its shape decides what it is read as: the first significant line of a text, the top-level
//! keys of a JSON object, the root element of XML. Whether it counts as the manifest of a package is decided by `link`, which
//! knows its path. Problems are told only of what has the shape of a manifest. Broken manifests are read as far as they go.
//!
//! Not handled: what a `setup.py`, `build.gradle` or Makefile computes (that is code), lock files, and YAML but for gems.

mod cargo;
mod chrome;
mod composer;
mod debian;
mod editor;
mod gem;
mod gyp;
mod ini;
mod jar;
mod json;
mod lines;
mod npm;
mod pth;
mod pypi;
mod pyproject;
mod recipes;
mod requirement;
mod tables;
mod xml;
mod xml_packages;

pub(crate) use lines::ini as ini_fields;
pub(crate) use requirement::python as python_requirement;

use crate::Facts;
use doorward_model::{Fact, FactKind, Problem, Reading, Span, Value, vocabulary};
use json::Json;
use memchr::memmem;
use std::ops::Range;

/// Name of this observer in facts.
const BY: &str = "manifests";

/// Larger contents are no manifests.
const MANIFEST_BYTES_MAX: usize = 4 << 20;

/// Longest text of an argument that is kept.
const ARGUMENT_BYTES_MAX: usize = 4096;

/// Bytes at the start of a text in which its shape must show.
const HEAD_BYTES: usize = 4096;

/// Reads a manifest, where the content has the shape of one.
pub fn observe(bytes: &[u8], reading: &Reading, facts: &mut Facts) {
    if bytes.is_empty() || bytes.len() > MANIFEST_BYTES_MAX {
        return;
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head = text.get(..HEAD_BYTES).unwrap_or(text);
    let read = if matches!(&*reading.format, "pth" | "python-path") {
        pth::read(bytes, facts)
    } else if matches!(&*reading.format, "makefile" | "cmake" | "meson") {
        recipes::read(bytes, &reading.format, facts)
    } else {
        match head.trim_ascii_start().first() {
            // Only texts; a NUL within the first bytes is the mark of something else.
            _ if head.get(..64).unwrap_or(head).contains(&0) => false,
            Some(b'{' | b'/' | b'#' | b'[' | b'<' | b'-' | b';') => by_mark(bytes, head, facts),
            Some(b) if b.is_ascii_alphanumeric() => by_first_line(bytes, head, facts),
            _ => false,
        }
    };
    if read {
        facts.parsed();
    }
}

/// Texts whose first byte says much.
fn by_mark(bytes: &[u8], head: &[u8], facts: &mut Facts) -> bool {
    let first = significant(head);
    match first.first() {
        Some(b'{') => object(bytes, facts),
        Some(b'<') => xml_packages::read(bytes, facts),
        Some(b'[') => tables::read(bytes, facts),
        Some(b'-') if first.starts_with(b"--- !ruby/object:Gem::Specification") => gem::metadata(bytes, facts),
        Some(b) if b.is_ascii_alphanumeric() => by_first_line(bytes, first, facts),
        _ => false,
    }
}

/// Texts whose first line that is no comment starts with a word.
fn by_first_line(bytes: &[u8], head: &[u8], facts: &mut Facts) -> bool {
    let line = head.split(|&b| b == b'\n').next().unwrap_or_default();
    let word = line.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'"')).count();
    match line.get(word..).unwrap_or_default().trim_ascii_start().first() {
        Some(b':') if line.get(word) == Some(&b':') && line.get(word.saturating_add(1)) != Some(&b':') => {
            headers(bytes, head, facts)
        }
        Some(b'=') => jar::properties(bytes, facts) || tables::read(bytes, facts),
        _ => gem::specification(bytes, head, facts),
    }
}

/// Texts of headers.
fn headers(bytes: &[u8], head: &[u8], facts: &mut Facts) -> bool {
    let has = |name: &[u8]| head.starts_with(name) || memmem::find_iter(head, name).any(|at| is_line_start(head, at));
    if has(b"Metadata-Version:") {
        pypi::metadata(bytes, facts)
    } else if has(b"Manifest-Version:") {
        jar::manifest(bytes, facts)
    } else if has(b"Package:") && (has(b"Version:") || has(b"Architecture:")) {
        debian::control(bytes, facts)
    } else {
        false
    }
}

/// JSON objects.
fn object(bytes: &[u8], facts: &mut Facts) -> bool {
    // One pass for keys that some manifest has, before anything is taken apart: most JSON is data.
    const KEYS: [&[u8]; 11] = [
        b"<!",
        b"\"name\"",
        b"\"scripts\"",
        b"\"manifest_version\"",
        b"\"runOn\"",
        b"Command\"",
        b"'targets'",
        b"\"targets\"",
        b"\"dependencies\"",
        b"\"hooks\"",
        b"\\u00",
    ];
    if !KEYS.iter().any(|key| memmem::find(bytes, key).is_some()) {
        return false;
    }
    let json = Json::read(bytes);
    let Some(root) = json.root() else { return false };
    let read = chrome::read(&json, root, facts)
        || editor::read(&json, root, facts)
        || gyp::read(&json, root, bytes, facts)
        || composer::read(&json, root, facts)
        || npm::read(&json, root, facts);
    if read && let Some(fault) = json.fault {
        facts.problem(fault);
    }
    read
}

/// The text from its first line that is neither empty nor a comment.
fn significant(head: &[u8]) -> &[u8] {
    let mut rest = head;
    loop {
        rest = rest.trim_ascii_start();
        let comment = match rest {
            [b'#', ..] | [b';', ..] | [b'/', b'/', ..] => memchr::memchr(b'\n', rest),
            [b'/', b'*', ..] => memmem::find(rest, b"*/").map(|end| end.saturating_add(2)),
            _ => return rest,
        };
        match comment.and_then(|end| rest.get(end..)) {
            Some(behind) => rest = behind,
            None => return b"",
        }
    }
}

/// Whether an offset is the first byte of a line.
fn is_line_start(text: &[u8], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| text.get(before) == Some(&b'\n'))
}

/// A new fact of this observer.
fn fact(kind: &'static FactKind, span: Range<usize>) -> Fact {
    Fact::new(kind, Span::of(span), BY)
}

/// A text cut to what is kept of an argument, at a character.
fn kept(text: &str) -> Value {
    let mut end = text.len().min(ARGUMENT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default().into()
}

/// A package says what it is.
fn package(facts: &mut Facts, span: Range<usize>, ecosystem: &str, name: &str, version: &str, summary: &str) {
    let summary = summary.lines().next().unwrap_or_default().trim();
    let fact = fact(&vocabulary::PACKAGE, span).with("ecosystem", ecosystem);
    facts.push(fact.with("name", kept(name.trim())).with("version", kept(version.trim())).with("summary", kept(summary)));
}

/// A package names its home.
fn home(facts: &mut Facts, span: Range<usize>, url: &str, what: &str, part: bool) {
    let fact = fact(&vocabulary::PACKAGE_HOME, span).with("url", kept(url.trim()));
    facts.push(fact.with("what", what).with("part", part));
}

/// A package names a command that runs by itself.
fn script(facts: &mut Facts, span: Range<usize>, event: &str, command: &str, phase: &str) {
    let mut fact = fact(&vocabulary::SCRIPT, span.clone()).with("event", kept(event)).with("command", kept(command));
    fact = fact.with("phase", phase);
    if !matches!(phase, "install" | "open") {
        return facts.push(fact);
    }
    // What runs by itself is followed, as a function of its own.
    fact.function = facts.function(event);
    let function = fact.function;
    facts.push(fact);
    crate::meaning::observe_command(command, span, function, facts);
}

/// A package names a file or module.
fn entry(facts: &mut Facts, span: Range<usize>, event: &str, path: &str, phase: &str) {
    let fact = fact(&vocabulary::ENTRY, span).with("event", event).with("path", kept(path));
    facts.push(fact.with("phase", phase));
}

/// A package names what becomes a command or a plug-in of this name.
fn entry_named(facts: &mut Facts, span: Range<usize>, event: &str, name: &str, path: &str, phase: &str) {
    if name.trim().is_empty() {
        return entry(facts, span, event, path, phase);
    }
    let fact = fact(&vocabulary::ENTRY, span).with("event", event).with("path", kept(path));
    facts.push(fact.with("name", kept(name.trim())).with("phase", phase));
}

/// A package asks for another.
fn dependency(facts: &mut Facts, span: Range<usize>, name: &str, requirement: &str, source: &str, when: &str) {
    let fact = fact(&vocabulary::DEPENDENCY, span).with("name", kept(name.trim())).with("requirement", kept(requirement.trim()));
    facts.push(fact.with("source", source).with("when", when));
}

/// A package says who makes or keeps it; several stand in one text where they have addresses.
fn person(facts: &mut Facts, span: Range<usize>, role: &str, names: &str) {
    let several = if names.contains('@') { names.split(',').collect() } else { vec![names] };
    for name in several.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
        facts.push(fact(&vocabulary::PACKAGE_PERSON, span.clone()).with("name", kept(name)).with("role", role));
    }
}

/// A package asks for a right.
fn permission(facts: &mut Facts, span: Range<usize>, name: &str, optional: bool) {
    facts.push(fact(&vocabulary::PERMISSION, span).with("name", kept(name)).with("optional", optional));
}

/// Tells of a manifest that is broken at some bytes.
fn malformed(facts: &mut Facts, span: Range<usize>, what: impl Into<Box<str>>) {
    facts.problem(Problem::at(Span::of(span), doorward_model::ProblemKind::Malformed, what));
}

#[cfg(test)]
mod tests;
