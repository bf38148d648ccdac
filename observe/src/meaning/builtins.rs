//! Library functions that the evaluator computes on constants. Rows of `apis/*.toml` may name them too (`evaluate`).

mod tables;

use super::codecs;
use super::expressions::key_of;
use super::machine::Args;
use super::methods::{self, character};
use super::structs;
use super::tools;
use super::values::{ELEMENTS_MAX, HOLE, Shape, Value, decoded, shown};
use std::rc::Rc;

/// Name of a function of the evaluator.
pub(crate) type Builtin = &'static str;

pub(crate) use tables::{JAVASCRIPT, PYTHON, RUST};

/// The function of this name.
pub(crate) fn named(name: &'static str) -> Option<Builtin> {
    Some(name)
}

/// Computes a function on constants; `None` where it cannot. Tags are the caller's, but for decoded constants.
pub(crate) fn compute(builtin: &str, args: &Args<'_>) -> Option<Value> {
    let first = args.get(0);
    let tag = first.and_then(|value| value.tag.as_ref());
    let bytes = || first.and_then(bytes_of);
    let codec = |found: Option<Vec<u8>>, name: &'static str| found.map(|bytes| decoded(Value::bytes(bytes), tag, name));
    match builtin {
        "base64.decode-strict" => codec(codecs::base64_of_python(&bytes()?), "base64"),
        "base64.encode-bytes" => Some(Value::bytes(codecs::base64_of(&bytes()?).into_bytes())),
        "base64.encode-url" => Some(Value::bytes(codecs::base64_of(&bytes()?).replace('+', "-").replace('/', "_").into_bytes())),
        "base64.encode-text" => {
            let bytes = methods::latin1(first?.known_text()?)?;
            Some(Value::text(codecs::base64_of(&bytes)))
        }
        "hex.encode-bytes" => Some(Value::bytes(codecs::hex_of(&bytes()?).into_bytes())),
        "base64.decode" => codec(codecs::base64(&bytes()?), "base64"),
        "base64.decode-text" => {
            let bytes = codecs::base64(&bytes()?)?;
            Some(decoded(Value::text(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()), tag, "base64"))
        }
        "base32.decode" => codec(codecs::base32(&bytes()?), "base32"),
        "base85.decode" => codec(codecs::base85(&bytes()?, false), "base85"),
        "ascii85.decode" => codec(codecs::base85(&bytes()?, true), "base85"),
        "letters" => Some(Value::text(String::from_utf8(bytes()?).ok()?)),
        "hex.decode" => codec(codecs::hex(&bytes()?), "hex"),
        "zlib.decompress" => codec(codecs::unpack("zlib", &bytes()?), "zlib"),
        "gzip.decompress" => codec(codecs::unpack("gzip", &bytes()?), "gzip"),
        "brotli.decompress" => codec(codecs::unpack("brotli", &bytes()?), "brotli"),
        "bzip2.decompress" => codec(codecs::unpack("bzip2", &bytes()?), "bzip2"),
        "lzma.decompress" => codec(codecs::unpack("lzma", &bytes()?), "lzma"),
        "marshal.loads" => codec(bytes(), "marshal"),
        "percent.decode" => Some(decoded(Value::text(codecs::percent(first?.known_text()?, false)), tag, "percent")),
        "unescape" => Some(decoded(Value::text(codecs::percent(first?.known_text()?, true)), tag, "percent")),
        "codecs.decode" => by_codec(first?, args.get(1)?.known_text()?),
        "base64.encode" => Some(Value::text(codecs::base64_of(&bytes()?))),
        "hex.encode" => Some(Value::text(codecs::hex_of(&bytes()?))),
        "buffer.from" => buffer(first?, args.get(1)),
        "struct.unpack" => structs::unpack(first?.known_text()?, &args.get(1).and_then(bytes_of)?),
        "struct.pack" => structs::pack(first?.known_text()?, args.at.get(1..)?),
        _ => texts(builtin, args).or_else(|| lists(builtin, args)).or_else(|| tools::compute(builtin, args)),
    }
}

/// The bytes of a text, of bytes or of a list of numbers.
pub(crate) fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    match &value.shape {
        Shape::List(values) => values.iter().map(|value| value.int().and_then(|byte| u8::try_from(byte).ok())).collect(),
        _ => value.known_bytes().map(<[u8]>::to_vec),
    }
}

