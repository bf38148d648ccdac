//! xz (<https://tukaani.org/xz/xz-file-format.txt>).
//!
//! Handled: several streams with padding between them, all filters, checksums. Not handled: dictionaries above 1 GiB, which say so
//! as damage of the content.

use crate::fields::{rest, stands_at};
use crate::formats::layer;
use crate::{Children, Stop};
use lzma_rust2::XzReader;
use std::io::Read;

const MAGIC: &[u8] = b"\xfd7zXZ\0";

/// Most memory for one dictionary, in KiB. It is taken as the content grows, not when it is claimed.
const MEMORY_KIB_MAX: u32 = 1 << 20;

/// Yields what the streams hold, joined.
pub(crate) fn open(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    let mut streams = Streams::new(bytes);
    layer(bytes, children, &mut streams, |streams| streams.at).map(drop)
}

pub(crate) struct Streams<'a> {
    bytes: &'a [u8],
    /// Up to where the bytes are explained.
    pub(crate) at: usize,
    reader: Option<Box<XzReader<&'a [u8]>>>,
}

impl<'a> Streams<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, reader: None }
    }
}

impl<'a> Read for Streams<'a> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while !buffer.is_empty() {
            let left: &'a [u8] = rest(self.bytes, self.at);
            let reader = match &mut self.reader {
                Some(reader) => reader,
                None => {
                    let padding = left.iter().take_while(|byte| **byte == 0).count();
                    let padding = if self.at > 0 && padding % 4 == 0 { padding } else { 0 };
                    if !stands_at(left, padding, MAGIC) {
                        return Ok(0);
                    }
                    self.at = self.at.saturating_add(padding);
                    self.reader.insert(Box::new(XzReader::new_mem_limit(rest(left, padding), false, MEMORY_KIB_MAX)))
                }
            };
            let outcome = reader.read(buffer);
            self.at = self.bytes.len().saturating_sub(reader.inner().len());
            match outcome? {
                0 => self.reader = None,
                count => return Ok(count),
            }
        }
        Ok(0)
    }
}
