//! Text in UTF-16 (RFC 2781), with or without a byte order mark. The same text in UTF-8 becomes a layer, so that everything that
//! reads text reads it.
//!
//! Handled: both byte orders. Not handled: UTF-32; halves of surrogate pairs become U+FFFD.

use crate::fields::rest;
use crate::formats::layer;
use crate::{Children, Stop};
use std::io::Read;

/// Bytes looked at where there is no mark.
const SNIFF_BYTES: usize = 512;

/// Whether the text is UTF-16: by its mark, or because nearly all of its first units are plain ASCII.
pub(crate) fn check(bytes: &[u8]) -> bool {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => false,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => true,
        _ => unmarked(bytes, 0) || unmarked(bytes, 1),
    }
}

/// Whether units whose low byte stands at `low` of their two are ASCII text.
fn unmarked(bytes: &[u8], low: usize) -> bool {
    let units = bytes.get(..bytes.len().min(SNIFF_BYTES)).unwrap_or_default().chunks_exact(2);
    let count = units.len();
    let plain = units.filter(|unit| {
        let (byte, other) = (unit.get(low), unit.get(1 ^ low));
        other == Some(&0) && byte.is_some_and(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'))
    });
    count >= 16 && plain.count() >= count.saturating_sub(count / 16)
}

/// Yields the text in UTF-8.
pub(crate) fn open(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    let (big, at) = match bytes {
        [0xFF, 0xFE, ..] => (false, 2),
        [0xFE, 0xFF, ..] => (true, 2),
        _ => (unmarked(bytes, 1), 0),
    };
    let mut text = Text { bytes, at, big, ready: Vec::new(), given: 0 };
    layer(bytes, children, &mut text, |text| text.at).map(drop)
}

/// Bytes transcoded at a time.
const STEP_BYTES: usize = 16 << 10;

struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
    big: bool,
    /// Text in UTF-8, of which `given` bytes were read.
    ready: Vec<u8>,
    given: usize,
}

impl Text<'_> {
    fn step(&mut self) {
        let left = rest(self.bytes, self.at);
        let unit = |pair: &[u8]| {
            let pair = <[u8; 2]>::try_from(pair).unwrap_or_default();
            if self.big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        };
        let mut step = left.get(..left.len().min(STEP_BYTES)).unwrap_or_default();
        // A pair of surrogates is not torn apart.
        let torn =
            step.len() == STEP_BYTES && step.rchunks_exact(2).next().is_some_and(|last| (0xD800..0xDC00).contains(&unit(last)));
        if torn {
            step = step.get(..step.len().saturating_sub(2)).unwrap_or_default();
        }
        (self.given, self.at) = (0, self.at.saturating_add(step.len() & !1));
        self.ready.clear();
        for c in char::decode_utf16(step.chunks_exact(2).map(unit)) {
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.ready.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

impl Read for Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.given == self.ready.len() {
            self.step();
        }
        let count = rest(&self.ready, self.given).read(buffer)?;
        self.given = self.given.saturating_add(count);
        Ok(count)
    }
}
