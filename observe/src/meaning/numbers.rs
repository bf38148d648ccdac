//! Whole numbers that are bytes in disguise: those beyond 64 bits, and the methods that make bytes of a number.
//!
//! Not handled: arithmetic beyond 64 bits, negative numbers.

use super::codecs;
use super::tools::{Tool, tool};
use super::values::{BYTES_MAX, Shape, Value, decoded};

/// A whole number as written that does not fit 64 bits.
pub(crate) fn large(text: &str) -> Option<Value> {
    const DIGITS_MAX: usize = 1 << 14;
    let text = text.trim_end_matches('n');
    if text.len() < 18 || text.len() > DIGITS_MAX {
        return None;
    }
    let (digits, radix) = match text.get(..2)? {
        "0x" | "0X" => (text.get(2..)?, 16),
        _ => (text, 10),
    };
    let mut limbs: Vec<u32> = Vec::new();
    for letter in digits.chars().filter(|letter| *letter != '_') {
        let mut carry = u64::from(letter.to_digit(radix)?);
        for limb in &mut limbs {
            let product = u64::from(*limb).wrapping_mul(radix.into()).wrapping_add(carry);
            *limb = u32::try_from(product & 0xffff_ffff).ok()?;
            carry = product >> 32;
        }
        if carry > 0 {
            limbs.push(u32::try_from(carry).ok()?);
        }
    }
    let bytes: Vec<u8> = limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).skip_while(|byte| *byte == 0).collect();
    Some(tool(Tool::Large(bytes)))
}

/// A whole number as bytes: how many, and which end comes first.
pub(crate) fn number_bytes(number: &[u8], len: Option<i64>, order: Option<&str>) -> Option<Value> {
    let len = len.map_or(Some(number.len()), |len| usize::try_from(len).ok())?;
    let mut bytes = vec![0; len.checked_sub(number.len()).filter(|_| len <= BYTES_MAX)?];
    bytes.extend(number);
    if order == Some("little") {
        bytes.reverse();
    }
    Some(decoded(Value::bytes(bytes), None, "number"))
}

/// A method of a whole number.
pub(crate) fn of_number(number: i64, name: &str, args: &[Value], named: &[(&str, Value)]) -> Option<Value> {
    let unsigned = u64::try_from(number).ok()?;
    let bytes: Vec<u8> = unsigned.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    of_large(&bytes, name, args, named)
}

pub(crate) fn of_large(number: &[u8], name: &str, args: &[Value], named: &[(&str, Value)]) -> Option<Value> {
    let named = |wanted: &str| named.iter().find(|(known, _)| *known == wanted).map(|(_, value)| value);
    match name {
        "to_bytes" => {
            let order = args.get(1).or_else(|| named("byteorder")).and_then(Value::known_text);
            number_bytes(number, args.first().or_else(|| named("length")).and_then(Value::int), order.map(|order| &**order))
        }
        "bit_length" => {
            let high = number.first().map_or(0, |byte| 8_u32.saturating_sub(byte.leading_zeros()));
            let rest = i64::try_from(number.len().saturating_sub(1)).ok()?.checked_mul(8)?;
            Some(Value::new(Shape::Int(rest.checked_add(high.into())?)))
        }
        "toString" if args.first().and_then(Value::int) == Some(16) => {
            Some(Value::text(codecs::hex_of(number).trim_start_matches('0')))
        }
        _ => None,
    }
}
