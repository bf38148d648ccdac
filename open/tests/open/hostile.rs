//! The hostile list, as far as it concerns archives: bombs, names, numbers of members, passwords.

use doorward_model::{Examined, Hint, Kind, Limits, Problem, ProblemKind, Step};
use doorward_open::{Children, Collect, Place, Stop, examine, hint, open_all};
use flate2::{Compression, write::GzEncoder};
use std::io::{Cursor, Read, Write};
use std::time::{Duration, Instant};
use zip::unstable::write::FileOptionsExt;
use zip::write::SimpleFileOptions;
use zip::{AesMode, ZipWriter};

fn zip_of(members: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn open(bytes: &[u8], limits: &Limits) -> Vec<Place> {
    open_all(bytes, &Hint::default(), &[], limits)
}

fn total(places: &[Place]) -> u64 {
    places.iter().skip(1).filter_map(|place| place.child.content.as_ref()).map(|content| content.len() as u64).sum()
}

fn has(places: &[Place], kind: ProblemKind) -> bool {
    places.iter().any(|place| place.problems.iter().chain(&place.child.problem).any(|problem| problem.kind == kind))
}

#[test]
fn a_nested_bomb_ends_at_the_limit() {
    let options = SimpleFileOptions::default();
    let mut bomb = zip_of(&[("zeros", &vec![0; 4 << 20])], options);
    for _ in 0..6 {
        let names: Vec<_> = (0..10).map(|index| format!("{index}.zip")).collect();
        let members: Vec<_> = names.iter().map(|name| (name.as_str(), bomb.as_slice())).collect();
        bomb = zip_of(&members, options);
    }
    let limits = Limits { bytes_open_max: 32 << 20, ..Limits::default() };
    let places = open(&bomb, &limits);
    assert!(total(&places) <= 32 << 20 && has(&places, ProblemKind::Limit));
}

#[test]
fn a_member_of_a_high_ratio_is_cut_by_the_ratio() {
    let bomb = zip_of(&[("zeros", &vec![0; 100 << 20])], SimpleFileOptions::default());
    assert!(bomb.len() < 110 << 10, "{}", bomb.len());
    let places = open(&bomb, &Limits { ratio_max: 10, ..Limits::default() });
    assert_eq!(total(&places), 64 << 20);
    assert!(has(&places, ProblemKind::Limit));
    assert_eq!(total(&open(&bomb, &Limits { ratio_max: 2_000, ..Limits::default() })), 100 << 20);
}

#[test]
fn a_bomb_of_overlapping_members_is_said_and_ends() {
    // One deflated kernel, many records that point at it.
    let kernel = zip_of(&[("a", &vec![0; 1 << 20])], SimpleFileOptions::default());
    let directory_at = kernel.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let end_at = kernel.windows(4).position(|window| window == b"PK\x05\x06").unwrap();
    let (local, record) = (&kernel[..directory_at], &kernel[directory_at..end_at]);
    let mut bomb = local.to_vec();
    for index in 0..5_000_u16 {
        let mut record = record.to_vec();
        let name = 46;
        record[name] = b'a' + u8::try_from(index % 26).unwrap();
        bomb.extend(record);
    }
    let length = u32::try_from(bomb.len() - local.len()).unwrap();
    bomb.extend(b"PK\x05\x06\0\0\0\0");
    bomb.extend(5_000_u16.to_le_bytes());
    bomb.extend(5_000_u16.to_le_bytes());
    bomb.extend(length.to_le_bytes());
    bomb.extend(u32::try_from(local.len()).unwrap().to_le_bytes());
    bomb.extend([0, 0]);
    let mut count = Count::default();
    assert_eq!(examine(&bomb, &Hint::default(), &Limits::default(), &mut count).unwrap().examined, Examined::Opened);
    assert_eq!((count.children, count.bytes), (5_000, 5_000 << 20));
    assert!(count.problems.iter().any(|problem| problem.kind == ProblemKind::Malformed && problem.detail.contains("overlap")));
    let places = open(&bomb, &Limits { bytes_open_max: 20 << 20, ..Limits::default() });
    assert!(total(&places) <= 20 << 20 && has(&places, ProblemKind::Limit));
}

#[test]
fn a_million_empty_members_are_read_in_seconds() {
    let mut archive = Vec::with_capacity((1_000_000 + 2) * 512);
    let mut header = tar::Header::new_ustar();
    for index in 0..1_000_000 {
        header.set_path(format!("folder/{index}")).unwrap();
        header.set_size(0);
        header.set_cksum();
        archive.extend_from_slice(header.as_bytes());
    }
    archive.extend([0; 1024]);
    let began = Instant::now();
    let mut count = Count::default();
    let opened = examine(&archive, &Hint::default(), &Limits::default(), &mut count).unwrap();
    assert_eq!((opened.examined, count.children, count.problems.len()), (Examined::Opened, 1_000_000, 0));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let places = open(&archive, &Limits { nodes_max: 1_000, ..Limits::default() });
    assert_eq!(places.len(), 1_001);
    assert!(has(&places, ProblemKind::Limit));
}

#[test]
fn a_hundred_thousand_zip_members_are_read_in_seconds() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..100_000 {
        writer.start_file(format!("{index}"), SimpleFileOptions::default()).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    let began = Instant::now();
    let mut count = Count::default();
    examine(&archive, &Hint::default(), &Limits::default(), &mut count).unwrap();
    assert_eq!((count.children, count.problems), (100_000, Vec::new()));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn a_million_duplicates_are_told_once_and_counted() {
    let mut header = tar::Header::new_ustar();
    header.set_path("../same").unwrap_err();
    header.as_mut_bytes()[..7].copy_from_slice(b"../same");
    header.set_size(0);
    header.set_cksum();
    let archive = header.as_bytes().repeat(100_000);
    let mut count = Count::default();
    examine(&archive, &Hint::default(), &Limits::default(), &mut count).unwrap();
    assert_eq!(count.children, 100_000);
    assert_eq!(count.problems.len(), 101);
    assert_eq!(&*count.problems.last().unwrap().detail, "199899 more of this kind");
}

#[test]
fn long_and_odd_names_are_kept_as_they_are() {
    let long = vec![b'n'; 64 << 10];
    let names: [&[u8]; 6] = [&long, b"nul\0name", b"line\nfeed", "rtl\u{202e}txt.exe".as_bytes(), b"\xff\xfe\xfd", b"../../up"];
    let mut archive = Vec::new();
    for name in names {
        // A GNU long name keeps every byte up to its NUL, so the NUL is tested in a zip below.
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().typeflag = [b'L'];
        header.set_size(name.len() as u64);
        header.set_cksum();
        archive.extend(header.as_bytes());
        archive.extend(name);
        archive.resize(archive.len().next_multiple_of(512), 0);
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_cksum();
        archive.extend(header.as_bytes());
    }
    let places = open(&archive, &Limits::default());
    let found: Vec<_> = places.iter().skip(1).map(|place| &*place.child.name).collect();
    assert_eq!(found, [names[0], b"nul", names[2], names[3], names[4], names[5]]);
    let kept = open(&archive, &Limits { name_bytes_max: 100, ..Limits::default() });
    assert_eq!(kept[1].child.name.len(), 100);
    let fixture = crate::fixtures::paths().into_iter().find(|path| path.ends_with("zip/names.zip.hex")).unwrap();
    let places = open(&crate::fixtures::bytes(&fixture), &Limits::default());
    assert!(places.iter().any(|place| &*place.child.name == b"nul\0.txt"));
    assert!(places.iter().any(|place| &*place.child.name == b"bad\xff\xfe.txt"));
    assert!(places.iter().skip(1).all(|place| place.child.content.as_deref() == Some(b"hello, door\n")));
}

#[test]
fn passwords_open_what_they_fit() {
    let data = b"what the password keeps, and a second line of it\n".repeat(20);
    let aes = SimpleFileOptions::default().with_aes_encryption(AesMode::Aes256, "right");
    let classic = SimpleFileOptions::default().with_deprecated_encryption(b"right").unwrap();
    for options in [aes, classic, aes.compression_method(zip::CompressionMethod::Stored)] {
        let archive = zip_of(&[("secret.txt", &data)], options);
        let passwords = [b"wrong".as_slice().into(), b"right".as_slice().into()];
        let places = open_all(&archive, &Hint::default(), &passwords, &Limits::default());
        assert_eq!(places[1].child.content.as_deref(), Some(&*data));
        assert!(!has(&places, ProblemKind::Encrypted) && !has(&places, ProblemKind::Malformed));
        for passwords in [&[][..], &passwords[..1]] {
            let places = open_all(&archive, &Hint::default(), passwords, &Limits::default());
            assert_eq!((places.len(), &places[1].child.content), (2, &None));
            assert!(has(&places, ProblemKind::Encrypted));
        }
    }
}

#[test]
fn a_stop_is_obeyed_at_once() {
    for path in crate::fixtures::paths() {
        let bytes = crate::fixtures::bytes(&path);
        let mut count = Count { stop_after: Some(1), ..Count::default() };
        let outcome = examine(&bytes, &crate::fixtures::hint_of(&path), &Limits::default(), &mut count);
        assert!(count.children <= 1 && (outcome == Err(Stop) || count.children == 0), "{}", path.display());
    }
}

#[test]
fn an_abandoned_content_is_no_gap() {
    // The owner takes a little and says that it goes on: what the rest of the stream is nobody knows.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    (0..200_000_u32).for_each(|number| encoder.write_all(&number.to_le_bytes()).unwrap());
    let stream = encoder.finish().unwrap();
    let mut count = Count { take: Some(100), ..Count::default() };
    let opened = examine(&stream, &Hint::default(), &Limits::default(), &mut count).unwrap();
    assert_eq!((opened.examined, count.problems), (Examined::Opened, Vec::new()));
}

#[test]
fn a_zip_at_the_end_is_unaccounted_for_only_where_that_is_known() {
    let zip = zip_of(&[("a.txt", b"one"), ("b.txt", b"two")], SimpleFileOptions::default());
    let ole = [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 600]].concat();
    for (host, expected) in [(&b"MZ and a stub that runs"[..], "carved@23"), (&ole, "zip@608")] {
        let places = open(&[host, &zip].concat(), &Limits::default());
        let paths: Vec<_> = places.iter().map(|place| place.path(&places)).collect();
        assert!(paths.iter().any(|path| path == expected), "{paths:?}");
    }
}

#[test]
fn a_content_that_holds_itself_is_not_carved_from_itself() {
    let unreadable = b"PK\x03\x04 and nothing that a header would have".as_slice();
    let places = open(unreadable, &Limits::default());
    assert_eq!(places.len(), 1);
    assert_eq!(places[0].opened.as_ref().unwrap().examined, Examined::Scanned);
    assert!(has(&places, ProblemKind::Malformed));
}

#[test]
fn nesting_ends_at_the_limit() {
    let mut bytes = b"the innermost".to_vec();
    for _ in 0..40 {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).unwrap();
        bytes = encoder.finish().unwrap();
    }
    let places = open(&bytes, &Limits::default());
    assert_eq!(places.len(), 33);
    assert!(has(&places, ProblemKind::Nesting));
}

