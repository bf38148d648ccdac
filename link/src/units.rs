//! Units: the files below the nearest manifest, judged together as one package.
//!
//! - A manifest that names its package makes its folder a unit, nested or not. One nested in a unit of the same name and
//!   ecosystem is a copy of the same manifest and makes none. A manifest without a name, a lone `setup.py`, `index.js` or
//!   `postinst` makes one only where nothing around it is a package.
//! - A container inside a package belongs to it, with all that is in it and is no package itself.
//! - In a container that holds one package, what lies beside the package's folder belongs to it too (`../x`).
//! - A container that stands in no package belongs to the package that it holds, under the empty path.
//! - Where several installed distributions share a folder, each has its metadata folder and what bears its name.
//! - What is left forms one unit for each root or, in a directory, for each container.

use crate::{claims, claims::Claim, paths, roles, spaces::NONE, spaces::Spaces};
use doorward_model::{Fact, Kind, NodeId, Step, Tree, Unit};
use std::collections::HashMap;

/// Folders deeper than this form no units of their own.
const DEPTH_MAX: usize = 64;

/// Units in the making, and the unit of every node.
pub(crate) struct Joined {
    /// The units, in the order of their bases and folders.
    pub(crate) drafts: Vec<Draft>,
    /// Index of its unit for every node.
    pub(crate) of: Vec<u32>,
    areas: Vec<Area>,
    /// Files that belong to the unit inside them.
    adopted: HashMap<u32, u32>,
}

/// A unit in the making.
pub(crate) struct Draft {
    /// The unit; members and facts come last.
    pub(crate) unit: Unit,
    /// Its manifests, best first.
    pub(crate) manifests: Vec<u32>,
    /// Whether it stands in the tests or examples of another unit.
    pub(crate) test: bool,
    /// Whether it is a wheel or an installed distribution, whose `setup.py` would never run.
    pub(crate) installed: bool,
    space: u32,
}

/// What is known of a space.
#[derive(Default)]
struct Area {
    folders: HashMap<Box<[u8]>, Owner>,
    /// The unit of files in none of the folders.
    loose: Option<u32>,
    /// The unit of files without any manifest, made when it is first needed.
    nameless: Option<u32>,
    /// The space whose nameless unit this one shares.
    shared: Option<u32>,
    /// What stands before a path where the unit's space is further out.
    mount: Box<[u8]>,
}

/// Who owns what is below a folder.
enum Owner {
    One(u32),
    /// Several installed distributions, by their normal names.
    Crowd(HashMap<Vec<u8>, u32>),
}

/// A file that makes a claim.
struct Claimant<'t> {
    space: u32,
    node: u32,
    folder: &'t [u8],
    metadata: &'t [u8],
    claim: Claim,
    says: Option<&'t Fact>,
}

impl Joined {
    /// The path of a node inside its unit.
    pub(crate) fn path(&self, spaces: &Spaces<'_>, node: u32) -> Box<[u8]> {
        let spot = spaces.spots[node as usize];
        if spot.space == NONE || self.adopted.contains_key(&spot.host) {
            return Box::default();
        }
        self.relative(self.of[node as usize], spot.space, spaces.path(node))
    }

    /// A path of a space as seen from a unit's folder.
    fn relative(&self, unit: u32, space: u32, path: &[u8]) -> Box<[u8]> {
        let draft = &self.drafts[unit as usize];
        if draft.space != space {
            return [&self.areas[space as usize].mount, path].concat().into();
        }
        match path.strip_prefix(&*draft.unit.folder) {
            Some(rest) => rest.into(),
            None if draft.unit.folder.strip_suffix(b"/") == Some(path) => Box::default(),
            None => {
                let ups = draft.unit.folder.iter().filter(|&&b| b == b'/').count();
                [b"../".repeat(ups).as_slice(), path].concat().into()
            }
        }
    }

    /// The unit with a manifest that a path of a space belongs to.
    fn resolve(&self, space: u32, path: &[u8]) -> Option<u32> {
        let area = &self.areas[space as usize];
        if area.folders.is_empty() {
            return area.loose;
        }
        let ends: Vec<usize> = slashes(path).take(DEPTH_MAX).collect();
        let ends = ends.iter().rev().map(|at| at + 1).chain([0]);
        for end in ends {
            match area.folders.get(&path[..end]) {
                Some(Owner::One(unit)) => return Some(*unit),
                Some(Owner::Crowd(names)) => {
                    if let Some(unit) = names.get(&paths::normal(first_name(&path[end..]))) {
                        return Some(*unit);
                    }
                }
                None => {}
            }
        }
        area.loose
    }

