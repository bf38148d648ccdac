//! Percent-encoding of characters that need none: `%65%76%61%6c`, and JavaScript's `%u0065`.
//!
//! Not handled: ordinary URLs, whose encoded characters are no ASCII letters.

use super::{Codec, Find, Layers, scan};
use crate::Stop;
use std::ops::Range;

pub(super) const CODEC: Codec = Codec {
    name: "percent",
    title: "percent-encoding",
    handled: "text with 8 and more letters or digits written as %41 or %u0041, from the first of them on",
    not_handled: "URLs in which only other characters are encoded",
    find: Find::Escape(find),
};

/// Fewest encoded letters and digits.
const LETTERS_MIN: usize = 8;

fn find(layers: &mut Layers, part: Range<usize>) -> Result<Option<usize>, Stop> {
    let bytes = layers.bytes;
    let start = part.start;
    if start < layers.passed
        || !matches!(bytes.get(start), Some(b'%'))
        || element(bytes, start).is_none_or(|(_, escaped, _)| !escaped)
    {
        return Ok(None);
    }
    let mut payload = Vec::new();
    let mut letters = 0_usize;
    let mut end = start;
    while let Some((value, escaped, next)) = element(bytes, end) {
        match u8::try_from(value) {
            Ok(byte) => payload.push(byte),
            Err(_) => payload.extend_from_slice(&value.to_le_bytes()),
        }
        let letter = escaped && u8::try_from(value).is_ok_and(|byte| byte.is_ascii_alphanumeric());
        letters = letters.saturating_add(usize::from(letter));
        end = next;
    }
    layers.passed = layers.passed.max(end);
    if letters < LETTERS_MIN {
        return Ok(None);
    }
    Ok(layers.yield_worthy(&CODEC, start..end, &payload, false)?.then_some(end))
}

/// The character at `at`, whether it is encoded, and where it ends.
fn element(bytes: &[u8], at: usize) -> Option<(u16, bool, usize)> {
    let digits = |from: usize, len: usize| {
        let digits = bytes.get(at.saturating_add(from)..at.saturating_add(from).saturating_add(len))?;
        let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_hexdigit))?;
        u16::from_str_radix(text, 16).ok()
    };
    match *bytes.get(at)? {
        b'%' => match bytes.get(at.saturating_add(1))? {
            b'u' | b'U' => Some((digits(2, 4)?, true, at.saturating_add(6))),
            _ => Some((digits(1, 2)?, true, at.saturating_add(3))),
        },
        byte if scan::class(byte) & scan::BASE64 != 0
            || matches!(byte, b'.' | b'~' | b'!' | b'*' | b'@' | b'(' | b')' | b';') =>
        {
            Some((byte.into(), false, at.saturating_add(1)))
        }
        _ => None,
    }
}
