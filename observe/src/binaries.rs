//! Executables, libraries and object files: headers, imports, exports, sections, overlays.
//!
//! ELF, PE and Mach-O are read with the `object` crate; how far their headers account for the file is worked out here, since a
//! payload behind that is loaded by nothing and seen by nobody. WebAssembly modules, Java classes and compiled Python get
//! their headers and the names they ask for. Recognised by magic, whatever the reading.
//!
//! Not handled: resources, debug information, relocations, .NET metadata, instructions. Exports of object files are not told:
//! a linker sees them, no loader does. Printable strings are not told: patterns are searched in the raw bytes.

mod accounted;
mod entropy;
mod fields;
mod java;
mod pyc;
mod symbols;
mod wasm;

use crate::Facts;
use accounted::Accounted;
use doorward_model::{
    Fact, FactKind, Problem, ProblemKind, Reading, Span,
    text::visible,
    vocabulary::{BINARY, BINARY_OVERLAY, BINARY_SECTION},
};
use fields::Fields;
use object::{Architecture, File, Object, ObjectKind, ObjectSection, ObjectSegment, SectionFlags};
use std::ops::Range;

/// Name of this observer in facts.
const BY: &str = "binaries";

/// Most sections that are told of one binary.
const SECTIONS_MAX: usize = 200;

/// Longest name that is kept.
const NAME_BYTES_MAX: usize = 512;

/// Most binaries in one universal binary.
const SLICES_MAX: u32 = 32;

/// Largest ELF file that is read again without its section headers where those lie.
const RETRY_BYTES_MAX: usize = 64 << 20;

/// Reads a binary's structure, where the content is one.
pub fn observe(bytes: &[u8], _reading: &Reading, facts: &mut Facts) {
    let read = match bytes {
        [0x7f, b'E', b'L', b'F', ..] => native(bytes, 0, "elf", facts),
        [b'M', b'Z', ..] if is_pe(bytes) => native(bytes, 0, "pe", facts),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => native(bytes, 0, "mach-o", facts),
        [0xca, 0xfe, 0xba, 0xbe | 0xbf, ..] if is_universal(bytes) => universal(bytes, facts),
        [0xca, 0xfe, 0xba, 0xbe, ..] => java::read(bytes, facts),
        [0, b'a', b's', b'm', ..] => wasm::read(bytes, facts),
        [_, _, b'\r', b'\n', ..] => pyc::read(bytes, facts),
        _ => false,
    };
    if read {
        facts.parsed();
    }
}

/// Whether a DOS program carries the signature of a PE image.
fn is_pe(bytes: &[u8]) -> bool {
    let at = Fields::little(bytes).u32(0x3c).and_then(|at| usize::try_from(at).ok());
    at.and_then(|at| bytes.get(at..)).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}

/// Whether the magic that universal binaries share with Java classes is theirs: few slices, where a class has its version.
fn is_universal(bytes: &[u8]) -> bool {
    Fields::big(bytes).u32(4).is_some_and(|count| (1..=SLICES_MAX).contains(&count))
}

/// The binaries of a universal Mach-O file, and what lies behind the last.
fn universal(bytes: &[u8], facts: &mut Facts) -> bool {
    let fields = Fields::big(bytes);
    let wide = bytes.get(3) == Some(&0xbf);
    let count = fields.u32(4).unwrap_or_default();
    let mut end = 8_u64;
    for index in 0..count {
        let size = if wide { 32 } else { 20 };
        let at = u64::from(index).saturating_mul(size).saturating_add(8);
        let place = if wide {
            fields.u64(at.saturating_add(8)).zip(fields.u64(at.saturating_add(16)))
        } else {
            fields.u32(at.saturating_add(8)).map(u64::from).zip(fields.u32(at.saturating_add(12)).map(u64::from))
        };
        let Some((offset, len)) = place else {
            malformed(facts, at..at.saturating_add(size), "a universal binary ends in its table");
            return true;
        };
        let slice = Span::new(offset, offset.saturating_add(len));
        end = end.max(slice.end);
        if slice.end > length(bytes) || slice.is_empty() {
            malformed(facts, at..at.saturating_add(size), "a universal binary names bytes that are not there");
            continue;
        }
        native(slice.bytes(bytes), offset, "mach-o", facts);
    }
    overlay(bytes, 0, &Accounted { end, ..Accounted::default() }, facts);
    true
}

