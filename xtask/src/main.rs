//! Repository tasks: `cargo xtask ci`, `evals`, `bench` and `fuzz`. What a contributor runs is what the gate runs.
//!
//! The tidy tests, which hold the invariants of `ARCHITECTURE.md`, are tests of this crate.

mod arguments;
mod bench;
mod ci;
mod date;
mod evals;
mod fuzz;
mod markdown;
#[cfg(test)]
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <task>

  ci                                formatting, lints, tests, documentation: all that must hold before a change lands
  evals --rows TSV --malicious DIR --benign DIR... [--doorward PATH] [--date DATE] [--lists FILE] [--write]
                                    recall and false alarms over two corpora, as tables
  bench --corpus NAME=DIR... [--doorward PATH] [--date DATE] [--write]
                                    speed and memory over corpora, beside the limit of the machine
  bench --stages --corpus NAME=DIR...
                                    what each stage costs on one core
  fuzz [--target NAME...] [--seconds N] [--seed N]
                                    mutated fixtures for everything that reads hostile bytes
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let done = match task.as_str() {
        "ci" => ci::run(),
        "evals" => evals::run(rest),
        "bench" => bench::run(rest),
        "fuzz" => fuzz::run(rest),
        "bench-limit" => bench::limit::run(rest),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map(PathBuf::from).unwrap_or(xtask)
}
