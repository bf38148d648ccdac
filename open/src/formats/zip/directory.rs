//! The central directory of a zip, its end records, and the local headers.

use super::range;
use crate::fields::{le16, le32, le64, offset, rest, size, slice, stands_at};
use crate::ledger::{account, problem, unread};
use crate::{Children, Stop};
use doorward_model::{Kind, Meta, ProblemKind, Span};
use std::ops::Range;

pub(super) const LOCAL: &[u8] = b"PK\x03\x04";
pub(super) const CENTRAL: &[u8] = b"PK\x01\x02";
pub(super) const END: &[u8] = b"PK\x05\x06";
pub(super) const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";

/// Flag bits.
pub(super) const IS_ENCRYPTED: u16 = 1;
pub(super) const HAS_DESCRIPTOR: u16 = 8;
pub(super) const IS_STRONGLY_ENCRYPTED: u16 = 64;

/// Most end records that are tried, from the last one on.
const ENDS_MAX: usize = 1_024;

/// Where the directory stands.
pub(super) struct Directory {
    /// First record.
    pub start: usize,
    /// One past the last record.
    pub end: usize,
    /// Members that are claimed.
    pub count: u64,
    /// What offsets count from: where data stands before the archive, its length.
    pub base: usize,
    /// End records and the locator.
    ends: Vec<Range<usize>>,
    /// Comment of the archive.
    comment: Range<usize>,
    /// What the comment claims beyond the end of the file.
    comment_missing: usize,
    /// Disks other than the one.
    several_volumes: bool,
}

impl Directory {
    /// Finds the last end record that points at a directory.
    pub(super) fn find(bytes: &[u8]) -> Option<Self> {
        Self::find_near_end(bytes).or_else(|| Self::find_from(bytes, 0))
    }

    /// The same, in the last bytes only, where an end record with its comment stands unless something was put behind it.
    pub(super) fn find_near_end(bytes: &[u8]) -> Option<Self> {
        Self::find_from(bytes, bytes.len().saturating_sub(22 + 0xFFFF))
    }

    fn find_from(bytes: &[u8], from: usize) -> Option<Self> {
        // Searching forwards and keeping the last ones is several times faster than searching backwards.
        let mut ends = std::collections::VecDeque::new();
        for end in memchr::memmem::find_iter(rest(bytes, from), END) {
            if ends.len() == ENDS_MAX {
                ends.pop_front();
            }
            ends.push_back(end.saturating_add(from));
        }
        ends.into_iter().rev().find_map(|at| Self::read(bytes, at))
    }

    fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let end_record = slice(bytes, at, 22)?;
        let comment_claimed = range(at.checked_add(22)?, le16(end_record, 20)?.into());
        let comment = comment_claimed.start..comment_claimed.end.min(bytes.len());
        let mut ends = vec![range(at, 22)];
        let mut count = u64::from(le16(end_record, 10)?);
        let mut length = u64::from(le32(end_record, 12)?);
        let mut start = u64::from(le32(end_record, 16)?);
        let mut end = at;
        let several_volumes =
            !matches!((le16(end_record, 4)?, le16(end_record, 8)?), (0 | 0xFFFF, disk) if disk == le16(end_record, 10)?);
        if let Some(locator) = at.checked_sub(20).filter(|locator| stands_at(bytes, *locator, LOCATOR_64)) {
            let claimed = size(le64(bytes, locator.saturating_add(8))?);
            let before = locator.checked_sub(56).filter(|at| stands_at(bytes, *at, END_64));
            let found = Some(claimed).filter(|at| stands_at(bytes, *at, END_64)).or(before)?;
            let record_length = size(le64(bytes, found.checked_add(4)?)?).checked_add(12)?;
            count = le64(bytes, found.checked_add(32)?)?;
            length = le64(bytes, found.checked_add(40)?)?;
            start = le64(bytes, found.checked_add(48)?)?;
            ends.push(range(locator, 20));
            // Only the fixed part: what is behind it has no meaning to readers.
            ends.push(range(found, record_length.min(56)));
            end = found;
        }
        // The directory ends where its end record begins; if it begins later than it says, data stands before the archive.
        let real = end.checked_sub(size(length)).filter(|real| length == 0 || stands_at(bytes, *real, CENTRAL));
        let claimed = Some(size(start)).filter(|claimed| *claimed <= end && (length == 0 || stands_at(bytes, *claimed, CENTRAL)));
        let start_real = real.or(claimed)?;
        let base = real.and_then(|real| real.checked_sub(size(start))).unwrap_or_default();
        let end = start_real.checked_add(size(length))?.min(end);
        let comment_missing = comment_claimed.end.saturating_sub(comment.end);
        Some(Self { start: start_real, end, count, base, ends, comment, comment_missing, several_volumes })
    }

    /// The records, as far as they are records.
    pub(super) fn records<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = Record<'a>> + use<'a> {
        let end = self.end;
        Record::all(bytes, self.start).take_while(move |record| record.range.start < end)
    }

    /// Accounts for what is not a record, and says what is wrong with it.
    pub(super) fn account(&self, bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
        for end in &self.ends {
            account(children, end.clone());
        }
        account(children, self.comment.clone());
        unread(children, bytes, Span::of(self.comment.clone()))?;
        let mut say = |kind, detail: String| problem(children, self.start..self.comment.end, kind, detail);
        if self.comment_missing > 0 {
            say(ProblemKind::Malformed, format!("the comment ends {} bytes early", self.comment_missing));
        }
        if self.several_volumes {
            say(ProblemKind::Unsupported, "one of several volumes: the others were not read".into());
        }
        Ok(())
    }
}

