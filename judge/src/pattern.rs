//! Patterns of a rule page: literals, regular expressions and bytes, which observers search for under numbers.
//!
//! Every pattern names literals of which each match contains one, so that all patterns of all pages cost one pass.

use crate::page::{Block, toml_error};
use crate::syntax::Wrong;
use doorward_model::Pattern;
use std::fmt::Write;

/// A pattern and the name that its page gives it.
#[derive(Clone, Debug)]
pub(crate) struct PagePattern {
    pub name: Box<str>,
    pub pattern: Pattern,
    /// Number in the lexicon; known once all rules are together.
    pub id: u32,
    /// Line in the page, counted from 1.
    pub line: usize,
}

const KEYS: [&str; 6] = ["literal", "literals", "regex", "hex", "ignore_case", "whole_word"];

/// Reads a ```` ```patterns ```` block.
pub(crate) fn read(block: &Block<'_>) -> Result<Vec<PagePattern>, Wrong> {
    let table: toml::Table = toml::from_str(&block.body).map_err(|error| toml_error(&error, block))?;
    let mut patterns = Vec::new();
    for (name, value) in table {
        let line = block.line + block.body.lines().position(|line| starts_with_name(line, &name)).unwrap_or(0);
        let pattern = one(value).map_err(|what| (line, format!("pattern `{name}`: {what}")))?;
        patterns.push(PagePattern { name: name.into(), pattern, id: u32::MAX, line });
    }
    patterns.sort_by_key(|pattern| pattern.line);
    Ok(patterns)
}

fn starts_with_name(line: &str, name: &str) -> bool {
    line.trim_start().strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
}

fn one(value: toml::Value) -> Result<Pattern, String> {
    let plain = |literal: String| Pattern {
        literals: vec![literal.into_bytes().into()],
        regex: None,
        ignore_case: false,
        whole_word: false,
    };
    let table = match value {
        toml::Value::String(literal) => return Ok(plain(literal)),
        toml::Value::Table(table) => table,
        _ => return Err("write a string, or { regex = '...', literals = [...] }".into()),
    };
    if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("unknown key `{unknown}`; known are {}", KEYS.join(", ")));
    }
    let text = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` must be a string")),
    };
    let flag = |key: &str| match table.get(key) {
        None => Ok(false),
        Some(toml::Value::Boolean(yes)) => Ok(*yes),
        Some(_) => Err(format!("`{key}` must be true or false")),
    };
    let mut literals: Vec<Box<[u8]>> = Vec::new();
    match table.get("literals") {
        None => {}
        Some(toml::Value::Array(values)) => {
            for value in values {
                let literal = value.as_str().ok_or("`literals` must be strings")?;
                literals.push(literal.as_bytes().into());
            }
        }
        Some(_) => return Err("`literals` must be a list of strings".into()),
    }
    literals.extend(text("literal")?.map(|literal| literal.into_bytes().into()));
    let (ignore_case, whole_word) = (flag("ignore_case")?, flag("whole_word")?);
    let regex = match (text("regex")?, text("hex")?) {
        (Some(_), Some(_)) => return Err("a pattern has either `regex` or `hex`".into()),
        (None, Some(hex)) => return bytes(&hex),
        (regex, None) => regex.map(String::into_boxed_str),
    };
    if literals.is_empty() {
        return Err("`literals` is missing: strings of at least 3 bytes, of which every match contains one".into());
    }
    Ok(Pattern { literals, regex, ignore_case, whole_word })
}

/// Bytes as pairs of hexadecimal digits; `??` is any byte. Blanks do not count.
fn bytes(hex: &str) -> Result<Pattern, String> {
    const WRONG: &str = "`hex` is pairs of hexadecimal digits, or `??` for any byte";
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return Err(WRONG.into());
    }
    let mut all: Vec<Option<u8>> = Vec::new();
    for pair in digits.chunks_exact(2) {
        all.push(match pair {
            b"??" => None,
            _ if !pair.iter().all(u8::is_ascii_hexdigit) => return Err(WRONG.into()),
            _ => Some(u8::from_str_radix(&String::from_utf8_lossy(pair), 16).map_err(|_| WRONG)?),
        });
    }
    let runs = all.split(Option::is_none).map(|run| run.iter().flatten().copied().collect::<Vec<u8>>());
    let longest = runs.max_by_key(Vec::len).unwrap_or_default();
    let mut regex = String::from("(?s-u)");
    for byte in &all {
        match byte {
            Some(byte) => write!(regex, "\\x{byte:02x}").map_err(|_| WRONG)?,
            None => regex.push('.'),
        }
    }
    let whole = longest.len() == all.len();
    let regex = (!whole).then(|| regex.into());
    Ok(Pattern { literals: vec![longest.into()], regex, ignore_case: false, whole_word: false })
}
