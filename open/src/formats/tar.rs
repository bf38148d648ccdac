//! tar: v7, ustar, pax and GNU (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html>,
//! <https://www.gnu.org/software/tar/manual/html_node/Standard.html>).
//!
//! Handled: pax and GNU long names, base-256 numbers, global pax headers, every member type. Not handled: holes of sparse members
//! (the stored bytes are read without them, and it is said), members that continue in another volume.

use crate::fields::{digits, is_zero, offset, rest, size, slice, stands_at};
use crate::ledger::{account, problem, unread};
use crate::names::{Names, shown};
use crate::{Children, Stop};
use doorward_model::{Kind, Meta, ProblemKind, Span, Step};
use std::borrow::Cow;
use std::io::{Error, ErrorKind, Read};
use std::ops::Range;

const BLOCK_BYTES: usize = 512;

/// Most bytes of a pax value that needs no look of its own.
const PAX_VALUE_BYTES_MAX: usize = 1_024;

/// Whether the content begins with a tar header: one that says so at the right place, or, before ustar, one whose checksum is
/// right.
pub(crate) fn check(bytes: &[u8]) -> bool {
    let header = slice(bytes, 0, BLOCK_BYTES);
    stands_at(bytes, 257, b"ustar") || header.is_some_and(|header| !is_zero(header) && is_summed(header))
}

/// Yields the members.
pub(crate) fn open(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    let mut archive =
        Archive { bytes, at: 0, index: 0, names: Names::default(), next: Claims::default(), always: Claims::default() };
    while let Some(header) = slice(bytes, archive.at, BLOCK_BYTES) {
        if is_zero(header) {
            return Ok(());
        }
        if !is_summed(header) {
            let at = archive.at;
            problem(
                children,
                at..at.saturating_add(BLOCK_BYTES),
                ProblemKind::Malformed,
                "a header whose checksum is wrong: skipped to the next",
            );
            let Some(next) = next_header(bytes, at) else { return Ok(()) };
            archive.at = next;
            continue;
        }
        archive.member(header, children)?;
    }
    let left = rest(bytes, archive.at);
    if !is_zero(left) {
        let detail = format!("ends in {} bytes that are no header", left.len());
        problem(children, archive.at..bytes.len(), ProblemKind::Malformed, detail);
    }
    Ok(())
}

/// The next header behind `at` that says that it is one and whose checksum is right, as GNU tar looks for it.
fn next_header(bytes: &[u8], at: usize) -> Option<usize> {
    let blocks = rest(bytes, at).chunks_exact(BLOCK_BYTES).skip(1);
    let found =
        blocks.take_while(|block| !is_zero(block)).position(|block| stands_at(block, 257, b"ustar") && is_summed(block))?;
    at.checked_add(found.checked_add(1)?.checked_mul(BLOCK_BYTES)?)
}

/// What extended headers claim for the member that follows.
#[derive(Clone, Default)]
struct Claims<'a> {
    name: Option<Cow<'a, [u8]>>,
    link: Option<Cow<'a, [u8]>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    sparse: bool,
}

/// One member as its header has it.
struct Head<'a> {
    header: &'a [u8],
    /// The type flag.
    tag: u8,
    /// Where the header stands.
    range: Range<usize>,
    /// The bytes that are there.
    stored: &'a [u8],
    /// The bytes that are claimed.
    length: u64,
}

struct Archive<'a> {
    bytes: &'a [u8],
    /// Where the next header stands.
    at: usize,
    /// How many members were yielded.
    index: u32,
    names: Names,
    next: Claims<'a>,
    always: Claims<'a>,
}

