//! Spaces: trees of files. A directory on the command line is one, and so is every container that has members.
//!
//! The members of `control.tar` and `data.tar` in a Debian package, and of `data.tar.gz` in a gem, stand in the space of the
//! package itself, the first under `DEBIAN/`: that is where an unpacker lays them.

use crate::paths;
use doorward_model::{Kind, Node, Step};
use std::{borrow::Cow, collections::HashMap};

/// No space or no node.
pub(crate) const NONE: u32 = u32::MAX;

/// Which nodes are files, and in which space they stand.
pub(crate) struct Spaces<'t> {
    nodes: &'t [Node],
    /// One a node.
    pub(crate) spots: Vec<Spot>,
    /// In the order of their heads, so that a space comes after the one it lies in.
    pub(crate) spaces: Vec<Space>,
    /// Paths that are not a part of the node's own name.
    joined: HashMap<u32, Box<[u8]>>,
}

/// Where a node stands.
#[derive(Clone, Copy)]
pub(crate) struct Spot {
    /// The file that it is or was decoded, carved or decompressed from.
    pub(crate) host: u32,
    /// The space of its host; [`NONE`] for a root.
    pub(crate) space: u32,
    /// Whether it was decoded from a payload layer, or lies in what was.
    pub(crate) hidden: bool,
    /// Whether no structure accounts for it, or it lies in what none accounts for.
    pub(crate) carved: bool,
}

/// A tree of files.
pub(crate) struct Space {
    /// The node that holds its members.
    pub(crate) head: u32,
    /// Whether it is a directory on disk rather than a container.
    pub(crate) directory: bool,
}

impl<'t> Spaces<'t> {
    /// The path of a node's host in its space; empty for a root.
    pub(crate) fn path(&self, node: u32) -> &[u8] {
        let host = self.spots[node as usize].host;
        if let Some(path) = self.joined.get(&host) {
            return path;
        }
        let node = &self.nodes[host as usize];
        match (&node.step, paths::plain(&node.name)) {
            (Step::Member { .. }, Cow::Borrowed(path)) => path,
            _ => b"",
        }
    }

    /// The file that holds a space.
    pub(crate) fn host(&self, space: u32) -> u32 {
        self.spots[self.spaces[space as usize].head as usize].host
    }
}

/// Finds the space and path of every node.
pub(crate) fn find(nodes: &[Node]) -> Spaces<'_> {
    let wrappers = wrappers(nodes);
    let mut found = Spaces { nodes, spots: Vec::with_capacity(nodes.len()), spaces: Vec::new(), joined: HashMap::new() };
    // The space whose members' parent a node is, once it has one.
    let mut inner = vec![NONE; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        let id = at as u32;
        let parent = node.parent.map(|parent| parent.0).filter(|&parent| parent < id);
        let spot = match (parent, &node.step) {
            (None, _) => Spot { host: id, space: NONE, hidden: false, carved: false },
            (Some(parent), Step::Member { .. }) => member(&mut found, &wrappers, &mut inner, id, parent),
            (Some(parent), step) => {
                let from = found.spots[parent as usize];
                let hidden = from.hidden || matches!(step, Step::Decoded { .. });
                let carved = from.carved || matches!(step, Step::Carved { .. });
                Spot { hidden, carved, ..from }
            }
        };
        found.spots.push(spot);
    }
    found
}

/// The spot of a member, whose path is kept where it is not a part of its own name.
fn member(found: &mut Spaces<'_>, wrappers: &[Wrapper], inner: &mut [u32], id: u32, parent: u32) -> Spot {
    let nodes = found.nodes;
    let from = found.spots[parent as usize];
    let holder = &nodes[parent as usize];
    let name = paths::plain(&nodes[id as usize].name);
    let mut before: Box<[u8]> = Box::default();
    let space = if holder.meta.kind == Kind::Directory && from.space != NONE {
        before = paths::mount(found.path(parent));
        from.space
    } else if let Some((space, folder)) = laid_out(found, wrappers, parent) {
        before = folder.into();
        space
    } else if inner[parent as usize] != NONE {
        inner[parent as usize]
    } else {
        let space = found.spaces.len() as u32;
        found.spaces.push(Space { head: parent, directory: holder.meta.kind == Kind::Directory });
        inner[parent as usize] = space;
        space
    };
    if !before.is_empty() || matches!(name, Cow::Owned(_)) {
        found.joined.insert(id, [&before, name.as_ref()].concat().into());
    }
    // A member of a carved archive has its own place in it; what was hidden stays hidden.
    Spot { host: id, space, carved: false, ..from }
}

/// For the tar of a Debian package's or gem's part: the package's space, and the folder in it that its members go to.
fn laid_out(found: &Spaces<'_>, wrappers: &[Wrapper], tar: u32) -> Option<(u32, &'static [u8])> {
    let mut at = tar;
    while found.nodes[at as usize].step == Step::Layer {
        at = found.nodes[at as usize].parent?.0;
    }
    let part = &found.nodes[at as usize];
    let package = part.parent?;
    let space = found.spots[at as usize].space;
    let whole = found.spaces.get(space as usize)?;
    if whole.head != package.0 || !matches!(part.step, Step::Member { .. }) {
        return None;
    }
    let name = paths::plain(&part.name);
    match wrappers[package.0 as usize] {
        Wrapper::Deb if name.starts_with(b"control.tar") => Some((space, b"DEBIAN/")),
        Wrapper::Deb if name.starts_with(b"data.tar") => Some((space, b"")),
        Wrapper::Gem if name.starts_with(b"data.tar") => Some((space, b"")),
        _ => None,
    }
}

/// What kind of package a node's members show it to be.
#[derive(Clone, Copy, PartialEq)]
enum Wrapper {
    Neither,
    Deb,
    Gem,
}

/// For each node, whether a member of it marks a Debian package or a gem.
fn wrappers(nodes: &[Node]) -> Vec<Wrapper> {
    let mut wrappers = vec![Wrapper::Neither; nodes.len()];
    for node in nodes {
        let wrapper = match paths::plain(&node.name).as_ref() {
            b"debian-binary" => Wrapper::Deb,
            b"metadata.gz" => Wrapper::Gem,
            _ => continue,
        };
        if let (Step::Member { .. }, Some(parent)) = (&node.step, node.parent)
            && nodes.get(parent.0 as usize).is_some_and(|parent| parent.meta.kind != Kind::Directory)
        {
            wrappers[parent.0 as usize] = wrapper;
        }
    }
    wrappers
}
