//! Findings: what a rule concluded, with the evidence that shows it.

use crate::{ContentId, Digest, NodeId, Phase, Span, Told};
use serde::{Deserialize, Serialize};

/// Most other places that a finding names; how many there are in all is counted.
pub const ALSO_MAX: usize = 16;

/// What a rule concluded of one content or package, at the place where it matters most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// 16 hex digits that stay the same while the behaviour does; see `docs/report.md`.
    pub fingerprint: Box<str>,
    /// Id of the rule: the path of its page.
    pub rule: Box<str>,
    /// Title of the rule.
    pub title: Box<str>,
    /// Door of the taxonomy.
    pub door: Box<str>,
    /// What the policy's table makes of severity and confidence.
    pub level: Level,
    /// What it would mean if true.
    pub severity: Grade,
    /// How often it is true.
    pub confidence: Grade,
    /// Against the declaration; absent without one.
    pub state: Option<State>,
    /// When the evidence runs.
    pub phase: Phase,
    /// Under which conditions, in words: the tests that stand before it.
    #[serde(default)]
    pub guards: Vec<Box<str>>,
    /// The place of the first evidence.
    pub node: NodeId,
    /// Where the same bytes lie, too: the first place in each other package, then further ones; at most [`ALSO_MAX`]. A copy of
    /// a container that was not opened a second time stands for what it holds.
    #[serde(default)]
    pub also: Vec<NodeId>,
    /// How many other places there are, named in `also` or not.
    #[serde(default)]
    pub places: u64,
    /// Who could use the door, where it is known.
    pub opens_to: Option<Box<str>>,
    /// What shows it, in the order of the rule's terms.
    pub evidence: Vec<Evidence>,
    /// Weaker findings of the same chain, by rule id.
    pub parts: Vec<Box<str>>,
}

/// One fact that a finding rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The place.
    pub node: NodeId,
    /// Its content.
    pub content: Option<ContentId>,
    /// SHA-256 of the content; zero where there is none.
    pub digest: Digest,
    /// The exact bytes in the content.
    pub span: Span,
    /// Kind of the fact.
    pub kind: Box<str>,
    /// One clause: what the fact says, its arguments made visible and masked.
    pub says: Box<str>,
    /// Line, counted from 1; 0 in what is not text.
    pub line: u32,
    /// Column in bytes, counted from 1; 0 in what is not text.
    pub column: u32,
    /// At most 200 bytes around the span, secrets masked.
    pub excerpt: Box<[u8]>,
    /// Offset in the content of the excerpt's first byte.
    pub excerpt_start: u64,
    /// The steps of a way that data take, in order, in words; empty where it is no way.
    #[serde(default)]
    pub way: Vec<Told>,
}

/// A step on the scales of severity and confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

/// What a finding asks of its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Kept in JSON and under `--all`; never counted as an item.
    Note,
    /// A person should look.
    Review,
    /// Stop: the chain is complete.
    Alarm,
}

/// A finding against the maker's declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Declared, and the policy allows it.
    DeclaredAllowed,
    /// Declared, and the policy forbids it.
    DeclaredForbidden,
    /// Not declared.
    Undeclared,
    /// The declaration is false.
    Contradicted,
    /// Cannot be examined.
    NotExaminable,
    /// Refuted, with a reason, an author and an expiry.
    Refuted,
}

/// What the audit comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No alarm, no breach of the policy, nothing of weight left out.
    Pass,
    /// At least one alarm or breach of the policy.
    Fail,
    /// Something that could hide a door was not examined.
    Incomplete,
}

/// What `judge` returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Strongest first, then by door, rule, place and span.
    pub findings: Vec<Finding>,
    /// Pass, fail or incomplete.
    pub verdict: Verdict,
    /// Why it is incomplete: each problem that made it so, in words; empty otherwise.
    pub incomplete_because: Vec<Box<str>>,
}