#[test]
fn whole_packages_open_to_their_files() {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, data) in [("package/package.json", "{\"name\": \"door\"}"), ("package/index.js", "module.exports = 1;\n")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, data.as_bytes()).unwrap();
    }
    let package = builder.into_inner().unwrap().finish().unwrap();
    for name in ["door-1.0.0.tgz", "door-1.0.0.crate", "door-1.0.0.tar.gz"] {
        let places = open_all(&package, &hint(name.as_bytes()), &[], &Limits::default());
        let paths: Vec<_> = places.iter().map(|place| place.path(&places)).collect();
        assert_eq!(paths, ["", "layer", "layer > package/package.json", "layer > package/index.js"]);
        let formats: Vec<_> = places.iter().map(|place| &*place.opened.as_ref().unwrap().reading.format).collect();
        assert_eq!(formats, ["gzip", "tar", "json", "javascript"]);
    }
}

#[test]
fn what_is_only_recognised_never_looks_clean() {
    for (bytes, format) in [
        (b"7z\xbc\xaf\x27\x1c\0\x04".as_slice(), "7z"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
        (b"\xed\xab\xee\xdb\x03\0", "rpm"),
        (b"070701000", "cpio"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (b"!<thin>\n", "ar-thin"),
    ] {
        let places = open(bytes, &Limits::default());
        assert_eq!(&*places[0].opened.as_ref().unwrap().reading.format, format);
        assert!(has(&places, ProblemKind::Unsupported), "{format}");
    }
}

#[test]
fn collecting_reaches_each_limit() {
    let archive = zip_of(&[("a", &[1; 1_000]), ("b", &[2; 1_000])], SimpleFileOptions::default());
    let cut = open(&archive, &Limits { content_bytes_max: 10, ..Limits::default() });
    assert_eq!(cut.iter().skip(1).map(|place| place.child.content.as_ref().unwrap().len()).collect::<Vec<_>>(), [10, 10]);
    assert!(has(&cut, ProblemKind::Limit));
    let mut collect = Collect::new(&Limits { bytes_open_max: 1_500, ..Limits::default() });
    assert_eq!(examine(&archive, &Hint::default(), &Limits::default(), &mut collect), Err(Stop));
    assert_eq!(collect.children.len(), 2);
}

/// Counts children and forgets them.
#[derive(Default)]
struct Count {
    children: usize,
    bytes: u64,
    problems: Vec<Problem>,
    /// Stops after so many children.
    stop_after: Option<usize>,
    /// Takes so many bytes of each and leaves the rest.
    take: Option<u64>,
}

impl Children for Count {
    fn child(&mut self, _: Step, _: &[u8], meta: doorward_model::Meta, content: &mut dyn Read) -> Result<u64, Stop> {
        assert!(!matches!(meta.kind, Kind::Symlink | Kind::Hardlink));
        self.children += 1;
        let mut taken = content.take(self.take.unwrap_or(u64::MAX));
        let count = std::io::copy(&mut taken, &mut std::io::sink()).unwrap_or_default();
        self.bytes += count;
        if self.stop_after == Some(self.children) { Err(Stop) } else { Ok(count) }
    }

    fn entry(&mut self, _: Step, _: &[u8], _: doorward_model::Meta, _: Option<Problem>) -> Result<(), Stop> {
        self.children += 1;
        if self.stop_after == Some(self.children) { Err(Stop) } else { Ok(()) }
    }

    fn account(&mut self, _: doorward_model::Span) {}

    fn fact(&mut self, _: doorward_model::Fact) {}

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn passwords(&self) -> &[Box<[u8]>] {
        &[]
    }
}
