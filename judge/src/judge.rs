//! From facts to findings and verdict.
//!
//! Every content is judged once for each way it is placed (`places.rs`), every package once, the tree once. Only rules whose
//! rarest fact is present are evaluated, so the cost follows the facts that rules wait for, not rules times files.

use crate::condition::EVIDENCE_MAX;
use crate::findings::{Draft, Maker};
use crate::page::{Rule, Scope};
use crate::places::Places;
use crate::policy::Policy;
use crate::rules::Rules;
use crate::view::{Key, Seen, View};
use crate::{chains, verdict};
use doorward_model::{ContentId, Fact, Finding, Judgement, NodeId, Problem, Span, Tree, vocabulary};
use std::collections::{BTreeMap, BTreeSet};

/// Most problems of one kind that rules see of one package or tree.
const PROBLEMS_PER_KIND_MAX: usize = 1024;

/// Judges a linked tree.
pub fn judge(rules: &Rules, policy: &Policy, tree: &Tree) -> Judgement {
    let places = Places::new(tree);
    let mut judge = Judge { rules, places: &places, maker: Maker::new(policy, &places), findings: Vec::new() };
    for content in (0_u32..).zip(&tree.contents).map(|(id, _)| ContentId(id)) {
        judge.content(content);
    }
    if rules.have(Scope::Package) {
        for unit in 0..tree.units.len() {
            judge.many(Scope::Package, &places.of_unit(unit).collect::<Vec<_>>());
        }
    }
    if rules.have(Scope::Tree) {
        let all = (0_u32..).zip(&tree.nodes).map(|(id, _)| NodeId(id));
        judge.many(Scope::Tree, &all.collect::<Vec<_>>());
    }
    let mut findings = judge.maker.finish(judge.findings);
    chains::join(tree, &mut findings);
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    let (verdict, incomplete_because) = verdict::of(policy, &places, &findings);
    Judgement { findings, verdict, incomplete_because }
}

/// Strongest first, then by door, rule, place and span.
fn order(finding: &Finding) -> impl Ord {
    use std::cmp::Reverse;
    let strength = (Reverse(finding.level), Reverse(finding.severity), Reverse(finding.confidence));
    let span = finding.evidence.first().map(|evidence| evidence.span);
    (strength, finding.door.clone(), finding.rule.clone(), finding.node, span, finding.fingerprint.clone())
}

struct Judge<'a> {
    rules: &'a Rules,
    places: &'a Places<'a>,
    maker: Maker<'a>,
    findings: Vec<Draft>,
}

impl<'a> Judge<'a> {
    fn content(&mut self, id: ContentId) {
        let content = self.places.tree.content(id);
        let nodes = self.places.judged_at(id);
        let Some(first) = nodes.first() else { return };
        let mut fired: BTreeSet<(usize, u32)> = BTreeSet::new();
        let mut keys = Keys::default();
        let own: Vec<&Fact> = content.facts.iter().filter(|fact| !is_claim(fact)).collect();
        own.iter().for_each(|fact| keys.add(fact));
        for node in &nodes {
            let problems: Vec<Fact> = content.problems.iter().chain(self.places.problems(*node)).map(fact_of).collect();
            let around: Vec<&Fact> = self.places.unit_facts(*node).chain(&problems).collect();
            let mut here = keys.clone();
            around.iter().for_each(|fact| here.add(fact));
            let seen = |fact| Seen { fact, node: *node, content: Some(id), placement: self.places.placement(*node) };
            let incomplete = self.places.is_incomplete(id);
            let whole = self.rules.candidates(Scope::Content, here.iter());
            if !whole.is_empty() {
                let view = View::new(own.iter().chain(&around).copied().map(seen), incomplete);
                self.evaluate(&whole, &view, &mut fired, 0);
            }
            let parts = self.rules.candidates(Scope::Function, here.iter());
            if !parts.is_empty() {
                for (function, facts) in by_function(&own) {
                    let view = View::new(facts.into_iter().chain(around.iter().copied()).map(seen), incomplete);
                    self.evaluate(&parts, &view, &mut fired, function + 1);
                }
            }
        }
        if keys.has(Key::of_kind(&vocabulary::YARA)) {
            self.yara(id, *first);
        }
    }

    /// Evaluates rules over a view. `fired` holds what was already found of the same content at another place.
    fn evaluate(&mut self, candidates: &[usize], view: &View<'_>, fired: &mut BTreeSet<(usize, u32)>, part: u32) {
        for at in candidates {
            if fired.contains(&(*at, part)) {
                continue;
            }
            let rule = &self.rules.all()[*at];
            if let Some(witnesses) = rule.condition.fires(view) {
                fired.insert((*at, part));
                self.found(rule, view, &evidence(&witnesses, view));
            }
        }
    }

