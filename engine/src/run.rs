//! The whole flow on one screen: open and observe, link, judge.

use crate::git::Repository;
use crate::input::{self, Input, Listed};
use crate::lane::{Lane, Source};
use crate::worklist::{Ran, Worklist};
use crate::{Audit, Fault, Progress, coverage, store::Store};
use doorward_model::prints::Indexed;
use doorward_model::stage::{self, Stage};
use doorward_model::{Kind, Limits, Meta, NodeId, Problem, ProblemKind, Report, Step, Tree};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// Audits the inputs as one tree.
///
/// # Errors
/// Faults of the operator: an input that cannot be opened, no disk, no worker.
pub fn audit(audit: &Audit<'_>, inputs: &[Input], lanes: &mut [Lane], progress: &dyn Progress) -> Result<Report, Fault> {
    let store = Store::new(audit.limits, audit.spill.to_path_buf());
    let Ran { tree, repeatable, .. } = opened(inputs, audit.limits, &store, lanes, progress)?;
    Ok(report(audit, tree, repeatable))
}

/// Opens the inputs as one tree, and takes the prints of their contents; the lanes are set up with [`crate::Setup::index`].
///
/// # Errors
/// Faults of the operator: an input that cannot be opened, no disk, no worker.
pub fn index(
    inputs: &[Input],
    limits: &Limits,
    spill: &Path,
    lanes: &mut [Lane],
    progress: &dyn Progress,
) -> Result<Indexed, Fault> {
    let store = Store::new(limits, spill.to_path_buf());
    let Ran { mut tree, prints, .. } = opened(inputs, limits, &store, lanes, progress)?;
    tree.roots = coverage::roots(&tree);
    Ok(Indexed { tree, prints })
}

fn opened(
    inputs: &[Input],
    limits: &Limits,
    store: &Arc<Store>,
    lanes: &mut [Lane],
    progress: &dyn Progress,
) -> Result<Ran, Fault> {
    let mut worklist = Worklist::new(limits);
    for (index, input) in inputs.iter().enumerate() {
        add_root(&mut worklist, u32::try_from(index).unwrap_or(u32::MAX), input, store, limits)?;
    }
    worklist.run(lanes, store, progress)
}

/// Audits files that are at hand: rule examples and tests.
///
/// # Errors
/// Faults of the operator's machine.
pub fn audit_files(audit: &Audit<'_>, files: &[(&str, &[u8])], lane: &mut Lane) -> Result<Report, Fault> {
    let store = Store::new(audit.limits, audit.spill.to_path_buf());
    let mut worklist = Worklist::new(audit.limits);
    let folder = Meta { kind: Kind::Directory, ..Meta::default() };
    let root = worklist.add(None, Step::Root { index: 0 }, Box::default(), folder);
    for (index, (name, bytes)) in (0_u32..).zip(files) {
        let name = name.as_bytes();
        let Some(node) = worklist.add(root, Step::Member { index }, name.into(), Meta::default()) else { break };
        let (digest, stored) = store.keep(bytes)?;
        worklist.queue(node, doorward_open::hint(name), Source::Stored(digest, stored));
    }
    let Ran { tree, repeatable, .. } = worklist.run(std::slice::from_mut(lane), &store, &())?;
    Ok(report(audit, tree, repeatable))
}

/// From what was opened and observed to what is concluded.
fn report(audit: &Audit<'_>, mut tree: Tree, repeatable: bool) -> Report {
    tree.roots = coverage::roots(&tree);
    stage::during(Stage::Link, "", 0, || doorward_link::link(&mut tree, &doorward_open::group));
    let judgement = stage::during(Stage::Judge, "", 0, || doorward_judge::judge(audit.rules, audit.policy, &tree));
    Report {
        tool: env!("CARGO_PKG_VERSION").into(),
        rules: audit.rules.stamp(audit.policy, audit.yara),
        limits: audit.limits.clone(),
        repeatable,
        // Nothing but the artefact was looked at: no deposit, no build, no run.
        assurance: "L0".into(),
        coverage: coverage::coverage(&tree),
        tree,
        judgement,
        baseline: None,
        deposit: None,
    }
}

