//! Operators and methods of constants, as Python and JavaScript compute them. What they cannot compute, they do not guess.

use super::codecs;
use super::expressions::{key_of, place};
use super::numbers;
use super::tools;
use super::values::{BYTES_MAX, HOLE, Shape, Value, decoded, hole, shown};
use std::rc::Rc;

/// Names of methods that maps and objects have beside their own members.
const MAP_METHODS: [&str; 6] = ["get", "items", "keys", "values", "hasOwnProperty", "update"];

/// Whether maps have a method of this name.
pub(crate) fn has(name: &str) -> bool {
    MAP_METHODS.contains(&name)
}

/// An operator with one operand.
pub(crate) fn unary(op: &str, value: &Value) -> Value {
    let shape = match (op, &value.shape) {
        ("-", Shape::Int(number)) => Shape::Int(number.wrapping_neg()),
        ("+", Shape::Int(number)) => Shape::Int(*number),
        ("+", Shape::Bool(yes)) => Shape::Int((*yes).into()),
        ("+", Shape::List(values)) if values.is_empty() => Shape::Int(0),
        ("+", Shape::Text(text)) => text.trim().parse().map_or(Shape::Computed, Shape::Int),
        ("~", Shape::Int(number)) => Shape::Int(!number),
        ("!" | "not", Shape::List(_) | Shape::Map(_)) if op == "!" => Shape::Bool(false),
        ("!" | "not", _) => value.truth().map_or(Shape::Computed, |truth| Shape::Bool(!truth)),
        ("void", _) => Shape::Null,
        ("yield" | "yield*" | "await", _) => value.shape.clone(),
        _ => Shape::Computed,
    };
    Value { shape, tag: value.tag.clone() }
}

/// An operator with two operands; tags are the caller's.
pub(crate) fn binary(op: &str, one: &Value, other: &Value) -> Value {
    let op = op
        .strip_suffix('=')
        .filter(|rest| !rest.is_empty() && !"=!<>".contains(*rest) && *rest != "==" && *rest != "!=")
        .unwrap_or(op);
    if let (Some(left), Some(right)) = (one.int(), other.int()) {
        return Value::new(numbers(op, left, right));
    }
    let shape = match (op, &one.shape, &other.shape) {
        ("+", Shape::List(left), Shape::List(right)) => return Value::list([left.as_slice(), right.as_slice()].concat()),
        ("+", Shape::Bytes(left), Shape::Bytes(right)) if left.len().saturating_add(right.len()) <= BYTES_MAX => {
            Shape::Bytes([&**left, &**right].concat().into())
        }
        ("+" | "/", Shape::Text(_) | Shape::Set(_), _) | ("+", _, Shape::Text(_)) => concat(op, one, other),
        ("*", Shape::Text(_) | Shape::Bytes(_) | Shape::List(_), Shape::Int(times)) => return times_of(one, *times),
        ("*", Shape::Int(times), Shape::Text(_) | Shape::Bytes(_)) => return times_of(other, *times),
        ("%", Shape::Text(format), _) => {
            let values = match &other.shape {
                Shape::List(values) => values.to_vec(),
                _ => vec![other.clone()],
            };
            Shape::Text(percent_format(format, &values).into())
        }
        ("==" | "===" | "is", left, right) => known_equal(left, right).map_or(Shape::Computed, Shape::Bool),
        ("!=" | "!==" | "is not", left, right) => known_equal(left, right).map_or(Shape::Computed, |same| Shape::Bool(!same)),
        ("in" | "not in", Shape::Text(part), Shape::Text(text)) if !text.contains(HOLE) && !part.contains(HOLE) => {
            Shape::Bool(text.contains(&**part) == (op == "in"))
        }
        _ => Shape::Computed,
    };
    Value::new(shape)
}

