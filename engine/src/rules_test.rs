//! Runs the examples of rule pages through the whole flow, and all rules on all examples.

use crate::lane::{Lane, Setup};
use crate::{Audit, Fault, audit_files};
use doorward_judge::{Input, Policy, Rules, judge};
use doorward_model::{Judgement, Limits};
use std::collections::BTreeSet;

/// What came of one example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleRun {
    /// Id of the rule whose page holds the example.
    pub rule: Box<str>,
    /// Line of the example in the page.
    pub line: usize,
    /// Whether the rule must find something in it.
    pub matches: bool,
    /// Every rule that found something in it, sorted.
    pub hits: BTreeSet<Box<str>>,
}

impl ExampleRun {
    /// Whether the example shows what its page says.
    pub fn holds(&self) -> bool {
        self.hits.contains(&self.rule) == self.matches
    }
}

/// Runs every example of every page, in the order of the pages.
///
/// # Errors
/// A pattern that does not compile, or a fault of the machine.
pub fn test_rules(rules: &Rules) -> Result<Vec<ExampleRun>, Fault> {
    let (limits, policy) = (Limits::default(), Policy::default());
    let spill = doorward_contain::spill_folder();
    let audit = Audit { limits: &limits, rules, policy: &policy, yara: &[], spill: &spill };
    let mut lane = Lane::here(Setup::new(rules, &[], &limits, false))?;
    let mut runs = Vec::new();
    for rule in rules.all() {
        for example in &rule.examples {
            let judgement = match &example.input {
                Input::Files(files) => {
                    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (&**path, &**bytes)).collect();
                    audit_files(&audit, &files, &mut lane)?.judgement
                }
                Input::Facts(_) => {
                    let tree = rules.listed(rule, example).map_err(|error| Fault::new(error.to_string()))?;
                    judge(rules, &policy, &tree.unwrap_or_default())
                }
            };
            runs.push(ExampleRun { rule: rule.id.clone(), line: example.line, matches: example.matches, hits: hits(&judgement) });
        }
    }
    Ok(runs)
}

/// The rules that found something, be it as a part of a stronger finding.
fn hits(judgement: &Judgement) -> BTreeSet<Box<str>> {
    let findings = &judgement.findings;
    findings.iter().flat_map(|finding| finding.parts.iter().chain([&finding.rule])).cloned().collect()
}
