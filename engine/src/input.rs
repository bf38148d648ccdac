//! The inputs: files, folders, standard input. Links inside a folder are named, never followed.

use crate::Fault;
use crate::store::{Store, Stored};
use doorward_model::{Digest, Kind, Meta, Problem, ProblemKind};
use sha2::{Digest as _, Sha256};
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One input of an audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file or folder.
    Path(PathBuf),
    /// Standard input, with the name that a reader would see, where the user gave one.
    Standard {
        /// The name, as in `--name`.
        name: Vec<u8>,
    },
    /// A commit of a git repository.
    Commit {
        /// The repository: its work tree, or the folder that holds its objects.
        repository: PathBuf,
        /// An id, or the name of a reference.
        revision: String,
    },
}

impl Input {
    /// What the operator called it: a path's bytes, or `-`.
    pub fn name(&self) -> Vec<u8> {
        match self {
            Self::Path(path) => path.as_os_str().as_bytes().to_vec(),
            Self::Standard { .. } => b"-".to_vec(),
            Self::Commit { repository, revision } => {
                [b"git:", repository.as_os_str().as_bytes(), b"@", revision.as_bytes()].concat()
            }
        }
    }
}

/// A member of a folder, as the disk lists it.
#[derive(Debug)]
pub struct Listed {
    /// Path below the folder, with `/` between its parts.
    pub name: Box<[u8]>,
    /// What the disk says of it.
    pub meta: Meta,
    /// Bytes, for a regular file; decides only how files are batched.
    pub bytes: u64,
    /// Why it cannot be read, where it cannot.
    pub problem: Option<Problem>,
}

/// What the disk says of a file.
pub fn meta_of(metadata: &Metadata) -> Meta {
    let kind = metadata.file_type();
    let kind = match () {
        () if kind.is_file() => Kind::File,
        () if kind.is_dir() => Kind::Directory,
        () if kind.is_symlink() => Kind::Symlink,
        () => Kind::Special,
    };
    // Owners and the write bits of a checkout say who unpacked it, not what it is: only what makes a file run is kept.
    Meta { kind, mode: Some(metadata.mode() & 0o6111), uid: None, gid: None, link_target: None }
}

/// Lists what is in a folder, at any depth, sorted by path bytes. Links are not followed; nothing is left out by name.
///
/// All of it, whatever the limits: a list that was cut before it is sorted would depend on the disk's order.
pub fn list(root: &Path) -> Vec<Listed> {
    let mut listed = Vec::new();
    let mut folders = vec![(root.to_path_buf(), Vec::new())];
    while let Some((folder, name)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                let meta = Meta { kind: Kind::Directory, ..Meta::default() };
                listed.push(Listed { name: name.into(), meta, bytes: 0, problem: Some(unreadable(&error)) });
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) => {
                    let mut path = name.clone();
                    if !path.is_empty() {
                        path.push(b'/');
                    }
                    path.extend_from_slice(entry.file_name().as_bytes());
                    visit(&entry.path(), path, &mut listed, &mut folders);
                }
                Err(error) => {
                    let meta = Meta { kind: Kind::Directory, ..Meta::default() };
                    listed.push(Listed { name: name.clone().into(), meta, bytes: 0, problem: Some(unreadable(&error)) });
                }
            }
        }
    }
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    listed
}

fn visit(path: &Path, name: Vec<u8>, listed: &mut Vec<Listed>, folders: &mut Vec<(PathBuf, Vec<u8>)>) {
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) => {
            let meta = Meta { kind: Kind::Special, ..Meta::default() };
            listed.push(Listed { name: name.into(), meta, bytes: 0, problem: Some(unreadable(&error)) });
            return;
        }
    };
    let mut meta = meta_of(&metadata);
    let mut problem = None;
    match meta.kind {
        Kind::Directory => return folders.push((path.to_path_buf(), name)),
        Kind::Symlink => match std::fs::read_link(path) {
            Ok(target) => meta.link_target = Some(target.into_os_string().into_vec().into()),
            Err(error) => problem = Some(unreadable(&error)),
        },
        Kind::Special => problem = Some(special(&metadata)),
        Kind::File | Kind::Hardlink => {}
    }
    listed.push(Listed { name: name.into(), meta, bytes: metadata.len(), problem });
}

