//! Which code of a package runs without anybody calling it, and when: the top levels of files that run by themselves, the
//! functions that these call, and the files that are imported on the way.
//!
//! Earliest first, each function of each file once: the cost is that of the calls and imports that the summaries list. Where
//! the calls of a file are not known, whatever is in it runs when the file does. Not handled: functions that only a library
//! calls which is not known, and what tests import.

use crate::{imports::Files, paths, spaces::Spaces};
use doorward_model::{NodeId, Phase, Placement, Role, Summary, Tree, Unit, vocabulary::ENTRY};
use std::collections::{BTreeMap, BTreeSet};

/// Code of one package that is still to be looked at: when, which file, which function.
type Waiting = BTreeSet<(Phase, NodeId, u32)>;

/// Raises the files of a unit that are imported by what runs early, and fills in when each of their functions runs. `whole` says
/// of which files all functions count as called, because a tool calls them by their names.
pub(crate) fn raise(tree: &Tree, spaces: &Spaces<'_>, unit: &Unit, placements: &mut [Placement], whole: &[bool]) {
    let code: Vec<NodeId> = unit.members.iter().copied().filter(|id| summary(tree, *id).is_some()).collect();
    if code.is_empty() {
        return;
    }
    let imported = imports(tree, spaces, unit, placements, &code);
    let mut waiting = Waiting::new();
    let mut reached: BTreeMap<(NodeId, u32), Phase> = BTreeMap::new();
    for &id in &code {
        let placement = &placements[id.0 as usize];
        if placement.phase < Phase::Run {
            waiting.insert((placement.phase, id, 0));
            if let Some(program) = summary(tree, id).and_then(|summary| summary.program)
                && is_program(placement)
            {
                waiting.insert((placement.phase, id, program));
            }
        }
    }
    while let Some((phase, id, function)) = waiting.pop_first() {
        if reached.get(&(id, function)).is_some_and(|known| *known <= phase) {
            continue;
        }
        reached.insert((id, function), phase);
        let Some(summary) = summary(tree, id) else { continue };
        let all = function == 0 && (!summary.whole || whole[id.0 as usize]);
        let from = summary.calls.partition_point(|(caller, _)| *caller < function);
        let called = summary.calls[from..].iter().take_while(|(caller, _)| *caller == function);
        waiting.extend(called.map(|(_, callee)| (phase, id, *callee)));
        if placements[id.0 as usize].role == Role::Test {
            continue;
        }
        for (import, targets) in summary.imports.iter().zip(imported.get(&id).map_or(&[][..], |all| all)) {
            if all || import.function == function {
                for target in targets {
                    import_runs(placements, *target, phase);
                    waiting.insert((phase, *target, 0));
                }
            }
        }
    }
    for &id in &code {
        if whole[id.0 as usize] || !summary(tree, id).is_some_and(|summary| summary.whole) {
            continue;
        }
        let from = reached.range((id, 0)..=(id, u32::MAX)).map(|((_, function), phase)| (*function, *phase));
        let functions: Box<[(u32, Phase)]> = from.collect();
        if !functions.is_empty() {
            placements[id.0 as usize].functions = Some(functions);
        }
    }
}

/// The summary of a file's code.
pub(crate) fn summary(tree: &Tree, id: NodeId) -> Option<&Summary> {
    tree.content(tree.node(id).content?).summary.as_deref()
}

/// Whether what asks if it is the program itself is told so: what a package manager or a script starts.
fn is_program(placement: &Placement) -> bool {
    matches!(placement.phase, Phase::Install | Phase::Build | Phase::Open) || paths::base(&placement.path) == b"__main__.py"
}

/// For every file, for every import, the files that run because of it.
fn imports(
    tree: &Tree,
    spaces: &Spaces<'_>,
    unit: &Unit,
    placements: &[Placement],
    code: &[NodeId],
) -> BTreeMap<NodeId, Vec<Vec<NodeId>>> {
    let hosts = unit.members.iter().copied().filter(|id| spaces.spots[id.0 as usize].host == id.0);
    let mut files = Files::new(placements, hosts);
    for (id, fact) in &unit.facts {
        if *fact.kind == ENTRY
            && fact.text("event") == Some("main")
            && let Some(path) = fact.text("path")
        {
            let folder = paths::folder(&placements[id.0 as usize].path);
            if paths::base(&placements[id.0 as usize].path) == b"package.json" {
                files.main(folder, path.as_bytes());
            }
        }
    }
    let mut imported = BTreeMap::new();
    for &id in code {
        let Some((content, summary)) = tree.node(id).content.map(|content| tree.content(content)).zip(summary(tree, id)) else {
            continue;
        };
        let is_python = &*content.reading.format == "python";
        let from = &placements[id.0 as usize].path;
        let targets = |import| {
            let found = files.find(from, import, is_python);
            found.around.into_iter().chain(found.module).chain(found.item).filter(|target| *target != id).collect()
        };
        imported.insert(id, summary.imports.iter().map(targets).collect());
    }
    imported
}

/// A file is imported by what runs in this phase.
fn import_runs(placements: &mut [Placement], id: NodeId, phase: Phase) {
    let placement = &mut placements[id.0 as usize];
    if phase < placement.phase {
        placement.phase = phase;
        if placement.role != Role::Build {
            placement.role = Role::Code;
        }
    }
}