    /// The unit of what has no manifest in a space.
    fn nameless(&mut self, spaces: &Spaces<'_>, space: u32) -> u32 {
        let space = self.areas[space as usize].shared.unwrap_or(space);
        if let Some(unit) = self.areas[space as usize].nameless {
            return unit;
        }
        let unit = self.draft(spaces.spaces[space as usize].head, space);
        self.areas[space as usize].nameless = Some(unit);
        unit
    }

    /// A new unit without a name.
    fn draft(&mut self, base: u32, space: u32) -> u32 {
        let unit = Unit {
            ecosystem: "".into(),
            name: "".into(),
            version: "".into(),
            base: NodeId(base),
            folder: Box::default(),
            members: Vec::new(),
            facts: Vec::new(),
        };
        self.drafts.push(Draft { unit, manifests: Vec::new(), test: false, installed: false, space });
        (self.drafts.len() - 1) as u32
    }

    /// The units as they are handed on.
    pub(crate) fn into_units(self) -> Vec<Unit> {
        self.drafts.into_iter().map(|draft| draft.unit).collect()
    }
}

/// Gives every node its unit.
pub(crate) fn join(tree: &Tree, spaces: &Spaces<'_>) -> Joined {
    let mut claimants = claimants(tree, spaces);
    claimants.sort_by(|a, b| {
        let key = |c: &Claimant<'_>| (c.space, c.folder.len(), c.claim.rank, c.node);
        (a.space, a.folder.len()).cmp(&(b.space, b.folder.len())).then_with(|| a.folder.cmp(b.folder)).then(key(a).cmp(&key(b)))
    });
    let areas = spaces.spaces.iter().map(|_| Area::default()).collect();
    let mut joined = Joined { drafts: Vec::new(), of: vec![NONE; tree.nodes.len()], areas, adopted: HashMap::new() };
    let mut rest = claimants.as_slice();
    for space in 0..spaces.spaces.len() as u32 {
        let here = rest.partition_point(|claimant| claimant.space <= space);
        settle(&mut joined, tree, spaces, space, &rest[..here]);
        rest = &rest[here..];
    }
    assign_contents(&mut joined, tree, spaces);
    assign_rest(&mut joined, tree, spaces);
    in_order(&mut joined);
    joined
}

/// All files that claim to be manifests.
fn claimants<'t>(tree: &'t Tree, spaces: &'t Spaces<'t>) -> Vec<Claimant<'t>> {
    let mut claimants = Vec::new();
    let names = claims::names(&tree.contents);
    for (at, node) in tree.nodes.iter().enumerate() {
        let (Some(content), Step::Member { .. } | Step::Layer) = (node.content, &node.step) else { continue };
        let spot = spaces.spots[at];
        if spot.space == NONE {
            continue;
        }
        let path = spaces.path(at as u32);
        let Some(claim) = claims::claim(path) else { continue };
        let says = names[content.0 as usize].filter(|says| claims::fits(&claim, says));
        // The claim is the file's; of what it decompresses to, only a gem's metadata speaks.
        let layered = node.step == Step::Layer;
        if layered && (says.is_none() || claim.ecosystem != "gem") || says.is_none() && !claims::counts_alone(&claim) {
            continue;
        }
        let (folder, metadata) = (&path[..claim.folder], &path[..claim.metadata]);
        if slashes(folder).nth(DEPTH_MAX - 1).is_none() {
            claimants.push(Claimant { space: spot.space, node: at as u32, folder, metadata, claim, says });
        }
    }
    claimants
}