fn buffer(value: &Value, codec: Option<&Value>) -> Option<Value> {
    let tag = value.tag.as_ref();
    let found = match codec.and_then(Value::known_text).map(|codec| &**codec) {
        Some("base64" | "base64url") => {
            let text = value.known_bytes()?;
            let end = text.iter().position(|byte| *byte == b'=').unwrap_or(text.len());
            Some(("base64", codecs::base64(text.get(..end)?)?))
        }
        Some("hex") => Some(("hex", codecs::hex(value.known_bytes()?)?)),
        Some("latin1" | "binary") => return Some(Value::bytes(methods::latin1(value.known_text()?)?)),
        _ => None,
    };
    match found {
        Some((name, bytes)) => Some(decoded(Value::bytes(bytes), tag, name)),
        None => bytes_of(value).map(Value::bytes),
    }
}

fn by_codec(value: &Value, codec: &str) -> Option<Value> {
    let tag = value.tag.as_ref();
    let bytes = value.known_bytes()?;
    let (name, found) = match codec.to_ascii_lowercase().replace('-', "_").as_str() {
        "rot13" | "rot_13" => return Some(decoded(Value::text(codecs::rot13(value.known_text()?)), tag, "rot13")),
        "hex" | "hex_codec" => ("hex", codecs::hex(bytes)?),
        "base64" | "base64_codec" => ("base64", codecs::base64(bytes)?),
        "zlib" | "zlib_codec" | "zip" => ("zlib", codecs::unpack("zlib", bytes)?),
        "bz2" | "bz2_codec" => ("bzip2", codecs::unpack("bzip2", bytes)?),
        _ => return Some(Value::text(String::from_utf8_lossy(bytes))),
    };
    Some(decoded(Value::bytes(found), tag, name))
}

fn texts(builtin: &str, args: &Args<'_>) -> Option<Value> {
    let first = args.get(0);
    let integer = |number: Option<i64>| number.map(|number| Value::new(Shape::Int(number)));
    match builtin {
        "chr" => character(first?).map(|letter| Value::text(letter.to_string())),
        "chars" => args.at.iter().map(character).collect::<Option<String>>().map(Value::text),
        "ord" => match &first?.shape {
            Shape::Text(text) if !text.contains(HOLE) => integer(text.chars().next().map(|letter| u32::from(letter).into())),
            Shape::Bytes(bytes) => integer(bytes.first().map(|byte| (*byte).into())),
            _ => None,
        },
        "int" => match first?.known_text() {
            Some(text) => integer(parse(text, args.get(1).and_then(Value::int), true)),
            None => integer(first?.int()),
        },
        "parse-int" => match first?.known_text() {
            Some(text) => integer(parse(text, args.get(1).and_then(Value::int), false)),
            None => integer(first?.int()),
        },
        "number" => match first?.known_text() {
            Some(text) => integer(super::operators::number_of(text)),
            None => integer(first?.int()),
        },
        "format" => {
            let spec = args.get(1).map_or(Some(""), |spec| spec.known_text().map(|spec| &**spec))?;
            super::formats::by_spec(first?, spec).map(Value::text)
        }
        "json.text" if args.at.len() == 1 => serde_json::to_string(&super::formats::json(first?, 16)?).ok().map(Value::text),
        "str" | "str.python" | "repr" => match &first?.shape {
            Shape::Bytes(bytes) if args.at.len() > 1 || args.named.iter().any(|(name, _)| *name == "encoding") => {
                Some(Value::text(String::from_utf8_lossy(bytes)))
            }
            Shape::Bytes(bytes) if builtin != "str" => Some(Value::text(super::formats::bytes_shown(bytes))),
            Shape::Text(text) if builtin != "repr" => Some(Value::text(Rc::clone(text))),
            Shape::Int(number) => Some(Value::text(number.to_string())),
            _ => None,
        },
        "bytes" => match &first.map_or(Shape::Text("".into()), |value| value.shape.clone()) {
            Shape::Int(len) => {
                usize::try_from(*len).ok().filter(|len| *len <= ELEMENTS_MAX).map(|len| Value::bytes(vec![0; len]))
            }
            Shape::Text(text) => (!text.contains(HOLE)).then(|| Value::bytes(text.as_bytes())),
            _ => bytes_of(first?).map(Value::bytes),
        },
        "byte-array" => match first?.int() {
            Some(_) => compute("bytes", args),
            None => compute("list", args),
        },
        "hex" => {
            first?.int().map(|number| Value::text(format!("{}{:#x}", if number < 0 { "-" } else { "" }, number.unsigned_abs())))
        }
        "join" => Some(Value::text(methods::joined(first?.known_text()?, args.get(1)?)?)),
        "raw" => Some(Value::text(Rc::clone(first?.known_text()?))),
        "path.join" | "path.join-anew" => path(args, builtin == "path.join-anew"),
        "home" => Some(Value::text("~")),
        "temp" => Some(Value::text("%TEMP%")),
        "temp-file" => Some(Value::text(format!("%TEMP%/{HOLE}"))),
        "sub-key" => args.get(1).cloned(),
        "json.parse" => from_json(&serde_json::from_slice(first?.known_bytes()?).ok()?, 0),
        "shlex.split" => Some(Value::list(first?.as_text()?.split_whitespace().map(Value::text).collect())),
        _ => None,
    }
}

