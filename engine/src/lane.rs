//! A lane: one thread of the parent and its worker process, which examines what the lane sends it.
//!
//! If a worker dies or hangs, the contents that it had not finished run again one by one in fresh workers; a content that ends a
//! worker even alone gets the problem, and the others are whole.

use crate::examine::{Allowance, ChildHead, Event, Examiner, Outcome, Sink};
use crate::protocol::{self, Garbled, Item, Reply, Request};
use crate::store::{Shared, Store, Stored, Writer};
use crate::{Fault, input};
use doorward_contain::{Caps, Confinement, FDS_PER_FRAME_MAX, Lost, Worker};
use doorward_judge::{Rules, YaraSources};
use doorward_model::{Digest, Hint, Lexicon, Limits, NodeId, Problem, ProblemKind, vocabulary};
use doorward_observe::Observers;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

pub use crate::protocol::Setup;

/// One content to examine.
pub struct Job {
    /// Its place.
    pub node: NodeId,
    /// What its name says of how to read it.
    pub hint: Hint,
    /// Where its bytes are.
    pub source: Source,
}

/// Where the bytes of a content are.
pub enum Source {
    /// A regular file of the user's, not read yet.
    File {
        /// Where.
        path: PathBuf,
        /// What the disk said of its length; decides only how files are batched.
        bytes: u64,
    },
    /// In the store.
    Stored(Digest, Stored),
}

impl Source {
    /// Bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::File { bytes, .. } => *bytes,
            Self::Stored(_, stored) => stored.len(),
        }
    }
}

/// What became of a job.
pub struct Done {
    /// Digest and length; `None` where nothing could be read.
    pub content: Option<(Digest, u64)>,
    /// What was made of it.
    pub outcome: Outcome,
    /// What it yielded.
    pub children: Vec<Child>,
    /// What went wrong when it was read from the disk.
    pub read_problem: Option<Problem>,
    /// Whether a watchdog ended it.
    pub watchdog: bool,
}

/// A child of a content.
pub struct Child {
    /// Name and claims.
    pub head: ChildHead,
    /// Digest and bytes, where it has any.
    pub content: Option<(Digest, Stored)>,
    /// What went wrong with it.
    pub problem: Option<Problem>,
}

/// One thread's worker process, started when it is first needed.
pub struct Lane {
    setup: Arc<Setup>,
    host: Host,
    frame: Vec<u8>,
    confinement: Option<Confinement>,
    known: Arc<HashSet<Digest>>,
}

/// What examines contents for a lane.
enum Host {
    /// A process of its own.
    Process {
        /// The program that is run again as `program worker`.
        program: PathBuf,
        /// The process, once there is one.
        worker: Option<Worker>,
    },
    /// This process: for inputs of our own (rule examples, tests, fuzzing), never for what is audited.
    Here(Box<Examiner>),
}

/// A content whose bytes are at hand.
struct Loaded {
    node: NodeId,
    hint: Hint,
    content: Option<(Digest, Stored)>,
    read_problem: Option<Problem>,
}

impl Lane {
    /// A lane whose worker will be `program worker`, set up with `setup`.
    pub fn new(program: &Path, setup: Arc<Setup>) -> Self {
        let host = Host::Process { program: program.to_path_buf(), worker: None };
        Self { setup, host, frame: Vec::new(), confinement: None, known: Arc::default() }
    }

    /// From now on takes a content of one of these digests for known: it is counted, and nothing is made of it.
    pub fn skip(&mut self, known: Arc<HashSet<Digest>>) {
        self.known = known;
    }

    /// A lane that examines in this process: for inputs of our own, never for what is audited.
    ///
    /// # Errors
    /// A pattern that does not compile.
    pub fn here(setup: Setup) -> Result<Self, Fault> {
        let observers = Observers::new(&setup.lexicon, setup.show_secrets).map_err(Fault::new)?.without(&setup.unasked);
        let examiner = Examiner {
            observers,
            limits: setup.limits.clone(),
            passwords: setup.passwords.clone(),
            unasked: setup.unasked.clone(),
            indexes: setup.indexes,
        };
        Ok(Self {
            setup: Arc::new(setup),
            host: Host::Here(Box::new(examiner)),
            frame: Vec::new(),
            confinement: None,
            known: Arc::default(),
        })
    }

