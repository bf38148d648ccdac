//! Tests with real worker processes: this program starts itself again as the worker (`worker WAY`), as a parent that gets
//! killed (`middle`), or as a parent whose worker crashes noisily (`noisy`).
//!
//! `cargo test -p doorward-contain --test worker -- --measure` prints speeds instead; nothing is asserted about them.

#![allow(unsafe_code)]

mod cases;
mod child;
mod measure;

use std::panic::catch_unwind;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["worker", way] => return child::worker(way),
        ["middle"] => child::middle(),
        ["noisy", kept] => return child::noisy(kept == "kept"),
        _ if words.contains(&"--measure") => measure::all(),
        _ => return run(&words),
    }
    ExitCode::SUCCESS
}

/// The few habits of the standard test program that people and tools rely on.
fn run(words: &[&str]) -> ExitCode {
    let filters: Vec<&&str> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let exact = words.contains(&"--exact");
    let chosen =
        |name: &str| filters.is_empty() || filters.iter().any(|word| if exact { name == **word } else { name.contains(**word) });
    let mut failed = Vec::new();
    for (name, case) in cases::ALL.iter().filter(|(name, _)| chosen(name)) {
        if words.contains(&"--list") {
            println!("{name}: test");
        } else if words.contains(&"--ignored") {
            continue;
        } else if catch_unwind(case).is_ok() {
            println!("test {name} ... ok");
        } else {
            println!("test {name} ... FAILED");
            failed.push(name);
        }
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
