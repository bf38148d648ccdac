//! `cargo xtask fuzz`: hands mutated fixtures to the parts that read hostile bytes, each for some seconds.
//!
//! The driver is `cli/examples/fuzz.rs`, built as tests are, with overflow checks. Cases are made from a seed, so what is found
//! can be run again on any machine.

use crate::arguments::Arguments;
use crate::root;
use std::process::Command;

/// What cases are made from unless another is given.
const SEED: &str = "1";

/// Seconds for each target unless others are given.
const SECONDS: &str = "60";

/// Runs the task.
pub fn run(given: Vec<String>) -> Result<(), String> {
    let arguments = Arguments::parse(given, &["target", "seconds", "seed"])?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--locked", "--package", "doorward-cli", "--example", "fuzz"])
        .current_dir(root())
        .status()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if !built.success() {
        return Err("the fuzz targets do not build".into());
    }
    let program = root().join("target/debug/examples/fuzz");
    let names = Command::new(&program).output().map_err(|error| format!("{}: {error}", program.display()))?;
    let names = String::from_utf8_lossy(&names.stdout).into_owned();
    let wanted = arguments.all("target");
    let seconds = arguments.one("seconds")?.unwrap_or(SECONDS);
    let seed = arguments.one("seed")?.unwrap_or(SEED);
    let mut failed = Vec::new();
    for name in names.split_whitespace().filter(|name| wanted.is_empty() || wanted.iter().any(|known| known == name)) {
        let status_file = std::env::temp_dir().join(format!("doorward-fuzz-{name}-{}", std::process::id()));
        let ended = Command::new(&program)
            .args([name, seed, seconds])
            .arg(&status_file)
            .status()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        if !ended.success() {
            let case = std::fs::read_to_string(&status_file).unwrap_or_default();
            let again = format!("{} {name} {seed} case {}", program.display(), case.trim());
            println!("{name}: {ended}; run it again with: {again}");
            failed.push(name.to_owned());
        }
        let _ = std::fs::remove_file(&status_file);
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}
