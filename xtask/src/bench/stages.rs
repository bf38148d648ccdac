//! `cargo xtask bench --stages`: what each stage costs on one core, over corpora, in one process and without workers.
//!
//! The numbers are the product's own: `model::stage` is told when a stage begins and ends, and `cli/examples/stages.rs` brings
//! the clock. A stage that is called for every piece of a content (`Hash`) is charged for the clock too.

use crate::markdown::table;
use crate::root;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Stages of code that is followed, told apart by language.
const OF_FOLLOWED: [&str; 3] = ["Parse", "Lower", "Evaluate"];

/// What one stage came to in one corpus.
struct Spent {
    corpus: String,
    stage: String,
    of: String,
    bytes: f64,
    seconds: f64,
}

/// Measures the stages over corpora, each NAME=DIR, and gives the tables.
pub fn run<'a>(corpora: impl Iterator<Item = &'a str>) -> Result<String, String> {
    let output = Command::new(build()?)
        .args(corpora)
        .current_dir("/")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("the stages could not be measured: {error}"))?;
    if !output.status.success() {
        return Err(format!("the stages could not be measured: {}", output.status));
    }
    Ok(tables(&read(&String::from_utf8_lossy(&output.stdout))))
}

fn build() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "--locked", "--package", "doorward-cli", "--example", "stages"])
        .current_dir(root())
        .status()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if built.success() { Ok(root().join("target/release/examples/stages")) } else { Err("the stages do not build".into()) }
}

fn read(lines: &str) -> Vec<Spent> {
    lines.lines().filter_map(spent).collect()
}

fn spent(line: &str) -> Option<Spent> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    Some(Spent {
        corpus: next()?.into(),
        stage: next()?.into(),
        of: next()?.into(),
        bytes: next()?.parse().ok()?,
        seconds: next()?.parse().ok()?,
    })
}

fn tables(all: &[Spent]) -> String {
    let head = ["corpus: stage", "MB", "seconds", "share of seconds", "MB/s"];
    let mut rows = Vec::new();
    for corpus in all.iter().filter(|spent| spent.stage == "All") {
        for spent in all.iter().filter(|spent| spent.corpus == corpus.corpus) {
            rows.push(row(spent, corpus));
        }
    }
    let mut text = table(&head, &rows);
    text.push('\n');
    let head = ["corpus", "language", "MB", "bytes to facts MB/s", "MB followed", "of it MB/s"];
    let mut rows = Vec::new();
    for all_of_it in all.iter().filter(|spent| spent.stage == "Gate") {
        let own = |spent: &&Spent| spent.corpus == all_of_it.corpus && spent.of == all_of_it.of;
        let followed = all.iter().filter(own).filter(|spent| OF_FOLLOWED.contains(&&*spent.stage));
        let seconds: f64 = followed.map(|spent| spent.seconds).sum();
        let bytes: f64 = all.iter().filter(own).filter(|spent| spent.stage == "Evaluate").map(|spent| spent.bytes).sum();
        rows.push(vec![
            all_of_it.corpus.clone(),
            all_of_it.of.clone(),
            format!("{:.1}", all_of_it.bytes / 1e6),
            format!("{:.1}", all_of_it.bytes / 1e6 / (seconds + all_of_it.seconds)),
            if seconds > 0.0 { format!("{:.1}", bytes / 1e6) } else { String::new() },
            if seconds > 0.0 { format!("{:.1}", bytes / 1e6 / seconds) } else { String::new() },
        ]);
    }
    text.push_str(&table(&head, &rows));
    text
}

fn row(spent: &Spent, corpus: &Spent) -> Vec<String> {
    let name = format!("{}: {} {}", spent.corpus, spent.stage, spent.of).trim_end().to_owned();
    let speed = if spent.bytes > 0.0 { format!("{:.0}", spent.bytes / 1e6 / spent.seconds) } else { String::new() };
    vec![
        name,
        format!("{:.1}", spent.bytes / 1e6),
        format!("{:.2}", spent.seconds),
        format!("{:.1} %", 100.0 * spent.seconds / corpus.seconds),
        speed,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_become_rows_and_languages_a_table() {
        let lines = "npm\tAll\t\t4000000\t2\nnpm\tGate\tpython\t3000000\t0.1\nnpm\tParse\tpython\t1000000\t0.1\nnpm\tEvaluate\tpython\t1000000\t0.4\nbroken\n";
        let text = tables(&read(lines));
        assert!(text.contains("| npm: Parse python | 1.0 | 0.10 | 5.0 % | 10 |"), "{text}");
        assert!(text.contains("| npm | python | 3.0 | 5.0 | 1.0 | 2.0 |"), "{text}");
    }
}
