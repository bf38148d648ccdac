//! One content below another: what a compression or an encoding holds.

use crate::ledger::account;
use crate::{Children, Stop};
use std::io::Read;

/// Reads a layer, and remembers how that ended.
struct Watched<'a, R> {
    reader: &'a mut R,
    ended: bool,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let outcome = self.reader.read(buffer);
        self.ended |= !buffer.is_empty() && !matches!(outcome, Ok(1..));
        outcome
    }
}

/// Yields the one content of a compression layer, and accounts for what its reader took; `at` tells how much. Where the owner of
/// the children wanted no more, nobody knows what the rest is, and it is accounted for too. Returns up to where.
pub(super) fn layer<R: Read>(
    bytes: &[u8],
    children: &mut dyn Children,
    reader: &mut R,
    at: fn(&R) -> usize,
) -> Result<usize, Stop> {
    let mut watched = Watched { reader, ended: false };
    children.child(doorward_model::Step::Layer, b"", doorward_model::Meta::default(), &mut watched)?;
    let explained = if watched.ended { at(watched.reader).min(bytes.len()) } else { bytes.len() };
    account(children, 0..explained);
    Ok(explained)
}
