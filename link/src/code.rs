//! The code of one package: its files, what they ask of each other, and what a name of another file stands for.

use crate::{imports::Files, imports::Found, paths, spaces::Spaces};
use doorward_model::summary::{Offer, Outside};
use doorward_model::{NodeId, Placement, Summary, Tree, Unit, Value, vocabulary::ENTRY};
use std::collections::BTreeMap;

/// Most files that a name is followed through.
const HOPS_MAX: u32 = 16;

/// The code of one package.
pub(crate) struct Code<'t> {
    /// Its files, by their places.
    pub(crate) files: BTreeMap<NodeId, File<'t>>,
}

/// One file.
pub(crate) struct File<'t> {
    /// What it says of itself.
    pub(crate) summary: &'t Summary,
    /// What each of its imports leads to.
    pub(crate) found: Vec<Found>,
    is_python: bool,
}

/// What a name of another file stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Thing<'t> {
    /// A function.
    Function(u32),
    /// A constant.
    Constant(&'t Value),
    /// Nothing that is known, under this name.
    Name(&'t str),
}

/// One part of how a thing is reached: a name, and whether it is called.
type Part<'s> = (&'s str, bool);

impl<'t> Code<'t> {
    pub(crate) fn new(tree: &'t Tree, spaces: &Spaces<'_>, unit: &Unit, placements: &[Placement]) -> Self {
        let of = |id: NodeId| {
            Some(tree.content(tree.node(id).content?)).and_then(|content| Some((content, content.summary.as_deref()?)))
        };
        if !unit.members.iter().any(|id| of(*id).is_some()) {
            return Self { files: BTreeMap::new() };
        }
        let hosts = unit.members.iter().copied().filter(|id| spaces.spots[id.0 as usize].host == id.0);
        let mut known = Files::new(placements, hosts);
        for (id, fact) in unit.facts.iter().filter(|(_, fact)| *fact.kind == ENTRY && fact.text("event") == Some("main")) {
            let manifest = &placements[id.0 as usize].path;
            if let Some(path) = fact.text("path").filter(|_| paths::base(manifest) == b"package.json") {
                known.main(paths::folder(manifest), path.as_bytes());
            }
        }
        let mut files = BTreeMap::new();
        for &id in &unit.members {
            let Some((content, summary)) = of(id) else { continue };
            let is_python = &*content.reading.format == "python";
            let path = &placements[id.0 as usize].path;
            let found = summary.imports.iter().map(|import| known.find(path, import, is_python)).collect();
            files.insert(id, File { summary, found, is_python });
        }
        Self { files }
    }

    /// What a thing that a file uses stands for, and in which file. `called`: what is asked for is what is called there.
    pub(crate) fn find(&self, id: NodeId, outside: u32, called: bool) -> Option<(NodeId, Thing<'t>)> {
        let file = self.files.get(&id)?;
        let path: &'t Outside = file.summary.outside.get(outside as usize)?;
        // Most imports are of other packages.
        file.found.get(path.import as usize).filter(|found| found.leads())?;
        let mut parts = parts(&path.path);
        match parts.last_mut().filter(|_| called) {
            Some(last) => last.1 = true,
            // The whole of a module is called.
            None if called => parts.push(("", true)),
            None => {}
        }
        self.through_import(id, path, &parts, HOPS_MAX)
    }

