//! One content, from bytes to children, facts and problems: the body of a worker, and of tests in one process.

use doorward_model::stage::{self, Stage};
use doorward_model::{
    Content, Examined, Fact, Hint, Limits, Meta, Problem, ProblemKind, RATIO_FLOOR_BYTES, Reading, Step, Summary, prints::Prints,
    vocabulary,
};
use doorward_observe::{Observers, Payload};
use doorward_open::{Children, Stop};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::Read;

/// How much one content may still yield. Decided by the merge before the content is dispatched, so that it is never below what
/// the merge will grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Bytes, all children together.
    pub bytes: u64,
    /// Children.
    pub nodes: u64,
}

/// What was made of one content, its children apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What it was read as.
    pub reading: Reading,
    /// How far it was examined.
    pub examined: Examined,
    /// Names of functions.
    pub functions: Vec<Box<str>>,
    /// Facts.
    pub facts: Vec<Fact>,
    /// Problems.
    pub problems: Vec<Problem>,
    /// What code asks of other files and offers to them.
    pub summary: Option<Box<Summary>>,
    /// What it is recognised by, where contents are indexed.
    pub prints: Option<Box<Prints>>,
}

impl Outcome {
    /// The outcome of a content that could not be examined.
    pub fn failed(problem: Problem) -> Self {
        Self { problems: vec![problem], ..Self::bare("data", Examined::Hashed) }
    }

    /// The outcome of a content without bytes, which needs no worker.
    pub fn empty() -> Self {
        Self::bare("empty", Examined::Parsed)
    }

    /// The outcome of a content that was looked at elsewhere.
    pub fn known() -> Self {
        Self::bare("known", Examined::Hashed)
    }

    fn bare(format: &str, examined: Examined) -> Self {
        Self {
            reading: Reading { format: format.into() },
            examined,
            functions: vec!["".into()],
            facts: Vec::new(),
            problems: Vec::new(),
            summary: None,
            prints: None,
        }
    }

    /// Joins the outcome with the identity of its content.
    pub fn content(self, digest: doorward_model::Digest, len: u64) -> Content {
        let Self { reading, examined, functions, facts, problems, summary, prints: _ } = self;
        Content { digest, len, reading, examined, functions, facts, problems, summary }
    }
}

/// What a content yields while it is opened, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// A child begins; its bytes follow.
    Begin(ChildHead),
    /// Bytes of the child that began last.
    Bytes(&'a [u8]),
    /// The child ends.
    End(Option<Problem>),
    /// The child that began last is more than the audit may hold, and does not count.
    Drop,
    /// A whole child at once.
    Whole(ChildHead, &'a [u8], Option<Problem>),
    /// A child without content.
    Entry(ChildHead, Option<Problem>),
}

/// Name and claims of a child.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChildHead {
    /// How the container yielded it.
    pub step: Step,
    /// Its name.
    pub name: Box<[u8]>,
    /// What the container says of it.
    pub meta: Meta,
}

/// Receives events.
pub trait Sink {
    /// Takes one event. Returns false when nothing more can be taken (the other side is gone).
    fn event(&mut self, event: Event<'_>) -> bool;
}

/// Everything a worker needs to examine contents: compiled once.
pub struct Examiner {
    /// The compiled observers.
    pub observers: Observers,
    /// Limits in force.
    pub limits: Limits,
    /// Passwords to try.
    pub passwords: Vec<Box<[u8]>>,
    /// Fact kinds that are dropped once they were counted.
    pub unasked: Vec<Box<str>>,
    /// Whether contents are indexed, not audited.
    pub indexes: bool,
}

impl Examiner {
    /// Opens and observes one content; children go to `sink` as they come.
    pub fn examine(&self, bytes: &[u8], hint: &Hint, allowance: Allowance, sink: &mut dyn Sink) -> Outcome {
        let given_max = RATIO_FLOOR_BYTES.max(self.limits.ratio_max.saturating_mul(length(bytes)));
        let mut yielded = Yielded {
            examiner: self,
            sink,
            left: allowance,
            ratio_left: given_max,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            layers: BTreeSet::new(),
            facts: Vec::new(),
            problems: Vec::new(),
        };
        if self.indexes {
            return self.index(bytes, hint, &mut yielded);
        }
        let opened =
            stage::during(Stage::Open, "", bytes.len(), || doorward_open::examine(bytes, hint, &self.limits, &mut yielded));
        let (reading, examined) = match opened {
            Ok(opened) => (opened.reading, opened.examined),
            // Cut short: what follows was not opened, so observers search the bytes themselves.
            Err(Stop) => (doorward_open::identify(bytes, hint), Examined::Scanned),
        };
        let facts = std::mem::take(&mut yielded.facts);
        if examined == Examined::Opened && facts.is_empty() {
            // Every byte went into children, which are observed themselves.
            let mut problems = yielded.problems;
            problems.sort();
            problems.dedup();
            return Outcome { reading, facts, problems, ..Outcome::bare("", examined) };
        }
        let mut observation = self.observers.observe(bytes, &reading, facts, &self.limits);
        for payload in std::mem::take(&mut observation.payloads) {
            if yielded.payload(payload, &mut observation.facts).is_err() {
                break;
            }
        }
        let mut problems = yielded.problems;
        observation.facts.retain(|fact| !self.unasked.iter().any(|kind| **kind == *fact.kind.name));
        problems.extend(observation.problems);
        problems.sort();
        problems.dedup();
        let examined = observation.examined.map_or(examined, |parsed| parsed.max(examined));
        Outcome {
            reading,
            examined,
            functions: observation.functions,
            facts: observation.facts,
            problems,
            summary: observation.summary,
            prints: None,
        }
    }

