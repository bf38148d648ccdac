//! Hex dumps with addresses, as `xxd` and `hexdump -C` write them.
//!
//! Not handled: `od`, `hexdump` in words, dumps of debuggers with other columns, dumps in comments.

use super::{Codec, Find, Layers, scan};
use crate::Stop;
use std::ops::Range;

pub(super) const CODEC: Codec = Codec {
    name: "hex-dump",
    title: "a hex dump with addresses",
    handled: "the output of xxd and hexdump -C, two lines and more",
    not_handled: "od, words of 16 bits in the order of the machine, comments or other text before the address",
    find: Find::List(find),
};

/// Most bytes of a line before its address ends.
const ADDRESS_BYTES_MAX: usize = 40;
/// Most bytes that one line of a dump shows.
const LINE_BYTES_MAX: u64 = 256;

fn find(layers: &mut Layers, part: Range<usize>) -> Result<Option<usize>, Stop> {
    let bytes = layers.bytes;
    let Some(start) = line_start(bytes, part.start) else { return Ok(None) };
    let Some(mut line) = address(bytes, start) else { return Ok(None) };
    let mut payload = Vec::new();
    let mut lines = 0_u32;
    let mut end;
    loop {
        let line_end = line_end(bytes, line.digits);
        let next = address(bytes, line_end.saturating_add(1));
        let wanted = next.as_ref().and_then(|next| next.address.checked_sub(line.address)).filter(|len| *len <= LINE_BYTES_MAX);
        let taken = take_digits(bytes.get(line.digits..line_end).unwrap_or_default(), wanted, &mut payload);
        end = line_end;
        lines = lines.saturating_add(1);
        match (next, wanted) {
            (Some(next), Some(wanted)) if wanted > 0 && taken == wanted => line = next,
            _ => break,
        }
    }
    if lines < 2 {
        return Ok(None);
    }
    layers.yield_worthy(&CODEC, start..end, &payload, true)?;
    Ok(Some(end))
}

/// Start of the line that `at` stands in or ends, unless it is too far away for an address.
fn line_start(bytes: &[u8], at: usize) -> Option<usize> {
    let first = at.saturating_sub(ADDRESS_BYTES_MAX);
    // A run may begin with the line break itself, or with the end of the line before.
    let at = match memchr::memchr(b'\n', bytes.get(at..at.saturating_add(ADDRESS_BYTES_MAX).min(bytes.len()))?) {
        Some(offset) if address(bytes, at.saturating_add(offset).saturating_add(1)).is_some() => {
            return Some(at.saturating_add(offset).saturating_add(1));
        }
        _ => at,
    };
    match memchr::memrchr(b'\n', bytes.get(first..at)?) {
        Some(offset) => Some(first.saturating_add(offset).saturating_add(1)),
        None => (first == 0).then_some(0),
    }
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from.saturating_add(memchr::memchr(b'\n', rest).unwrap_or(rest.len()))
}

struct Line {
    address: u64,
    /// Where the digits begin.
    digits: usize,
}

/// An address of at least 6 digits at the start of a line, then a colon or a blank.
fn address(bytes: &[u8], start: usize) -> Option<Line> {
    let line = bytes.get(start..start.saturating_add(ADDRESS_BYTES_MAX).min(bytes.len()))?;
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let from = start.saturating_add(blanks);
    let end = scan::end_of(bytes.get(..from.saturating_add(17).min(bytes.len()))?, scan::HEX, from);
    let digits = bytes.get(from..end).filter(|digits| (6..=16).contains(&digits.len()))?;
    let address = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    let colon = usize::from(bytes.get(end) == Some(&b':'));
    let digits = end.saturating_add(colon);
    matches!(bytes.get(digits), Some(b' ')).then_some(Line { address, digits })
}

/// Takes the bytes that a line shows: `wanted` of them where the next address says so, else up to the column of characters.
fn take_digits(line: &[u8], wanted: Option<u64>, payload: &mut Vec<u8>) -> u64 {
    let mut taken = 0_u64;
    let mut rest = line;
    // Single bytes have a wider gap in the middle of the line, which does not end it.
    let single = line.iter().skip_while(|byte| **byte == b' ').nth(2) == Some(&b' ');
    while wanted.is_none_or(|wanted| taken < wanted) {
        match rest {
            [b' ', b' ', ..] if wanted.is_none() && taken > 0 && !(single && taken == 8) => break,
            [b' ', behind @ ..] => rest = behind,
            [high, low, behind @ ..] => {
                let (Some(high), Some(low)) = (scan::hex_value(*high), scan::hex_value(*low)) else { break };
                payload.push(high << 4 | low);
                taken = taken.saturating_add(1);
                rest = behind;
            }
            _ => break,
        }
    }
    taken
}
