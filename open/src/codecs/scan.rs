//! Byte classes and the search for long runs of them: the one thing that every byte of every text pays for.
//!
//! A long run of a class must contain every `n`-th byte, so the search looks at the last byte of a window first and mostly
//! skips the rest, as Boyer and Moore's string search does. Words of programs are too long for that to pay for short runs:
//! those are found by classing 64 bytes at a time without a branch, which compilers turn into vector instructions. Over Rust
//! and Python sources that is three times as fast.

use std::ops::Range;

/// `g` to `z`.
pub(super) const LOWER: u16 = 1;
/// `G` to `Z`.
pub(super) const UPPER: u16 = 2;
/// `0`, `1`, `8`, `9`: digits that base32 lacks.
pub(super) const DIGIT_FEW: u16 = 4;
/// `2` to `7`.
pub(super) const DIGIT: u16 = 8;
/// `a` to `f`.
pub(super) const HEX_LOWER: u16 = 16;
/// `A` to `F`.
pub(super) const HEX_UPPER: u16 = 32;
/// `+` and `/`.
pub(super) const PLUS: u16 = 64;
/// `-` and `_`.
pub(super) const DASH: u16 = 128;
/// `\` and `%`, which begin an escape.
pub(super) const ESCAPE: u16 = 256;
/// What lists of numbers and chains of `chr(104)+chr(101)` are made of.
pub(super) const LIST: u16 = 512;

/// Any decimal digit.
pub(super) const DIGITS: u16 = DIGIT | DIGIT_FEW;
/// Any hexadecimal digit.
pub(super) const HEX: u16 = DIGITS | HEX_LOWER | HEX_UPPER;
/// Any lower-case letter.
pub(super) const LOWERS: u16 = LOWER | HEX_LOWER;
/// Any upper-case letter.
pub(super) const UPPERS: u16 = UPPER | HEX_UPPER;
/// The alphabets of base64 and base64url together.
pub(super) const BASE64: u16 = LOWERS | UPPERS | DIGITS | PLUS | DASH;
/// The alphabet of base32.
pub(super) const BASE32: u16 = UPPERS | DIGIT;

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions, reason = "evaluated by the compiler")]
const fn classes() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        table[byte] = match c {
            b'g'..=b'z' => LOWER,
            b'G'..=b'Z' => UPPER,
            b'0' | b'1' | b'8' | b'9' => DIGIT_FEW,
            b'2'..=b'7' => DIGIT,
            b'a'..=b'f' => HEX_LOWER,
            b'A'..=b'F' => HEX_UPPER,
            b'+' | b'/' => PLUS,
            b'-' | b'_' => DASH,
            b'\\' | b'%' => ESCAPE,
            _ => 0,
        };
        if c.is_ascii_hexdigit() || matches!(c, b'h' | b'r' | b'w' | b'x' | b'H' | b'R' | b'W' | b'X') {
            table[byte] |= LIST;
        }
        if matches!(c, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'(' | b')' | b'[' | b']' | b'+' | b'&' | b'.' | b'-' | b'$') {
            table[byte] |= LIST;
        }
        byte += 1;
    }
    table
}

static CLASSES: [u16; 256] = classes();

/// The classes of one byte.
pub(super) fn class(byte: u8) -> u16 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// The first run of at least `len_min` bytes of `mask` that begins at or behind `from`, whole.
pub(super) fn run(bytes: &[u8], mask: u16, len_min: usize, from: usize) -> Option<Range<usize>> {
    let mut start = from;
    loop {
        let window_end = start.checked_add(len_min)?;
        let window = bytes.get(start..window_end)?;
        match window.iter().rposition(|byte| class(*byte) & mask == 0) {
            Some(outside) => start = start.saturating_add(outside).saturating_add(1),
            None => return Some(start..end_of(bytes, mask, window_end)),
        }
    }
}

/// Fewest characters of a run that is looked at in text: 16 bytes in base64.
pub(super) const RUN_TEXT_MIN: usize = 22;

/// The first run of at least [`RUN_TEXT_MIN`] bytes of base64 and escapes that begins at or behind `from`, whole.
pub(super) fn text_run(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let (blocks, rest) = bytes.get(from..)?.as_chunks::<64>();
    let mut last = [0; 64];
    for (to, byte) in last.iter_mut().zip(rest) {
        *to = *byte;
    }
    let mut before = 0;
    let mut at = from;
    for block in blocks.iter().chain([&last]) {
        let members = members(block);
        let mut runs = u128::from(members) << 64 | u128::from(before);
        // Bits whose next 1, 3, 7, 15 and at last 21 neighbours are set too.
        runs &= runs >> 1;
        runs &= runs >> 2;
        runs &= runs >> 4;
        runs &= runs >> 8;
        runs &= runs >> 6;
        if runs != 0 {
            // Every run of this length fits two blocks, so none began before the first of them.
            let offset = usize::try_from(runs.trailing_zeros()).ok()?;
            let start = at.saturating_add(offset).saturating_sub(64);
            return Some(start..end_of(bytes, BASE64 | ESCAPE, start.saturating_add(RUN_TEXT_MIN)));
        }
        before = members;
        at = at.saturating_add(64);
    }
    None
}

