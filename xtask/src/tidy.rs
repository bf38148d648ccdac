//! Invariants of the repository, as tests: who may depend on whom, what a file may hold, which links resolve.
//!
//! Each names the file and what to do about it. Not handled: what the compiler and clippy already hold.

mod dependencies;
mod files;
mod licences;
mod links;
mod modules;
mod tables;
mod words;

use crate::root;
use std::process::Command;

/// A file of the repository: tracked, or new and not ignored.
struct File {
    path: String,
    bytes: Vec<u8>,
}

impl File {
    /// Its text, where it is text.
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// Whether it is Rust of our own crates.
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs") && !self.path.starts_with("fixtures/")
    }
}

/// Every file of the repository, sorted by path.
fn files() -> Vec<File> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files of the repository");
    assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let mut paths: Vec<&str> = std::str::from_utf8(&listed.stdout)
        .expect("paths in the repository are UTF-8")
        .split('\0')
        .filter(|path| !path.is_empty())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    // A file that is deleted and not yet committed is still listed.
    paths.iter().filter_map(|path| Some(File { path: (*path).into(), bytes: std::fs::read(root().join(path)).ok()? })).collect()
}

/// What `cargo metadata` says, with the arguments given.
fn metadata(arguments: &[&str]) -> serde_json::Value {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON")
}

/// Fails with a list, one line each, where there is anything to list.
#[track_caller]
fn none(what: &str, wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{what}:\n  {}", wrong.join("\n  "));
}
