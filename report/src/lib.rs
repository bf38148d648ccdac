//! Writes and reads reports: text for a terminal, canonical JSON, one line for bulk runs, the chain behind one finding.
//!
//! Pure functions from [`doorward_model::Report`] to bytes, and back as far as `show` and `why` need it. Decides nothing:
//! levels, verdicts and reasons come ready made. Sees no bytes of the input but the excerpts, and lets none of them through raw:
//! every name and excerpt passes [`doorward_model::text::visible`]. `docs/report.md` explains each field and
//! `docs/report.schema.json` is the contract.

mod canonical;
mod diff_json;
mod diff_text;
mod excerpt;
mod explain;
mod inventory;
mod json;
mod line;
mod match_json;
mod match_outline;
mod match_text;
mod names;
mod outline;
mod place;
mod read;
mod restore;
mod terminal;
mod why;

pub use diff_json::{DIFF_SCHEMA, diff_json};
pub use diff_text::{DiffOptions, diff_markdown, diff_terminal};
pub use explain::explain;
pub use json::{JsonOptions, SCHEMA, digest, json, write_json};
pub use line::{LINE_SCHEMA, line, line_error};
pub use match_json::{MATCH_SCHEMA, match_json};
pub use match_outline::{Matched, Source};
pub use match_text::{MatchOptions, match_terminal};
pub use read::{
    FindError, ReadError, SavedEvidence, SavedFinding, SavedLayer, SavedOther, SavedPlace, SavedReport, SavedStep, read,
};
pub use restore::{Restored, is_report, restore};
pub use terminal::{TerminalOptions, terminal};
pub use why::why;
