//! One pass over the characters beyond ASCII, for all observers that look at them. Text in ASCII costs one fast check.

use super::{Subject, bidi::Bidi, homoglyphs::Homoglyphs, invisible::Invisible};
use crate::Facts;

/// A character beyond ASCII and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Character {
    /// Offset of its first byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The character.
    pub c: char,
}

/// Bytes that are skipped together where they are ASCII.
const STRIDE: usize = 64;

/// Hands every character beyond ASCII to the observers of characters.
pub(crate) fn observe(subject: &Subject, facts: &mut Facts) {
    if subject.bytes.is_ascii() {
        return;
    }
    let (mut bidi, mut invisible, mut homoglyphs) = (Bidi::default(), Invisible::default(), Homoglyphs::default());
    each(subject.bytes, |character| {
        match u32::from(character.c) {
            0x061C | 0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x2069 => bidi.take(subject, character, facts),
            _ if Invisible::is(character.c) => invisible.take(subject, character, facts),
            0x370..=0x58F if subject.is_code => homoglyphs.take(subject, character, facts),
            _ => {}
        };
    });
    bidi.end(subject, facts);
    invisible.end(subject, facts);
}

/// Calls `take` for every character beyond ASCII; bytes that are not UTF-8 are skipped.
fn each(bytes: &[u8], mut take: impl FnMut(Character)) {
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let stride = rest.get(..STRIDE).unwrap_or(rest);
        if stride.is_ascii() {
            at = at.saturating_add(stride.len());
            continue;
        }
        let end = at.saturating_add(stride.len());
        while at < end {
            match bytes.get(at) {
                Some(0x80..) => match decode(bytes, at) {
                    Some(c) => {
                        let end = at.saturating_add(c.len_utf8());
                        take(Character { start: at, end, c });
                        at = end;
                    }
                    None => at = at.saturating_add(1),
                },
                _ => at = at.saturating_add(1),
            }
        }
    }
}

/// The character that starts at `at`.
pub(crate) fn decode(bytes: &[u8], at: usize) -> Option<char> {
    let rest = bytes.get(at..)?;
    let len = match rest.first()? {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    std::str::from_utf8(rest.get(..len)?).ok()?.chars().next()
}

/// The character that ends before `at`.
pub(crate) fn before(bytes: &[u8], at: usize) -> Option<char> {
    (1..=4).find_map(|len| {
        let start = at.checked_sub(len)?;
        decode(bytes, start).filter(|c| c.len_utf8() == len)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_met_once() {
        let filler = "x".repeat(61);
        let text = format!("\u{e9}{filler}\u{20ac}\u{1f600}abc{filler}\u{43f}");
        let mut bytes = text.clone().into_bytes();
        bytes.splice(5..5, [0xff, 0xc3, 0x28]);
        let mut met = Vec::new();
        each(&bytes, |character| {
            assert_eq!(&bytes[character.start..character.end], character.c.to_string().as_bytes());
            met.push(character.c);
        });
        assert_eq!(met, text.chars().filter(|c| !c.is_ascii()).collect::<Vec<_>>());
        assert_eq!(before(text.as_bytes(), 2), Some('\u{e9}'));
        assert_eq!(before(b"ab", 1), Some('a'));
        assert_eq!(before(b"ab", 0), None);
    }
}
