//! Which files a file asks for, read from its lines: for code whose values are not followed.
//!
//! Python's `import` and `from ... import` outside of functions, and the relative paths that JavaScript requires, imports or
//! exports from. Not handled: names that are computed, imports inside of functions of Python, and what stands in a comment or
//! text and looks like an import, which asks for a file that is there or for nothing.

use doorward_model::Summary;
use doorward_model::summary::{Import, Offer, Outside};
use memchr::memmem;

/// Most imports of one file.
pub(crate) const IMPORTS_MAX: usize = 256;

/// Longest name of a module.
pub(crate) const NAME_BYTES_MAX: usize = 256;

/// What was read so far.
#[derive(Default)]
struct Asked {
    imports: Vec<Import>,
    outside: Vec<Outside>,
    exports: Vec<(Box<str>, Offer)>,
}

/// What the lines of a file ask for; `None` where that is nothing of the file's own package.
pub(crate) fn read(bytes: &[u8], is_python: bool) -> Option<Summary> {
    let mut asked = Asked::default();
    if is_python {
        python(bytes, &mut asked)
    } else {
        javascript(bytes, &mut asked)
    }
    let Asked { imports, outside, exports } = asked;
    let asked = Summary { imports: imports.into(), outside: outside.into(), exports: exports.into(), ..Summary::default() };
    (!asked.imports.is_empty()).then_some(asked)
}

fn python(bytes: &[u8], asked: &mut Asked) {
    let mut inside = false;
    let mut start = 0_usize;
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..len).unwrap_or_default();
        let at = start;
        start = start.saturating_add(len).saturating_add(1);
        let text = line.trim_ascii();
        if !line.first().is_none_or(u8::is_ascii_whitespace) && !text.is_empty() {
            inside = text.starts_with(b"def ") || text.starts_with(b"async def ") || text.starts_with(b"class ");
        }
        let is_import = text.starts_with(b"from ") || text.starts_with(b"import ");
        if inside || !is_import {
            continue;
        }
        // Names in brackets may go on for lines.
        let statement = match memchr::memchr(b'(', line) {
            Some(_) => rest.get(..memchr::memchr(b')', rest).unwrap_or(len).min(4096)).unwrap_or(line),
            None => line,
        };
        if let Ok(statement) = std::str::from_utf8(statement) {
            python_import(statement.trim(), at, asked);
        }
        if asked.imports.len() >= IMPORTS_MAX {
            return;
        }
    }
}

fn python_import(statement: &str, at: usize, asked: &mut Asked) {
    let words = |text: &str| text.split('#').next().unwrap_or_default().trim().to_owned();
    if let Some(rest) = statement.strip_prefix("from ") {
        let Some((module, items)) = rest.split_once(" import ").or_else(|| rest.split_once(" import(")) else { return };
        let name = module.trim().trim_start_matches('.');
        let dots = module.trim().len().saturating_sub(name.len());
        for item in items.replace(['(', '\\'], " ").split([',', '\n']).map(words).filter(|item| !item.is_empty()) {
            let (item, alias) = item.split_once(" as ").map_or((&*item, &*item), |(item, alias)| (item.trim(), alias.trim()));
            offer(asked, (name, u32::try_from(dots).unwrap_or(0)), Some(item), alias, at);
        }
        return;
    }
    let Some(modules) = statement.strip_prefix("import ") else { return };
    for module in modules.split([',', ';']).map(words) {
        let (name, alias) = module.split_once(" as ").map_or((&*module, ""), |(name, alias)| (name.trim(), alias.trim()));
        offer(asked, (name, 0), None, alias, at);
    }
}

/// An import, and the name that it makes known.
fn offer(asked: &mut Asked, (module, dots): (&str, u32), item: Option<&str>, alias: &str, at: usize) {
    let is_name = |text: &str| text.len() <= NAME_BYTES_MAX && !text.contains(char::is_whitespace);
    if asked.imports.len() >= IMPORTS_MAX || !is_name(module) || !item.is_none_or(is_name) || module.is_empty() && dots == 0 {
        return;
    }
    let span = crate::sink::span(at, at);
    asked.imports.push(Import { module: module.into(), dots, item: item.map(Into::into), function: 0, span });
    if alias.is_empty() || !is_name(alias) {
        return;
    }
    let import = u32::try_from(asked.imports.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let outside = u32::try_from(asked.outside.len()).unwrap_or(u32::MAX);
    let path = item.filter(|item| *item != "*").unwrap_or_default();
    asked.outside.push(Outside { import, path: path.into() });
    asked.exports.push((alias.into(), Offer::Outside(outside)));
}

fn javascript(bytes: &[u8], asked: &mut Asked) {
    for (mark, before) in [(&b"require("[..], &b"exports"[..]), (b"from", b"export"), (b"import", b"")] {
        for at in memmem::find_iter(bytes, mark) {
            if asked.imports.len() >= IMPORTS_MAX {
                return;
            }
            let rest = bytes.get(at.saturating_add(mark.len())..).unwrap_or_default();
            let Some(module) = relative(rest) else { continue };
            // What is exported as it was imported.
            let line = bytes.get(..at).unwrap_or_default();
            let line = line.get(memchr::memrchr(b'\n', line).map_or(0, |end| end.saturating_add(1))..).unwrap_or_default();
            let line = line.get(line.len().saturating_sub(NAME_BYTES_MAX)..).unwrap_or_default();
            let whole = mark == b"require(" && line.trim_ascii_end().ends_with(b"module.exports =");
            let star = mark == b"from" && memmem::find(line, before).is_some();
            offer(asked, (module, 0), None, if whole || star { "*" } else { "" }, at);
        }
    }
}

/// The relative path that stands in quotes at the start.
fn relative(text: &[u8]) -> Option<&str> {
    let text = text.get(..NAME_BYTES_MAX.min(text.len()))?.trim_ascii_start();
    let text = text.strip_prefix(b"(").unwrap_or(text);
    let (quote, rest) = text.split_first().filter(|(quote, _)| matches!(quote, b'\'' | b'"' | b'`'))?;
    let path = rest.get(..memchr::memchr(*quote, rest)?)?;
    let path = std::str::from_utf8(path).ok()?;
    (path.starts_with("./") || path.starts_with("../") || matches!(path, "." | "..")).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, is_python: bool, expected: &[&str]) {
        let asked = read(text.as_bytes(), is_python).unwrap_or_default();
        let shown = |import: &Import| {
            let dots = ".".repeat(usize::try_from(import.dots).unwrap());
            format!("{dots}{}{}", import.module, import.item.as_ref().map_or(String::new(), |item| format!("#{item}")))
        };
        let found: Vec<String> = asked.imports.iter().map(shown).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn lines_say_what_a_file_asks_for() {
        check(
            "import os, a.b as c\nfrom .x import f as g, h\nfrom .. import y # z\n",
            true,
            &["os", "a.b", ".x#f", ".x#h", "..#y"],
        );
        check("from .x import (\n    f,\n    g as h,  # why\n)\nfrom . import *\n", true, &[".x#f", ".x#g", ".#*"]);
        check("def f():\n    import late\ntry:\n    import early\nexcept ImportError:\n    pass\n", true, &["early"]);
        check("x = 'import'\n", true, &[]);
        check(
            "const a = require('./a'), fs = require('fs');\nexport * from \"../b\";\nimport c from './c.mjs'\nimport './d'",
            false,
            &["./a", "../b", "./c.mjs", "./d"],
        );
        check("import('./late').then(x => x)", false, &["./late"]);
    }
}
