//! One item for each chain: of findings that rest on the same bytes, the strongest names the others, whatever their doors.
//!
//! What was decoded or carved counts as the bytes that it came from, so that a dropper and the text that hides it are one.

use doorward_model::{ContentId, Evidence, Finding, Level, Span, Step, Tree};
use std::collections::BTreeMap;

/// Makes the weaker findings of each chain parts of the strongest, and notes.
pub(crate) fn join(tree: &Tree, findings: &mut [Finding]) {
    let mut groups: BTreeMap<ContentId, Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| !finding.door.is_empty()) {
        if let Some((content, _)) = finding.evidence.first().and_then(|evidence| origin(tree, evidence)) {
            groups.entry(content).or_default().push(at);
        }
    }
    for (_, mut group) in groups.into_iter().filter(|(_, group)| group.len() > 1) {
        group.sort_by_key(|at| {
            let finding = &findings[*at];
            // A way that is told step by step says more than words that stand near each other.
            let has_way = finding.evidence.iter().any(|evidence| evidence.way.len() > 1);
            let strength = (finding.level, finding.severity, finding.confidence, has_way, finding.evidence.len());
            (std::cmp::Reverse(strength), finding.rule.clone(), *at)
        });
        let spans: Vec<Vec<(ContentId, Span)>> = group
            .iter()
            .map(|at| findings[*at].evidence.iter().filter_map(|evidence| origin(tree, evidence)).collect())
            .collect();
        for (part, head) in weaker(&spans) {
            let rule = findings[group[part]].rule.clone();
            findings[group[part]].level = Level::Note;
            let parts = &mut findings[group[head]].parts;
            if let Err(at) = parts.binary_search(&rule) {
                parts.insert(at, rule);
            }
        }
    }
}

/// Pairs of a finding and the first, strongest one whose evidence it overlaps. Heads are never parts.
fn weaker(spans: &[Vec<(ContentId, Span)>]) -> Vec<(usize, usize)> {
    /// Most chains of one content that a finding is compared with.
    const HEADS_MAX: usize = 256;
    let mut heads: Vec<usize> = Vec::new();
    let mut pairs = Vec::new();
    for at in 0..spans.len() {
        match heads.iter().find(|head| overlap(&spans[**head], &spans[at])) {
            Some(head) => pairs.push((at, *head)),
            None if heads.len() < HEADS_MAX => heads.push(at),
            None => {}
        }
    }
    pairs
}

fn overlap(a: &[(ContentId, Span)], b: &[(ContentId, Span)]) -> bool {
    a.iter()
        .any(|(content, span)| b.iter().any(|(other, with)| content == other && span.start < with.end && with.start < span.end))
}

/// Where evidence stands in the file that it was decoded or carved from. The marks around a text, and the bracket before them,
/// belong to it: `exec(decode("...` and what it decodes are one.
fn origin(tree: &Tree, evidence: &Evidence) -> Option<(ContentId, Span)> {
    let mut at = (evidence.content?, evidence.span);
    let mut node = tree.node(evidence.node);
    while let (Step::Decoded { from, .. } | Step::Carved { from }, Some(parent)) = (&node.step, node.parent) {
        node = tree.node(parent);
        at = (node.content?, Span::new(from.start.saturating_sub(2), from.end.saturating_add(2)));
    }
    Some(at)
}
