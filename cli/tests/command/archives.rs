//! Archives that tests make from text, and all that may be altered in one.

use std::io::Write;

/// A member of an archive: name, mode, bytes; a link where the bytes begin with `->`.
pub type Member<'a> = (String, u32, &'a [u8]);

/// A tar archive as `tar --format=ustar --owner=0 --mtime=@0` writes it.
pub fn tar(members: &[Member<'_>]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, mode, bytes) in members {
        let target = bytes.strip_prefix(b"->");
        let mut head = [0_u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        let size = if target.is_some() { 0 } else { bytes.len() };
        let fields = [(100, format!("{mode:07o}")), (108, "0000000".into()), (116, "0000000".into())];
        let fields =
            fields.into_iter().chain([(124, format!("{size:011o}")), (136, "00000000000".into()), (257, "ustar".into())]);
        for (at, text) in fields {
            head[at..at + text.len()].copy_from_slice(text.as_bytes());
        }
        head[263..265].copy_from_slice(b"00");
        head[156] = if target.is_some() { b'2' } else { b'0' };
        if let Some(target) = target {
            head[157..157 + target.len()].copy_from_slice(target);
        }
        head[148..156].fill(b' ');
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        tar.extend_from_slice(&head);
        tar.extend_from_slice(&bytes[..size]);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zip(members: &[Member<'_>]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, _, bytes) in members {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The archive that mutations are made of.
pub fn base() -> Vec<Member<'static>> {
    vec![
        ("tool-1.0/src/main.c".into(), 0o644, b"int main(void)\n{\n    return 0;\n}\n"),
        ("tool-1.0/src/lexer.gen.c".into(), 0o644, b"/* generated */\nstatic const int t[] = {1, 2, 3};\n"),
        ("tool-1.0/configure".into(), 0o755, b"#!/bin/sh\necho configured\n"),
        ("tool-1.0/tests/good.bin".into(), 0o644, b"\x01\x02\x03\x04 some test data \xff\xfe"),
        ("tool-1.0/latest".into(), 0o777, b"->src/main.c"),
    ]
}

/// What was changed, the archive then, and what a comparison with [`base`] calls it.
pub fn mutations() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let changed = |at: usize, with: fn(&mut Member<'static>)| {
        let mut members = base();
        with(&mut members[at]);
        gzip(&tar(&members))
    };
    let mut inserted = base();
    inserted.insert(2, ("tool-1.0/src/extra.c".into(), 0o644, b"int extra;\n"));
    let mut outside = base();
    outside.push(("etc/cron.d/tool".into(), 0o644, b"* * * * * root true\n"));
    let mut removed = base();
    removed.remove(3);
    let plain = tar(&base());
    let at = |from: usize, byte: u8| {
        let mut tar = plain.clone();
        tar[from] = byte;
        gzip(&tar)
    };
    let padding = plain.len() - 1;
    vec![
        ("a file is inserted", gzip(&tar(&inserted)), "added"),
        ("a file beside the folder", gzip(&tar(&outside)), "added"),
        ("a file is removed", gzip(&tar(&removed)), "removed"),
        ("a file is renamed", changed(0, |member| member.0 = "tool-1.0/src/begin.c".into()), "moved"),
        ("a line of source", changed(0, |member| member.2 = b"int main(void)\n{\n    return 1;\n}\n"), "changed"),
        (
            "a byte of a generated file",
            changed(1, |member| member.2 = b"/* generated */\nstatic const int t[] = {1, 2, 4};\n"),
            "changed",
        ),
        ("a byte of test data", changed(3, |member| member.2 = b"\x01\x02\x03\x05 some test data \xff\xfe"), "changed"),
        ("a mode", changed(0, |member| member.1 = 0o755), "relabelled"),
        ("a mode that runs as its owner", changed(2, |member| member.1 = 0o4755), "relabelled"),
        ("a link", changed(4, |member| member.2 = b"->../../etc/passwd"), "relabelled"),
        ("a file that becomes a link", changed(0, |member| member.2 = b"->configure"), "changed"),
        ("a byte in the padding of a member", at(1000, b'!'), "added"),
        ("a byte behind the end of the archive", at(padding, b'!'), "added"),
        ("bytes behind the compression", [gzip(&plain), b"trailing bytes".to_vec()].concat(), "added"),
        (
            "another comment in the compression",
            {
                let mut gz = gzip(&plain);
                gz[4] = 7;
                gz
            },
            "changed",
        ),
    ]
}
