//! A gem's `metadata` (YAML as RubyGems writes it) and, lightly, `*.gemspec`.
//!
//! Source: the RubyGems "Specification Reference". The YAML reader knows the one layout that RubyGems itself writes: keys at the
//! margin, lists with `- `, a version or requirement under its key. A gemspec is Ruby: only assignments of literals are read.

use super::{dependency, entry, lines, package, person};
use crate::Facts;
use memchr::memmem;
use std::ops::Range;

/// Reads `metadata`.
pub(super) fn metadata(bytes: &[u8], facts: &mut Facts) -> bool {
    let (mut name, mut version, mut summary) = (None, String::new(), String::new());
    let mut key = "";
    let mut asked: Option<(Range<usize>, String, &str)> = None;
    for (offset, line) in lines::lines(bytes).take(50_000) {
        let Ok(text) = std::str::from_utf8(line) else { continue };
        if let Some((found, value)) =
            text.split_once(':').filter(|(found, _)| !found.is_empty() && !found.starts_with([' ', '-', '#']))
        {
            key = found;
            let behind = offset.saturating_add(found.len()).saturating_add(1);
            let (span, _) = lines::trimmed(behind, value.as_bytes());
            match key {
                "name" => name = Some((span, plain(value))),
                "summary" => summary = plain(value),
                _ => {}
            }
            continue;
        }
        let (span, item) = lines::trimmed(offset, line);
        let item = std::str::from_utf8(item).unwrap_or_default();
        match key {
            "version" => version = item.strip_prefix("version:").map_or(version, plain),
            "extensions" | "executables" => {
                if let Some(path) = item.strip_prefix("- ") {
                    let (event, phase) = if key == "extensions" { ("extension", "install") } else { ("bin", "run") };
                    let path = if key == "executables" { format!("bin/{}", plain(path)) } else { plain(path) };
                    entry(facts, span, event, &path, phase);
                }
            }
            "authors" | "email" => {
                if let Some(name) = item.strip_prefix("- ") {
                    person(facts, span, "author", &plain(name));
                }
            }
            "dependencies" => {
                if text.starts_with("- !ruby/object:Gem::Dependency") {
                    flush(&mut asked, facts);
                } else if let Some(value) = item.strip_prefix("name:") {
                    asked = Some((span, plain(value), "run"));
                } else if let (Some(asked), Some(value)) = (&mut asked, item.strip_prefix("type:")) {
                    asked.2 = if plain(value) == ":development" { "dev" } else { "run" };
                }
            }
            _ => {}
        }
    }
    flush(&mut asked, facts);
    match name {
        Some((span, name)) => package(facts, span, "gem", &name, &version, &summary),
        None => super::malformed(facts, 0..0, "gem metadata without a name"),
    }
    true
}

/// Tells of the dependency that was read.
fn flush(asked: &mut Option<(Range<usize>, String, &str)>, facts: &mut Facts) {
    if let Some((span, name, when)) = asked.take() {
        dependency(facts, span, &name, "", "registry", when);
    }
}

/// A scalar of YAML or a literal of Ruby without its quotes.
fn plain(value: &str) -> String {
    let value = value.trim();
    let inner = ['\'', '"'].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(value).to_owned()
}

/// Reads a gemspec; false where the text is none.
pub(super) fn specification(bytes: &[u8], head: &[u8], facts: &mut Facts) -> bool {
    if memmem::find(head, b"Gem::Specification.new").is_none() {
        return false;
    }
    let (mut name, mut version, mut summary) = (None, String::new(), String::new());
    for (offset, line) in lines::lines(bytes).take(5_000) {
        let Some(field) = lines::pair(offset, line, b"=", "") else { continue };
        let Some((_, attribute)) = field.name.split_once('.') else { continue };
        let literals = literals(&field.value);
        match attribute.trim_end_matches(['|', '+', ' ', '<']) {
            "name" => name = literals.into_iter().next().map(|text| (field.span.clone(), text)),
            "version" => version = literals.into_iter().next().unwrap_or_default(),
            "summary" => summary = literals.into_iter().next().unwrap_or_default(),
            "extensions" => literals.iter().for_each(|path| entry(facts, field.span.clone(), "extension", path, "install")),
            "executables" => {
                literals.iter().for_each(|path| entry(facts, field.span.clone(), "bin", &format!("bin/{path}"), "run"))
            }
            _ => {}
        }
    }
    if let Some((span, name)) = name {
        package(facts, span, "gem", &name, &version, &summary);
    }
    true
}

/// The string literals of a line of Ruby, `%w[a b]` among them.
fn literals(text: &str) -> Vec<String> {
    let words = ["%w[", "%w(", "%w{"].into_iter().find_map(|start| text.split_once(start));
    if let Some((_, list)) = words {
        let list = list.split([']', ')', '}']).next().unwrap_or_default();
        return list.split_ascii_whitespace().map(str::to_owned).collect();
    }
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['"', '\'']) {
        let quoted = rest.get(start..).unwrap_or_default();
        let mut chars = quoted.chars();
        let Some(quote) = chars.next() else { break };
        let Some((inside, behind)) = chars.as_str().split_once(quote) else { break };
        if inside.contains("#{") {
            return Vec::new();
        }
        found.push(inside.to_owned());
        rest = behind;
    }
    found
}
