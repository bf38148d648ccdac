//! The inventory: packages, destinations, keys, commands that run by themselves, executables. A list of what is there, no
//! judgement. Taken from facts, so it is as complete as the observers are: a destination built up while a program runs, or packed
//! code, is not in it.

use crate::names::{shown, value};
use doorward_model::{ContentId, Fact, NodeId, Tree, vocabulary};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What an artefact consists of and reaches for; every list is sorted and free of repetition.
pub(crate) struct Inventory<'t> {
    /// Units that a manifest names, in the order of their names.
    pub(crate) packages: Vec<Package<'t>>,
    /// Hosts and addresses, each with the nodes that name it. A content counts at its first place.
    pub(crate) destinations: BTreeMap<Destination, BTreeSet<NodeId>>,
    /// Keys, certificates and credentials, each with the nodes that carry it.
    pub(crate) keys: BTreeMap<Key, BTreeSet<NodeId>>,
    /// Commands that a package's manager runs by itself.
    pub(crate) scripts: BTreeSet<Script>,
    /// Executables, libraries and object files.
    pub(crate) binaries: BTreeSet<Binary>,
}

/// A unit that a manifest names.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package<'t> {
    pub(crate) ecosystem: Cow<'t, str>,
    pub(crate) name: Cow<'t, str>,
    pub(crate) version: Cow<'t, str>,
    pub(crate) base: NodeId,
    pub(crate) folder: Cow<'t, str>,
}

/// A host name or an address.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Destination {
    pub(crate) host: String,
    /// `host` where a URL names it, `address` where it stands alone.
    pub(crate) kind: &'static str,
}

/// A key, by its fingerprint.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Kind of the fact: `key.private`, `key.public`, `certificate`, `credential`.
    pub(crate) fact: &'static str,
    pub(crate) fingerprint: String,
    /// Algorithm or issuer; empty where the fact does not say.
    pub(crate) kind: String,
    /// Whether a passphrase protects it.
    pub(crate) encrypted: bool,
}

/// A command that runs by itself.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Script {
    pub(crate) node: NodeId,
    pub(crate) event: String,
    pub(crate) command: String,
    pub(crate) phase: String,
}

/// An executable, library or object file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Binary {
    pub(crate) node: NodeId,
    pub(crate) format: String,
    pub(crate) kind: String,
    pub(crate) arch: String,
    pub(crate) bits: String,
    pub(crate) signed: bool,
    pub(crate) stripped: bool,
}

/// Takes the inventory of a tree. `first` is what [`first_places`] returns.
pub(crate) fn inventory<'t>(tree: &'t Tree, first: &[Option<NodeId>]) -> Inventory<'t> {
    let mut inventory = Inventory {
        packages: packages(tree),
        destinations: BTreeMap::new(),
        keys: BTreeMap::new(),
        scripts: BTreeSet::new(),
        binaries: BTreeSet::new(),
    };
    for (content, first) in tree.contents.iter().zip(first) {
        if let Some(node) = *first {
            content.facts.iter().for_each(|fact| inventory.add(node, fact));
        }
    }
    for (node, fact) in tree.units.iter().flat_map(|unit| &unit.facts) {
        inventory.add(*node, fact);
    }
    inventory
}

/// For every content the node where it was met first; `None` for one without a place.
pub(crate) fn first_places(tree: &Tree) -> Vec<Option<NodeId>> {
    let mut first = vec![None; tree.contents.len()];
    for (node, id) in tree.nodes.iter().zip(0..) {
        if let Some(ContentId(content)) = node.content
            && let Some(slot) = first.get_mut(content as usize)
        {
            slot.get_or_insert(NodeId(id));
        }
    }
    first
}

fn packages(tree: &Tree) -> Vec<Package<'_>> {
    let named = tree.units.iter().filter(|unit| !unit.ecosystem.is_empty() || !unit.name.is_empty());
    let mut packages: Vec<_> = named
        .map(|unit| Package {
            ecosystem: shown(unit.ecosystem.as_bytes()),
            name: shown(unit.name.as_bytes()),
            version: shown(unit.version.as_bytes()),
            base: unit.base,
            folder: shown(&unit.folder),
        })
        .collect();
    packages.sort();
    packages
}

impl Inventory<'_> {
    fn add(&mut self, node: NodeId, fact: &Fact) {
        let text = |name| fact.arg(name).map(value).unwrap_or_default();
        let yes = |name| fact.number(name) == Some(1);
        let kind = fact.kind;
        if *kind == vocabulary::URL || *kind == vocabulary::ADDRESS {
            let (arg, kind) = if *kind == vocabulary::URL { ("host", "host") } else { ("ip", "address") };
            let host = text(arg);
            if !host.is_empty() {
                self.destinations.entry(Destination { host, kind }).or_default().insert(node);
            }
        } else if [&vocabulary::KEY_PRIVATE, &vocabulary::KEY_PUBLIC, &vocabulary::CERTIFICATE, &vocabulary::CREDENTIAL]
            .contains(&kind)
        {
            let (fingerprint, encrypted) = (text("fingerprint"), yes("encrypted"));
            let key = Key { fact: kind.name, fingerprint, kind: text("kind"), encrypted };
            self.keys.entry(key).or_default().insert(node);
        } else if *kind == vocabulary::SCRIPT {
            self.scripts.insert(Script { node, event: text("event"), command: text("command"), phase: text("phase") });
        } else if *kind == vocabulary::BINARY {
            let (format, kind, arch, bits) = (text("format"), text("kind"), text("arch"), text("bits"));
            let (signed, stripped) = (yes("signed"), yes("stripped"));
            self.binaries.insert(Binary { node, format, kind, arch, bits, signed, stripped });
        }
    }

    /// Every node that the inventory names.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        let sets = self.destinations.values().chain(self.keys.values()).flatten().copied();
        let packages = self.packages.iter().map(|package| package.base);
        sets.chain(packages)
            .chain(self.scripts.iter().map(|script| script.node))
            .chain(self.binaries.iter().map(|binary| binary.node))
    }
}
