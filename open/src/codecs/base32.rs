//! Base32 (RFC 4648) in one run of capitals and the digits 2 to 7. Not handled: wrapped lines, base32hex, small letters.

use super::{Codec, Find, Layers, base64, scan, worth};
use crate::Stop;
use data_encoding::BASE32_NOPAD;
use std::ops::Range;

pub(super) const CODEC: Codec = Codec {
    name: "base32",
    title: "base32, as in RFC 4648",
    handled: "one run of 26 capitals and digits and more, with or without padding",
    not_handled: "base32hex, small letters, runs over several lines or literals",
    find: Find::Run(find),
};

/// Fewest characters: 16 bytes.
const CHARS_MIN: usize = 26;

fn find(layers: &mut Layers, part: Range<usize>) -> Result<Option<usize>, Stop> {
    let text = layers.bytes.get(part.clone()).unwrap_or_default();
    let Some(first) = text.get(..16).filter(|_| text.len() >= CHARS_MIN) else { return Ok(None) };
    if layers.mask & (scan::BASE64 & !scan::BASE32) != 0 {
        return Ok(None);
    }
    if !BASE32_NOPAD.decode(first).is_ok_and(|head| worth::is_promising(head.get(..).unwrap_or_default(), 0)) {
        return Ok(None);
    }
    let Ok(payload) = BASE32_NOPAD.decode(text) else { return Ok(None) };
    let end = base64::past_padding(layers.bytes, part.end, 6);
    Ok(layers.yield_worthy(&CODEC, part.start..end, &payload, false)?.then_some(end))
}
