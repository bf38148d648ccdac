//! Java class files: the classes and methods that they name.
//!
//! Source: the Java Virtual Machine Specification, chapter 4, "The class File Format". Only the constant pool is read: it names
//! all that a class calls, as `library` the class and as `symbol` the method or field.

use super::{BY, Fields, kept, malformed, named};
use crate::Facts;
use doorward_model::{
    Fact, Span,
    vocabulary::{BINARY, BINARY_IMPORT},
};

/// Most references that are told.
const REFERENCES_MAX: usize = 2_000;

/// Reads a class file.
pub(super) fn read(bytes: &[u8], facts: &mut Facts) -> bool {
    let fields = Fields::big(bytes);
    let (Some(major), Some(count)) = (fields.u16(6), fields.u16(8)) else { return false };
    if !(45..=200).contains(&major) {
        return false;
    }
    let fact = Fact::new(&BINARY, Span::new(0, 10), BY).with("format", "java-class").with("arch", "jvm").with("kind", "library");
    facts.push(fact.with("bits", 32_i64).with("signed", false).with("stripped", false));
    // Offsets of the constants, by their numbers from 1; a long or a double takes two numbers.
    let mut constants: Vec<u64> = vec![0];
    let mut at = 10_u64;
    while constants.len() < usize::from(count) {
        let Some(len) = constant_len(fields, at) else {
            malformed(facts, at..at, "a class file ends in its constants");
            return true;
        };
        constants.push(at);
        if matches!(fields.bytes::<1>(at), Some([5 | 6])) {
            constants.push(0);
        }
        at = at.saturating_add(len);
    }
    let mut told = 0_usize;
    for &constant in &constants {
        if told >= REFERENCES_MAX {
            break;
        }
        if constant != 0
            && matches!(fields.bytes::<1>(constant), Some([9..=11]))
            && reference(bytes, &constants, constant, facts).is_some()
        {
            told = told.saturating_add(1);
        }
    }
    true
}

/// Bytes that a constant takes.
fn constant_len(fields: Fields<'_>, at: u64) -> Option<u64> {
    let [tag] = fields.bytes::<1>(at)?;
    let len = match tag {
        1 => u64::from(fields.u16(at.checked_add(1)?)?).saturating_add(3),
        3 | 4 | 9..=12 | 17 | 18 => 5,
        5 | 6 => 9,
        7 | 8 | 16 | 19 | 20 => 3,
        15 => 4,
        _ => return None,
    };
    Some(len)
}

/// Tells of one field or method of a class.
fn reference(bytes: &[u8], constants: &[u64], at: u64, facts: &mut Facts) -> Option<()> {
    let fields = Fields::big(bytes);
    let constant = |index: u16| constants.get(usize::from(index)).copied().filter(|&at| at != 0);
    let class = constant(fields.u16(at.checked_add(1)?)?)?;
    let pair = constant(fields.u16(at.checked_add(3)?)?)?;
    let class = text(bytes, constant(fields.u16(class.checked_add(1)?)?)?)?;
    let symbol = text(bytes, constant(fields.u16(pair.checked_add(1)?)?)?)?;
    facts.push(named(&BINARY_IMPORT, bytes, symbol, 0).with("library", kept(class)).with("symbol", kept(symbol)));
    Some(())
}

/// The bytes of a text constant.
fn text(bytes: &[u8], at: u64) -> Option<&[u8]> {
    let fields = Fields::big(bytes);
    let [1] = fields.bytes::<1>(at)? else { return None };
    let start = usize::try_from(at).ok()?.checked_add(3)?;
    bytes.get(start..start.checked_add(usize::from(fields.u16(at.checked_add(1)?)?))?)
}