/// One record of the directory.
#[derive(Clone)]
pub(super) struct Record<'a> {
    pub range: Range<usize>,
    pub name: &'a [u8],
    pub comment: Range<usize>,
    pub flags: u16,
    pub method: u16,
    /// Time and date of the last change, as MS-DOS has them.
    pub time: u32,
    pub crc: u32,
    pub packed: u64,
    pub size: u64,
    /// Whether checksum and size are known.
    pub claims: bool,
    /// Offset of the local header, from the base.
    pub local: u64,
    made_by: u16,
    attributes: u32,
    pub unicode_name: Option<&'a [u8]>,
    /// The extra field of AES encryption.
    pub aes: Option<&'a [u8]>,
}

impl<'a> Record<'a> {
    /// The records from `at` on, one behind the other.
    pub(super) fn all(bytes: &'a [u8], at: usize) -> impl Iterator<Item = Self> + use<'a> {
        let mut at = at;
        std::iter::from_fn(move || {
            let record = Self::read(bytes, at)?;
            at = record.range.end;
            Some(record)
        })
    }

    fn read(bytes: &'a [u8], at: usize) -> Option<Self> {
        let head = slice(bytes, at, 46).filter(|head| head.starts_with(CENTRAL))?;
        let (name_length, extra_length) = (usize::from(le16(head, 28)?), usize::from(le16(head, 30)?));
        let name = slice(bytes, at.checked_add(46)?, name_length)?;
        let extra_at = at.checked_add(46)?.checked_add(name_length)?;
        let extra = slice(bytes, extra_at, extra_length)?;
        let comment = range(extra_at.checked_add(extra_length)?, le16(head, 32)?.into());
        slice(bytes, comment.start, comment.len())?;
        let mut record = Self {
            range: at..comment.end,
            name,
            comment,
            flags: le16(head, 8)?,
            method: le16(head, 10)?,
            time: le32(head, 12)?,
            claims: true,
            crc: le32(head, 16)?,
            packed: le32(head, 20)?.into(),
            size: le32(head, 24)?.into(),
            local: le32(head, 42)?.into(),
            made_by: le16(head, 4)?,
            attributes: le32(head, 38)?,
            unicode_name: None,
            aes: None,
        };
        for (id, field) in fields(extra) {
            match id {
                1 => zip64(field, [&mut record.size, &mut record.packed, &mut record.local]),
                0x7075 => record.unicode_name = field.get(5..),
                0x9901 => record.aes = Some(field),
                _ => {}
            }
        }
        Some(record)
    }

    /// What the directory says of the member.
    pub(super) fn meta(&self) -> Meta {
        let unix = (self.attributes >> 16) & 0xFFFF;
        // The upper byte names the system that the attributes are of: 3 is Unix, 19 is macOS.
        let has_mode = matches!(self.made_by >> 8, 3 | 19) && unix != 0;
        let kind = match unix & 0o170_000 {
            0o120_000 if has_mode => Kind::Symlink,
            0o020_000 | 0o060_000 | 0o010_000 | 0o140_000 if has_mode => Kind::Special,
            _ if self.name.last() == Some(&b'/') => Kind::Directory,
            _ => Kind::File,
        };
        Meta { kind, mode: has_mode.then_some(unix & 0o7777), ..Meta::default() }
    }

    /// A record made of a local header, for an archive without a directory.
    pub(super) fn of_local(local: &Local<'a>) -> Self {
        Self {
            range: local.range.clone(),
            name: local.name,
            comment: 0..0,
            flags: local.flags,
            method: local.method,
            time: local.time,
            claims: local.flags & HAS_DESCRIPTOR == 0 || local.packed != 0 || local.size != 0,
            crc: local.crc,
            packed: local.packed,
            size: local.size,
            local: offset(local.range.start),
            made_by: 0,
            attributes: 0,
            unicode_name: None,
            aes: local.aes,
        }
    }
}

/// A local header.
pub(super) struct Local<'a> {
    pub range: Range<usize>,
    pub name: &'a [u8],
    pub flags: u16,
    pub method: u16,
    pub time: u32,
    pub crc: u32,
    pub packed: u64,
    pub size: u64,
    /// Where the stored bytes begin.
    pub data: usize,
    pub aes: Option<&'a [u8]>,
    /// Extra fields that no reader looks at.
    pub skipped: Vec<Range<usize>>,
}

