//! WebAssembly modules: sections, imports and exports.
//!
//! Source: the WebAssembly core specification, "Binary Format / Modules". Not handled: the component model, code.

use super::{BY, kept, malformed, named, place, push_section};
use crate::Facts;
use doorward_model::{
    Fact, Span,
    vocabulary::{BINARY, BINARY_EXPORT, BINARY_IMPORT},
};

/// Most imports, exports and sections that are told.
const ENTRIES_MAX: u32 = 2_000;

/// Reads a module.
pub(super) fn read(bytes: &[u8], facts: &mut Facts) -> bool {
    let Some((version, mut rest)) = bytes.get(4..).and_then(|rest| rest.split_at_checked(4)) else { return false };
    if version != [1, 0, 0, 0] {
        return false;
    }
    let fact = Fact::new(&BINARY, Span::new(0, 8), BY).with("format", "wasm").with("arch", "wasm").with("kind", "library");
    facts.push(fact.with("bits", 32_i64).with("signed", false).with("stripped", true));
    for _ in 0..ENTRIES_MAX {
        let Some((&id, behind)) = rest.split_first() else { return true };
        let section = number(behind).and_then(|(len, behind)| behind.split_at_checked(usize::try_from(len).ok()?));
        let Some((section, behind)) = section else {
            let at = place(bytes, rest, 0).unwrap_or_default();
            malformed(facts, at.start..at.end, "a WebAssembly section ends behind the module");
            return true;
        };
        let read = match id {
            0 => name(section).map(|(name, _)| {
                push_section(name, place(bytes, section, 0).unwrap_or_default(), (false, false), bytes, 0, facts)
            }),
            2 => entries(section, |rest| import(bytes, rest, facts)),
            7 => entries(section, |rest| export(bytes, rest, facts)),
            10 => {
                push_section(b"code", place(bytes, section, 0).unwrap_or_default(), (false, true), bytes, 0, facts);
                Some(())
            }
            11 => {
                push_section(b"data", place(bytes, section, 0).unwrap_or_default(), (true, false), bytes, 0, facts);
                Some(())
            }
            _ => Some(()),
        };
        if read.is_none() {
            let at = place(bytes, section, 0).unwrap_or_default();
            malformed(facts, at.start..at.end, "a WebAssembly section is broken");
        }
        rest = behind;
    }
    true
}

/// A number as LEB128 writes it.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0_u32;
    let mut rest = bytes;
    for shift in [0_u32, 7, 14, 21, 28] {
        let (&byte, behind) = rest.split_first()?;
        rest = behind;
        value |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((value, rest));
        }
    }
    None
}

/// A name with its length before it.
fn name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = number(bytes)?;
    rest.split_at_checked(usize::try_from(len).ok()?)
}

/// Reads the entries of a section, one after the other.
fn entries<'b>(section: &'b [u8], mut read: impl FnMut(&'b [u8]) -> Option<&'b [u8]>) -> Option<()> {
    let (count, mut rest) = number(section)?;
    for _ in 0..count.min(ENTRIES_MAX) {
        rest = read(rest)?;
    }
    Some(())
}

/// One import: module, name, and what it is.
fn import<'b>(bytes: &[u8], rest: &'b [u8], facts: &mut Facts) -> Option<&'b [u8]> {
    let (module, rest) = name(rest)?;
    let (symbol, rest) = name(rest)?;
    facts.push(named(&BINARY_IMPORT, bytes, symbol, 0).with("library", kept(module)).with("symbol", kept(symbol)));
    let (&kind, rest) = rest.split_first()?;
    match kind {
        0 => Some(number(rest)?.1),
        1 => limits(rest.get(1..)?),
        2 => limits(rest),
        3 => rest.get(2..),
        4 => Some(number(rest.get(1..)?)?.1),
        _ => None,
    }
}

/// The least and, where it is given, the greatest size of a table or memory.
fn limits(bytes: &[u8]) -> Option<&[u8]> {
    let (&flags, rest) = bytes.split_first()?;
    let (_, rest) = number(rest)?;
    if flags & 1 == 1 { Some(number(rest)?.1) } else { Some(rest) }
}

/// One export: name, kind and index.
fn export<'b>(bytes: &[u8], rest: &'b [u8], facts: &mut Facts) -> Option<&'b [u8]> {
    let (symbol, rest) = name(rest)?;
    facts.push(named(&BINARY_EXPORT, bytes, symbol, 0).with("symbol", kept(symbol)));
    Some(number(rest.get(1..)?)?.1)
}
