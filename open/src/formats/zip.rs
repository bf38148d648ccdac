//! zip and its kin: jar, wheel, egg, vsix, nupkg, xpi, crx (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>).
//!
//! Handled: zip64, data descriptors, archives behind other data, archives without a directory, stored, deflated, bzip2, lzma, xz and
//! zstd members, both encryptions where a password fits. Directory and local headers are compared: readers differ in which they
//! believe. Not handled: deflate64, the methods of before 1993, several volumes, an encrypted directory.

mod content;
mod directory;
mod encrypted;
mod stream;

use crate::fields::{le32, offset, size, stands_at};
use crate::ledger::{account, problem, unread};
use crate::names::{self, Names, shown};
use crate::{Children, Stop};
use content::{Finish, Packed};
use directory::{CENTRAL, Directory, LOCAL, Local, Record};
use doorward_model::{Kind, Meta, ProblemKind, Span, Step};
use std::io::Read;
use std::ops::Range;

/// Most bytes of a symbolic link's target; a longer one is read as a content.
const LINK_BYTES_MAX: u64 = 4_096;

/// Most members that are read a second time.
const SECOND_MAX: usize = 1_000;

/// Whether an archive, an empty one or the first part of a split one begins here.
pub(crate) fn check(bytes: &[u8]) -> bool {
    [LOCAL, directory::END, b"PK\x07\x08PK\x03\x04"].iter().any(|magic| bytes.starts_with(magic))
}

/// Yields the members.
pub(crate) fn open(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    open_from(bytes, 0, children)
}

fn open_from(bytes: &[u8], start: usize, children: &mut dyn Children) -> Result<(), Stop> {
    let archive = Archive { bytes, names: Names::default(), packed: Packed::new(), taken: Vec::new(), second: Vec::new() };
    if let Some(directory) = Directory::find(bytes) {
        return archive.open(&directory, children);
    }
    problem(children, 0..bytes.len(), ProblemKind::Malformed, "no directory: read by the local headers");
    archive.open_stream(start, children)
}

/// Yields the members of an archive with a header of its own before it: a browser extension (crx, versions 2 and 3).
pub(crate) fn open_crx(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    let field = |at| le32(bytes, at).map_or(usize::MAX, crate::fields::size32);
    let header = match le32(bytes, 4) {
        Some(2) => 16_usize.saturating_add(field(8)).saturating_add(field(12)),
        Some(3) => 12_usize.saturating_add(field(8)),
        _ => {
            problem(children, 0..bytes.len(), ProblemKind::Unsupported, "a version of crx other than 2 and 3");
            0
        }
    };
    if header <= bytes.len() {
        account(children, 0..header);
    } else {
        problem(children, 0..bytes.len(), ProblemKind::Malformed, "a header that is longer than the file");
    }
    open_from(bytes, header, children)
}

/// Yields the members of an archive behind the four bytes of a Java module.
pub(crate) fn open_jmod(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    account(children, 0..4);
    open_from(bytes, 4, children)
}

/// Where an archive that ends these bytes begins, for files that are something else at their start. Only one whose directory and
/// first member are where it says counts.
pub(crate) fn tail(bytes: &[u8]) -> Option<usize> {
    let directory = Directory::find_near_end(bytes)?;
    let starts = directory.records(bytes).map(|record| directory.base.saturating_add(size(record.local)));
    let start = starts.min()?;
    (start > 0 && stands_at(bytes, start, LOCAL)).then_some(start)
}

struct Archive<'a> {
    bytes: &'a [u8],
    names: Names,
    packed: Packed<'a>,
    /// What members take of the archive, to see whether they overlap.
    taken: Vec<Span>,
    /// Members that a reader of local headers would unpack in another way.
    second: Vec<Local<'a>>,
}

impl<'a> Archive<'a> {
    fn open(mut self, directory: &Directory, children: &mut dyn Children) -> Result<(), Stop> {
        directory.account(self.bytes, children)?;
        let mut at = directory.start;
        let mut index = 0;
        for record in directory.records(self.bytes) {
            at = record.range.end;
            account(children, record.range.clone());
            unread(children, self.bytes, Span::of(record.comment.clone()))?;
            self.member(&record, directory.base, index, children)?;
            index = index.saturating_add(1);
        }
        if u64::from(index) != directory.count || at != directory.end {
            let detail = format!("the directory claims {} members and has {index}", directory.count);
            problem(children, directory.start..directory.end, ProblemKind::Malformed, detail);
        }
        for local in std::mem::take(&mut self.second) {
            self.streamed(&local, Step::Member { index }, children)?;
            index = index.saturating_add(1);
        }
        self.say_overlaps(children);
        Ok(())
    }

    fn say_overlaps(&mut self, children: &mut dyn Children) {
        self.taken.sort_unstable();
        let mut reach = 0;
        let overlaps = self.taken.iter().filter(|span| {
            let overlaps = span.start < reach;
            reach = reach.max(span.end);
            overlaps
        });
        let overlaps = overlaps.count();
        if overlaps > 0 {
            let detail = format!("{overlaps} members overlap others");
            problem(children, 0..self.bytes.len(), ProblemKind::Malformed, detail);
        }
    }