    /// What does not confine this lane's worker, once it was started; one phrase each.
    pub fn unconfined(&self) -> Vec<&'static str> {
        self.confinement.map_or_else(Vec::new, |confinement| confinement.gaps())
    }

    /// Examines a batch.
    ///
    /// # Errors
    /// Faults of the operator's machine.
    pub fn run(&mut self, jobs: Vec<Job>, allowance: Allowance, store: &Arc<Store>) -> Result<Vec<(NodeId, Hint, Done)>, Fault> {
        let mut loaded = Vec::with_capacity(jobs.len());
        for job in jobs {
            loaded.push(self.load(job, store)?);
        }
        let mut results = Vec::with_capacity(loaded.len());
        // A message takes only so many descriptors.
        let is_spilled = |loaded: &&Loaded| matches!(loaded.content, Some((_, Stored::Spilled { .. })));
        let spilled = loaded.iter().filter(is_spilled).count();
        let together = if spilled > FDS_PER_FRAME_MAX { FDS_PER_FRAME_MAX } else { loaded.len().max(1) };
        let mut lost = None;
        for group in loaded.chunks(together) {
            lost = self.converse(group, allowance, store, &mut results)?;
            if lost.is_some() {
                break;
            }
        }
        // What was not finished when the worker was lost runs again in a fresh one, each content alone.
        while let Some(how) = lost
            && results.len() < loaded.len()
        {
            let alone = &loaded[results.len()..=results.len()];
            let before = results.len();
            lost = match &how {
                // It was alone already: a second wait would tell nothing new.
                Lost::TimedOut if loaded.len() == 1 => Some(how.clone()),
                _ => self.converse(alone, allowance, store, &mut results)?,
            };
            if results.len() == before {
                results.push(self.guilty(lost.as_ref()));
            }
            // Go on with the next one, whatever became of this.
            lost = lost.or(Some(how));
        }
        Ok(loaded.into_iter().zip(results).map(finish).collect())
    }

    /// What became of a content that ended a worker even alone.
    fn guilty(&self, lost: Option<&Lost>) -> Examined {
        let problem = match lost {
            Some(Lost::TimedOut) => {
                let seconds = self.setup.limits.content_seconds_max;
                Problem::new(ProblemKind::TimedOut, format!("not examined within {seconds} s (content-seconds-max)"))
            }
            _ => Problem::new(ProblemKind::Crashed, "its worker process ended while it was examined"),
        };
        Examined { outcome: Outcome::failed(problem), children: Vec::new(), watchdog: true }
    }

    /// Brings the bytes of a job to hand. Reading a file happens here, on the lane's thread, so that it is parallel too.
    fn load(&self, job: Job, store: &Arc<Store>) -> Result<Loaded, Fault> {
        let Job { node, hint, source } = job;
        Ok(match source {
            Source::Stored(digest, stored) => Loaded { node, hint, content: Some((digest, stored)), read_problem: None },
            Source::File { path, .. } => {
                let read = input::read_file(&path, store, self.setup.limits.content_bytes_max)?;
                Loaded { node, hint, content: read.content, read_problem: read.problem }
            }
        })
    }

    /// Examines contents in order, as far as it gets. Says how the worker was lost, where it was.
    fn converse(
        &mut self,
        loaded: &[Loaded],
        allowance: Allowance,
        store: &Arc<Store>,
        results: &mut Vec<Examined>,
    ) -> Result<Option<Lost>, Fault> {
        let known = Arc::clone(&self.known);
        let sent: Vec<&Loaded> = loaded.iter().filter(|loaded| loaded.unexamined(&known).is_none()).collect();
        let mut lost = match &mut self.host {
            Host::Process { .. } if !sent.is_empty() => {
                let mut frame = std::mem::take(&mut self.frame);
                let deadline = self.setup.deadline();
                let how = send(self.worker()?, &sent, allowance, deadline, &mut frame).err();
                self.frame = frame;
                how
            }
            _ => None,
        };
        for loaded in loaded {
            let mut taken = Taken { store, children: Vec::new(), writer: None, fault: None };
            let outcome = match (&loaded.content, &mut self.host) {
                (Some((_, stored)), host) if loaded.unexamined(&known).is_none() => match host {
                    Host::Process { worker: Some(worker), .. } if lost.is_none() => {
                        receive(worker, self.setup.deadline(), &mut self.frame, &mut taken)
                    }
                    Host::Here(examiner) => {
                        let bytes = stored.load().map_err(|error| Fault::spill(store.directory(), &error))?;
                        Ok(examiner.examine(&bytes, &loaded.hint, allowance, &mut taken))
                    }
                    Host::Process { .. } => break,
                },
                _ => Ok(loaded.unexamined(&known).unwrap_or_else(Outcome::empty)),
            };
            if let Some(fault) = taken.fault {
                return Err(fault);
            }
            match outcome {
                Ok(outcome) => results.push(Examined { outcome, children: taken.children, watchdog: false }),
                Err(how) => lost = Some(how),
            }
        }
        if let (Some(_), Host::Process { worker, .. }) = (&lost, &mut self.host) {
            // Dropping a worker ends it, whatever it is doing.
            *worker = None;
        }
        Ok(lost)
    }

    /// The worker, started and set up if there is none.
    fn worker(&mut self) -> Result<&mut Worker, Fault> {
        let Host::Process { program, worker } = &mut self.host else {
            return Err(Fault::new("this lane has no worker process"));
        };
        if worker.is_none() {
            // A worker may be ended from outside before it is ready, by the kernel in need of memory or by a person.
            let mut started = start(program, &self.setup, &mut self.frame);
            for _ in 1..STARTS_MAX {
                started = started.or_else(|_| start(program, &self.setup, &mut self.frame));
            }
            let (started, confinement) = started?;
            *worker = Some(started);
            self.confinement = Some(confinement);
        }
        worker.as_mut().ok_or_else(|| Fault::new("this lane has no worker process"))
    }
}