/// One bit for each byte of base64 and escapes, the first byte's the lowest.
fn members(block: &[u8; 64]) -> u64 {
    let flags = block.map(|byte| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'/') < 11;
        let sign = (byte == b'+') | (byte == b'-') | (byte == b'_') | (byte == b'\\') | (byte == b'%');
        u8::from(letter | digit | sign)
    });
    let (words, _) = flags.as_chunks::<8>();
    // The product gathers the lowest bits of eight bytes in its highest byte.
    let gathered = |word: &[u8; 8]| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    words.iter().rev().fold(0, |bits, word| bits << 8 | gathered(word))
}

/// Fewest characters of a list of numbers: a line of a hex dump, or 13 to 20 numbers.
pub(super) const LIST_MIN: usize = 40;
/// Digits in 64 bytes, below which no list of so many numbers is near.
const LIST_DIGITS_MIN: u8 = 5;

/// The first run of at least [`LIST_MIN`] bytes of lists with digits in it that begins at or behind `from`, whole.
pub(super) fn list_run(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    for block in bytes.get(from..)?.chunks(64) {
        let digits = block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(u8::from(byte.wrapping_sub(b'0') < 10)));
        let end = at.saturating_add(block.len());
        if digits >= LIST_DIGITS_MIN {
            let near = bytes.get(from..at.saturating_sub(64).max(from)).unwrap_or_default();
            let inside = near.iter().rev().take_while(|byte| class(**byte) & LIST != 0).count();
            let start = from.saturating_add(near.len()).saturating_sub(inside);
            let window = bytes.get(..end.saturating_add(LIST_MIN).min(bytes.len())).unwrap_or_default();
            if let Some(found) = run(window, LIST, LIST_MIN, start) {
                return Some(found.start..end_of(bytes, LIST, found.end));
            }
        }
        at = end;
    }
    None
}

/// Where the bytes of `mask` that begin at `from` end.
pub(super) fn end_of(bytes: &[u8], mask: u16, from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let len = rest.iter().position(|byte| class(*byte) & mask == 0).unwrap_or(rest.len());
    from.saturating_add(len)
}

/// All classes that occur in some bytes.
pub(super) fn mask_of(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |mask, byte| mask | class(*byte))
}

/// The value of a digit in base 16.
pub(super) fn hex_value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => byte.checked_sub(b'0'),
        b'a'..=b'f' => byte.checked_sub(b'a' - 10),
        b'A'..=b'F' => byte.checked_sub(b'A' - 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, len_min: usize, expected: &[&str]) {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(range) = run(text.as_bytes(), BASE64, len_min, from) {
            from = range.end;
            found.push(&text[range]);
        }
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn runs_are_found_whole() {
        check("", 4, &[]);
        check("abc", 4, &[]);
        check("abcd", 4, &["abcd"]);
        check("abc.abcde, ab (abcd)", 4, &["abcde", "abcd"]);
        check("....abcdefgh", 4, &["abcdefgh"]);
        check("a.ab.abc.abcd.abcde", 5, &["abcde"]);
    }

    #[test]
    fn the_search_agrees_with_a_plain_one() {
        let mut state = 7_u32;
        let mut text = String::new();
        for _ in 0..20_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push(if state >> 28 < 13 { 'a' } else { ' ' });
        }
        for len_min in [1, 2, 7, 22] {
            let plain: Vec<_> = text.split(' ').filter(|word| word.len() >= len_min).collect();
            check(&text, len_min, &plain);
        }
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(range) = text_run(text.as_bytes(), from) {
            assert_eq!(Some(range.clone()), run(text.as_bytes(), BASE64, RUN_TEXT_MIN, from));
            from = range.end;
            found.push(range);
        }
        assert!(found.len() > 20 && run(text.as_bytes(), BASE64, RUN_TEXT_MIN, from).is_none());
    }

    #[test]
    fn lists_are_found_whole() {
        let numbers: Vec<_> = (0..16).map(|n| (100 + n).to_string()).collect();
        for by in [",", ", ", ",\n            ", ")+chr("] {
            let list = numbers.join(by);
            for before in 0..150 {
                let text = format!("{};{list};{}", "x = y; ".repeat(before)[..before].to_owned(), "z = y;".repeat(before % 30));
                let found = list_run(text.as_bytes(), 0).unwrap();
                assert_eq!(&text[found], list);
            }
        }
        assert_eq!(list_run("let a = b1 + c2; // 12345\n".repeat(100).as_bytes(), 0), None);
    }

    #[test]
    fn both_searches_have_the_same_classes() {
        for byte in 0..=u8::MAX {
            let is_member = members(&[byte; 64]) == u64::MAX;
            assert_eq!(is_member, class(byte) & (BASE64 | ESCAPE) != 0, "{byte:#04x}");
            assert!(is_member || members(&[byte; 64]) == 0);
        }
        for at in 0..64 {
            let mut block = [b' '; 64];
            block[at] = b'a';
            assert_eq!(members(&block), 1 << at);
        }
        for start in 0..200 {
            let text = format!("{}{}{}", " ".repeat(start), "a".repeat(RUN_TEXT_MIN), " ".repeat(start % 7));
            assert_eq!(text_run(text.as_bytes(), 0), Some(start..start + RUN_TEXT_MIN));
            assert_eq!(text_run(text.as_bytes(), start + 1), None);
        }
    }
}
