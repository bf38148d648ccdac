//! Facts: what was seen, where, with which arguments. A fact is not an accusation.

use crate::{ContentId, vocabulary};
use serde::{Deserialize, Serialize};

/// A range of bytes `start..end` in one content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Span {
    /// First byte, counted from 0.
    pub start: u64,
    /// One past the last byte; never below `start`.
    pub end: u64,
}

impl Span {
    /// The span `start..end`; an end before the start gives an empty span.
    pub fn new(start: u64, end: u64) -> Self {
        Self { start, end: end.max(start) }
    }

    /// A span of offsets in memory.
    pub fn of(range: std::ops::Range<usize>) -> Self {
        let offset = |at: usize| u64::try_from(at).unwrap_or(u64::MAX);
        Self::new(offset(range.start), offset(range.end))
    }

    /// How many bytes it covers.
    pub fn len(self) -> u64 {
        self.end - self.start
    }

    /// Whether it covers no byte.
    pub fn is_empty(self) -> bool {
        self.end == self.start
    }

    /// The bytes of `content` that it covers, cut to what is there.
    pub fn bytes(self, content: &[u8]) -> &[u8] {
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        content.get(at(self.start)..at(self.end)).unwrap_or_default()
    }
}

/// One row of the vocabulary: a kind of fact, what it means and which arguments it carries.
#[derive(Debug)]
pub struct FactKind {
    /// Dotted name, as rules write it.
    pub name: &'static str,
    /// One sentence: what was seen.
    pub doc: &'static str,
    /// Argument names and what each holds.
    pub args: &'static [(&'static str, &'static str)],
}

impl PartialEq for FactKind {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.name == other.name
    }
}

/// A fact about one content, or, as a package fact, about one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Fact {
    /// What was seen.
    pub kind: &'static FactKind,
    /// The exact bytes it was seen in.
    pub span: Span,
    /// The function that encloses it; 0 at the top level and in what has no functions.
    pub function: u32,
    /// Arguments, names from `kind.args`.
    pub args: Vec<(&'static str, Value)>,
    /// Further places that lead to it, first to last, where it is the end of a chain.
    pub steps: Vec<Site>,
    /// What is told of each of the steps, as far as it is; shorter where nothing is known of the rest.
    pub way: Vec<Told>,
    /// Name of the observer, opener or link stage that saw it.
    pub by: Box<str>,
    /// The text around it, for people; filled when the observation of the content ends.
    pub anchor: Anchor,
}

impl Fact {
    /// A fact of `kind` at `span`, with no arguments yet.
    pub fn new(kind: &'static FactKind, span: Span, by: &str) -> Self {
        Self {
            kind,
            span,
            function: 0,
            args: Vec::new(),
            steps: Vec::new(),
            way: Vec::new(),
            by: by.into(),
            anchor: Anchor::default(),
        }
    }

    /// The same fact with one more argument.
    ///
    /// The name must be one of the kind's arguments; another name is a bug and is dropped, which a debug build asserts.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let known = self.kind.args.iter().find(|(known, _)| *known == name);
        debug_assert!(known.is_some(), "fact kind {} has no argument {name}", self.kind.name);
        if let Some((name, _)) = known {
            self.args.push((name, value.into()));
        }
        self
    }

    /// The argument of this name.
    pub fn arg(&self, name: &str) -> Option<&Value> {
        self.args.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The text of the argument of this name, where it is a text in UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.arg(name)? {
            Value::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The number of the argument of this name, where it is one.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.arg(name)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// A value as far as it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Bytes of a constant; mostly UTF-8.
    Text(Box<[u8]>),
    /// A whole number; a yes is 1.
    Number(i64),
    /// Several values.
    List(Vec<Value>),
    /// Data whose content is unknown but whose origin is known.
    From {
        /// Names of the fact kinds it comes from.
        sources: Vec<Box<str>>,
        /// What was done to it on the way, first to last.
        transforms: Vec<Box<str>>,
    },
    /// Not known before the program runs.
    Computed,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.as_bytes().into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into_bytes().into())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Text(bytes.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Number(yes.into())
    }
}

/// A span in a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Site {
    /// The content; `None` is the content that carries the fact.
    pub content: Option<ContentId>,
    /// The bytes in it.
    pub span: Span,
}

/// The text around a fact, taken while its content was at hand: later stages see no bytes.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Anchor {
    /// Line of the span's first byte, counted from 1; 0 in what is not text.
    pub line: u32,
    /// Bytes between the line's start and the span's start, plus 1; 0 in what is not text.
    pub column: u32,
    /// At most [`EXCERPT_BYTES_MAX`] bytes from around the span, secrets already masked.
    pub excerpt: Box<[u8]>,
    /// Offset in the content of the excerpt's first byte.
    pub start: u64,
}

/// What is told of one step of a way, taken while its content was at hand.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Told {
    /// What happens there: name of a transform in a fact, words in evidence; empty where the data is only handed on.
    pub does: Box<str>,
    /// Line of its first byte, counted from 1; 0 where it is not known.
    pub line: u32,
    /// At most [`TOLD_BYTES_MAX`] bytes of that line, without the blanks around it, secrets masked.
    pub text: Box<[u8]>,
    /// Path inside the package of the file that it stands in, where that is not the file of the fact.
    pub file: Box<[u8]>,
}

/// Most bytes of a line that a step shows.
pub const TOLD_BYTES_MAX: usize = 120;

/// Most bytes in an excerpt.
pub const EXCERPT_BYTES_MAX: usize = 200;

/// The encoding of a fact between processes and in the cache: indices into the vocabulary instead of names.
#[derive(Serialize, Deserialize)]
struct Wire {
    kind: u16,
    span: Span,
    function: u32,
    args: Vec<(u8, Value)>,
    steps: Vec<Site>,
    way: Vec<Told>,
    by: Box<str>,
    anchor: Anchor,
}

impl From<Fact> for Wire {
    fn from(fact: Fact) -> Self {
        let index = |name: &str| fact.kind.args.iter().position(|(known, _)| *known == name);
        let args = fact.args.iter().filter_map(|(name, value)| Some((u8::try_from(index(name)?).ok()?, value.clone()))).collect();
        let kind = vocabulary::index_of(fact.kind);
        Self {
            kind,
            span: fact.span,
            function: fact.function,
            args,
            steps: fact.steps,
            way: fact.way,
            by: fact.by,
            anchor: fact.anchor,
        }
    }
}

impl TryFrom<Wire> for Fact {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let kind = vocabulary::KINDS.get(usize::from(wire.kind)).ok_or("unknown fact kind")?;
        // Exactly as many: facts are most of what an audit of a large tree holds.
        let mut args = Vec::with_capacity(wire.args.len());
        for (index, value) in wire.args {
            args.push((kind.args.get(usize::from(index)).ok_or("unknown argument")?.0, value));
        }
        let Wire { span, function, steps, way, by, anchor, .. } = wire;
        if span.end < span.start {
            return Err("span ends before it starts");
        }
        Ok(Self { kind, span, function, args, steps, way, by, anchor })
    }
}