/// Decides the units of one space, after those of the spaces around it.
fn settle(joined: &mut Joined, tree: &Tree, spaces: &Spaces<'_>, space: u32, claimants: &[Claimant<'_>]) {
    let (head, host) = (spaces.spaces[space as usize].head, spaces.host(space));
    let outer = spaces.spots[host as usize].space;
    let whole = is_whole(tree, head, host);
    let mut around = if outer == NONE { None } else { joined.resolve(outer, spaces.path(host)) };
    if around.is_none() && !whole {
        // Members of what was decoded from or carved out of a file belong with the file.
        around = Some(if outer == NONE { of_root(joined, host) } else { joined.nameless(spaces, outer) });
    }
    let shares = around.is_none() && outer != NONE && !spaces.spaces[outer as usize].directory;
    if shares {
        joined.areas[space as usize].shared = Some(joined.areas[outer as usize].shared.unwrap_or(outer));
    }
    if let Some(unit) = around {
        let path =
            if joined.adopted.contains_key(&host) { Box::default() } else { joined.relative(unit, outer, spaces.path(host)) };
        joined.areas[space as usize].mount = paths::mount(&path);
    } else if shares {
        let before = &joined.areas[outer as usize].mount;
        joined.areas[space as usize].mount = paths::mount(&[before, spaces.path(host)].concat());
    }
    joined.areas[space as usize].loose = around;
    let before = joined.drafts.len();
    for group in claimants.chunk_by(|a, b| a.folder == b.folder) {
        accept(joined, spaces, space, group);
    }
    let mut outermost =
        (before..joined.drafts.len()).filter(|&at| joined.drafts[at].space == space && !joined.nested(at, before));
    if let (Some(only), None, false) = (outermost.next(), outermost.next(), spaces.spaces[space as usize].directory) {
        joined.areas[space as usize].loose = Some(only as u32);
    }
    if around.is_none() && !shares {
        let top = match joined.areas[space as usize].folders.get(&b""[..]) {
            Some(Owner::One(unit)) => Some(*unit),
            _ => joined.areas[space as usize].loose,
        };
        match top {
            Some(unit) => drop(joined.adopted.entry(host).or_insert(unit)),
            None if !spaces.spaces[space as usize].directory => {
                let unit = joined.nameless(spaces, space);
                joined.adopted.entry(host).or_insert(unit);
            }
            None => {}
        }
    }
}

impl Joined {
    /// Whether a unit's folder lies in that of another unit of the same space. Units come with their shortest folders first.
    fn nested(&self, at: usize, first: usize) -> bool {
        let folder = &self.drafts[at].unit.folder;
        let space = self.drafts[at].space;
        // Only the nearest owner above matters: `resolve` finds it without looking at the others.
        let above = paths::above(folder);
        if folder.is_empty() {
            return false;
        }
        self.resolve(space, above).is_some_and(|owner| owner as usize >= first && self.drafts[owner as usize].space == space)
    }
}

/// Makes units of the claims on one folder.
fn accept(joined: &mut Joined, spaces: &Spaces<'_>, space: u32, group: &[Claimant<'_>]) {
    let folder = group[0].folder;
    let around = joined.resolve(space, folder);
    let mut named = group.iter().filter(|claimant| claimant.says.is_some());
    let Some(best) = named.next() else {
        if around.is_none() {
            let unit = joined.draft(spaces.spaces[space as usize].head, space);
            let draft = &mut joined.drafts[unit as usize];
            draft.unit.ecosystem = group[0].claim.ecosystem.into();
            draft.unit.folder = folder.into();
            draft.manifests = group.iter().map(|claimant| claimant.node).collect();
            joined.areas[space as usize].folders.insert(folder.into(), Owner::One(unit));
        }
        return;
    };
    let mut metadata: Vec<&[u8]> = group.iter().filter(|c| c.says.is_some()).map(|c| c.metadata).collect();
    metadata.sort_unstable();
    metadata.dedup();
    if metadata.len() > 1 && !metadata[0].is_empty() {
        return crowd(joined, spaces, space, group, around);
    }
    let unit = named_unit(joined, spaces, space, best, around);
    if let Some(unit) = unit {
        joined.drafts[unit as usize].manifests = group.iter().map(|claimant| claimant.node).collect();
        joined.areas[space as usize].folders.insert(folder.into(), Owner::One(unit));
    }
}

/// Several distributions installed beside each other.
fn crowd(joined: &mut Joined, spaces: &Spaces<'_>, space: u32, group: &[Claimant<'_>], around: Option<u32>) {
    let mut names = HashMap::new();
    for claimant in group.iter().filter(|claimant| claimant.says.is_some()) {
        let Some(unit) = named_unit(joined, spaces, space, claimant, around) else { continue };
        joined.drafts[unit as usize].manifests.push(claimant.node);
        names.entry(paths::normal(joined.drafts[unit as usize].unit.name.as_bytes())).or_insert(unit);
        joined.areas[space as usize].folders.entry(claimant.metadata.into()).or_insert(Owner::One(unit));
    }
    joined.areas[space as usize].folders.insert(group[0].folder.into(), Owner::Crowd(names));
}

/// The unit of a manifest that names its package, unless it is a copy of the manifest around it.
fn named_unit(joined: &mut Joined, spaces: &Spaces<'_>, space: u32, from: &Claimant<'_>, around: Option<u32>) -> Option<u32> {
    let says = from.says?;
    let text = |name: &str| says.text(name).unwrap_or_default();
    let (ecosystem, name) = (text("ecosystem"), text("name"));
    if let Some(around) = around {
        let outer = &joined.drafts[around as usize].unit;
        if *outer.ecosystem == *ecosystem && paths::normal(outer.name.as_bytes()) == paths::normal(name.as_bytes()) {
            return None;
        }
    }
    let test = around.is_some_and(|around| {
        joined.drafts[around as usize].test || roles::in_tests(&joined.relative(around, space, from.folder))
    });
    let unit = joined.draft(spaces.spaces[space as usize].head, space);
    let draft = &mut joined.drafts[unit as usize];
    draft.test = test;
    draft.installed = from.metadata.ends_with(b".dist-info/");
    draft.unit.folder = from.folder.into();
    (draft.unit.ecosystem, draft.unit.name, draft.unit.version) = (ecosystem.into(), name.into(), text("version").into());
    Some(unit)
}