fn concat(op: &str, one: &Value, other: &Value) -> Shape {
    let (left, right) = (shown(one), shown(other));
    if left.len().saturating_add(right.len()) > BYTES_MAX {
        return Shape::Computed;
    }
    // Two unknown parts beside each other are one.
    let right = if left.ends_with(HOLE) { right.strip_prefix(HOLE).unwrap_or(&right) } else { &right };
    let blank = if op == "/" { "/" } else { "" };
    Shape::Text([&*left, blank, right].concat().into())
}

fn known_equal(left: &Shape, right: &Shape) -> Option<bool> {
    let plain = |shape: &Shape| match shape {
        Shape::Text(text) => !text.contains(HOLE),
        Shape::Bytes(_) | Shape::Int(_) | Shape::Bool(_) | Shape::Null => true,
        _ => false,
    };
    (plain(left) && plain(right)).then(|| left == right)
}

fn numbers(op: &str, left: i64, right: i64) -> Shape {
    let shift = u32::try_from(right).ok().filter(|shift| *shift < 63);
    let number = match op {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "%" => left.checked_rem_euclid(right),
        "//" => left.checked_div_euclid(right),
        "/" => left.checked_div(right).filter(|_| left.checked_rem(right) == Some(0)),
        "**" => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
        "^" => Some(left ^ right),
        "&" => Some(left & right),
        "|" => Some(left | right),
        "<<" => shift.and_then(|shift| left.checked_shl(shift)),
        ">>" | ">>>" => shift.and_then(|shift| left.checked_shr(shift)),
        _ => {
            return match op {
                "==" | "===" => Shape::Bool(left == right),
                "!=" | "!==" => Shape::Bool(left != right),
                "<" => Shape::Bool(left < right),
                ">" => Shape::Bool(left > right),
                "<=" => Shape::Bool(left <= right),
                ">=" => Shape::Bool(left >= right),
                _ => Shape::Computed,
            };
        }
    };
    number.map_or(Shape::Computed, Shape::Int)
}

fn times_of(value: &Value, times: i64) -> Value {
    let times = usize::try_from(times).unwrap_or(0);
    let fits = |len: usize| len.saturating_mul(times) <= BYTES_MAX;
    match &value.shape {
        Shape::Text(text) if fits(text.len()) => Value::text(text.repeat(times)),
        Shape::Bytes(bytes) if fits(bytes.len()) => Value::bytes(bytes.repeat(times)),
        Shape::List(values) if fits(values.len().saturating_mul(64)) => Value::cycle(values, values.len().saturating_mul(times)),
        _ => Value::default(),
    }
}

/// `%` formatting of Python: what is filled in, unknown parts as holes.
fn percent_format(format: &str, values: &[Value]) -> String {
    let mut text = String::new();
    let mut values = values.iter();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let mut kind = letters.next();
        while kind.is_some_and(|kind| kind.is_ascii_digit() || matches!(kind, '-' | '+' | ' ' | '#' | '.')) {
            kind = letters.next();
        }
        match kind {
            Some('%') => text.push('%'),
            Some('(') => {
                let _ = letters.by_ref().find(|letter| *letter == ')');
                letters.next();
                text.push(HOLE);
            }
            Some('s' | 'd' | 'i') => text.push_str(&values.next().map_or_else(hole, |value| shown(value).to_string())),
            Some('c') => text.push_str(&values.next().and_then(character).map_or_else(hole, String::from)),
            Some('x') => text.push_str(&values.next().and_then(Value::int).map_or_else(hole, |number| format!("{number:x}"))),
            _ => {
                values.next();
                text.push(HOLE);
            }
        }
    }
    text
}

pub(crate) fn character(value: &Value) -> Option<char> {
    value.int().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32)
}

