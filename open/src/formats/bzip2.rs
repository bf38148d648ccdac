//! bzip2 (<https://sourceware.org/bzip2/>).
//!
//! Handled: several streams one after the other, checksums. Not handled: bzip1.

use crate::fields::{offset, rest, size};
use crate::formats::layer;
use crate::{Children, Stop};
use bzip2::{Decompress, Status};
use std::io::{Error, ErrorKind, Read};

/// Whether a stream with at least one block, or an empty one, begins here.
pub(crate) fn check(bytes: &[u8]) -> bool {
    let level = bytes.get(3).is_some_and(|level| matches!(level, b'1'..=b'9'));
    let block = bytes
        .get(4..10)
        .is_none_or(|block| block == [0x31, 0x41, 0x59, 0x26, 0x53, 0x59] || block == [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]);
    bytes.starts_with(b"BZh") && level && block
}

/// Yields what the streams hold, joined.
pub(crate) fn open(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    let mut streams = Streams::new(bytes);
    layer(bytes, children, &mut streams, |streams| streams.at).map(drop)
}

pub(crate) struct Streams<'a> {
    bytes: &'a [u8],
    /// Up to where the bytes are explained.
    pub(crate) at: usize,
    /// The decoder of the stream that is being read.
    engine: Option<Decompress>,
    damaged: bool,
}

impl<'a> Streams<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, engine: None, damaged: false }
    }
}

impl Read for Streams<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while !buffer.is_empty() {
            if self.damaged {
                return Err(Error::new(ErrorKind::InvalidData, "the compressed data is damaged"));
            }
            let left = rest(self.bytes, self.at);
            let engine = match &mut self.engine {
                Some(engine) => engine,
                None if check(left) => self.engine.insert(Decompress::new(false)),
                None => return Ok(0),
            };
            let (in_before, out_before) = (engine.total_in(), engine.total_out());
            let outcome = engine.decompress(left, buffer);
            let taken = engine.total_in().saturating_sub(in_before);
            let given = engine.total_out().saturating_sub(out_before);
            self.at = self.at.saturating_add(size(taken));
            match outcome {
                Ok(Status::StreamEnd) => self.engine = None,
                // What came before the damage is given first.
                Err(_) => self.damaged = true,
                Ok(_) if given == 0 && taken == offset(left.len()) => {
                    return Err(Error::new(ErrorKind::UnexpectedEof, "the compressed data ends early"));
                }
                Ok(_) => self.damaged = given == 0 && taken == 0,
            }
            if given > 0 {
                return Ok(size(given));
            }
        }
        Ok(0)
    }
}
