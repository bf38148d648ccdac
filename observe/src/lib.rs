//! Turns one content into facts with exact byte spans. Knows no paths, rules or disk.
//!
//! The way through it: `observers` is the table of all observers, `matcher` finds every literal of rules and observers in
//! one pass, the observers push into a `Facts` sink, and `anchors` sorts, masks secrets, and fills in lines and excerpts.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

mod anchors;
mod binaries;
mod bodies;
mod bytecode;
mod comments;
mod languages;
mod literals;
mod manifests;
mod mask;
mod matcher;
mod meaning;
mod neutral;
mod observers;
mod prints;
mod sink;
mod text;
mod yara;

pub use matcher::check;
pub use observers::{COMPARED, OBSERVERS, Observer};
pub use prints::prints;
pub use sink::{Facts, Payload};

use doorward_model::stage::{self, Stage};
use doorward_model::{Examined, Fact, Lexicon, Limits, Problem, ProblemKind, Reading, Summary, vocabulary};
use mask::Mask;
use matcher::{Found, Hits, Matcher};
use observers::{Looks, names};
use text::Subject;
use yara::Yara;

/// Most bytes of a pattern's hit that its fact shows.
const PATTERN_TEXT_BYTES_MAX: usize = 120;

/// Everything that is compiled once per process before contents are observed.
pub struct Observers {
    /// Whether secrets stand in facts and excerpts as they are.
    pub show_secrets: bool,
    /// Whether what is of use in a comparison alone is looked for.
    compares: bool,
    matcher: Matcher,
    yara: Option<Yara>,
}

/// What was observed in one content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// Names of functions that facts point at; index 0 is the top level.
    pub functions: Vec<Box<str>>,
    /// Facts, sorted by span, then kind; anchors filled, secrets masked.
    pub facts: Vec<Fact>,
    /// Problems, sorted.
    pub problems: Vec<Problem>,
    /// What code computes and runs, or writes as a program, in the order in which it does.
    pub payloads: Vec<Payload>,
    /// `Parsed` where an observer read the structure, else `None`.
    pub examined: Option<Examined>,
    /// What code asks of other files and offers to them.
    pub summary: Option<Box<Summary>>,
}

impl Observers {
    /// Compiles the lexicon into one matcher. Regular expressions are compiled when their literals first hit, and one that
    /// does not compile is then a problem of the content; [`check`] tells beforehand.
    ///
    /// # Errors
    /// A pattern without literals or with one that is too short, or a YARA source that does not compile, in words.
    pub fn new(lexicon: &Lexicon, show_secrets: bool) -> Result<Self, String> {
        let marks = |observer: &Observer| match observer.looks {
            Looks::Marks(marks, _) => marks,
            _ => &[],
        };
        let marks: Vec<_> = OBSERVERS.iter().map(marks).collect();
        let matcher = Matcher::new(&lexicon.patterns, &marks)?;
        Ok(Self { show_secrets, matcher, yara: Yara::new(&lexicon.yara)?, compares: true })
    }

    /// The same without what nobody asks for; `unasked` names kinds of facts.
    pub fn without(mut self, unasked: &[Box<str>]) -> Self {
        self.compares = COMPARED.iter().any(|kind| !unasked.iter().any(|name| **name == *kind.name));
        self
    }

