//! What one zip member holds: unpacked, and compared with what its headers claim.

use super::directory::Record;
use crate::fields::{le16, le32, offset, rest};
use crate::formats::deflate::Inflate;
use crate::formats::tar::Stored;
use crate::formats::{xz, zstd};
use doorward_model::{Problem, ProblemKind};
use flate2::Crc;
use lzma_rust2::LzmaReader;
use std::io::{Error, ErrorKind, Read};

/// Most dictionary of an lzma member.
const DICTIONARY_BYTES_MAX: u32 = 1 << 30;

/// Unpacks one member after the other, with one deflate decoder.
pub(super) struct Packed<'a> {
    inflate: Inflate<'a>,
}

impl<'a> Packed<'a> {
    pub(super) fn new() -> Self {
        Self { inflate: Inflate::new() }
    }

    /// A reader of the member's content, or why there is none. `missing` is what the record claims beyond `stored`.
    pub(super) fn unpack<'p>(
        &'p mut self,
        record: &Record<'a>,
        stored: &'a [u8],
        missing: u64,
    ) -> Result<Content<'p, 'a>, Problem> {
        let claims = record.claims;
        let checks = Checks {
            crc: Crc::new(),
            crc_claimed: claims.then_some(record.crc),
            given: 0,
            size_claimed: claims.then_some(record.size),
        };
        let source = match record.method {
            0 => Source::Stored(Stored { bytes: stored, missing }),
            8 => {
                self.inflate.restart(stored);
                Source::Deflate(&mut self.inflate)
            }
            12 => Source::Bzip2(crate::formats::bzip2::Streams::new(stored)),
            14 => Source::Lzma(Box::new(lzma(stored, record)?)),
            93 => Source::Zstd(Box::new(zstd::Frames::new(stored))),
            95 => Source::Xz(xz::Streams::new(stored)),
            method => {
                let detail = format!("packed by method {method}{}, which is not read", method_name(method));
                return Err(Problem::new(ProblemKind::Unsupported, detail));
            }
        };
        Ok(Content { source, stored_len: stored.len(), checks, finish: Finish::Abandoned })
    }
}

fn method_name(method: u16) -> &'static str {
    match method {
        1 => " (shrink)",
        2..=5 => " (reduce)",
        6 => " (implode)",
        9 => " (deflate64)",
        94 => " (mp3)",
        96 => " (jpeg)",
        97 => " (wavpack)",
        98 => " (ppmd)",
        99 => " (AES without its field)",
        _ => "",
    }
}

/// An lzma member: version, length of the properties, properties, data.
fn lzma<'a>(stored: &'a [u8], record: &Record<'_>) -> Result<LzmaReader<&'a [u8]>, Problem> {
    let malformed = || Problem::new(ProblemKind::Malformed, "lzma properties that are none");
    let properties = usize::from(le16(stored, 2).ok_or_else(malformed)?);
    let (first, dictionary) = (stored.get(4).copied().ok_or_else(malformed)?, le32(stored, 5).ok_or_else(malformed)?);
    let data = rest(stored, properties.saturating_add(4));
    // The flag says that an end marker follows; without it the size must be right.
    let length = if record.flags & 2 != 0 { u64::MAX } else { record.size };
    LzmaReader::new_with_props(data, length, first, dictionary.min(DICTIONARY_BYTES_MAX), None).map_err(|_| malformed())
}

/// How reading a member ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// At its end, after so many stored bytes.
    Ended(usize),
    /// At an error, after so many stored bytes.
    Failed(usize),
    /// Whoever read it wanted no more.
    Abandoned,
}

enum Source<'p, 'a> {
    Stored(Stored<'a>),
    Deflate(&'p mut Inflate<'a>),
    Bzip2(crate::formats::bzip2::Streams<'a>),
    Lzma(Box<LzmaReader<&'a [u8]>>),
    Zstd(Box<zstd::Frames<'a>>),
    Xz(xz::Streams<'a>),
}

/// What the headers claim of the content, to be compared at its end.
struct Checks {
    crc: Crc,
    crc_claimed: Option<u32>,
    given: u64,
    size_claimed: Option<u64>,
}

/// The content of one member.
pub(super) struct Content<'p, 'a> {
    source: Source<'p, 'a>,
    stored_len: usize,
    checks: Checks,
    finish: Finish,
}

impl Content<'_, '_> {
    /// How reading it ended.
    pub(super) fn finish(&self) -> Finish {
        self.finish
    }

    /// Checksum and length of what was read.
    pub(super) fn found(&self) -> (u32, u64) {
        (self.checks.crc.sum(), self.checks.given)
    }

    fn used(&self) -> usize {
        match &self.source {
            Source::Stored(_) => self.stored_len,
            Source::Deflate(inflate) => inflate.taken,
            Source::Bzip2(streams) => streams.at,
            Source::Lzma(reader) => self.stored_len.saturating_sub(reader.inner().len()),
            Source::Zstd(frames) => frames.at,
            Source::Xz(streams) => streams.at,
        }
    }

    fn check(&self) -> std::io::Result<()> {
        let Checks { crc, crc_claimed, given, size_claimed } = &self.checks;
        if let Some(claimed) = size_claimed.filter(|claimed| claimed != given) {
            return Err(Error::new(ErrorKind::InvalidData, format!("has {given} bytes, its header claims {claimed}")));
        }
        if crc_claimed.is_some_and(|claimed| claimed != crc.sum()) {
            return Err(Error::new(ErrorKind::InvalidData, "the checksum is wrong"));
        }
        Ok(())
    }
}

impl Read for Content<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if buffer.is_empty() || self.finish != Finish::Abandoned {
            return Ok(0);
        }
        let outcome = match &mut self.source {
            Source::Stored(stored) => stored.read(buffer),
            Source::Deflate(inflate) => inflate.read(buffer),
            Source::Bzip2(streams) => streams.read(buffer),
            Source::Lzma(reader) => reader.read(buffer),
            Source::Zstd(frames) => frames.read(buffer),
            Source::Xz(streams) => streams.read(buffer),
        };
        match outcome {
            Ok(0) => {
                let checked = self.check();
                self.finish = if checked.is_ok() { Finish::Ended(self.used()) } else { Finish::Failed(self.used()) };
                checked.map(|()| 0)
            }
            Ok(count) => {
                self.checks.crc.update(buffer.get(..count).unwrap_or_default());
                self.checks.given = self.checks.given.saturating_add(offset(count));
                Ok(count)
            }
            Err(error) => {
                self.finish = Finish::Failed(self.used());
                Err(error)
            }
        }
    }
}