/// `str.format` of Python.
fn brace_format(format: &str, args: &[Value], named: &[(&str, Value)]) -> String {
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
        let form = field.get(name.len()..).and_then(|rest| rest.strip_prefix(':'));
        let value = if name.is_empty() {
            next = next.saturating_add(1);
            args.get(next.saturating_sub(1))
        } else {
            name.parse()
                .ok()
                .and_then(|at: usize| args.get(at))
                .or_else(|| named.iter().find(|(known, _)| *known == name).map(|(_, value)| value))
        };
        let put = match form {
            Some(form) => value.and_then(|value| formatted(value, form)),
            None => value.filter(|_| name.len() == field.len()).map(|value| shown(value).to_string()),
        };
        text.push_str(&put.unwrap_or_else(hole));
        rest = after.get(end.saturating_add(1)..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// A number or text in Python's format language: fill with zeros, width, and one of `b o d x X c s`.
pub(crate) fn formatted(value: &Value, form: &str) -> Option<String> {
    const WIDTH_MAX: usize = 256;
    let digits = form.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let width = if digits.is_empty() { 0 } else { digits.parse::<usize>().ok().filter(|width| *width <= WIDTH_MAX)? };
    let text = match (form.get(digits.len()..)?, value.int()) {
        ("b", Some(number)) => in_radix(number, 2)?,
        ("o", Some(number)) => in_radix(number, 8)?,
        ("d" | "", Some(number)) => number.to_string(),
        ("x", Some(number)) => in_radix(number, 16)?,
        ("X", Some(number)) => in_radix(number, 16)?.to_uppercase(),
        ("c", Some(_)) => character(value)?.to_string(),
        ("s" | "", None) if width == 0 => value.known_text()?.to_string(),
        _ => return None,
    };
    let fill = if digits.starts_with('0') { '0' } else { ' ' };
    let missing = width.saturating_sub(text.len());
    Some(std::iter::repeat_n(fill, missing).chain(text.chars()).collect())
}

/// Elements from, to, by step, as Python counts them.
pub(crate) fn slice(value: &Value, [from, to, step]: [Option<i64>; 3]) -> Option<Value> {
    let step = step.unwrap_or(1);
    Some(match &value.shape {
        Shape::Text(text) if !text.contains(HOLE) => {
            let letters: Vec<char> = text.chars().collect();
            Value::text(pick(&letters, from, to, step)?.into_iter().collect::<String>())
        }
        Shape::Bytes(bytes) => Value::bytes(pick(bytes, from, to, step)?),
        Shape::List(values) => Value::list(pick(values, from, to, step)?),
        _ => return None,
    })
}

fn pick<T: Clone>(items: &[T], from: Option<i64>, to: Option<i64>, step: i64) -> Option<Vec<T>> {
    let len = i64::try_from(items.len()).ok()?;
    let bound = |end: i64, low: i64, high: i64| (if end < 0 { end.saturating_add(len) } else { end }).clamp(low, high);
    if step > 0 {
        let from = bound(from.unwrap_or(0), 0, len);
        let to = bound(to.unwrap_or(len), 0, len);
        let range = items.get(usize::try_from(from).ok()?..usize::try_from(to.max(from)).ok()?)?;
        return Some(range.iter().step_by(usize::try_from(step).ok()?).cloned().collect());
    }
    if step == 0 {
        return None;
    }
    let last = len.saturating_sub(1);
    let from = from.map_or(last, |from| bound(from, -1, last));
    let to = to.map_or(-1, |to| bound(to, -1, last));
    let range =
        items.get(usize::try_from(to.saturating_add(1)).ok()?..usize::try_from(from.saturating_add(1)).ok()?).unwrap_or_default();
    Some(range.iter().rev().step_by(usize::try_from(step.unsigned_abs()).ok()?).cloned().collect())
}

/// A method of a constant with constant arguments; `None` where it is not known or not computed.
pub(crate) fn call(owner: &Value, name: &str, args: &[Value], named: &[(&str, Value)]) -> Option<Value> {
    match &owner.shape {
        Shape::Text(text) => {
            let holed = text.contains(HOLE);
            of_text(text, name, args, named, holed, owner)
        }
        Shape::Bytes(bytes) => of_bytes(bytes, name, args, owner),
        Shape::List(values) => of_list(owner, values, name, args),
        Shape::Map(pairs) => of_map(pairs, name, args),
        Shape::Tool(tool) => tools::call(tool, name, args, named),
        Shape::Int(number) if name == "toString" => match args.first().and_then(Value::int) {
            None => Some(Value::text(number.to_string())),
            Some(radix) => Some(Value::text(in_radix(*number, radix)?)),
        },
        Shape::Int(number) => numbers::of_number(*number, name, args, named),
        _ => None,
    }
}

fn in_radix(number: i64, radix: i64) -> Option<String> {
    let radix = u32::try_from(radix).ok().filter(|radix| (2..=36).contains(radix))?;
    let mut rest = u64::try_from(number).ok()?;
    let mut letters = Vec::new();
    loop {
        let digit = u32::try_from(rest.checked_rem(radix.into())?).ok()?;
        letters.push(char::from_digit(digit, radix)?);
        rest = rest.checked_div(radix.into())?;
        if rest == 0 {
            return Some(letters.iter().rev().collect());
        }
    }
}

fn of_text(text: &Rc<str>, name: &str, args: &[Value], named: &[(&str, Value)], holed: bool, owner: &Value) -> Option<Value> {
    let first = args.first();
    let first_text = || first.and_then(Value::known_text);
    let simple = match name {
        "lower" | "toLowerCase" | "casefold" => Some(text.to_lowercase()),
        "upper" | "toUpperCase" => Some(text.to_uppercase()),
        "swapcase" => Some(
            text.chars()
                .map(|letter| if letter.is_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() })
                .collect(),
        ),
        "strip" | "trim" => Some(trimmed(text, first_text(), true, true)),
        "lstrip" | "trimStart" | "trimLeft" => Some(trimmed(text, first_text(), true, false)),
        "rstrip" | "trimEnd" | "trimRight" => Some(trimmed(text, first_text(), false, true)),
        "format" => Some(brace_format(text, args, named)),
        "toString" | "valueOf" | "normalize" | "expandtabs" => Some(text.to_string()),
        "join" => Some(joined(text, first?)?),
        "replace" | "replaceAll" => Some(replaced(text, first_text()?, args.get(1)?)?),
        "concat" => Some(std::iter::once(text.to_string()).chain(args.iter().map(|value| shown(value).to_string())).collect()),
        "repeat" => return Some(times_of(owner, first?.int()?)),
        _ => None,
    };
    if let Some(text) = simple {
        return (text.len() <= BYTES_MAX).then(|| Value::text(text));
    }
    if holed {
        return None;
    }
    let number = |at: usize| args.get(at).and_then(Value::int);
    let value = match name {
        "encode" => match first_text().map(|codec| codec.to_ascii_lowercase()).as_deref() {
            Some("utf-16" | "utf-16le" | "utf-16-le") => {
                Value::bytes(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
            }
            Some("latin-1" | "latin1" | "iso-8859-1") => Value::bytes(latin1(text)?),
            _ => Value::bytes(text.as_bytes()),
        },
        "split" => split(text, first_text().map(|text| &**text), first.is_some()),
        "splitlines" => Value::list(text.lines().map(Value::text).collect()),
        "slice" | "substring" => slice(owner, [number(0), number(1), None])?,
        "substr" => {
            let from = number(0)?;
            slice(owner, [Some(from), number(1).map(|len| from.saturating_add(len)), None])?
        }
        "charAt" | "at" => slice(owner, [Some(number(0).unwrap_or(0)), Some(number(0).unwrap_or(0).saturating_add(1)), None])?,
        "charCodeAt" | "codePointAt" => {
            let at = place(number(0).unwrap_or(0), text.len())?;
            let letter =
                if text.is_ascii() { text.as_bytes().get(at).map(|byte| char::from(*byte)) } else { text.chars().nth(at) };
            Value::new(Shape::Int(u32::from(letter?).into()))
        }
        "indexOf" | "find" | "index" => {
            let at = text.find(&**first_text()?);
            Value::new(Shape::Int(at.and_then(|at| i64::try_from(text.get(..at)?.chars().count()).ok()).unwrap_or(-1)))
        }
        "startsWith" | "startswith" => Value::new(Shape::Bool(text.starts_with(&**first_text()?))),
        "endsWith" | "endswith" => Value::new(Shape::Bool(text.ends_with(&**first_text()?))),
        "includes" => Value::new(Shape::Bool(text.contains(&**first_text()?))),
        "isdigit" | "isnumeric" => Value::new(Shape::Bool(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))),
        "isalpha" => Value::new(Shape::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic))),
        "isupper" => Value::new(Shape::Bool(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase))),
        "islower" => Value::new(Shape::Bool(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase))),
        "translate" => translate(text, first?)?,
        _ => return None,
    };
    Some(value)
}

