//! What makes decoded bytes worth a place of their own. This decides how many children ordinary software gets.
//!
//! Worth it are formats with a structure, compressed streams, text, and large blobs that nothing explains. Everything else that
//! decodes (digests, identifiers, numbers, keys) says nothing that the encoded text does not.

use super::deflate;
use crate::fields::stands_at;
use crate::formats::{Format, formats};
use crate::identify::identify;
use std::sync::LazyLock;

/// Fewest bytes of decoded text that are worth a child. At 16, chance makes less than one text of a million identifiers.
pub(super) const TEXT_BYTES_MIN: usize = 16;
/// Fewest bytes of an unexplained blob that are worth a child.
pub(super) const BLOB_BYTES_MIN: usize = 1024;
/// Below this, text must be free of control characters and mostly ASCII.
const TEXT_BYTES_SHORT: usize = 64;
/// How many bytes of a blob are counted.
const SAMPLE_BYTES: usize = 64 << 10;

/// What decoded bytes are, where they are worth a child. `blobs`: also where nothing explains them.
pub(super) fn of(payload: &[u8], blobs: bool) -> Option<&'static Format> {
    if payload.len() < TEXT_BYTES_MIN {
        return None;
    }
    let format = identify(payload, "");
    let worth = is_structured(format, payload)
        || is_text(payload)
        || is_marshalled(payload)
        || deflate::begins(payload)
        || (blobs && is_blob(payload));
    worth.then_some(format)
}

/// Whether a format that some bytes were taken for says more of them than that they are bytes or text.
pub(super) fn is_structured(format: &Format, bytes: &[u8]) -> bool {
    if format.is_text || matches!(format.name, "data" | "empty") {
        return false;
    }
    if format.name == "utf-16" {
        // Two bytes of a mark are soon there by chance; ASCII in UTF-16 is half zeros.
        let sample = bytes.get(..bytes.len().min(SAMPLE_BYTES)).unwrap_or_default();
        return memchr::memchr_iter(0, sample).count().saturating_mul(4) >= sample.len();
    }
    let long = |(at, magic): &(usize, &[u8])| magic.len() > 2 && stands_at(bytes, *at, magic);
    format.check.is_some() || format.magic.iter().any(long)
}

/// Whether the first bytes of a payload of `len` bytes leave it possible that it is worth a child. `head` holds at least 10
/// bytes; this is what every identifier in a program is measured by.
pub(super) fn is_promising(head: &[u8], len: usize) -> bool {
    len >= BLOB_BYTES_MIN || starts_as_text(head) || starts_as_format(head) || deflate::is_promising(head, len)
}

/// The first two bytes of each format that is known by them, and longer marks that stand further behind.
struct Marks {
    first: Box<[bool; 1 << 16]>,
    behind: Vec<(usize, &'static [u8])>,
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    let mut marks = Marks { first: Box::new([false; 1 << 16]), behind: Vec::new() };
    for (at, magic) in formats().iter().flat_map(|format| format.magic) {
        for second in 0..=u8::MAX {
            let pair = match magic {
                [first] => [*first, second],
                [first, second, ..] => [*first, *second],
                [] => continue,
            };
            if let (0, Some(mark)) = (*at, marks.first.get_mut(usize::from(u16::from_be_bytes(pair)))) {
                *mark = true;
            }
        }
        if (1..8).contains(at) {
            marks.behind.push((*at, magic));
        }
    }
    marks
});

fn starts_as_format(head: &[u8]) -> bool {
    let [first, second, ..] = head else { return false };
    let pair = u16::from_be_bytes([*first, *second]);
    // zlib has no mark, but a check of its two bytes.
    let zlib = first & 0x8F == 8 && second & 0x20 == 0 && pair.is_multiple_of(31);
    zlib || is_marshalled(head)
        || MARKS.first.get(usize::from(pair)).is_some_and(|mark| *mark)
        || MARKS.behind.iter().any(|(at, magic)| stands_at(head, *at, magic))
}

/// Text in UTF-8 or, where it is longer, in any encoding that is mostly ASCII; also UTF-16.
fn starts_as_text(head: &[u8]) -> bool {
    match head {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, _, 0, _, 0, ..] | [0, _, 0, _, 0, _, ..] => true,
        _ => {
            let ascii = head.iter().filter(|byte| is_printable(**byte)).count();
            let is_utf_8 = || std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
            head.iter().all(|byte| *byte >= 0x80 || is_printable(*byte)) && (ascii.saturating_mul(2) >= head.len() || is_utf_8())
        }
    }
}

