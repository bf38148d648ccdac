//! The worklist: breadth first, in parallel, merged in order. Ids, totals and cut-offs are decided at the merge alone, so that
//! neither the number of threads nor their speed shapes a report.

use crate::examine::{Allowance, ChildHead, Outcome, bytes_limit, nodes_limit};
use crate::lane::{Child, Done, Job, Lane, Source};
use crate::store::Store;
use crate::{Fault, Progress};
use doorward_model::prints::Prints;
use doorward_model::{ContentId, Digest, Hint, Kind, Limits, Meta, Node, NodeId, Problem, ProblemKind, Reading, Step, Tree};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};

/// Most contents in one message to a worker.
const BATCH_CONTENTS: usize = 64;

/// Most bytes in one message to a worker; a larger content travels alone.
const BATCH_BYTES: u64 = 1 << 20;

/// How many batches a lane may be ahead of the merge: bounds what waits for it.
const AHEAD: usize = 4;

/// A tree that grows.
pub struct Worklist<'a> {
    limits: &'a Limits,
    tree: Tree,
    /// By content.
    prints: Vec<Option<Box<Prints>>>,
    depths: Vec<u16>,
    /// One slot for each (digest, hint), and the content it was found to be.
    slots: Vec<Option<ContentId>>,
    by_key: HashMap<(Digest, Hint), usize>,
    by_reading: HashMap<(Digest, Reading), ContentId>,
    node_slots: Vec<(NodeId, usize)>,
    next: Vec<Job>,
    bytes_opened: u64,
    repeatable: bool,
}

/// What came of a worklist.
pub struct Ran {
    /// Places and contents.
    pub tree: Tree,
    /// By content, what it is recognised by, where contents were indexed.
    pub prints: Vec<Option<Box<Prints>>>,
    /// Whether another run would give the same.
    pub repeatable: bool,
}

