//! Formatting of constants: `%`, `str.format` and `format` of Python, and JSON. Parts that are not known become holes.

use super::methods::character;
use super::values::{HOLE, Shape, Value, hole, shown};

/// Widest field that is filled.
const WIDTH_MAX: usize = 1 << 12;

/// `%` formatting of Python.
pub(super) fn percent_format(format: &str, values: &[Value]) -> String {
    let mut text = String::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        text.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix('(') {
            rest = after.find(')').and_then(|end| after.get(end.saturating_add(1)..)).unwrap_or_default();
            rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || "-+ #.".contains(letter));
            rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
            text.push(HOLE);
            continue;
        }
        let end = rest.find(|letter: char| !(letter.is_ascii_digit() || "-+ #.*".contains(letter))).unwrap_or(rest.len());
        let flags = rest.get(..end).unwrap_or_default();
        rest = rest.get(end..).unwrap_or_default();
        let Some(kind) = rest.chars().next() else { break };
        rest = rest.get(kind.len_utf8()..).unwrap_or_default();
        if kind == '%' {
            text.push('%');
            continue;
        }
        let value = values.next();
        text.push_str(&value.and_then(|value| field(value, flags, kind)).unwrap_or_else(hole));
    }
    text.push_str(rest);
    text
}

/// One field: `flags` may be a minus, a plus, a zero and a width.
fn field(value: &Value, flags: &str, kind: char) -> Option<String> {
    let zero = flags.trim_start_matches(['-', '+']).starts_with('0') && !flags.starts_with('-');
    let left = flags.starts_with('-');
    let digits = flags.trim_start_matches(['-', '+']);
    let width: usize = if digits.is_empty() { 0 } else { digits.parse().ok().filter(|width| *width <= WIDTH_MAX)? };
    let number = value.int();
    let signed = |digits: String| match number {
        Some(number) if number < 0 => format!("-{digits}"),
        _ if flags.starts_with('+') => format!("+{digits}"),
        _ => digits,
    };
    let (one, is_number) = match kind {
        's' if !matches!(value.shape, Shape::Bool(_)) => (shown(value).to_string(), false),
        'r' if number.is_some() && !matches!(value.shape, Shape::Bool(_)) => (shown(value).to_string(), false),
        'c' => (character(value).map(String::from).or_else(|| value.known_text().map(ToString::to_string))?, false),
        'd' | 'i' | 'u' => (signed(number?.unsigned_abs().to_string()), true),
        'x' => (signed(format!("{:x}", number?.unsigned_abs())), true),
        'X' => (signed(format!("{:X}", number?.unsigned_abs())), true),
        'o' => (signed(format!("{:o}", number?.unsigned_abs())), true),
        'b' => (signed(format!("{:b}", number?.unsigned_abs())), true),
        _ => return None,
    };
    let missing = width.saturating_sub(one.chars().count());
    if missing > 0 && one.contains(HOLE) {
        return Some(hole());
    }
    Some(match (left, zero && is_number) {
        (true, _) => format!("{one}{}", " ".repeat(missing)),
        (false, true) => {
            let (sign, digits) = one.split_at(usize::from(one.starts_with(['-', '+'])));
            format!("{sign}{}{digits}", "0".repeat(missing))
        }
        (false, false) => format!("{}{one}", " ".repeat(missing)),
    })
}

/// `format(value, spec)` of Python, for whole numbers and for texts without a spec.
pub(super) fn by_spec(value: &Value, spec: &str) -> Option<String> {
    if spec.is_empty() && !matches!(value.shape, Shape::Bool(_)) {
        return Some(shown(value).to_string()).filter(|text| !text.contains(HOLE));
    }
    if spec == "s" {
        return value.known_text().map(ToString::to_string);
    }
    if spec == "c" {
        return character(value).map(String::from);
    }
    let number = matches!(value.shape, Shape::Int(_));
    let kind = spec.chars().last().filter(|kind| number && "dxXob".contains(*kind));
    let flags = if kind.is_some() { spec.get(..spec.len().saturating_sub(1))? } else { spec };
    if !number || !flags.chars().all(|flag| flag.is_ascii_digit()) {
        return None;
    }
    field(value, flags, kind.unwrap_or('d'))
}

/// `str.format` of Python.
pub(super) fn brace_format(format: &str, args: &[Value], named: &[(&str, Value)]) -> String {
    let mut text = String::new();
    let mut rest = format;
    let mut next = 0_usize;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        if after.starts_with("{{") || after.starts_with("}}") {
            text.push_str(after.get(..1).unwrap_or_default());
            rest = after.get(2..).unwrap_or_default();
            continue;
        }
        let end = after.find('}').unwrap_or(after.len().saturating_sub(1));
        let field = after.get(1..end).unwrap_or_default();
        let name = field.split([':', '!', '.', '[']).next().unwrap_or_default();
        let value = if name.is_empty() {
            next = next.saturating_add(1);
            args.get(next.saturating_sub(1))
        } else {
            name.parse()
                .ok()
                .and_then(|at: usize| args.get(at))
                .or_else(|| named.iter().find(|(known, _)| *known == name).map(|(_, value)| value))
        };
        let spec = field.get(name.len()..).unwrap_or_default();
        let one = match spec.strip_prefix(':') {
            None if spec.is_empty() => {
                value.filter(|value| !matches!(value.shape, Shape::Bool(_))).map(|value| shown(value).to_string())
            }
            Some(spec) => value.and_then(|value| by_spec(value, spec)),
            None => None,
        };
        text.push_str(&one.unwrap_or_else(hole));
        rest = after.get(end.saturating_add(1)..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// What Python writes for bytes where it is asked for a text: `b'…'` with what cannot be printed escaped.
pub(super) fn bytes_shown(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = String::with_capacity(bytes.len().saturating_add(3));
    text.push('b');
    text.push(quote);
    for &byte in bytes {
        match char::from(byte) {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            letter if letter == '\\' || letter == quote => text.extend(['\\', letter]),
            letter if (' '..='~').contains(&letter) => text.push(letter),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}

/// JSON of a value that is known in whole.
pub(super) fn json(value: &Value, levels: u32) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    let levels = levels.checked_sub(1)?;
    Some(match &value.shape {
        Shape::Null => Json::Null,
        Shape::Bool(yes) => Json::Bool(*yes),
        Shape::Int(number) => Json::from(*number),
        Shape::Text(text) if !text.contains(HOLE) => Json::from(&**text),
        Shape::List(values) => Json::Array(values.iter().map(|value| json(value, levels)).collect::<Option<_>>()?),
        _ => return None,
    })
}
