//! Package manifests: what a package says it is, asks for and runs.

use crate::Facts;
use doorward_model::Reading;

/// Reads a manifest, where the reading is one.
pub fn observe(bytes: &[u8], reading: &Reading, facts: &mut Facts) {
    let _ = (bytes, reading, facts);
}
