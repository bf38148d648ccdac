//! Operators on constants, as Python and JavaScript compute them. What they cannot compute, they do not guess.
//!
//! Not handled: numbers with a fraction, and whole numbers beyond 64 bits (53 in JavaScript).

use super::formats::percent_format;
use super::guards::deciding;
use super::values::{BYTES_MAX, HOLE, Shape, Value, is_several, shown};
use crate::languages::Language;
use std::rc::Rc;

/// Largest whole number that JavaScript counts exactly.
const SAFE_MAX: i64 = (1 << 53) - 1;

/// An operator with one operand.
pub(crate) fn unary(op: &str, value: &Value, language: Language) -> Value {
    let python = language != Language::JavaScript;
    let shape = match (op, &value.shape) {
        ("-", Shape::Int(number)) => Shape::Int(number.wrapping_neg()),
        ("+", Shape::Int(number)) => Shape::Int(*number),
        ("+", Shape::Bool(yes)) => Shape::Int((*yes).into()),
        ("+", Shape::List(values)) if values.is_empty() => Shape::Int(0),
        ("+", Shape::Text(text)) => number_of(text).map_or(Shape::Computed, Shape::Int),
        ("~", Shape::Int(number)) if python => Shape::Int(!number),
        ("~", Shape::Int(number)) => Shape::Int((!word(*number)).into()),
        ("typeof", Shape::Text(text)) if !text.contains(HOLE) => Shape::Text("string".into()),
        ("typeof", Shape::Int(_)) => Shape::Text("number".into()),
        ("typeof", Shape::Bool(_)) => Shape::Text("boolean".into()),
        ("!" | "not", Shape::List(_) | Shape::Map(_)) if op == "!" => Shape::Bool(false),
        ("!" | "not", _) => value.truth().map_or(Shape::Computed, |truth| Shape::Bool(!truth)),
        ("void", _) => Shape::Null,
        ("yield" | "yield*" | "await", _) => value.shape.clone(),
        _ => Shape::Computed,
    };
    // Yes or no tells next to nothing of what was asked about.
    let tag = if matches!(op, "!" | "not" | "typeof") { deciding(value.tag.clone()) } else { value.tag.clone() };
    Value { shape, tag }
}

