//! Methods of constants, as Python and JavaScript compute them. What they cannot compute, they do not guess.

use super::codecs;
use super::expressions::{key_of, place};
use super::formats::brace_format;
use super::numbers;
use super::operators::times_of;
use super::tools;
use super::values::{BYTES_MAX, HOLE, Shape, Value, decoded, is_several, shown};
use std::rc::Rc;

/// Names of methods that maps and objects have beside their own members.
const MAP_METHODS: [&str; 6] = ["get", "items", "keys", "values", "hasOwnProperty", "update"];

/// Methods of JavaScript that count letters.
const COUNTED: [&str; 10] =
    ["charCodeAt", "codePointAt", "charAt", "at", "slice", "substring", "substr", "indexOf", "lastIndexOf", "padStart"];

/// Methods that give a part by the numbers of letters.
const CUT: [&str; 7] = ["slice", "substring", "substr", "charAt", "at", "charCodeAt", "codePointAt"];

/// Whether maps have a method of this name.
pub(crate) fn has(name: &str) -> bool {
    MAP_METHODS.contains(&name)
}

pub(crate) fn character(value: &Value) -> Option<char> {
    value.int().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32)
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
    if let Shape::Text(text) = &owner.shape
        && COUNTED.contains(&name)
        && text.chars().any(|letter| u32::from(letter) > 0xffff)
    {
        // JavaScript counts such a letter twice.
        return None;
    }
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

/// Methods that make a text of a text, known or not.
fn rewritten(text: &Rc<str>, name: &str, args: &[Value], named: &[(&str, Value)]) -> Option<String> {
    let first = args.first();
    let first_text = || first.and_then(Value::known_text);
    match name {
        "lower" | "toLowerCase" | "casefold" => Some(text.to_lowercase()),
        "upper" | "toUpperCase" => Some(text.to_uppercase()),
        "swapcase" => {
            Some(
                text.chars()
                    .map(|letter| {
                        if letter.is_lowercase() { letter.to_uppercase().to_string() } else { letter.to_lowercase().to_string() }
                    })
                    .collect(),
            )
        }
        "strip" | "trim" => Some(trimmed(text, first_text(), true, true)),
        "lstrip" | "trimStart" | "trimLeft" => Some(trimmed(text, first_text(), true, false)),
        "rstrip" | "trimEnd" | "trimRight" => Some(trimmed(text, first_text(), false, true)),
        "format" => Some(brace_format(text, args, named)),
        "toString" | "valueOf" | "normalize" | "expandtabs" => Some(text.to_string()),
        "join" => Some(joined(text, first?)?),
        "replace-first" | "replaceAll" if args.get(1).and_then(Value::known_text).is_some_and(|to| to.contains('$')) => None,
        "replace-first" => {
            let to = args.get(1)?.known_text()?;
            Some(text.replacen(&**first_text()?, to, 1))
        }
        "replace" | "replaceAll" if args.len() > 2 => None,
        "replace" | "replaceAll" => Some(replaced(text, first_text()?, args.get(1)?)?),
        "concat" => Some(std::iter::once(text.to_string()).chain(args.iter().map(|value| shown(value).to_string())).collect()),
        _ => None,
    }
}

/// A part of a text by the numbers of its letters.
fn piece(text: &str, name: &str, args: &[Value], owner: &Value) -> Option<Value> {
    if args.first().is_some_and(|first| first.int().is_none()) {
        return None;
    }
    let number = |at: usize| args.get(at).and_then(Value::int);
    Some(match name {
        "slice" => slice(owner, [number(0), number(1), None])?,
        "substring" => {
            let len = i64::try_from(text.chars().count()).ok()?;
            let (from, to) = (number(0).unwrap_or(0).clamp(0, len), number(1).unwrap_or(len).clamp(0, len));
            slice(owner, [Some(from.min(to)), Some(from.max(to)), None])?
        }
        "substr" => {
            let len = i64::try_from(text.chars().count()).ok()?;
            let from = number(0)?;
            let from = if from < 0 { from.saturating_add(len).max(0) } else { from };
            slice(owner, [Some(from), number(1).map(|len| from.saturating_add(len.max(0))), None])?
        }
        "charAt" => {
            let from = number(0).unwrap_or(0);
            if from < 0 { Value::text("") } else { slice(owner, [Some(from), Some(from.saturating_add(1)), None])? }
        }
        "at" => {
            let at = place(number(0).unwrap_or(0), text.chars().count());
            at.and_then(|at| text.chars().nth(at)).map_or(Value::new(Shape::Null), |letter| Value::text(letter.to_string()))
        }
        "charCodeAt" | "codePointAt" => {
            let at = usize::try_from(number(0).unwrap_or(0)).ok()?;
            let letter =
                if text.is_ascii() { text.as_bytes().get(at).map(|byte| char::from(*byte)) } else { text.chars().nth(at) };
            Value::new(Shape::Int(u32::from(letter?).into()))
        }
        _ => return None,
    })
}

