//! Raw deflate (RFC 1951), read straight from a slice: what gzip and zip have in common.

use crate::fields::{rest, size};
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
    damaged: bool,
}

impl<'a> Inflate<'a> {
    pub(crate) fn new() -> Self {
        Self { engine: Decompress::new(false), input: &[], taken: 0, ended: true, damaged: false }
    }

    /// Begins the next stream.
    pub(crate) fn restart(&mut self, input: &'a [u8]) {
        self.engine.reset(false);
        (self.input, self.taken, self.ended, self.damaged) = (input, 0, false, false);
    }
}

impl Read for Inflate<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.damaged {
                return Err(Error::new(ErrorKind::InvalidData, "the compressed data is damaged"));
            }
            let (in_before, out_before) = (self.engine.total_in(), self.engine.total_out());
            let outcome = self.engine.decompress(rest(self.input, self.taken), buffer, FlushDecompress::None);
            let given = size(self.engine.total_out().saturating_sub(out_before));
            let taken = size(self.engine.total_in().saturating_sub(in_before));
            self.taken = self.taken.saturating_add(taken);
            match outcome {
                Ok(Status::StreamEnd) => {
                    self.ended = true;
                    return Ok(given);
                }
                // What came before the damage is given first.
                Err(_) => self.damaged = true,
                Ok(_) if given == 0 && self.taken >= self.input.len() => {
                    return Err(Error::new(ErrorKind::UnexpectedEof, "the compressed data ends early"));
                }
                Ok(_) => self.damaged = given == 0 && taken == 0,
            }
            if given > 0 {
                return Ok(given);
            }
        }
    }
}