    fn member(&mut self, record: &Record<'a>, base: usize, index: u32, children: &mut dyn Children) -> Result<(), Stop> {
        let step = Step::Member { index };
        let name = record.name;
        let meta = record.meta();
        self.names.check(name, &meta, record.range.clone(), children);
        if let Some(other) = record.unicode_name.filter(|other| *other != name) {
            let detail = format!("the name {} is also {}", shown(name), shown(other));
            problem(children, record.range.clone(), ProblemKind::Deceptive, detail);
        }
        let start = base.saturating_add(size(record.local));
        let Some(local) = Local::read(self.bytes, start) else {
            let missing = doorward_model::Problem::new(ProblemKind::Malformed, "no local header where the directory says");
            return children.entry(step, name, meta, Some(missing));
        };
        compare(record, &local, children);
        let end = local.data.saturating_add(size(record.packed));
        let stored = self.bytes.get(local.data..end.min(self.bytes.len())).unwrap_or_default();
        let content = Content { record, local: &local, stored, missing: record.packed.saturating_sub(offset(stored.len())) };
        account(children, start..local.data);
        for extra in &local.skipped {
            unread(children, self.bytes, Span::of(extra.clone()))?;
        }
        let used = self.content(step, &meta, &content, children)?;
        account(children, local.data..local.data.saturating_add(used.bytes));
        let mut reach = end.min(self.bytes.len());
        if record.flags & directory::HAS_DESCRIPTOR != 0 {
            let descriptor = directory::descriptor(self.bytes, reach, record.crc, record.packed, record.size);
            account(children, descriptor.clone());
            reach = descriptor.end;
        }
        self.taken.push(Span::of(start..reach));
        if record.method != local.method && self.second.len() < SECOND_MAX {
            self.second.push(local);
        }
        Ok(())
    }

    /// Yields what a member holds. Returns what it used of its stored bytes.
    fn content(&mut self, step: Step, meta: &Meta, member: &Content<'_, 'a>, children: &mut dyn Children) -> Result<Used, Stop> {
        let Content { record, stored, .. } = *member;
        let name = record.name;
        if meta.kind == Kind::Directory && stored.is_empty() {
            children.entry(step, name, meta.clone(), None)?;
            return Ok(Used::default());
        }
        if (record.flags | member.local.flags) & directory::IS_ENCRYPTED != 0 {
            encrypted::open(step, meta, member, children)?;
            return Ok(Used { bytes: stored.len(), ..Used::default() });
        }
        let mut packed = match self.packed.unpack(record, stored, member.missing) {
            Ok(packed) => packed,
            Err(why) => {
                children.entry(step, name, meta.clone(), Some(why))?;
                return Ok(Used { bytes: stored.len(), ..Used::default() });
            }
        };
        if meta.kind == Kind::Symlink && record.size <= LINK_BYTES_MAX {
            let mut target = Vec::new();
            // A damaged target is kept as far as it goes; its end is said below.
            let outcome = (&mut packed).take(LINK_BYTES_MAX).read_to_end(&mut target);
            let problem = outcome.err().map(|error| doorward_model::Problem::new(ProblemKind::Malformed, error.to_string()));
            let meta = Meta { link_target: Some(target.into()), ..meta.clone() };
            names::link(name, &meta, record.range.clone(), children);
            children.entry(step, name, meta, problem)?;
        } else {
            children.child(step, name, meta.clone(), &mut packed)?;
        }
        let (crc, given) = packed.found();
        Ok(match packed.finish() {
            Finish::Ended(bytes) | Finish::Failed(bytes) => Used { bytes, crc, given, ended: true },
            Finish::Abandoned => Used { bytes: stored.len(), crc, given, ended: false },
        })
    }
}

/// What reading a member took and gave.
#[derive(Default)]
struct Used {
    /// Stored bytes.
    bytes: usize,
    /// Checksum of what it holds.
    crc: u32,
    /// Length of what it holds.
    given: u64,
    /// Whether it was read to its end, so that the rest is so.
    ended: bool,
}

/// A member with its bytes.
struct Content<'r, 'a> {
    record: &'r Record<'a>,
    local: &'r Local<'a>,
    stored: &'a [u8],
    /// How many bytes more its record claims.
    missing: u64,
}

/// Says where the directory and the local header tell different things.
fn compare(record: &Record<'_>, local: &Local<'_>, children: &mut dyn Children) {
    let mut say = |kind: ProblemKind, detail: String| problem(children, local.range.clone(), kind, detail);
    let name = shown(record.name);
    if record.name != local.name {
        say(ProblemKind::Deceptive, format!("{name} is named {} by its local header", shown(local.name)));
    }
    if record.method != local.method {
        let detail = format!("{name} has method {} in the directory, {} in its local header", record.method, local.method);
        say(ProblemKind::Deceptive, detail);
    }
    if (record.flags ^ local.flags) & directory::IS_ENCRYPTED != 0 {
        say(ProblemKind::Deceptive, format!("{name} is encrypted by one header only"));
    }
    // With a descriptor behind it a local header may leave its sizes zero.
    let open = local.flags & directory::HAS_DESCRIPTOR != 0;
    let differs = |of_record: u64, of_local: u64| of_record != of_local && !(open && of_local == 0);
    if differs(record.packed, local.packed) || differs(record.size, local.size) {
        let detail = format!(
            "{name} has {} bytes, {} packed, in the directory and {}, {} packed, in its local header",
            record.size, record.packed, local.size, local.packed
        );
        say(ProblemKind::Deceptive, detail);
    }
}

/// The range of `len` bytes from `start`.
fn range(start: usize, len: usize) -> Range<usize> {
    start..start.saturating_add(len)
}