/// Parts of a path put together; where `anew`, an absolute part begins again.
fn path(args: &Args<'_>, anew: bool) -> Option<Value> {
    let parts: Vec<Rc<str>> = args.at.iter().map(shown).collect();
    if parts.is_empty() {
        return None;
    }
    let mut path = String::new();
    for part in parts {
        // An absolute part begins anew.
        if anew && part.starts_with('/') {
            path.clear();
        }
        if !path.is_empty() && !path.ends_with(['/', '\\']) {
            path.push('/');
        }
        path.push_str(&part);
    }
    Some(Value::text(path))
}

fn from_json(json: &serde_json::Value, depth: u32) -> Option<Value> {
    use serde_json::Value as Json;
    let deeper = depth.checked_add(1).filter(|depth| *depth < 100)?;
    Some(match json {
        Json::Null => Value::new(Shape::Null),
        Json::Bool(yes) => Value::new(Shape::Bool(*yes)),
        Json::Number(number) => number.as_i64().map_or_else(Value::default, |number| Value::new(Shape::Int(number))),
        Json::String(text) => Value::text(&**text),
        Json::Array(values) => Value::list(values.iter().map(|value| from_json(value, deeper)).collect::<Option<_>>()?),
        Json::Object(pairs) => {
            let pair = |(key, value): (&String, &Json)| Some((Rc::from(&**key), from_json(value, deeper)?));
            Value::map(pairs.iter().map(pair).collect::<Option<_>>()?)
        }
    })
}

/// A whole number as it is written: JavaScript reads the digits and leaves the rest, Python wants nothing else.
fn parse(text: &str, radix: Option<i64>, python: bool) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixed =
        |prefix: &str| digits.get(..2).filter(|start| start.eq_ignore_ascii_case(prefix)).and_then(|_| digits.get(2..));
    let mut radix = u32::try_from(radix.unwrap_or(if python { 10 } else { 0 })).ok()?;
    let mut digits = digits;
    for (prefix, of) in [("0x", 16), ("0b", 2), ("0o", 8)] {
        if let Some(rest) = prefixed(prefix).filter(|_| (of == 16 || python) && (radix == 0 || radix == of)) {
            (digits, radix) = (rest, of);
        }
    }
    let radix = if radix == 0 { 10 } else { radix };
    if !(2..=36).contains(&radix) {
        return None;
    }
    let cleaned = if python { digits.replace('_', "") } else { digits.to_owned() };
    let end = cleaned.find(|letter: char| !letter.is_digit(radix)).unwrap_or(cleaned.len());
    if python && end < cleaned.len() {
        return None;
    }
    let number = i64::from_str_radix(cleaned.get(..end)?, radix).ok()?;
    if negative { number.checked_neg() } else { Some(number) }
}

/// A table that one letter for another makes.
fn table(from: Vec<Value>, to: Option<Vec<Value>>, first: &Value) -> Option<Value> {
    let Some(to) = to else {
        return Some(first.clone());
    };
    let code =
        |value: &Value| value.known_text().and_then(|text| text.chars().next()).map(|letter| u32::from(letter).to_string());
    let pair = |(from, to): (&Value, &Value)| Some((Rc::from(code(from)?), to.clone()));
    Some(Value::map(from.iter().zip(&to).map(pair).collect::<Option<_>>()?))
}

/// Pairs of a number and a value.
fn numbered(values: Vec<Value>, start: i64) -> Value {
    let pair = |(at, value): (usize, Value)| {
        let at = start.saturating_add(i64::try_from(at).unwrap_or(i64::MAX));
        Value::list(vec![Value::new(Shape::Int(at)), value])
    };
    Value::list(values.into_iter().enumerate().map(pair).collect())
}

/// Values in order; only texts or only numbers.
fn sorted(mut values: Vec<Value>, args: &Args<'_>) -> Option<Value> {
    let texts: Option<Vec<Rc<str>>> = values.iter().map(|value| value.known_text().cloned()).collect();
    if texts.is_none() && values.iter().any(|value| value.int().is_none()) || !args.named.is_empty() {
        return None;
    }
    values.sort_by(|one, other| (one.int(), one.known_text()).cmp(&(other.int(), other.known_text())));
    Some(Value::list(values))
}

