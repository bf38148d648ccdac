//! The report as canonical JSON, schema `doorward-report/1`, and its digest.
//!
//! Every place is a number of a node and a path for people; `nodes` holds the names whole, each once, so that a report grows
//! with its input however deep that is nested. Without `nodes`, those that something in the report names, and their containers,
//! stay, under the same numbers.

use crate::canonical::{self, Array, Object, Slot};
use crate::inventory::{Inventory, first_places, inventory};
use crate::names::{self, inert, shown};
use crate::place;
use doorward_model::{
    Content, Count, Digest, Evidence, Fact, Finding, Limits, Meta, Node, NodeId, Problem, Report, Span, Step, Told, Value,
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Name and version of the schema.
pub const SCHEMA: &str = "doorward-report/1";

/// Deepest list in a fact's argument that is written; what lies below is written as not known.
const VALUE_DEPTH_MAX: usize = 16;

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonOptions {
    /// Every fact, for other tools.
    pub facts: bool,
    /// Every place; without it only those that the rest of the report names.
    pub nodes: bool,
    /// Broken into lines, for people.
    pub pretty: bool,
}

impl Default for JsonOptions {
    fn default() -> Self {
        Self { facts: false, nodes: true, pretty: false }
    }
}

/// The report as JSON.
pub fn json(report: &Report, options: &JsonOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    write_json(report, options, &mut bytes).unwrap_or_default();
    bytes
}

/// Writes the report as JSON, without holding it in memory.
///
/// # Errors
/// The first error of the sink.
pub fn write_json(report: &Report, options: &JsonOptions, sink: &mut dyn Write) -> io::Result<()> {
    let first = first_places(&report.tree);
    let writing = Writing { report, options, inventory: inventory(&report.tree, &first), first };
    canonical::write(sink, options.pretty, |slot| slot.object(|top| writing.top(top)))
}

/// SHA-256 of the canonical JSON with all nodes and without facts, whatever the options of the JSON that was asked for.
pub fn digest(report: &Report) -> Digest {
    let mut hash = Hash(Sha256::new());
    // Hashing does not fail.
    write_json(report, &JsonOptions::default(), &mut hash).unwrap_or_default();
    Digest(hash.0.finalize().into())
}

struct Hash(Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Writing<'r> {
    report: &'r Report,
    options: &'r JsonOptions,
    inventory: Inventory<'r>,
    first: Vec<Option<NodeId>>,
}

impl Writing<'_> {
    fn top(&self, top: &mut Object<'_, '_>) {
        let report = self.report;
        top.at("assurance").text(&inert(&report.assurance));
        if let Some(baseline) = &report.baseline {
            top.at("baseline").object(|object| object.at("known").number(count(baseline.known.len())));
        }
        top.at("coverage").object(|object| coverage(report, object));
        if let Some(root) = &report.deposit {
            top.at("deposit").text(&root.to_string());
        }
        if self.options.facts {
            top.at("facts").array(|array| self.facts(array));
        }
        top.at("findings").array(|array| {
            report.judgement.findings.iter().for_each(|finding| array.next().object(|object| self.finding(finding, object)));
        });
        top.at("incomplete_because").texts(report.judgement.incomplete_because.iter().map(|reason| inert(reason)));
        top.at("inventory").object(|object| self.inventory(object));
        top.at("limits").object(|object| limits(&report.limits, object));
        top.at("nodes").array(|array| self.nodes(array));
        top.at("problems").array(|array| self.problems(array));
        top.at("repeatable").flag(report.repeatable);
        top.at("roots").array(|array| self.roots(array));
        top.at("rules").object(|object| {
            object.at("count").number(report.rules.count);
            object.at("digest").text(&report.rules.digest.to_string());
            object.at("policy").text(&inert(&report.rules.policy));
            object.at("policy_digest").text(&report.rules.policy_digest.to_string());
        });
        top.at("schema").text(SCHEMA);
        top.at("tool").object(|object| {
            object.at("name").text("doorward");
            object.at("version").text(&inert(&report.tool));
        });
        top.at("verdict").text(names::verdict(report.judgement.verdict));
    }

    fn place(&self, slot: Slot<'_, '_>, id: NodeId) {
        slot.object(|object| {
            object.at("node").number(id.0);
            object.at("path").text(&place::path(&self.report.tree, id));
            object.at("root").number(place::root(&self.report.tree, id));
        });
    }

    fn finding(&self, finding: &Finding, object: &mut Object<'_, '_>) {
        if !finding.also.is_empty() {
            object.at("also").array(|array| finding.also.iter().for_each(|node| self.place(array.next(), *node)));
        }
        object.at("confidence").text(names::grade(finding.confidence));
        object.at("door").text(&inert(&finding.door));
        object.at("evidence").array(|array| {
            finding.evidence.iter().for_each(|evidence| array.next().object(|object| self.evidence(evidence, object)));
        });
        object.at("fingerprint").text(&inert(&finding.fingerprint));
        if !finding.guards.is_empty() {
            object.at("guards").texts(finding.guards.iter().map(|guard| inert(guard)));
        }
        if !self.report.counts(finding) {
            object.at("known").flag(true);
        }
        object.at("level").text(names::level(finding.level));
        if let Some(who) = &finding.opens_to {
            object.at("opens_to").text(&inert(who));
        }
        object.at("parts").texts(finding.parts.iter().map(|part| inert(part)));
        object.at("phase").text(finding.phase.name());
        self.place(object.at("place"), finding.node);
        if finding.places > 0 {
            object.at("places").number(finding.places);
        }
        object.at("rule").text(&inert(&finding.rule));
        object.at("severity").text(names::grade(finding.severity));
        if let Some(state) = finding.state {
            object.at("state").text(names::state(state));
        }
        object.at("title").text(&inert(&finding.title));
    }

    fn evidence(&self, evidence: &Evidence, object: &mut Object<'_, '_>) {
        if evidence.line > 0 {
            object.at("column").number(evidence.column.max(1));
        }
        if evidence.content.is_some() {
            object.at("digest").text(&evidence.digest.to_string());
        }
        object.at("excerpt").text(&shown(&evidence.excerpt));
        object.at("excerpt_start").number(evidence.excerpt_start);
        object.at("kind").text(&inert(&evidence.kind));
        if evidence.line > 0 {
            object.at("line").number(evidence.line);
        }
        self.place(object.at("place"), evidence.node);
        object.at("says").text(&inert(&evidence.says));
        span(object.at("span"), evidence.span);
        if !evidence.way.is_empty() {
            object.at("way").array(|array| evidence.way.iter().for_each(|told| array.next().object(|object| step(told, object))));
        }
    }

    fn inventory(&self, object: &mut Object<'_, '_>) {
        let inventory = &self.inventory;
        let numbers = |slot: Slot<'_, '_>, nodes: &std::collections::BTreeSet<NodeId>| {
            slot.array(|array| nodes.iter().for_each(|node| array.next().number(node.0)));
        };
        object.at("binaries").array(|array| {
            for binary in &inventory.binaries {
                array.next().object(|object| {
                    object.at("arch").text(&binary.arch);
                    object.at("bits").text(&binary.bits);
                    object.at("format").text(&binary.format);
                    object.at("kind").text(&binary.kind);
                    self.place(object.at("place"), binary.node);
                    object.at("signed").flag(binary.signed);
                    object.at("stripped").flag(binary.stripped);
                });
            }
        });
        object.at("destinations").array(|array| {
            for (destination, nodes) in &inventory.destinations {
                array.next().object(|object| {
                    object.at("host").text(&destination.host);
                    object.at("kind").text(destination.kind);
                    numbers(object.at("nodes"), nodes);
                });
            }
        });
        object.at("keys").array(|array| {
            for (key, nodes) in &inventory.keys {
                array.next().object(|object| {
                    object.at("encrypted").flag(key.encrypted);
                    object.at("fact").text(key.fact);
                    object.at("fingerprint").text(&key.fingerprint);
                    object.at("kind").text(&key.kind);
                    numbers(object.at("nodes"), nodes);
                });
            }
        });
        object.at("packages").array(|array| {
            for package in &inventory.packages {
                array.next().object(|object| {
                    object.at("ecosystem").text(&package.ecosystem);
                    object.at("folder").text(&package.folder);
                    object.at("name").text(&package.name);
                    self.place(object.at("place"), package.base);
                    object.at("version").text(&package.version);
                });
            }
        });
        object.at("scripts").array(|array| {
            for script in &inventory.scripts {
                array.next().object(|object| {
                    object.at("command").text(&script.command);
                    object.at("event").text(&script.event);
                    object.at("phase").text(&script.phase);
                    self.place(object.at("place"), script.node);
                });
            }
        });
    }

    fn problems(&self, array: &mut Array<'_, '_>) {
        for (node, content, problem) in problems(self.report, &self.first) {
            array.next().object(|object| {
                object.at("detail").text(&inert(&problem.detail));
                if let Some(content) = content {
                    object.at("digest").text(&content.digest.to_string());
                }
                object.at("kind").text(problem.kind.name());
                self.place(object.at("place"), node);
                if let Some(at) = problem.span {
                    span(object.at("span"), at);
                }
            });
        }
    }

    fn roots(&self, array: &mut Array<'_, '_>) {
        for root in &self.report.tree.roots {
            array.next().object(|object| {
                object.at("bytes").number(root.bytes);
                if let Some(digest) = root.digest {
                    object.at("digest").text(&digest.to_string());
                }
                object.at("kind").text(names::kind(root.kind));
            });
        }
    }

    fn nodes(&self, array: &mut Array<'_, '_>) {
        let named = (!self.options.nodes).then(|| self.named());
        for ((node, id), at) in self.report.tree.nodes.iter().zip(0u32..).zip(0usize..) {
            if named.as_ref().is_none_or(|named| named[at]) {
                let content = node.content.and_then(|content| self.report.tree.contents.get(content.0 as usize));
                array.next().object(|object| write_node(id, node, content, object));
            }
        }
    }

    /// Which nodes something in the report names, or holds one that is named.
    fn named(&self) -> Vec<bool> {
        let tree = &self.report.tree;
        let findings = &self.report.judgement.findings;
        let evidence = findings.iter().flat_map(|finding| &finding.evidence).map(|evidence| evidence.node);
        let problems = problems(self.report, &self.first).into_iter().map(|(node, ..)| node);
        let facts = tree.units.iter().flat_map(|unit| &unit.facts).map(|(node, _)| *node).filter(|_| self.options.facts);
        let placed = findings.iter().flat_map(|finding| std::iter::once(&finding.node).chain(&finding.also)).copied();
        let all = placed.chain(evidence).chain(problems).chain(facts);
        let mut named: Vec<bool> = tree.nodes.iter().map(|node| node.parent.is_none()).collect();
        for id in all.chain(self.inventory.nodes()) {
            if let Some(named) = named.get_mut(id.0 as usize) {
                *named = true;
            }
        }
        // Children stand behind their parents, so that one pass from the end reaches every container.
        for at in (0..named.len()).rev() {
            if let Some(parent) = tree.nodes[at].parent.filter(|_| named[at])
                && let Some(named) = named.get_mut(parent.0 as usize)
            {
                *named = true;
            }
        }
        named
    }

    fn facts(&self, array: &mut Array<'_, '_>) {
        let tree = &self.report.tree;
        for content in &tree.contents {
            content.facts.iter().for_each(|fact| array.next().object(|object| self.fact(fact, None, Some(content), object)));
        }
        for (node, fact) in tree.units.iter().flat_map(|unit| &unit.facts) {
            let content = tree.nodes.get(node.0 as usize).and_then(|node| tree.contents.get(node.content?.0 as usize));
            array.next().object(|object| self.fact(fact, Some(*node), content, object));
        }
    }

    fn fact(&self, fact: &Fact, node: Option<NodeId>, content: Option<&Content>, object: &mut Object<'_, '_>) {
        // The first argument of a name is the one that `Fact::arg` gives.
        let mut args = BTreeMap::new();
        fact.args.iter().for_each(|(name, value)| {
            args.entry(*name).or_insert(value);
        });
        object.at("args").object(|object| args.into_iter().for_each(|(name, value)| write_value(value, 0, object.at(name))));
        object.at("by").text(&inert(&fact.by));
        if fact.anchor.line > 0 {
            object.at("column").number(fact.anchor.column.max(1));
        }
        if let Some(content) = content {
            object.at("digest").text(&content.digest.to_string());
        }
        if let Some(function) =
            content.and_then(|content| content.functions.get(fact.function as usize)).filter(|name| !name.is_empty())
        {
            object.at("function").text(&shown(function.as_bytes()));
        }
        object.at("kind").text(fact.kind.name);
        if fact.anchor.line > 0 {
            object.at("line").number(fact.anchor.line);
        }
        if let Some(node) = node {
            object.at("node").number(node.0);
        }
        span(object.at("span"), fact.span);
        object.at("steps").array(|array| {
            for site in &fact.steps {
                let content = site.content.and_then(|id| self.report.tree.contents.get(id.0 as usize)).or(content);
                array.next().object(|object| {
                    if let Some(content) = content {
                        object.at("digest").text(&content.digest.to_string());
                    }
                    span(object.at("span"), site.span);
                });
            }
        });
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// Every problem with the first place of its content, or its own place; in the order of places, then spans, then kinds.
pub(crate) fn problems<'r>(report: &'r Report, first: &[Option<NodeId>]) -> Vec<(NodeId, Option<&'r Content>, &'r Problem)> {
    let tree = &report.tree;
    let placed = tree.contents.iter().zip(first).filter_map(|(content, first)| Some((content, (*first)?)));
    let mut problems: Vec<_> =
        placed.flat_map(|(content, node)| content.problems.iter().map(move |problem| (node, Some(content), problem))).collect();
    problems.extend(tree.place_problems.iter().map(|(node, problem)| (*node, None, problem)));
    problems.sort_by_key(|(node, _, problem)| (*node, *problem));
    problems
}

/// The fields of the coverage.
pub(crate) fn coverage(report: &Report, object: &mut Object<'_, '_>) {
    let coverage = &report.coverage;
    let counts = |slot: Slot<'_, '_>, counts: &BTreeMap<Box<str>, Count>| {
        slot.object(|object| {
            for (name, count) in sorted(counts) {
                object.at(&name).object(|object| {
                    object.at("bytes").number(count.bytes);
                    object.at("contents").number(count.contents);
                });
            }
        });
    };
    object.at("bytes").number(coverage.bytes);
    object.at("contents").number(coverage.contents);
    counts(object.at("examined"), &coverage.examined);
    object.at("files").number(coverage.files);
    counts(object.at("formats"), &coverage.formats);
    object.at("problems").object(|object| {
        sorted(&coverage.problems).into_iter().for_each(|(name, count)| object.at(&name).number(*count));
    });
}

/// The rows under their visible names, whose order may differ.
fn sorted<T>(rows: &BTreeMap<Box<str>, T>) -> BTreeMap<String, &T> {
    rows.iter().map(|(name, row)| (shown(name.as_bytes()).into_owned(), row)).collect()
}

fn limits(limits: &Limits, object: &mut Object<'_, '_>) {
    // The model lists its limits once, for serde; a number is all that any of them is.
    let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(limits) else { return };
    let fields: BTreeMap<_, _> = fields.into_iter().collect();
    fields.iter().for_each(|(name, value)| object.at(name).number(value.as_u64().unwrap_or_default()));
}

fn step(told: &Told, object: &mut Object<'_, '_>) {
    object.at("does").text(&inert(&told.does));
    if !told.file.is_empty() {
        object.at("file").text(&shown(&told.file));
    }
    if told.line > 0 {
        object.at("line").number(told.line);
    }
    object.at("text").text(&shown(&told.text));
}

fn span(slot: Slot<'_, '_>, span: Span) {
    slot.object(|object| {
        object.at("end").number(span.end);
        object.at("start").number(span.start);
    });
}

fn write_node(id: u32, node: &Node, content: Option<&Content>, object: &mut Object<'_, '_>) {
    let Meta { kind, mode, uid, gid, link_target } = &node.meta;
    let (step, index, codec, from) = match &node.step {
        Step::Root { index } => ("root", Some(*index), None, None),
        Step::Member { index } => ("member", Some(*index), None, None),
        Step::Layer => ("layer", None, None, None),
        Step::Carved { from } => ("carved", None, None, Some(*from)),
        Step::Decoded { from, codec } => ("decoded", None, Some(codec), Some(*from)),
    };
    if let Some(codec) = codec {
        object.at("codec").text(&shown(codec.as_bytes()));
    }
    if let Some(content) = content {
        object.at("digest").text(&content.digest.to_string());
        object.at("examined").text(names::examined(content.examined));
        object.at("format").text(&inert(&content.reading.format));
    }
    if let Some(from) = from {
        span(object.at("from"), from);
    }
    if let Some(gid) = gid {
        object.at("gid").number(*gid);
    }
    object.at("id").number(id);
    if let Some(index) = index {
        object.at("index").number(index);
    }
    object.at("kind").text(names::kind(*kind));
    if let Some(content) = content {
        object.at("len").number(content.len);
    }
    if let Some(target) = link_target {
        object.at("link_target").text(&shown(target));
    }
    if let Some(mode) = mode {
        object.at("mode").number(*mode);
    }
    if !node.name.is_empty() {
        object.at("name").text(&shown(&node.name));
    }
    if let Some(parent) = node.parent {
        object.at("parent").number(parent.0);
    }
    object.at("step").text(step);
    if let Some(uid) = uid {
        object.at("uid").number(*uid);
    }
}

fn write_value(value: &Value, depth: usize, slot: Slot<'_, '_>) {
    match value {
        Value::Text(bytes) => slot.text(&shown(bytes)),
        Value::Number(number) => slot.signed(*number),
        Value::List(values) if depth < VALUE_DEPTH_MAX => {
            slot.array(|array| values.iter().for_each(|value| write_value(value, depth + 1, array.next())));
        }
        Value::From { sources, transforms } => slot.object(|object| {
            object.at("sources").texts(sources.iter().map(|source| inert(source)));
            object.at("transforms").texts(transforms.iter().map(|transform| inert(transform)));
        }),
        Value::List(_) | Value::Computed => slot.null(),
    }
}
