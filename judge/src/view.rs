//! What one condition is evaluated over: the facts of a scope, in an order that lets each term find its own at once.

use crate::condition::commonness;
use doorward_model::{ContentId, Fact, FactKind, NodeId, Phase, Placement, vocabulary};

/// A fact and where it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub fact: &'a Fact,
    pub node: NodeId,
    pub content: Option<ContentId>,
    /// Where it stands in its package.
    pub placement: Option<&'a Placement>,
}

impl Seen<'_> {
    /// When the code that the fact is about runs without anybody calling it.
    pub fn phase(&self) -> Phase {
        self.placement.map_or(Phase::Run, |placement| placement.phase_of(self.fact.function))
    }
}

/// What terms are looked up by: the kind of a fact, and for hits of patterns their number as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub kind: u16,
    pub pattern: u32,
}

/// The facts of one scope.
#[derive(Debug)]
pub(crate) struct View<'a> {
    facts: Vec<(Key, Seen<'a>)>,
    /// Facts are missing: what is not here may still be so.
    pub incomplete: bool,
}

impl Key {
    /// The key of a kind that is not `pattern`.
    pub fn of_kind(kind: &FactKind) -> Self {
        let at = vocabulary::KINDS.iter().position(|known| std::ptr::eq(*known, kind));
        Self { kind: at.and_then(|at| u16::try_from(at).ok()).unwrap_or(u16::MAX), pattern: 0 }
    }

    /// The key of a pattern's hits.
    pub fn of_pattern(id: u32) -> Self {
        Self { pattern: id, ..Self::of_kind(&vocabulary::PATTERN) }
    }

    /// The key under which a fact is looked up.
    pub fn of_fact(fact: &Fact) -> Self {
        let pattern = match std::ptr::eq(fact.kind, &vocabulary::PATTERN) {
            true => fact.number("id").and_then(|id| u32::try_from(id).ok()).unwrap_or(u32::MAX),
            false => 0,
        };
        Self { pattern, ..Self::of_kind(fact.kind) }
    }

    /// How much waiting for this key costs.
    pub fn cost(self) -> u32 {
        match vocabulary::KINDS.get(usize::from(self.kind)) {
            Some(kind) if std::ptr::eq(*kind, &vocabulary::PATTERN) => 1,
            Some(kind) => commonness(kind),
            None => u32::MAX / 1024,
        }
    }
}

impl<'a> View<'a> {
    /// Facts of one key keep the order in which they come.
    pub fn new(facts: impl IntoIterator<Item = Seen<'a>>, incomplete: bool) -> Self {
        let mut facts: Vec<_> = facts.into_iter().map(|seen| (Key::of_fact(seen.fact), seen)).collect();
        facts.sort_by_key(|(key, _)| *key);
        Self { facts, incomplete }
    }

    /// The facts of one key, with their positions.
    pub fn at(&self, key: Key) -> impl Iterator<Item = (usize, &Seen<'a>)> {
        let start = self.facts.partition_point(|(other, _)| *other < key);
        let facts = self.facts.iter().enumerate().skip(start);
        facts.take_while(move |(_, (other, _))| *other == key).map(|(at, (_, seen))| (at, seen))
    }

    /// The fact at a position that [`View::at`] gave.
    pub fn get(&self, at: usize) -> Seen<'a> {
        self.facts[at].1
    }
}
