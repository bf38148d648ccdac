//! zlib (RFC 1950).
//!
//! Handled: one stream and its checksum. Not handled: preset dictionaries.

use crate::fields::{be16, rest, size};
use crate::formats::layer;
use crate::{Children, Stop};
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{Error, ErrorKind, Read};

/// Bytes unpacked to tell a stream from text that begins like one.
const TRIAL_BYTES: usize = 256;

/// Whether the header is right and the first bytes unpack.
pub(crate) fn check(bytes: &[u8]) -> bool {
    let right = be16(bytes, 0).is_some_and(|header| header & 0x0F20 == 0x0800 && header & 0xF000 <= 0x7000 && header % 31 == 0);
    if !right {
        return false;
    }
    let mut engine = Decompress::new(true);
    let outcome =
        engine.decompress(bytes.get(..bytes.len().min(4_096)).unwrap_or_default(), &mut [0; TRIAL_BYTES], FlushDecompress::None);
    outcome.is_ok() && (engine.total_out() >= 16 || matches!(outcome, Ok(Status::StreamEnd)))
}

/// Yields what the stream holds.
pub(crate) fn open(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    let mut stream = Stream { bytes, at: 0, engine: Decompress::new(true), ended: false, damaged: false };
    layer(bytes, children, &mut stream, |stream| stream.at).map(drop)
}

struct Stream<'a> {
    bytes: &'a [u8],
    at: usize,
    engine: Decompress,
    ended: bool,
    damaged: bool,
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            if self.damaged {
                return Err(Error::new(ErrorKind::InvalidData, "the compressed data is damaged"));
            }
            let before = (self.engine.total_in(), self.engine.total_out());
            let outcome = self.engine.decompress(rest(self.bytes, self.at), buffer, FlushDecompress::None);
            let taken = size(self.engine.total_in().saturating_sub(before.0));
            let given = size(self.engine.total_out().saturating_sub(before.1));
            self.at = self.at.saturating_add(taken);
            match outcome {
                Ok(Status::StreamEnd) => self.ended = true,
                // What came before the damage is given first.
                Err(_) => self.damaged = true,
                Ok(_) if given == 0 && self.at >= self.bytes.len() => {
                    return Err(Error::new(ErrorKind::UnexpectedEof, "the compressed data ends early"));
                }
                Ok(_) => self.damaged = given == 0 && taken == 0,
            }
            if given > 0 {
                return Ok(given);
            }
        }
        Ok(0)
    }
}
