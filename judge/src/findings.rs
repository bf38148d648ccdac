//! Makes findings from rules and the facts that satisfied them.

use crate::copies::{Copies, Elsewhere};
use crate::fingerprint;
use crate::page::{Rule, Scope};
use crate::places::Places;
use crate::policy::Policy;
use crate::view::{Seen, View};
use crate::words;
use doorward_model::{Digest, Evidence, Fact, FactKind, Finding, Grade, NodeId, Phase, Role, Value, text, vocabulary};
use std::collections::BTreeMap;

/// Most bytes of one argument in the clause that says what a fact is.
const SHOWN_BYTES_MAX: usize = 120;

/// Facts that say what something is or is called, not what it does: they run never, or whenever their file does.
const AT_REST: [&FactKind; 14] = [
    &vocabulary::CONTENT,
    &vocabulary::PLACE,
    &vocabulary::PROBLEM,
    &vocabulary::URL,
    &vocabulary::ADDRESS,
    &vocabulary::CREDENTIAL,
    &vocabulary::PACKAGE,
    &vocabulary::PACKAGE_HOME,
    &vocabulary::PACKAGE_CLONE,
    &vocabulary::PACKAGE_EMPTY,
    &vocabulary::VERSION_ABSURD,
    &vocabulary::NAME_LIKE,
    &vocabulary::DEPENDENCY,
    &vocabulary::GUARD,
];

/// A finding whose fingerprint still waits for its equals.
pub(crate) struct Draft {
    finding: Finding,
    identity: Vec<u8>,
}

/// Makes findings.
pub(crate) struct Maker<'a> {
    policy: &'a Policy,
    places: &'a Places<'a>,
    copies: Copies<'a>,
}

impl<'a> Maker<'a> {
    pub fn new(policy: &'a Policy, places: &'a Places<'a>) -> Self {
        Self { policy, places, copies: Copies::new(places) }
    }