/// One ELF, PE or Mach-O file, which starts at `base` of the content.
fn native(bytes: &[u8], base: u64, format: &str, facts: &mut Facts) -> bool {
    let accounted = accounted::of(bytes, format);
    let again;
    let (data, parsed) = match File::parse(bytes) {
        Ok(file) => (bytes, Some(file)),
        Err(error) => {
            let end = base.saturating_add(64.min(length(bytes)));
            malformed(facts, base..end, &format!("{format}: {error}"));
            // A loader of ELF never looks at section headers: wrong ones hide a program from tools alone.
            match accounted::without_sections(bytes).filter(|_| format == "elf" && bytes.len() <= RETRY_BYTES_MAX) {
                Some(copy) => {
                    again = copy;
                    (again.as_slice(), File::parse(again.as_slice()).ok())
                }
                None => (bytes, None),
            }
        }
    };
    let header = Span::new(base, base.saturating_add(accounted.header.min(length(bytes))));
    let Some(file) = parsed else {
        let fact = Fact::new(&BINARY, header, BY).with("format", format).with("arch", "").with("kind", "").with("bits", 0_i64);
        facts.push(fact.with("signed", accounted.signature.is_some()).with("stripped", true));
        return true;
    };
    let kind = kind_of(&file, accounted.has_interpreter);
    facts.push(
        Fact::new(&BINARY, header, BY)
            .with("format", format)
            .with("arch", architecture(file.architecture()))
            .with("kind", kind)
            .with("bits", if file.is_64() { 64_i64 } else { 32 })
            .with("signed", accounted.signature.is_some())
            .with("stripped", file.symbols().next().is_none()),
    );
    sections(&file, bytes, base, facts);
    symbols::imports(&file, data, base, facts);
    if kind != "object" {
        symbols::exports(&file, data, base, facts);
    }
    if accounted.is_sound {
        overlay(bytes, base, &accounted, facts);
    } else {
        malformed(facts, header.start..header.end, "headers name bytes that are not there");
    }
    true
}