impl<'a> Worklist<'a> {
    /// An empty tree.
    pub fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            tree: Tree::default(),
            prints: Vec::new(),
            depths: Vec::new(),
            slots: Vec::new(),
            by_key: HashMap::new(),
            by_reading: HashMap::new(),
            node_slots: Vec::new(),
            next: Vec::new(),
            bytes_opened: 0,
            repeatable: true,
        }
    }

    /// Adds a root, or a member of a folder that is one, without a content.
    ///
    /// Returns `None`, and says so at the parent, where the audit holds no more places.
    pub fn add(&mut self, parent: Option<NodeId>, step: Step, name: Box<[u8]>, meta: Meta) -> Option<NodeId> {
        if self.tree.nodes.len() as u64 >= self.limits.nodes_max {
            return None;
        }
        let id = NodeId(u32::try_from(self.tree.nodes.len()).ok()?);
        let depth = match (parent, &step) {
            (None, _) => 0,
            // A folder is no container: its files are as near as a file named on the command line.
            (Some(_), _) if parent.is_some_and(|parent| self.tree.node(parent).meta.kind == Kind::Directory) => 0,
            (Some(parent), _) => self.depths[parent.0 as usize] + 1,
        };
        self.depths.push(depth);
        self.tree.nodes.push(Node { parent, step, name, meta, content: None });
        Some(id)
    }

    /// Notes a problem of a place.
    pub fn problem(&mut self, node: NodeId, problem: Problem) {
        self.tree.place_problems.push((node, problem));
    }

    /// Queues the content of a place.
    pub fn queue(&mut self, node: NodeId, hint: Hint, source: Source) {
        self.next.push(Job { node, hint, source });
    }

    /// Runs until nothing is left to open.
    ///
    /// # Errors
    /// Faults of the operator's machine.
    pub fn run(mut self, lanes: &mut [Lane], store: &Arc<Store>, progress: &dyn Progress) -> Result<Ran, Fault> {
        while !self.next.is_empty() {
            let jobs = std::mem::take(&mut self.next);
            let batches = batches(jobs, lanes.len());
            if lanes.len() > 1 && batches.len() > 1 {
                self.run_parallel(batches, lanes, store, progress)?;
                continue;
            }
            let lane = lanes.first_mut().ok_or_else(|| Fault::new("an audit needs at least one lane"))?;
            for batch in batches {
                let done = lane.run(batch, self.allowance(), store)?;
                self.merge_all(done, progress);
            }
        }
        for (node, slot) in std::mem::take(&mut self.node_slots) {
            self.tree.nodes[node.0 as usize].content = self.slots[slot];
        }
        Ok(Ran { tree: self.tree, prints: self.prints, repeatable: self.repeatable })
    }

    fn run_parallel(
        &mut self,
        batches: Vec<Vec<Job>>,
        lanes: &mut [Lane],
        store: &Arc<Store>,
        progress: &dyn Progress,
    ) -> Result<(), Fault> {
        let total = batches.len();
        let queue = Queue {
            state: Mutex::new(QueueState {
                batches: batches.into_iter().enumerate(),
                merged: 0,
                allowance: self.allowance(),
                stopped: false,
            }),
            moved: Condvar::new(),
            window: lanes.len() * AHEAD,
        };
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for lane in lanes {
                let (sender, queue) = (sender.clone(), &queue);
                scope.spawn(move || {
                    while let Some((index, batch, allowance)) = queue.take() {
                        if sender.send((index, lane.run(batch, allowance, store))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut waiting = HashMap::new();
            let mut merged = 0;
            let mut outcome = Ok(());
            while merged < total {
                let Ok((index, done)) = receiver.recv() else { break };
                waiting.insert(index, done);
                while let Some(done) = waiting.remove(&merged) {
                    if let Err(fault) = done.map(|done| self.merge_all(done, progress)) {
                        queue.stop();
                        outcome = Err(fault);
                        merged = total;
                        break;
                    }
                    merged += 1;
                    queue.advance(merged, self.allowance());
                }
            }
            outcome
        })
    }

    /// What a content that is dispatched now may yield: at least what the merge will grant it.
    fn allowance(&self) -> Allowance {
        Allowance {
            bytes: self.limits.bytes_open_max - self.bytes_opened,
            nodes: self.limits.nodes_max.saturating_sub(self.tree.nodes.len() as u64),
        }
    }

    fn merge_all(&mut self, done: Vec<(NodeId, Hint, Done)>, progress: &dyn Progress) {
        for (node, hint, done) in done {
            progress.examined(done.content.map_or(0, |(_, len)| len));
            self.merge(node, hint, done);
        }
    }

    fn merge(&mut self, node: NodeId, hint: Hint, done: Done) {
        let Done { content, outcome, children, read_problem, watchdog } = done;
        self.tree.place_problems.extend(read_problem.map(|problem| (node, problem)));
        let Some((digest, len)) = content else { return };
        let key = (digest, hint);
        // A file of a folder is only known to repeat another once it was read; a member was looked up when it was queued.
        if let Some(slot) = self.by_key.get(&key)
            && self.slots[*slot].is_some()
        {
            return self.node_slots.push((node, *slot));
        }
        self.repeatable &= !watchdog;
        let slot = self.slot(key);
        self.node_slots.push((node, slot));
        if let Some(known) = self.by_reading.get(&(digest, outcome.reading.clone())) {
            self.slots[slot] = Some(*known);
            return;
        }
        let id = self.content(outcome, digest, len);
        self.slots[slot] = Some(id);
        self.tree.nodes[node.0 as usize].content = Some(id);
        self.merge_children(node, id, children);
    }

    fn slot(&mut self, key: (Digest, Hint)) -> usize {
        let slots = &mut self.slots;
        *self.by_key.entry(key).or_insert_with(|| {
            slots.push(None);
            slots.len() - 1
        })
    }

    fn content(&mut self, mut outcome: Outcome, digest: Digest, len: u64) -> ContentId {
        let id = ContentId(u32::try_from(self.tree.contents.len()).unwrap_or(u32::MAX));
        self.by_reading.insert((digest, outcome.reading.clone()), id);
        self.prints.push(outcome.prints.take());
        self.tree.contents.push(outcome.content(digest, len));
        id
    }

    fn merge_children(&mut self, parent: NodeId, content: ContentId, children: Vec<Child>) {
        for child in children {
            let bytes = child.content.as_ref().map_or(0, |(_, stored)| stored.len());
            if self.bytes_opened + bytes > self.limits.bytes_open_max {
                return self.cut(content, bytes_limit(self.limits.bytes_open_max));
            }
            let ChildHead { step, name, meta } = child.head;
            let Some(node) = self.add(Some(parent), step, name, meta) else {
                return self.cut(content, nodes_limit(self.limits.nodes_max));
            };
            self.bytes_opened += bytes;
            self.tree.place_problems.extend(child.problem.map(|problem| (node, problem)));
            if let Some((digest, stored)) = child.content {
                self.place(node, digest, Source::Stored(digest, stored));
            }
        }
    }

    /// Says at a container that the rest of it was left out; a cut-off that the worker saw first says the same once.
    fn cut(&mut self, content: ContentId, detail: String) {
        let problem = Problem::new(ProblemKind::Limit, detail);
        let problems = &mut self.tree.contents[content.0 as usize].problems;
        if let Err(at) = problems.binary_search(&problem) {
            problems.insert(at, problem);
        }
    }

    /// Gives a new place its content: one that is known, or one to examine.
    fn place(&mut self, node: NodeId, digest: Digest, source: Source) {
        if self.is_own_ancestor(node, digest) {
            self.problem(node, Problem::new(ProblemKind::Cycle, "it contains itself"));
        }
        let hint = self.hint(node);
        if let Some(slot) = self.by_key.get(&(digest, hint.clone())) {
            return self.node_slots.push((node, *slot));
        }
        let slot = self.slot((digest, hint.clone()));
        if u64::from(self.depths[node.0 as usize]) > self.limits.depth_max {
            let detail = format!("lies in more than {} containers (depth-max); not examined", self.limits.depth_max);
            let outcome = Outcome::failed(Problem::new(ProblemKind::Limit, detail));
            let id = self.content(outcome, digest, source.len());
            self.slots[slot] = Some(id);
            return self.node_slots.push((node, slot));
        }
        self.next.push(Job { node, hint, source });
    }

    fn is_own_ancestor(&self, node: NodeId, digest: Digest) -> bool {
        let mut at = self.tree.node(node).parent;
        while let Some(id) = at {
            let node = self.tree.node(id);
            if node.content.is_some_and(|content| self.tree.content(content).digest == digest) {
                return true;
            }
            at = node.parent;
        }
        false
    }

    /// What a place's name says of how to read it. The inside of a compression layer is named by its outside, less one ending.
    fn hint(&self, node: NodeId) -> Hint {
        hint_of(&self.tree, node)
    }
}

/// What a place's name says of how to read it.
pub fn hint_of(tree: &Tree, node: NodeId) -> Hint {
    let mut endings = 0;
    let mut at = node;
    loop {
        let here = tree.node(at);
        match here.step {
            Step::Layer => endings += 1,
            // What code runs is in the language that runs it, and named so.
            Step::Decoded { .. } => return doorward_open::hint(&here.name),
            Step::Carved { .. } => return Hint::default(),
            Step::Member { .. } | Step::Root { .. } => {
                let mut name: &[u8] = &here.name;
                for _ in 0..endings {
                    name = name.iter().rposition(|byte| *byte == b'.').map_or(name, |dot| &name[..dot]);
                }
                return doorward_open::hint(name);
            }
        }
        match here.parent {
            Some(parent) => at = parent,
            None => return Hint::default(),
        }
    }
}

/// Splits the jobs of one generation into messages, small enough that every lane gets some.
fn batches(jobs: Vec<Job>, lanes: usize) -> Vec<Vec<Job>> {
    let contents_max = (jobs.len() / (lanes * AHEAD)).clamp(1, BATCH_CONTENTS);
    let mut batches = Vec::new();
    let mut batch: Vec<Job> = Vec::new();
    let mut bytes = 0;
    for job in jobs {
        let len = job.source.len();
        if !batch.is_empty() && (batch.len() >= contents_max || bytes + len > BATCH_BYTES) {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += len;
        batch.push(job);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

/// Hands batches to lanes, none of them far ahead of the merge.
struct Queue {
    state: Mutex<QueueState>,
    moved: Condvar,
    window: usize,
}

struct QueueState {
    batches: std::iter::Enumerate<std::vec::IntoIter<Vec<Job>>>,
    merged: usize,
    allowance: Allowance,
    stopped: bool,
}

impl Queue {
    fn take(&self) -> Option<(usize, Vec<Job>, Allowance)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (index, batch) = state.batches.next()?;
        while index >= state.merged + self.window && !state.stopped {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        (!state.stopped).then_some((index, batch, state.allowance))
    }

    fn advance(&self, merged: usize, allowance: Allowance) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.merged, state.allowance) = (merged, allowance);
        self.moved.notify_all();
    }

    fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::{Examined, Span};

    /// A worklist whose root opened to nothing yet.
    fn begun(limits: &Limits) -> (Worklist<'_>, NodeId) {
        let mut worklist = Worklist::new(limits);
        let root = worklist.add(None, Step::Root { index: 0 }, Box::default(), Meta::default()).unwrap();
        (worklist, root)
    }

    fn digest(seed: u8) -> Digest {
        Digest([seed; 32])
    }

    fn outcome(format: &str) -> Outcome {
        let reading = Reading { format: format.into() };
        Outcome {
            reading,
            examined: Examined::Opened,
            functions: vec!["".into()],
            facts: Vec::new(),
            problems: Vec::new(),
            summary: None,
            prints: None,
        }
    }

    /// What examining a content gave: children of these names and bytes.
    fn done(seed: u8, children: &[(&str, &[u8])], store: &Arc<Store>) -> Done {
        let child = |(name, bytes): &(&str, &[u8])| Child {
            head: ChildHead { step: Step::Member { index: 0 }, name: name.as_bytes().into(), meta: Meta::default() },
            content: Some(store.keep(bytes).unwrap()),
            problem: None,
        };
        let children = children.iter().map(child).collect();
        Done { content: Some((digest(seed), 10)), outcome: outcome("zip"), children, read_problem: None, watchdog: false }
    }

    fn store(limits: &Limits) -> Arc<Store> {
        Store::new(limits, std::env::temp_dir())
    }

    fn problems(worklist: &Worklist<'_>) -> Vec<&'static str> {
        worklist.tree.contents.iter().flat_map(|content| &content.problems).map(|problem| problem.kind.name()).collect()
    }

    #[test]
    fn only_whole_children_within_the_bytes_are_kept() {
        let limits = Limits { bytes_open_max: 7, ..Limits::default() };
        let (mut worklist, root) = begun(&limits);
        let store = store(&limits);
        worklist.merge(root, Hint::default(), done(1, &[("a", b"123"), ("b", b"4567"), ("c", b"8")], &store));
        assert_eq!(worklist.tree.nodes.len(), 3, "seven bytes fit, the eighth does not");
        assert_eq!(problems(&worklist), ["limit"]);
        assert_eq!(worklist.allowance().bytes, 0);
    }

    #[test]
    fn only_so_many_places_are_kept() {
        let limits = Limits { nodes_max: 2, ..Limits::default() };
        let (mut worklist, root) = begun(&limits);
        worklist.merge(root, Hint::default(), done(1, &[("a", b"1"), ("b", b"2")], &store(&limits)));
        assert_eq!((worklist.tree.nodes.len(), problems(&worklist)), (2, vec!["limit"]));
    }

    #[test]
    fn a_content_is_examined_once_for_each_way_to_read_it() {
        let limits = Limits::default();
        let (mut worklist, root) = begun(&limits);
        let same: &[u8] = b"the same bytes";
        let children = [("a.py", same), ("b.py", same), ("c.js", same)];
        worklist.merge(root, Hint::default(), done(1, &children, &store(&limits)));
        let queued: Vec<&str> = worklist.next.iter().map(|job| &*job.hint.0).collect();
        assert_eq!(queued, ["py", "js"]);
    }

    #[test]
    fn what_contains_itself_is_said() {
        let limits = Limits::default();
        let (mut worklist, root) = begun(&limits);
        let store = store(&limits);
        let (own, _) = store.keep(b"itself").unwrap();
        let mut itself = done(1, &[("again.zip", b"itself")], &store);
        itself.content = Some((own, 6));
        worklist.merge(root, Hint::default(), itself);
        let kinds: Vec<&str> = worklist.tree.place_problems.iter().map(|(_, problem)| problem.kind.name()).collect();
        assert_eq!(kinds, ["cycle"]);
    }

    #[test]
    fn the_deepest_container_is_counted_and_not_opened() {
        let limits = Limits { depth_max: 0, ..Limits::default() };
        let (mut worklist, root) = begun(&limits);
        worklist.merge(root, Hint::default(), done(1, &[("a", b"1")], &store(&limits)));
        assert!(worklist.next.is_empty());
        assert_eq!(problems(&worklist), ["limit"]);
        assert_eq!(worklist.tree.contents[1].examined, Examined::Hashed);
    }

    #[test]
    fn the_inside_of_a_layer_is_named_by_its_outside() {
        let limits = Limits::default();
        let (mut worklist, root) = begun(&limits);
        let mut add =
            |parent, step, name: &str| worklist.add(Some(parent), step, name.as_bytes().into(), Meta::default()).unwrap();
        let file = add(root, Step::Member { index: 0 }, "x/tool.py.gz");
        let inside = add(file, Step::Layer, "");
        let twice = add(inside, Step::Layer, "");
        let decoded = add(inside, Step::Decoded { from: Span::default(), codec: "base64".into() }, "");
        let hint = |node| hint_of(&worklist.tree, node).0;
        assert_eq!((&*hint(file), &*hint(inside), &*hint(twice), &*hint(decoded)), ("gz", "py", "", ""));
    }

    #[test]
    fn batches_hold_little_and_leave_work_for_every_lane() {
        let store = store(&Limits::default());
        let jobs = |count: usize, bytes: usize| -> Vec<Job> {
            let source = || Source::Stored(digest(0), store.keep(&vec![0; bytes]).unwrap().1);
            (0..count).map(|_| Job { node: NodeId(0), hint: Hint::default(), source: source() }).collect()
        };
        let sizes = |jobs, lanes| batches(jobs, lanes).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(jobs(8, 1), 2), [1; 8]);
        assert!(sizes(jobs(10_000, 1), 2).iter().all(|size| *size <= BATCH_CONTENTS));
        assert_eq!(sizes(jobs(300, 600 << 10), 2), [1; 300], "two of them are more than a message holds");
        assert!(sizes(jobs(0, 0), 2).is_empty());
    }
}
