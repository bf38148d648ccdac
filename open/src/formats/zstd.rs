//! Zstandard (RFC 8878).
//!
//! Handled: several frames, skippable frames (examined on their own), checksums. Not handled: dictionaries, windows above 128 MiB.

use crate::fields::{le32, rest, size32};
use crate::formats::layer;
use crate::ledger::unread;
use crate::{Children, Stop};
use doorward_model::{Problem, ProblemKind, Span};
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{Error, ErrorKind, Read};
use std::ops::Range;

const MAGIC: u32 = 0xFD2F_B528;

/// Most skippable frames that are kept for a look of their own.
const SKIPPED_MAX: usize = 64;

/// Whether a frame begins here, skippable ones too.
pub(crate) fn check(bytes: &[u8]) -> bool {
    le32(bytes, 0).is_some_and(|magic| magic == MAGIC || is_skippable(magic))
}

fn is_skippable(magic: u32) -> bool {
    magic & 0xFFFF_FFF0 == 0x184D_2A50
}

/// Yields what the frames hold, joined.
pub(crate) fn open(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    let mut frames = Frames::new(bytes);
    layer(bytes, children, &mut frames, |frames| frames.at)?;
    if let Some(what) = frames.unsupported {
        children.problem(Problem::new(ProblemKind::Unsupported, what));
    }
    for range in frames.skipped {
        unread(children, bytes, Span::of(range))?;
    }
    Ok(())
}

pub(crate) struct Frames<'a> {
    bytes: &'a [u8],
    /// Up to where the bytes are explained.
    pub(crate) at: usize,
    decoder: FrameDecoder,
    in_frame: bool,
    /// What went wrong, while what came before it is still being read.
    failed: Option<String>,
    /// What the frame needs that is not handled.
    unsupported: Option<String>,
    skipped: Vec<Range<usize>>,
}

impl<'a> Frames<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, decoder: FrameDecoder::new(), in_frame: false, failed: None, unsupported: None, skipped: Vec::new() }
    }

    /// Begins the next frame, behind any number of skippable ones. Says whether there is one.
    fn next(&mut self) -> std::io::Result<bool> {
        while let Some(magic) = le32(self.bytes, self.at) {
            let mut left = rest(self.bytes, self.at);
            if is_skippable(magic) {
                let from = self.at.saturating_add(8).min(self.bytes.len());
                let length = le32(self.bytes, self.at.saturating_add(4)).map_or(usize::MAX, size32);
                self.at = from.saturating_add(length);
                if self.skipped.len() < SKIPPED_MAX {
                    self.skipped.push(from..self.at.min(self.bytes.len()));
                }
                if self.at > self.bytes.len() {
                    self.at = self.bytes.len();
                    return Err(Error::new(ErrorKind::UnexpectedEof, "ends inside a skippable frame"));
                }
                continue;
            }
            if magic != MAGIC {
                return Ok(false);
            }
            if let Err(error) = self.decoder.reset(&mut left) {
                let beyond =
                    matches!(error, FrameDecoderError::WindowSizeTooBig { .. } | FrameDecoderError::DictNotProvided { .. });
                self.unsupported = beyond.then(|| error.to_string());
                return Err(Error::new(ErrorKind::InvalidData, error.to_string()));
            }
            self.at = self.bytes.len().saturating_sub(left.len());
            self.in_frame = true;
            return Ok(true);
        }
        Ok(false)
    }

    /// Makes the decoder give out what it holds back for later blocks, by a last block of no bytes and any checksum.
    fn give_up(&mut self, failed: String) {
        const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        self.failed = Some(failed);
        // Where even this fails there is nothing more to give.
        let _ = self.decoder.decode_blocks(LAST_BLOCK.as_slice(), BlockDecodingStrategy::All);
    }

    /// Ends a frame whose last block was decoded and read.
    fn end(&mut self) -> std::io::Result<()> {
        self.in_frame = false;
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(claimed), Some(found)) if claimed != found => Err(Error::new(ErrorKind::InvalidData, "the checksum is wrong")),
            _ => Ok(()),
        }
    }
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while !buffer.is_empty() {
            if !self.in_frame && !self.next()? {
                return Ok(0);
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if let Some(failed) = &self.failed {
                return Err(Error::new(ErrorKind::InvalidData, failed.clone()));
            }
            if self.decoder.is_finished() {
                self.end()?;
                continue;
            }
            let mut left = rest(self.bytes, self.at);
            let outcome = self.decoder.decode_blocks(&mut left, BlockDecodingStrategy::UptoBytes(buffer.len()));
            self.at = self.bytes.len().saturating_sub(left.len());
            if let Err(error) = outcome {
                self.give_up(error.to_string());
            }
        }
        Ok(0)
    }
}
