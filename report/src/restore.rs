//! A saved report as far as it can be compared: places, contents, findings, and the facts that it holds.
//!
//! With `facts` in it the tree has all of them; without, those that the inventory lists. What `link` said of places (roles,
//! phases) is not in a report, and neither are summaries. Nothing in it is trusted; what does not add up is an error.

use crate::json::SCHEMA;
use crate::read::{FindingJson, NodeJson, PlaceJson, ReadError, SavedNode, SpanJson};
use doorward_model::{
    Anchor, Content, ContentId, Coverage, Digest, Evidence, Examined, Fact, FactKind, Finding, Judgement, Kind, Limits, Meta,
    Node, NodeId, Problem, ProblemKind, Reading, Report, Root, RulesStamp, Span, Told, Tree, Unit, Value, Verdict, text,
    vocabulary,
};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// A saved report that can be compared.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What it holds; the tree has no placements and no summaries.
    pub report: Report,
    /// Whether all facts are in it.
    pub facts: bool,
}

/// Whether these bytes say that they are a report.
pub fn is_report(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    serde_json::from_slice::<Head>(bytes).is_ok_and(|head| head.schema == SCHEMA)
}

/// Reads a report, to compare it.
///
/// # Errors
/// What is wrong with it, and where.
pub fn restore(bytes: &[u8]) -> Result<Restored, ReadError> {
    let body: Body<'_> = serde_json::from_slice(bytes)?;
    let mut tree = Restoring::default();
    for node in body.nodes {
        tree.node(node)?;
    }
    for problem in body.problems {
        tree.problem(problem)?;
    }
    let facts = body.facts.is_some();
    match body.facts {
        Some(facts) => facts.into_iter().for_each(|fact| tree.fact(fact)),
        None => tree.inventory(&body.inventory),
    }
    tree.packages(body.inventory.packages)?;
    let findings = body.findings.into_iter().map(|finding| tree.finding(finding)).collect::<Result<_, _>>()?;
    let roots = body.roots.into_iter().map(|root| Root { kind: root.kind, digest: root.digest, bytes: root.bytes }).collect();
    let report = Report {
        tool: body.tool.version.into(),
        rules: body.rules,
        limits: body.limits,
        repeatable: body.repeatable,
        assurance: body.assurance.into(),
        coverage: body.coverage,
        tree: Tree { roots, ..tree.tree },
        judgement: Judgement { findings, verdict: body.verdict, incomplete_because: body.incomplete_because },
        baseline: None,
        deposit: None,
    };
    Ok(Restored { report, facts })
}

/// A tree in the making.
#[derive(Default)]
struct Restoring {
    tree: Tree,
    /// Position of a node by its id in the report.
    by_id: HashMap<u32, NodeId>,
    /// Contents by their bytes and what they were read as.
    by_bytes: HashMap<(Digest, Box<str>), ContentId>,
    /// The first content of these bytes.
    by_digest: HashMap<Digest, ContentId>,
}

fn wrong(what: &str) -> ReadError {
    ReadError { line: 0, column: 0, message: format!("{what}; write the report anew") }
}

fn bytes_of(shown: &str) -> Result<Box<[u8]>, ReadError> {
    text::bytes_of(shown).map(Into::into).ok_or_else(|| wrong("a text is not escaped as Doorward escapes"))
}

