//! Takes one content out of an artefact again, by the steps that an earlier audit took.

use crate::examine::Allowance;
use crate::lane::{Job, Lane, Source};
use crate::store::Store;
use crate::{Audit, Fault, input};
use doorward_model::{Digest, Hint, NodeId, Step};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The bytes of one content.
pub struct Reopened {
    /// SHA-256 of all of it.
    pub digest: Digest,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Follows `layers` (each step with its name, the root first) into the artefact at `path`.
///
/// # Errors
/// The artefact cannot be read, or has no such place: it is not what was audited.
pub fn reopen(audit: &Audit<'_>, path: &Path, layers: &[(Step, Box<[u8]>)], lane: &mut Lane) -> Result<Reopened, Fault> {
    let store = Store::new(audit.limits, audit.spill.to_path_buf());
    let (file, name, rest) = file(path, layers)?;
    let metadata = file.metadata().map_err(|error| Fault::input(&file, &error))?;
    let mut hint = doorward_open::hint(&name);
    let mut source = Source::File { path: file, bytes: metadata.len() };
    let allowance = Allowance { bytes: audit.limits.bytes_open_max, nodes: audit.limits.nodes_max };
    for (step, name) in rest {
        let done = lane.run(vec![Job { node: NodeId(0), hint, source }], allowance, &store)?;
        let children = done.into_iter().flat_map(|(_, _, done)| done.children);
        let mut matching = children.filter(|child| child.head.step == *step && child.head.name == *name);
        let Some((digest, stored)) = matching.next().and_then(|child| child.content) else {
            return Err(Fault::new(format!("{}: has no such part; it is not what was audited", path.display())));
        };
        hint = match step {
            Step::Member { .. } | Step::Decoded { .. } => doorward_open::hint(name),
            _ => Hint::default(),
        };
        source = Source::Stored(digest, stored);
    }
    load(source, &store, audit)
}

fn load(source: Source, store: &std::sync::Arc<Store>, audit: &Audit<'_>) -> Result<Reopened, Fault> {
    let (digest, stored) = match source {
        Source::Stored(digest, stored) => (digest, stored),
        Source::File { path, .. } => {
            let read = input::read_file(&path, store, audit.limits.content_bytes_max)?;
            read.content.ok_or_else(|| Fault::new(format!("{}: could not be read", path.display())))?
        }
    };
    let bytes = stored.load().map_err(|error| Fault::spill(audit.spill, &error))?;
    Ok(Reopened { digest, bytes })
}

/// One step of the way into an artefact, and the name that the container gives it.
type Layer = (Step, Box<[u8]>);

/// The file on disk where the way into the artefact begins, its name, and the steps that are left.
fn file<'a>(path: &Path, layers: &'a [Layer]) -> Result<(PathBuf, Vec<u8>, &'a [Layer]), Fault> {
    let rest = layers.get(1..).unwrap_or_default();
    if !path.is_dir() {
        let path = path.canonicalize().map_err(|error| Fault::input(path, &error))?;
        let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default().to_vec();
        return Ok((path, name, rest));
    }
    let Some(((_, name), rest)) = rest.split_first() else {
        return Err(Fault::new(format!("{}: a folder; the finding is about a file", path.display())));
    };
    let member = Path::new(OsStr::from_bytes(name));
    // The name comes from a report, which anybody may have written.
    if !member.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(Fault::new("the report names a place outside the artefact"));
    }
    Ok((path.join(member), name.to_vec(), rest))
}
