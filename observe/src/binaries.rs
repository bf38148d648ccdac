//! Executables, libraries and object files: headers, imports, exports, sections, overlays.

use crate::Facts;
use doorward_model::Reading;

/// Reads a binary's structure, where the reading is one.
pub fn observe(bytes: &[u8], reading: &Reading, facts: &mut Facts) {
    let _ = (bytes, reading, facts);
}