    /// Opens one content, and takes its prints where it holds no others.
    fn index(&self, bytes: &[u8], hint: &Hint, yielded: &mut Yielded<'_>) -> Outcome {
        let opened = doorward_open::unpack(bytes, hint, yielded);
        let cut = || doorward_open::Opened { reading: doorward_open::identify(bytes, hint), examined: Examined::Hashed };
        let doorward_open::Opened { reading, examined } = opened.unwrap_or_else(|Stop| cut());
        let mut problems = std::mem::take(&mut yielded.problems);
        problems.sort();
        problems.dedup();
        let prints = if examined == Examined::Opened { None } else { doorward_observe::prints(bytes).map(Box::new) };
        Outcome { reading, problems, prints, ..Outcome::bare("", examined) }
    }
}

/// Bytes read from a member at a time, and the size up to which a child travels in one message.
const BUFFER_BYTES: usize = 64 << 10;

/// Most problems kept for one content.
const PROBLEMS_MAX: usize = 1_000;

/// The children of one content on their way out: counts, cuts and says so.
struct Yielded<'a> {
    examiner: &'a Examiner,
    sink: &'a mut dyn Sink,
    left: Allowance,
    ratio_left: u64,
    buffer: Box<[u8]>,
    /// SHA-256 of the layers that opening the content gave.
    layers: BTreeSet<[u8; 32]>,
    facts: Vec<Fact>,
    problems: Vec<Problem>,
}

impl Yielded<'_> {
    /// A constant that the content computes and runs, or writes as a program. What opening gave already is not given twice,
    /// unless only the code that runs it says what language it is in.
    fn payload(&mut self, payload: Payload, facts: &mut [Fact]) -> Result<(), Stop> {
        let Payload { from, codec, name, bytes } = payload;
        let reading = doorward_open::identify(&bytes, &doorward_open::hint(&name));
        let by: Box<str> = codec.clone();
        let told = facts.iter_mut().find(|fact| {
            fact.kind == &vocabulary::DECODE
                && fact.span == from
                && fact.arg("format").is_none()
                && fact.text("codec") == Some(&by)
        });
        if let Some(fact) = told {
            *fact = fact.clone().with("format", &*reading.format).with("group", doorward_open::group(&reading.format));
        }
        if self.layers.contains(&digest(&bytes)) && doorward_open::identify(&bytes, &Hint::default()) == reading {
            return Ok(());
        }
        self.child(Step::Decoded { from, codec }, &name, Meta::default(), &mut &*bytes).map(drop)
    }

    fn send(&mut self, event: Event<'_>) -> Result<(), Stop> {
        if self.sink.event(event) { Ok(()) } else { Err(Stop) }
    }

    fn limit(&mut self, detail: String) -> Stop {
        self.problems.push(Problem::new(ProblemKind::Limit, detail));
        Stop
    }

    fn head(&mut self, step: Step, name: &[u8], meta: Meta) -> Result<ChildHead, Stop> {
        if self.left.nodes == 0 {
            return Err(self.limit(nodes_limit(self.examiner.limits.nodes_max)));
        }
        if self.ratio_left == 0 {
            return Err(self.limit(ratio_limit(self.examiner.limits.ratio_max)));
        }
        self.left.nodes -= 1;
        let kept = usize::try_from(self.examiner.limits.name_bytes_max).unwrap_or(usize::MAX).min(name.len());
        if kept < name.len() {
            let detail = format!("a name of {} bytes is kept to {kept} bytes (name-bytes-max)", name.len());
            self.problem(Problem::new(ProblemKind::Limit, detail));
        }
        Ok(ChildHead { step, name: name[..kept].into(), meta })
    }

    /// Fills the buffer as far as the content and `room` go. Says whether the content ended or failed.
    fn fill(&mut self, content: &mut dyn Read, room: u64) -> (usize, Option<std::io::Result<()>>) {
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(self.buffer.len());
        let mut filled = 0;
        while filled < room {
            match content.read(&mut self.buffer[filled..room]) {
                Ok(0) => return (filled, Some(Ok(()))),
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return (filled, Some(Err(error))),
            }
        }
        (filled, None)
    }

    /// The most that a child may have, and the problem it gets where it has more.
    fn room(&self) -> (u64, String) {
        let limits = &self.examiner.limits;
        if self.ratio_left < limits.content_bytes_max {
            (self.ratio_left, ratio_limit(limits.ratio_max))
        } else {
            let detail = format!("cut after {} bytes (content-bytes-max)", limits.content_bytes_max);
            (limits.content_bytes_max, detail)
        }
    }
}