impl<'a> Archive<'a> {
    fn member(&mut self, header: &'a [u8], children: &mut dyn Children) -> Result<(), Stop> {
        let start = self.at;
        let mut data = start.saturating_add(BLOCK_BYTES);
        let tag = header.get(156).copied().unwrap_or_default();
        let extension = matches!(tag, b'x' | b'g' | b'X' | b'L' | b'K');
        let claimed = number(header.get(124..136).unwrap_or_default());
        if claimed.is_none() {
            problem(children, start..data, ProblemKind::Malformed, "a size that is no number: taken as 0");
        }
        let claims = if extension { Claims::default() } else { std::mem::take(&mut self.next) };
        let mut length = claimed.unwrap_or_default();
        if !extension {
            length = claims.size.or(self.always.size).unwrap_or(length);
        }
        if tag == b'S' {
            data = self.skip_sparse_maps(header, data);
        }
        let links = matches!(tag, b'1'..=b'6');
        if links && length > 0 {
            problem(
                children,
                start..data,
                ProblemKind::Malformed,
                format!("a link, folder or device that claims {length} bytes: taken as 0"),
            );
            length = 0;
        }
        let end = data.saturating_add(size(length));
        let stored = self.bytes.get(data..end.min(self.bytes.len())).unwrap_or_default();
        let padded = end.checked_next_multiple_of(BLOCK_BYTES).unwrap_or(usize::MAX).min(self.bytes.len());
        let padding = self.bytes.get(end..padded).unwrap_or_default();
        account(children, start..if is_zero(padding) { padded } else { end.min(self.bytes.len()) });
        self.at = padded;
        match tag {
            b'x' | b'X' => self.next = pax(self.bytes, data..end, self.next.clone(), children)?,
            b'g' => self.always = pax(self.bytes, data..end, self.always.clone(), children)?,
            b'L' => self.next.name = Some(Cow::Borrowed(until_nul(stored))),
            b'K' => self.next.link = Some(Cow::Borrowed(until_nul(stored))),
            _ => self.yield_member(&Head { header, tag, range: start..data, stored, length }, claims, children)?,
        }
        if extension && end > self.bytes.len() {
            problem(children, start..self.bytes.len(), ProblemKind::Malformed, "ends inside an extended header");
        }
        Ok(())
    }

    /// GNU sparse members carry further maps of 512 bytes behind their header.
    fn skip_sparse_maps(&self, header: &[u8], data: usize) -> usize {
        let mut data = data;
        let mut goes_on = header.get(482).is_some_and(|flag| *flag != 0);
        while goes_on && let Some(map) = slice(self.bytes, data, BLOCK_BYTES) {
            data = data.saturating_add(BLOCK_BYTES);
            goes_on = map.get(504).is_some_and(|flag| *flag != 0);
        }
        data
    }

    fn yield_member(&mut self, head: &Head<'_>, claims: Claims<'_>, children: &mut dyn Children) -> Result<(), Stop> {
        let Head { header, tag, stored, length, .. } = *head;
        let name = claims.name.or_else(|| self.always.name.clone()).unwrap_or_else(|| name(header));
        let kind = kind(tag, &name, length);
        let field = |range: Range<usize>| number(header.get(range).unwrap_or_default());
        let in_header = || Cow::Borrowed(until_nul(header.get(157..257).unwrap_or_default()));
        let linked = matches!(kind, Kind::Symlink | Kind::Hardlink);
        let link_target = linked.then(|| claims.link.or_else(|| self.always.link.clone()).unwrap_or_else(in_header).into());
        let meta = Meta {
            kind,
            mode: field(100..108).and_then(|mode| u32::try_from(mode & 0o7777).ok()),
            uid: claims.uid.or(self.always.uid).or_else(|| field(108..116)),
            gid: claims.gid.or(self.always.gid).or_else(|| field(116..124)),
            link_target,
        };
        self.names.check(&name, &meta, head.range.clone(), children);
        let mut say =
            |what: &str| problem(children, head.range.clone(), ProblemKind::Unsupported, format!("{}: {what}", shown(&name)));
        if tag == b'S' || claims.sparse {
            say("a sparse member, read without its holes");
        }
        if tag == b'M' {
            say("a member that began in another volume");
        }
        let step = Step::Member { index: self.index };
        self.index = self.index.saturating_add(1);
        if kind == Kind::File || !stored.is_empty() {
            let missing = length.saturating_sub(offset(stored.len()));
            children.child(step, &name, meta, &mut Stored { bytes: stored, missing })?;
            return Ok(());
        }
        children.entry(step, &name, meta, None)
    }
}

/// Stored bytes, and how many more their header claims.
pub(crate) struct Stored<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) missing: u64,
}

impl Read for Stored<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.bytes.is_empty() && self.missing > 0 {
            let detail = format!("ends {} bytes early", self.missing);
            return Err(Error::new(ErrorKind::UnexpectedEof, detail));
        }
        self.bytes.read(buffer)
    }
}

