//! A zip without a directory, read from local header to local header as a stream reader does.

use super::directory::{self, CENTRAL, DESCRIPTOR, LOCAL, Local, Record};
use super::{Archive, Content};
use crate::fields::{offset, rest, size, stands_at};
use crate::ledger::{account, unread};
use crate::{Children, Stop};
use doorward_model::{Span, Step};

impl<'a> Archive<'a> {
    /// Yields the members from the first local header at or behind `start`.
    pub(super) fn open_stream(mut self, start: usize, children: &mut dyn Children) -> Result<(), Stop> {
        let bytes = self.bytes;
        let (mut at, mut index) = (start, 0_u32);
        while let Some(found) = next_signature(bytes, at, &[LOCAL]) {
            let Some(local) = Local::read(bytes, found) else { break };
            at = self.streamed(&local, Step::Member { index }, children)?;
            index = index.saturating_add(1);
        }
        // What is left of the directory, where only its end is missing.
        for record in Record::all(bytes, at) {
            account(children, record.range.clone());
            unread(children, bytes, Span::of(record.comment))?;
        }
        Ok(())
    }

    /// Yields one member. Returns where the next may begin.
    pub(super) fn streamed(&mut self, local: &Local<'a>, step: Step, children: &mut dyn Children) -> Result<usize, Stop> {
        let bytes = self.bytes;
        let mut record = Record::of_local(local);
        let meta = record.meta();
        self.names.check(record.name, &meta, local.range.clone(), children);
        let mut end = local.data.saturating_add(size(record.packed)).min(bytes.len());
        // Deflate tells its own end; for the others the next signature is the best guess.
        let self_ending = record.method == 8 && record.flags & directory::IS_ENCRYPTED == 0;
        if !record.claims {
            let next = next_signature(bytes, local.data, &[DESCRIPTOR, LOCAL, CENTRAL]).unwrap_or(bytes.len());
            end = if self_ending { bytes.len() } else { next };
            record.packed = offset(end.saturating_sub(local.data));
        }
        let stored = bytes.get(local.data..end).unwrap_or_default();
        let missing = record.packed.saturating_sub(offset(stored.len()));
        account(children, local.range.clone());
        let used = self.content(step, &meta, &Content { record: &record, local, stored, missing }, children)?;
        if !record.claims && self_ending {
            let reached = local.data.saturating_add(used.bytes);
            end = if used.ended {
                reached
            } else {
                next_signature(bytes, local.data, &[DESCRIPTOR, LOCAL, CENTRAL]).unwrap_or(reached)
            };
            account(children, local.data..end);
        } else {
            account(children, local.data..local.data.saturating_add(used.bytes));
        }
        if record.flags & directory::HAS_DESCRIPTOR == 0 {
            return Ok(end);
        }
        let packed = offset(end.saturating_sub(local.data));
        let descriptor = directory::descriptor(bytes, end, used.crc, packed, used.given);
        account(children, descriptor.clone());
        Ok(descriptor.end)
    }
}

/// The first place from `at` on where one of the signatures stands.
fn next_signature(bytes: &[u8], at: usize, signatures: &[&[u8]]) -> Option<usize> {
    let found = memchr::memmem::find_iter(rest(bytes, at), b"PK").filter_map(|found| found.checked_add(at));
    found.into_iter().find(|found| signatures.iter().any(|signature| stands_at(bytes, *found, signature)))
}