fn special(metadata: &Metadata) -> Problem {
    let kind = metadata.file_type();
    let what = match () {
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () if kind.is_char_device() || kind.is_block_device() => "a device",
        () => "no regular file",
    };
    Problem::new(ProblemKind::Unreadable, format!("{what}: named, never read"))
}

fn unreadable(error: &std::io::Error) -> Problem {
    // The system's own words without its number: the same on every machine.
    Problem::new(ProblemKind::Unreadable, format!("could not be read: {}", error.kind()))
}

/// Bytes taken from a disk or pipe at a time.
const BUFFER_BYTES: usize = 256 << 10;

/// Reads a regular file into the store. A problem instead of its bytes where it cannot be read.
///
/// # Errors
/// Faults of the operator's machine: the spill's limit or disk.
pub fn read_file(path: &Path, store: &Arc<Store>, bytes_max: u64) -> Result<ReadFile, Fault> {
    let (mut file, before) = match open_member(path) {
        Ok(opened) => opened,
        Err(problem) => return Ok(ReadFile { content: None, problem: Some(problem) }),
    };
    let mut read = read_stream(&mut file, store, bytes_max)?;
    let changed = file.metadata().is_ok_and(|after| identity(&after) != identity(&before));
    let len = read.content.as_ref().map_or(0, |(_, stored)| stored.len());
    if changed || (read.problem.is_none() && len != before.len()) {
        // No count of bytes: how far a changing file got is chance.
        read.problem = Some(Problem::new(ProblemKind::Changed, "it changed while it was read"));
    }
    Ok(read)
}

/// Opens a member of a folder that was listed as a regular file.
fn open_member(path: &Path) -> Result<(File, Metadata), Problem> {
    // Without O_NOFOLLOW a link put in the file's place after the listing would lead outside; without O_NONBLOCK a FIFO
    // put there would hang.
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path);
    let file = opened.map_err(|error| unreadable(&error))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => Ok((file, metadata)),
        Ok(metadata) => Err(special(&metadata)),
        Err(error) => Err(unreadable(&error)),
    }
}

/// A member of a folder with the digest of its bytes, or of where it points to.
#[derive(Debug)]
pub struct Hashed {
    /// Path below the folder, with `/` between its parts.
    pub name: Box<[u8]>,
    /// What the disk says of it.
    pub meta: Meta,
    /// How many bytes were hashed.
    pub bytes: u64,
    /// SHA-256 over them.
    pub digest: Digest,
}

/// Hashes all that lies in a folder, at any depth, sorted by path bytes. Links are not followed; nothing is kept or left out.
///
/// # Errors
/// A member that cannot be read whole, or that changed meanwhile: a list with holes proves nothing.
pub fn hash_folder(root: &Path) -> Result<Vec<Hashed>, Fault> {
    let listed = list(root);
    listed.into_iter().map(|one| hash_member(root, one)).collect()
}

fn hash_member(root: &Path, listed: Listed) -> Result<Hashed, Fault> {
    let Listed { name, meta, problem, .. } = listed;
    let path = root.join(std::ffi::OsStr::from_bytes(&name));
    let stop = |problem: Problem| Fault::member(&path, &problem);
    if let Some(problem) = problem {
        return Err(stop(problem));
    }
    let mut hasher = Sha256::new();
    let bytes = match &meta.link_target {
        Some(target) => {
            hasher.update(target);
            target.len() as u64
        }
        None => {
            let (mut file, before) = open_member(&path).map_err(stop)?;
            let bytes = hash_stream(&mut file, &mut hasher).map_err(|error| stop(unreadable(&error)))?;
            if bytes != before.len() || !file.metadata().is_ok_and(|after| identity(&after) == identity(&before)) {
                return Err(stop(Problem::new(ProblemKind::Changed, "it changed while it was read")));
            }
            bytes
        }
    };
    Ok(Hashed { name, meta, bytes, digest: Digest(hasher.finalize().into()) })
}

