//! Base85, as Python's `b85decode` and `a85decode` read it, where one of them is called on a literal; and Adobe's Ascii85
//! between `<~` and `~>`.
//!
//! Not handled: Z85, literals that are named before they are decoded, `adobe` and `foldspaces` of `a85decode`.

use super::{Codec, Find, Layers};
use crate::Stop;
use std::ops::Range;

pub(super) const BASE85: Codec = Codec {
    name: "base85",
    title: "base85, as Python and git write it",
    handled: "the literal that b85decode is called on",
    not_handled: "literals that are named first, several literals, Z85",
    find: Find::Marker(&[b"b85decode("], find_base85),
};

pub(super) const ASCII85: Codec = Codec {
    name: "ascii85",
    title: "Ascii85, as PostScript and PDF write it",
    handled: "text between <~ and ~>, and the literal that a85decode is called on",
    not_handled: "literals that are named first, blanks folded to y",
    find: Find::Marker(&[b"a85decode(", b"<~"], find_ascii85),
};

const ALPHABET: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

fn find_base85(layers: &mut Layers, rest: Range<usize>) -> Result<Option<usize>, Stop> {
    let digit = |byte: u8| ALPHABET.iter().position(|known| *known == byte).and_then(|at| u32::try_from(at).ok());
    let Some(text) = literal(layers.bytes, rest.start) else { return Ok(None) };
    let Some(payload) = decode(layers.bytes.get(text.clone()).unwrap_or_default(), digit, false) else { return Ok(None) };
    Ok(layers.yield_worthy(&BASE85, text.clone(), &payload, true)?.then_some(text.end))
}

fn find_ascii85(layers: &mut Layers, rest: Range<usize>) -> Result<Option<usize>, Stop> {
    let bytes = layers.bytes;
    let behind = bytes.get(rest.start..).unwrap_or_default();
    let text = match literal(bytes, rest.start) {
        Some(text) => text,
        None => {
            // Nothing but the alphabet and blanks may stand before the end, so that the search stays linear.
            let len =
                behind.iter().position(|byte| !matches!(byte, b'!'..=b'u' | b'z' | b' ' | b'\t' | b'\r' | b'\n')).unwrap_or(0);
            if !behind.get(len..).unwrap_or_default().starts_with(b"~>") {
                return Ok(Some(rest.start.saturating_add(len)));
            }
            rest.start..rest.start.saturating_add(len)
        }
    };
    let digit = |byte: u8| byte.checked_sub(b'!').filter(|digit| *digit < 85).map(u32::from);
    let Some(payload) = decode(bytes.get(text.clone()).unwrap_or_default(), digit, true) else { return Ok(None) };
    Ok(layers.yield_worthy(&ASCII85, text.clone(), &payload, true)?.then_some(text.end))
}

/// What stands between the quotes of a literal without escapes that begins at `at`.
fn literal(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = bytes.get(at..)?;
    let prefix = usize::from(matches!(rest.first()?, b'b' | b'B'));
    let quote = *rest.get(prefix).filter(|quote| matches!(quote, b'"' | b'\''))?;
    let start = at.saturating_add(prefix).saturating_add(1);
    let inside = bytes.get(start..)?;
    let len = inside.iter().position(|byte| *byte == quote || matches!(byte, b'\n' | b'\\'))?;
    (inside.get(len) == Some(&quote)).then_some(start..start.saturating_add(len))
}

/// Five digits make four bytes; a short last group makes one less than it has digits. `z` stands for four zero bytes.
fn decode(text: &[u8], digit: impl Fn(u8) -> Option<u32>, ascii: bool) -> Option<Vec<u8>> {
    let mut payload = Vec::new();
    let mut group: Vec<u32> = Vec::with_capacity(5);
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        if ascii && *byte == b'z' && group.is_empty() {
            payload.extend_from_slice(&[0; 4]);
            continue;
        }
        group.push(digit(*byte)?);
        if group.len() == 5 {
            payload.extend_from_slice(&value(&group)?.to_be_bytes());
            group.clear();
        }
    }
    if !group.is_empty() {
        let kept = group.len().saturating_sub(1);
        group.resize(5, 84);
        payload.extend_from_slice(value(&group)?.to_be_bytes().get(..kept)?);
    }
    Some(payload)
}

fn value(group: &[u32]) -> Option<u32> {
    group.iter().try_fold(0_u32, |value, digit| value.checked_mul(85)?.checked_add(*digit))
}
