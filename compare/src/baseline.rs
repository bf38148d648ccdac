//! An audit against a report of before: only findings that it lacks count.

use doorward_model::{Baseline, Finding, Level, Report, Verdict};
use std::collections::BTreeMap;

/// Marks the findings that a report of before has, at the same level or a higher one, and says what the audit comes to without
/// them. What was not examined counts as ever.
pub fn against(report: &mut Report, before: &Report) {
    let mut levels: BTreeMap<&str, Level> = BTreeMap::new();
    for finding in &before.judgement.findings {
        levels.insert(&finding.fingerprint, finding.level);
    }
    let is_known = |finding: &&Finding| levels.get(&*finding.fingerprint).is_some_and(|level| *level >= finding.level);
    let findings = &report.judgement.findings;
    let known = findings.iter().filter(is_known).map(|finding| finding.fingerprint.clone()).collect();
    let baseline = Baseline { known };
    report.judgement.verdict = match () {
        () if findings.iter().any(|finding| finding.level == Level::Alarm && !baseline.has(finding)) => Verdict::Fail,
        () if report.judgement.incomplete_because.is_empty() => Verdict::Pass,
        () => Verdict::Incomplete,
    };
    report.baseline = Some(baseline);
}
