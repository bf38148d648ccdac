//! Where the files of a shipment come from, before it is written in any format.
//!
//! A shipped file is told by its number in the report of the artefact, a place of a source by the number of the source and its own.

use crate::{Level, NodeId, Phase, Role};

/// Where everything in an artefact comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correspondence {
    /// Every shipped file, in the order of the artefact.
    pub files: Vec<Shipped>,
    /// Files of the sources that nothing in the artefact comes from, in their order.
    pub not_shipped: Vec<Spot>,
    /// Whether every file of the artefact was attributed, and the sources were read whole: level L2.
    pub inventoried: bool,
    /// Why the level is not higher, in words.
    pub why_not_higher: Vec<Box<str>>,
}

/// A place of a source or of a known package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// Which source: those of `--source` first, those of `--known` behind them.
    pub shelf: u32,
    /// The place in it.
    pub node: NodeId,
}

/// A shipped file, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Shipped {
    /// The place in the artefact.
    pub node: NodeId,
    /// What it is to the sources.
    pub status: Status,
    /// How it was made from what it comes from; absent where it is the same, or nothing.
    pub how: Option<How>,
    /// What it comes from, most of it first.
    pub from: Vec<Spot>,
    /// The file of a source that stands at its place and is another.
    pub instead_of: Option<Spot>,
    /// Where its bytes come from, in order; empty where it is explained as a whole.
    pub ranges: Vec<Range>,
    /// Lines or pieces of what it comes from that it lacks.
    pub lacks: Vec<Gap>,
    /// Rights, or where a link points, where they are not those of the source; in words.
    pub relabelled: Option<Box<str>>,
    /// What else should be known of it, in words.
    pub says: Vec<Box<str>>,
    /// The strongest finding in it; of an unexplained file.
    pub level: Option<Level>,
    /// What it does, as rules and facts say; of an unexplained file.
    pub does: Vec<Box<str>>,
    /// What it is for in its package.
    pub role: Role,
    /// When it first runs.
    pub phase: Phase,
}

/// What a shipped file is to the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// A source has a file of these bytes.
    Identical,
    /// A known step makes it from a source, and it was checked.
    Transformed,
    /// A package that the user named as known has it.
    Known,
    /// All of it or some of it comes from nowhere, or it lacks some of what it comes from.
    Nothing,
}

impl Status {
    /// Every status, with its name as JSON writes it and what it means.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Identical, "identical", "A source has a file of these bytes."),
        (Self::Transformed, "transformed", "A known step makes it from a source, and it was checked."),
        (Self::Known, "known", "A package that was named as known has it."),
        (Self::Nothing, "nothing", "All or some of it comes from nowhere, or it lacks some of what it comes from."),
    ];

    /// The name, as JSON writes it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, ..)| *status == self).map_or("", |(_, name, _)| name)
    }
}

/// How a file was made from what it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// Other line endings, a byte order mark, or none at the end.
    LineEndings,
    /// What the version control system fills in when it exports.
    Filled,
    /// Whole files, one behind the other.
    Joined,
    /// Metadata that the packager writes.
    Packager,
    /// A document of the same values.
    SameValues,
    /// An empty file.
    Empty,
}

impl How {
    /// Every way, with its name as JSON writes it and what it means.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::LineEndings, "line-endings", "The same lines with other line endings, or with or without a byte order mark."),
        (Self::Filled, "filled", "The same lines, with commit, date or references where the source has a keyword."),
        (Self::Joined, "joined", "Whole files of the sources, one behind the other."),
        (Self::Packager, "packager", "Metadata of the form that the packager writes, checked against source and shipment."),
        (Self::SameValues, "same-values", "A document whose values all stand in the source's."),
        (Self::Empty, "empty", "Nothing is in it."),
    ];

    /// The name, as JSON writes it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(how, ..)| *how == self).map_or("", |(_, name, _)| name)
    }
}

/// A range of a shipped file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First byte.
    pub start: u64,
    /// Behind the last one.
    pub end: u64,
    /// First line; 0 where the file is no text.
    pub line: u32,
    /// Last line.
    pub line_end: u32,
    /// Where it comes from; absent where from nowhere.
    pub from: Option<Spot>,
    /// Whether it is of the form that a packager writes, or only blank.
    pub formal: bool,
}

/// What a shipped file lacks of the file that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The file.
    pub of: Spot,
    /// First line of it, or first byte where it is no text.
    pub first: u64,
    /// Last line of it, or behind its last byte.
    pub last: u64,
    /// Whether these are lines.
    pub lines: bool,
}

impl Shipped {
    /// Bytes of the file that come from nowhere.
    pub fn foreign_bytes(&self) -> u64 {
        self.ranges.iter().filter(|range| range.from.is_none() && !range.formal).map(|range| range.end - range.start).sum()
    }
}

impl Correspondence {
    /// The files that are not explained, those that do the most first.
    pub fn unexplained(&self) -> Vec<&Shipped> {
        let mut files: Vec<&Shipped> = self.files.iter().filter(|file| file.status == Status::Nothing).collect();
        files.sort_by_key(|file| {
            let aside = !matches!(file.role, Role::Code | Role::Build);
            (std::cmp::Reverse(file.level), aside, file.phase, std::cmp::Reverse(file.does.len()), file.node)
        });
        files
    }
}
