//! Where the files of a shipment come from: which source, by which known step, or nowhere.
//!
//! Sees no bytes: contents are told by their digests and prints. Nothing is explained by its name alone: a packager's file must
//! have the packager's form, and what it says of consequence must stand in the source or the shipment. Whole files are
//! compared with whole files: lines of a source in another order, or less some, explain nothing.
//!
//! Reading order: this file, `stock.rs` (what the sources hold), `align.rs` (two files line by line), `explain.rs` (one file).
//!
//! Not handled: what is built (compiled, minified, generated) from a source, which needs the build.

mod align;
mod explain;
mod packaged;
mod stock;

use crate::sides::{View, ids};
use crate::{parts, traits};
use doorward_model::correspondence::{How, Shipped, Spot, Status};
use doorward_model::difference::Side;
use doorward_model::prints::{Hash, Indexed, Prints};
use doorward_model::{Correspondence, Digest, Examined, Kind, Level, NodeId, Phase, Report, Role, Step, text};
use packaged::Shipment;
use std::collections::{BTreeSet, HashMap, HashSet};
use stock::Stock;

/// Most things that an unexplained file does that are named.
const DOES_MAX: usize = 8;

/// A source, or a package that the user named as known.
#[derive(Clone, Copy)]
pub struct Shelf<'s> {
    /// What is in it.
    pub indexed: &'s Indexed,
    /// Whether it is known, and no source.
    pub is_known: bool,
}

/// Where everything in an artefact comes from. `shipped` are the prints of the artefact; the shelves of sources stand first.
pub fn trace(artefact: &Report, shipped: &Indexed, shelves: &[Shelf<'_>]) -> Correspondence {
    let view = View::new(Side { report: artefact, facts: true });
    let prints: HashMap<Digest, &Prints> = shipped
        .tree
        .contents
        .iter()
        .zip(&shipped.prints)
        .filter_map(|(content, prints)| Some((content.digest, prints.as_deref()?)))
        .collect();
    let stock = Stock::new(shelves, &prints);
    let shipment = Shipment::new(&artefact.tree);
    let mut trace = Trace { view, prints, stock, shipment, used: HashSet::new() };
    let mut files = trace.files();
    trace.tell_what_they_do(&mut files);
    let not_shipped = trace.not_shipped();
    let why_not_higher = why_not_higher(artefact, shelves);
    let inventoried = why_not_higher.is_empty();
    let built = "not above L2: nothing was built from the sources, so what a build makes is not explained";
    let why_not_higher = if inventoried { vec![built.into()] } else { why_not_higher };
    Correspondence { files, not_shipped, inventoried, why_not_higher }
}

struct Trace<'t> {
    view: View<'t>,
    /// Of the artefact's contents.
    prints: HashMap<Digest, &'t Prints>,
    stock: Stock<'t>,
    shipment: Shipment,
    /// Places of the sources that something comes from.
    used: HashSet<Spot>,
}