    fn through_import(&self, id: NodeId, outside: &Outside, parts: &[Part<'t>], hops: u32) -> Option<(NodeId, Thing<'t>)> {
        let hops = hops.checked_sub(1)?;
        let file = self.files.get(&id)?;
        let import = file.summary.imports.get(outside.import as usize)?;
        let found = file.found.get(outside.import as usize)?;
        let mut parts = parts;
        // `import a.b.c` makes `a` known, through which `b.c` is reached.
        let tail = import.module.split('.').skip(1);
        let names = tail.clone().count();
        if file.is_python
            && import.dots == 0
            && import.item.is_none()
            && names > 0
            && parts.iter().zip(tail).filter(|((name, _), part)| name == part).count() == names
        {
            parts = &parts[names..];
        }
        if let (Some(item), Some((first, rest))) = (found.item, parts.split_first())
            && import.item.as_deref() == Some(first.0)
        {
            return self.in_file(item, rest, hops);
        }
        self.in_file(found.module.filter(|module| *module != id)?, parts, hops)
    }

    /// What the parts stand for in a file.
    fn in_file(&self, id: NodeId, parts: &[Part<'t>], hops: u32) -> Option<(NodeId, Thing<'t>)> {
        let exports = &self.files.get(&id)?.summary.exports;
        let named = |name: &str| exports.iter().find(|(known, _)| &**known == name);
        let Some((first, rest)) = parts.split_first() else {
            // The whole of a CommonJS module.
            let (name, offer) = named("")?;
            return self.of_offer(id, name, offer, ("", false), &[], hops);
        };
        if let Some((name, offer)) = named(first.0) {
            return self.of_offer(id, name, offer, *first, rest, hops);
        }
        // What is called itself, or taken as the default, is the whole of it.
        if let Some((name, offer)) = named("") {
            match first.0 {
                "" => return self.of_offer(id, name, offer, *first, rest, hops),
                "default" => return self.of_offer(id, name, offer, ("", first.1), rest, hops),
                _ => {}
            }
            if let Offer::Outside(_) = offer {
                return self.of_offer(id, name, offer, ("", false), parts, hops);
            }
        }
        let stars = exports.iter().filter(|(name, _)| &**name == "*");
        let through = stars.filter_map(|(name, offer)| self.of_offer(id, name, offer, ("", false), parts, hops)).next();
        through.or(Some((id, Thing::Name(first.0))))
    }

    fn of_offer(
        &self,
        id: NodeId,
        name: &'t str,
        offer: &'t Offer,
        (_, called): Part<'t>,
        rest: &[Part<'t>],
        hops: u32,
    ) -> Option<(NodeId, Thing<'t>)> {
        match offer {
            Offer::Function(function) => (called && rest.is_empty()).then_some((id, Thing::Function(*function))),
            Offer::Class(methods) => {
                let wanted = match rest.first() {
                    Some((method, _)) => *method,
                    None if methods.iter().any(|(name, _)| &**name == "__init__") => "__init__",
                    None => "constructor",
                };
                let (_, method) = methods.iter().find(|(name, _)| &**name == wanted)?;
                (called || !rest.is_empty()).then_some((id, Thing::Function(*method)))
            }
            Offer::Constant(value) => rest.is_empty().then_some((id, Thing::Constant(value))),
            Offer::Outside(outside) => {
                let file = self.files.get(&id)?;
                let outside = file.summary.outside.get(*outside as usize)?;
                let mut all = parts(&outside.path);
                if let Some(last) = all.last_mut().filter(|_| called) {
                    last.1 = true;
                }
                if all.is_empty() && called {
                    all.push(("", true));
                }
                all.extend_from_slice(rest);
                self.through_import(id, outside, &all, hops)
            }
            Offer::Members(members) => {
                let Some((first, rest)) = rest.split_first() else { return Some((id, Thing::Name(name))) };
                let (_, offer) = members.iter().find(|(name, _)| &**name == first.0)?;
                self.of_offer(id, name, offer, *first, rest, hops.checked_sub(1)?)
            }
        }
    }
}

/// The parts of a path: `Client().send` is `Client`, called, and `send`.
fn parts(path: &str) -> Vec<Part<'_>> {
    if path.is_empty() {
        return Vec::new();
    }
    let part = |part| match str::strip_suffix(part, "()") {
        Some(name) => (name.trim_end_matches("()"), true),
        None => (part, false),
    };
    path.split('.').map(part).collect()
}
