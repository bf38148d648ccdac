//! Runs the product over many packages: `doorward audit --each`, from the root folder, with absolute paths.
//!
//! The packages are hostile. Nothing here opens them; the product does, in its contained workers.

use super::outcome::Outcome;
use crate::root;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The product to run: the one given, or a release build of this checkout.
pub fn doorward(given: Option<&str>) -> Result<PathBuf, String> {
    if let Some(path) = given {
        return std::path::absolute(path).map_err(|error| format!("{path}: {error}"));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "--locked", "--package", "doorward-cli"])
        .current_dir(root())
        .status()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if built.success() { Ok(root().join("target/release/doorward")) } else { Err("the product does not build".into()) }
}

/// What the product says of its version and rules.
pub fn version(doorward: &Path) -> Result<String, String> {
    let output = Command::new(doorward).arg("version").current_dir("/").output();
    let output = output.map_err(|error| format!("{}: {error}", doorward.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// A file that goes when it is dropped.
pub struct Scratch(pub PathBuf);

impl Scratch {
    /// Writes `text` to a file of this process.
    pub fn new(name: &str, text: &str) -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("doorward-{}-{name}", std::process::id()));
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }

    /// A list of paths, one a line.
    pub fn list(paths: &[PathBuf]) -> Result<Self, String> {
        let mut text = String::new();
        for path in paths {
            let path = std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))?;
            text.push_str(path.to_str().filter(|path| !path.contains('\n')).ok_or("a path that does not fit on a line")?);
            text.push('\n');
        }
        Self::new("list", &text)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A file that stays behind in the temporary folder hurts nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Audits each path by itself; outcomes in the order of the paths.
pub fn audit(doorward: &Path, paths: &[PathBuf]) -> Result<Vec<Outcome>, String> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let list = Scratch::list(paths)?;
    let mut child = Command::new(doorward)
        .args(["audit", "--each", "--quiet", "--files-from"])
        .arg(&list.0)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", doorward.display()))?;
    let mut outcomes = Vec::with_capacity(paths.len());
    for line in BufReader::new(child.stdout.take().ok_or("no output to read")?).lines() {
        let line = line.map_err(|error| format!("reading the lines of the batch: {error}"))?;
        outcomes.push(Outcome::parse(&line)?);
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if outcomes.len() != paths.len() {
        return Err(format!("{} lines for {} packages; the batch ended with {status}", outcomes.len(), paths.len()));
    }
    Ok(outcomes)
}
