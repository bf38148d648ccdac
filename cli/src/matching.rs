//! `doorward match` and `doorward index`: which source the files of a shipment come from.

use crate::arguments::{IndexFlags, MatchFlags};
use crate::{Failure, audit, print, setup, status};
use doorward_compare::{Shelf, deposit::Deposit};
use doorward_engine::Input;
use doorward_model::correspondence::Status;
use doorward_model::prints::Indexed;
use doorward_model::{Correspondence, Digest, Level, Report, Verdict};
use doorward_report::{MatchOptions, Matched, Source};
use std::collections::HashSet;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files printed under one heading unless `--all` asks for every one.
const ITEMS_MAX: usize = 10;

/// Bytes of an artefact up to which prints of all its files are taken: a file may hold parts of another that is explained.
const PRINTED_WHOLE_BYTES: u64 = 256 << 20;

/// A source or known package that was opened.
struct Opened {
    name: Vec<u8>,
    indexed: Indexed,
    is_known: bool,
    commit: Option<String>,
    root: Option<Digest>,
}

/// Tells where every file of the artefact comes from.
pub fn run(flags: &MatchFlags) -> Result<u8, Failure> {
    let artefact = Input::Path(flags.artefact.clone());
    let report = setup::auditor(&flags.judging, true)?.audit(std::slice::from_ref(&artefact))?;
    let mut indexer = setup::indexer(&flags.judging.opening)?;
    let digests: Arc<HashSet<Digest>> = Arc::new(report.tree.contents.iter().map(|content| content.digest).collect());
    let mut opened = Vec::new();
    for (path, is_known) in flags.sources.iter().map(|path| (path, false)).chain(flags.known.iter().map(|path| (path, true))) {
        opened.push(open(path, is_known, &mut indexer, &digests)?);
    }
    let all: u64 = report.tree.contents.iter().map(|content| content.len).sum();
    let known = if all > PRINTED_WHOLE_BYTES { stocked(&opened) } else { HashSet::new() };
    let shipped = indexer.index(&[artefact], Arc::new(known))?;
    let shelves: Vec<Shelf<'_>> = opened.iter().map(|one| Shelf { indexed: &one.indexed, is_known: one.is_known }).collect();
    let correspondence = doorward_compare::trace(&report, &shipped, &shelves);
    write(flags, &correspondence, &report, &opened)?;
    Ok(exit(flags, &correspondence, &report))
}

/// The digests of all that the sources hold.
fn stocked(opened: &[Opened]) -> HashSet<Digest> {
    opened.iter().flat_map(|one| &one.indexed.tree.contents).map(|content| content.digest).collect()
}

fn open(path: &Path, is_known: bool, indexer: &mut setup::Indexer, skip: &Arc<HashSet<Digest>>) -> Result<Opened, Failure> {
    let name = path.as_os_str().as_bytes().to_vec();
    if let Some(indexed) = doorward_engine::read_index(path)? {
        return Ok(Opened { name, indexed, is_known, commit: None, root: None });
    }
    let input = source(path)?;
    let commit = match &input {
        Input::Commit { repository, revision } => {
            Some(doorward_engine::Repository::open(repository)?.commit(revision)?.to_string())
        }
        Input::Path(_) | Input::Standard { .. } => None,
    };
    let indexed = indexer.index(&[input], Arc::clone(skip))?;
    let root = Deposit::of_folder(&indexed.tree).map(|deposit| deposit.root());
    Ok(Opened { name, indexed, is_known, commit, root })
}

fn source(path: &Path) -> Result<Input, Failure> {
    const WHAT: &str = "a file, a folder or git:FOLDER@REVISION is wanted";
    let Some(commit) = path.as_os_str().as_bytes().strip_prefix(b"git:") else {
        return if path == Path::new("-") { Err(WHAT.into()) } else { Ok(Input::Path(path.to_path_buf())) };
    };
    // Both a folder and a reference may have an @ in their name: the first that leaves a folder counts.
    let folder = |at: &usize| PathBuf::from(std::ffi::OsStr::from_bytes(&commit[..*at]));
    let ats: Vec<usize> = (0..commit.len()).filter(|at| commit[*at] == b'@').collect();
    let at = ats.iter().find(|at| folder(at).is_dir()).or(ats.last()).ok_or(WHAT)?;
    let revision = String::from_utf8(commit[at + 1..].to_vec()).map_err(|_| WHAT)?;
    Ok(Input::Commit { repository: folder(at), revision })
}

fn write(flags: &MatchFlags, correspondence: &Correspondence, artefact: &Report, opened: &[Opened]) -> Result<(), Failure> {
    let sources: Vec<Source<'_>> = opened
        .iter()
        .map(|one| Source {
            name: &one.name,
            indexed: &one.indexed,
            is_known: one.is_known,
            commit: one.commit.as_deref(),
            root: one.root,
        })
        .collect();
    let matched = Matched { correspondence, artefact, sources: &sources };
    let to_output = flags.json.as_deref() == Some(Path::new("-"));
    if let Some(path) = flags.json.as_deref() {
        let json = doorward_report::match_json(&matched);
        match to_output {
            true => {
                let mut out = std::io::stdout().lock();
                out.write_all(&json)?;
                out.flush()?;
            }
            false => std::fs::write(path, json).map_err(|error| format!("{}: {error}", path.display()))?,
        }
    }
    if to_output {
        return Ok(());
    }
    let options = MatchOptions {
        color: true,
        width: audit::width(),
        items_max: if flags.all { usize::MAX } else { ITEMS_MAX },
        name: flags.artefact.as_os_str().as_bytes(),
    };
    print(doorward_report::match_terminal(&matched, &options).as_bytes()).map(|_| ())
}

/// 1 where an unexplained file carries an alarm, or with `--strict` where any is unexplained; else 3 where the artefact could
/// hide a door.
fn exit(flags: &MatchFlags, correspondence: &Correspondence, artefact: &Report) -> u8 {
    let mut unexplained = correspondence.files.iter().filter(|file| file.status == Status::Nothing);
    let fails = unexplained.any(|file| flags.strict || file.level == Some(Level::Alarm));
    match () {
        () if fails => status(Verdict::Fail),
        () if !correspondence.inventoried || !artefact.judgement.incomplete_because.is_empty() => status(Verdict::Incomplete),
        () => status(Verdict::Pass),
    }
}

/// Writes an index of packages by which later shipments are recognised.
pub fn index(flags: &IndexFlags) -> Result<u8, Failure> {
    let mut indexer = setup::indexer(&flags.opening)?;
    let inputs: Vec<Input> = flags.paths.iter().map(|path: &PathBuf| source(path)).collect::<Result<_, _>>()?;
    let indexed = indexer.index(&inputs, Arc::default())?;
    let files = indexed.tree.nodes.iter().filter(|node| node.content.is_some()).count();
    let bytes = doorward_engine::write_index(&indexed);
    std::fs::write(&flags.output, &bytes).map_err(|error| format!("{}: {error}", flags.output.display()))?;
    print(format!("{files} files, {} contents, an index of {} bytes\n", indexed.tree.contents.len(), bytes.len()).as_bytes())
}
