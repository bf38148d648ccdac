//! Reads back from a report what `show` and `why` need: its findings, and for each the way to its bytes.
//!
//! A report may come from anywhere: nothing in it is trusted, and what does not add up is an error that says where and what to
//! do. Memory is bounded by a few times the length of the report. Fields that this version does not know are passed over.

use crate::json::SCHEMA;
use crate::names::inert;
use crate::place::cut;
use doorward_model::{Digest, Grade, Level, Phase, Span, State, Step, Verdict, text};
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// Most steps between a root and a place.
const STEPS_MAX: usize = 4_096;
/// Most bytes of names that the places of one finding hold together.
const NAMES_BYTES_MAX: usize = 64 << 20;

/// Reads a report.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(bytes: &[u8]) -> Result<SavedReport, ReadError> {
    let head: Result<Head<'_>, _> = serde_json::from_slice(bytes);
    match head {
        Ok(head) if head.schema == SCHEMA => {}
        Ok(head) if head.schema == crate::LINE_SCHEMA => return Err(ReadError::whole(LINE_HINT)),
        Ok(head) => {
            let shown = cut(text::visible(head.schema.as_bytes()), 100);
            return Err(ReadError::whole(&format!("its schema is `{shown}`, and this version reads `{SCHEMA}`")));
        }
        Err(error) if error.to_string().starts_with("trailing characters") && first_is_line(bytes) => {
            return Err(ReadError::whole(LINE_HINT));
        }
        Err(error) => return Err(error.into()),
    }
    let body: Body<'_> = serde_json::from_slice(bytes)?;
    let nodes: Vec<SavedNode> = body.nodes.into_iter().map(SavedNode::try_from).collect::<Result<_, _>>()?;
    if !nodes.windows(2).all(|pair| pair[0].id < pair[1].id) {
        return Err(ReadError::whole("its nodes are not in the order of their ids"));
    }
    Ok(SavedReport { verdict: body.verdict, findings: body.findings, nodes })
}

const LINE_HINT: &str =
    "it is a line of `doorward audit --each`, which holds no places; audit the input alone with `--json FILE`";

fn first_is_line(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice::<Head<'_>>(first).is_ok_and(|head| head.schema == crate::LINE_SCHEMA)
}

/// A report that was read back.
#[derive(Debug)]
pub struct SavedReport {
    /// What the audit came to.
    pub verdict: Verdict,
    findings: Vec<FindingJson>,
    nodes: Vec<SavedNode>,
}

impl SavedReport {
    /// How many findings there are, notes included.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether there is no finding.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// The finding of this fingerprint, of this beginning of one, or of this number: `#3` or `3` is the third in the report.
    ///
    /// # Errors
    /// None or several fit, or the report does not say where the finding is.
    pub fn find(&self, which: &str) -> Result<SavedFinding, FindError> {
        let which = which.trim();
        let whole = self.findings.iter().find(|finding| finding.fingerprint == which);
        let finding = match whole.or_else(|| self.numbered(which.strip_prefix('#')?)) {
            Some(finding) => finding,
            None => self.begun(which)?,
        };
        self.resolve(finding)
    }

    /// The findings in the order of the report.
    ///
    /// # Errors
    /// The report does not say where one is.
    pub fn findings(&self) -> impl Iterator<Item = Result<SavedFinding, FindError>> {
        self.findings.iter().map(|finding| self.resolve(finding))
    }