impl Trace<'_> {
    fn files(&mut self) -> Vec<Shipped> {
        let mut told = vec![false; self.view.tree.nodes.len()];
        let mut files = Vec::new();
        for (id, node) in ids(self.view.tree) {
            let above = node.parent.is_some_and(|parent| told.get(parent.0 as usize).copied().unwrap_or_default());
            // What code decodes and runs is a part of the file that it stands in.
            if above || matches!(node.step, Step::Decoded { .. }) {
                told[id.0 as usize] = true;
                continue;
            }
            if let Some(file) = self.file(id) {
                told[id.0 as usize] = true;
                files.push(file);
            }
        }
        files
    }

    /// Where a place comes from; `None` for a folder, and for a container whose members tell it.
    fn file(&mut self, id: NodeId) -> Option<Shipped> {
        let node = self.view.tree.node(id);
        match node.meta.kind {
            Kind::Directory => return None,
            Kind::File => {}
            Kind::Symlink | Kind::Hardlink | Kind::Special => return Some(self.link(id)),
        }
        let mut file = blank(id, self.view.tree.placements.get(id.0 as usize).map(|place| (place.role, place.phase)));
        let Some(content) = self.view.content(id) else {
            file.says.push("it could not be read".into());
            return Some(file);
        };
        let path = stock::path(self.view.tree, id);
        let in_place = self.stock.at(path);
        if content.len == 0 && in_place.is_some_and(|at| self.stock.len(at) > 0) {
            // Every project has an empty file somewhere; this one was emptied.
            (file.instead_of, file.from) = (in_place, Vec::new());
            file.says.push("it is empty".into());
        } else if let Some(spots) = self.stock.of_digest(content.digest) {
            let spot = self.stock.nearest(spots, path);
            let is_known = self.stock.is_known(spot);
            (file.status, file.from) = (if is_known { Status::Known } else { Status::Identical }, vec![spot]);
            file.instead_of = in_place.filter(|at| !is_known && self.stock.is_nearer(*at, spots, path));
            self.used.extend(spots.iter().copied());
        } else if content.examined == Examined::Opened {
            return None;
        } else if content.len == 0 {
            (file.status, file.how) = (Status::Transformed, Some(How::Empty));
        } else {
            match self.prints.get(&content.digest) {
                Some(prints) => explain::explain(&mut file, prints, path, &self.stock, &self.shipment),
                None => file.says.push("it is too large to be looked for in parts".into()),
            }
            file.instead_of = in_place.filter(|at| self.stock.is_nearer(*at, &file.from, path));
            self.used.extend(file.from.iter().copied());
        }
        self.relabel(&mut file);
        Some(file)
    }

    /// A link or a device: explained where a source has the same at its place.
    fn link(&self, id: NodeId) -> Shipped {
        let node = self.view.tree.node(id);
        let mut file = blank(id, None);
        let same = |spot: &Spot| {
            let other = self.stock.node(*spot);
            other.meta.kind == node.meta.kind && other.meta.link_target == node.meta.link_target
        };
        let found = self.stock.links_at(stock::path(self.view.tree, id)).into_iter().find(same);
        match (found, &node.meta.link_target) {
            (Some(spot), _) => (file.status, file.from) = (Status::Identical, vec![spot]),
            (None, Some(target)) => file.says.push(format!("it points to {}", text::visible(target)).into()),
            (None, None) => file.says.push("it is no file".into()),
        }
        file
    }

    /// Says where a file runs, or runs as somebody else, and its source does not.
    fn relabel(&self, file: &mut Shipped) {
        let Some(spot) = file.from.first().filter(|_| file.status != Status::Nothing) else { return };
        let (old, new) = (self.stock.node(*spot).meta.mode, self.view.tree.node(file.node).meta.mode);
        let Some((old, new)) = old.zip(new) else { return };
        let gained = |bits: u32| new & bits != 0 && old & bits == 0;
        if gained(0o6000) {
            file.status = Status::Nothing;
            file.relabelled = Some("runs as its owner or group; its source does not".into());
        } else if gained(0o111) {
            file.relabelled = Some("may run; its source may not".into());
        }
    }

    /// Adds what rules and facts say of the files that are not explained.
    fn tell_what_they_do(&self, files: &mut [Shipped]) {
        let at: HashMap<NodeId, usize> = files.iter().enumerate().map(|(at, file)| (file.node, at)).collect();
        let file_of = |node: NodeId| self.view.tree.chain(node).into_iter().find_map(|id| at.get(&id).copied());
        let mut does: HashMap<usize, Vec<(Level, Box<str>)>> = HashMap::new();
        for finding in &self.view.report.judgement.findings {
            let nodes: BTreeSet<NodeId> = finding.evidence.iter().map(|evidence| evidence.node).chain([finding.node]).collect();
            let places: BTreeSet<usize> = nodes.into_iter().filter_map(file_of).collect();
            for place in places {
                does.entry(place).or_default().push((finding.level, finding.title.clone()));
            }
        }
        let tests = self.tests();
        for (index, file) in files.iter_mut().enumerate().filter(|(_, file)| file.status == Status::Nothing) {
            let mut found = does.remove(&index).unwrap_or_default();
            found.sort_by(|a, b| b.cmp(a));
            file.level = found.first().map(|(level, _)| *level);
            let builds = file.role == Role::Build || file.phase < Phase::Open && file.role == Role::Code;
            let test_data = self.tests_of(file.node, &tests, builds && file.level == Some(Level::Alarm));
            let facts = self.view.content(file.node).into_iter().flat_map(traits::said);
            let mut said: Vec<Box<str>> = Vec::new();
            for what in found.into_iter().map(|(_, title)| title).chain(test_data).chain(facts) {
                if said.len() < DOES_MAX && !said.contains(&what) {
                    said.push(what);
                }
            }
            file.does = said;
        }
    }

    /// The files of tests: the hash of their name, where they are, and whether they hold bytes that nobody can read.
    fn tests(&self) -> Vec<(Hash, String, bool)> {
        let tree = self.view.tree;
        let tests = ids(tree).zip(&tree.placements).filter(|((_, node), placement)| {
            placement.role == Role::Test && matches!(node.step, Step::Member { .. }) && node.meta.kind == Kind::File
        });
        let told = tests.map(|((id, _), placement)| {
            let name = packaged::hash(stock::base(&placement.path));
            (name, text::visible(stock::path(tree, id)), self.view.content(id).is_some_and(parts::is_opaque))
        });
        told.collect()
    }

    /// The test files that a file names; of one that raises an alarm while it builds also those that could hold anything.
    fn tests_of(&self, node: NodeId, tests: &[(Hash, String, bool)], is_alarm: bool) -> Vec<Box<str>> {
        let prints = self.view.content(node).and_then(|content| self.prints.get(&content.digest));
        let named = |hash: &Hash| prints.is_some_and(|prints| prints.names.binary_search(hash).is_ok());
        let said = tests.iter().filter_map(|(hash, path, is_opaque)| match () {
            () if named(hash) => Some(format!("names test data: {path}").into()),
            () if is_alarm && *is_opaque => Some(format!("is shipped with opaque test data: {path}").into()),
            () => None,
        });
        said.collect()
    }

    fn not_shipped(&self) -> Vec<Spot> {
        self.stock.files().filter(|spot| !self.used.contains(spot) && !self.stock.is_known(*spot)).collect()
    }
}