impl Children for Yielded<'_> {
    fn child(&mut self, step: Step, name: &[u8], meta: Meta, content: &mut dyn Read) -> Result<u64, Stop> {
        let head = self.head(step, name, meta)?;
        let (room, cut) = self.room();
        let (mut total, mut begun) = (0_u64, false);
        let mut head = Some(head);
        loop {
            // One byte beyond the room tells a child that just fits from one that is cut.
            let (filled, end) = self.fill(content, (room + 1).saturating_sub(total));
            total += length(&self.buffer[..filled]);
            if total.min(room) > self.left.bytes {
                if begun {
                    self.send(Event::Drop)?;
                }
                return Err(self.limit(bytes_limit(self.examiner.limits.bytes_open_max)));
            }
            let excess = usize::try_from(total.saturating_sub(room)).unwrap_or(filled);
            let kept = filled - excess;
            let problem = match (&end, excess) {
                (_, 1..) => Some(Problem::new(ProblemKind::Limit, cut.clone())),
                (Some(Err(error)), _) => Some(Problem::new(ProblemKind::Malformed, damaged(total, error))),
                _ => None,
            };
            let done = end.is_some() || excess > 0;
            let Self { sink, buffer, layers, .. } = self;
            let bytes = &buffer[..kept];
            if done && matches!(&head, Some(head) if matches!(head.step, Step::Decoded { .. })) {
                layers.insert(digest(bytes));
            }
            let taken = match (head.take(), done) {
                (Some(head), true) => sink.event(Event::Whole(head, bytes, problem)),
                (Some(head), false) => sink.event(Event::Begin(head)) && sink.event(Event::Bytes(bytes)),
                (None, true) => sink.event(Event::Bytes(bytes)) && sink.event(Event::End(problem)),
                (None, false) => sink.event(Event::Bytes(bytes)),
            };
            begun = true;
            if !taken {
                return Err(Stop);
            }
            if done {
                let total = total.min(room);
                self.left.bytes -= total;
                self.ratio_left -= total.min(self.ratio_left);
                return Ok(total);
            }
        }
    }

    fn entry(&mut self, step: Step, name: &[u8], meta: Meta, problem: Option<Problem>) -> Result<(), Stop> {
        let head = self.head(step, name, meta)?;
        self.send(Event::Entry(head, problem))
    }

    // The accounting of bytes happens inside `open`; nothing else needs it yet.
    fn account(&mut self, _span: doorward_model::Span) {}

    fn fact(&mut self, fact: Fact) {
        // One more than is kept: observe then caps the list and says so.
        if length(&self.facts) <= self.examiner.limits.facts_per_content_max {
            self.facts.push(fact);
        }
    }

    fn problem(&mut self, problem: Problem) {
        match self.problems.len() {
            0..PROBLEMS_MAX => self.problems.push(problem),
            PROBLEMS_MAX => {
                let detail = format!("more than {PROBLEMS_MAX} problems in one content; the others are not listed");
                self.problems.push(Problem::new(ProblemKind::FactsCapped, detail));
            }
            _ => {}
        }
    }

    fn passwords(&self) -> &[Box<[u8]>] {
        &self.examiner.passwords
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A length as the counts of limits have it.
pub fn length<T>(items: &[T]) -> u64 {
    items.len() as u64
}

/// Why no further child was taken: the audit's places are used up.
pub fn nodes_limit(max: u64) -> String {
    format!("the audit holds {max} places (nodes-max); the rest was not opened")
}

/// Why no further child was taken: the audit's bytes are used up.
pub fn bytes_limit(max: u64) -> String {
    format!("the audit opened {max} bytes (bytes-open-max); the rest was not opened")
}

fn ratio_limit(max: u64) -> String {
    format!("opens to more than {max} times its size (ratio-max); the rest was not opened")
}

fn damaged(total: u64, error: &std::io::Error) -> String {
    format!("damaged or cut short after {total} bytes: {}", doorward_model::text::visible(error.to_string().as_bytes()))
}