impl Restoring {
    fn node(&mut self, json: NodeBody<'_>) -> Result<(), ReadError> {
        let link_target = json.link_target.as_deref().map(bytes_of).transpose()?;
        let meta = Meta { kind: json.kind, mode: json.mode, uid: json.uid, gid: json.gid, link_target };
        let content = match (json.digest, json.format) {
            (Some(digest), Some(format)) => {
                Some(self.content(digest, &format, json.len.unwrap_or_default(), json.examined.unwrap_or(Examined::Hashed)))
            }
            _ => None,
        };
        let SavedNode { id, parent, step, name } = SavedNode::try_from(json.node)?;
        let parent = parent.map(|parent| self.at(parent)).transpose()?;
        let at = NodeId(u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX));
        if self.by_id.insert(id, at).is_some() {
            return Err(wrong("two nodes have the same id"));
        }
        self.tree.nodes.push(Node { parent, step, name, meta, content });
        Ok(())
    }

    /// The node of an id, which must stand before what names it.
    fn at(&self, id: u32) -> Result<NodeId, ReadError> {
        self.by_id.get(&id).copied().ok_or_else(|| wrong(&format!("it does not hold node {id} in its `nodes`")))
    }

    fn content(&mut self, digest: Digest, format: &str, len: u64, examined: Examined) -> ContentId {
        let next = ContentId(u32::try_from(self.tree.contents.len()).unwrap_or(u32::MAX));
        let id = *self.by_bytes.entry((digest, format.into())).or_insert(next);
        if id == next {
            self.by_digest.entry(digest).or_insert(id);
            let reading = Reading { format: format.into() };
            let (functions, facts, problems) = (vec!["".into()], Vec::new(), Vec::new());
            self.tree.contents.push(Content { digest, len, reading, examined, functions, facts, problems, summary: None });
        }
        id
    }

    fn problem(&mut self, json: ProblemJson) -> Result<(), ReadError> {
        let span = json.span.and_then(SpanJson::span);
        let problem = Problem { span, kind: json.kind, detail: json.detail.into() };
        let node = self.at(json.place.node)?;
        match json.digest.and(self.tree.node(node).content) {
            Some(content) => self.tree.contents[content.0 as usize].problems.push(problem),
            None => self.tree.place_problems.push((node, problem)),
        }
        Ok(())
    }

    /// Adds a fact, unless this version does not know its kind or place.
    fn fact(&mut self, json: FactJson) {
        let Some(content) = json.digest.and_then(|digest| self.by_digest.get(&digest)).copied() else { return };
        // A fact of a package is said of its place; compared, it is one of the content that it stands in.
        let Some(kind) = vocabulary::kind(&json.kind) else { return };
        let mut fact = Fact::new(kind, json.span.span().unwrap_or_default(), &json.by);
        for (name, value) in json.args {
            let Some((name, _)) = kind.args.iter().find(|(known, _)| **known == *name) else { continue };
            fact.args.push((name, argument(value)));
        }
        fact.anchor = Anchor { line: json.line, column: json.column, ..Anchor::default() };
        let content = &mut self.tree.contents[content.0 as usize];
        fact.function = function(&mut content.functions, &json.function);
        content.facts.push(fact);
    }

    /// Adds the facts that an inventory tells of.
    fn inventory(&mut self, inventory: &InventoryJson) {
        for destination in &inventory.destinations {
            let fact = match destination.kind.as_str() {
                "address" => {
                    plain(&vocabulary::ADDRESS, &[("ip", &destination.host)]).with("public", is_public(&destination.host))
                }
                _ => plain(&vocabulary::URL, &[("host", &destination.host)]),
            };
            destination.nodes.iter().for_each(|node| self.said(*node, fact.clone()));
        }
        for key in &inventory.keys {
            let Some(kind) = vocabulary::kind(&key.fact) else { continue };
            let fact = plain(kind, &[("kind", &key.kind), ("fingerprint", &key.fingerprint)]);
            key.nodes.iter().for_each(|node| self.said(*node, fact.clone()));
        }
        for script in &inventory.scripts {
            let args = [("event", &*script.event), ("command", &script.command), ("phase", &script.phase)];
            self.said(script.place.node, plain(&vocabulary::SCRIPT, &args));
        }
        for binary in &inventory.binaries {
            let args = [("format", &*binary.format), ("arch", &binary.arch), ("kind", &binary.kind)];
            self.said(binary.place.node, plain(&vocabulary::BINARY, &args));
        }
    }

    /// Adds a fact to the content of a node.
    fn said(&mut self, node: u32, fact: Fact) {
        let content = self.by_id.get(&node).and_then(|node| self.tree.node(*node).content);
        if let Some(content) = content {
            self.tree.contents[content.0 as usize].facts.push(fact);
        }
    }

    fn packages(&mut self, packages: Vec<PackageJson>) -> Result<(), ReadError> {
        for package in packages {
            let base = self.at(package.place.node)?;
            let folder = bytes_of(&package.folder)?;
            let (ecosystem, name, version) = (package.ecosystem.into(), package.name.into(), package.version.into());
            self.tree.units.push(Unit { ecosystem, name, version, base, folder, members: Vec::new(), facts: Vec::new() });
        }
        Ok(())
    }

    fn finding(&self, json: FindingJson) -> Result<Finding, ReadError> {
        let evidence = json.evidence.into_iter().map(|evidence| {
            let node = self.at(evidence.place.node)?;
            Ok(Evidence {
                node,
                content: self.tree.node(node).content,
                digest: evidence.digest.unwrap_or_default(),
                span: evidence.span.span().unwrap_or_default(),
                kind: evidence.kind.into(),
                says: evidence.says.into(),
                line: evidence.line,
                column: evidence.column,
                excerpt: bytes_of(&evidence.excerpt)?,
                excerpt_start: evidence.excerpt_start,
                way: evidence.way.into_iter().map(|step| told(&step.does, step.line)).collect(),
            })
        });
        Ok(Finding {
            evidence: evidence.collect::<Result<_, ReadError>>()?,
            fingerprint: json.fingerprint.into(),
            rule: json.rule.into(),
            title: json.title.into(),
            door: json.door.into(),
            level: json.level,
            severity: json.severity,
            confidence: json.confidence,
            state: json.state,
            phase: json.phase,
            guards: json.guards.into_iter().map(Into::into).collect(),
            node: self.at(json.place.node)?,
            also: Vec::new(),
            places: json.places,
            opens_to: json.opens_to.map(Into::into),
            parts: json.parts.into_iter().map(Into::into).collect(),
        })
    }
}

