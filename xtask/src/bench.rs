//! `cargo xtask bench`: speed and memory over corpora, beside the limit of the machine, measured in the same run.
//!
//! A corpus is a folder; each of its entries is a package. Speed is the faster of two runs of bulk mode. Time for a package is
//! that of a process of its own, start-up and all, over at most [`PACKAGES_TIMED_MAX`] of them, evenly chosen.

pub mod limit;
mod memory;
mod stages;

use crate::arguments::Arguments;
use crate::evals::{Scratch, doorward, percentile, result_date, version, write};
use crate::markdown::table;
use crate::root;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const PACKAGES_TIMED_MAX: usize = 500;
const STARTS: usize = 15;
const RUNS: usize = 2;

/// What was measured of one corpus.
struct Measured {
    name: String,
    packages: usize,
    bytes_opened: u64,
    seconds: f64,
    limit_bytes: u64,
    limit_seconds: f64,
    peak_bytes: u64,
    package_seconds: Vec<f64>,
}

impl Measured {
    /// Speed as a share of what the plain libraries reach on the same inputs.
    fn ratio(&self) -> f64 {
        self.limit_seconds / self.seconds
    }

    fn row(&self) -> Vec<String> {
        let mb = |bytes: u64| bytes as f64 / 1e6;
        let ms = |percent| format!("{:.0}", 1e3 * percentile(&self.package_seconds, percent));
        vec![
            self.name.clone(),
            self.packages.to_string(),
            format!("{:.0}", mb(self.bytes_opened)),
            format!("{:.1}", mb(self.bytes_opened) / self.seconds),
            format!("{:.1}", self.packages as f64 / self.seconds),
            format!("{:.1}", mb(self.limit_bytes) / self.limit_seconds),
            format!("{:.3}", self.ratio()),
            format!("{:.0}", mb(self.peak_bytes)),
            ms(50),
            ms(95),
        ]
    }
}

/// Runs the task.
pub fn run(given: Vec<String>) -> Result<(), String> {
    let arguments = Arguments::parse(given, &["corpus", "doorward", "date", "write", "threads", "stages"])?;
    if arguments.has("stages") {
        let text = stages::run(arguments.all("corpus").iter().map(String::as_str))?;
        println!("{text}");
        return Ok(());
    }
    let date = result_date(&arguments)?;
    let doorward = doorward(arguments.one("doorward")?)?;
    let limit = build_limit()?;
    let threads = match arguments.one("threads")? {
        Some(threads) => threads.parse().map_err(|_| "--threads takes a number")?,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let mut measured = Vec::new();
    for corpus in arguments.all("corpus") {
        let (name, folder) = corpus.split_once('=').ok_or("--corpus takes NAME=DIR")?;
        measured.push(measure(&doorward, &limit, name, Path::new(folder), threads)?);
        if let Some(done) = measured.last() {
            eprintln!("{}", done.row().join("  "));
        }
    }
    let start = startup(&doorward)?;
    let text = format!(
        "# Bench of {date}\n\n```text\n{}\n```\n\n{threads} threads, {}.\n\n{}\nStart: `audit` of an empty file takes {:.1} ms (median of {STARTS}).\n\n{}",
        version(&doorward)?,
        processor(),
        tables(&measured),
        1e3 * start,
        EXPLANATION
    );
    println!("{text}");
    if arguments.has("write") {
        write(&root().join("bench/results").join(format!("{date}.md")), &text)?;
    }
    Ok(())
}

const EXPLANATION: &str = "\
Opened bytes are the different contents of each package, at any depth. The limit is `xtask bench-limit`: the plain libraries
take the same inputs apart and hash every content with SHA-256. The ratio is the limit's time over the audit's. Memory is the
largest sum seen of anonymous and shared memory of the parent and its workers. A package's time is a process of its own.
";

fn tables(measured: &[Measured]) -> String {
    let mut rows: Vec<Vec<String>> = measured.iter().map(Measured::row).collect();
    if measured.len() > 1 {
        rows.push(
            Measured {
                name: "total".into(),
                packages: measured.iter().map(|one| one.packages).sum(),
                bytes_opened: measured.iter().map(|one| one.bytes_opened).sum(),
                seconds: measured.iter().map(|one| one.seconds).sum(),
                limit_bytes: measured.iter().map(|one| one.limit_bytes).sum(),
                limit_seconds: measured.iter().map(|one| one.limit_seconds).sum(),
                peak_bytes: measured.iter().map(|one| one.peak_bytes).max().unwrap_or_default(),
                package_seconds: measured.iter().flat_map(|one| one.package_seconds.clone()).collect(),
            }
            .row(),
        );
    }
    let head =
        ["corpus", "packages", "opened MB", "MB/s", "packages/s", "limit MB/s", "ratio", "peak MB", "package ms: median", "95 %"];
    table(&head, &rows)
}

fn measure(doorward: &Path, limit: &Path, name: &str, folder: &Path, threads: usize) -> Result<Measured, String> {
    let packages = entries(folder)?;
    let list = Scratch::list(&packages)?;
    // The first pass of the limit also brings the files into memory for everything behind it.
    let mut measured = Measured {
        name: name.into(),
        packages: packages.len(),
        bytes_opened: 0,
        seconds: f64::INFINITY,
        limit_bytes: 0,
        limit_seconds: f64::INFINITY,
        peak_bytes: 0,
        package_seconds: Vec::new(),
    };
    for _ in 0..RUNS {
        let (seconds, bytes) = run_limit(limit, &list.0, threads)?;
        measured.limit_seconds = measured.limit_seconds.min(seconds);
        measured.limit_bytes = bytes;
        let (seconds, bytes, peak) = run_audit(doorward, &list.0, threads)?;
        measured.seconds = measured.seconds.min(seconds);
        measured.bytes_opened = bytes;
        measured.peak_bytes = measured.peak_bytes.max(peak);
    }
    let step = packages.len().div_ceil(PACKAGES_TIMED_MAX).max(1);
    for package in packages.iter().step_by(step) {
        measured.package_seconds.push(time(doorward, package)?);
    }
    Ok(measured)
}

/// Files and folders of a folder, sorted; links and hidden entries apart.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let plain = |entry: &std::fs::DirEntry| {
        entry.file_type().is_ok_and(|kind| kind.is_file() || kind.is_dir())
            && !entry.file_name().to_string_lossy().starts_with('.')
    };
    let mut paths: Vec<PathBuf> = entries.flatten().filter(plain).map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// This program in a release build: a debug build would be an easy limit.
