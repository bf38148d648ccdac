//! Which code of a package runs without anybody calling it, and when: the top levels of files that run by themselves, the
//! functions that these call, and the files that are imported or started on the way.
//!
//! Earliest first, each function of each file once: the cost is that of the calls and imports that the summaries list. Where
//! the calls of a file are not known, whatever is in it runs when the file does. Not handled: functions that only a library
//! calls which is not known, and what tests import.

use crate::code::{Code, Thing};
use crate::paths;
use crate::starts::Starts;
use doorward_model::{NodeId, Phase, Placement, Role, Summary, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// Code of one package that is still to be looked at: when, which file, which function.
type Waiting = BTreeSet<(Phase, NodeId, u32)>;

/// Raises the files of a unit that are imported or started by what runs early, and fills in when each of their functions runs.
/// `whole` says of which files all functions count as called, because a tool calls them by their names.
pub(crate) fn raise(tree: &Tree, known: &Code<'_>, placements: &mut [Placement], whole: &[bool], starts: &Starts) {
    let code: Vec<NodeId> = known.files.keys().copied().collect();
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
        // What tests are set up with runs where a project is opened; what that imports, as where anybody imports it.
        let is_python = paths::extension(paths::base(&placements[id.0 as usize].path)).as_slice() == b"py";
        let onward = if phase == Phase::Open && is_python { Phase::Import } else { phase };
        let all = function == 0 && (!summary.whole || whole[id.0 as usize]);
        let from = summary.calls.partition_point(|(caller, _)| *caller < function);
        let called = summary.calls[from..].iter().take_while(|(caller, _)| *caller == function);
        waiting.extend(called.map(|(_, callee)| (phase, id, *callee)));
        if placements[id.0 as usize].role == Role::Test {
            continue;
        }
        let found = known.files.get(&id).map_or(&[][..], |file| &file.found);
        for (import, found) in summary.imports.iter().zip(found) {
            if all || import.function == function {
                let targets = found.around.iter().chain(&found.module).chain(&found.item).filter(|target| **target != id);
                for target in targets {
                    import_runs(placements, *target, onward);
                    waiting.insert((onward, *target, 0));
                }
            }
        }
        let started = starts.get(&id).map_or(&[][..], Vec::as_slice);
        for (_, there) in started.iter().filter(|(starter, _)| all || *starter == function) {
            import_runs(placements, *there, phase);
            waiting.insert((phase, *there, 0));
            waiting
                .extend(self::summary(tree, *there).and_then(|summary| summary.program).map(|program| (phase, *there, program)));
        }
        for (_, outside) in summary.uses.iter().filter(|(user, _)| all || *user == function) {
            if let Some((there, Thing::Function(callee))) = known.find(id, *outside, true) {
                waiting.insert((onward, there, callee));
            }
        }
    }
    for &id in &code {
        if whole[id.0 as usize] || !summary(tree, id).is_some_and(|summary| summary.whole) {
            continue;
        }
        let from = reached.range((id, 0)..=(id, u32::MAX)).map(|((_, function), phase)| (*function, *phase));
        // What builds the package runs when that is done, as its file does.
        let late = placements[id.0 as usize].phase == Phase::Install;
        let when = |phase| if late && phase == Phase::Build { Phase::Install } else { phase };
        let functions: Box<[(u32, Phase)]> = from.map(|(function, phase)| (function, when(phase))).collect();
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

/// A file is imported by what runs in this phase.
fn import_runs(placements: &mut [Placement], id: NodeId, phase: Phase) {
    let placement = &mut placements[id.0 as usize];
    // What builds the package is started while it is installed: later, but asked for by nobody.
    if phase == Phase::Install && placement.phase == Phase::Build {
        placement.phase = phase;
    }
    if phase < placement.phase {
        placement.phase = phase;
        if placement.role != Role::Build {
            placement.role = Role::Code;
        }
    }
}
