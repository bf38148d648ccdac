//! What observers search for on behalf of rules, under opaque numbers, so that they know no rules.

use serde::{Deserialize, Serialize};

/// All patterns of all rule pages, and the users' YARA packs. Compiled once per worker into one matcher.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lexicon {
    /// Patterns; the index is the `id` of a `pattern` fact.
    pub patterns: Vec<Pattern>,
    /// Users' YARA sources: namespace and text.
    pub yara: Vec<(Box<str>, Box<str>)>,
}

/// One pattern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// Literals of at least 3 bytes, one of which every match contains. The whole pattern where there is no `regex`.
    pub literals: Vec<Box<[u8]>>,
    /// A regular expression (bytes, multi-line, Unicode off unless it says so) that must match around a literal's hit.
    pub regex: Option<Box<str>>,
    /// Letters match whatever their case; ASCII only.
    pub ignore_case: bool,
    /// The literals must not have a word character on either side.
    pub whole_word: bool,
}

/// How far before and after a literal's hit a regular expression may look, in bytes.
pub const REGEX_REACH_BYTES: usize = 1024;