/// A text with every occurrence of one replaced, which JavaScript's `replace` does for the first only.
fn replaced(text: &str, from: &str, to: &Value) -> Option<String> {
    let to = to.known_text().is_some().then(|| shown(to))?;
    let is_bounded = text.len().saturating_mul(to.len().max(1)) <= BYTES_MAX.saturating_mul(16);
    is_bounded.then(|| text.replace(from, &to))
}

/// The bytes of a text in Latin 1.
pub(crate) fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

fn translate(text: &str, table: &Value) -> Option<Value> {
    let Shape::Map(pairs) = &table.shape else { return None };
    let one = |letter: char| {
        let code = u32::from(letter).to_string();
        match pairs.iter().find(|(key, _)| **key == *code) {
            Some((_, value)) => match &value.shape {
                Shape::Null => Some(String::new()),
                Shape::Text(text) => Some(text.to_string()),
                _ => character(value).map(String::from),
            },
            None => Some(letter.to_string()),
        }
    };
    text.chars().map(one).collect::<Option<String>>().map(Value::text)
}

fn split(text: &str, by: Option<&str>, given: bool) -> Value {
    let parts: Vec<Value> = match by {
        Some("") => text.chars().map(|letter| Value::text(letter.to_string())).collect(),
        Some(by) => text.split(by).map(Value::text).collect(),
        None if given => return Value::default(),
        None => text.split_whitespace().map(Value::text).collect(),
    };
    Value::list(parts)
}

