//! What the sources hold, looked up by digest, by lines, by place and by part.

use super::Shelf;
use crate::sides::ids;
use doorward_model::correspondence::Spot;
use doorward_model::prints::{Hash, Prints};
use doorward_model::{Digest, Examined, Kind, Node, NodeId, Step, Tree};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};

/// Most places of one part that are kept: what is everywhere says nothing.
const OCCURRENCES_MAX: usize = 8;

/// Fewest bytes, blanks aside, of a part that is looked up elsewhere.
pub(super) const WEIGHT_MIN: u8 = 8;

/// A content of the sources with prints.
pub(super) struct Stocked<'s> {
    pub spots: Vec<Spot>,
    pub prints: &'s Prints,
}

pub(super) struct Stock<'s> {
    shelves: &'s [Shelf<'s>],
    by_digest: HashMap<Digest, Vec<Spot>>,
    by_lines: HashMap<Digest, usize>,
    /// Files by their own name, then told apart by the folders above.
    by_name: HashMap<&'s [u8], Vec<Spot>>,
    links: HashMap<&'s [u8], Vec<Spot>>,
    by_part: HashMap<Hash, Vec<(u32, u32)>>,
    pub contents: Vec<Stocked<'s>>,
    /// The words of the sources' manifests.
    pub words: HashSet<Hash>,
    files: Vec<Spot>,
}

