//! Which place of the old side became which of the new one.
//!
//! Container by container from the roots: by name, then by the name without versions and hashes. What is left is matched by
//! its bytes, then by its name without any digits in the same folder, by its own name elsewhere, and by what is in it.

use crate::sides::{View, ids};
use doorward_model::difference::{Fate, PlaceChange};
use doorward_model::{Content, Digest, Kind, Node, NodeId, Step, blanked};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Fewest functions by which a file is recognised in another place.
const FUNCTIONS_MIN: usize = 3;

/// For every place its match on the other side.
pub(crate) struct Matches {
    /// By place of the new side.
    pub old_of: Vec<Option<NodeId>>,
    /// By place of the old side.
    pub new_of: Vec<Option<NodeId>>,
    /// Places of the new side that were recognised elsewhere than at their own name.
    pub moved: BTreeSet<NodeId>,
    waiting: VecDeque<(NodeId, NodeId)>,
}

impl Matches {
    pub fn new(old: &View<'_>, new: &View<'_>) -> Self {
        let mut matches = Self {
            old_of: vec![None; new.tree.nodes.len()],
            new_of: vec![None; old.tree.nodes.len()],
            moved: BTreeSet::new(),
            waiting: VecDeque::new(),
        };
        let roots = |view: &View<'_>| ids(view.tree).filter(|(_, node)| node.parent.is_none()).map(|(id, _)| id).collect();
        let (old_roots, new_roots): (Vec<_>, Vec<_>) = (roots(old), roots(new));
        old_roots.into_iter().zip(new_roots).for_each(|(old, new)| matches.pair(old, new));
        let tops = Tops::new(old, new);
        matches.descend(old, new, &tops);
        for key in [of_bytes, of_folder, of_name, of_functions] {
            matches.match_left(old, new, key);
            matches.descend(old, new, &tops);
        }
        matches
    }

    fn pair(&mut self, old: NodeId, new: NodeId) {
        self.old_of[new.0 as usize] = Some(old);
        self.new_of[old.0 as usize] = Some(new);
        self.waiting.push_back((old, new));
    }

    /// Matches what matched containers hold.
    fn descend(&mut self, old: &View<'_>, new: &View<'_>, tops: &Tops) {
        while let Some((from, to)) = self.waiting.pop_front() {
            let root = old.tree.node(from).parent.is_none();
            let (old_top, new_top) = if root { (&*tops.old, &*tops.new) } else { (&b""[..], &b""[..]) };
            let (before, after) = (old.held(from), new.held(to));
            for blank in [false, true] {
                let mut named: HashMap<_, VecDeque<NodeId>> = HashMap::new();
                for id in before.iter().filter(|id| self.new_of[id.0 as usize].is_none()) {
                    named.entry(name(old, *id, old_top, blank)).or_default().push_back(*id);
                }
                for id in &after {
                    if self.old_of[id.0 as usize].is_none()
                        && let Some(same) = named.get_mut(&name(new, *id, new_top, blank)).and_then(VecDeque::pop_front)
                    {
                        self.pair(same, *id);
                    }
                }
            }
        }
    }

