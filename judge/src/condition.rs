//! The condition of a rule: its syntax tree, and its evaluation over the facts of one scope.
//!
//! There are no variables, loops or calls of other rules: a condition costs one look at each of its terms. `docs/rules.md`
//! describes the language; `syntax.rs` reads it.

use crate::view::{Key, Seen, View};
use doorward_model::{FactKind, Phase, Value, vocabulary};
use regex::bytes::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// Most facts of one term that are kept as evidence.
pub(crate) const EVIDENCE_MAX: usize = 8;

/// The argument that every fact has: when the code that it is about runs.
pub(crate) const PHASE: &str = "phase";

/// Whether facts of a kind carry an argument of this name.
pub(crate) fn has_argument(kind: &FactKind, name: &str) -> bool {
    kind.args.iter().any(|(known, _)| *known == name)
}

/// A condition.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// Every one holds.
    And(Vec<Condition>),
    /// At least one holds.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// At least so many hold.
    Of(usize, Vec<Condition>),
    /// At least so many facts satisfy the term.
    Count(Term, usize),
    /// A fact satisfies the term.
    Term(Term),
}

/// What a fact must be like.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub subject: Subject,
    pub tests: Vec<Test>,
    /// Line in the page, counted from 1.
    pub line: usize,
}

/// Which facts a term asks about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subject {
    Kind(&'static FactKind),
    /// Hits of a pattern of the page.
    Pattern {
        name: Box<str>,
        /// Number of the pattern in the lexicon; known once all rules are together.
        id: u32,
    },
}

/// A test of one argument.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    pub arg: &'static str,
    pub want: Want,
}

/// What an argument must be like.
#[derive(Clone, Debug)]
pub(crate) enum Want {
    Any(Vec<Alternative>),
    /// None of these; an argument that is not known is none of them.
    NoneOf(Vec<Alternative>),
    Below(i64),
    Above(i64),
}

/// One of the values that an argument may have.
#[derive(Clone, Debug)]
pub(crate) enum Alternative {
    Exactly(Box<str>),
    Matches(Expression),
}

/// A regular expression, built when it is first needed.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub source: Box<str>,
    built: OnceLock<Option<Regex>>,
}

/// What is known of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    False,
    /// Something that could have shown it was not examined.
    Unknown,
    True,
}

/// Evidence: for each positive term that holds, in order, the positions in the view of facts that satisfy it.
pub(crate) type Witnesses = Vec<Vec<usize>>;

impl Condition {
    /// Whether the condition fires, and what shows it. Unknown fires: it never silences a rule.
    pub fn fires(&self, view: &View<'_>) -> Option<Witnesses> {
        let mut witnesses = Vec::new();
        (self.evaluate(view, true, &mut witnesses) != Truth::False).then_some(witnesses)
    }

    /// `positive` is false below an odd number of `not`: only there is what was not seen unknown instead of absent.
    fn evaluate(&self, view: &View<'_>, positive: bool, witnesses: &mut Witnesses) -> Truth {
        let before = witnesses.len();
        let truth = match self {
            Self::And(all) => all.iter().map(|each| each.evaluate(view, positive, witnesses)).min().unwrap_or(Truth::True),
            Self::Or(any) => any.iter().map(|each| each.evaluate(view, positive, witnesses)).max().unwrap_or(Truth::False),
            Self::Not(inner) => match inner.evaluate(view, !positive, witnesses) {
                Truth::False => Truth::True,
                Truth::Unknown => Truth::Unknown,
                Truth::True => Truth::False,
            },
            Self::Of(needed, of) => {
                let each: Vec<Truth> = of.iter().map(|each| each.evaluate(view, positive, witnesses)).collect();
                let at_least = |truth| each.iter().filter(|each| **each >= truth).count() >= *needed;
                match (at_least(Truth::True), at_least(Truth::Unknown)) {
                    (true, _) => Truth::True,
                    (false, true) => Truth::Unknown,
                    (false, false) => Truth::False,
                }
            }
            Self::Count(term, needed) => term.evaluate(*needed, view, positive, witnesses),
            Self::Term(term) => term.evaluate(1, view, positive, witnesses),
        };
        if truth == Truth::False {
            witnesses.truncate(before);
        }
        truth
    }