impl<'a> Local<'a> {
    pub(super) fn read(bytes: &'a [u8], at: usize) -> Option<Self> {
        let head = slice(bytes, at, 30).filter(|head| head.starts_with(LOCAL))?;
        let (name_length, extra_length) = (usize::from(le16(head, 26)?), usize::from(le16(head, 28)?));
        let name = slice(bytes, at.checked_add(30)?, name_length)?;
        let extra_at = at.checked_add(30)?.checked_add(name_length)?;
        let extra = slice(bytes, extra_at, extra_length)?;
        let data = extra_at.checked_add(extra_length)?;
        let mut local = Self {
            range: at..data,
            name,
            flags: le16(head, 6)?,
            method: le16(head, 8)?,
            time: le32(head, 10)?,
            crc: le32(head, 14)?,
            packed: le32(head, 18)?.into(),
            size: le32(head, 22)?.into(),
            data,
            aes: None,
            skipped: Vec::new(),
        };
        let mut known: usize = 0;
        for (id, field) in fields(extra) {
            known = known.saturating_add(4).saturating_add(field.len());
            match id {
                1 => zip64(field, [&mut local.size, &mut local.packed, &mut 0]),
                0x9901 => local.aes = Some(field),
                // Times, owners and alignment: short by their nature, and known to every reader.
                0x5455 | 0x7875 | 0x5855 | 0x000A | 0xCAFE => {}
                _ => {
                    let end = extra_at.saturating_add(known);
                    local.skipped.push(end.saturating_sub(field.len())..end);
                }
            }
        }
        if known < extra.len() {
            local.skipped.push(extra_at.saturating_add(known)..data);
        }
        Some(local)
    }
}

/// The fields `id, length, bytes` of an extra field, as far as they go.
fn fields(extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let id = le16(extra, at)?;
        let length = usize::from(le16(extra, at.saturating_add(2))?);
        let field = slice(extra, at.saturating_add(4), length)?;
        at = at.saturating_add(4).saturating_add(length);
        Some((id, field))
    })
}

/// Takes 64-bit numbers for those that are all ones.
fn zip64(field: &[u8], numbers: [&mut u64; 3]) {
    let mut at = 0;
    for number in numbers {
        if *number == u64::from(u32::MAX)
            && let Some(large) = le64(field, at)
        {
            *number = large;
            at = at.saturating_add(8);
        }
    }
}

/// The data descriptor behind a member: with or without its signature, with sizes of 4 or 8 bytes. Empty where none fits.
pub(super) fn descriptor(bytes: &[u8], at: usize, crc: u32, packed: u64, unpacked: u64) -> Range<usize> {
    for signature in [DESCRIPTOR.len(), 0] {
        if signature > 0 && !stands_at(bytes, at, DESCRIPTOR) {
            continue;
        }
        let body = at.saturating_add(signature);
        if le32(bytes, body) != Some(crc) {
            continue;
        }
        let sizes = body.saturating_add(4);
        let short = (le32(bytes, sizes).map(u64::from), le32(bytes, sizes.saturating_add(4)).map(u64::from));
        if short == (Some(packed), Some(unpacked)) {
            return at..sizes.saturating_add(8);
        }
        if (le64(bytes, sizes), le64(bytes, sizes.saturating_add(8))) == (Some(packed), Some(unpacked)) {
            return at..sizes.saturating_add(16);
        }
    }
    at..at
}
