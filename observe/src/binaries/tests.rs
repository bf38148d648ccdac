//! Binaries made here byte by byte, broken ones, and one of the system where there is one.

use super::*;
use doorward_model::{Limits, Value};

/// The facts of a content as `kind arguments`, and its problems.
fn seen(bytes: &[u8]) -> (Vec<String>, Vec<Problem>) {
    let mut facts = Facts::new(&Limits::default());
    observe(bytes, &Reading { format: "".into() }, &mut facts);
    assert!(facts.facts.iter().all(|fact| fact.span.end <= length(bytes)), "a span leaves the content");
    let shown = |fact: &Fact| {
        let args = fact.args.iter().map(|(_, value)| match value {
            Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Value::Number(number) => number.to_string(),
            other => format!("{other:?}"),
        });
        format!("{} {}", fact.kind.name, args.collect::<Vec<_>>().join("|"))
    };
    (facts.facts.iter().map(shown).collect(), facts.problems)
}

/// A 64-bit ELF program with one segment of itself and no sections.
fn small_elf() -> Vec<u8> {
    let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
    elf.resize(16, 0);
    elf.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    elf.extend(0x40_0078_u64.to_le_bytes());
    elf.extend(64_u64.to_le_bytes());
    elf.extend(0_u64.to_le_bytes());
    elf.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 64, 0, 0, 0, 0, 0]);
    elf.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    for field in [0_u64, 0x40_0000, 0x40_0000, 132, 132, 4096] {
        elf.extend(field.to_le_bytes());
    }
    elf.extend([0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05, 0x90, 0x90, 0x90]);
    elf
}

/// A 32-bit PE image with one section and, if asked for, a certificate table behind `overlay`.
fn small_pe(overlay: &[u8], signed: bool) -> Vec<u8> {
    let mut pe = b"MZ".to_vec();
    pe.resize(0x3c, 0);
    pe.extend(0x40_u32.to_le_bytes());
    pe.extend(b"PE\0\0");
    pe.extend([0x4c, 1, 1, 0]);
    pe.extend([0; 12]);
    pe.extend([224, 0, 2, 1]);
    let mut optional = vec![0_u8; 224];
    optional[..2].copy_from_slice(&[0x0b, 1]);
    optional[28..32].copy_from_slice(&0x40_0000_u32.to_le_bytes());
    optional[32..36].copy_from_slice(&0x1000_u32.to_le_bytes());
    optional[36..40].copy_from_slice(&0x200_u32.to_le_bytes());
    optional[56..60].copy_from_slice(&0x2000_u32.to_le_bytes());
    optional[60..64].copy_from_slice(&0x200_u32.to_le_bytes());
    optional[92..96].copy_from_slice(&16_u32.to_le_bytes());
    if signed {
        let at = u32::try_from(0x400 + overlay.len()).unwrap();
        optional[128..132].copy_from_slice(&at.to_le_bytes());
        optional[132..136].copy_from_slice(&16_u32.to_le_bytes());
    }
    pe.extend(optional);
    pe.extend(b".text\0\0\0");
    for field in [0x200_u32, 0x1000, 0x200, 0x200, 0, 0, 0, 0x6000_0020] {
        pe.extend(field.to_le_bytes());
    }
    pe.resize(0x200, 0);
    pe.resize(0x400, 0xcc);
    pe.extend(overlay);
    if signed {
        pe.extend([7; 16]);
    }
    pe
}

/// A 64-bit Mach-O program with one segment.
fn small_mach_o() -> Vec<u8> {
    let mut mach = vec![];
    for field in [0xfeed_facf_u32, 0x0100_000c, 0, 2, 1, 72, 0, 0, 0x19, 72] {
        mach.extend(field.to_le_bytes());
    }
    mach.extend(b"__TEXT\0\0\0\0\0\0\0\0\0\0");
    for field in [0_u64, 4096, 0, 112] {
        mach.extend(field.to_le_bytes());
    }
    for field in [5_u32, 5, 0, 0] {
        mach.extend(field.to_le_bytes());
    }
    mach.resize(112, 1);
    mach
}

#[test]
fn elf_with_and_without_overlay() {
    let elf = small_elf();
    let (facts, problems) = seen(&elf);
    assert_eq!(facts[0], "binary elf|x86-64|executable|64|0|1");
    assert!(facts[1].starts_with("binary.section |132|"), "{facts:?}");
    assert!(facts[1].ends_with("|0|1"), "{facts:?}");
    assert_eq!((facts.len(), problems), (2, vec![]));

    let (facts, _) = seen(&[&elf[..], b"PK\x03\x04hidden"].concat());
    assert!(facts[2].starts_with("binary.overlay 10|") && facts[2].ends_with("|zip"), "{facts:?}");
    assert_eq!(seen(&[&elf[..], &[0; 99]].concat()).0.len(), 2, "zeros are padding");
}

#[test]
fn wrong_section_headers_hide_no_program() {
    let mut elf = small_elf();
    elf[40..48].copy_from_slice(&0xffff_0000_u64.to_le_bytes());
    elf[60] = 9;
    let (facts, problems) = seen(&elf);
    assert_eq!(facts[0], "binary elf|x86-64|executable|64|0|1");
    assert!(!problems.is_empty() && problems.iter().all(|problem| problem.kind == ProblemKind::Malformed));
}

