//! What each stage of an audit costs, over corpora: bytes and seconds of one core. Run by `cargo xtask bench --stages`.
//!
//! Contents are examined in this process, without a worker, so its inputs must be trusted not to harm it. A stage's time is
//! without the stages inside it. Each line: corpus, stage, what of, bytes, seconds; the stage `all` is the whole.

use doorward_engine::{Audit, Input, Lane, Setup};
use doorward_judge::{Policy, Rules};
use doorward_model::Limits;
use doorward_model::stage::{self, Stage, Watch};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The product's own.
#[global_allocator]
static HEAP: doorward_contain::Heap = doorward_contain::Heap;

/// Stages on their way, and what each came to.
#[derive(Default)]
struct Meter(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// Begin of each stage that runs, and the time of the stages inside it.
    running: Vec<(Option<Instant>, Duration)>,
    spent: BTreeMap<(Stage, &'static str), (u64, Duration)>,
}

impl Meter {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Meter {
    fn begin(&self) {
        self.counts().running.push((Some(Instant::now()), Duration::ZERO));
    }

    fn end(&self, stage: Stage, of: &'static str, bytes: usize) {
        let mut counts = self.counts();
        let Some((Some(begin), inside)) = counts.running.pop() else { return };
        let all = begin.elapsed();
        if let Some((_, outer)) = counts.running.last_mut() {
            *outer += all;
        }
        let spent = counts.spent.entry((stage, of)).or_default();
        spent.0 += bytes as u64;
        spent.1 += all.saturating_sub(inside);
    }
}

static METER: Meter = Meter(Mutex::new(Counts { running: Vec::new(), spent: BTreeMap::new() }));

fn main() -> Result<(), Box<dyn std::error::Error>> {
    stage::watch(&METER);
    let (limits, rules, policy) = (Limits::default(), Rules::builtin(), Policy::default());
    let mut lane = Lane::here(Setup::new(&rules, &[], &limits, false))?;
    let spill = std::env::temp_dir();
    let audit = Audit { limits: &limits, rules: &rules, policy: &policy, yara: &[], spill: &spill };
    for corpus in std::env::args().skip(1) {
        let (name, folder) = corpus.split_once('=').ok_or("a corpus is NAME=DIR")?;
        measure(&audit, &mut lane, name, Path::new(folder))?;
    }
    Ok(())
}

fn measure(audit: &Audit<'_>, lane: &mut Lane, name: &str, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    METER.counts().spent.clear();
    let begin = Instant::now();
    let mut bytes = 0;
    for path in paths {
        let input = Input::Path(path);
        let report = doorward_engine::audit(audit, std::slice::from_ref(&input), std::slice::from_mut(lane), &())?;
        let line = stage::during(Stage::Report, "", 0, || doorward_report::line(&report, input.name()));
        bytes += report.tree.contents.iter().map(|content| content.len).sum::<u64>();
        std::hint::black_box(line);
    }
    let all = begin.elapsed();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{name}\tAll\t\t{bytes}\t{}", all.as_secs_f64())?;
    for ((stage, of), (bytes, time)) in &METER.counts().spent {
        writeln!(out, "{name}\t{stage:?}\t{of}\t{bytes}\t{}", time.as_secs_f64())?;
    }
    Ok(())
}
