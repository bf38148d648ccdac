//! Compiled Python: the version that wrote it, from its magic number.
//!
//! Source: CPython's `Include/internal/pycore_magic_number.h` and PEP 552. The marshalled code is read by `bytecode`.

use super::{BY, Fields};
use crate::Facts;
use doorward_model::{Fact, Span, vocabulary::BINARY};

/// First magic number of each version, and the version.
const VERSIONS: [(u16, &str); 9] = [
    (3390, "3.7"),
    (3400, "3.8"),
    (3420, "3.9"),
    (3430, "3.10"),
    (3450, "3.11"),
    (3500, "3.12"),
    (3550, "3.13"),
    (3600, "3.14"),
    (3650, "3.15"),
];

/// Reads the header; false where the number is no version's or nothing marshalled follows.
pub(super) fn read(bytes: &[u8], facts: &mut Facts) -> bool {
    let Some(magic) = Fields::little(bytes).u16(0) else { return false };
    let (code, version) = if (3390..3700).contains(&magic) {
        let version = VERSIONS.iter().rev().find(|(first, _)| *first <= magic).map_or("", |(_, version)| version);
        (16_usize, version)
    } else if (62_000..=62_211).contains(&magic) {
        (8, "2")
    } else {
        return false;
    };
    // A code object, with or without the flag of a reference.
    if !bytes.get(code).is_some_and(|tag| matches!(tag & 0x7f, b'c')) {
        return false;
    }
    let fact = Fact::new(&BINARY, Span::new(0, u64::try_from(code).unwrap_or_default()), BY);
    let fact = fact.with("format", "pyc").with("arch", format!("python {version}")).with("kind", "bytecode");
    facts.push(fact.with("bits", 0_i64).with("signed", false).with("stripped", false));
    true
}
