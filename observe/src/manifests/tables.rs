//! Texts made of `[tables]`: TOML manifests (`Cargo.toml`, `pyproject.toml`, `.cargo/config.toml`) and INI ones (`setup.cfg`,
//! `entry_points.txt`), told apart by their tables' names.

use super::{cargo, ini, malformed, pyproject};
use crate::Facts;
use doorward_model::{Problem, ProblemKind};
use memchr::memmem;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Most tables whose names are looked at.
const NAMES_MAX: usize = 200;

/// Larger TOML texts are not parsed.
const TOML_BYTES_MAX: usize = 1 << 20;

/// A table of a TOML text.
pub(super) type Table<'t> = DeTable<'t>;

/// A value of a TOML text.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// Reads a manifest made of tables; false where the text is none.
pub(super) fn read(bytes: &[u8], facts: &mut Facts) -> bool {
    let names = names(bytes);
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(name));
    let starts = |start: &str| names.iter().any(|name| name.starts_with(start));
    let cargo = has(&["package", "workspace", "lib", "dependencies", "package.metadata"]) && !has(&["metadata"]);
    let config = has(&["build", "alias"]) || starts("target.");
    let pyproject = has(&["project", "build-system"]) || starts("tool.");
    if cargo || pyproject || config {
        return toml(bytes, facts, |table, facts| {
            let read = pyproject && pyproject::read(table, facts);
            read | (cargo && cargo::read(table, facts)) | (config && cargo::config(table, facts))
        });
    }
    if has(&["metadata", "options", "console_scripts", "gui_scripts", "options.entry_points", "distutils.commands"])
        || starts("pytest")
    {
        return ini::read(bytes, facts);
    }
    false
}

/// Names of tables, without brackets and blanks.
fn names(bytes: &[u8]) -> Vec<&str> {
    let first = bytes.starts_with(b"[").then_some(0);
    let starts = first.into_iter().chain(memmem::find_iter(bytes, b"\n[").map(|at| at.saturating_add(1)));
    let name = |at: usize| {
        let line = bytes.get(at..)?.split(|&b| b == b'\n').next()?;
        let text = line.split(|&b| b == b'#').next()?.trim_ascii();
        let inner = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]"))?;
        let inner = inner.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(inner);
        std::str::from_utf8(inner).ok().map(str::trim)
    };
    starts.take(NAMES_MAX).filter_map(name).collect()
}

/// Parses TOML as far as it goes and hands its top table on.
fn toml(bytes: &[u8], facts: &mut Facts, read: impl Fn(&Table<'_>, &mut Facts) -> bool) -> bool {
    if bytes.len() > TOML_BYTES_MAX {
        facts.problem(Problem::new(ProblemKind::ParseLimit, "a TOML manifest of more than 1 MiB"));
        return true;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            malformed(
                facts,
                error.valid_up_to()..error.valid_up_to().saturating_add(1),
                "TOML that is not UTF-8: read up to there",
            );
            std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
    };
    // The parser bounds its own recursion (80 levels) and says so as an error.
    let (table, errors) = DeTable::parse_recoverable(text);
    let read = read(table.get_ref(), facts);
    if let Some(error) = errors.first().filter(|_| read) {
        let span = error.span().unwrap_or(0..0);
        let message = error.message();
        let message: String = message.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(120).collect();
        malformed(facts, span, format!("TOML: {message}"));
    }
    read
}

/// The value of a key.
pub(super) fn get<'t, 'i>(table: &'t Table<'i>, key: &str) -> Option<&'t Value<'i>> {
    table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
}

/// The table under a path of keys.
pub(super) fn table<'t, 'i>(table: &'t Table<'i>, path: &[&str]) -> Option<&'t Table<'i>> {
    path.iter().try_fold(table, |table, key| get(table, key)?.get_ref().as_table())
}

/// The text of a key, and where it stands, quotes excluded where they are plain.
pub(super) fn text<'t>(table: &'t Table<'_>, key: &str) -> Option<(Range<usize>, &'t str)> {
    let value = get(table, key)?;
    Some((inner(value), value.get_ref().as_str()?))
}

/// The bytes of a value; of a text without its quotes.
pub(super) fn inner(value: &Value<'_>) -> Range<usize> {
    let Range { start, end } = value.span();
    let written = end.saturating_sub(start);
    match value.get_ref().as_str() {
        Some(text) if written == text.len().saturating_add(2) => start.saturating_add(1)..end.saturating_sub(1),
        _ => start..end,
    }
}

/// The texts of a list, and where they stand; of a single text that one.
pub(super) fn texts<'t>(value: &'t Value<'_>) -> Vec<(Range<usize>, &'t str)> {
    match value.get_ref() {
        DeValue::Array(list) => list.iter().filter_map(|item| Some((inner(item), item.get_ref().as_str()?))).collect(),
        other => other.as_str().map(|text| (inner(value), text)).into_iter().collect(),
    }
}

/// Keys and values of a table in the order of the text, each with the bytes of both.
pub(super) fn pairs<'t, 'i>(table: &'t Table<'i>) -> Vec<(Range<usize>, &'t str, &'t Value<'i>)> {
    let pair = |(key, value): (&'t Spanned<std::borrow::Cow<'i, str>>, &'t Value<'i>)| {
        let start = key.span().start;
        (start..value.span().end.max(start), key.get_ref().as_ref(), value)
    };
    let mut pairs: Vec<_> = table.iter().map(pair).collect();
    pairs.sort_by_key(|(span, ..)| span.start);
    pairs
}