fn told(does: &str, line: u32) -> Told {
    Told { does: does.into(), line, ..Told::default() }
}

fn plain(kind: &'static FactKind, args: &[(&str, &str)]) -> Fact {
    args.iter().filter(|(_, value)| !value.is_empty()).fold(Fact::new(kind, Span::default(), "report"), |fact, (name, value)| {
        fact.with(name, &*text::bytes_of(value).unwrap_or_default())
    })
}

/// Whether an address leads out of its own network.
fn is_public(ip: &str) -> bool {
    match ip.parse() {
        Ok(std::net::IpAddr::V4(ip)) => {
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || ip.is_broadcast())
        }
        Ok(std::net::IpAddr::V6(ip)) => !(ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local()),
        Err(_) => false,
    }
}

/// The number of a function by its name.
fn function(functions: &mut Vec<Box<str>>, name: &str) -> u32 {
    let at = functions.iter().position(|known| **known == *name).unwrap_or_else(|| {
        functions.push(name.into());
        functions.len() - 1
    });
    u32::try_from(at).unwrap_or_default()
}

/// An argument as JSON wrote it.
fn argument(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(shown) => Value::Text(text::bytes_of(&shown).unwrap_or_default().into()),
        serde_json::Value::Number(number) => Value::Number(number.as_i64().unwrap_or(i64::MAX)),
        serde_json::Value::Array(values) => Value::List(values.into_iter().map(argument).collect()),
        _ => Value::Computed,
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    assurance: String,
    coverage: Coverage,
    facts: Option<Vec<FactJson>>,
    findings: Vec<FindingJson>,
    incomplete_because: Vec<Box<str>>,
    inventory: InventoryJson,
    limits: Limits,
    #[serde(borrow)]
    nodes: Vec<NodeBody<'a>>,
    problems: Vec<ProblemJson>,
    repeatable: bool,
    roots: Vec<RootJson>,
    rules: RulesStamp,
    tool: ToolJson,
    verdict: Verdict,
}

#[derive(Deserialize)]
struct ToolJson {
    version: String,
}

#[derive(Deserialize)]
struct RootJson {
    bytes: u64,
    digest: Option<Digest>,
    kind: Kind,
}

#[derive(Deserialize)]
struct NodeBody<'a> {
    #[serde(flatten, borrow)]
    node: NodeJson<'a>,
    digest: Option<Digest>,
    examined: Option<Examined>,
    format: Option<String>,
    gid: Option<u64>,
    kind: Kind,
    len: Option<u64>,
    link_target: Option<String>,
    mode: Option<u32>,
    uid: Option<u64>,
}

#[derive(Deserialize)]
struct ProblemJson {
    detail: String,
    digest: Option<Digest>,
    kind: ProblemKind,
    place: PlaceJson,
    span: Option<SpanJson>,
}

#[derive(Deserialize)]
struct FactJson {
    args: BTreeMap<String, serde_json::Value>,
    by: String,
    #[serde(default)]
    column: u32,
    digest: Option<Digest>,
    #[serde(default)]
    function: String,
    kind: String,
    #[serde(default)]
    line: u32,
    span: SpanJson,
}

#[derive(Deserialize)]
struct InventoryJson {
    binaries: Vec<BinaryJson>,
    destinations: Vec<DestinationJson>,
    keys: Vec<KeyJson>,
    packages: Vec<PackageJson>,
    scripts: Vec<ScriptJson>,
}

#[derive(Deserialize)]
struct BinaryJson {
    arch: String,
    format: String,
    kind: String,
    place: PlaceJson,
}

#[derive(Deserialize)]
struct DestinationJson {
    host: String,
    kind: String,
    nodes: Vec<u32>,
}

#[derive(Deserialize)]
struct KeyJson {
    fact: String,
    fingerprint: String,
    kind: String,
    nodes: Vec<u32>,
}

#[derive(Deserialize)]
struct PackageJson {
    ecosystem: String,
    folder: String,
    name: String,
    place: PlaceJson,
    version: String,
}

#[derive(Deserialize)]
struct ScriptJson {
    command: String,
    event: String,
    phase: String,
    place: PlaceJson,
}