    /// What a rule found in a view. `None` only where no fact shows it, which no rule that passed `lint` comes to.
    pub fn of_rule(&mut self, rule: &Rule, view: &View<'_>, evidence: &[Seen<'_>]) -> Option<Draft> {
        let confidence = self.confidence(rule.confidence, evidence.first()?.node);
        let finding = Finding {
            fingerprint: Box::default(),
            rule: rule.id.clone(),
            title: rule.title.clone(),
            door: rule.door.clone(),
            level: self.policy.level(rule.severity, confidence),
            severity: rule.severity,
            confidence,
            state: None,
            phase: self.when(rule, view, evidence)?,
            guards: Vec::new(),
            node: NodeId(0),
            also: Vec::new(),
            places: 0,
            opens_to: rule.opens_to.clone(),
            evidence: Vec::new(),
            parts: Vec::new(),
        };
        let names: BTreeMap<u32, &str> = rule.pattern_names().collect();
        self.draft(finding, evidence, &names, rule.scope)
    }

    /// A hit of a user's YARA rule. It belongs to no door: only its author knows what it means.
    pub fn of_yara(&mut self, namespace: &str, rule: &str, evidence: &[Seen<'_>]) -> Option<Draft> {
        let stated = evidence.iter().find_map(|seen| seen.fact.text("severity")).and_then(grade);
        let finding = Finding {
            fingerprint: Box::default(),
            rule: format!("yara/{namespace}/{rule}").into(),
            title: format!("YARA rule {}", text::visible(rule.as_bytes())).into(),
            door: Box::default(),
            level: self.policy.yara_level(stated),
            severity: stated.unwrap_or(Grade::Low),
            confidence: Grade::Low,
            state: None,
            phase: self.earliest(evidence)?,
            guards: Vec::new(),
            node: NodeId(0),
            also: Vec::new(),
            places: 0,
            opens_to: None,
            evidence: Vec::new(),
            parts: Vec::new(),
        };
        self.draft(finding, evidence, &BTreeMap::new(), Scope::Content)
    }

    /// The findings with their fingerprints: equal ones are counted in the order of their places.
    pub fn finish(&self, mut drafts: Vec<Draft>) -> Vec<Finding> {
        let first_span = |draft: &Draft| draft.finding.evidence.first().map(|evidence| evidence.span);
        drafts.sort_by(|a, b| (&a.identity, a.finding.node, first_span(a)).cmp(&(&b.identity, b.finding.node, first_span(b))));
        let mut findings: Vec<Finding> = Vec::with_capacity(drafts.len());
        let mut last: (Vec<u8>, u64) = (Vec::new(), 0);
        for draft in drafts {
            let ordinal = if last.0 == draft.identity { last.1 + 1 } else { 0 };
            let fingerprint = fingerprint::of(&draft.identity, ordinal);
            findings.push(Finding { fingerprint, ..draft.finding });
            last = (draft.identity, ordinal);
        }
        findings
    }

    fn draft(&mut self, mut finding: Finding, evidence: &[Seen<'_>], names: &BTreeMap<u32, &str>, scope: Scope) -> Option<Draft> {
        let first = evidence.first()?;
        let name_of = |fact: &Fact| match fact.kind == &vocabulary::PATTERN {
            true => fact.number("id").and_then(|id| names.get(&u32::try_from(id).ok()?).copied()).unwrap_or_default(),
            false => "",
        };
        let named: Vec<(&Fact, &str)> = evidence.iter().map(|seen| (seen.fact, name_of(seen.fact))).collect();
        finding.node = first.node;
        (finding.also, finding.places) = self.elsewhere(evidence, scope);
        finding.evidence = evidence.iter().zip(&named).map(|(seen, (_, name))| self.evidence(seen, name)).collect();
        words::tell(self.places, &mut finding, evidence);
        let path = self.places.placement(first.node).map(|placement| &*placement.path).unwrap_or_default();
        let function = first.content.and_then(|content| {
            self.places.tree.content(content).functions.get(first.fact.function as usize).map(|name| &**name)
        });
        let identity = fingerprint::identity(&finding.rule, &finding.door, path, function.unwrap_or_default(), &named);
        Some(Draft { finding, identity })
    }

    /// Where else the same is found. What rests on bytes holds wherever they lie; what is said of places alone (their names, or
    /// what a manifest runs) only where the same is said.
    fn elsewhere(&mut self, evidence: &[Seen<'_>], scope: Scope) -> Elsewhere {
        let Some(Seen { node, content, .. }) = evidence.first().copied() else { return Elsewhere::default() };
        match (scope, content) {
            (Scope::Content | Scope::Function, Some(content)) => {
                let places = self.places;
                match evidence.iter().any(|seen| !places.is_said_of(node, seen.fact)) {
                    true => self.copies.of_bytes(node, content),
                    false => {
                        let alike = |other| evidence.iter().all(|seen| places.says_the_same(other, seen.fact));
                        self.copies.of_claim(node, content, alike)
                    }
                }
            }
            (Scope::Package, _) => {
                let unit = self.places.placement(node).and_then(|placement| self.places.tree.units.get(placement.unit as usize));
                unit.map_or_else(Elsewhere::default, |unit| self.copies.of_package(node, unit.base))
            }
            (Scope::Content | Scope::Function | Scope::Tree, _) => Elsewhere::default(),
        }
    }

    /// When what a rule found runs: what acts decides, and the rest only where nothing of it acts.
    fn when(&self, rule: &Rule, view: &View<'_>, evidence: &[Seen<'_>]) -> Option<Phase> {
        let acting = |seen: &Seen<'_>| (!AT_REST.contains(&seen.fact.kind)).then(|| self.phase(seen));
        rule.condition.phase(view, &acting).or_else(|| self.earliest(evidence))
    }

    fn earliest(&self, evidence: &[Seen<'_>]) -> Option<Phase> {
        evidence.iter().map(|seen| self.phase(seen)).min()
    }

    /// When evidence runs: as early as any place of its content, or as its package says.
    fn phase(&self, seen: &Seen<'_>) -> Phase {
        let placed = match seen.placement {
            // Code that is only called later, in a file that runs early.
            Some(placement) if seen.fact.function != 0 && placement.functions.is_some() => seen.phase(),
            _ => self.places.earliest_phase(seen.node),
        };
        let all = [Phase::Build, Phase::Install, Phase::Open, Phase::Import, Phase::Run, Phase::Test];
        let said = seen.fact.text("phase").and_then(|said| all.into_iter().find(|phase| phase.name() == said));
        said.map_or(placed, |said| said.min(placed))
    }

    /// A file's role changes confidence, never visibility: one step less in tests, the least in documentation. But not where
    /// it runs by itself after all, and not for what is hidden: no test and no page needs to hide.
    fn confidence(&self, stated: Grade, node: NodeId) -> Grade {
        let at_rest = self.places.phase(node) >= Phase::Run;
        match self.places.role(node) {
            Role::Test | Role::Doc if !at_rest || self.places.is_hidden(node) => stated,
            Role::Test if stated == Grade::High => Grade::Medium,
            Role::Test | Role::Doc => Grade::Low,
            _ => stated,
        }
    }

    fn evidence(&self, seen: &Seen<'_>, name: &str) -> Evidence {
        let digest = seen.content.map_or(Digest([0; 32]), |content| self.places.tree.content(content).digest);
        let fact = seen.fact;
        Evidence {
            node: seen.node,
            content: seen.content,
            digest,
            span: fact.span,
            kind: fact.kind.name.into(),
            says: says(fact, name).into(),
            line: fact.anchor.line,
            column: fact.anchor.column,
            excerpt: fact.anchor.excerpt.clone(),
            excerpt_start: fact.anchor.start,
            way: words::way(fact),
        }
    }
}

/// One clause: what a fact says beside its kind, made visible.
fn says(fact: &Fact, name: &str) -> String {
    if fact.kind == &vocabulary::PATTERN {
        let matched = fact.arg("text").map(shown).unwrap_or_default();
        return format!("{name} {matched}").trim().to_owned();
    }
    if fact.kind == &vocabulary::PROBLEM {
        let part = |arg| fact.text(arg).map(|part| text::visible(part.as_bytes())).unwrap_or_default();
        return format!("{}: {}", part("kind"), part("detail"));
    }
    let args: Vec<String> = fact.args.iter().map(|(arg, value)| format!("{arg} {}", shown(value))).collect();
    args.join(", ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(bytes) if bytes.len() > SHOWN_BYTES_MAX => {
            format!("\"{}\"...", text::visible(&bytes[..SHOWN_BYTES_MAX]))
        }
        Value::Text(bytes) => format!("\"{}\"", text::visible(bytes)),
        Value::Number(number) => number.to_string(),
        Value::List(values) => format!("[{}]", values.iter().take(8).map(shown).collect::<Vec<_>>().join(", ")),
        Value::From { sources, .. } => format!("from {}", sources.join(", ")),
        Value::Computed => "computed".into(),
    }
}

/// A severity as authors of YARA rules write it.
fn grade(stated: &str) -> Option<Grade> {
    match stated.to_ascii_lowercase().as_str() {
        "critical" | "high" => Some(Grade::High),
        "medium" | "moderate" => Some(Grade::Medium),
        "low" | "info" | "informational" => Some(Grade::Low),
        _ => None,
    }
}