fn of_text(text: &Rc<str>, name: &str, args: &[Value], named: &[(&str, Value)], holed: bool, owner: &Value) -> Option<Value> {
    let first = args.first();
    let first_text = || first.and_then(Value::known_text);
    if let Some(text) = rewritten(text, name, args, named) {
        return (text.len() <= BYTES_MAX).then(|| Value::text(text));
    }
    if name == "repeat" {
        return Some(times_of(owner, first?.int()?));
    }
    if holed {
        return None;
    }
    let value = match name {
        "encode" => match first_text().map(|codec| codec.to_ascii_lowercase()).as_deref() {
            Some("utf-16" | "utf16") => {
                let all = std::iter::once(0xfeff).chain(text.encode_utf16());
                Value::bytes(all.flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
            }
            Some("utf-16le" | "utf-16-le") => Value::bytes(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
            Some("latin-1" | "latin1" | "iso-8859-1") => Value::bytes(latin1(text)?),
            None | Some("utf-8" | "utf8") => Value::bytes(text.as_bytes()),
            Some("ascii") if text.is_ascii() => Value::bytes(text.as_bytes()),
            Some(_) => return None,
        },
        "split" if first_text().is_some_and(|by| by.is_empty()) && text.chars().any(|letter| u32::from(letter) > 0xffff) => {
            return None;
        }
        "split" if args.len() > 1 || !named.is_empty() => return None,
        "split" => split(text, first_text().map(|text| &**text), first.is_some()),
        "split-not" => Value::list(vec![owner.clone()]),
        // Other ends of lines than these two.
        "splitlines"
            if text
                .replace("\r\n", "")
                .contains(['\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}']) =>
        {
            return None;
        }
        "splitlines" => Value::list(text.lines().map(Value::text).collect()),
        _ if CUT.contains(&name) => piece(text, name, args, owner)?,
        "indexOf" | "find" | "index" | "includes" | "startsWith" | "endsWith" | "startswith" | "endswith" if args.len() > 1 => {
            return None;
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
        ("decode", Some("utf-16" | "utf16")) if bytes.len() >= 2 && !bytes.starts_with(&[0xff, 0xfe]) => return None,
        ("decode", Some("utf-16" | "utf16")) => {
            let pairs = bytes.get(2..)?.chunks_exact(2).filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)));
            Value::text(char::decode_utf16(pairs).map(|letter| letter.unwrap_or('\u{fffd}')).collect::<String>())
        }
        ("decode", Some("utf-16le" | "utf-16-le")) | ("toString", Some("utf16le" | "ucs2")) => {
            let pairs = bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)));
            Value::text(char::decode_utf16(pairs).map(|letter| letter.unwrap_or('\u{fffd}')).collect::<String>())
        }
        ("decode", Some("hex")) => decoded(Value::bytes(codecs::hex(bytes)?), tag, "hex"),
        ("decode", None | Some("utf-8" | "utf8" | "utf_8" | "ascii")) | ("toString", None | Some("utf8" | "utf-8")) => {
            Value::text(String::from_utf8_lossy(bytes))
        }
        ("toString", Some("ascii")) if bytes.is_ascii() => Value::text(String::from_utf8_lossy(bytes)),
        ("join", _) => {
            let Shape::List(values) = &args.first()?.shape else { return None };
            let parts: Option<Vec<&[u8]>> = values.iter().map(Value::known_bytes).collect();
            Value::bytes(parts?.join(&**bytes))
        }
        ("strip", None) => Value::bytes(bytes.trim_ascii()),
        ("replace", _) => {
            let (from, to) = (args.first()?.known_bytes()?, args.get(1)?.known_bytes()?);
            if from.is_empty() || args.len() > 2 {
                return None;
            }
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
        "concat" if args.iter().any(|value| value.is_computed() || is_several(value)) => return None,
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

/// Whether a map has parts that are not known.
pub(crate) fn is_partial(pairs: &[(Rc<str>, Value)]) -> bool {
    pairs.iter().any(|(key, _)| key.starts_with(HOLE))
}

fn of_map(pairs: &[(Rc<str>, Value)], name: &str, args: &[Value]) -> Option<Value> {
    Some(match name {
        "get" => {
            let key = key_of(args.first()?)?;
            let found = pairs.iter().rev().find(|(known, _)| *known == key).map(|(_, value)| value.clone());
            if found.is_none() && is_partial(pairs) {
                return None;
            }
            found.or_else(|| args.get(1).cloned()).unwrap_or(Value::new(Shape::Null))
        }
        "keys" | "values" | "items" if is_partial(pairs) => return None,
        "keys" => Value::list(pairs.iter().map(|(key, _)| Value::text(Rc::clone(key))).collect()),
        "values" => Value::list(pairs.iter().map(|(_, value)| value.clone()).collect()),
        "items" => {
            Value::list(pairs.iter().map(|(key, value)| Value::list(vec![Value::text(Rc::clone(key)), value.clone()])).collect())
        }
        _ => return None,
    })
}