/// An operator with two operands; tags are the caller's.
pub(crate) fn binary(op: &str, one: &Value, other: &Value, language: Language) -> Value {
    let python = language != Language::JavaScript;
    let op = op
        .strip_suffix('=')
        .filter(|rest| !rest.is_empty() && !"=!<>".contains(*rest) && *rest != "==" && *rest != "!=")
        .unwrap_or(op);
    if let (Some(left), Some(right)) = (one.int(), other.int()) {
        return Value::new(if python { numbers(op, left, right) } else { numbers_of_script(op, one, other, left, right) });
    }
    let shape = match (op, &one.shape, &other.shape) {
        ("+", Shape::List(left), Shape::List(right)) if python => {
            return Value::list([left.as_slice(), right.as_slice()].concat());
        }
        ("+", Shape::Bytes(left), Shape::Bytes(right)) if python && left.len().saturating_add(right.len()) <= BYTES_MAX => {
            Shape::Bytes([&**left, &**right].concat().into())
        }
        ("/", Shape::Text(_) | Shape::Set(_), _) if python => concat(op, one, other),
        ("+", Shape::Text(_) | Shape::Set(_), _) | ("+", _, Shape::Text(_)) => concat(op, one, other),
        ("*", Shape::Text(_) | Shape::Bytes(_) | Shape::List(_), Shape::Int(times)) if python => return times_of(one, *times),
        ("*", Shape::Int(times), Shape::Text(_) | Shape::Bytes(_) | Shape::List(_)) if python => return times_of(other, *times),
        ("%", Shape::Text(format), _) if python => {
            let values = match &other.shape {
                Shape::List(values) => values.to_vec(),
                _ => vec![other.clone()],
            };
            let text = Shape::Text(percent_format(format, &values).into());
            if values.iter().any(is_several) { Shape::Set(Rc::new(vec![text])) } else { text }
        }
        ("-" | "*", Shape::Text(text), Shape::Int(right)) if !python => {
            number_of(text).map_or(Shape::Computed, |left| numbers(op, left, *right))
        }
        ("==" | "!=", Shape::Text(_), Shape::Int(_)) | ("==" | "!=", Shape::Int(_), Shape::Text(_)) if !python => Shape::Computed,
        ("==" | "===" | "is", left, right) => known_equal(left, right).map_or(Shape::Computed, Shape::Bool),
        ("!=" | "!==" | "is not", left, right) => known_equal(left, right).map_or(Shape::Computed, |same| Shape::Bool(!same)),
        ("in" | "not in", Shape::Text(part), Shape::Text(text)) if python && !text.contains(HOLE) && !part.contains(HOLE) => {
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
    let text = Shape::Text([&*left, blank, right].concat().into());
    // One of several stays one of several.
    if matches!(one.shape, Shape::Set(_)) || matches!(other.shape, Shape::Set(_)) {
        Shape::Set(Rc::new(vec![text]))
    } else {
        text
    }
}

fn known_equal(left: &Shape, right: &Shape) -> Option<bool> {
    let plain = |shape: &Shape| match shape {
        Shape::Text(text) => !text.contains(HOLE),
        Shape::Bytes(_) | Shape::Int(_) | Shape::Bool(_) | Shape::Null => true,
        _ => false,
    };
    (plain(left) && plain(right)).then(|| left == right)
}

/// Whole numbers of Python.
fn numbers(op: &str, left: i64, right: i64) -> Shape {
    let shift = u32::try_from(right).ok().filter(|shift| *shift < 63);
    let below = |rest: i64| rest != 0 && (rest < 0) != (right < 0);
    let number = match op {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        // Python rounds down, and the rest has the sign of the divisor.
        "%" => left.checked_rem(right).map(|rest| if below(rest) { rest.saturating_add(right) } else { rest }),
        "//" => left.checked_rem(right).and_then(|rest| left.checked_div(right)?.checked_sub(below(rest).into())),
        "**" => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
        "^" => Some(left ^ right),
        "&" => Some(left & right),
        "|" => Some(left | right),
        "<<" => shift.and_then(|shift| left.checked_mul(1_i64.checked_shl(shift)?)),
        ">>" => shift.and_then(|shift| left.checked_shr(shift)),
        _ => return compared(op, left, right),
    };
    number.map_or(Shape::Computed, Shape::Int)
}

/// Numbers of JavaScript: bits are those of 32-bit words, all else is exact up to a bound.
fn numbers_of_script(op: &str, one: &Value, other: &Value, left: i64, right: i64) -> Shape {
    let bits = || u32::try_from(right & 31).unwrap_or(0);
    let number = match op {
        "===" | "!==" if matches!(one.shape, Shape::Bool(_)) != matches!(other.shape, Shape::Bool(_)) => {
            return Shape::Bool(op == "!==");
        }
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "%" => left.checked_rem(right),
        "/" => left.checked_div(right).filter(|_| left.checked_rem(right) == Some(0)),
        "**" => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
        "^" => Some((word(left) ^ word(right)).into()),
        "&" => Some((word(left) & word(right)).into()),
        "|" => Some((word(left) | word(right)).into()),
        "<<" => Some(word(left).wrapping_shl(bits()).into()),
        ">>" => Some(word(left).wrapping_shr(bits()).into()),
        ">>>" => Some(word(left).cast_unsigned().wrapping_shr(bits()).into()),
        _ => return compared(op, left, right),
    };
    number.filter(|number| (-SAFE_MAX..=SAFE_MAX).contains(number)).map_or(Shape::Computed, Shape::Int)
}

fn compared(op: &str, left: i64, right: i64) -> Shape {
    match op {
        "==" | "===" => Shape::Bool(left == right),
        "!=" | "!==" => Shape::Bool(left != right),
        "<" => Shape::Bool(left < right),
        ">" => Shape::Bool(left > right),
        "<=" => Shape::Bool(left <= right),
        ">=" => Shape::Bool(left >= right),
        _ => Shape::Computed,
    }
}

/// The low 32 bits, as a number with a sign.
fn word(number: i64) -> i32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// The whole number that JavaScript makes of a text.
pub(crate) fn number_of(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0);
    }
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']));
        }
    }
    text.parse().ok().filter(|number| (-SAFE_MAX..=SAFE_MAX).contains(number))
}

pub(super) fn times_of(value: &Value, times: i64) -> Value {
    let times = usize::try_from(times).unwrap_or(0);
    let fits = |len: usize| len.saturating_mul(times) <= BYTES_MAX;
    match &value.shape {
        Shape::Text(text) if fits(text.len()) => Value::text(text.repeat(times)),
        Shape::Bytes(bytes) if fits(bytes.len()) => Value::bytes(bytes.repeat(times)),
        Shape::List(values) if fits(values.len().saturating_mul(64)) => Value::cycle(values, values.len().saturating_mul(times)),
        _ => Value::default(),
    }
}