fn add_root(worklist: &mut Worklist<'_>, index: u32, input: &Input, store: &Arc<Store>, limits: &Limits) -> Result<(), Fault> {
    let full = || Fault::new("more inputs than places (nodes-max)");
    let step = Step::Root { index };
    let (name, mut stream): (&[u8], Box<dyn std::io::Read>) = match input {
        Input::Standard { name } => (name, Box::new(std::io::stdin().lock())),
        Input::Commit { repository, revision } => {
            let meta = Meta { kind: Kind::Directory, ..Meta::default() };
            let root = worklist.add(None, step, Box::default(), meta).ok_or_else(full)?;
            return add_commit(worklist, root, repository, revision, store, limits);
        }
        Input::Path(path) => {
            let (metadata, file) = input::open_root(path)?;
            let Some(file) = file else {
                let meta = Meta { kind: Kind::Directory, ..Meta::default() };
                let root = worklist.add(None, step, Box::default(), meta).ok_or_else(full)?;
                add_folder(worklist, root, path, limits);
                return Ok(());
            };
            if metadata.is_file() {
                let root = worklist.add(None, step, Box::default(), Meta::default()).ok_or_else(full)?;
                let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
                let path = path.canonicalize().map_err(|error| Fault::input(path, &error))?;
                worklist.queue(root, doorward_open::hint(name), Source::File { path, bytes: metadata.len() });
                return Ok(());
            }
            (b"", Box::new(file))
        }
    };
    let root = worklist.add(None, step, Box::default(), Meta::default()).ok_or_else(full)?;
    let read = input::read_stream(&mut *stream, store, limits.content_bytes_max)?;
    if let Some(problem) = read.problem {
        worklist.problem(root, problem);
    }
    if let Some((digest, stored)) = read.content {
        worklist.queue(root, doorward_open::hint(name), Source::Stored(digest, stored));
    }
    Ok(())
}

fn add_commit(
    worklist: &mut Worklist<'_>,
    root: NodeId,
    repository: &Path,
    revision: &str,
    store: &Arc<Store>,
    limits: &Limits,
) -> Result<(), Fault> {
    let repository = Repository::open(repository)?;
    let commit = repository.commit(revision)?;
    for (index, blob) in (0_u32..).zip(repository.list(commit, limits.nodes_max)?) {
        let (name, meta) = (blob.listed.name.clone(), blob.listed.meta.clone());
        let (hint, is_file) = (doorward_open::hint(&name), meta.kind == Kind::File);
        let Some(node) = worklist.add(Some(root), Step::Member { index }, name, meta) else {
            worklist.problem(root, Problem::new(ProblemKind::Limit, crate::examine::nodes_limit(limits.nodes_max)));
            return Ok(());
        };
        if let Some(problem) = &blob.listed.problem {
            worklist.problem(node, problem.clone());
        } else if is_file {
            match repository.keep(&blob, store, limits.content_bytes_max)? {
                Ok((digest, stored)) => worklist.queue(node, hint, Source::Stored(digest, stored)),
                Err(problem) => worklist.problem(node, problem),
            }
        }
    }
    Ok(())
}

fn add_folder(worklist: &mut Worklist<'_>, root: NodeId, path: &Path, limits: &Limits) {
    for (index, Listed { name, meta, bytes, problem }) in input::list(path).into_iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let is_file = meta.kind == Kind::File;
        let file = path.join(std::ffi::OsStr::from_bytes(&name));
        let hint = doorward_open::hint(&name);
        let Some(node) = worklist.add(Some(root), Step::Member { index }, name, meta) else {
            return worklist.problem(root, Problem::new(ProblemKind::Limit, crate::examine::nodes_limit(limits.nodes_max)));
        };
        match problem {
            Some(problem) => worklist.problem(node, problem),
            None if is_file => worklist.queue(node, hint, Source::File { path: file, bytes }),
            None => {}
        }
    }
}
