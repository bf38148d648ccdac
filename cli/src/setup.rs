//! From flags to what an audit is run with.

use crate::Failure;
use crate::arguments::{Judging, Opening, RuleSources};
use crate::progress::Bar;
use doorward_engine::{Audit, Input, Lane, Setup};
use doorward_judge::{PageError, Policy, Rules};
use doorward_model::prints::Indexed;
use doorward_model::{Digest, Limits, Report};
use std::collections::{BTreeSet, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rules and users' YARA packs.
pub struct Loaded {
    pub rules: Rules,
    pub yara: Vec<(Box<str>, Box<str>)>,
}

/// The built-in rules and those that the user adds.
pub fn rules(sources: &RuleSources) -> Result<Loaded, Failure> {
    let mut rules = Rules::builtin();
    for directory in &sources.directories {
        rules = Rules::parse(pages(directory)?).and_then(|more| rules.with(more)).map_err(complaints)?;
    }
    let mut yara = Vec::new();
    for directory in &sources.yara {
        for (name, text) in files(directory, &["yar", "yara"])? {
            yara.push((name.into(), text.into()));
        }
    }
    Ok(Loaded { rules, yara })
}

/// What is wrong with rule pages, a line each.
pub fn complaints(errors: Vec<PageError>) -> Failure {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n          ").into()
}

/// The rule pages below a folder: id and text.
pub fn pages(directory: &Path) -> Result<Vec<(String, String)>, Failure> {
    let pages = files(directory, &["md"])?;
    Ok(pages.into_iter().map(|(name, text)| (name.trim_end_matches(".md").to_owned(), text)).collect())
}

/// The text files of these endings below a folder, sorted by path below it.
fn files(directory: &Path, endings: &[&str]) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![directory.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known)) {
                let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().into_owned();
                found.push((name, text));
            }
        }
    }
    if found.is_empty() {
        return Err(format!("{}: no file ends in .{} below it", directory.display(), endings.join(" or .")).into());
    }
    found.sort();
    Ok(found)
}

/// The policy that the user names, or the default one.
pub fn policy(path: Option<&Path>) -> Result<Policy, Failure> {
    let Some(path) = path else { return Ok(Policy::default()) };
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let wrong = |error: PageError| format!("{}:{}: {}", path.display(), error.line, error.what);
    Ok(Policy::parse("policy", &text).map_err(wrong)?)
}

/// One lane for each worker process that the user wants.
pub fn lanes(opening: &Opening, loaded: &Loaded, all_facts: bool) -> Result<Vec<Lane>, Failure> {
    let setup = Setup::new(&loaded.rules, &loaded.yara, &opening.limits.0, all_facts);
    Ok(lanes_of(opening, setup))
}

fn lanes_of(opening: &Opening, setup: Setup) -> Vec<Lane> {
    let passwords = opening.passwords.iter().map(|password| password.as_bytes().into()).collect();
    let setup = Arc::new(Setup { passwords, show_secrets: opening.show_secrets, ..setup });
    let available = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let count = opening.threads.map_or(available, usize::from);
    (0..count).map(|_| Lane::new(doorward_contain::own_program(), Arc::clone(&setup))).collect()
}

/// All that inputs are indexed with.
pub struct Indexer {
    limits: Limits,
    lanes: Vec<Lane>,
    spill: PathBuf,
    quiet: bool,
}

/// An indexer from flags.
pub fn indexer(opening: &Opening) -> Result<Indexer, Failure> {
    let limits = opening.limits.0.clone();
    let lanes = lanes_of(opening, Setup::index(&limits));
    Ok(Indexer { limits, lanes, spill: spill(), quiet: opening.quiet })
}

impl Indexer {
    /// Opens the inputs as one, with progress on a terminal; of contents of these digests no prints are taken.
    pub fn index(&mut self, inputs: &[Input], skip: Arc<HashSet<Digest>>) -> Result<Indexed, Failure> {
        self.lanes.iter_mut().for_each(|lane| lane.skip(Arc::clone(&skip)));
        let bar = Bar::start(self.quiet);
        let indexed = doorward_engine::index(inputs, &self.limits, &self.spill, &mut self.lanes, &bar)?;
        bar.finish();
        warn_unconfined(&self.lanes, self.quiet);
        Ok(indexed)
    }
}

/// All that an audit is run with, ready for one input after the other.
pub struct Auditor {
    loaded: Loaded,
    policy: Policy,
    limits: Limits,
    lanes: Vec<Lane>,
    spill: PathBuf,
    quiet: bool,
    warned: bool,
}

/// An auditor from flags.
pub fn auditor(judging: &Judging, all_facts: bool) -> Result<Auditor, Failure> {
    let opening = &judging.opening;
    let loaded = rules(&judging.rules)?;
    let policy = policy(judging.policy.as_deref())?;
    let lanes = lanes(opening, &loaded, all_facts)?;
    Ok(Auditor { loaded, policy, limits: opening.limits.0.clone(), lanes, spill: spill(), quiet: opening.quiet, warned: false })
}

impl Auditor {
    /// Audits the inputs as one, with progress on a terminal.
    pub fn audit(&mut self, inputs: &[Input]) -> Result<Report, Failure> {
        let Self { loaded, policy, limits, lanes, spill, quiet, warned } = self;
        let audit = Audit { limits, rules: &loaded.rules, policy, yara: &loaded.yara, spill };
        let bar = Bar::start(*quiet);
        let report = doorward_engine::audit(&audit, inputs, lanes, &bar)?;
        bar.finish();
        // Once is enough for all inputs.
        warn_unconfined(lanes, *quiet || *warned);
        *warned = true;
        Ok(report)
    }
}

/// Says on a terminal what does not confine the workers on this machine.
fn warn_unconfined(lanes: &[Lane], quiet: bool) {
    let missing: BTreeSet<&str> = lanes.iter().flat_map(Lane::unconfined).collect();
    if !missing.is_empty() && !quiet {
        let missing: Vec<&str> = missing.into_iter().collect();
        let _ = writeln!(std::io::stderr(), "doorward: workers are confined less than they should be: {}", missing.join("; "));
    }
}

/// The folder for contents that wait on disk.
pub fn spill() -> PathBuf {
    doorward_contain::spill_folder()
}
