//! Bytes written as escapes of a string literal: `\x41`, `\u0041`, `\101`, alone or, as Python shows bytes, between plain
//! characters.
//!
//! Not handled: a few escapes in plain text (those need the language), escapes above U+FFFF without a surrogate pair or braces.

use super::{Codec, Find, Layers, join, worth};
use crate::Stop;
use std::ops::Range;

pub(super) const CODEC: Codec = Codec {
    name: "escapes",
    title: "escapes of string literals",
    handled: r"\x41, \u0041, \101, also after two backslashes, over adjacent and added literals; literals that mix them",
    not_handled: r"literals with fewer than 4 escapes in a row, or less than one in five; literals of \u{41} alone",
    find: Find::Escape(find),
};

/// Escapes in a row that make a literal worth a look.
const ROW_MIN: usize = 4;
/// Fewest escaped letters and digits of a text: nobody needs to escape those.
const LETTERS_MIN: usize = 8;

fn find(layers: &mut Layers, part: Range<usize>) -> Result<Option<usize>, Stop> {
    let bytes = layers.bytes;
    let at = part.start;
    if at < layers.passed || !matches!(bytes.get(at), Some(b'\\')) {
        return Ok(None);
    }
    let lead = if bytes.get(at.saturating_add(1)) == Some(&b'\\') { 2 } else { 1 };
    let mut probe = at;
    for _ in 0..ROW_MIN {
        let Some((Element::Escape(_), end)) = element(bytes, probe, lead) else { return Ok(None) };
        probe = end;
    }
    let literal = if lead == 1 { literal_start(bytes, layers.passed, at) } else { None };
    let (start, quote) = literal.map_or((at, None), |(start, quote)| (start, Some(quote)));
    let mut parsed = parse(bytes, start, lead, quote, false);
    if parsed.is_wide {
        parsed = parse(bytes, start, lead, quote, true);
    }
    // Whatever comes of it, this literal was read: no later escape reads it again.
    layers.passed = layers.passed.max(parsed.end);
    let few = parsed.escapes.saturating_mul(5) < parsed.all;
    let is_plain =
        worth::is_text(&parsed.payload) && (parsed.escapes.saturating_mul(2) < parsed.all || parsed.letters < LETTERS_MIN);
    if few || is_plain {
        return Ok(None);
    }
    let found = layers.yield_worthy(&CODEC, start..parsed.end, &parsed.payload, true)?;
    Ok(found.then_some(parsed.end))
}

/// What a literal decodes to.
#[derive(Default)]
struct Parsed {
    payload: Vec<u8>,
    end: usize,
    /// Characters in all, those of them that are escaped by number, and those of them that are letters or digits.
    all: usize,
    escapes: usize,
    letters: usize,
    /// Whether a value does not fit a byte, so that all of them are characters.
    is_wide: bool,
    /// First half of a surrogate pair.
    high: Option<u32>,
}

impl Parsed {
    fn push(&mut self, value: u32, wide: bool) {
        match u8::try_from(value) {
            Ok(byte) if !wide || byte < 0x80 => self.payload.push(byte),
            _ => {
                self.is_wide = true;
                self.push_character(value);
            }
        }
    }

