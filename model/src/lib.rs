//! Every type that passes between the stages of Doorward. Depends on `serde` alone and knows nothing of bytes on disk,
//! rules, formats or output.

mod blank;
mod content;
pub mod correspondence;
pub mod difference;
mod digest;
pub mod doors;
mod fact;
mod finding;
mod lexicon;
mod limits;
mod place;
pub mod prints;
mod report;
pub mod stage;
pub mod summary;
pub mod text;
mod tree;
pub mod vocabulary;

pub use blank::blanked;
pub use content::{Content, Examined, Problem, ProblemKind, Reading};
pub use correspondence::Correspondence;
pub use difference::Difference;
pub use digest::Digest;
pub use fact::{Anchor, EXCERPT_BYTES_MAX, Fact, FactKind, Site, Span, TOLD_BYTES_MAX, Told, Value};
pub use finding::{ALSO_MAX, Evidence, Finding, Grade, Judgement, Level, State, Verdict};
pub use lexicon::{Lexicon, Pattern, REGEX_REACH_BYTES};
pub use limits::{LimitRow, Limits, RATIO_FLOOR_BYTES};
pub use place::{ContentId, Hint, Kind, Meta, Node, NodeId, Root, Step};
pub use report::{Baseline, Count, Coverage, Report, RulesStamp};
pub use summary::Summary;
pub use tree::{Phase, Placement, Role, Tree, Unit};