    fn numbered(&self, digits: &str) -> Option<&FindingJson> {
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<usize>().ok())??;
        self.findings.get(number.checked_sub(1)?)
    }

    fn begun(&self, start: &str) -> Result<&FindingJson, FindError> {
        let fits = self.findings.iter().filter(|finding| !start.is_empty() && finding.fingerprint.starts_with(start));
        let fits: Vec<&FindingJson> = fits.chain(self.numbered(start)).take(6).collect();
        match fits.as_slice() {
            [] => Err(FindError(format!(
                "no finding has the fingerprint or number `{}`; the report has {} (an id that changed may come from another version of the input)",
                text::visible(start.as_bytes()),
                self.findings.len()
            ))),
            [finding, rest @ ..] if rest.iter().all(|other| std::ptr::eq(*other, *finding)) => Ok(finding),
            several => {
                let names: Vec<_> = several.iter().map(|finding| text::visible(finding.fingerprint.as_bytes())).collect();
                let shown = text::visible(start.as_bytes());
                Err(FindError(format!("`{shown}` fits {} and perhaps more; write more digits, or `#NUMBER`", names.join(", "))))
            }
        }
    }

    fn resolve(&self, finding: &FindingJson) -> Result<SavedFinding, FindError> {
        let mut budget = NAMES_BYTES_MAX;
        let place = self.place(&finding.place, &mut budget)?;
        let evidence = finding.evidence.iter().map(|evidence| self.evidence(evidence, &mut budget)).collect::<Result<_, _>>()?;
        Ok(SavedFinding {
            fingerprint: safe(&finding.fingerprint),
            rule: safe(&finding.rule),
            title: safe(&finding.title),
            door: safe(&finding.door),
            level: finding.level,
            severity: finding.severity,
            confidence: finding.confidence,
            state: finding.state,
            phase: finding.phase,
            guards: finding.guards.iter().map(|guard| safe(guard)).collect(),
            place,
            also: finding.also.iter().map(|other| SavedOther { root: other.root, path: safe(&other.path) }).collect(),
            places: finding.places,
            opens_to: finding.opens_to.as_deref().map(safe),
            evidence,
            parts: finding.parts.iter().map(|part| safe(part)).collect(),
        })
    }

    fn evidence(&self, evidence: &EvidenceJson, budget: &mut usize) -> Result<SavedEvidence, FindError> {
        let excerpt = text::bytes_of(&evidence.excerpt);
        Ok(SavedEvidence {
            place: self.place(&evidence.place, budget)?,
            digest: evidence.digest,
            span: evidence.span.span().ok_or_else(|| FindError("a span of the finding ends before it starts".into()))?,
            kind: safe(&evidence.kind),
            says: safe(&evidence.says),
            line: evidence.line,
            column: evidence.column,
            excerpt: excerpt.ok_or_else(|| FindError("an excerpt of the finding is not escaped as Doorward escapes".into()))?,
            excerpt_start: evidence.excerpt_start,
            way: evidence
                .way
                .iter()
                .map(|step| SavedStep { does: safe(&step.does), file: safe(&step.file), line: step.line, text: safe(&step.text) })
                .collect(),
        })
    }

    fn place(&self, place: &PlaceJson, budget: &mut usize) -> Result<SavedPlace, FindError> {
        let lost = || FindError(format!("the report does not hold the way to node {} in its `nodes`", place.node));
        let mut layers = Vec::new();
        let mut at = place.node;
        loop {
            let node = self.nodes.binary_search_by_key(&at, |node| node.id).map_err(|_| lost())?;
            let node = &self.nodes[node];
            let Some(parent) = node.parent else {
                let Step::Root { index } = node.step else { return Err(lost()) };
                layers.reverse();
                return Ok(SavedPlace { root: index, path: safe(&place.path), layers });
            };
            *budget = budget.checked_sub(node.name.len() + size_of::<SavedLayer>()).ok_or_else(lost)?;
            if parent >= at || layers.len() == STEPS_MAX || matches!(node.step, Step::Root { .. }) {
                return Err(lost());
            }
            layers.push(SavedLayer { step: node.step.clone(), name: node.name.clone() });
            at = parent;
        }
    }
}

/// Text of the report that cannot steer a terminal, whoever wrote the report.
fn safe(text: &str) -> String {
    inert(text).into_owned()
}

/// A finding that was read back. Its texts are safe to print.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedFinding {
    /// 16 hex digits.
    pub fingerprint: String,
    /// Id of the rule.
    pub rule: String,
    /// Title of the rule.
    pub title: String,
    /// Door of the taxonomy.
    pub door: String,
    /// Alarm, review or note.
    pub level: Level,
    /// What it would mean if true.
    pub severity: Grade,
    /// How often it is true.
    pub confidence: Grade,
    /// Against the declaration.
    pub state: Option<State>,
    /// When it runs.
    pub phase: Phase,
    /// Under which conditions.
    pub guards: Vec<String>,
    /// The place of the first evidence.
    pub place: SavedPlace,
    /// Where the same lies, too; not all of it where it is much.
    pub also: Vec<SavedOther>,
    /// How many other places there are.
    pub places: u64,
    /// Who could use it.
    pub opens_to: Option<String>,
    /// What shows it.
    pub evidence: Vec<SavedEvidence>,
    /// Weaker findings of the same chain, by rule id.
    pub parts: Vec<String>,
}

/// One piece of evidence that was read back.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedEvidence {
    /// Where it is.
    pub place: SavedPlace,
    /// SHA-256 of the content, where there is one.
    pub digest: Option<Digest>,
    /// The bytes in it.
    pub span: Span,
    /// Kind of the fact.
    pub kind: String,
    /// What the fact says.
    pub says: String,
    /// Line, counted from 1; 0 in what is not text.
    pub line: u32,
    /// Column in bytes, counted from 1; 0 in what is not text.
    pub column: u32,
    /// Bytes around the span, secrets masked.
    pub excerpt: Vec<u8>,
    /// Offset in the content of the excerpt's first byte.
    pub excerpt_start: u64,
    /// The steps of a way that data take.
    pub way: Vec<SavedStep>,
}

/// One step of a way that was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedStep {
    /// What happens there.
    pub does: String,
    /// Path inside the package of the file that it stands in; empty where that is the one of the evidence.
    pub file: String,
    /// Line, counted from 1; 0 where it is not known.
    pub line: u32,
    /// The line, or the part of it where the step stands.
    pub text: String,
}

/// Another place of what a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedOther {
    /// Which input, counted from 0.
    pub root: u32,
    /// The way as text for people, possibly shortened.
    pub path: String,
}

/// The way from an input to a content inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedPlace {
    /// Which input, counted from 0.
    pub root: u32,
    /// The way as text for people, possibly shortened.
    pub path: String,
    /// The steps from the root, to be walked one by one; empty for the root itself.
    pub layers: Vec<SavedLayer>,
}