    /// When all that a condition which fires asks for runs: the parts of `and` wait for the latest of them, those of `or` do not.
    /// `phase_of` says when one fact does, or that it says nothing of it; `None` where none does.
    pub fn phase(&self, view: &View<'_>, phase_of: &dyn Fn(&Seen<'_>) -> Option<Phase>) -> Option<Phase> {
        let holding = |of: &[Condition]| -> Vec<Phase> {
            let holds = of.iter().filter(|each| each.evaluate(view, true, &mut Vec::new()) == Truth::True);
            let mut phases: Vec<Phase> = holds.filter_map(|each| each.phase(view, phase_of)).collect();
            phases.sort_unstable();
            phases
        };
        match self {
            Self::And(all) => all.iter().filter_map(|each| each.phase(view, phase_of)).max(),
            Self::Or(any) => holding(any).first().copied(),
            Self::Not(_) => None,
            Self::Of(needed, of) => {
                let phases = holding(of);
                phases.get(needed.saturating_sub(1)).or(phases.last()).copied()
            }
            Self::Count(term, needed) => term.phase(*needed, view, phase_of),
            Self::Term(term) => term.phase(1, view, phase_of),
        }
    }

    /// The keys of which at least one must be present for the condition to fire; `None` where it may fire without any.
    pub fn required(&self) -> Option<Vec<Key>> {
        match self {
            Self::And(all) => all.iter().filter_map(Self::required).min_by_key(|keys| cost(keys)),
            Self::Or(any) => any.iter().map(Self::required).collect::<Option<Vec<_>>>().map(|keys| keys.concat()),
            Self::Not(_) => None,
            Self::Of(needed, of) => {
                // Whichever hold, they cannot all lie outside of any `len - needed + 1` of them.
                let mut each: Vec<_> = of.iter().filter_map(Self::required).collect();
                let enough = of.len().checked_sub(*needed)? + 1;
                each.sort_by_key(|keys| cost(keys));
                each.truncate(enough);
                (each.len() == enough).then(|| each.concat())
            }
            Self::Count(term, _) | Self::Term(term) => Some(vec![term.key()]),
        }
    }

    /// Calls `visit` with every term, and whether it stands below an even number of `not`.
    pub fn each_term<'a>(&'a self, positive: bool, visit: &mut dyn FnMut(&'a Term, bool)) {
        match self {
            Self::And(of) | Self::Or(of) | Self::Of(_, of) => of.iter().for_each(|each| each.each_term(positive, visit)),
            Self::Not(inner) => inner.each_term(!positive, visit),
            Self::Count(term, _) | Self::Term(term) => visit(term, positive),
        }
    }

    /// Calls `change` with every term.
    pub fn each_term_mut(&mut self, change: &mut dyn FnMut(&mut Term)) {
        match self {
            Self::And(of) | Self::Or(of) | Self::Of(_, of) => of.iter_mut().for_each(|each| each.each_term_mut(change)),
            Self::Not(inner) => inner.each_term_mut(change),
            Self::Count(term, _) | Self::Term(term) => change(term),
        }
    }
}

impl Term {
    /// Where the facts that this term asks about stand in a view.
    pub fn key(&self) -> Key {
        match &self.subject {
            Subject::Kind(kind) => Key::of_kind(kind),
            Subject::Pattern { id, .. } => Key::of_pattern(*id),
        }
    }

    fn evaluate(&self, needed: usize, view: &View<'_>, positive: bool, witnesses: &mut Witnesses) -> Truth {
        let satisfying = view.at(self.key()).filter(|(_, seen)| self.accepts(seen));
        let found: Vec<usize> = satisfying.map(|(at, _)| at).take(needed.max(EVIDENCE_MAX)).collect();
        if found.len() >= needed {
            if positive {
                witnesses.push(found.into_iter().take(EVIDENCE_MAX).collect());
            }
            return Truth::True;
        }
        if !positive && view.incomplete { Truth::Unknown } else { Truth::False }
    }

