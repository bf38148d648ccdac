//! What link says of each file: one `place` fact.

use crate::{paths, spaces::Spaces};
use doorward_model::{
    Content, Fact, Kind, NodeId, Placement, Problem, ProblemKind, Span, Tree, Unit,
    vocabulary::{CONTENT, PLACE},
};

/// Name of this stage in facts.
pub(crate) const BY: &str = "link";

/// Most places that are described in one audit, to bound memory; the rest gets a problem.
const PLACES_MAX: usize = 1_000_000;

/// The groups that a format may be of.
const GROUPS: [&str; 7] = ["archive", "package", "binary", "code", "text", "image", "data"];

/// The group of every content.
pub(crate) fn groups(tree: &Tree, group: &dyn Fn(&str) -> &'static str) -> Vec<&'static str> {
    let said = |content: &Content| {
        let fact = content.facts.iter().find(|fact| *fact.kind == CONTENT)?;
        GROUPS.into_iter().find(|known| fact.text("group") == Some(known))
    };
    tree.contents.iter().map(|content| said(content).unwrap_or_else(|| group(&content.reading.format))).collect()
}

/// Adds a `place` fact for every file of every unit. A file of no bytes gets none: there is nothing in it to run or read.
pub(crate) fn emit(
    tree: &Tree,
    spaces: &Spaces<'_>,
    groups: &[&'static str],
    placements: &[Placement],
    units: &mut [Unit],
) -> Vec<(NodeId, Problem)> {
    let mut left = PLACES_MAX;
    let mut problems = Vec::new();
    for unit in units {
        let filled = |id: &&NodeId| tree.node(**id).content.is_some_and(|content| tree.content(content).len > 0);
        let count = unit.members.iter().filter(filled).count();
        if count > left {
            let detail = format!("more than {PLACES_MAX} files: rules on places do not see the rest");
            problems.push((unit.base, Problem::new(ProblemKind::Limit, detail)));
        }
        let mut facts = Vec::with_capacity(count.min(left) + unit.facts.len());
        for &id in unit.members.iter().filter(filled).take(left) {
            facts.push((id, place(tree, spaces, groups, placements, id, &unit.ecosystem)));
        }
        left = left.saturating_sub(count);
        facts.append(&mut unit.facts);
        unit.facts = facts;
    }
    problems
}

/// The fact of one file.
fn place(
    tree: &Tree,
    spaces: &Spaces<'_>,
    groups: &[&'static str],
    placements: &[Placement],
    id: NodeId,
    ecosystem: &str,
) -> Fact {
    let (node, spot, placement) = (tree.node(id), spaces.spots[id.0 as usize], &placements[id.0 as usize]);
    let base = paths::base(&placement.path);
    let runnable = node.meta.kind == Kind::File && node.meta.mode.is_some_and(|mode| mode & 0o111 != 0);
    let (format, group) = match node.content {
        Some(content) => (&*tree.content(content).reading.format, groups[content.0 as usize]),
        None => ("", ""),
    };
    let mut fact = Fact::new(&PLACE, Span::default(), BY);
    // There is one for every file: a list that grows by doubling would hold half as much again.
    fact.args.reserve_exact(PLACE.args.len());
    fact.with("path", &*placement.path)
        .with("name", base)
        .with("extension", &*paths::extension(base))
        .with("format", format)
        .with("group", group)
        .with("role", placement.role.name())
        .with("phase", placement.phase.name())
        .with("executable", runnable)
        .with("hidden", spot.hidden)
        .with("carved", spot.carved)
        .with("ecosystem", ecosystem)
}
