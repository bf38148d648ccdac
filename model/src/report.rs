//! The report of one audit, before it is written in any format.

use crate::{Digest, Finding, Judgement, Limits, Tree};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that an audit says. Holds no time, host, absolute path, thread or random id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of the product.
    pub tool: Box<str>,
    /// Which rules judged.
    pub rules: RulesStamp,
    /// The limits in force.
    pub limits: Limits,
    /// False where a watchdog fired: another run may then see more or less.
    pub repeatable: bool,
    /// Assurance level, `L0` to `L5`.
    pub assurance: Box<str>,
    /// What was examined and what was not.
    pub coverage: Coverage,
    /// Places, contents, packages.
    pub tree: Tree,
    /// Findings and verdict.
    pub judgement: Judgement,
    /// Which of the findings a report of before had; absent where none was given. They are listed, and do not count.
    #[serde(default)]
    pub baseline: Option<Baseline>,
    /// Root of the deposit's sealed list that the input was found to be; absent where none was given.
    #[serde(default)]
    pub deposit: Option<Digest>,
}

impl Report {
    /// Whether a finding counts: not where a report of before had it.
    pub fn counts(&self, finding: &Finding) -> bool {
        !self.baseline.as_ref().is_some_and(|baseline| baseline.has(finding))
    }
}

/// What a report of before had of the findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The fingerprints of those that it had.
    pub known: BTreeSet<Box<str>>,
}

impl Baseline {
    /// Whether it had this finding.
    pub fn has(&self, finding: &Finding) -> bool {
        self.known.contains(&finding.fingerprint)
    }
}

/// Identity of a set of rules and of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesStamp {
    /// Number of rules.
    pub count: u64,
    /// SHA-256 over all pages, sorted by id, the API tables and the users' packs.
    pub digest: Digest,
    /// Name of the policy.
    pub policy: Box<str>,
    /// SHA-256 of the policy.
    pub policy_digest: Digest,
}

/// What was examined and what was not. Contents are counted once each; `files` are places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Places that are files, at any depth.
    pub files: u64,
    /// Different contents.
    pub contents: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Contents and bytes by how far they were examined: `opened`, `parsed`, `scanned`, `hashed`.
    pub examined: BTreeMap<Box<str>, Count>,
    /// Contents and bytes by format.
    pub formats: BTreeMap<Box<str>, Count>,
    /// How often each kind of problem was met.
    pub problems: BTreeMap<Box<str>, u64>,
}

/// A number of contents and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Contents.
    pub contents: u64,
    /// Bytes in them.
    pub bytes: u64,
}
