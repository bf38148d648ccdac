//! Raw deflate (RFC 1951), read straight from a slice: what gzip and zip have in common.

use crate::fields::rest;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{Error, ErrorKind, Read};

/// One deflate stream after the other, with one decoder.
pub(crate) struct Inflate<'a> {
    engine: Decompress,
    input: &'a [u8],
    /// How many bytes of `input` were taken.
    pub(crate) taken: usize,
    /// Whether the stream said that it ends.
    pub(crate) ended: bool,
}

impl<'a> Inflate<'a> {
    pub(crate) fn new() -> Self {
        Self { engine: Decompress::new(false), input: &[], taken: 0, ended: true }
    }

    /// Begins the next stream.
    pub(crate) fn restart(&mut self, input: &'a [u8]) {
        self.engine.reset(false);
        (self.input, self.taken, self.ended) = (input, 0, false);
    }
}

impl Read for Inflate<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let (in_before, out_before) = (self.engine.total_in(), self.engine.total_out());
        let outcome = self.engine.decompress(rest(self.input, self.taken), buffer, FlushDecompress::None);
        let since = |now: u64, before: u64| crate::fields::size(now.saturating_sub(before));
        let given = since(self.engine.total_out(), out_before);
        let taken = since(self.engine.total_in(), in_before);
        self.taken = self.taken.saturating_add(taken);
        match outcome {
            Ok(Status::StreamEnd) => self.ended = true,
            Ok(_) if given > 0 => {}
            Ok(_) if rest(self.input, self.taken).is_empty() => {
                return Err(Error::new(ErrorKind::UnexpectedEof, "the compressed data ends early"));
            }
            Ok(_) if taken > 0 => return self.read(buffer),
            Ok(_) | Err(_) => return Err(Error::new(ErrorKind::InvalidData, "the compressed data is damaged")),
        }
        Ok(given)
    }
}
