//! Where observers put what they see. Bounded: whatever a content repeats, one observer keeps as many facts as a content may
//! have, and one secret, place or value is kept once.

use crate::OBSERVERS;
use crate::bodies::Bodies;
use doorward_model::{Fact, Limits, Problem, Span, Summary};
use std::collections::BTreeSet;
use std::ops::Range;

/// Most problems that are kept of one content.
const PROBLEMS_MAX: usize = 1000;

/// Receives the facts and problems of one content.
pub struct Facts {
    pub(crate) facts: Vec<Fact>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) parsed: bool,
    /// Names of the functions that facts point at; empty where none is read.
    pub(crate) functions: Vec<Box<str>>,
    /// Where those of them stand that are functions of code.
    pub(crate) bodies: Bodies,
    /// What code asks of other files and offers to them.
    pub(crate) summary: Option<Box<Summary>>,
    /// Most bytes that are parsed as code.
    pub(crate) follow_max: usize,
    pub(crate) secrets: Vec<Secret>,
    /// What is a content of its own.
    pub(crate) payloads: Vec<Payload>,
    /// Facts that were not kept.
    pub(crate) dropped: u64,
    /// What is told to whoever compares versions; its observers bound it.
    pub(crate) compared: Vec<Fact>,
    per_observer: Vec<State>,
    current: usize,
    facts_max: usize,
}

/// A constant that code computes and then runs, or writes as a program: a content of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// The code that runs or writes it.
    pub from: Span,
    /// How it was decoded, first to last: `base64 > zlib`.
    pub codec: Box<str>,
    /// A name that says what it runs as; empty where nothing does.
    pub name: Box<[u8]>,
    /// All of it.
    pub bytes: Box<[u8]>,
}

/// Bytes that must not be shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Secret {
    /// Where they stand.
    pub start: usize,
    /// One past their end.
    pub end: usize,
    /// What they say, where that differs from the bytes that stand there.
    pub value: Option<Box<[u8]>>,
}

/// What is known of one observer's work on one content.
#[derive(Default)]
struct State {
    facts: usize,
    seen: BTreeSet<Box<[u8]>>,
    until: usize,
    inside: u32,
}

impl Facts {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            facts: Vec::new(),
            problems: Vec::new(),
            parsed: false,
            functions: Vec::new(),
            bodies: Bodies::default(),
            summary: None,
            follow_max: usize::try_from(limits.follow_bytes_max.min(limits.parse_bytes_max)).unwrap_or(usize::MAX),
            secrets: Vec::new(),
            payloads: Vec::new(),
            dropped: 0,
            compared: Vec::new(),
            // One more than there are observers, for what belongs to none of them.
            per_observer: (0..=OBSERVERS.len()).map(|_| State::default()).collect(),
            current: 0,
            facts_max: usize::try_from(limits.facts_per_content_max).unwrap_or(usize::MAX),
        }
    }

    /// What follows is of the observer with this index.
    pub(crate) fn of(&mut self, observer: usize) -> &mut Self {
        self.current = observer;
        self
    }

    /// Something was seen. Anchors are filled later.
    pub fn push(&mut self, fact: Fact) {
        let facts_max = self.facts_max;
        match self.state() {
            Some(state) if state.facts < facts_max => {
                state.facts = state.facts.saturating_add(1);
                self.facts.push(fact);
            }
            _ => self.dropped = self.dropped.saturating_add(1),
        }
    }

    /// A function of the content by its name; gives its number. The first is the content itself.
    pub(crate) fn function(&mut self, name: &str) -> u32 {
        if self.functions.is_empty() {
            self.functions.push("".into());
        }
        let Ok(number) = u32::try_from(self.functions.len()) else { return 0 };
        if self.functions.len() >= self.facts_max {
            return 0;
        }
        self.functions.push(name.into());
        number
    }

    /// Something could not be read.
    pub fn problem(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }

    /// The structure of the content was read.
    pub fn parsed(&mut self) {
        self.parsed = true;
    }

    /// Whether this observer meets this value for the first time in this content. Once it has as many as facts may be kept,
    /// nothing is new.
    pub(crate) fn is_new(&mut self, value: &[u8]) -> bool {
        let facts_max = self.facts_max;
        let Some(state) = self.state() else { return false };
        if state.seen.contains(value) {
            return false;
        }
        if state.seen.len() >= facts_max {
            self.dropped = self.dropped.saturating_add(1);
            return false;
        }
        state.seen.insert(value.into())
    }

    /// These bytes must not be shown; `value` is what they say, where they are encoded.
    pub(crate) fn secret(&mut self, range: Range<usize>, value: Option<Box<[u8]>>) {
        if self.secrets.len() < self.facts_max.saturating_mul(8) {
            self.secrets.push(Secret { start: range.start, end: range.end, value });
        }
    }

    /// This observer has read everything before `offset`.
    pub(crate) fn read_until(&mut self, offset: usize) {
        if let Some(state) = self.state() {
            state.until = offset;
            state.inside = 0;
        }
    }

    /// How many places, this one included, this observer met inside what it has read; 0 for a place behind it.
    pub(crate) fn met_inside(&mut self, offset: usize) -> u32 {
        let Some(state) = self.state() else { return 0 };
        if offset >= state.until {
            return 0;
        }
        state.inside = state.inside.saturating_add(1);
        state.inside
    }

    fn state(&mut self) -> Option<&mut State> {
        self.per_observer.get_mut(self.current)
    }
}

/// The span of a range of a content.
pub(crate) fn span(start: usize, end: usize) -> Span {
    Span::of(start..end)
}
