//! Where else lies what a finding rests on: each copy of its bytes, and each copy of a container that holds them.
//!
//! A container is opened once. What lies in a second copy of it has no node there, so that copy itself is named. Costs one
//! pass over the tree, and then each content once. Not handled: copies that differ in any byte; what lies in more than
//! [`EDGES_MAX`] containers is told as far as those go.

use crate::places::Places;
use doorward_model::{ALSO_MAX, ContentId, NodeId};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Most first places of packages that are kept of a group: those that are told, that of the finding itself, and one to spare.
const HEADS_MAX: usize = ALSO_MAX + 2;
/// Most places that are kept of a group, in the order of the tree. Among so many are enough that are no package's first.
const FIRST_MAX: usize = 2 * HEADS_MAX;
/// Most steps from contents to the containers that hold them, for one finding.
const EDGES_MAX: usize = 1 << 16;

/// Copies by content, each looked up once.
pub(crate) struct Copies<'a> {
    places: &'a Places<'a>,
    /// For each node the nearest container with a content.
    holders: Vec<Option<NodeId>>,
    /// For each node whether its members are nodes.
    opened: Vec<bool>,
    containers: BTreeMap<ContentId, Rc<Group>>,
    gathered: BTreeMap<ContentId, Rc<Group>>,
}

/// Places that hold the same.
#[derive(Clone, Default)]
struct Group {
    count: u64,
    /// The first place in each package; at most [`HEADS_MAX`].
    heads: Vec<NodeId>,
    /// The first places; at most [`FIRST_MAX`].
    first: Vec<NodeId>,
    /// The contents of the containers around all places, opened ones included.
    holders: Vec<ContentId>,
}

/// Other places, and how many there are in all.
pub(crate) type Elsewhere = (Vec<NodeId>, u64);

impl<'a> Copies<'a> {
    pub fn new(places: &'a Places<'a>) -> Self {
        let nodes = &places.tree.nodes;
        let mut holders: Vec<Option<NodeId>> = Vec::with_capacity(nodes.len());
        let mut opened = vec![false; nodes.len()];
        for node in nodes {
            // Parents stand before their children.
            let holder = node.parent.and_then(|parent| match nodes[parent.0 as usize].content {
                Some(_) => Some(parent),
                None => holders.get(parent.0 as usize).copied().flatten(),
            });
            if let Some(holder) = holder {
                opened[holder.0 as usize] = true;
            }
            holders.push(holder);
        }
        Self { places, holders, opened, containers: BTreeMap::new(), gathered: BTreeMap::new() }
    }

    /// Every other place of the bytes at this place.
    pub fn of_bytes(&mut self, here: NodeId, content: ContentId) -> Elsewhere {
        let group = match self.gathered.get(&content) {
            Some(group) => Rc::clone(group),
            None => {
                let own = self.group(self.places.of_content(content));
                let group = Rc::new(self.gather(own, Some(content)));
                self.gathered.insert(content, Rc::clone(&group));
                group
            }
        };
        self.select(here, &group, true)
    }

    /// Every other place among those of a content of which the same is said, and the copies of what holds them.
    pub fn of_claim(&mut self, here: NodeId, content: ContentId, alike: impl Fn(NodeId) -> bool) -> Elsewhere {
        let own = self.group(self.places.of_content(content).filter(|node| *node == here || alike(*node)));
        let group = self.gather(own, Some(content));
        self.select(here, &group, true)
    }

    /// The copies of the container that a package lies in: there it is whole again. Where nothing was opened, each copy is a
    /// package of its own.
    pub fn of_package(&mut self, here: NodeId, base: NodeId) -> Elsewhere {
        let content = |node: NodeId| self.places.tree.nodes.get(node.0 as usize).and_then(|node| node.content);
        let container = match content(base) {
            Some(_) => Some(base).filter(|base| self.is_open(*base)),
            None => self.holders.get(base.0 as usize).copied().flatten(),
        };
        let Some(container) = container.and_then(content) else { return (Vec::new(), 0) };
        let own = Group { holders: vec![container], ..Group::default() };
        let group = self.gather(own, None);
        self.select(here, &group, false)
    }

    fn is_open(&self, node: NodeId) -> bool {
        self.opened.get(node.0 as usize).copied().unwrap_or_default()
    }

    fn unit(&self, node: NodeId) -> Option<u32> {
        self.places.placement(node).map(|placement| placement.unit)
    }

    fn group(&self, nodes: impl Iterator<Item = NodeId>) -> Group {
        let mut group = Group::default();
        let mut holders = BTreeSet::new();
        let mut units = BTreeSet::new();
        for node in nodes {
            let holder = self.holders.get(node.0 as usize).copied().flatten();
            holders.extend(holder.and_then(|holder| self.places.tree.node(holder).content));
            group.count += 1;
            if group.first.len() < FIRST_MAX {
                group.first.push(node);
            }
            if group.heads.len() < HEADS_MAX && units.insert(self.unit(node)) {
                group.heads.push(node);
            }
        }
        group.holders = holders.into_iter().collect();
        group
    }

    /// The copies of a container that were not opened.
    fn container(&mut self, content: ContentId) -> Rc<Group> {
        if let Some(group) = self.containers.get(&content) {
            return Rc::clone(group);
        }
        let closed = self.group(self.places.of_content(content).filter(|node| !self.is_open(*node)));
        let all = self.group(self.places.of_content(content));
        let group = Rc::new(Group { holders: all.holders, ..closed });
        self.containers.insert(content, Rc::clone(&group));
        group
    }

    /// Adds the copies of the containers around a group, and of those around these.
    fn gather(&mut self, own: Group, content: Option<ContentId>) -> Group {
        let mut met: BTreeSet<ContentId> = content.into_iter().collect();
        let mut waiting = own.holders.clone();
        waiting.truncate(EDGES_MAX);
        let mut edges = waiting.len();
        let mut all = own;
        while let Some(content) = waiting.pop() {
            if !met.insert(content) {
                continue;
            }
            let group = self.container(content);
            all.count += group.count;
            all.heads.extend_from_slice(&group.heads);
            all.first.extend_from_slice(&group.first);
            let further = &group.holders[..group.holders.len().min(EDGES_MAX - edges)];
            edges += further.len();
            waiting.extend_from_slice(further);
        }
        all.heads.sort_unstable();
        let mut units = BTreeSet::new();
        all.heads.retain(|node| units.insert(self.unit(*node)));
        all.heads.truncate(HEADS_MAX);
        all.first.sort_unstable();
        all.first.truncate(FIRST_MAX);
        all
    }

    /// The first place in each other package, then further ones, each in the order of the tree. `counted` where the group
    /// has the place itself.
    fn select(&self, here: NodeId, group: &Group, counted: bool) -> Elsewhere {
        let mut also: Vec<NodeId> = group.heads.iter().copied().filter(|node| self.unit(*node) != self.unit(here)).collect();
        also.truncate(ALSO_MAX);
        let mut rest: Vec<NodeId> = group.heads.iter().chain(&group.first).copied().collect();
        rest.sort_unstable();
        rest.dedup();
        rest.retain(|node| *node != here && !also.contains(node));
        rest.truncate(ALSO_MAX - also.len());
        also.extend(rest);
        (also, group.count.saturating_sub(u64::from(counted)))
    }
}
