//! Everything that was opened and observed in one audit, as later stages see it: no bytes.

use crate::{Content, ContentId, Fact, Node, NodeId, Problem, Root};
use serde::{Deserialize, Serialize};

/// Places, contents and, once linked, packages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// The inputs, in the order given.
    pub roots: Vec<Root>,
    /// Places, parents before their children, in the order of the merge.
    pub nodes: Vec<Node>,
    /// Contents, in the order of their first place.
    pub contents: Vec<Content>,
    /// Problems of a place rather than of a content: names, links, cycles, members that could not be read.
    pub place_problems: Vec<(NodeId, Problem)>,
    /// Packages; empty before `link`.
    pub units: Vec<Unit>,
    /// For every node where it stands in its unit; empty before `link`.
    pub placements: Vec<Placement>,
}

impl Tree {
    /// A node; the ids in a tree are its own.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// A content; the ids in a tree are its own.
    pub fn content(&self, id: ContentId) -> &Content {
        &self.contents[id.0 as usize]
    }

    /// The nodes from the root to this one.
    pub fn chain(&self, id: NodeId) -> Vec<NodeId> {
        let mut chain = vec![id];
        let mut at = id;
        while let Some(parent) = self.node(at).parent {
            chain.push(parent);
            at = parent;
        }
        chain.reverse();
        chain
    }
}

/// The files below the nearest manifest, which are judged together as one package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// `pypi`, `npm`, `crates`, `deb`, `gem`, `maven`, ...; empty where no manifest says.
    pub ecosystem: Box<str>,
    /// What the manifest says; empty where there is none.
    pub name: Box<str>,
    /// What the manifest says; empty where there is none.
    pub version: Box<str>,
    /// The container or root that holds its files.
    pub base: NodeId,
    /// Path of its folder inside `base`, with a slash at the end; empty at the top.
    #[serde(default)]
    pub folder: Box<[u8]>,
    /// Its files, sorted by path inside the unit.
    pub members: Vec<NodeId>,
    /// Package facts, each with the place that it is about.
    pub facts: Vec<(NodeId, Fact)>,
}

/// Where a node stands in its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// Index of the unit in [`Tree::units`].
    pub unit: u32,
    /// Path inside the unit, of the file that the node is or was decoded from.
    pub path: Box<[u8]>,
    /// What the file is for.
    pub role: Role,
    /// When it first runs; of code, its top level.
    pub phase: Phase,
    /// Of code whose calls are known, the functions that run without anybody calling them, and when; sorted. All others run
    /// when somebody calls them. `None` where the calls are not known: whatever is in the file may run when the file does.
    #[serde(default)]
    pub functions: Option<Box<[(u32, Phase)]>>,
}

impl Placement {
    /// When the code of a function of the file runs without anybody calling it; else [`Phase::Run`].
    pub fn phase_of(&self, function: u32) -> Phase {
        let Some(known) = &self.functions else { return self.phase };
        let at = known.binary_search_by_key(&function, |(function, _)| *function);
        at.map_or(self.phase.max(Phase::Run), |at| known[at].1)
    }
}

/// What a file of a package is for. Changes confidence, never visibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Part of what the package offers.
    Code,
    /// Builds or installs the package.
    Build,
    /// Tests or examples.
    Test,
    /// Documentation.
    Doc,
    /// Anything else that no program of the package runs.
    Data,
    /// Says what the package is.
    Manifest,
}

/// When code runs without anybody asking for it, earliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// While the package is built from source.
    Build,
    /// While the package manager installs it.
    Install,
    /// When its folder is opened in an editor or entered in a shell.
    Open,
    /// When a program imports it, or at every start of an interpreter.
    Import,
    /// When somebody calls it.
    Run,
    /// When its tests run.
    Test,
}

macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),+ }) => {
        impl $type {
            /// The name, as JSON and rules write it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

named!(Role { Code = "code", Build = "build", Test = "test", Doc = "doc", Data = "data", Manifest = "manifest" });
named!(Phase { Build = "build", Install = "install", Open = "open", Import = "import", Run = "run", Test = "test" });
