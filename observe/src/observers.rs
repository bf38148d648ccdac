//! The table of all observers. To add one: its file, one `mod` line in `lib.rs`, one row here.

use crate::{Facts, binaries, manifests};
use doorward_model::Reading;

/// Looks at one content and says what it sees.
pub struct Observer {
    /// Name; the `by` of its facts.
    pub name: &'static str,
    /// Raised with every change of what it sees, so that caches notice.
    pub version: u32,
    /// Looks at the bytes of a content that was read as `Reading`; returns at once where that is none of its business.
    pub observe: fn(&[u8], &Reading, &mut Facts),
}

/// All observers, in the order in which they run.
pub static OBSERVERS: &[Observer] = &[
    Observer { name: "manifests", version: 1, observe: manifests::observe },
    Observer { name: "binaries", version: 1, observe: binaries::observe },
];