    fn push_character(&mut self, value: u32) {
        let high = self.high.take();
        let value = match (high, value) {
            (_, 0xD800..=0xDBFF) => {
                self.high = Some(value);
                return;
            }
            (Some(high), 0xDC00..=0xDFFF) => 0x10000_u32.saturating_add((high & 0x3FF) << 10).saturating_add(value & 0x3FF),
            _ => value,
        };
        let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.payload.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Reads the literal that begins at `start`, and those joined to it; without a quote, escapes alone.
fn parse(bytes: &[u8], start: usize, lead: usize, quote: Option<u8>, wide: bool) -> Parsed {
    let mut parsed = Parsed { end: start, ..Parsed::default() };
    loop {
        let at = parsed.end;
        let closed = bytes.get(at).copied() == quote;
        if quote.is_some() && closed {
            match join::join(bytes, at) {
                Some((join::Join::Literal, next)) => {
                    parsed.end = next;
                    continue;
                }
                _ => return parsed,
            }
        }
        match element(bytes, at, lead) {
            Some((Element::Escape(value), end)) => {
                parsed.push(value, wide);
                parsed.escapes = parsed.escapes.saturating_add(1);
                let letter = u8::try_from(value).is_ok_and(|byte| byte.is_ascii_alphanumeric());
                parsed.letters = parsed.letters.saturating_add(usize::from(letter));
                parsed.end = end;
            }
            Some((Element::Plain(byte), end)) if quote.is_some() => {
                parsed.payload.push(byte);
                parsed.end = end;
            }
            Some((Element::Nothing, end)) if quote.is_some() => {
                parsed.end = end;
                continue;
            }
            _ => return parsed,
        }
        parsed.all = parsed.all.saturating_add(1);
    }
}

enum Element {
    /// A character by its number.
    Escape(u32),
    /// A character by itself or by its name.
    Plain(u8),
    /// A line continuation.
    Nothing,
}

/// The character of a literal at `at`, and where it ends. A raw line break ends a literal.
fn element(bytes: &[u8], at: usize, lead: usize) -> Option<(Element, usize)> {
    let rest = bytes.get(at..)?;
    let after = |len: usize| at.saturating_add(len);
    match rest.first()? {
        b'\n' | b'\r' => None,
        b'\\' => {
            if lead == 2 && rest.get(1) != Some(&b'\\') {
                return None;
            }
            let body = rest.get(lead..)?;
            let (element, len) = escape(body)?;
            Some((element, after(lead).saturating_add(len)))
        }
        byte => Some((Element::Plain(*byte), after(1))),
    }
}

/// What stands behind a backslash, and how long it is.
fn escape(body: &[u8]) -> Option<(Element, usize)> {
    let number = |digits: &[u8]| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    let all_hex = |digits: &&[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    let fixed = |len: usize| body.get(1..len.saturating_add(1)).filter(all_hex).and_then(number);
    let plain = |byte: u8| Some((Element::Plain(byte), 1));
    match *body.first()? {
        b'x' | b'u' if body.get(1) == Some(&b'{') => {
            let inner = body.get(2..body.len().min(10))?;
            let len = inner.iter().position(|byte| *byte == b'}')?;
            let value = number(inner.get(..len).filter(all_hex)?)?;
            Some((Element::Escape(value), len.saturating_add(3)))
        }
        b'x' => Some((Element::Escape(fixed(2)?), 3)),
        b'u' => Some((Element::Escape(fixed(4)?), 5)),
        b'U' => Some((Element::Escape(fixed(8)?), 9)),
        b'0'..=b'7' => {
            let len = body.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            let value = u32::from_str_radix(std::str::from_utf8(body.get(..len)?).ok()?, 8).ok()?;
            Some((Element::Escape(value & 0xFF), len))
        }
        b'n' => plain(b'\n'),
        b'r' => plain(b'\r'),
        b't' => plain(b'\t'),
        b'a' => plain(7),
        b'b' => plain(8),
        b'v' => plain(11),
        b'f' => plain(12),
        b'e' => plain(27),
        b'\n' => Some((Element::Nothing, 1)),
        b'\r' => Some((Element::Nothing, if body.get(1) == Some(&b'\n') { 2 } else { 1 })),
        other => plain(other),
    }
}

/// Where the literal around `at` begins, and its quote. Quotes of the other kinds may stand in it, so a quote that code could
/// begin a literal with is preferred to one that it could not.
fn literal_start(bytes: &[u8], floor: usize, at: usize) -> Option<(usize, u8)> {
    let before = bytes.get(floor..at)?;
    let line = memchr::memrchr(b'\n', before).and_then(|end| before.get(end..)).unwrap_or(before);
    let base = at.saturating_sub(line.len());
    let mut best: Option<(u8, usize, u8)> = None;
    for quote in [b'"', b'\'', b'`'] {
        let Some(found) = memchr::memrchr_iter(quote, line).find(|found| !is_escaped(line, *found)) else { continue };
        let position = base.saturating_add(found);
        let rank = match position.checked_sub(1).and_then(|before| bytes.get(before)) {
            Some(b'b' | b'B') => 2,
            None | Some(b'(' | b'=' | b',' | b'[' | b'{' | b'+' | b'.' | b':' | b' ' | b'\t' | b'\n' | b'&' | b'>' | b'@') => 1,
            Some(_) => 0,
        };
        // Of two that are as likely the outer one holds the other.
        let better = best.is_none_or(|(known, start, _)| rank > known || (rank == known && rank > 0 && position < start));
        if better {
            best = Some((rank, position, quote));
        }
    }
    let (_, position, quote) = best?;
    Some((position.saturating_add(1), quote))
}

fn is_escaped(line: &[u8], at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}