    /// Matches what is left and has the same key, in order. A place without a key is left.
    fn match_left(&mut self, old: &View<'_>, new: &View<'_>, key: fn(&View<'_>, NodeId) -> Option<Key>) {
        let mut left: HashMap<Key, VecDeque<NodeId>> = HashMap::new();
        for (id, _) in ids(old.tree).filter(|(id, _)| self.new_of[id.0 as usize].is_none()) {
            if let Some(key) = key(old, id) {
                left.entry(key).or_default().push_back(id);
            }
        }
        for (id, _) in ids(new.tree) {
            if self.old_of[id.0 as usize].is_none()
                && let Some(same) = key(new, id).and_then(|key| left.get_mut(&key)?.pop_front())
            {
                self.moved.insert(id);
                self.pair(same, id);
            }
        }
    }
}

/// Under which name a place is looked for in its container: its step, and its name below the top folder.
fn name(view: &View<'_>, id: NodeId, top: &[u8], blank: bool) -> (u8, Vec<u8>) {
    let node = view.tree.node(id);
    let (step, name): (u8, &[u8]) = match &node.step {
        Step::Root { .. } => (0, &node.name),
        Step::Member { .. } => (1, node.name.strip_prefix(top).unwrap_or(&node.name)),
        Step::Layer => (2, &node.name),
        Step::Carved { .. } => (3, &node.name),
        Step::Decoded { codec, .. } => (4, codec.as_bytes()),
    };
    (step, if blank { blanked(name) } else { name.to_vec() })
}

/// The folder that nearly all of a root lies in, where the other side has none of that name.
struct Tops {
    old: Vec<u8>,
    new: Vec<u8>,
}

impl Tops {
    fn new(old: &View<'_>, new: &View<'_>) -> Self {
        let only = |top: Vec<u8>, other: &View<'_>| {
            let within = |id: &NodeId| blanked(&other.tree.node(*id).name).starts_with(&blanked(&top));
            if other.held(NodeId(0)).iter().any(within) { Vec::new() } else { top }
        };
        Self { old: only(old.top.clone(), new), new: only(new.top.clone(), old) }
    }
}

/// By what a place is recognised elsewhere.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Bytes(Digest),
    Name(Vec<u8>),
    Functions(Box<str>, Vec<Box<str>>),
}

/// Files whose names lead a reader: those that a container lists.
fn is_file(view: &View<'_>, id: NodeId) -> bool {
    let node = view.tree.node(id);
    matches!(node.step, Step::Member { .. }) && node.meta.kind == Kind::File
}

fn of_bytes(view: &View<'_>, id: NodeId) -> Option<Key> {
    // Empty files say nothing of each other.
    let content = view.content(id).filter(|content| content.len > 0 && is_file(view, id))?;
    Some(Key::Bytes(content.digest))
}

/// The name without digits, in the same folder: `chunk-3.js`, `data_2024.json`.
fn of_folder(view: &View<'_>, id: NodeId) -> Option<Key> {
    let plain = || blanked(&view.tree.node(id).name).into_iter().filter(|byte| !byte.is_ascii_digit()).collect();
    is_file(view, id).then(|| Key::Name(plain()))
}

/// The name without its folder, where it is not one that many folders have.
fn of_name(view: &View<'_>, id: NodeId) -> Option<Key> {
    let name = &view.tree.node(id).name;
    let base = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let common = [&b"__init__.py"[..], b"index.js", b"index.ts", b"index.d.ts", b"mod.rs", b"package.json", b"README.md"];
    (is_file(view, id) && !common.contains(&base)).then(|| Key::Name(base.to_vec()))
}

/// The functions that code has, as far as facts name them.
fn of_functions(view: &View<'_>, id: NodeId) -> Option<Key> {
    let content: &Content = view.content(id).filter(|_| is_file(view, id))?;
    let functions: BTreeSet<&Box<str>> = content.functions.iter().filter(|name| !name.is_empty()).collect();
    let enough = functions.len() >= FUNCTIONS_MIN;
    enough.then(|| Key::Functions(content.reading.format.clone(), functions.into_iter().cloned().collect()))
}