    /// Keeps a finding, unless all that it rests on is said elsewhere, and found there: what a manifest runs is said of the
    /// manifest, and again of every file that it names.
    fn found(&mut self, rule: &Rule, view: &View<'_>, evidence: &[Seen<'_>]) {
        if evidence.iter().all(|seen| is_claim(seen.fact) && !seen.fact.steps.is_empty()) {
            return;
        }
        self.findings.extend(self.maker.of_rule(rule, view, evidence));
    }

    /// Judges the rules of a scope over many places together: a package or the tree.
    fn many(&mut self, scope: Scope, nodes: &[NodeId]) {
        let tree = self.places.tree;
        let mut met = BTreeSet::new();
        let contents: Vec<(NodeId, ContentId)> = nodes
            .iter()
            .filter_map(|node| tree.node(*node).content.map(|content| (*node, content)))
            .filter(|(_, content)| met.insert(*content))
            .collect();
        let problems = self.problems(nodes, &contents);
        let mut keys = Keys::default();
        let own = |id: &ContentId| tree.content(*id).facts.iter().filter(|fact| !is_claim(fact));
        let of_contents = || contents.iter().flat_map(|(node, id)| own(id).map(move |fact| (*node, fact)));
        let of_places = || nodes.iter().flat_map(|node| self.places.unit_facts(*node).map(move |fact| (*node, fact)));
        let all = || of_contents().chain(of_places()).chain(problems.iter().map(|(node, fact)| (*node, fact)));
        all().for_each(|(_, fact)| keys.add(fact));
        let candidates = self.rules.candidates(scope, keys.iter());
        if candidates.is_empty() {
            return;
        }
        let mut wanted = Keys::default();
        for at in &candidates {
            self.rules.all()[*at].condition.each_term(true, &mut |term, _| wanted.insert(term.key()));
        }
        let seen = |(node, fact)| Seen { fact, node, content: tree.node(node).content, placement: self.places.placement(node) };
        let incomplete = contents.iter().any(|(_, id)| self.places.is_incomplete(*id));
        let view = View::new(all().filter(|(_, fact)| wanted.has(Key::of_fact(fact))).map(seen), incomplete);
        for at in candidates {
            let rule = &self.rules.all()[at];
            if let Some(witnesses) = rule.condition.fires(&view) {
                self.found(rule, &view, &evidence(&witnesses, &view));
            }
        }
    }

    /// The problems of places and contents as facts, a bounded number of each kind.
    fn problems(&self, nodes: &[NodeId], contents: &[(NodeId, ContentId)]) -> Vec<(NodeId, Fact)> {
        let of_places = nodes.iter().flat_map(|node| self.places.problems(*node).map(move |problem| (*node, problem)));
        let of_content = |(node, id): &(NodeId, ContentId)| {
            let node = *node;
            self.places.tree.content(*id).problems.iter().map(move |problem| (node, problem))
        };
        let mut counts = BTreeMap::new();
        let few = of_places.chain(contents.iter().flat_map(of_content)).filter(|(_, problem)| {
            let count = counts.entry(problem.kind).or_insert(0_usize);
            *count += 1;
            *count <= PROBLEMS_PER_KIND_MAX
        });
        few.map(|(node, problem)| (node, fact_of(problem))).collect()
    }

    /// Hits of the user's YARA rules: one finding for each rule.
    fn yara(&mut self, id: ContentId, node: NodeId) {
        let mut hits: BTreeMap<(&str, &str), Vec<Seen<'_>>> = BTreeMap::new();
        for fact in self.places.tree.content(id).facts.iter().filter(|fact| fact.kind == &vocabulary::YARA) {
            let name = (fact.text("namespace").unwrap_or_default(), fact.text("rule").unwrap_or_default());
            hits.entry(name).or_default().push(Seen { fact, node, content: Some(id), placement: None });
        }
        for ((namespace, rule), mut evidence) in hits {
            evidence.truncate(EVIDENCE_MAX);
            self.findings.extend(self.maker.of_yara(namespace, rule, &evidence));
        }
    }
}

/// A set of keys, cheap to add runs of the same key to.
#[derive(Clone, Default)]
struct Keys {
    set: BTreeSet<Key>,
    last: Option<Key>,
}

impl Keys {
    fn add(&mut self, fact: &Fact) {
        self.insert(Key::of_fact(fact));
    }

    fn insert(&mut self, key: Key) {
        if self.last != Some(key) {
            self.set.insert(key);
            self.last = Some(key);
        }
    }

    fn has(&self, key: Key) -> bool {
        self.set.contains(&key)
    }

    fn iter(&self) -> impl Iterator<Item = Key> {
        self.set.iter().copied()
    }
}

/// Whether a fact counts only as `link` gives it: what runs by itself is decided by where a manifest lies, not by its bytes.
fn is_claim(fact: &Fact) -> bool {
    [&vocabulary::SCRIPT, &vocabulary::ENTRY].contains(&fact.kind)
}

/// A problem as rules ask for it.
fn fact_of(problem: &Problem) -> Fact {
    let span = problem.span.unwrap_or(Span::new(0, 0));
    Fact::new(&vocabulary::PROBLEM, span, "judge").with("kind", problem.kind.name()).with("detail", &*problem.detail)
}

/// Facts by the function that encloses them, in their order.
fn by_function<'f>(facts: &[&'f Fact]) -> BTreeMap<u32, Vec<&'f Fact>> {
    let mut functions: BTreeMap<u32, Vec<&Fact>> = BTreeMap::new();
    facts.iter().for_each(|fact| functions.entry(fact.function).or_default().push(fact));
    if functions.is_empty() {
        functions.insert(0, Vec::new());
    }
    functions
}

/// At most [`EVIDENCE_MAX`] facts, each once, in the order of the terms. Every term gets one before any gets a second.
fn evidence<'v>(witnesses: &[Vec<usize>], view: &View<'v>) -> Vec<Seen<'v>> {
    let mut taken = BTreeSet::new();
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for round in 0..EVIDENCE_MAX {
        for (term, facts) in witnesses.iter().enumerate() {
            if let Some(at) = facts.get(round).filter(|_| chosen.len() < EVIDENCE_MAX)
                && taken.insert(*at)
            {
                chosen.push((term, *at));
            }
        }
    }
    chosen.sort_unstable();
    let all = chosen.into_iter().map(|(_, at)| view.get(at));
    // Where a content stands is said by the finding itself, unless nothing else shows it.
    let (context, telling): (Vec<_>, Vec<_>) =
        all.partition(|seen| [&vocabulary::PLACE, &vocabulary::CONTENT].contains(&seen.fact.kind));
    if telling.is_empty() { context } else { telling }
}