/// How often a worker is started before its failure is the operator's.
const STARTS_MAX: usize = 3;

const ENDED: &str = "the worker process ended before it was ready; the machine may lack memory";

/// Starts a worker and waits until it is set up.
fn start(program: &Path, setup: &Setup, frame: &mut Vec<u8>) -> Result<(Worker, Confinement), Fault> {
    // The worker confines itself first and then starts the one thread it works on.
    let caps = Caps { threads: true, ..Caps::of(&setup.limits) };
    let mut worker = Worker::spawn(program, &["worker"], &caps).map_err(|error| Fault::worker(program, &error))?;
    frame.clear();
    protocol::encode(setup, frame);
    let deadline = setup.deadline();
    worker
        .send(frame, &[], Some(deadline))
        .and_then(|()| worker.receive_into(frame, Some(deadline)))
        .map_err(|_| Fault::new(ENDED))?;
    let Ok(Reply::Ready(ready)) = protocol::decode_reply(frame) else {
        return Err(Fault::new("the worker process is of another build; run the doorward command as it was installed"));
    };
    if !ready.fault.is_empty() {
        return Err(Fault::new(ready.fault));
    }
    let confinement = worker.confinement(Some(deadline)).map_err(|_| Fault::new(ENDED))?;
    Ok((worker, confinement))
}

impl Setup {
    /// A setup for these rules. Without `all_facts`, bulky kinds that no rule asks for are dropped in the worker.
    pub fn new(rules: &Rules, yara: &YaraSources, limits: &Limits, all_facts: bool) -> Self {
        let bulky = [&vocabulary::BINARY_IMPORT, &vocabulary::BINARY_EXPORT, &vocabulary::BINARY_SECTION];
        let unasked = bulky.into_iter().chain(doorward_observe::COMPARED).filter(|kind| !all_facts && !rules.ask_for(kind));
        Self {
            lexicon: rules.lexicon(yara),
            limits: limits.clone(),
            passwords: Vec::new(),
            show_secrets: false,
            unasked: unasked.map(|kind| kind.name.into()).collect(),
            indexes: false,
        }
    }

    /// A setup that looks for nothing: contents are opened, and recognised by their prints.
    pub fn index(limits: &Limits) -> Self {
        Self {
            lexicon: Lexicon::default(),
            limits: limits.clone(),
            passwords: Vec::new(),
            show_secrets: false,
            unasked: Vec::new(),
            indexes: true,
        }
    }

    /// When a content that is begun now is given up.
    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.limits.content_seconds_max)
    }
}

/// What a worker made of one content.
struct Examined {
    outcome: Outcome,
    children: Vec<Child>,
    watchdog: bool,
}