/// What became of every place that is not the same, and how many files are.
pub(crate) fn changes(old: &View<'_>, new: &View<'_>, matches: &Matches) -> (Vec<PlaceChange>, u64) {
    let known: BTreeSet<Digest> = old.tree.contents.iter().map(|content| content.digest).collect();
    let mut changes = Vec::new();
    let mut unchanged = 0;
    // A checkout lists no folders.
    let alike = old.tree.node(NodeId(0)).meta.kind == new.tree.node(NodeId(0)).meta.kind;
    let is_told = |node: &Node| is_told(&node.step) && (alike || node.parent.is_none() || node.meta.kind != Kind::Directory);
    for (id, node) in ids(new.tree).filter(|(_, node)| is_told(node)) {
        let from = matches.old_of[id.0 as usize];
        let relabelled = from.is_some_and(|from| is_relabelled(old, from, new, id));
        let fate = match from {
            None if new.digest(id).is_some_and(|digest| known.contains(&digest)) => Some(Fate::Copied),
            None => Some(Fate::Added),
            Some(from) => fate(old, from, new, id, matches.moved.contains(&id), relabelled),
        };
        match fate {
            Some(fate) => changes.push(PlaceChange { fate, old: from, new: Some(id), container: false, relabelled }),
            None => unchanged += u64::from(node.meta.kind == Kind::File && node.parent.is_some()),
        }
    }
    for (id, _) in ids(old.tree).filter(|(id, node)| matches.new_of[id.0 as usize].is_none() && is_told(node)) {
        changes.push(PlaceChange { fate: Fate::Removed, old: Some(id), new: None, container: false, relabelled: false });
    }
    mark_containers(old, new, &mut changes);
    (changes, unchanged)
}

/// Layers of compression and what is decoded from a file change with what they stand in.
fn is_told(step: &Step) -> bool {
    matches!(step, Step::Root { .. } | Step::Member { .. } | Step::Carved { .. })
}

fn fate(old: &View<'_>, from: NodeId, new: &View<'_>, to: NodeId, moved: bool, relabelled: bool) -> Option<Fate> {
    match (old.digest(from) == new.digest(to), moved) {
        (true, false) => relabelled.then_some(Fate::Relabelled),
        (false, false) => Some(Fate::Changed),
        (true, true) => Some(Fate::Moved),
        (false, true) => Some(Fate::Rewritten),
    }
}

/// Permission bits that a checkout keeps: what lets a file run, or run as its owner or group.
pub(crate) const RUN_BITS: u32 = 0o6111;

/// Whether what a container says of a member differs, its name aside. A folder says less than an archive.
fn is_relabelled(old: &View<'_>, from: NodeId, new: &View<'_>, to: NodeId) -> bool {
    if old.tree.node(from).parent.is_none() {
        return false;
    }
    let alike = old.tree.node(NodeId(0)).meta.kind == new.tree.node(NodeId(0)).meta.kind;
    let bits = if alike { u32::MAX } else { RUN_BITS };
    let (from, to) = (&old.tree.node(from).meta, &new.tree.node(to).meta);
    let differ = |from: Option<u64>, to: Option<u64>| from.zip(to).map_or(alike && from != to, |(from, to)| from != to);
    let mode = |mode: Option<u32>| mode.map(|mode| u64::from(mode & bits));
    from.kind != to.kind
        || from.link_target != to.link_target
        || differ(mode(from.mode), mode(to.mode))
        || differ(from.uid, to.uid)
        || differ(from.gid, to.gid)
}

/// Marks the places that changed and hold others that changed, too.
fn mark_containers(old: &View<'_>, new: &View<'_>, changes: &mut [PlaceChange]) {
    let mut holds = (BTreeSet::new(), BTreeSet::new());
    let above = |view: &View<'_>, id: Option<NodeId>, holds: &mut BTreeSet<NodeId>| {
        let mut at = id.and_then(|id| view.tree.node(id).parent);
        while let Some(id) = at.filter(|id| holds.insert(*id)) {
            at = view.tree.node(id).parent;
        }
    };
    for change in changes.iter() {
        above(old, change.old, &mut holds.0);
        above(new, change.new, &mut holds.1);
    }
    for change in changes.iter_mut() {
        let has = |id: Option<NodeId>, holds: &BTreeSet<NodeId>| id.is_some_and(|id| holds.contains(&id));
        change.container = has(change.old, &holds.0) || has(change.new, &holds.1);
    }
}
