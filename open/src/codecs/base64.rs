//! Base64 and base64url (RFC 4648), in one run, over wrapped lines or over adjacent literals; also written backwards.
//!
//! Not handled: other alphabets, text in 7 bits around it, digits taken out to be replaced later. Bodies of PEM blocks are
//! left to the observer of keys, unless what they hold is no key: then the label is a disguise.

use super::{Codec, Find, Layers, join, scan, worth};
use crate::Stop;
use data_encoding::{Encoding, Specification};
use std::ops::Range;
use std::sync::LazyLock;

pub(super) const BASE64: Codec = Codec {
    name: "base64",
    title: "base64, as in RFC 4648",
    handled: "runs of 22 characters and more, wrapped lines, adjacent and added literals, with or without padding",
    not_handled: "other alphabets, pieces of less than 22 characters at the start",
    find: Find::Run(find),
};

pub(super) const BASE64URL: Codec = Codec {
    name: "base64url",
    title: "base64 with - and _, as in RFC 4648",
    handled: "as base64",
    not_handled: "as base64",
    find: Find::Beside,
};

pub(super) const REVERSED: Codec = Codec {
    name: "base64-reversed",
    title: "base64 written backwards",
    handled: "one run of 22 characters and more that decodes to text or to a known format when reversed",
    not_handled: "runs over several literals",
    find: Find::Run(find_reversed),
};

/// Characters that the first look at a run decodes, and how many bytes they give.
const HEAD_CHARS: usize = 16;
const HEAD_BYTES: usize = 12;
/// Most different characters of base64 that no blob of its own length would lack.
const BLOB_CHARS_DISTINCT: u32 = 40;

/// Both alphabets; bits behind the last byte are not looked at.
#[allow(clippy::unwrap_used, reason = "a constant specification, which the tests build")]
static ENCODING: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    specification.translate.from.push_str("-_");
    specification.translate.to.push_str("+/");
    specification.check_trailing_bits = false;
    specification.encoding().unwrap()
});

/// Decodes what is left after a last character that stands alone.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let whole = if text.len() % 4 == 1 { text.split_last()?.1 } else { text };
    ENCODING.decode(whole).ok()
}

fn head_of(text: &[u8]) -> Option<[u8; HEAD_BYTES]> {
    let mut head = [0; HEAD_BYTES];
    ENCODING.decode_mut(text.get(..HEAD_CHARS)?, &mut head).ok()?;
    Some(head)
}

/// Base64 of anything has letters of both cases: names in one case are not even looked at.
fn is_mixed(mask: u16) -> bool {
    mask & scan::LOWERS != 0 && mask & scan::UPPERS != 0
}

