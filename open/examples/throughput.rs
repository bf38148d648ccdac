//! How fast archives are opened, against the plain library that decompresses the same bytes: `cargo run --release -p doorward-open
//! --example throughput [MEBIBYTES]`.

use doorward_model::{Fact, Hint, Limits, Meta, Problem, Span, Step};
use doorward_open::{Children, Stop, examine};
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use std::io::{Cursor, Read, Write};
use std::time::Instant;
use zip::{ZipWriter, write::SimpleFileOptions};

fn main() {
    let mebibytes = std::env::args().nth(1).and_then(|size| size.parse().ok()).unwrap_or(128);
    let files = files(mebibytes << 20);
    let total: usize = files.iter().map(|(_, content)| content.len()).sum();
    let (tar, zip) = (tar_of(&files), zip_of(&files));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&tar).expect("memory takes all");
    let tgz = encoder.finish().expect("memory takes all");
    let limit = best(total, || drain(&mut GzDecoder::new(tgz.as_slice())));
    let of_gzip = best(total, || open(&tgz));
    let of_tar = best(total, || open(&tar));
    let of_zip = best(total, || open(&zip));
    println!(
        "flate2 alone {limit:.0} MB/s; .gz {of_gzip:.0} MB/s; .tar {of_tar:.0} MB/s; .zip {of_zip:.0} MB/s ({total} bytes, {} files)",
        files.len()
    );
}

/// Best of five, in megabytes of content a second.
fn best(total: usize, mut run: impl FnMut() -> u64) -> f64 {
    let times = (0..5).map(|_| {
        let began = Instant::now();
        assert!(run() > 0);
        began.elapsed().as_secs_f64()
    });
    total as f64 / 1e6 / times.fold(f64::MAX, f64::min)
}

/// Text-like files of 1 KiB to 64 KiB, the same in every run.
fn files(total: usize) -> Vec<(String, Vec<u8>)> {
    const WORDS: [&str; 16] = [
        "import ", "return ", "self.", "value", " = ", "(", ")\n", "    ", "def ", "name", "[0]", ", ", "for ", "in ", "data",
        "0x7f",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (mut files, mut made) = (Vec::new(), 0);
    while made < total {
        let length = 1_024 << (next() % 7);
        let mut content = Vec::new();
        while content.len() < length {
            content.extend(WORDS[(next() % 16) as usize].as_bytes());
        }
        made += content.len();
        files.push((format!("package/module_{}.py", files.len()), content));
    }
    files
}

fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, content.as_slice()).expect("memory takes all");
    }
    builder.into_inner().expect("memory takes all")
}

fn zip_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).expect("memory takes all");
        writer.write_all(content).expect("memory takes all");
    }
    writer.finish().expect("memory takes all").into_inner()
}

fn open(bytes: &[u8]) -> u64 {
    let mut sink = Sink { buffer: vec![0; 64 << 10], taken: 0 };
    examine(bytes, &Hint::default(), &Limits::default(), &mut sink).expect("nothing stops it");
    sink.taken
}

/// Reads to the end, 64 KiB at a time.
fn drain(content: &mut dyn Read) -> u64 {
    Sink { buffer: vec![0; 64 << 10], taken: 0 }.child(Step::Layer, b"", Meta::default(), content).expect("nothing stops it")
}

/// Reads every child as the engine does, 64 KiB at a time, and forgets it.
struct Sink {
    buffer: Vec<u8>,
    taken: u64,
}

impl Children for Sink {
    fn child(&mut self, _: Step, _: &[u8], _: Meta, content: &mut dyn Read) -> Result<u64, Stop> {
        let before = self.taken;
        while let Ok(count @ 1..) = content.read(&mut self.buffer) {
            self.taken += count as u64;
        }
        Ok(self.taken - before)
    }

    fn entry(&mut self, _: Step, _: &[u8], _: Meta, _: Option<Problem>) -> Result<(), Stop> {
        Ok(())
    }

    fn account(&mut self, _: Span) {}

    fn fact(&mut self, _: Fact) {}

    fn problem(&mut self, problem: Problem) {
        panic!("{problem:?}");
    }

    fn passwords(&self) -> &[Box<[u8]>] {
        &[]
    }
}
