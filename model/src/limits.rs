//! Limits of an audit. Counts shape reports; clocks and memory caps are watchdogs only.

use serde::{Deserialize, Serialize};

macro_rules! limits {
    ($( $(#[doc = $doc:literal])+ $field:ident: $flag:literal = $default:expr; )+) => {
        /// Limits of an audit. Each is a field, a flag, a documented row and a test that reaches it.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Limits { $( $(#[doc = $doc])+ pub $field: u64, )+ }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }

        impl Limits {
            /// One row a limit, in the order of this page.
            pub const ROWS: &'static [LimitRow] = &[$(LimitRow {
                field: stringify!($field),
                flag: $flag,
                doc: concat!($($doc),+),
                default: $default,
                set: |limits, value| limits.$field = value,
            }),+];
        }
    };
}

/// One limit, for flags and documentation.
pub struct LimitRow {
    /// Field of [`Limits`].
    pub field: &'static str,
    /// Long flag of the command line, without its dashes.
    pub flag: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Default.
    pub default: u64,
    /// Sets the field.
    pub set: fn(&mut Limits, u64),
}

limits! {
    /// Most bytes opened in one audit, all contents together.
    bytes_open_max: "bytes-open-max" = 8 << 30;
    /// Most bytes in one content; a larger one is cut there.
    content_bytes_max: "content-bytes-max" = 4 << 30;
    /// Most bytes that a content may open to, as a multiple of its own, once it gave 64 MiB.
    ratio_max: "ratio-max" = 1000;
    /// Most containers inside each other.
    depth_max: "depth-max" = 32;
    /// Most places in one audit.
    nodes_max: "nodes-max" = 2_000_000;
    /// Most bytes of one member's name that are kept.
    name_bytes_max: "name-bytes-max" = 65_536;
    /// Most facts kept for one content.
    facts_per_content_max: "facts-per-content-max" = 10_000;
    /// Most bytes of one content that a syntax parser reads; above that it is only searched.
    parse_bytes_max: "parse-bytes-max" = 8 << 20;
    /// Most bytes of one content of code whose values are followed; a larger one is only searched.
    follow_bytes_max: "follow-bytes-max" = 128 << 10;
    /// Most payload layers decoded from one content.
    layers_per_content_max: "layers-per-content-max" = 1_000;
    /// Most bytes of contents that wait in memory; more wait on disk.
    memory_bytes_max: "memory-bytes-max" = 64 << 20;
    /// Most bytes of contents that wait on disk.
    spill_bytes_max: "spill-bytes-max" = 16 << 30;
    /// Watchdog: most seconds that one content may take.
    content_seconds_max: "content-seconds-max" = 60;
    /// Watchdog: most bytes of memory that one worker process may take, beside the content it maps.
    worker_bytes_max: "worker-bytes-max" = 2 << 30;
}

/// Bytes that a content may open to whatever the ratio.
pub const RATIO_FLOOR_BYTES: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_sets_its_own_field() {
        for row in Limits::ROWS {
            let mut limits = Limits::default();
            (row.set)(&mut limits, 7);
            assert_ne!(limits, Limits::default(), "{}", row.field);
            assert_eq!(row.flag.replace('-', "_"), row.field);
        }
    }
}