/// What a file is for.
fn kind_of(file: &File<'_>, has_interpreter: bool) -> &'static str {
    match file.kind() {
        // A position-independent program of ELF calls itself a shared object, but names its interpreter.
        ObjectKind::Dynamic if has_interpreter => "executable",
        ObjectKind::Dynamic => "library",
        ObjectKind::Executable => "executable",
        ObjectKind::Relocatable => "object",
        ObjectKind::Core => "core",
        _ => "unknown",
    }
}

/// The names of architectures, as packages write them.
fn architecture(architecture: Architecture) -> String {
    match architecture {
        Architecture::X86_64 | Architecture::X86_64_X32 => "x86-64".into(),
        Architecture::I386 => "x86".into(),
        Architecture::Aarch64 | Architecture::Aarch64_Ilp32 => "arm64".into(),
        other => format!("{other:?}").to_ascii_lowercase(),
    }
}

/// Sections with their entropy; of a file without sections its segments.
fn sections(file: &File<'_>, bytes: &[u8], base: u64, facts: &mut Facts) {
    let mut told = 0_usize;
    for section in file.sections().take(SECTIONS_MAX) {
        let Some((offset, len)) = section.file_range().filter(|(_, len)| *len > 0) else { continue };
        let (writable, executable) = match section.flags() {
            SectionFlags::Elf { sh_flags, .. } => {
                (sh_flags.contains(object::elf::SHF_WRITE), sh_flags.contains(object::elf::SHF_EXECINSTR))
            }
            SectionFlags::Coff { characteristics } => (
                characteristics.contains(object::pe::IMAGE_SCN_MEM_WRITE),
                characteristics.contains(object::pe::IMAGE_SCN_MEM_EXECUTE),
            ),
            _ => (section.kind() == object::SectionKind::Data, section.kind() == object::SectionKind::Text),
        };
        let name = section.name_bytes().unwrap_or_default();
        push_section(name, Span::new(offset, offset.saturating_add(len)), (writable, executable), bytes, base, facts);
        told = told.saturating_add(1);
    }
    if told > 0 {
        return;
    }
    for segment in file.segments().take(SECTIONS_MAX) {
        let (offset, len) = segment.file_range();
        let rights = (segment.permissions().writable(), segment.permissions().executable());
        let name = segment.name_bytes().ok().flatten().unwrap_or_default();
        push_section(name, Span::new(offset, offset.saturating_add(len)), rights, bytes, base, facts);
    }
}

/// Tells of one section.
fn push_section(name: &[u8], span: Span, rights: (bool, bool), bytes: &[u8], base: u64, facts: &mut Facts) {
    let content = span.bytes(bytes);
    let (start, end) = (span.start.min(length(bytes)), span.end.min(length(bytes)));
    let there = Span::new(base.saturating_add(start), base.saturating_add(end));
    facts.push(
        Fact::new(&BINARY_SECTION, there, BY)
            .with("name", name.get(..NAME_BYTES_MAX).unwrap_or(name))
            .with("bytes", content.len())
            .with("entropy", i64::from(entropy::of(content)))
            .with("writable", rights.0)
            .with("executable", rights.1),
    );
}

/// Bytes that neither the headers nor a signature account for, zeros aside.
fn overlay(bytes: &[u8], base: u64, accounted: &Accounted, facts: &mut Facts) {
    let len = length(bytes);
    let mut gaps = vec![];
    match accounted.signature {
        Some(signature) if signature.start >= accounted.end => {
            gaps.push(Span::new(accounted.end, signature.start));
            gaps.push(Span::new(signature.end, len));
        }
        _ => gaps.push(Span::new(accounted.end.min(len), len)),
    }
    for gap in gaps {
        let gap = Span::new(gap.start.min(len), gap.end.min(len));
        let content = gap.bytes(bytes);
        if content.iter().all(|&b| b == 0) {
            continue;
        }
        let there = Span::new(base.saturating_add(gap.start), base.saturating_add(gap.end));
        let fact = Fact::new(&BINARY_OVERLAY, there, BY).with("bytes", content.len());
        facts.push(fact.with("entropy", i64::from(entropy::of(content))).with("format", known_start(content)));
    }
}

/// What bytes behind a binary are, by their first ones; empty where that is not plain. The carved child says more.
fn known_start(bytes: &[u8]) -> &'static str {
    const STARTS: [(&[u8], &str); 11] = [
        (b"PK\x03\x04", "zip"),
        (b"PK\x05\x06", "zip"),
        (b"\x7fELF", "elf"),
        (b"MZ", "pe"),
        (b"\x1f\x8b", "gzip"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"hsqs", "squashfs"),
        (b"Rar!\x1a\x07", "rar"),
    ];
    STARTS.iter().find(|(start, _)| bytes.starts_with(start)).map_or("", |(_, name)| name)
}

/// A length as an offset.
fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Where a part of `whole` stands in it; nothing where it is no part of it.
fn place(whole: &[u8], part: &[u8], base: u64) -> Option<Span> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    let inside: Range<usize> = start..end;
    (end <= whole.len()).then(|| {
        let span = Span::of(inside);
        Span::new(base.saturating_add(span.start), base.saturating_add(span.end))
    })
}

/// A fact about a name in a binary; the name's own bytes are its span where they stand in the file as they are.
fn named(kind: &'static FactKind, whole: &[u8], name: &[u8], base: u64) -> Fact {
    let span = place(whole, name, base).unwrap_or_else(|| Span::new(base, base));
    Fact::new(kind, span, BY)
}

/// A name cut to what is kept of one.
fn kept(name: &[u8]) -> &[u8] {
    name.get(..NAME_BYTES_MAX).unwrap_or(name)
}

/// Tells of a broken header.
fn malformed(facts: &mut Facts, span: Range<u64>, what: &str) {
    let what: String = visible(what.as_bytes()).chars().take(160).collect();
    facts.problem(Problem::at(Span::new(span.start, span.end), ProblemKind::Malformed, what));
}

#[cfg(test)]
mod tests;
