//! The tree of APIs of one language: a name becomes an API by walking it, whatever way the program spells the name.

use super::apis::{self, Row};
use super::builtins::{self, Builtin};
use super::names::Hashed;
use crate::languages::Language;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The node of the root: what holds all global names.
pub(crate) const ROOT: u32 = 0;

/// The tree of one language.
pub(crate) struct Tree {
    nodes: Vec<Node>,
    children: HashMap<(u32, &'static str), u32, Hashed>,
}

/// One name in the tree.
#[derive(Clone, Copy, Default)]
pub(crate) struct Node {
    /// What it means.
    pub row: Option<&'static Row>,
    /// What computes it.
    pub builtin: Option<Builtin>,
}

static PYTHON: LazyLock<Tree> = LazyLock::new(|| Tree::new(apis::PYTHON, builtins::PYTHON));
static JAVASCRIPT: LazyLock<Tree> = LazyLock::new(|| Tree::new(apis::JAVASCRIPT, builtins::JAVASCRIPT));
static RUST: LazyLock<Tree> = LazyLock::new(|| Tree::new(apis::RUST, builtins::RUST));
static NONE: LazyLock<Tree> = LazyLock::new(|| Tree::new(&[], &[]));

/// The tree of a language; commands have a table of their own.
pub(crate) fn of(language: Language) -> &'static Tree {
    match language {
        Language::Python => &PYTHON,
        Language::JavaScript => &JAVASCRIPT,
        Language::Rust => &RUST,
        Language::Shell | Language::Batch | Language::PowerShell => &NONE,
    }
}

impl Tree {
    fn new(rows: &'static [Row], builtins: &'static [(&'static str, Builtin)]) -> Self {
        let mut tree = Self { nodes: vec![Node::default()], children: HashMap::default() };
        for row in rows {
            let node = tree.grow(row.name);
            if let Some(node) = tree.node_mut(node) {
                node.row = Some(row);
                node.builtin = row.evaluate.and_then(builtins::named);
            }
        }
        for (name, builtin) in builtins {
            let node = tree.grow(name);
            if let Some(node) = tree.node_mut(node) {
                node.builtin = Some(*builtin);
            }
        }
        tree
    }

    fn node_mut(&mut self, node: u32) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(node).ok()?)
    }

    fn grow(&mut self, name: &'static str) -> u32 {
        segments(name).fold(ROOT, |node, part| {
            let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            let child = *self.children.entry((node, part)).or_insert(next);
            if child == next {
                self.nodes.push(Node::default());
            }
            child
        })
    }

    pub(crate) fn node(&self, node: u32) -> Node {
        usize::try_from(node).ok().and_then(|node| self.nodes.get(node)).copied().unwrap_or_default()
    }

    pub(crate) fn child(&self, node: u32, name: &str) -> Option<u32> {
        self.children.get(&(node, name)).copied()
    }

    /// The node of a dotted name, from the root.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        if let Some(node) = self.child(ROOT, name) {
            return Some(node);
        }
        name.split('.').try_fold(ROOT, |node, part| self.child(node, part))
    }
}

/// The parts of a row's name, without the module that holds the globals.
fn segments(name: &'static str) -> impl Iterator<Item = &'static str> {
    let name = name.strip_prefix("builtins.").or_else(|| name.strip_prefix("globalThis.")).unwrap_or(name);
    name.split('.').flat_map(|part| {
        let end = part.find(['(', '[']).unwrap_or(part.len());
        let (word, marks) = part.split_at(end);
        let word = Some(word).filter(|word| !word.is_empty());
        let pairs = marks.as_bytes().chunks(2).map(|pair| if pair == b"()" { "()" } else { "[]" });
        word.into_iter().chain(pairs)
    })
}