/// The records `length key=value\n` of a pax header, which stands at `range`.
fn pax<'a>(bytes: &'a [u8], range: Range<usize>, claims: Claims<'a>, children: &mut dyn Children) -> Result<Claims<'a>, Stop> {
    let mut claims = claims;
    let mut at = range.start;
    let end = range.end.min(bytes.len());
    while let Some(record) = pax_record(bytes.get(at..end).unwrap_or_default()) {
        at = at.saturating_add(record.len());
        let space = memchr::memchr(b' ', record).unwrap_or_default();
        let pair = record.get(space.saturating_add(1)..record.len().saturating_sub(1)).unwrap_or_default();
        let Some(equals) = memchr::memchr(b'=', pair) else { continue };
        let (key, value) = (pair.get(..equals).unwrap_or_default(), rest(pair, equals.saturating_add(1)));
        match key {
            b"path" | b"GNU.sparse.name" => claims.name = Some(Cow::Borrowed(value)),
            b"linkpath" => claims.link = Some(Cow::Borrowed(value)),
            b"size" => claims.size = digits(value, 10),
            b"uid" => claims.uid = digits(value, 10),
            b"gid" => claims.gid = digits(value, 10),
            _ if key.starts_with(b"GNU.sparse.") => claims.sparse = true,
            _ if value.len() > PAX_VALUE_BYTES_MAX => {
                let value_end = at.saturating_sub(1);
                unread(children, bytes, Span::of(value_end.saturating_sub(value.len())..value_end))?;
            }
            _ => {}
        }
    }
    if !is_zero(bytes.get(at..end).unwrap_or_default()) {
        problem(children, at..end, ProblemKind::Malformed, "a pax header whose records do not add up");
    }
    Ok(claims)
}

/// The first record, where its length is right.
fn pax_record(records: &[u8]) -> Option<&[u8]> {
    let space = memchr::memchr(b' ', records.get(..records.len().min(20))?)?;
    let length = size(digits(records.get(..space)?, 10)?);
    let record = records.get(..length)?;
    (length > space && record.last() == Some(&b'\n')).then_some(record)
}

/// The name in the header itself: POSIX prefix and name, or the name alone.
fn name(header: &[u8]) -> Cow<'_, [u8]> {
    let name = until_nul(header.get(..100).unwrap_or_default());
    let prefix = until_nul(header.get(345..500).unwrap_or_default());
    // GNU headers keep times and sparse maps where POSIX has the prefix.
    if prefix.is_empty() || !stands_at(header, 257, b"ustar\0") {
        return Cow::Borrowed(name);
    }
    Cow::Owned([prefix, b"/", name].concat())
}

fn kind(tag: u8, name: &[u8], length: u64) -> Kind {
    match tag {
        b'1' => Kind::Hardlink,
        b'2' => Kind::Symlink,
        b'3' | b'4' | b'6' => Kind::Special,
        b'5' | b'D' => Kind::Directory,
        b'V' => Kind::Special,
        // Before ustar a folder was a file whose name ends in a slash.
        0 | b'0' if name.last() == Some(&b'/') && length == 0 => Kind::Directory,
        _ => Kind::File,
    }
}

/// A number in octal digits, or in base 256 where the first bit is set; a negative one is `None`.
fn number(field: &[u8]) -> Option<u64> {
    match field.split_first() {
        Some((0x80, bytes)) => bytes.iter().try_fold(0_u64, |value, byte| Some(value.checked_mul(256)? | u64::from(*byte))),
        Some((0x81.., _)) => None,
        _ => digits(field, 8),
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.get(..memchr::memchr(0, field).unwrap_or(field.len())).unwrap_or_default()
}

/// Whether the header's checksum is that of its bytes, as unsigned or, in old archives, as signed numbers.
fn is_summed(header: &[u8]) -> bool {
    let Some(claimed) = header.get(148..156).and_then(|field| digits(field, 8)) else { return false };
    let (before, after) = (header.get(..148).unwrap_or_default(), header.get(156..).unwrap_or_default());
    let sum = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_add(u64::from(*byte)));
    let high = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_add(u64::from(*byte >> 7)));
    let unsigned = sum(before).wrapping_add(sum(after)).wrapping_add(8 * 32);
    claimed == unsigned || claimed == unsigned.wrapping_sub(high(before).wrapping_add(high(after)).wrapping_mul(256))
}
