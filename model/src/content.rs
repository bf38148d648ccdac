//! Contents: bytes, once each, whatever the number of their places.

use crate::{Digest, Fact, Span, Summary};
use serde::{Deserialize, Serialize};

/// What is known of one content under one reading. Knows no path, role, phase, package or depth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// Bytes.
    pub len: u64,
    /// What the bytes are.
    pub reading: Reading,
    /// How far they were examined.
    pub examined: Examined,
    /// Names of the functions that facts point at; index 0 is the top level and has an empty name.
    pub functions: Vec<Box<str>>,
    /// What was seen, in order of span, then kind.
    pub facts: Vec<Fact>,
    /// What went wrong, in order of span, then kind.
    pub problems: Vec<Problem>,
    /// What it asks of other files and offers to them; `None` for what is no code, or code that was not followed.
    #[serde(default)]
    pub summary: Option<Box<Summary>>,
}

/// The format or language that a content was read as: the `name` of a row of `doorward formats`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reading {
    /// Name of the format.
    pub format: Box<str>,
}

/// How far a content was examined, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Examined {
    /// Only counted and hashed, because examining it failed or was cut off.
    Hashed,
    /// Searched for patterns and payload layers, not parsed.
    Scanned,
    /// Its structure was read (headers, imports, sections, manifest, syntax tree), and it was searched.
    Parsed,
    /// Taken apart into its parts, which are examined themselves.
    Opened,
}

/// Something that kept a content from being examined whole, or that its structure does not account for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// The bytes concerned, where it is known.
    pub span: Option<Span>,
    /// Which kind.
    pub kind: ProblemKind,
    /// One plain clause: what, with the number that decided. No bytes of the input, unless made visible.
    pub detail: Box<str>,
}

impl Problem {
    /// A problem with a whole content.
    pub fn new(kind: ProblemKind, detail: impl Into<Box<str>>) -> Self {
        Self { span: None, kind, detail: detail.into() }
    }

    /// A problem with some bytes.
    pub fn at(span: Span, kind: ProblemKind, detail: impl Into<Box<str>>) -> Self {
        Self { span: Some(span), kind, detail: detail.into() }
    }
}

/// Kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// A limit of the audit was reached.
    Limit,
    /// Bytes that the structure around them does not account for; they are examined as a carved child.
    Unaccounted,
    /// Encrypted, and no password opened it.
    Encrypted,
    /// Does not follow its format.
    Malformed,
    /// A format, version or method that is recognised and not handled.
    Unsupported,
    /// Nested deeper than is read.
    Nesting,
    /// Larger than is parsed; read as tokens and literals only.
    ParseLimit,
    /// The worker that examined it died, even alone.
    Crashed,
    /// The worker that examined it was stopped by the watchdog.
    TimedOut,
    /// More facts than are kept for one content.
    FactsCapped,
    /// The bytes changed while they were read.
    Changed,
    /// A content that contains itself.
    Cycle,
    /// Could not be read from the disk.
    Unreadable,
    /// Names that a reader could take for others, or places outside the container: traversal, absolute, duplicates.
    Deceptive,
}

impl ProblemKind {
    /// Every kind, with its name as JSON and rules write it and what it means.
    pub const ALL: [(Self, &'static str, &'static str); 14] = [
        (Self::Limit, "limit", "A limit of the audit was reached: what lies behind it was not examined."),
        (Self::Unaccounted, "unaccounted", "Bytes that the structure around them does not account for."),
        (Self::Encrypted, "encrypted", "Encrypted, and no password that was given opens it."),
        (Self::Malformed, "malformed", "Does not follow its format; read as far as it goes."),
        (Self::Unsupported, "unsupported", "A format, version or method that is recognised and not handled."),
        (Self::Nesting, "nesting", "Nested deeper than is read."),
        (Self::ParseLimit, "parse-limit", "Larger than is parsed."),
        (Self::Crashed, "crashed", "Examining it ended its worker process, even alone."),
        (Self::TimedOut, "timed-out", "Examining it took longer than the watchdog allows."),
        (Self::FactsCapped, "facts-capped", "More facts than are kept for one content."),
        (Self::Changed, "changed", "The bytes changed while they were read."),
        (Self::Cycle, "cycle", "It contains itself."),
        (Self::Unreadable, "unreadable", "It could not be read from the disk."),
        (Self::Deceptive, "deceptive", "Its name leads outside, repeats another or hides what it is."),
    ];

    /// The name, as JSON and rules write it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }
}