/// Whether some bytes are text that people or programs could have written.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    if bytes.len() < TEXT_BYTES_MIN {
        return false;
    }
    let ascii = bytes.iter().filter(|byte| is_printable(**byte)).count();
    let high = bytes.iter().filter(|byte| **byte >= 0x80).count();
    let control = bytes.len().saturating_sub(ascii).saturating_sub(high);
    let of_all = |part: usize, percent: usize| part.saturating_mul(100) >= bytes.len().saturating_mul(percent);
    let enough = match (std::str::from_utf8(bytes), bytes.len() < TEXT_BYTES_SHORT) {
        (Ok(_), true) => control == 0 && of_all(ascii, 75),
        (Ok(_), false) => !of_all(control, 10),
        (Err(error), short) => {
            let cut_off = error.error_len().is_none() && !of_all(control, 10);
            !short && (cut_off || (control == 0 && of_all(ascii, 85)))
        }
    };
    enough && distinct(bytes) >= 5 && !is_sequence(bytes)
}

/// Whether most characters follow the one before in the alphabet: a table, not a text.
fn is_sequence(bytes: &[u8]) -> bool {
    let sample = bytes.get(..bytes.len().min(256)).unwrap_or_default();
    let steps = sample.windows(2).filter(|pair| matches!(pair, [a, b] if a.checked_add(1) == Some(*b))).count();
    steps.saturating_mul(2) >= sample.len()
}

/// Characters of ASCII that text has.
pub(super) fn is_printable(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B | b' '..=b'~')
}

/// A code object as Python's `marshal` writes one for a module: no arguments.
fn is_marshalled(bytes: &[u8]) -> bool {
    matches!(bytes, [0xE3 | 0x63, 0, 0, 0, 0, 0, 0, 0, 0, ..])
}

/// How many different bytes occur in the first few.
fn distinct(bytes: &[u8]) -> u32 {
    let mut seen = [0_u64; 4];
    for byte in bytes.iter().take(256) {
        if let Some(word) = seen.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }
    seen.iter().fold(0, |sum, word| sum.saturating_add(word.count_ones()))
}

/// Whether no table of small numbers and no filler would look like this: two bytes of it are equal by a chance below 1 in 32,
/// which machine code, compressed and encrypted data pass.
fn is_blob(bytes: &[u8]) -> bool {
    if bytes.len() < BLOB_BYTES_MIN {
        return false;
    }
    let mut counts = [0_u64; 256];
    for byte in bytes.iter().take(SAMPLE_BYTES) {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let all = counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let equal = counts.iter().fold(0_u64, |sum, count| sum.saturating_add(count.saturating_mul(*count)));
    equal.saturating_mul(32) <= all.saturating_mul(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_chance() {
        let chinese = "\u{4f60}\u{597d}\u{4e16}\u{754c}".repeat(8);
        let latin = b"x = '\xe9t\xe9' # written in an encoding of the last century, which some still use".repeat(2);
        let texts: [&[u8]; 6] = [
            b"import os; os.system('id')",
            b"http://host.example.test/a",
            "print('gr\u{fc}\u{df} dich, welt')".as_bytes(),
            chinese.as_bytes(),
            b"<?php\r\n\tphpinfo();\r\n?>",
            &latin,
        ];
        for text in texts {
            assert!(is_text(text) && starts_as_text(&text[..12]), "{}", String::from_utf8_lossy(text));
        }
        let others: [&[u8]; 7] = [
            b"too short",
            b"\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51",
            b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            b"almost text but \x01 not all of it",
            &[0; 64],
            &[0xFF; 64],
        ];
        for other in others {
            assert!(!is_text(other), "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn blobs_are_told_from_tables() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let noise: Vec<u8> = (0..2048).map(|_| random()).collect();
        assert!(is_blob(&noise));
        assert!(!is_blob(&noise[..1000]));
        assert!(!is_blob(&[0; 4096]));
        let table: Vec<u8> = noise.iter().map(|byte| byte & 15).collect();
        assert!(!is_blob(&table));
    }
}
