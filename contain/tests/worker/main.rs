//! Tests with real worker processes: this program starts itself again as the worker (`worker WAY`), as a parent that gets
//! killed (`middle`), as a parent whose worker crashes noisily (`noisy`), or as one that may write little (`full`).
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
        ["full"] => child::full(),
        ["noisy", kept] => return child::noisy(kept == "kept"),
        _ if words.contains(&"--measure") => measure::all(),
        _ => return run(&words),
    }
    ExitCode::SUCCESS
}

/// The few habits of the standard test program that people and tools rely on.
fn run(words: &[&str]) -> ExitCode {
    /// Options of the standard test program that take a value.
    const VALUED: &[&str] = &["--test-threads", "--format", "--color", "--skip", "--logfile", "-Z"];
    let is_value = |index: usize| index > 0 && VALUED.contains(&words[index - 1]);
    let filters: Vec<&str> =
        (0..words.len()).filter(|&index| !words[index].starts_with('-') && !is_value(index)).map(|index| words[index]).collect();
    let matches = |name: &str, word: &str| if words.contains(&"--exact") { name == word } else { name.contains(word) };
    let chosen = |name: &str| filters.is_empty() || filters.iter().any(|word| matches(name, word));
    let (mut passed, mut failed) = (0, 0);
    for (name, case) in cases::ALL.iter().filter(|(name, _)| chosen(name)) {
        if words.contains(&"--list") {
            println!("{name}: test");
        } else if words.contains(&"--ignored") {
            continue;
        } else if catch_unwind(case).is_ok() {
            println!("test {name} ... ok");
            passed += 1;
        } else {
            println!("test {name} ... FAILED");
            failed += 1;
        }
    }
    if !words.contains(&"--list") {
        println!("\ntest result: {passed} passed; {failed} failed");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
