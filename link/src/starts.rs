//! Which files of its package a piece of code starts as programs of their own: child processes, threads, process managers.
//!
//! What is started, or read and run as code, runs when its starter does. A path counts from the folder of the starter and from the top of the package,
//! since code is started in either. Not handled: programs that a shell line starts behind variables, and files that are written
//! before they are started.

use crate::{code::Code, commands, paths};
use doorward_model::vocabulary::{CODE_EVAL, CODE_LOAD, FILE_READ, FLOW, PROCESS_SPAWN};
use doorward_model::{Fact, NodeId, Placement, Tree};
use std::collections::BTreeMap;

/// What stands for a part of a path that is computed: of a path that is started, mostly the folder of the code itself.
const COMPUTED: &str = "\u{2026}/";

/// Most starts of one file that are followed.
const STARTS_MAX: usize = 64;

/// The files that each file starts, by the functions that start them.
pub(crate) type Starts = BTreeMap<NodeId, Vec<(u32, NodeId)>>;

/// Finds what the code of a package starts.
pub(crate) fn find(tree: &Tree, known: &Code<'_>, members: &[NodeId], placements: &[Placement]) -> Starts {
    let mut starts = Starts::new();
    let mut files: Option<BTreeMap<&[u8], NodeId>> = None;
    for &id in known.files.keys() {
        let Some(content) = tree.node(id).content else { continue };
        let lines = tree.content(content).facts.iter().filter_map(|fact| {
            let line = match fact.kind {
                kind if *kind == PROCESS_SPAWN => fact.text("command")?.to_owned(),
                kind if *kind == CODE_LOAD => format!("node {}", fact.text("module")?),
                kind if *kind == FLOW && is_evaluated(fact) => fact.text("what")?.to_owned(),
                _ => return None,
            };
            Some((fact.function, line.replace(COMPUTED, "./")))
        });
        let folder = paths::folder(&placements[id.0 as usize].path);
        for (function, line) in lines.take(STARTS_MAX) {
            let files = files.get_or_insert_with(|| {
                let path = |id: &NodeId| (&*placements[id.0 as usize].path, *id);
                members.iter().rev().map(path).collect()
            });
            let look = |path: &[u8]| {
                let beside = files.get([folder, path].concat().as_slice()).copied();
                beside.or_else(|| files.get(path).copied())
            };
            let named = commands::named(line.as_bytes(), look);
            let others = named.files.into_iter().filter(|there| *there != id).map(|there| (function, there));
            starts.entry(id).or_default().extend(others);
        }
    }
    starts
}

/// Whether a file is read and run as code, as it is.
fn is_evaluated(fact: &Fact) -> bool {
    fact.text("from") == Some(FILE_READ.name) && fact.text("to") == Some(CODE_EVAL.name) && fact.text("transforms").is_none()
}