fn find(layers: &mut Layers, part: Range<usize>) -> Result<Option<usize>, Stop> {
    let mask = layers.mask;
    if !is_mixed(mask) {
        return Ok(None);
    }
    let standard = scan::BASE64 & !scan::DASH;
    let url = scan::BASE64 & !scan::PLUS;
    if mask & scan::DASH == 0 {
        if let Some(end) = find_at(layers, part.start, standard, &BASE64)? {
            return Ok(Some(end));
        }
    } else if mask & scan::PLUS == 0
        && let Some(end) = find_at(layers, part.start, url, &BASE64URL)?
    {
        return Ok(Some(end));
    }
    // The run may begin with something else: `sha512-`, `token_`, a path.
    for separators in [scan::DASH, scan::DASH | scan::PLUS] {
        if mask & separators != 0
            && let Some(end) = find_parts(layers, part.clone(), scan::BASE64 & !separators)?
        {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// Tries the parts of a run between the characters that `mask` lacks.
fn find_parts(layers: &mut Layers, part: Range<usize>, mask: u16) -> Result<Option<usize>, Stop> {
    let mut from = part.start;
    let bytes = layers.bytes.get(..part.end).unwrap_or_default();
    while let Some(piece) = scan::run(bytes, mask, layers.run_min, from) {
        from = piece.end;
        let whole = piece == part;
        if !whole
            && is_mixed(scan::mask_of(bytes.get(piece.clone()).unwrap_or_default()))
            && let Some(end) = find_at(layers, piece.start, mask, &BASE64)?
        {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

fn find_at(layers: &mut Layers, at: usize, mask: u16, codec: &Codec) -> Result<Option<usize>, Stop> {
    let bytes = layers.bytes;
    let Some(head) = head_of(bytes.get(at..).unwrap_or_default()) else { return Ok(None) };
    let alone = scan::end_of(bytes, mask, at);
    if at >= layers.solo_until {
        let extent = join::walk(bytes, mask, at, 4, |_| {});
        if is_key(bytes, at, &head) {
            return Ok(Some(extent.end));
        }
        if extent.joined {
            let len = (extent.chars / 4).saturating_mul(3);
            if worth::is_promising(&head, len) {
                let mut text = Vec::with_capacity(extent.chars);
                join::walk(bytes, mask, at, 4, |piece| text.extend_from_slice(piece));
                if let Some(end) = yield_text(layers, at..extent.end, &text, codec)? {
                    return Ok(Some(end));
                }
            }
            layers.solo_until = extent.end;
        }
    }
    let text = bytes.get(at..alone).unwrap_or_default();
    if text.len() % 4 == 1 || !worth::is_promising(&head, (text.len() / 4).saturating_mul(3)) {
        return Ok(None);
    }
    yield_text(layers, at..alone, text, codec)
}

/// Yields what `text` decodes to, where it is worth it, and returns where its padding ends.
fn yield_text(layers: &mut Layers, from: Range<usize>, text: &[u8], codec: &Codec) -> Result<Option<usize>, Stop> {
    let Some(payload) = decode(text) else { return Ok(None) };
    let end = past_padding(layers.bytes, from.end, 2);
    let found = layers.yield_worthy(codec, from.start..end, &payload, is_varied(text))?;
    Ok(found.then_some(end))
}

/// Where up to `most` signs of padding end.
pub(super) fn past_padding(bytes: &[u8], at: usize, most: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at.saturating_add(rest.iter().take(most).take_while(|byte| **byte == b'=').count())
}

/// Whether so many different characters occur that this is no name, no protein and no ruler.
fn is_varied(text: &[u8]) -> bool {
    let seen = text.iter().take(4096).fold(0_u128, |seen, byte| seen | 1_u128.checked_shl((*byte).into()).unwrap_or(0));
    seen.count_ones() >= BLOB_CHARS_DISTINCT
}

/// Whether this is the body of a PEM block that holds what its label may promise: DER, an OpenSSH key or an OpenPGP packet.
fn is_key(bytes: &[u8], at: usize, head: &[u8]) -> bool {
    let before = bytes.get(at.saturating_sub(40)..at).unwrap_or_default();
    let kept = |byte: &&u8| !matches!(byte, b'\n' | b'\r' | b'\t' | b' ' | b'\\' | b'n' | b'r' | b'"' | b'\'' | b'+' | b',');
    let dashes = before.iter().rev().skip_while(|byte| !kept(byte)).take(5);
    let labelled = before.len() > 5 && dashes.filter(|byte| **byte == b'-').count() == 5;
    labelled && (head.starts_with(b"0") || head.starts_with(b"openssh-key") || head.first().is_some_and(|tag| *tag >= 0x80))
}

fn find_reversed(layers: &mut Layers, part: Range<usize>) -> Result<Option<usize>, Stop> {
    let text = layers.bytes.get(part.clone()).unwrap_or_default();
    if text.len() % 4 == 1 || layers.bytes.get(part.end) == Some(&b'=') || !is_mixed(layers.mask) {
        return Ok(None);
    }
    let mut last = [0; HEAD_CHARS];
    for (to, from) in last.iter_mut().zip(text.iter().rev()) {
        *to = *from;
    }
    if !head_of(&last).is_some_and(|head| worth::is_promising(&head, 0)) {
        return Ok(None);
    }
    let text: Vec<u8> = text.iter().rev().copied().collect();
    let Some(payload) = decode(&text) else { return Ok(None) };
    let before = layers.bytes.get(..part.start).unwrap_or_default();
    let pads = before.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let found = layers.yield_worthy(&REVERSED, part.start.saturating_sub(pads)..part.end, &payload, false)?;
    Ok(found.then_some(part.end))
}
