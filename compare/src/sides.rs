//! One side of a comparison, with what is looked up of it often.

use crate::packages::{self, PackageKey};
use doorward_model::difference::Side;
use doorward_model::{Content, Digest, Node, NodeId, Phase, Report, Role, Step, Tree};
use std::collections::HashMap;

/// Shortest version that is taken for one inside of a text.
const VERSION_BYTES_MIN: usize = 5;

/// A side, looked up in constant time.
pub(crate) struct View<'r> {
    pub report: &'r Report,
    pub tree: &'r Tree,
    /// Whether all facts are known.
    pub facts: bool,
    /// What each place holds, in the order of the tree.
    pub children: Vec<Vec<NodeId>>,
    /// The package of each place.
    pub packages: Vec<PackageKey>,
    /// The places of each content, in the order of the tree.
    pub places: Vec<Vec<NodeId>>,
    /// The version of the package that is compared; empty where it is too short to be told from other numbers.
    version: Box<str>,
    /// The first folder of nearly all that the root holds, with its slash; else empty.
    pub top: Vec<u8>,
}

impl<'r> View<'r> {
    pub fn new(side: Side<'r>) -> Self {
        let tree = &side.report.tree;
        let mut children = vec![Vec::new(); tree.nodes.len()];
        let mut places = vec![Vec::new(); tree.contents.len()];
        for (id, node) in ids(tree) {
            if let Some(held) = node.parent.and_then(|parent| children.get_mut(parent.0 as usize)) {
                held.push(id);
            }
            if let Some(places) = node.content.and_then(|content| places.get_mut(content.0 as usize)) {
                places.push(id);
            }
        }
        let packages = packages::of_places(tree);
        let mut view = Self {
            report: side.report,
            tree,
            facts: side.facts,
            children,
            packages,
            places,
            version: "".into(),
            top: Vec::new(),
        };
        let (_, version) = packages::of_side(&view);
        view.top = top(&view);
        view.version = if version.len() < VERSION_BYTES_MIN { "".into() } else { version };
        view
    }

    /// What a place holds; of a root also what is inside its layers of compression, in their place.
    pub fn held(&self, id: NodeId) -> Vec<NodeId> {
        let mut held = self.children[id.0 as usize].clone();
        let is_layer = |id: &NodeId| self.tree.node(*id).step == Step::Layer;
        while self.tree.node(id).parent.is_none()
            && let Some(at) = held.iter().position(is_layer)
        {
            let inside = self.children[held[at].0 as usize].iter().copied();
            held.splice(at..=at, inside);
        }
        held
    }

    /// What is said without the package's own version, which is another in every release.
    pub fn without_version(&self, what: &str) -> Box<str> {
        if self.version.is_empty() { what.into() } else { what.replace(&*self.version, "#").into() }
    }

    pub fn content(&self, id: NodeId) -> Option<&'r Content> {
        self.tree.node(id).content.map(|content| self.tree.content(content))
    }

    pub fn digest(&self, id: NodeId) -> Option<Digest> {
        self.content(id).map(|content| content.digest)
    }

    /// Whether a place is a manifest that holds a description for readers.
    pub fn describes(&self, id: NodeId) -> bool {
        let name = &self.tree.node(id).name;
        DESCRIBING.iter().any(|known| name.ends_with(known))
    }

    /// Whether a place is in tests or documents, which no user of the package runs.
    pub fn is_aside(&self, id: NodeId) -> bool {
        let placement = self.tree.placements.get(id.0 as usize);
        placement.is_some_and(|placement| matches!(placement.role, Role::Test | Role::Doc) && placement.phase >= Phase::Run)
    }
}

/// Manifests that end with the package's description.
const DESCRIBING: [&[u8]; 2] = [b"METADATA", b"PKG-INFO"];

/// All places with their ids.
pub(crate) fn ids(tree: &Tree) -> impl Iterator<Item = (NodeId, &Node)> {
    (0..).map(NodeId).zip(&tree.nodes)
}

/// The first folder of at least nine tenths of what a root holds, with its slash; else empty.
fn top(view: &View<'_>) -> Vec<u8> {
    let held = view.held(NodeId(0));
    let held = held.iter().map(|id| &*view.tree.node(*id).name);
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    let mut all = 0;
    for name in held {
        all += 1;
        if let Some(slash) = name.iter().position(|byte| *byte == b'/') {
            *counts.entry(&name[..=slash]).or_default() += 1;
        }
    }
    let most = counts.into_iter().find(|(_, count)| count * 10 >= all * 9);
    most.map(|(top, _)| top.to_vec()).unwrap_or_default()
}

/// What stands between the two sides and a whole comparison.
pub(crate) fn not_compared(old: &View<'_>, new: &View<'_>) -> Vec<Box<str>> {
    let mut said: Vec<Box<str>> = Vec::new();
    if !(old.facts && new.facts) {
        let which = match (old.facts, new.facts) {
            (false, false) => "both sides are saved reports",
            (false, true) => "the old side is a saved report",
            (true, _) => "the new side is a saved report",
        };
        let what = "capabilities, dependencies, maintainers, hooks, entry points, checks and constants were not compared; \
                    `audit --facts --json` keeps them";
        said.push(format!("{which} without facts: {what}").into());
    }
    if old.report.rules.digest != new.report.rules.digest || old.report.rules.policy_digest != new.report.rules.policy_digest {
        said.push("the sides were judged by other rules or another policy: a finding may be new because a rule is".into());
    }
    if old.report.limits != new.report.limits {
        said.push("the sides were audited under other limits: one may show what was cut off from the other".into());
    }
    if old.report.tool != new.report.tool {
        said.push(format!("the sides were audited by versions {} and {}", old.report.tool, new.report.tool).into());
    }
    said
}
