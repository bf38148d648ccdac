//! gzip (RFC 1952).
//!
//! Handled: several members one after the other, all header fields, checksums; comments and extra fields that are long enough to
//! hide something are examined. Not handled: the header's own checksum, which nobody writes, is not verified.

use crate::fields::{le16, le32, offset, rest, slice, stands_at};
use crate::formats::deflate::Inflate;
use crate::formats::layer;
use crate::ledger::unread;
use crate::{Children, Stop};
use doorward_model::Span;
use flate2::Crc;
use std::io::{Error, ErrorKind, Read};
use std::ops::Range;

/// Whether a member begins here, by its magic, method and the flags that must not be set.
pub(crate) fn check(bytes: &[u8]) -> bool {
    stands_at(bytes, 0, &[0x1f, 0x8b, 8]) && bytes.get(3).is_none_or(|flags| flags & 0xe0 == 0)
}

/// Yields what the members hold, joined, as programs that read gzip do.
pub(crate) fn open(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    let mut members = Members {
        bytes,
        at: 0,
        inflate: Inflate::new(),
        crc: Crc::new(),
        given: 0,
        in_body: false,
        failed: None,
        skipped: Vec::new(),
    };
    let explained = layer(bytes, children, &mut members, |members| members.at)?;
    for range in members.skipped {
        if range.end <= explained {
            unread(children, bytes, Span::of(range))?;
        }
    }
    Ok(())
}

/// Most header fields kept for a look of their own.
const SKIPPED_MAX: usize = 64;

struct Members<'a> {
    bytes: &'a [u8],
    /// Up to where the bytes are explained.
    at: usize,
    inflate: Inflate<'a>,
    crc: Crc,
    given: u64,
    in_body: bool,
    /// What is wrong with the member that was just read to its end.
    failed: Option<Error>,
    /// Extra fields and comments, which no reader looks at.
    skipped: Vec<Range<usize>>,
}

impl<'a> Members<'a> {
    /// Reads a header. `None` where there is none or it is cut off.
    fn header(&mut self) -> Option<()> {
        let bytes: &'a [u8] = self.bytes;
        if !check(rest(bytes, self.at)) {
            return None;
        }
        let flags = *bytes.get(self.at.checked_add(3)?)?;
        let mut at = self.at.checked_add(10)?;
        let mut skip = |range: Range<usize>| {
            if self.skipped.len() < SKIPPED_MAX {
                self.skipped.push(range);
            }
        };
        if flags & 4 != 0 {
            let length = usize::from(le16(bytes, at)?);
            at = at.checked_add(2)?;
            slice(bytes, at, length)?;
            skip(at..at.checked_add(length)?);
            at = at.checked_add(length)?;
        }
        for flag in [8, 16] {
            if flags & flag != 0 {
                let end = at.checked_add(memchr::memchr(0, bytes.get(at..)?)?)?;
                skip(at..end);
                at = end.checked_add(1)?;
            }
        }
        if flags & 2 != 0 {
            at = at.checked_add(2)?;
        }
        self.inflate.restart(bytes.get(at..)?);
        self.crc.reset();
        self.at = at;
        (self.given, self.in_body) = (0, true);
        Some(())
    }

    fn trailer(&mut self) -> std::io::Result<()> {
        self.in_body = false;
        self.at = self.at.saturating_add(self.inflate.taken);
        let (Some(sum), Some(length)) = (le32(self.bytes, self.at), le32(self.bytes, self.at.saturating_add(4))) else {
            self.at = self.bytes.len();
            return Err(Error::new(ErrorKind::UnexpectedEof, "ends inside the checksum"));
        };
        self.at = self.at.saturating_add(8);
        if sum != self.crc.sum() {
            return Err(Error::new(ErrorKind::InvalidData, "the checksum is wrong"));
        }
        if u64::from(length) != self.given & u64::from(u32::MAX) {
            return Err(Error::new(ErrorKind::InvalidData, "the length is wrong"));
        }
        Ok(())
    }
}

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if let Some(failed) = self.failed.take() {
                return Err(failed);
            }
            if !self.in_body {
                let first = self.at == 0;
                if self.header().is_none() {
                    return if first { Err(Error::new(ErrorKind::UnexpectedEof, "ends inside the header")) } else { Ok(0) };
                }
            }
            let count = match self.inflate.read(buffer) {
                Ok(count) => count,
                Err(error) => {
                    self.at = self.at.saturating_add(self.inflate.taken);
                    return Err(error);
                }
            };
            self.crc.update(buffer.get(..count).unwrap_or_default());
            self.given = self.given.saturating_add(offset(count));
            if self.inflate.ended {
                self.failed = self.trailer().err();
            }
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
        }
    }
}