    /// Observes one content. `opened` are facts that opening it already gave; they are anchored, sorted and capped with the rest.
    pub fn observe(&self, bytes: &[u8], reading: &Reading, opened: Vec<Fact>, limits: &Limits) -> Observation {
        let subject = Subject::new(bytes, reading);
        // One place behind the observers' own is for what belongs to none of them.
        let rest = OBSERVERS.len();
        let mut facts = Facts::new(limits);
        let content = Fact::new(&vocabulary::CONTENT, sink::span(0, bytes.len()), names::CONTENT);
        facts.of(rest).push(content.with("format", &*reading.format));
        let hits = stage::during(Stage::Literals, "", bytes.len(), || {
            self.matcher.search(bytes, comments::mark_of(&reading.format), |found| at_mark(&subject, found, &mut facts))
        });
        for (index, observer) in OBSERVERS.iter().enumerate() {
            let facts = facts.of(index);
            stage::during(Stage::Observe, observer.name, bytes.len(), || match observer.looks {
                Looks::Whole(observe) => observe(bytes, reading, facts),
                Looks::Any(observe) => observe(&subject, facts),
                Looks::Text(observe) if subject.is_text => observe(&subject, facts),
                Looks::Code(observe) if subject.is_code => observe(&subject, facts),
                Looks::Compared(observe) if subject.is_code && self.compares => observe(&subject, facts),
                Looks::Text(_) | Looks::Code(_) | Looks::Compared(_) | Looks::Marks(..) => {}
            });
        }
        say_hits(bytes, hits, facts.of(rest));
        if let Some(yara) = &self.yara {
            yara.scan(bytes, limits.content_seconds_max, &mut facts);
        }
        stage::during(Stage::Anchor, "", bytes.len(), || self.finish(&subject, facts, opened, limits))
    }

    /// Sorts, cuts, masks and anchors.
    fn finish(&self, subject: &Subject, mut facts: Facts, opened: Vec<Fact>, limits: &Limits) -> Observation {
        for fact in &opened {
            if fact.kind == &vocabulary::KEY_PRIVATE || fact.kind == &vocabulary::CREDENTIAL {
                let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(subject.bytes.len());
                facts.secret(at(fact.span.start)..at(fact.span.end), None);
            }
        }
        let mut all = opened;
        all.append(&mut facts.facts);
        anchors::sort(&mut all);
        facts.bodies.enclose(&mut all);
        let facts_max = usize::try_from(limits.facts_per_content_max).unwrap_or(usize::MAX);
        let cut = u64::try_from(anchors::cap(&mut all, facts_max)).unwrap_or(u64::MAX);
        if !facts.compared.is_empty() {
            anchors::sort(&mut facts.compared);
            facts.bodies.enclose(&mut facts.compared);
            all.append(&mut facts.compared);
            anchors::sort(&mut all);
        }
        let dropped = facts.dropped.saturating_add(cut);
        if dropped > 0 {
            let detail = format!("{dropped} facts more than the {facts_max} that are kept of one content");
            facts.problems.push(Problem::new(ProblemKind::FactsCapped, detail));
        }
        let mask = if self.show_secrets { Mask::default() } else { Mask::new(subject.bytes, &facts.secrets) };
        anchors::fill(subject.bytes, subject.is_text, &mut all, &mask);
        anchors::fill_ways(subject.bytes, &mut all, &mask);
        facts.problems.sort();
        facts.problems.dedup();
        let examined = facts.parsed.then_some(Examined::Parsed);
        let functions = if facts.functions.is_empty() { vec!["".into()] } else { facts.functions };
        let mut summary = facts.summary;
        if let Some(summary) = &mut summary {
            anchors::fill(subject.bytes, subject.is_text, &mut summary.sinks, &mask);
            summary.places = anchors::places(subject.bytes, summary, &mask);
        }
        Observation { functions, facts: all, problems: facts.problems, payloads: facts.payloads, examined, summary }
    }
}

/// Hands a mark to the observer whose it is.
fn at_mark(subject: &Subject, found: Found, facts: &mut Facts) {
    if let Some(Observer { looks: Looks::Marks(_, observe), .. }) = OBSERVERS.get(found.observer) {
        observe(subject, found, facts.of(found.observer));
    }
}

/// Turns what the patterns found into facts.
fn say_hits(bytes: &[u8], hits: Hits, facts: &mut Facts) {
    for (id, range) in hits.hits {
        let text = bytes.get(range.clone()).unwrap_or_default();
        let text = text.get(..PATTERN_TEXT_BYTES_MAX).unwrap_or(text);
        let fact = Fact::new(&vocabulary::PATTERN, sink::span(range.start, range.end), names::MATCHER);
        facts.push(fact.with("id", id).with("text", text));
    }
    for (id, why) in hits.broken {
        let detail = format!("the regular expression of pattern {id} does not compile: {why}");
        facts.problem(Problem::new(ProblemKind::Unsupported, detail));
    }
}

#[cfg(test)]
mod tests;