fn trimmed(text: &str, letters: Option<&Rc<str>>, start: bool, end: bool) -> String {
    let is_cut = |letter: char| match letters {
        Some(letters) => letters.contains(letter),
        None => letter.is_whitespace(),
    };
    let text = if start { text.trim_start_matches(is_cut) } else { text };
    if end { text.trim_end_matches(is_cut) } else { text }.to_owned()
}

/// Parts of a list with a text between them.
pub(crate) fn joined(between: &str, list: &Value) -> Option<String> {
    let values = match &list.shape {
        Shape::List(values) => values.as_slice(),
        Shape::Text(text) if !text.contains(HOLE) => {
            return Some(text.chars().map(String::from).collect::<Vec<_>>().join(between));
        }
        _ => return None,
    };
    let parts: Vec<Rc<str>> = values.iter().map(shown).collect();
    let len = parts.iter().fold(0_usize, |len, part| len.saturating_add(part.len()).saturating_add(between.len()));
    (len <= BYTES_MAX).then(|| parts.join(between))
}

fn of_bytes(bytes: &Rc<[u8]>, name: &str, args: &[Value], owner: &Value) -> Option<Value> {
    let codec = args.first().and_then(Value::known_text).map(|codec| codec.to_ascii_lowercase());
    let tag = owner.tag.as_ref();
    Some(match (name, codec.as_deref()) {
        ("decode", Some("latin-1" | "latin1" | "iso-8859-1")) => {
            Value::text(bytes.iter().map(|byte| char::from(*byte)).collect::<String>())
        }
        ("toString", Some("base64")) => Value::text(codecs::base64_of(bytes)),
        ("toString", Some("hex")) | ("hex", _) => Value::text(codecs::hex_of(bytes)),
        ("toString", Some("latin1" | "binary")) => Value::text(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()),
        ("decode", Some("utf-16" | "utf-16le" | "utf-16-le")) | ("toString", Some("utf16le" | "ucs2")) => {
            let pairs = bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)));
            Value::text(char::decode_utf16(pairs).map(|letter| letter.unwrap_or('\u{fffd}')).collect::<String>())
        }
        ("decode", Some("hex")) => decoded(Value::bytes(codecs::hex(bytes)?), tag, "hex"),
        ("decode" | "toString", _) => Value::text(String::from_utf8_lossy(bytes)),
        ("join", _) => {
            let Shape::List(values) = &args.first()?.shape else { return None };
            let parts: Option<Vec<&[u8]>> = values.iter().map(Value::known_bytes).collect();
            Value::bytes(parts?.join(&**bytes))
        }
        ("strip", None) => Value::bytes(bytes.trim_ascii()),
        ("replace", _) => {
            let (from, to) = (args.first()?.known_bytes()?, args.get(1)?.known_bytes()?);
            let (text, from, to) =
                (std::str::from_utf8(bytes).ok()?, std::str::from_utf8(from).ok()?, std::str::from_utf8(to).ok()?);
            Value::bytes(text.replace(from, to).into_bytes())
        }
        ("slice" | "subarray", _) => slice(owner, [args.first().and_then(Value::int), args.get(1).and_then(Value::int), None])?,
        ("reverse", _) => Value::bytes(bytes.iter().rev().copied().collect::<Vec<u8>>()),
        _ => return None,
    })
}