fn finish((loaded, examined): (Loaded, Examined)) -> (NodeId, Hint, Done) {
    let Loaded { node, hint, content, read_problem } = loaded;
    let Examined { outcome, children, watchdog } = examined;
    let content = content.map(|(digest, stored)| (digest, stored.len()));
    (node, hint, Done { content, outcome, children, read_problem, watchdog })
}

impl Loaded {
    /// The outcome of a content that needs no worker: one without bytes, or one that is known.
    fn unexamined(&self, known: &HashSet<Digest>) -> Option<Outcome> {
        match &self.content {
            Some((digest, _)) if known.contains(digest) => Some(Outcome::known()),
            Some((_, stored)) if stored.len() > 0 => None,
            _ => Some(Outcome::empty()),
        }
    }
}

/// Sends one request: small contents in the message, the others as descriptors of our own segments.
fn send(
    worker: &mut Worker,
    loaded: &[&Loaded],
    allowance: Allowance,
    deadline: Instant,
    frame: &mut Vec<u8>,
) -> Result<(), Lost> {
    let contents = || loaded.iter().filter_map(|loaded| Some((&loaded.hint, &loaded.content.as_ref()?.1)));
    let mut segments: Vec<&Shared> = Vec::new();
    let mut items = Vec::with_capacity(loaded.len());
    for (hint, stored) in contents() {
        let mapped = match stored {
            Stored::Memory(_) => None,
            Stored::Spilled { segment, offset, .. } => {
                let known = segments.iter().position(|known| Arc::ptr_eq(known, segment));
                let file = known.unwrap_or(segments.len());
                if known.is_none() {
                    segments.push(segment);
                }
                u8::try_from(file).ok().map(|file| (file, *offset))
            }
        };
        items.push(Item { hint: hint.clone(), len: stored.len(), mapped });
    }
    let request = Request { items, allowance };
    frame.clear();
    protocol::encode(&request, frame);
    for (_, stored) in contents() {
        if let Stored::Memory(kept) = stored {
            frame.extend_from_slice(&kept.bytes);
        }
    }
    let segments: Vec<_> = segments.iter().map(|segment| segment.read().unwrap_or_else(PoisonError::into_inner)).collect();
    let files: Vec<_> = segments.iter().map(|segment| segment.fd()).collect();
    worker.send(frame, &files, Some(deadline))
}

/// Takes replies until the content is done.
fn receive(worker: &mut Worker, deadline: Instant, frame: &mut Vec<u8>, taken: &mut Taken<'_>) -> Result<Outcome, Lost> {
    loop {
        worker.receive_into(frame, Some(deadline))?;
        match protocol::decode_reply(frame) {
            Ok(Reply::Event(event)) => {
                if !taken.event(event) {
                    return Err(Lost::Broken(String::new()));
                }
            }
            Ok(Reply::Done(outcome)) => return Ok(*outcome),
            Ok(Reply::Ready(_)) | Err(Garbled) => return Err(Lost::Broken(String::new())),
        }
    }
}

/// The parent's end of the events: hashes and keeps what a content yields.
struct Taken<'a> {
    store: &'a Arc<Store>,
    children: Vec<Child>,
    writer: Option<(ChildHead, Writer)>,
    fault: Option<Fault>,
}

impl Taken<'_> {
    fn take(&mut self, event: Event<'_>) -> Result<bool, Fault> {
        match event {
            Event::Begin(head) => self.writer = Some((head, self.store.writer())),
            Event::Bytes(bytes) => match &mut self.writer {
                Some((_, writer)) => writer.write(bytes)?,
                None => return Ok(false),
            },
            Event::End(problem) => {
                let Some((head, writer)) = self.writer.take() else { return Ok(false) };
                self.children.push(Child { head, content: Some(writer.finish()?), problem });
            }
            Event::Drop => self.writer = None,
            Event::Whole(head, bytes, problem) => {
                self.children.push(Child { head, content: Some(self.store.keep(bytes)?), problem });
            }
            Event::Entry(head, problem) => self.children.push(Child { head, content: None, problem }),
        }
        Ok(true)
    }
}

impl Sink for Taken<'_> {
    fn event(&mut self, event: Event<'_>) -> bool {
        match self.take(event) {
            Ok(sound) => sound,
            Err(fault) => {
                self.fault = Some(fault);
                false
            }
        }
    }
}
