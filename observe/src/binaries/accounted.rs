//! How far the headers of a binary account for its file, read from the headers themselves.
//!
//! Sources: the System V gABI (ELF), "PE Format" by Microsoft, Apple's `mach-o/loader.h`, Linux' `scripts/sign-file.c`.

use super::{Fields, length};
use doorward_model::Span;

/// What headers account for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Accounted {
    /// Bytes of the first header.
    pub(super) header: u64,
    /// One past the last byte that a header names, signatures aside.
    pub(super) end: u64,
    /// The signature.
    pub(super) signature: Option<Span>,
    /// Whether it names the program that loads it.
    pub(super) has_interpreter: bool,
    /// Whether all that headers name is there.
    pub(super) is_sound: bool,
}

/// Most entries of a table that are looked at.
const ENTRIES_MAX: u64 = 100_000;

/// What the headers of a file of this format account for.
pub(super) fn of(bytes: &[u8], format: &str) -> Accounted {
    let found = match format {
        "elf" => elf(bytes),
        "pe" => pe(bytes),
        _ => mach_o(bytes),
    };
    match found {
        Some(mut found) => {
            found.is_sound = found.end.max(found.signature.map_or(0, |span| span.end)) <= length(bytes);
            found
        }
        None => Accounted { header: 64, ..Accounted::default() },
    }
}

/// The end of `count` entries of `size` bytes at `start`.
fn table_end(start: u64, count: u64, size: u64) -> u64 {
    if count == 0 { 0 } else { start.saturating_add(count.saturating_mul(size)) }
}

/// Numbers and width of an ELF file.
fn elf_fields(bytes: &[u8]) -> Option<(Fields<'_>, bool)> {
    let fields = if *bytes.get(5)? == 2 { Fields::big(bytes) } else { Fields::little(bytes) };
    Some((fields, *bytes.get(4)? == 2))
}

/// Segments, sections and their tables; a kernel module's signature.
fn elf(bytes: &[u8]) -> Option<Accounted> {
    let (fields, wide) = elf_fields(bytes)?;
    let at = |narrow: u64, broad: u64| if wide { broad } else { narrow };
    let header = at(52, 64);
    let (segments, sections) = (fields.word(at(28, 32), wide)?, fields.word(at(32, 40), wide)?);
    let half = |narrow, broad| fields.u16(at(narrow, broad)).map(u64::from);
    let (segment_size, segment_count) = (half(42, 54)?, half(44, 56)?);
    let (section_size, mut section_count) = (half(46, 58)?, half(48, 60)?);
    if section_count == 0 && sections != 0 {
        // More than 65,279 sections: the first one holds their number.
        section_count = fields.word(sections.saturating_add(at(20, 32)), wide).unwrap_or_default();
    }
    let mut end =
        header.max(table_end(segments, segment_count, segment_size)).max(table_end(sections, section_count, section_size));
    let mut has_interpreter = false;
    for index in 0..segment_count.min(ENTRIES_MAX) {
        let entry = segments.saturating_add(index.saturating_mul(segment_size));
        let Some(kind) = fields.u32(entry) else { break };
        has_interpreter |= kind == 3;
        let place = fields.word(entry.saturating_add(at(4, 8)), wide).zip(fields.word(entry.saturating_add(at(16, 32)), wide));
        if let Some((offset, len)) = place.filter(|(_, len)| *len > 0) {
            end = end.max(offset.saturating_add(len));
        }
    }
    for index in 0..section_count.min(ENTRIES_MAX) {
        let entry = sections.saturating_add(index.saturating_mul(section_size));
        let Some(kind) = fields.u32(entry.saturating_add(4)) else { break };
        let place = fields.word(entry.saturating_add(at(16, 24)), wide).zip(fields.word(entry.saturating_add(at(20, 32)), wide));
        // A section of kind NOBITS (8) or NULL (0) has no bytes in the file, whatever it says.
        if let Some((offset, len)) = place.filter(|_| kind != 8 && kind != 0) {
            end = end.max(offset.saturating_add(len));
        }
    }
    Some(Accounted { header, end, signature: module_signature(bytes), has_interpreter, is_sound: false })
}

/// The signature that Linux appends to a kernel module.
fn module_signature(bytes: &[u8]) -> Option<Span> {
    const MARK: &[u8] = b"~Module signature appended~\n";
    if !bytes.ends_with(MARK) {
        return None;
    }
    let marked = length(bytes).checked_sub(length(MARK))?;
    let len = Fields::big(bytes).u32(marked.checked_sub(4)?)?;
    let start = marked.checked_sub(12)?.checked_sub(u64::from(len))?;
    Some(Span::new(start, length(bytes)))
}