fn build_limit() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "--locked", "--package", "doorward-xtask"])
        .current_dir(root())
        .status()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if built.success() { Ok(root().join("target/release/doorward-xtask")) } else { Err("the limit does not build".into()) }
}

/// Seconds and bytes of the limit.
fn run_limit(limit: &Path, list: &Path, threads: usize) -> Result<(f64, u64), String> {
    let output = Command::new(limit)
        .args(["bench-limit", "--threads", &threads.to_string(), "--list"])
        .arg(list)
        .output()
        .map_err(|error| format!("{}: {error}", limit.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut fields = text.split_whitespace();
    let seconds = fields.next().and_then(|seconds| seconds.parse().ok()).ok_or("the limit printed no time")?;
    let bytes = fields.next().and_then(|bytes| bytes.parse().ok()).ok_or("the limit printed no bytes")?;
    Ok((seconds, bytes))
}

/// Seconds, opened bytes and peak memory of a batch.
fn run_audit(doorward: &Path, list: &Path, threads: usize) -> Result<(f64, u64, u64), String> {
    let begin = Instant::now();
    let mut child = Command::new(doorward)
        .args(["audit", "--each", "--quiet", "--threads", &threads.to_string(), "--files-from"])
        .arg(list)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", doorward.display()))?;
    let lines = child.stdout.take().ok_or("no output to read")?;
    let reader = std::thread::spawn(move || BufReader::new(lines).lines().map_while(Result::ok).map(|line| opened(&line)).sum());
    let peak = memory::watch(&mut child)?;
    let seconds = begin.elapsed().as_secs_f64();
    let bytes = reader.join().map_err(|_| "the reader of the lines panicked")?;
    Ok((seconds, bytes, peak))
}

/// Bytes that a line of the batch says were opened.
fn opened(line: &str) -> u64 {
    serde_json::from_str::<serde_json::Value>(line).ok().and_then(|line| line["coverage"]["bytes"].as_u64()).unwrap_or_default()
}

/// Seconds of one audit.
fn time(doorward: &Path, package: &Path) -> Result<f64, String> {
    let begin = Instant::now();
    let status = Command::new(doorward)
        .args(["audit", "--quiet"])
        .arg(package)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("{}: {error}", doorward.display()))?;
    if matches!(status.code(), Some(0 | 1 | 3)) { Ok(begin.elapsed().as_secs_f64()) } else { Err(format!("{status}")) }
}

/// Median of the time to audit an empty file.
fn startup(doorward: &Path) -> Result<f64, String> {
    let empty = Scratch::new("empty", "")?;
    let seconds: Vec<f64> = (0..STARTS).map(|_| time(doorward, &empty.0)).collect::<Result<_, _>>()?;
    Ok(percentile(&seconds, 50))
}

/// The machine's processor, as the kernel names it.
fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(": "));
    name.map_or_else(|| "an unnamed processor".into(), |(_, name)| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_rates_and_the_ratio() {
        let measured = Measured {
            name: "npm".into(),
            packages: 10,
            bytes_opened: 200_000_000,
            seconds: 4.0,
            limit_bytes: 150_000_000,
            limit_seconds: 1.5,
            peak_bytes: 90_000_000,
            package_seconds: vec![0.010, 0.020, 0.300],
        };
        assert_eq!(measured.row(), ["npm", "10", "200", "50.0", "2.5", "100.0", "0.375", "90", "20", "300"]);
        assert!(!tables(&[measured]).contains("total"));
    }

    #[test]
    fn opened_bytes_are_read_from_a_line() {
        assert_eq!(opened(r#"{"coverage":{"bytes":12}}"#), 12);
        assert_eq!(opened(r#"{"error":"x"}"#), 0);
    }
}