#[test]
fn pe_signature_and_overlay() {
    let (facts, problems) = seen(&small_pe(b"", false));
    assert_eq!(facts[0], "binary pe|x86|executable|32|0|1");
    assert_eq!(facts[1..], ["binary.section .text|512|0|0|1".to_owned()]);
    assert_eq!(problems, []);
    let (facts, _) = seen(&small_pe(b"", true));
    assert_eq!((facts[0].as_str(), facts.len()), ("binary pe|x86|executable|32|1|1", 2));
    let (facts, _) = seen(&small_pe(b"behind!!", true));
    assert!(facts[2].starts_with("binary.overlay 8|"), "{facts:?}");
    let (facts, _) = seen(&[small_pe(b"", true), b"after the signature".to_vec()].concat());
    assert!(facts[2].starts_with("binary.overlay 19|"), "{facts:?}");
}

#[test]
fn mach_o_alone_and_in_a_universal_binary() {
    let mach = small_mach_o();
    let (facts, problems) = seen(&mach);
    assert_eq!(facts[0], "binary mach-o|arm64|executable|64|0|1");
    assert_eq!(problems, []);
    let mut fat = vec![];
    for field in [0xcafe_babe_u32, 1, 0x0100_000c, 0, 64, 112, 0] {
        fat.extend(field.to_be_bytes());
    }
    fat.resize(64, 0);
    fat.extend(&mach);
    fat.extend(b"tail");
    let (facts, problems) = seen(&fat);
    assert_eq!(facts[0], "binary mach-o|arm64|executable|64|0|1");
    assert!(facts.last().unwrap().starts_with("binary.overlay 4|"), "{facts:?}");
    assert_eq!(problems, []);
}

#[test]
fn wasm_java_and_pyc() {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    wasm.extend([1, 4, 1, 0x60, 0, 0]);
    wasm.extend([2, 9, 1, 3, b'e', b'n', b'v', 1, b'f', 0, 0]);
    wasm.extend([7, 5, 1, 1, b'g', 0, 0]);
    assert_eq!(seen(&wasm).0, ["binary wasm|wasm|library|32|0|1", "binary.import env|f", "binary.export g"]);
    assert_eq!(seen(&wasm[..20]).1.len(), 1);

    let mut class = b"\xca\xfe\xba\xbe\0\0\0\x34\0\x07".to_vec();
    class.extend([10, 0, 2, 0, 4]);
    class.extend([7, 0, 3]);
    class.extend(b"\x01\0\x11java/lang/Runtime");
    class.extend([12, 0, 5, 0, 6]);
    class.extend(b"\x01\0\x04exec");
    class.extend(b"\x01\0\x01V");
    assert_eq!(seen(&class).0, ["binary java-class|jvm|library|32|0|0", "binary.import java/lang/Runtime|exec"]);
    assert_eq!(seen(&class[..20]).1.len(), 1);

    let mut pyc = 3531_u16.to_le_bytes().to_vec();
    pyc.extend(b"\r\n\0\0\0\0\0\0\0\0\0\0\0\0\xe3");
    assert_eq!(seen(&pyc).0, ["binary pyc|python 3.12|bytecode|0|0|0"]);
    assert_eq!(seen(b"ab\r\ntext"), (vec![], vec![]));
}

#[test]
fn a_program_of_the_system_imports_what_it_should() {
    let Ok(bytes) = std::fs::read("/bin/true") else { return };
    let (facts, problems) = seen(&bytes);
    assert!(facts[0].starts_with("binary elf|"), "{}", facts[0]);
    assert!(
        facts.iter().any(|fact| fact.starts_with("binary.import libc.so") && fact.contains("|__libc_start_main")),
        "{facts:?}"
    );
    assert!(facts.iter().any(|fact| fact.starts_with("binary.section .text|")));
    assert!(!facts.iter().any(|fact| fact.starts_with("binary.overlay")));
    assert_eq!(problems, []);
}

#[test]
fn truncated_and_flipped_binaries_end() {
    let system = std::fs::read("/bin/true").unwrap_or_default();
    let wholes = [
        small_elf(),
        small_pe(b"x", true),
        small_mach_o(),
        b"\xca\xfe\xba\xbe\0\0\0\x34\0\x03\x07\0\x02\x01\0\x01x".to_vec(),
        system,
    ];
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    };
    for whole in wholes.iter().filter(|whole| !whole.is_empty()) {
        for cut in (0..whole.len()).step_by(whole.len() / 300 + 1) {
            seen(&whole[..cut]);
        }
        for _ in 0..300 {
            let mut bytes = whole.clone();
            for _ in 0..8 {
                // Headers are where it hurts.
                let at = if next() % 2 == 0 { next() % bytes.len().min(1024) } else { next() % bytes.len() };
                bytes[at] ^= 1 << (next() & 7);
            }
            seen(&bytes);
        }
    }
}
