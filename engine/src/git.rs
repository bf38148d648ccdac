//! A commit of a git repository as an input, read from its object store. No program runs, no hook, filter, configuration or
//! work tree is looked at, and every object is held against its own name.
//!
//! Not handled: repositories of SHA-256 objects; submodules, which are named and not followed; grafts and replaced objects.

use crate::Fault;
use crate::input::Listed;
use crate::store::{Store, Stored};
use doorward_model::{Digest, Kind, Meta, Problem, ProblemKind, text};
use gix_hash::ObjectId;
use gix_object::tree::EntryKind;
use gix_object::{CommitRef, Find, FindHeader, TagRef, TreeRef};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most references and tags that are followed to a commit.
const HOPS_MAX: usize = 8;

/// Most folders inside each other.
const FOLDERS_MAX: usize = 256;

/// Most bytes of a file that names a reference.
const REFERENCE_BYTES_MAX: u64 = 64 << 20;

const HASH: gix_hash::Kind = gix_hash::Kind::Sha1;

/// Most bytes of an object that says what others are: a folder, a commit, a tag.
const SAYING_BYTES_MAX: u64 = 64 << 20;

/// The object store of a repository.
pub struct Repository {
    folder: PathBuf,
    shown: String,
    objects: gix_odb::Handle,
}

/// A file of a commit.
pub struct Blob {
    /// Where it is, and what the commit says of it.
    pub listed: Listed,
    id: ObjectId,
}

