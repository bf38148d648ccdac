//! Tests of whole reports, differences and correspondences: expectations, the published schema, hostile names, reading back, the reference page.

mod correspondence;
mod difference;
mod documentation;
mod expectations;
mod hostile;
mod properties;
mod sample;
mod saved;
mod schema;

use std::path::{Path, PathBuf};

/// A file below the crate's folder.
fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares with an expectation; with `UPDATE=1` writes it.
fn check(path: &str, actual: &str) {
    let path = here(path);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == actual, "{} differs (UPDATE=1 rewrites it); now it is:\n{actual}", path.display());
}