fn of_list(owner: &Value, values: &[Value], name: &str, args: &[Value]) -> Option<Value> {
    let number = |at: usize| args.get(at).and_then(Value::int);
    Some(match name {
        "join" => {
            let between = args.first().map_or(Some(","), |value| value.known_text().map(|text| &**text))?;
            Value::text(joined(between, owner)?)
        }
        "reverse" | "toReversed" => Value::list(values.iter().rev().cloned().collect()),
        "slice" => slice(owner, [number(0), number(1), None])?,
        "concat" => {
            let mut all = values.to_vec();
            for value in args {
                match &value.shape {
                    Shape::List(more) => all.extend(more.iter().cloned()),
                    _ => all.push(value.clone()),
                }
            }
            Value::list(all)
        }
        "at" => values.get(place(number(0)?, values.len())?)?.clone(),
        "indexOf" | "index" => {
            let wanted = args.first()?;
            let at = values.iter().position(|value| value.shape == wanted.shape);
            Value::new(Shape::Int(at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)))
        }
        "includes" => {
            Value::new(Shape::Bool(values.iter().any(|value| Some(&value.shape) == args.first().map(|value| &value.shape))))
        }
        "decode" | "tobytes" | "toString" => {
            let bytes: Option<Vec<u8>> =
                values.iter().map(|value| value.int().and_then(|byte| u8::try_from(byte).ok())).collect();
            return bytes.map(Value::bytes);
        }
        _ => return None,
    })
}

fn of_map(pairs: &[(Rc<str>, Value)], name: &str, args: &[Value]) -> Option<Value> {
    Some(match name {
        "get" => {
            let key = key_of(args.first()?)?;
            let found = pairs.iter().rev().find(|(known, _)| *known == key).map(|(_, value)| value.clone());
            found.or_else(|| args.get(1).cloned()).unwrap_or(Value::new(Shape::Null))
        }
        "keys" => Value::list(pairs.iter().map(|(key, _)| Value::text(Rc::clone(key))).collect()),
        "values" => Value::list(pairs.iter().map(|(_, value)| value.clone()).collect()),
        "items" => {
            Value::list(pairs.iter().map(|(key, value)| Value::list(vec![Value::text(Rc::clone(key)), value.clone()])).collect())
        }
        _ => return None,
    })
}
