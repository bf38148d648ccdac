//! `.pth` files in Python's site folders: a line that starts with `import` runs at every start of the interpreter.
//!
//! Source: the Python documentation of the `site` module. Recognised by its format's name alone: such lines look like any
//! other Python.

use super::{lines, script};
use crate::Facts;

/// Reads a path configuration file.
pub(super) fn read(bytes: &[u8], facts: &mut Facts) -> bool {
    for (offset, line) in lines::lines(bytes) {
        if line.starts_with(b"import ") || line.starts_with(b"import\t") {
            let (span, text) = lines::trimmed(offset, line);
            script(facts, span, "interpreter-start", &String::from_utf8_lossy(text), "import");
        }
    }
    true
}