impl Repository {
    /// Opens a repository: its work tree, or the folder that holds its objects.
    ///
    /// # Errors
    /// There is none.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let shown = text::visible(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()));
        let folder = [path.join(".git"), path.to_path_buf()].into_iter().find(|folder| folder.join("objects").is_dir());
        let folder = folder.ok_or_else(|| Fault::new(format!("{shown}: no git repository: it has no folder of objects")))?;
        let objects = gix_odb::at(folder.join("objects"), HASH);
        let objects = objects.map_err(|error| Fault::new(format!("{shown}: {error}")))?;
        Ok(Self { folder, shown, objects })
    }

    /// The commit that a revision names: an id, a tag, a branch, `HEAD`, or any whole name of a reference.
    ///
    /// # Errors
    /// There is none of that name, or it leads to no commit.
    pub fn commit(&self, revision: &str) -> Result<ObjectId, Fault> {
        let unknown = || Fault::new(format!("{}: has no commit {}", self.shown, text::visible(revision.as_bytes())));
        let mut id = match ObjectId::from_hex(revision.as_bytes()) {
            Ok(id) => id,
            Err(_) => self.reference(revision).ok_or_else(unknown)?,
        };
        for _ in 0..HOPS_MAX {
            let (kind, data) = self.object(id, SAYING_BYTES_MAX).map_err(|problem| self.fault(&problem))?;
            id = match kind {
                gix_object::Kind::Commit => return Ok(id),
                gix_object::Kind::Tag => TagRef::from_bytes(&data, HASH).map_err(|_| unknown())?.target(),
                gix_object::Kind::Tree | gix_object::Kind::Blob => return Err(unknown()),
            };
        }
        Err(unknown())
    }

    /// What a reference points to, by its short or its whole name.
    fn reference(&self, name: &str) -> Option<ObjectId> {
        let packed = read(&self.folder.join("packed-refs"));
        let mut name = name.to_owned();
        for _ in 0..HOPS_MAX {
            let places = [name.clone(), format!("refs/{name}"), format!("refs/tags/{name}"), format!("refs/heads/{name}")];
            let places = places.into_iter().chain([format!("refs/remotes/{name}")]);
            // A name that leads out of the folder is none of a reference.
            let places: Vec<String> =
                places.filter(|place| !place.split('/').any(|part| part.is_empty() || part == "..")).collect();
            let loose = places.iter().find_map(|place| read(&self.folder.join(place)));
            let listed = || {
                let lines = packed.iter().flat_map(|text| text.lines()).filter_map(|line| line.split_once(' '));
                let lines: Vec<(&str, &str)> = lines.collect();
                places.iter().find_map(|place| lines.iter().find(|(_, name)| name == place).map(|(id, _)| (*id).to_owned()))
            };
            let found = loose.or_else(listed)?;
            match found.trim().strip_prefix("ref: ") {
                Some(other) => name = other.to_owned(),
                None => return ObjectId::from_hex(found.trim().as_bytes()).ok(),
            }
        }
        None
    }

    /// Lists the files of a commit, sorted by path bytes.
    ///
    /// # Errors
    /// An object that is not there or not what its name says.
    pub fn list(&self, commit: ObjectId, files_max: u64) -> Result<Vec<Blob>, Fault> {
        let (_, data) = self.object(commit, SAYING_BYTES_MAX).map_err(|problem| self.fault(&problem))?;
        let root = CommitRef::from_bytes(&data, HASH).map_err(|_| self.wrong(commit))?.tree();
        let mut blobs = Vec::new();
        let mut folders = vec![(Vec::new(), root, 0)];
        while let Some((name, id, depth)) = folders.pop() {
            let (_, data) = self.object(id, SAYING_BYTES_MAX).map_err(|problem| self.fault(&problem))?;
            for entry in TreeRef::from_bytes(&data, HASH).map_err(|_| self.wrong(id))?.entries {
                let mut path: Vec<u8> = name.clone();
                path.extend_from_slice(entry.filename);
                if entry.mode.kind() == EntryKind::Tree && depth < FOLDERS_MAX {
                    path.push(b'/');
                    folders.push((path, entry.oid.to_owned(), depth + 1));
                    continue;
                }
                if (blobs.len() + folders.len()) as u64 >= files_max {
                    return Err(Fault::new(format!("{}: more files than places (nodes-max)", self.shown)));
                }
                blobs.push(self.blob(path, entry.mode.kind(), entry.oid.to_owned()));
            }
        }
        blobs.sort_by(|a, b| a.listed.name.cmp(&b.listed.name));
        Ok(blobs)
    }

    fn blob(&self, name: Vec<u8>, kind: EntryKind, id: ObjectId) -> Blob {
        let meta = |kind, mode| Meta { kind, mode: Some(mode), ..Meta::default() };
        let (meta, problem) = match kind {
            EntryKind::Blob => (meta(Kind::File, 0o644), None),
            EntryKind::BlobExecutable => (meta(Kind::File, 0o755), None),
            EntryKind::Link => match self.object(id, SAYING_BYTES_MAX) {
                Ok((_, target)) => (Meta { link_target: Some(target.into()), ..meta(Kind::Symlink, 0o777) }, None),
                Err(problem) => (meta(Kind::Symlink, 0o777), Some(problem)),
            },
            EntryKind::Commit => {
                let detail = format!("a submodule at commit {id}: not followed; give its repository as a source of its own");
                (meta(Kind::Directory, 0o755), Some(Problem::new(ProblemKind::Unsupported, detail)))
            }
            EntryKind::Tree => {
                let detail = format!("more than {FOLDERS_MAX} folders inside each other");
                (meta(Kind::Directory, 0o755), Some(Problem::new(ProblemKind::Nesting, detail)))
            }
        };
        let bytes = self.objects.try_header(&id).ok().flatten().map_or(0, |header| header.size);
        Blob { listed: Listed { name: name.into(), meta, bytes, problem }, id }
    }

    /// Keeps the bytes of a file; a problem where they are not there.
    ///
    /// # Errors
    /// Faults of the operator's machine: the spill's limit or disk.
    pub fn keep(&self, blob: &Blob, store: &Arc<Store>, bytes_max: u64) -> Result<Result<(Digest, Stored), Problem>, Fault> {
        match self.object(blob.id, bytes_max) {
            Ok((_, data)) => store.keep(&data).map(Ok),
            Err(problem) => Ok(Err(problem)),
        }
    }

    /// An object, if it is what its name says.
    fn object(&self, id: ObjectId, bytes_max: u64) -> Result<(gix_object::Kind, Vec<u8>), Problem> {
        let unreadable = |why: &str| Problem::new(ProblemKind::Unreadable, format!("object {id} {why}"));
        let header = self.objects.try_header(&id).map_err(|_| unreadable("cannot be read"))?;
        let header = header.ok_or_else(|| unreadable("is not in the repository"))?;
        if header.size > bytes_max {
            return Err(Problem::new(
                ProblemKind::Limit,
                format!("object {id} has more than {bytes_max} bytes (content-bytes-max)"),
            ));
        }
        let mut buffer = Vec::new();
        let found = self.objects.try_find(&id, &mut buffer).map_err(|_| unreadable("cannot be read"))?;
        let found = found.ok_or_else(|| unreadable("is not in the repository"))?;
        let kind = found.kind;
        let computed = gix_object::compute_hash(HASH, kind, found.data).map_err(|_| unreadable("is not sound"))?;
        let data = found.data.to_vec();
        if computed == id { Ok((kind, data)) } else { Err(unreadable("is not what its name says")) }
    }

    fn wrong(&self, id: ObjectId) -> Fault {
        Fault::new(format!("{}: object {id} is damaged", self.shown))
    }

    fn fault(&self, problem: &Problem) -> Fault {
        Fault::new(format!("{}: {}", self.shown, problem.detail))
    }
}

/// A small text file; `None` where there is none.
fn read(path: &Path) -> Option<String> {
    let small = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= REFERENCE_BYTES_MAX);
    if small { std::fs::read_to_string(path).ok() } else { None }
}