/// One step on the way to a content. Never [`Step::Root`].
#[derive(Clone, Debug, PartialEq)]
pub struct SavedLayer {
    /// How the container yields it.
    pub step: Step,
    /// Its name there; empty where it has none.
    pub name: Box<[u8]>,
}

/// Why a file is not a report that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Line, counted from 1; 0 where the whole is meant.
    pub line: usize,
    /// Column in bytes, counted from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl ReadError {
    fn whole(message: &str) -> Self {
        Self { line: 0, column: 0, message: message.to_owned() }
    }
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        let said = error.to_string();
        let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
        let advice = match error.classify() {
            serde_json::error::Category::Eof => {
                "the file is cut off: copy it again or write it anew with `doorward audit --json FILE`"
            }
            serde_json::error::Category::Syntax => "it is not JSON: give the file that `doorward audit --json FILE` wrote",
            _ => "it is JSON but no report: give the file that `doorward audit --json FILE` wrote",
        };
        let said = cut(text::visible(said.as_bytes()), 200);
        Self { line: error.line(), column: error.column(), message: format!("{said}; {advice}") }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}, column {}: {}", self.column, self.message),
        }
    }
}

impl std::error::Error for ReadError {}

/// Why a report does not give the finding that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindError(String);

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FindError {}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    schema: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Body<'a> {
    verdict: Verdict,
    findings: Vec<FindingJson>,
    #[serde(borrow)]
    nodes: Vec<NodeJson<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FindingJson {
    pub(crate) fingerprint: String,
    pub(crate) rule: String,
    pub(crate) title: String,
    pub(crate) door: String,
    pub(crate) level: Level,
    pub(crate) severity: Grade,
    pub(crate) confidence: Grade,
    pub(crate) state: Option<State>,
    pub(crate) phase: Phase,
    #[serde(default)]
    pub(crate) guards: Vec<String>,
    pub(crate) place: PlaceJson,
    // Reports of earlier versions name one place only.
    #[serde(default)]
    pub(crate) also: Vec<OtherJson>,
    #[serde(default)]
    pub(crate) places: u64,
    pub(crate) opens_to: Option<String>,
    pub(crate) evidence: Vec<EvidenceJson>,
    pub(crate) parts: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct EvidenceJson {
    pub(crate) place: PlaceJson,
    pub(crate) digest: Option<Digest>,
    pub(crate) span: SpanJson,
    pub(crate) kind: String,
    pub(crate) says: String,
    #[serde(default)]
    pub(crate) line: u32,
    #[serde(default)]
    pub(crate) column: u32,
    pub(crate) excerpt: String,
    pub(crate) excerpt_start: u64,
    #[serde(default)]
    pub(crate) way: Vec<StepJson>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct StepJson {
    pub(crate) does: String,
    #[serde(default)]
    pub(crate) file: String,
    #[serde(default)]
    pub(crate) line: u32,
    pub(crate) text: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PlaceJson {
    pub(crate) node: u32,
    pub(crate) path: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OtherJson {
    path: String,
    root: u32,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct SpanJson {
    start: u64,
    end: u64,
}

impl SpanJson {
    pub(crate) fn span(self) -> Option<Span> {
        (self.start <= self.end).then(|| Span::new(self.start, self.end))
    }
}

#[derive(Deserialize)]
pub(crate) struct NodeJson<'a> {
    id: u32,
    parent: Option<u32>,
    #[serde(borrow)]
    step: Cow<'a, str>,
    index: Option<u32>,
    from: Option<SpanJson>,
    #[serde(borrow, default)]
    codec: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
}

#[derive(Debug)]
pub(crate) struct SavedNode {
    pub(crate) id: u32,
    pub(crate) parent: Option<u32>,
    pub(crate) step: Step,
    pub(crate) name: Box<[u8]>,
}

impl TryFrom<NodeJson<'_>> for SavedNode {
    type Error = ReadError;

    fn try_from(node: NodeJson<'_>) -> Result<Self, ReadError> {
        let wrong = |what| ReadError::whole(&format!("node {} {what}; write the report anew", node.id));
        let index = || node.index.ok_or_else(|| wrong("has no `index`"));
        let from = || node.from.and_then(SpanJson::span).ok_or_else(|| wrong("has no `from` that is a span"));
        let step = match &*node.step {
            "root" => Step::Root { index: index()? },
            "member" => Step::Member { index: index()? },
            "layer" => Step::Layer,
            "carved" => Step::Carved { from: from()? },
            "decoded" => {
                let codec = text::bytes_of(&node.codec).and_then(|bytes| String::from_utf8(bytes).ok());
                Step::Decoded { from: from()?, codec: codec.ok_or_else(|| wrong("has a `codec` that is no text"))?.into() }
            }
            _ => return Err(wrong("has a `step` that this version does not know")),
        };
        let name = text::bytes_of(&node.name).ok_or_else(|| wrong("has a name that is not escaped as Doorward escapes"))?;
        Ok(Self { id: node.id, parent: node.parent, step, name: name.into() })
    }
}