/// The nameless unit of a root that is a file.
fn of_root(joined: &mut Joined, root: u32) -> u32 {
    if let Some(&unit) = joined.adopted.get(&root) {
        return unit;
    }
    let unit = joined.draft(root, NONE);
    joined.adopted.insert(root, unit);
    unit
}

/// Whether a head is its host, decompressed or not, rather than something found in it.
fn is_whole(tree: &Tree, head: u32, host: u32) -> bool {
    let mut at = head;
    while at != host {
        let node = &tree.nodes[at as usize];
        match (node.parent, &node.step) {
            (Some(parent), Step::Layer) => at = parent.0,
            _ => return false,
        }
    }
    true
}

/// Units of all nodes with a content.
fn assign_contents(joined: &mut Joined, tree: &Tree, spaces: &Spaces<'_>) {
    for (at, node) in tree.nodes.iter().enumerate() {
        if node.content.is_none() {
            continue;
        }
        let spot = spaces.spots[at];
        let known = joined.of[spot.host as usize];
        joined.of[at] = if known != NONE {
            known
        } else if let Some(&unit) = joined.adopted.get(&spot.host) {
            unit
        } else if spot.space == NONE {
            of_root(joined, spot.host)
        } else {
            match joined.resolve(spot.space, spaces.path(at as u32)) {
                Some(unit) => unit,
                None => joined.nameless(spaces, spot.space),
            }
        };
    }
}

/// Units of directories, links and whatever else has no content: of the folder, else of what is in it, else of its parent.
fn assign_rest(joined: &mut Joined, tree: &Tree, spaces: &Spaces<'_>) {
    let mut of_child = vec![NONE; tree.nodes.len()];
    for (at, node) in tree.nodes.iter().enumerate().rev() {
        let spot = spaces.spots[at];
        if joined.of[at] == NONE && spot.space != NONE {
            let path = spaces.path(at as u32);
            let below = if node.meta.kind == Kind::Directory { paths::mount(path) } else { path.into() };
            joined.of[at] = joined.resolve(spot.space, &below).unwrap_or(NONE);
        }
        if joined.of[at] == NONE {
            joined.of[at] = joined.adopted.get(&spot.host).copied().unwrap_or(of_child[at]);
        }
        if let Some(parent) = node.parent.filter(|parent| (parent.0 as usize) < at)
            && joined.of[at] != NONE
        {
            of_child[parent.0 as usize] = joined.of[at];
        }
    }
    for (at, node) in tree.nodes.iter().enumerate() {
        if joined.of[at] != NONE {
            continue;
        }
        joined.of[at] = match node.parent.filter(|parent| (parent.0 as usize) < at) {
            Some(parent) => joined.of[parent.0 as usize],
            None => of_root(joined, at as u32),
        };
    }
}

/// Numbers the units by base, folder and name.
fn in_order(joined: &mut Joined) {
    let mut order: Vec<u32> = (0..joined.drafts.len() as u32).collect();
    let key = |at: &u32| {
        let unit = &joined.drafts[*at as usize].unit;
        (unit.base, &unit.folder, &unit.ecosystem, &unit.name, *at)
    };
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut renamed = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        renamed[*old as usize] = new as u32;
    }
    let mut drafts: Vec<_> = std::mem::take(&mut joined.drafts).into_iter().map(Some).collect();
    joined.drafts = order.iter().filter_map(|&old| drafts[old as usize].take()).collect();
    joined.of.iter_mut().for_each(|unit| *unit = renamed[*unit as usize]);
    joined.adopted.values_mut().for_each(|unit| *unit = renamed[*unit as usize]);
}

/// Offsets of the slashes in a path.
fn slashes(path: &[u8]) -> impl Iterator<Item = usize> {
    path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at)
}

/// The first component of a path; of a file the part before its first dot.
fn first_name(path: &[u8]) -> &[u8] {
    match path.iter().position(|&b| b == b'/') {
        Some(end) => &path[..end],
        None => path.split(|&b| b == b'.').next().unwrap_or(path),
    }
}
