//! ar: static libraries, Rust libraries and the outer shell of Debian packages
//! (<https://man.freebsd.org/cgi/man.cgi?query=ar&sektion=5>, deb(5)).
//!
//! Handled: GNU and BSD long names; symbol tables are members like others. Not handled: thin archives, whose members lie outside.

use crate::fields::{digits, offset, rest, size, slice, stands_at};
use crate::formats::tar::Stored;
use crate::ledger::{account, problem};
use crate::names::Names;
use crate::{Children, Stop};
use doorward_model::{Meta, ProblemKind, Step};

const MAGIC: &[u8] = b"!<arch>\n";
const HEADER_BYTES: usize = 60;

/// Whether the first member is the one that makes an archive a Debian package.
pub(crate) fn is_deb(bytes: &[u8]) -> bool {
    stands_at(bytes, MAGIC.len(), b"debian-binary")
}

/// Yields the members of a Debian package, and says which of its parts is missing.
pub(crate) fn open_deb(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    let names = members(bytes, children)?;
    for part in [b"control.tar".as_slice(), b"data.tar"] {
        if !names.iter().any(|name| name.starts_with(part)) {
            let detail = format!("a Debian package without {}", String::from_utf8_lossy(part));
            problem(children, 0..bytes.len(), ProblemKind::Malformed, detail);
        }
    }
    Ok(())
}

/// Yields the members.
pub(crate) fn open(bytes: &[u8], children: &mut dyn Children) -> Result<(), Stop> {
    members(bytes, children).map(drop)
}

/// Yields the members. Returns the names of the first few.
fn members<'a>(bytes: &'a [u8], children: &mut dyn Children) -> Result<Vec<&'a [u8]>, Stop> {
    let mut at = MAGIC.len();
    account(children, 0..at);
    let (mut index, mut names, mut first, mut long_names) = (0_u32, Names::that_repeat(), Vec::new(), &[][..]);
    while let Some(header) = slice(bytes, at, HEADER_BYTES) {
        let data = at.saturating_add(HEADER_BYTES);
        let field = |from: usize, len: usize, radix: u64| digits(slice(header, from, len).unwrap_or_default(), radix);
        let Some(length) = field(48, 10, 10).filter(|_| header.ends_with(b"`\n")) else {
            problem(children, at..data, ProblemKind::Malformed, "a header that is none: read up to it");
            return Ok(first);
        };
        let end = data.saturating_add(size(length));
        let mut stored = bytes.get(data..end.min(bytes.len())).unwrap_or_default();
        let missing = length.saturating_sub(offset(stored.len()));
        let mut name = header.get(..16).unwrap_or_default().trim_ascii_end();
        if let Some(bsd) = name.strip_prefix(b"#1/").and_then(|length| digits(length, 10)) {
            let split = size(bsd).min(stored.len());
            let (before, after) = stored.split_at_checked(split).unwrap_or_default();
            name = before.get(..memchr::memchr(0, before).unwrap_or(before.len())).unwrap_or_default();
            stored = after;
        } else if let Some(long) = name.strip_prefix(b"/").filter(|digits| !digits.is_empty()).and_then(|at| digits(at, 10)) {
            name = gnu_name(long_names, size(long)).unwrap_or(name);
        } else if !is_table(name) {
            name = name.strip_suffix(b"/").unwrap_or(name);
        }
        if name == b"//" {
            long_names = stored;
        }
        let mode = field(40, 8, 8).and_then(|mode| u32::try_from(mode & 0o7777).ok());
        let meta = Meta { mode, uid: field(28, 6, 10), gid: field(34, 6, 10), ..Meta::default() };
        if !is_table(name) {
            names.check(name, &meta, at..data, children);
        }
        if first.len() < 8 {
            first.push(name);
        }
        account(children, at..end.min(bytes.len()));
        children.child(Step::Member { index }, name, meta, &mut Stored { bytes: stored, missing })?;
        index = index.saturating_add(1);
        at = end;
        // Members begin at even offsets; the byte between is a newline.
        if end % 2 == 1 {
            if stands_at(bytes, end, b"\n") {
                account(children, end..end.saturating_add(1));
            }
            at = end.saturating_add(1);
        }
    }
    let left = rest(bytes, at).len();
    if left > 0 {
        problem(children, at..bytes.len(), ProblemKind::Malformed, format!("ends in {left} bytes that are no header"));
    }
    Ok(first)
}

/// Whether a member is GNU's table of symbols or of long names.
fn is_table(name: &[u8]) -> bool {
    matches!(name, b"/" | b"//" | b"/SYM64/")
}

/// A name in the table of long names: up to a slash and a newline.
fn gnu_name(table: &[u8], at: usize) -> Option<&[u8]> {
    let name = table.get(at..)?;
    let name = name.get(..memchr::memchr2(b'\n', 0, name)?)?;
    Some(name.strip_suffix(b"/").unwrap_or(name))
}