/// Numbers from, to, by step.
fn range(args: &Args<'_>) -> Option<Value> {
    let number = |at: usize| args.get(at).and_then(Value::int);
    let (from, to) = if args.at.len() > 1 { (number(0)?, number(1)?) } else { (0, number(0)?) };
    let step = number(2).unwrap_or(1);
    let mut values = Vec::new();
    let mut at = from;
    while (step > 0 && at < to || step < 0 && at > to) && values.len() <= ELEMENTS_MAX {
        values.push(Value::new(Shape::Int(at)));
        at = at.checked_add(step)?;
    }
    Some(Value::list(values))
}

/// The elements of a value that is known.
fn items(value: &Value) -> Option<Vec<Value>> {
    match &value.shape {
        Shape::List(values) => Some(values.to_vec()),
        Shape::Text(text) if !text.contains(HOLE) && text.len() <= ELEMENTS_MAX => {
            Some(text.chars().map(|letter| Value::text(letter.to_string())).collect())
        }
        Shape::Bytes(bytes) if bytes.len() <= ELEMENTS_MAX => {
            Some(bytes.iter().map(|byte| Value::new(Shape::Int((*byte).into()))).collect())
        }
        Shape::Map(pairs) if !methods::is_partial(pairs) => {
            Some(pairs.iter().map(|(key, _)| Value::text(Rc::clone(key))).collect())
        }
        _ => None,
    }
}

/// Numbers and texts of which each stands once.
fn distinct(values: Vec<Value>) -> Option<Vec<Value>> {
    const KEPT_MAX: usize = 512;
    let mut kept: Vec<Value> = Vec::new();
    for value in values {
        if !matches!(value.shape, Shape::Int(_)) && value.known_text().is_none() || kept.len() > KEPT_MAX {
            return None;
        }
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    Some(kept)
}

/// A map of pairs or of another map, and of names.
fn dictionary(args: &Args<'_>) -> Option<Value> {
    let mut pairs = Vec::new();
    match args.get(0) {
        Some(Value { shape: Shape::Map(known), .. }) => pairs.extend(known.iter().cloned()),
        Some(first) => {
            for item in items(first)? {
                let Shape::List(pair) = &item.shape else { return None };
                pairs.push((key_of(pair.first()?)?, pair.get(1)?.clone()));
            }
        }
        None => {}
    }
    pairs.extend(args.named.iter().map(|(name, value)| (Rc::from(*name), value.clone())));
    Some(Value::map(pairs))
}

fn lists(builtin: &str, args: &Args<'_>) -> Option<Value> {
    let first = args.get(0);
    let number = |at: usize| args.get(at).and_then(Value::int);
    let len = |len: usize| Some(Value::new(Shape::Int(i64::try_from(len).ok()?)));
    match builtin {
        "len" => len(items(first?)?.len()),
        "list" => match first {
            Some(value) => Some(Value::list(items(value)?)),
            None => Some(Value::list(Vec::new())),
        },
        "set" => Some(Value::list(distinct(first.map_or(Some(Vec::new()), items)?)?)),
        "array" if args.at.len() != 1 || first?.int().is_none() => Some(Value::list(args.at.clone())),
        "dict" => dictionary(args),
        "reversed" => Some(Value::list(items(first?)?.into_iter().rev().collect())),
        "keys" => Some(Value::list(items(first?)?)),
        "map-items" => methods::call(first?, "items", &[], &[]),
        "map-values" => methods::call(first?, "values", &[], &[]),
        "sum" => items(first?)?
            .iter()
            .try_fold(0_i64, |sum, value| sum.checked_add(value.int()?))
            .map(|sum| Value::new(Shape::Int(sum))),
        "range" => range(args),
        "zip" => {
            let lists: Vec<Vec<Value>> = args.at.iter().map(items).collect::<Option<_>>()?;
            let shortest = lists.iter().map(Vec::len).min().unwrap_or(0);
            let row = |at: usize| Value::list(lists.iter().filter_map(|list| list.get(at).cloned()).collect());
            Some(Value::list((0..shortest).map(row).collect()))
        }
        "enumerate" => Some(numbered(items(first?)?, number(1).unwrap_or(0))),
        // As often as anything that it is paired with needs.
        "cycle" => {
            let one = items(first?)?;
            Some(Value::cycle(&one, one.len().saturating_mul(4096).min(ELEMENTS_MAX)))
        }
        "maketrans" => table(items(first?)?, args.get(1).and_then(items), first?),
        "buffer.concat" => {
            let parts: Option<Vec<Vec<u8>>> = items(first?)?.iter().map(bytes_of).collect();
            parts.map(|parts| Value::bytes(parts.concat()))
        }
        "assign" => {
            let mut pairs = Vec::new();
            for value in &args.at {
                let Shape::Map(more) = &value.shape else { return None };
                pairs.extend(more.iter().cloned());
            }
            Some(Value::map(pairs))
        }
        "sorted" => sorted(items(first?)?, args),
        _ => None,
    }
}