impl<'s> Stock<'s> {
    /// `shipped` are the prints of what the artefact holds as it is: it was not looked at twice.
    pub fn new(shelves: &'s [Shelf<'s>], shipped: &HashMap<Digest, &'s Prints>) -> Self {
        let mut stock = Self {
            shelves,
            by_digest: HashMap::new(),
            by_lines: HashMap::new(),
            by_name: HashMap::new(),
            links: HashMap::new(),
            by_part: HashMap::new(),
            contents: Vec::new(),
            words: HashSet::new(),
            files: Vec::new(),
        };
        let mut stocked: HashMap<Digest, usize> = HashMap::new();
        for (shelf, number) in shelves.iter().zip(0_u32..) {
            let tree = &shelf.indexed.tree;
            for (node, place) in ids(tree) {
                let spot = Spot { shelf: number, node };
                let name = base(path(tree, node));
                if !matches!(place.meta.kind, Kind::File | Kind::Directory) {
                    stock.links.entry(name).or_default().push(spot);
                }
                let Some(id) = place.content.filter(|_| place.meta.kind == Kind::File) else { continue };
                let content = tree.content(id);
                stock.by_digest.entry(content.digest).or_default().push(spot);
                if content.examined == Examined::Opened {
                    continue;
                }
                stock.by_name.entry(name).or_default().push(spot);
                stock.files.push(spot);
                let own = shelf.indexed.prints.get(id.0 as usize).and_then(Option::as_deref);
                let Some(prints) = own.or_else(|| shipped.get(&content.digest).copied()) else { continue };
                let contents = &mut stock.contents;
                let at = *stocked.entry(content.digest).or_insert_with(|| {
                    contents.push(Stocked { spots: Vec::new(), prints });
                    contents.len() - 1
                });
                stock.contents[at].spots.push(spot);
                if !shelf.is_known {
                    stock.words.extend(&prints.words);
                }
            }
        }
        stock.index_parts();
        stock
    }

    fn index_parts(&mut self) {
        for (content, number) in self.contents.iter().zip(0_u32..) {
            if let Some(lines) = lines_of(content.prints) {
                self.by_lines.entry(lines).or_insert(number as usize);
            }
            for (part, at) in content.prints.parts.iter().zip(0_u32..).filter(|(part, _)| part.weight >= WEIGHT_MIN) {
                let known = self.by_part.entry(part.hash).or_default();
                if known.len() < OCCURRENCES_MAX {
                    known.push((number, at));
                }
            }
        }
    }

    /// Where the sources have these bytes; a source before a known package.
    pub fn of_digest(&self, digest: Digest) -> Option<&[Spot]> {
        self.by_digest.get(&digest).map(Vec::as_slice)
    }

    /// The content with these lines, whatever their ends.
    pub fn of_lines(&self, prints: &Prints) -> Option<&Stocked<'s>> {
        lines_of(prints).and_then(|lines| self.by_lines.get(&lines)).and_then(|at| self.contents.get(*at))
    }

    /// Which contents have a part, and where.
    pub fn of_part(&self, hash: &Hash) -> &[(u32, u32)] {
        self.by_part.get(hash).map_or(&[], Vec::as_slice)
    }

    /// The one of these places whose path ends most like another; of equal ones the shortest.
    pub fn nearest(&self, spots: &[Spot], path: &[u8]) -> Spot {
        let like = |spot: &&Spot| {
            let own = self.path(**spot);
            (!self.is_known(**spot), common(own, path), std::cmp::Reverse(own.len()))
        };
        let best = spots.iter().rev().max_by_key(like);
        best.copied().unwrap_or(Spot { shelf: 0, node: NodeId(0) })
    }

    /// The file of a source that stands where this path says: its own name and the folder above it are the same.
    pub fn at(&self, path: &[u8]) -> Option<Spot> {
        let nearest = self.nearest(self.by_name.get(base(path))?, path);
        // A file at the top of its source stands at the top of an archive, or below its one folder.
        let folders = |path: &[u8]| path.split(|byte| *byte == b'/').count();
        let own = self.path(nearest);
        let alike = common(own, path) >= 2.min(folders(path)) || folders(own) == 1 && folders(path) <= 2;
        (!self.is_known(nearest) && alike).then_some(nearest)
    }

    /// Whether a place is more like a path than all of some others.
    pub fn is_nearer(&self, spot: Spot, others: &[Spot], path: &[u8]) -> bool {
        let like = |spot: &Spot| common(self.path(*spot), path);
        others.iter().all(|other| like(other) < like(&spot))
    }

    /// The links and devices of the sources that are named like a path.
    pub fn links_at(&self, path: &[u8]) -> Vec<Spot> {
        self.links.get(base(path)).cloned().unwrap_or_default()
    }

    /// Files of the sources that are named like a path.
    pub fn named(&self, path: &[u8]) -> &[Spot] {
        self.by_name.get(base(path)).map_or(&[], Vec::as_slice)
    }

    pub fn is_known(&self, spot: Spot) -> bool {
        self.shelves.get(spot.shelf as usize).is_some_and(|shelf| shelf.is_known)
    }

    pub fn node(&self, spot: Spot) -> &'s Node {
        self.shelves[spot.shelf as usize].indexed.tree.node(spot.node)
    }

    /// Bytes of the file at a place.
    pub fn len(&self, spot: Spot) -> u64 {
        let tree = &self.shelves[spot.shelf as usize].indexed.tree;
        tree.node(spot.node).content.map_or(0, |content| tree.content(content).len)
    }

    pub fn path(&self, spot: Spot) -> &'s [u8] {
        path(&self.shelves[spot.shelf as usize].indexed.tree, spot.node)
    }

    /// All files that hold no others, in their order.
    pub fn files(&self) -> impl Iterator<Item = Spot> {
        self.files.iter().copied()
    }
}

/// The path of a place in its container; of a layer, that of its outside.
pub(super) fn path(tree: &Tree, id: NodeId) -> &[u8] {
    let mut at = id;
    loop {
        let node = tree.node(at);
        match (&node.step, node.parent) {
            (Step::Layer | Step::Carved { .. }, Some(parent)) => at = parent,
            _ => return &node.name,
        }
    }
}

pub(super) fn base(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// How many names two paths have in common at their ends.
fn common(a: &[u8], b: &[u8]) -> usize {
    let names = |path| <[u8]>::rsplit(path, |byte| *byte == b'/');
    names(a).zip(names(b)).take_while(|(a, b)| a == b).count()
}

/// A digest over the lines of a text, whatever their ends.
fn lines_of(prints: &Prints) -> Option<Digest> {
    let mut hasher = Sha256::new();
    prints.parts.iter().for_each(|part| hasher.update(part.hash));
    prints.is_text.then(|| Digest(hasher.finalize().into()))
}
