//! Which package a place belongs to, told by what both an audit and a saved report know: where each package begins.

use crate::sides::{View, ids};
use doorward_model::difference::Subject;
use doorward_model::{NodeId, Step, Tree, Unit, blanked, text};
use std::collections::{BTreeMap, HashMap};

/// A package, the same on both sides: empty for the one that is compared, else its ecosystem, name and folder without versions.
pub(crate) type PackageKey = std::rc::Rc<str>;

/// The package of every place: the innermost around it; the only one where there is none around it and no other beside it.
pub(crate) fn of_places(tree: &Tree) -> Vec<PackageKey> {
    let units: Vec<&Unit> = named(tree).collect();
    let mut at_base: HashMap<NodeId, Vec<usize>> = HashMap::new();
    for (at, unit) in units.iter().enumerate() {
        at_base.entry(unit.base).or_default().push(at);
    }
    // The unit of each place, `None` outside of all; parents stand before what they hold.
    let mut of: Vec<Option<usize>> = Vec::with_capacity(tree.nodes.len());
    for (id, node) in ids(tree) {
        let inherited = node.parent.and_then(|parent| of[parent.0 as usize]);
        let base = node.parent.map_or(id, |parent| parent);
        let inner = at_base.get(&base).into_iter().flatten().filter(|at| {
            let folder = &units[**at].folder;
            folder.is_empty() || matches!(node.step, Step::Member { .. }) && node.name.starts_with(folder)
        });
        let inner = inner.max_by_key(|at| (units[**at].folder.len(), std::cmp::Reverse(**at))).copied();
        of.push(inner.or(inherited));
    }
    let outermost = outermost(tree, &units, &of);
    let keys: Vec<PackageKey> = units.iter().map(|unit| key(unit).into()).collect();
    let main: PackageKey = "".into();
    of.into_iter().map(|unit| unit.filter(|unit| Some(*unit) != outermost).map_or(&main, |unit| &keys[unit]).clone()).collect()
}

fn named(tree: &Tree) -> impl Iterator<Item = &Unit> {
    tree.units.iter().filter(|unit| !unit.name.is_empty())
}

/// The unit that no other is around, where there is just one of them.
fn outermost(tree: &Tree, units: &[&Unit], of: &[Option<usize>]) -> Option<usize> {
    let around = |unit: &Unit| {
        let parent = tree.node(unit.base).parent?;
        of[parent.0 as usize]
    };
    let inside = |unit: &Unit, other: &&Unit| {
        unit.base == other.base && unit.folder.len() > other.folder.len() && unit.folder.starts_with(&other.folder)
    };
    let mut free = (0..units.len()).filter(|at| {
        let unit = units[*at];
        around(unit).is_none() && !units.iter().any(|other| inside(unit, other))
    });
    let first = free.next()?;
    free.next().is_none().then_some(first)
}

fn key(unit: &Unit) -> String {
    format!("{} {} {}", unit.ecosystem, unit.name, text::visible(&blanked(&unit.folder)))
}

/// What is compared, where each side is just one package.
pub(crate) fn subject(old: &View<'_>, new: &View<'_>) -> Subject {
    Subject { old: of_side(old), new: of_side(new) }
}

/// Name and version of the package that a side is.
pub(crate) fn of_side(view: &View<'_>) -> (Box<str>, Box<str>) {
    let mut versions: BTreeMap<&str, &str> = BTreeMap::new();
    for unit in named(view.tree).filter(|unit| is_main(view, unit)) {
        versions.insert(&unit.name, &unit.version);
    }
    match versions.into_iter().next() {
        Some((name, version)) => (shown(name), shown(version)),
        None => Default::default(),
    }
}

/// Whether what lies in a unit belongs to the one that is compared.
fn is_main(view: &View<'_>, unit: &Unit) -> bool {
    let inside = |id: &&NodeId| view.tree.node(**id).name.starts_with(&unit.folder);
    let held = view.children[unit.base.0 as usize].iter().find(inside);
    held.is_some_and(|held| view.packages[held.0 as usize].is_empty())
}

fn shown(name: &str) -> Box<str> {
    text::visible(name.as_bytes()).into()
}
