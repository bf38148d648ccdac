//! `cargo xtask evals`: recall and false alarms over corpora that are not in the repository.
//!
//! The malicious corpus is live. This code lists its folders and starts the product on them, with the root folder as its
//! working directory; it opens none of their files. Not handled: pairs of versions, planted doors in C.

mod batch;
mod benign;
mod lists;
mod malicious;
mod outcome;
mod rows;
mod statistics;

pub use batch::{Scratch, doorward, version};
pub use statistics::percentile;

use crate::arguments::Arguments;
use crate::{date, root};
use std::path::{Path, PathBuf};

/// Runs the task.
pub fn run(given: Vec<String>) -> Result<(), String> {
    let arguments = Arguments::parse(given, &["rows", "malicious", "benign", "doorward", "date", "lists", "write"])?;
    let date = result_date(&arguments)?;
    let doorward = doorward(arguments.one("doorward")?)?;
    let mut text = format!("# Evals of {date}\n\n```text\n{}\n```\n\n", version(&doorward)?);

    let rows = match arguments.one("malicious")? {
        Some(_) => rows::parse(&read(arguments.needed("rows")?)?)?,
        None => Vec::new(),
    };
    let located = match arguments.one("malicious")? {
        Some(corpus) => rows::locate(&rows, Path::new(corpus))?,
        None => Vec::new(),
    };
    let paths: Vec<PathBuf> = located.iter().map(|(_, path)| path.clone()).collect();
    let outcomes = batch::audit(&doorward, &paths)?;
    let audited: Vec<malicious::Audited<'_>> = located.iter().map(|(row, _)| row).zip(&outcomes).collect();
    if !audited.is_empty() {
        text.push_str(&malicious::tables(&audited, rows.len() - located.len()));
        text.push('\n');
        text.push_str(&lists::reasons(&audited));
        text.push('\n');
    }

    let packages = benign::collect(arguments.all("benign"))?;
    let paths: Vec<PathBuf> = packages.iter().map(|package| package.path.clone()).collect();
    let benign_outcomes = batch::audit(&doorward, &paths)?;
    if !packages.is_empty() {
        text.push_str(&benign::tables(&packages, &benign_outcomes));
        text.push('\n');
    }

    text.push_str(&lists::rules(&audited, &packages, &benign_outcomes));
    text.push_str(
        "\nBounds in brackets are the one-sided 95 % bounds of Clopper and Pearson. A cluster counts as the mean of its rows.\n",
    );
    println!("{text}");
    let names = arguments.one("lists")?.map_or_else(|| root().join("target/evals-lists.md"), PathBuf::from);
    write(&names, &lists::names(&audited, &packages, &benign_outcomes))?;
    println!("misses of the tune fold and hits on benign packages: {}", names.display());
    if arguments.has("write") {
        write(&root().join("evals/results").join(format!("{date}.md")), &text)?;
    }
    Ok(())
}

/// The date that names a result.
pub fn result_date(arguments: &Arguments) -> Result<String, String> {
    let date = arguments.one("date")?.map_or_else(date::today, String::from);
    if date::is_date(&date) { Ok(date) } else { Err(format!("{date} is not a date such as 2026-01-31")) }
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

/// Writes a result, and the folders above it.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let folders = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folders.and_then(|()| std::fs::write(path, text)).map_err(|error| format!("{}: {error}", path.display()))
}