/// An ELF file that claims to have no sections.
pub(super) fn without_sections(bytes: &[u8]) -> Option<Vec<u8>> {
    let (_, wide) = elf_fields(bytes)?;
    let mut copy = bytes.to_vec();
    let (offset, counts) = if wide { (40..48, 60..64) } else { (32..36, 48..52) };
    copy.get_mut(offset)?.fill(0);
    copy.get_mut(counts)?.fill(0);
    Some(copy)
}

/// Headers, sections, symbols, and the certificate table.
fn pe(bytes: &[u8]) -> Option<Accounted> {
    let fields = Fields::little(bytes);
    let coff = u64::from(fields.u32(0x3c)?).saturating_add(4);
    let count = u64::from(fields.u16(coff.saturating_add(2))?);
    let (symbols, symbol_count) =
        (u64::from(fields.u32(coff.saturating_add(8))?), u64::from(fields.u32(coff.saturating_add(12))?));
    let optional = coff.saturating_add(20);
    let optional_size = u64::from(fields.u16(coff.saturating_add(16))?);
    let sections = optional.saturating_add(optional_size);
    let mut end = table_end(sections, count, 40).max(u64::from(fields.u32(optional.saturating_add(60)).unwrap_or_default()));
    for index in 0..count {
        let entry = sections.saturating_add(index.saturating_mul(40));
        let Some((len, offset)) = fields.u32(entry.saturating_add(16)).zip(fields.u32(entry.saturating_add(20))) else { break };
        if len > 0 && offset > 0 {
            end = end.max(u64::from(offset).saturating_add(u64::from(len)));
        }
    }
    if symbols > 0 {
        let strings = table_end(symbols, symbol_count, 18).max(symbols);
        end = end.max(strings.saturating_add(u64::from(fields.u32(strings).unwrap_or_default())));
    }
    let wide = fields.u16(optional)? == 0x20b;
    let directories: u64 = if wide { 112 } else { 96 };
    let certificates = optional.saturating_add(directories).saturating_add(4 * 8);
    let has = fields.u32(optional.saturating_add(directories).saturating_sub(4))? > 4
        && optional_size > directories.saturating_add(4 * 8);
    let place = fields.u32(certificates).zip(fields.u32(certificates.saturating_add(4)));
    let signature = place.filter(|(start, len)| has && *start > 0 && *len > 0);
    let signature = signature.map(|(start, len)| Span::new(start.into(), u64::from(start).saturating_add(len.into())));
    Some(Accounted { header: sections, end, signature, has_interpreter: false, is_sound: false })
}

/// Load commands, segments, symbols and the code signature.
fn mach_o(bytes: &[u8]) -> Option<Accounted> {
    let wide = bytes.first() == Some(&0xcf) || bytes.get(3) == Some(&0xcf);
    let fields = if bytes.first() == Some(&0xfe) { Fields::big(bytes) } else { Fields::little(bytes) };
    let header = if wide { 32 } else { 28 };
    let (count, size) = (u64::from(fields.u32(16)?), u64::from(fields.u32(20)?));
    let mut end = u64::saturating_add(header, size);
    let mut signature = None;
    let mut at = header;
    for _ in 0..count.min(ENTRIES_MAX) {
        let Some((command, len)) = fields.u32(at).zip(fields.u32(at.saturating_add(4))) else { break };
        let number = |behind: u64| fields.u32(at.saturating_add(behind)).map_or(0, u64::from);
        match command {
            0x19 => {
                let place = fields.u64(at.saturating_add(40)).zip(fields.u64(at.saturating_add(48)));
                end = end.max(place.map_or(0, |(offset, len)| offset.saturating_add(len)));
            }
            0x1 => end = end.max(number(32).saturating_add(number(36))),
            0x2 => {
                let symbols = table_end(number(8), number(12), if wide { 16 } else { 12 });
                end = end.max(symbols).max(number(16).saturating_add(number(20)));
            }
            0x1d => {
                let span = Span::new(number(8), number(8).saturating_add(number(12)));
                (signature, end) = (Some(span), end.max(span.end));
            }
            _ => {}
        }
        if len < 8 {
            break;
        }
        at = at.saturating_add(u64::from(len));
    }
    Some(Accounted { header, end, signature, has_interpreter: false, is_sound: false })
}
