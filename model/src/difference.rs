//! What changed between two audits, before it is written in any format.
//!
//! Nodes and findings are told by their numbers in the report of the side that has them.

use crate::{NodeId, Report};

/// One side of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Side<'r> {
    /// What was audited, or what a saved report holds of it.
    pub report: &'r Report,
    /// Whether all facts are known; else only those that the inventory of a saved report lists.
    pub facts: bool,
}

/// Everything that changed from the old side to the new one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// What is compared: the one package of each side, or empty.
    pub subject: Subject,
    /// Findings that only one side has: new ones first, each in the order of its report.
    pub doors: Vec<DoorChange>,
    /// What the new side newly does, holds or lacks: by class, heaviest first, then what is of weight, then by words.
    pub changes: Vec<Change>,
    /// Places whose content, name or attributes differ: in the order of the new side, those that went away last.
    pub places: Vec<PlaceChange>,
    /// Files that are the same at the same place.
    pub unchanged: u64,
    /// What could not be compared, in words.
    pub not_compared: Vec<Box<str>>,
}

impl Difference {
    /// The changes that a person should see, in their order.
    pub fn of_weight(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.weighs)
    }
}

/// The package that both sides hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Name and version on the old side; empty where there is not just one package.
    pub old: (Box<str>, Box<str>),
    /// Name and version on the new side.
    pub new: (Box<str>, Box<str>),
}

/// On which side something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// On the new side only.
    New,
    /// On both sides, and not the same.
    Altered,
    /// On the old side only.
    Gone,
}

impl Turn {
    /// The name, as JSON writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Altered => "altered",
            Self::Gone => "gone",
        }
    }
}

/// A finding that one side has and the other has not, or has at a lower level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DoorChange {
    /// `Altered` where the level rose.
    pub turn: Turn,
    /// Its position among the findings of the new side; of the old side where it went away.
    pub finding: u32,
}

/// Something that a package newly does, holds or lacks.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// A row of [`CLASSES`].
    pub class: &'static Class,
    /// New, gone or altered.
    pub turn: Turn,
    /// Whether a person should see it: not where it is in tests, documents or comments alone, or where its going away is no loss.
    pub weighs: bool,
    /// Nothing of this kind was there before.
    pub first: bool,
    /// What it is, visible and masked.
    pub what: Box<str>,
    /// What stood there before, where it is altered.
    pub was: Option<Box<str>>,
    /// Where it is first; on the old side where it is gone.
    pub node: NodeId,
    /// Line, counted from 1; 0 where there is none.
    pub line: u32,
    /// How many places of that side have it.
    pub places: u64,
}

/// A class of changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Class {
    /// Name, as JSON writes it.
    pub name: &'static str,
    /// Heading of a list.
    pub heading: &'static str,
    /// What belongs to it.
    pub doc: &'static str,
}

macro_rules! classes {
    ($( $constant:ident = $name:literal, $heading:literal, $doc:literal; )+) => {
        $(
            #[doc = $doc]
            pub static $constant: Class = Class { name: $name, heading: $heading, doc: $doc };
        )+
        /// All classes, heaviest first.
        pub static CLASSES: &[&Class] = &[$(&$constant),+];
    };
}

classes! {
    CAPABILITY = "capability", "New capabilities", "What code does: programs it starts, code it evaluates, what it reads, sends, writes or replaces.";
    DESTINATION = "destination", "New destinations", "Hosts and public addresses.";
    KEY = "key", "New keys", "Keys, certificates and credentials, by fingerprint.";
    INSTALL = "install", "New code that runs by itself", "Commands and files that run while a package is built, installed or opened.";
    OPAQUE = "opaque", "New opaque parts", "Bytes that are encrypted, of no known format, not accounted for, or decoded into code; names that deceive.";
    EXECUTABLE = "executable", "New executables", "Executables, libraries and object files.";
    DEPENDENCY = "dependency", "New dependencies", "Packages that are asked for, with where they come from.";
    PERSON = "person", "New maintainers", "Who the manifest says makes or keeps the package.";
    HOOK = "hook", "New hooks", "Functions of the platform that are replaced, and rights that a host is asked for.";
    ENTRY = "entry", "New entry points", "Files that are started or imported by a name of their own.";
    CHECK = "check", "Checks removed or weakened", "Calls that verify a certificate, signature, digest or right, or write a log.";
    CONSTANT = "constant", "Cryptographic constants changed", "Values under the same name in the same file.";
    TEST_DATA = "test-data", "Test data that the build newly reads", "Files of tests that code names which builds or installs the package.";
    MODE = "mode", "Rights and links changed", "Permission bits that let a file run or run as its owner, and where links point.";
}

impl Class {
    /// Its position among [`CLASSES`].
    pub fn rank(&self) -> usize {
        CLASSES.iter().position(|class| *class == self).unwrap_or(CLASSES.len())
    }
}

/// What became of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// On the new side only, and its bytes are.
    Added,
    /// On the new side only; the same bytes lie elsewhere on both.
    Copied,
    /// The same place, other bytes.
    Changed,
    /// The same bytes at another place.
    Moved,
    /// Another place and other bytes, recognised by its name or by what is in it.
    Rewritten,
    /// The same bytes at the same place with another mode, owner or link target.
    Relabelled,
    /// On the old side only.
    Removed,
}

impl Fate {
    /// Every fate, with its name as JSON writes it and what it means.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Added, "added", "On the new side only, and its bytes are."),
        (Self::Copied, "copied", "On the new side only; the same bytes lie elsewhere on both."),
        (Self::Changed, "changed", "The same place, other bytes."),
        (Self::Moved, "moved", "The same bytes at another place."),
        (Self::Rewritten, "rewritten", "Another place and other bytes, recognised by its name or by what is in it."),
        (Self::Relabelled, "relabelled", "The same bytes at the same place with another mode, owner or link target."),
        (Self::Removed, "removed", "On the old side only."),
    ];

    /// The name, as JSON writes it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fate, ..)| *fate == self).map_or("", |(_, name, _)| name)
    }
}

/// A place that is not the same on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceChange {
    /// What became of it.
    pub fate: Fate,
    /// The place on the old side.
    pub old: Option<NodeId>,
    /// The place on the new side.
    pub new: Option<NodeId>,
    /// Whether it holds others that changed: what changed in it is told of them.
    pub container: bool,
    /// Whether it also has another mode, owner or link target.
    pub relabelled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_named_once_and_ranked() {
        for (rank, class) in CLASSES.iter().enumerate() {
            assert_eq!(class.rank(), rank, "{}", class.name);
            assert!(class.doc.ends_with('.') && !class.heading.ends_with('.'));
        }
    }
}
