//! Findings that one side has and the other has not.
//!
//! A finding is known by its fingerprint. One whose file was moved or renamed without a change is the same finding under
//! another path, and one that now runs earlier, at a higher level, is told as altered.

use crate::sides::View;
use doorward_model::Finding;
use doorward_model::difference::{DoorChange, Turn};
use std::collections::BTreeMap;

/// The findings that are new, rose, or went away.
pub(crate) fn changes(old: &View<'_>, new: &View<'_>) -> Vec<DoorChange> {
    let (before, after) = (&old.report.judgement.findings, &new.report.judgement.findings);
    let by_fingerprint: BTreeMap<&str, usize> = (0..).zip(before).map(|(at, finding)| (&*finding.fingerprint, at)).collect();
    let mut kept = vec![false; before.len()];
    let mut same: Vec<Option<usize>> = after.iter().map(|f| by_fingerprint.get(&*f.fingerprint).copied()).collect();
    same.iter().flatten().for_each(|at| kept[*at] = true);
    for (finding, same) in after.iter().zip(&mut same).filter(|(_, same)| same.is_none()) {
        *same = (0..before.len()).find(|at| !kept[*at] && is_carried(old, &before[*at], new, finding));
        same.iter().for_each(|at| kept[*at] = true);
    }
    let mut changes = Vec::new();
    for ((finding, same), at) in after.iter().zip(&same).zip(0..) {
        let turn = match same {
            None => Turn::New,
            Some(same) if before[*same].level < finding.level => Turn::Altered,
            Some(_) => continue,
        };
        changes.push(DoorChange { turn, finding: at });
    }
    changes.extend((0..).zip(kept).filter(|(_, kept)| !kept).map(|(finding, _)| DoorChange { turn: Turn::Gone, finding }));
    changes
}

/// Whether a finding is that of the same bytes at another place.
fn is_carried(old: &View<'_>, before: &Finding, new: &View<'_>, after: &Finding) -> bool {
    let spans = |finding: &Finding| finding.evidence.iter().map(|evidence| evidence.span).collect::<Vec<_>>();
    let (from, to) = (old.digest(before.node), new.digest(after.node));
    before.rule == after.rule && from.is_some() && from == to && spans(before) == spans(after)
}