fn blank(node: NodeId, placed: Option<(Role, Phase)>) -> Shipped {
    let (role, phase) = placed.unwrap_or((Role::Data, Phase::Run));
    Shipped {
        node,
        status: Status::Nothing,
        how: None,
        from: Vec::new(),
        instead_of: None,
        ranges: Vec::new(),
        lacks: Vec::new(),
        relabelled: None,
        says: Vec::new(),
        level: None,
        does: Vec::new(),
        role,
        phase,
    }
}

/// What keeps the inventory from being whole.
fn why_not_higher(artefact: &Report, shelves: &[Shelf<'_>]) -> Vec<Box<str>> {
    let mut why: Vec<Box<str>> = Vec::new();
    if let Some(first) = artefact.judgement.incomplete_because.first() {
        why.push(format!("not above L0: the artefact is not examined whole: {first}").into());
    }
    if !artefact.repeatable {
        why.push("not above L0: a watchdog ended an examination".into());
    }
    for (shelf, number) in shelves.iter().filter(|shelf| !shelf.is_known).zip(1..) {
        let problems = shelf.indexed.tree.place_problems.iter().map(|(_, problem)| problem);
        let unread = problems.chain(shelf.indexed.tree.contents.iter().flat_map(|content| &content.problems));
        use doorward_model::ProblemKind as P;
        let holes = [P::Limit, P::Encrypted, P::Changed, P::Unreadable, P::Crashed, P::TimedOut, P::Nesting];
        if let Some(problem) = unread.filter(|problem| holes.contains(&problem.kind)).min() {
            why.push(
                format!("not above L0: source {number} was not read whole: {}: {}", problem.kind.name(), problem.detail).into(),
            );
        }
    }
    if !shelves.iter().any(|shelf| !shelf.is_known) {
        why.push("not above L0: no source was given".into());
    }
    why
}
