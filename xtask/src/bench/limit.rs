//! The limit of the machine: the plain libraries taking the same inputs apart and hashing every content, and nothing else.
//!
//! No accounting, no limits, no observers, no isolation: what an audit costs above this is what it does. A hidden subcommand,
//! so that it is measured in the same build and the same run. Not handled: formats that none of the corpora hold.

use crate::arguments::Arguments;
use sha2::{Digest, Sha256};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Containers inside each other that are still taken apart, as in the product.
const DEPTH_MAX: usize = 32;

/// What was taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes, every content counted once for each of its places.
    pub bytes: u64,
    /// Contents.
    pub contents: u64,
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.contents += other.contents;
    }
}

/// `xtask bench-limit --threads N --list FILE`: prints seconds, bytes and contents.
pub fn run(given: Vec<String>) -> Result<(), String> {
    let arguments = Arguments::parse(given, &["threads", "list"])?;
    let threads: usize = arguments.needed("threads")?.parse().map_err(|_| "--threads takes a number")?;
    let list = std::fs::read_to_string(arguments.needed("list")?).map_err(|error| error.to_string())?;
    let paths: Vec<PathBuf> = list.lines().map(PathBuf::from).collect();
    let begin = Instant::now();
    let totals = all(&paths, threads.max(1));
    println!("{} {} {}", begin.elapsed().as_secs_f64(), totals.bytes, totals.contents);
    Ok(())
}

fn all(paths: &[PathBuf], threads: usize) -> Totals {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut totals = Totals::default();
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            totals += place(path);
        }
        totals
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let mut totals = Totals::default();
        lanes.into_iter().for_each(|lane| totals += lane.join().unwrap_or_default());
        totals
    })
}

/// A file, or every file below a folder; links are not followed.
fn place(path: &Path) -> Totals {
    let mut totals = Totals::default();
    let Ok(meta) = path.symlink_metadata() else { return totals };
    if meta.is_file() {
        if let Ok(bytes) = std::fs::read(path) {
            totals += content(&bytes, 0);
        }
    } else if meta.is_dir() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            totals += place(&entry.path());
        }
    }
    totals
}

/// Hashes a content and whatever lies in it.
fn content(bytes: &[u8], depth: usize) -> Totals {
    std::hint::black_box(Sha256::digest(bytes));
    let mut totals = Totals { bytes: bytes.len() as u64, contents: 1 };
    if depth < DEPTH_MAX {
        totals += members(bytes, depth + 1);
    }
    totals
}

fn members(bytes: &[u8], depth: usize) -> Totals {
    let inside = |reader: &mut dyn Read| {
        let mut inner = Vec::new();
        // What came before an error counts: corpora hold damaged files too.
        let _ = reader.read_to_end(&mut inner);
        content(&inner, depth)
    };
    match bytes {
        [0x1f, 0x8b, ..] => inside(&mut flate2::bufread::MultiGzDecoder::new(bytes)),
        [b'B', b'Z', b'h', ..] => inside(&mut bzip2::read::MultiBzDecoder::new(bytes)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => inside(&mut lzma_rust2::XzReader::new(bytes, true)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => match ruzstd::decoding::StreamingDecoder::new(bytes) {
            Ok(mut reader) => inside(&mut reader),
            Err(_) => Totals::default(),
        },
        [b'P', b'K', 3, 4, ..] => zip_members(bytes, depth),
        _ if bytes.starts_with(b"!<arch>\n") => ar_members(bytes, depth),
        _ if bytes.get(257..262) == Some(b"ustar") => tar_members(bytes, depth),
        _ => Totals::default(),
    }
}

fn zip_members(bytes: &[u8], depth: usize) -> Totals {
    let mut totals = Totals::default();
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return totals };
    for index in 0..archive.len() {
        let Ok(mut member) = archive.by_index(index) else { continue };
        if member.is_file() {
            let mut inner = Vec::new();
            let _ = member.read_to_end(&mut inner);
            totals += content(&inner, depth);
        }
    }
    totals
}

fn tar_members(bytes: &[u8], depth: usize) -> Totals {
    let mut totals = Totals::default();
    let mut archive = tar::Archive::new(bytes);
    for mut member in archive.entries().into_iter().flatten().flatten() {
        if member.header().entry_type().is_file() {
            let mut inner = Vec::new();
            let _ = member.read_to_end(&mut inner);
            totals += content(&inner, depth);
        }
    }
    totals
}

/// `ar`: a line of 60 bytes before each member, which begins at an even offset.
fn ar_members(bytes: &[u8], depth: usize) -> Totals {
    let mut totals = Totals::default();
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 60) {
        let size = std::str::from_utf8(&head[48..58]).ok().and_then(|size| size.trim().parse::<usize>().ok());
        let Some(member) = size.and_then(|size| bytes.get(at + 60..(at + 60).checked_add(size)?)) else { break };
        totals += content(member, depth);
        at += 60 + member.len() + member.len() % 2;
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, bytes).unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn containers_are_taken_apart_to_the_last_content() {
        let tar = tar("a.txt", b"hello");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&tar).unwrap();
        let gzip = gzip.finish().unwrap();
        let sum = |parts: &[usize]| Totals { bytes: parts.iter().sum::<usize>() as u64, contents: parts.len() as u64 };
        assert_eq!(content(&gzip, 0), sum(&[gzip.len(), tar.len(), 5]));

        let mut ar = b"!<arch>\n".to_vec();
        for bytes in [&b"odd"[..], &b"even"[..]] {
            ar.extend(format!("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", "m/", 0, 0, 0, 644, bytes.len()).bytes());
            ar.extend(bytes);
            ar.resize(ar.len().next_multiple_of(2), b'\n');
        }
        assert_eq!(content(&ar, 0), sum(&[ar.len(), 3, 4]));

        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("b.tgz", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&gzip).unwrap();
        let zip = zip.finish().unwrap().into_inner();
        assert_eq!(content(&zip, 0), sum(&[zip.len(), gzip.len(), tar.len(), 5]));
        assert_eq!(content(&gzip[..gzip.len() / 2], 0).contents, 2);
    }
}
