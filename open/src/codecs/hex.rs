//! Hexadecimal digits without separators, in one run, over wrapped lines (`xxd -p`) or over adjacent literals.
//!
//! Not handled: separators (see `char-codes` and `hex-dump`), digits written backwards.

use super::{Codec, Find, Layers, join, scan, worth};
use crate::Stop;
use data_encoding::HEXLOWER_PERMISSIVE;
use std::ops::Range;

pub(super) const CODEC: Codec = Codec {
    name: "hex",
    title: "hexadecimal digits",
    handled: "runs of 32 digits and more, with or without 0x, wrapped lines, adjacent and added literals",
    not_handled: "digits written backwards, runs of decimal digits alone",
    find: Find::Run(find),
};

/// Fewest digits: 16 bytes.
const DIGITS_MIN: usize = 32;
/// Digits that the first look at a run decodes, and how many bytes they give.
const HEAD_CHARS: usize = 24;
const HEAD_BYTES: usize = 12;

fn find(layers: &mut Layers, part: Range<usize>) -> Result<Option<usize>, Stop> {
    let bytes = layers.bytes;
    // Apart from digits there may be the letter of a prefix.
    if layers.mask & (scan::BASE64 & !scan::HEX & !scan::LOWER & !scan::UPPER) != 0 {
        return Ok(None);
    }
    let prefixed = matches!(bytes.get(part.start..), Some([b'0', b'x' | b'X', ..]));
    let start = part.start.saturating_add(if prefixed { 2 } else { 0 });
    let text = bytes.get(start..part.end).unwrap_or_default();
    let Some(first) = text.get(..HEAD_CHARS).filter(|_| text.len() >= DIGITS_MIN.min(layers.run_min)) else { return Ok(None) };
    let is_hex = |text: &[u8]| scan::mask_of(text) & (scan::BASE64 & !scan::HEX) == 0;
    if !is_hex(first) || !is_hex(text) || scan::mask_of(text) & (scan::HEX_LOWER | scan::HEX_UPPER) == 0 {
        return Ok(None);
    }
    let mut head = [0; HEAD_BYTES];
    if HEXLOWER_PERMISSIVE.decode_mut(first, &mut head).is_err() {
        return Ok(None);
    }
    if start >= layers.solo_until {
        let extent = join::walk(bytes, scan::HEX, start, 2, |_| {});
        if extent.joined {
            if extent.chars % 2 == 0 && extent.chars >= DIGITS_MIN && worth::is_promising(&head, extent.chars / 2) {
                let mut text = Vec::with_capacity(extent.chars);
                join::walk(bytes, scan::HEX, start, 2, |piece| text.extend_from_slice(piece));
                let blobs = !extent.line.is_some_and(is_digest);
                if yield_text(layers, start..extent.end, &text, blobs)? {
                    return Ok(Some(extent.end));
                }
            }
            layers.solo_until = extent.end;
        }
    }
    if text.len() < DIGITS_MIN || text.len() % 2 == 1 || !worth::is_promising(&head, text.len() / 2) {
        return Ok(None);
    }
    Ok(yield_text(layers, start..part.end, text, true)?.then_some(part.end))
}

fn yield_text(layers: &mut Layers, from: Range<usize>, text: &[u8], blobs: bool) -> Result<bool, Stop> {
    let Ok(payload) = HEXLOWER_PERMISSIVE.decode(text) else { return Ok(false) };
    layers.yield_worthy(&CODEC, from, &payload, blobs)
}

/// Whether lines of so many digits are a list of digests rather than one blob.
fn is_digest(digits: usize) -> bool {
    matches!(digits, 32 | 40 | 48 | 56 | 64 | 96 | 128)
}
