//! The verdict: Fail at an alarm, Incomplete where something that could hide a door was not examined, else Pass.

use crate::places::Places;
use crate::policy::Policy;
use doorward_model::{ContentId, Finding, Level, NodeId, Phase, Problem, ProblemKind, Verdict, text};
use std::collections::BTreeMap;

/// Most problems of one kind that are told one by one.
const TOLD_MAX: usize = 8;

/// The verdict, and each problem that keeps the audit from being complete, in words. The latter are given with Fail, too.
pub(crate) fn of(policy: &Policy, places: &Places<'_>, findings: &[Finding]) -> (Verdict, Vec<Box<str>>) {
    let mut told: BTreeMap<ProblemKind, (usize, Vec<String>)> = BTreeMap::new();
    let mut tell = |node: NodeId, problem: &Problem| {
        let (count, words) = told.entry(problem.kind).or_default();
        *count += 1;
        if words.len() < TOLD_MAX {
            words.push(format!("{}: {} ({})", problem.kind.name(), problem.detail, path(places, node)));
        }
    };
    let tree = places.tree;
    for (id, content) in (0_u32..).zip(&tree.contents).filter(|(_, content)| !content.problems.is_empty()) {
        let runs = places.of_content(ContentId(id)).find(|node| runs_by_itself(places, *node));
        for problem in content.problems.iter().filter(|problem| policy.is_incomplete(problem.kind, runs.is_some())) {
            let node = runs.or_else(|| places.of_content(ContentId(id)).next()).unwrap_or(NodeId(0));
            tell(node, problem);
        }
    }
    for (node, problem) in &tree.place_problems {
        if policy.is_incomplete(problem.kind, runs_by_itself(places, *node)) {
            tell(*node, problem);
        }
    }
    let because: Vec<Box<str>> = told.into_iter().flat_map(|(kind, (count, words))| all_of(kind, count, words)).collect();
    let verdict = match () {
        () if findings.iter().any(|finding| finding.level == Level::Alarm) => Verdict::Fail,
        () if because.is_empty() => Verdict::Pass,
        () => Verdict::Incomplete,
    };
    (verdict, because)
}

/// Whether something runs without being called, or is one of the inputs.
fn runs_by_itself(places: &Places<'_>, node: NodeId) -> bool {
    places.phase(node) < Phase::Run || places.tree.node(node).parent.is_none()
}

fn all_of(kind: ProblemKind, count: usize, words: Vec<String>) -> impl Iterator<Item = Box<str>> {
    let more = count - words.len();
    let rest = (more > 0).then(|| format!("{}: {more} more", kind.name()));
    words.into_iter().chain(rest).map(Into::into)
}

fn path(places: &Places<'_>, node: NodeId) -> String {
    if places.tree.nodes.is_empty() || places.tree.node(node).parent.is_none() {
        return "the input itself".into();
    }
    let name = match places.placement(node) {
        Some(placement) if !placement.path.is_empty() => &placement.path,
        _ => &places.tree.node(node).name,
    };
    let mut shown = text::visible(name);
    if shown.len() > 200 {
        let cut = (0..=200).rev().find(|at| shown.is_char_boundary(*at)).unwrap_or(0);
        shown.truncate(cut);
        shown.push_str("...");
    }
    shown
}
