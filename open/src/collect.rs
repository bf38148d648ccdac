//! Children in memory, cut by the limits: for tests, fuzzing and small users. The engine has its own, with a store behind it.

use crate::{Children, Opened, Stop, examine, hint};
use doorward_model::{Fact, Hint, Limits, Meta, Problem, ProblemKind, RATIO_FLOOR_BYTES, Step};
use std::io::{ErrorKind, Read};

/// What one container yielded.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// How it was yielded.
    pub step: Step,
    /// Its name, as the container's bytes have it.
    pub name: Box<[u8]>,
    /// What the container says of it.
    pub meta: Meta,
    /// Its bytes, as far as the limits allow; `None` where it has no content.
    pub content: Option<Vec<u8>>,
    /// What went wrong with it.
    pub problem: Option<Problem>,
}

/// Collects the children of one container, or of a tree of them under one total.
#[derive(Clone, Debug)]
pub struct Collect {
    /// What was yielded, in order.
    pub children: Vec<Child>,
    /// Facts about the container.
    pub facts: Vec<Fact>,
    /// Problems of the container.
    pub problems: Vec<Problem>,
    /// Passwords to try.
    pub passwords: Vec<Box<[u8]>>,
    limits: Limits,
    bytes_left: u64,
    nodes_left: u64,
    ratio_left: u64,
}

impl Collect {
    /// An empty collection under these limits. The ratio counts once [`Collect::container`] said how long the container is.
    pub fn new(limits: &Limits) -> Self {
        Self {
            children: Vec::new(),
            facts: Vec::new(),
            problems: Vec::new(),
            passwords: Vec::new(),
            bytes_left: limits.bytes_open_max,
            nodes_left: limits.nodes_max,
            ratio_left: u64::MAX,
            limits: limits.clone(),
        }
    }

    /// Begins a container of `len` bytes: its children may give no more than the ratio allows.
    pub fn container(&mut self, len: usize) {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        self.ratio_left = self.limits.ratio_max.saturating_mul(len).max(RATIO_FLOOR_BYTES);
    }

    fn limit(&mut self, detail: &str) -> Stop {
        self.problems.push(Problem::new(ProblemKind::Limit, detail));
        Stop
    }

    fn push(
        &mut self,
        step: Step,
        name: &[u8],
        meta: Meta,
        content: Option<Vec<u8>>,
        problem: Option<Problem>,
    ) -> Result<(), Stop> {
        let Some(left) = self.nodes_left.checked_sub(1) else {
            return Err(self.limit("more places than are opened (nodes-max)"));
        };
        self.nodes_left = left;
        let kept = usize::try_from(self.limits.name_bytes_max).unwrap_or(usize::MAX);
        let name = name.get(..kept).unwrap_or(name).into();
        self.children.push(Child { step, name, meta, content, problem });
        Ok(())
    }
}

impl Children for Collect {
    fn child(&mut self, step: Step, name: &[u8], meta: Meta, content: &mut dyn Read) -> Result<u64, Stop> {
        let room = self.bytes_left.min(self.ratio_left).min(self.limits.content_bytes_max);
        let mut kept = Vec::new();
        // One byte more than there is room for tells a content that ends there from one that goes on.
        let read = read_all(&mut content.take(room.saturating_add(1)), &mut kept);
        let problem = read.err().map(|error| Problem::new(ProblemKind::Malformed, error.to_string()));
        let mut taken = u64::try_from(kept.len()).unwrap_or(u64::MAX);
        let cut = taken > room;
        if cut {
            kept.pop();
            taken = room;
        }
        self.bytes_left = self.bytes_left.saturating_sub(taken);
        self.ratio_left = self.ratio_left.saturating_sub(taken);
        let problem = if cut { Some(Problem::new(ProblemKind::Limit, "cut by a limit")) } else { problem };
        self.push(step, name, meta, Some(kept), problem)?;
        if cut && room < self.limits.content_bytes_max {
            return Err(self.limit("more bytes than are opened (bytes-open-max, ratio-max)"));
        }
        Ok(taken)
    }

    fn entry(&mut self, step: Step, name: &[u8], meta: Meta, problem: Option<Problem>) -> Result<(), Stop> {
        self.push(step, name, meta, None, problem)
    }

    fn account(&mut self, _: doorward_model::Span) {}

    fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn passwords(&self) -> &[Box<[u8]>] {
        &self.passwords
    }
}

/// Reads to the end in pieces of 64 KiB, keeping what came before an error.
fn read_all(content: &mut dyn Read, kept: &mut Vec<u8>) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => kept.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// One content of a tree that [`open_all`] opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Index of the container among the places; `None` for the root.
    pub parent: Option<usize>,
    /// What the container yielded.
    pub child: Child,
    /// What it is; `None` where it has no content or lies too deep.
    pub opened: Option<Opened>,
    /// Problems of its content.
    pub problems: Vec<Problem>,
    /// Facts of its content.
    pub facts: Vec<Fact>,
}

impl Place {
    /// The names and steps from the root, as one line for people and tests.
    pub fn path(&self, places: &[Self]) -> String {
        let own = match &self.child.step {
            Step::Root { .. } => return String::new(),
            Step::Member { .. } => doorward_model::text::visible(&self.child.name),
            Step::Layer => "layer".into(),
            Step::Carved { from } => format!("carved@{}", from.start),
            Step::Decoded { codec, .. } => codec.to_string(),
        };
        match self.parent.and_then(|parent| places.get(parent)).map(|parent| parent.path(places)) {
            Some(above) if !above.is_empty() => format!("{above} > {own}"),
            _ => own,
        }
    }
}

/// Opens a content and everything in it, breadth first, within the limits. A layer keeps the hint of nothing.
pub fn open_all(bytes: &[u8], root: &Hint, passwords: &[Box<[u8]>], limits: &Limits) -> Vec<Place> {
    let whole = Child {
        step: Step::Root { index: 0 },
        name: Box::default(),
        meta: Meta::default(),
        content: Some(bytes.to_vec()),
        problem: None,
    };
    let mut places = vec![Place { parent: None, child: whole, opened: None, problems: Vec::new(), facts: Vec::new() }];
    let mut depths = vec![0_u64];
    let mut collect = Collect::new(limits);
    collect.passwords = passwords.to_vec();
    let mut at = 0;
    while let (Some(place), Some(depth)) = (places.get_mut(at), depths.get(at).copied()) {
        let content = place.child.content.take();
        if let Some(content) = &content {
            let hint = if place.parent.is_none() { root.clone() } else { hint(&place.child.name) };
            if depth >= limits.depth_max {
                place.problems.push(Problem::new(ProblemKind::Nesting, "nested deeper than is read"));
            } else {
                collect.container(content.len());
                place.opened = examine(content, &hint, limits, &mut collect).ok();
                place.problems.append(&mut collect.problems);
                place.facts.append(&mut collect.facts);
            }
        }
        place.child.content = content;
        for child in collect.children.drain(..) {
            places.push(Place { parent: Some(at), child, opened: None, problems: Vec::new(), facts: Vec::new() });
            depths.push(depth.saturating_add(1));
        }
        at = at.saturating_add(1);
    }
    places
}