    /// When so many of the facts that satisfy it have run.
    fn phase(&self, needed: usize, view: &View<'_>, phase_of: &dyn Fn(&Seen<'_>) -> Option<Phase>) -> Option<Phase> {
        let satisfying = view.at(self.key()).filter(|(_, seen)| self.accepts(seen));
        let mut phases: Vec<Phase> = satisfying.filter_map(|(_, seen)| phase_of(seen)).collect();
        phases.sort_unstable();
        phases.get(needed.saturating_sub(1)).or(phases.last()).copied()
    }

    fn accepts(&self, seen: &Seen<'_>) -> bool {
        self.tests.iter().all(|test| test.accepts(seen))
    }
}

impl Test {
    fn accepts(&self, seen: &Seen<'_>) -> bool {
        match seen.fact.arg(self.arg) {
            Some(value) => self.want.accepts(value),
            None if self.arg == PHASE && !has_argument(seen.fact.kind, PHASE) => self.want.accepts(&seen.phase().name().into()),
            None => matches!(self.want, Want::NoneOf(_)),
        }
    }
}

impl Want {
    fn accepts(&self, value: &Value) -> bool {
        match (value, self) {
            (Value::List(values), Self::NoneOf(_)) => values.iter().all(|value| self.accepts_one(value)),
            (Value::List(values), _) => values.iter().any(|value| self.accepts_one(value)),
            (Value::From { sources, .. }, Self::Any(any)) => {
                sources.iter().any(|source| any.iter().any(|wanted| wanted.accepts(source.as_bytes())))
            }
            (Value::From { sources, .. }, Self::NoneOf(none)) => {
                !sources.iter().any(|source| none.iter().any(|wanted| wanted.accepts(source.as_bytes())))
            }
            _ => self.accepts_one(value),
        }
    }

    fn accepts_one(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any(any), Value::Text(text)) => any.iter().any(|wanted| wanted.accepts(text)),
            (Self::Any(any), Value::Number(number)) => any.iter().any(|wanted| wanted.accepts(number.to_string().as_bytes())),
            (Self::Below(bound), value) => number_of(value).is_some_and(|number| number < *bound),
            (Self::Above(bound), value) => number_of(value).is_some_and(|number| number > *bound),
            (Self::NoneOf(none), Value::Text(text)) => !none.iter().any(|wanted| wanted.accepts(text)),
            (Self::NoneOf(none), Value::Number(number)) => {
                !none.iter().any(|wanted| wanted.accepts(number.to_string().as_bytes()))
            }
            (Self::NoneOf(_), Value::List(_) | Value::From { .. } | Value::Computed) => true,
            (Self::Any(_), Value::List(_) | Value::From { .. } | Value::Computed) => false,
        }
    }
}

impl Alternative {
    fn accepts(&self, text: &[u8]) -> bool {
        match self {
            Self::Exactly(wanted) => wanted.as_bytes() == text,
            Self::Matches(expression) => expression.matches(text),
        }
    }
}

impl Expression {
    pub fn new(source: &str) -> Self {
        Self { source: source.into(), built: OnceLock::new() }
    }

    fn matches(&self, text: &[u8]) -> bool {
        self.built.get_or_init(|| build(&self.source).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// A regular expression as rules mean it: over bytes, `^` and `$` at lines, Unicode off unless it says so.
pub(crate) fn build(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).unicode(false).multi_line(true).build()
}

fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}

fn cost(keys: &[Key]) -> u32 {
    keys.iter().map(|key| key.cost()).sum()
}

/// How common facts of a kind are in ordinary software, from rare to everywhere. Decides which of its terms a rule waits for.
pub(crate) fn commonness(kind: &FactKind) -> u32 {
    let everywhere = [&vocabulary::PLACE, &vocabulary::CONTENT];
    let common = [&vocabulary::URL, &vocabulary::BINARY_IMPORT, &vocabulary::BINARY_EXPORT, &vocabulary::BINARY_SECTION];
    let some = [&vocabulary::DECODE, &vocabulary::ADDRESS, &vocabulary::PACKAGE, &vocabulary::ENTRY, &vocabulary::DEPENDENCY];
    let among = |kinds: &[&FactKind]| kinds.iter().any(|known| std::ptr::eq(*known, kind));
    match () {
        () if among(&everywhere) => 1000,
        () if among(&common) => 100,
        () if among(&some) => 50,
        () => 10,
    }
}