/// The SHA-256 of a file that the user named.
///
/// # Errors
/// It cannot be opened or read.
pub fn hash_file(path: &Path) -> Result<Digest, Fault> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path).map_err(|error| Fault::input(path, &error))?;
    hash_stream(&mut file, &mut hasher).map_err(|error| Fault::input(path, &error))?;
    Ok(Digest(hasher.finalize().into()))
}

fn hash_stream(stream: &mut dyn Read, hasher: &mut Sha256) -> std::io::Result<u64> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut total = 0_u64;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                total += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn identity(metadata: &Metadata) -> (u64, i64, i64, i64, i64) {
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec())
}

/// What reading gave.
pub struct ReadFile {
    /// Digest and bytes; `None` where nothing could be read.
    pub content: Option<(Digest, Stored)>,
    /// What went wrong, where something did.
    pub problem: Option<Problem>,
}

/// Reads a stream to its end or to the limit.
///
/// # Errors
/// Faults of the operator's machine: the spill's limit or disk.
pub fn read_stream(stream: &mut dyn Read, store: &Arc<Store>, bytes_max: u64) -> Result<ReadFile, Fault> {
    let mut writer = store.writer();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut total = 0_u64;
    let mut problem = None;
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                problem = Some(unreadable(&error));
                break;
            }
        };
        let kept = usize::try_from(bytes_max - total).unwrap_or(usize::MAX).min(count);
        writer.write(&buffer[..kept])?;
        total += kept as u64;
        if kept < count {
            let detail = format!("cut after {bytes_max} bytes (content-bytes-max)");
            problem = Some(Problem::new(ProblemKind::Limit, detail));
            break;
        }
    }
    Ok(ReadFile { content: Some(writer.finish()?), problem })
}

/// Opens an input that the user named: links are followed here, and a FIFO is read as a stream.
///
/// # Errors
/// The path cannot be opened or is a device.
pub fn open_root(path: &Path) -> Result<(Metadata, Option<File>), Fault> {
    let metadata = path.metadata().map_err(|error| Fault::input(path, &error))?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Ok((metadata, None));
    }
    if kind.is_block_device() || kind.is_char_device() || kind.is_socket() {
        return Err(Fault::kind(path));
    }
    let file = File::open(path).map_err(|error| Fault::input(path, &error))?;
    Ok((metadata, Some(file)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::Limits;
    use std::os::unix::fs::symlink;

    fn names(root: &Path) -> Vec<String> {
        list(root).iter().map(|listed| String::from_utf8_lossy(&listed.name).into_owned()).collect()
    }

    #[test]
    fn a_folder_is_listed_in_the_order_of_paths_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("b/.git/hooks")).unwrap();
        for name in ["b/z", "a", "b/.git/hooks/pre-commit", "b-"] {
            std::fs::write(at(name), name).unwrap();
        }
        symlink("/", at("root")).unwrap();
        assert_eq!(names(folder.path()), ["a", "b-", "b/.git/hooks/pre-commit", "b/z", "root"]);
        let listed = list(folder.path());
        assert_eq!((listed[4].meta.kind, listed[4].meta.link_target.as_deref()), (Kind::Symlink, Some(&b"/"[..])));
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "x").unwrap();
        symlink("file", folder.path().join("link")).unwrap();
        let store = Store::new(&Limits::default(), std::env::temp_dir());
        let read = |name: &str, max| read_file(&folder.path().join(name), &store, max).unwrap();
        assert!(read("file", 9).content.is_some_and(|(_, stored)| stored.len() == 1));
        let link = read("link", 9);
        assert!(link.content.is_none());
        assert_eq!(link.problem.map(|problem| problem.kind), Some(ProblemKind::Unreadable));
    }

    #[test]
    fn a_stream_that_is_too_long_is_cut_and_said() {
        let store = Store::new(&Limits::default(), std::env::temp_dir());
        for (len, max, problem) in
            [(10, 10, None), (11, 10, Some(ProblemKind::Limit)), (600_000, 300_000, Some(ProblemKind::Limit))]
        {
            let read = read_stream(&mut &vec![7; len][..], &store, max).unwrap();
            assert_eq!(read.content.map(|(_, stored)| stored.len()), Some(max.min(len as u64)));
            assert_eq!(read.problem.map(|problem| problem.kind), problem, "{len} of {max}");
        }
    }
}
