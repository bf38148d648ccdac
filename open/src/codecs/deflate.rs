//! A bare deflate stream (RFC 1951) that is a whole content, as PHP's `gzinflate` and .NET's `DeflateStream` read.
//!
//! It has no mark, so its first block must hold together, and its end must be the content's end or what it gives be known.
//!
//! Not handled: streams inside other content.

use super::{Codec, Find, Layers, worth};
use crate::Stop;
use crate::identify::identify;
use flate2::bufread::DeflateDecoder;
use flate2::{Decompress, FlushDecompress, Status};

pub(super) const CODEC: Codec = Codec {
    name: "deflate",
    title: "a bare deflate stream, as in RFC 1951",
    handled: "a whole content that ends with the stream, or that gives text or a known format",
    not_handled: "streams inside other content, streams with bytes behind their end",
    find: Find::Whole(find),
};

/// Fewest bytes of a stream that is looked for.
const STREAM_BYTES_MIN: usize = 16;
/// Most bytes of a stream whose first block has the fixed code: longer ones are written with a code of their own. Only text is
/// looked for in them.
const FIXED_BYTES_MAX: usize = 512;
/// How many bytes are inflated to see whether there is a stream.
const PROBE_BYTES: usize = 4096;
/// From here on a stream that ends with the content needs no further proof.
const PROVEN_BYTES_MIN: usize = 256;

/// Whether the first block of a stream of `len` bytes can be one. Chance passes in about one of a hundred cases.
pub(super) fn is_promising(head: &[u8], len: usize) -> bool {
    if head.len() < 10 || len < STREAM_BYTES_MIN {
        return false;
    }
    let [first, a, b, c, d, ..] = head else { return false };
    match first >> 1 & 3 {
        0 => *a == !*c && *b == !*d && (*a | *b) != 0,
        1 => first & 1 == 1 && len <= FIXED_BYTES_MAX && is_fixed_text(head),
        2 => is_code(head),
        _ => false,
    }
}

/// Bits of the first bytes, the first the lowest.
fn bits_of(head: &[u8]) -> u128 {
    head.iter().take(16).rev().fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}

/// Whether the first three symbols in the fixed code are characters: digests, which are everywhere, mostly end here.
fn is_fixed_text(head: &[u8]) -> bool {
    let bits = bits_of(head) >> 3;
    [bits, bits >> 8, bits >> 16].iter().all(|bits| {
        let code = u8::try_from(bits & 0xFF).unwrap_or(0).reverse_bits();
        (0x30..=0xBF).contains(&code) && worth::is_printable(code.wrapping_sub(0x30))
    })
}

/// Whether the block's code of code lengths is complete, as every writer makes it.
fn is_code(head: &[u8]) -> bool {
    let bits = bits_of(head);
    let field = |at: u32, mask: u128| u32::try_from(bits.checked_shr(at).unwrap_or(0) & mask).unwrap_or(0);
    if field(3, 31) > 29 || field(8, 31) > 29 {
        return false;
    }
    let lengths = 0..field(13, 15).saturating_add(4);
    let used = lengths.map(|index| field(index.saturating_mul(3).saturating_add(17), 7)).filter(|length| *length > 0);
    used.fold(0_u32, |sum, length| sum.saturating_add(128_u32.checked_shr(length).unwrap_or(0))) == 128
}

/// Whether some bytes are a bare deflate stream.
pub(super) fn begins(bytes: &[u8]) -> bool {
    is_promising(bytes, bytes.len()) && probe(bytes).is_some()
}

/// Inflates the start of a stream; `None` where there is none. A stream that ends must end with the content.
fn probe(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inflate = Decompress::new(false);
    let mut out = Vec::with_capacity(PROBE_BYTES);
    let is_ended = inflate.decompress_vec(bytes, &mut out, FlushDecompress::None).ok()? == Status::StreamEnd;
    let is_whole = is_ended && usize::try_from(inflate.total_in()) == Ok(bytes.len());
    let is_utf_8 = std::str::from_utf8(&out).map_or_else(|error| error.error_len().is_none(), |_| true);
    let is_known = (is_utf_8 && worth::is_text(&out)) || worth::is_structured(identify(&out, ""), &out);
    let is_proven = is_whole && (is_known || bytes.len() >= PROVEN_BYTES_MIN);
    (is_proven || (!is_ended && is_known)).then_some(out)
}

fn find(layers: &mut Layers) -> Result<(), Stop> {
    let bytes = layers.bytes;
    if layers.format.name != "data" || !is_promising(bytes, bytes.len()) {
        return Ok(());
    }
    let Some(start) = probe(bytes) else { return Ok(()) };
    layers.yield_child(&CODEC, 0..bytes.len(), identify(&start, ""), &mut DeflateDecoder::new(bytes))
}
