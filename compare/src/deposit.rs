//! The sealed list of a source deposit: every file's digest under one root, and proofs that one file belongs to it.
//!
//! The tree of hashes is that of RFC 9162, section 2.1: a leaf is `SHA-256(0x00 || line)`, a node `SHA-256(0x01 || left || right)`.
//! A leaf's line is the file's line of the list, so that anybody can check a list or a proof with any SHA-256.
//!
//! Not handled: empty folders, owners, times, and rights other than those that let a file run.

use doorward_model::{Digest, Kind as Place, Meta, NodeId, Step, Tree, text};
use sha2::{Digest as _, Sha256};
use std::cmp::Ordering;
use std::fmt::{self, Display};

/// First line of a list.
const LIST: &str = "doorward-deposit/1";

/// First line of a proof.
const PROOF: &str = "doorward-proof/1";

/// Rights by which a file runs as its owner or group.
const PRIVILEGED: u32 = 0o6000;

/// Rights by which a file runs.
const RUNS: u32 = 0o111;

/// A file of a deposit: one line of its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Bytes of the file, or of where the link points to.
    pub bytes: u64,
    /// SHA-256 over these bytes.
    pub digest: Digest,
    /// Path below the deposit's folder, visible as in reports.
    pub path: Box<str>,
}

/// What a file of a deposit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A file that may run.
    Program,
    /// A file that runs as its owner or group.
    Privileged,
    /// A symbolic link.
    Link,
}

impl Kind {
    const ALL: [(Self, &str); 4] =
        [(Self::File, "file"), (Self::Program, "program"), (Self::Privileged, "privileged"), (Self::Link, "link")];

    /// What a folder says of a member.
    pub fn of(meta: &Meta) -> Self {
        let mode = meta.mode.unwrap_or_default();
        match () {
            () if meta.kind == Place::Symlink => Self::Link,
            () if mode & PRIVILEGED != 0 => Self::Privileged,
            () if mode & RUNS != 0 => Self::Program,
            () => Self::File,
        }
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.digest, self.kind.name(), self.bytes, self.path)
    }
}

impl Entry {
    /// A file of the deposit at this path, which is shown as reports show it.
    pub fn new(path: &[u8], kind: Kind, bytes: u64, digest: Digest) -> Self {
        Self { kind, bytes, digest, path: text::visible(path).into() }
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.splitn(4, ' ');
        let digest = words.next()?.parse().ok()?;
        let kind = words.next()?;
        let (kind, _) = Kind::ALL.into_iter().find(|(_, name)| *name == kind)?;
        let entry = Self { kind, bytes: words.next()?.parse().ok()?, digest, path: words.next()?.into() };
        // One spelling for each entry: the line is what is hashed.
        (entry.to_string() == line).then_some(entry)
    }

    fn leaf(&self) -> Digest {
        hash(&[&[0], self.to_string().as_bytes()])
    }
}

/// A list, sorted by path.
#[derive(Debug, PartialEq, Eq)]
pub struct Deposit {
    entries: Vec<Entry>,
}

/// How a folder differs from a list.
#[derive(Debug, PartialEq, Eq)]
pub enum Change<'d> {
    /// The list lacks it.
    Added(&'d Entry),
    /// The folder lacks it.
    Removed(&'d Entry),
    /// Listed as the first, found as the second.
    Changed(&'d Entry, &'d Entry),
}

impl Deposit {
    /// The list of these files.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Self { entries }
    }

    /// The list of what was audited, where that is one folder. What could not be read has no line.
    pub fn of_folder(tree: &Tree) -> Option<Self> {
        let mut roots = tree.nodes.iter().filter(|node| node.parent.is_none());
        roots.next().filter(|root| root.meta.kind == Place::Directory)?;
        if roots.next().is_some() {
            return None;
        }
        let members = tree.nodes.iter().filter(|node| node.parent == Some(NodeId(0)) && matches!(node.step, Step::Member { .. }));
        let entries = members.filter_map(|node| {
            let (bytes, digest) = match (&node.meta.link_target, node.content) {
                (Some(target), _) => (target.len() as u64, hash(&[target])),
                (None, content) => content.map(|content| tree.content(content)).map(|content| (content.len, content.digest))?,
            };
            Some(Entry::new(&node.name, Kind::of(&node.meta), bytes, digest))
        });
        Some(Self::new(entries.collect()))
    }

    /// The files, sorted by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The root over all files.
    pub fn root(&self) -> Digest {
        root(&self.leaves())
    }

    /// A list that [`Display`] wrote.
    ///
    /// # Errors
    /// The line that is wrong, or a root that is not that of the lines.
    pub fn read(list: &str) -> Result<Self, String> {
        let mut lines = list.lines().zip(1..);
        expect(lines.next(), LIST)?;
        let root: Digest = field(lines.next(), "root")?;
        let mut entries: Vec<Entry> = Vec::new();
        for (line, number) in lines {
            let entry = Entry::read(line).ok_or_else(|| format!("line {number}: not a file of a deposit"))?;
            if entries.last().is_some_and(|last| last.path >= entry.path) {
                return Err(format!("line {number}: the paths are not in order"));
            }
            entries.push(entry);
        }
        let deposit = Self { entries };
        match deposit.root() == root {
            true => Ok(deposit),
            false => Err(format!("the root of the files is {}, and the list says {root}", deposit.root())),
        }
    }

    /// How another list differs, by path.
    pub fn changes<'d>(&'d self, found: &'d Self) -> Vec<Change<'d>> {
        let (mut listed, mut found) = (self.entries.iter().peekable(), found.entries.iter().peekable());
        let mut changes = Vec::new();
        loop {
            let order = match (listed.peek(), found.peek()) {
                (Some(a), Some(b)) => a.path.cmp(&b.path),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return changes,
            };
            match order {
                Ordering::Less => changes.extend(listed.next().map(Change::Removed)),
                Ordering::Greater => changes.extend(found.next().map(Change::Added)),
                Ordering::Equal => {
                    let both = listed.next().zip(found.next()).filter(|(a, b)| a != b);
                    changes.extend(both.map(|(a, b)| Change::Changed(a, b)));
                }
            }
        }
    }

    /// The proof for the file at a path, as the list shows it; `None` where there is none.
    pub fn open(&self, path: &str) -> Option<Proof> {
        let at = self.entries.binary_search_by(|entry| (*entry.path).cmp(path)).ok()?;
        let leaves = self.leaves();
        let entry = self.entries[at].clone();
        Some(Proof { at: at as u64, files: leaves.len() as u64, path: path_of(&leaves, at), root: root(&leaves), entry })
    }

    fn leaves(&self) -> Vec<Digest> {
        self.entries.iter().map(Entry::leaf).collect()
    }
}

impl Display for Deposit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{LIST}\nroot {}", self.root())?;
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

/// That one file belongs to a deposit, without the other files' names.
#[derive(Debug, PartialEq, Eq)]
pub struct Proof {
    /// The file.
    pub entry: Entry,
    /// The root of the deposit.
    pub root: Digest,
    /// Which file of the list it is, from 0.
    at: u64,
    /// How many files the list has.
    files: u64,
    /// Hashes beside the way from the leaf to the root.
    path: Vec<Digest>,
}

impl Proof {
    /// A proof that [`Display`] wrote.
    ///
    /// # Errors
    /// The line that is wrong, or a way that does not lead to the root.
    pub fn read(proof: &str) -> Result<Self, String> {
        let mut lines = proof.lines().zip(1..);
        expect(lines.next(), PROOF)?;
        let root = field(lines.next(), "root")?;
        let files = field(lines.next(), "files")?;
        let at = field(lines.next(), "at")?;
        let entry = lines.next().and_then(|(line, _)| Entry::read(line)).ok_or("line 5: not a file of a deposit")?;
        let path = lines.map(|line| field(Some(line), "beside")).collect::<Result<_, _>>()?;
        let proof = Self { entry, root, at, files, path };
        match proof.reached() == Some(root) {
            true => Ok(proof),
            false => Err("the way from the file does not lead to the root".into()),
        }
    }

    /// The root that the way leads to (RFC 9162, section 2.1.3.2).
    fn reached(&self) -> Option<Digest> {
        let (mut at, mut last) = (self.at, self.files.checked_sub(1)?);
        if at > last {
            return None;
        }
        let mut reached = self.entry.leaf();
        for beside in &self.path {
            if last == 0 {
                return None;
            }
            if at % 2 == 1 || at == last {
                reached = node(*beside, reached);
                // A node that stood alone on its level came up unchanged.
                while at % 2 == 0 && at != 0 {
                    (at, last) = (at / 2, last / 2);
                }
            } else {
                reached = node(reached, *beside);
            }
            (at, last) = (at / 2, last / 2);
        }
        (last == 0).then_some(reached)
    }
}

impl Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{PROOF}\nroot {}\nfiles {}\nat {}\n{}", self.root, self.files, self.at, self.entry)?;
        self.path.iter().try_for_each(|beside| writeln!(f, "beside {beside}"))
    }
}

fn expect(line: Option<(&str, u32)>, head: &str) -> Result<(), String> {
    line.filter(|(line, _)| *line == head).map(|_| ()).ok_or_else(|| format!("line 1 is not `{head}`"))
}

fn field<T: std::str::FromStr>(line: Option<(&str, u32)>, name: &str) -> Result<T, String> {
    let Some((line, number)) = line else { return Err(format!("it ends before `{name}`")) };
    let value = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
    value.and_then(|value| value.parse().ok()).ok_or_else(|| format!("line {number} is not `{name}` and its value"))
}

fn hash(parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    Digest(hasher.finalize().into())
}

fn node(left: Digest, right: Digest) -> Digest {
    hash(&[&[1], &left.0, &right.0])
}

/// Where a tree of more than one leaf is split: the largest power of two below its size.
fn split(leaves: usize) -> usize {
    leaves.next_power_of_two() / 2
}

fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => hash(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(root(left), root(right))
        }
    }
}

/// Hashes beside the way from a leaf to the root, the leaf's own neighbour first.
fn path_of(leaves: &[Digest], at: usize) -> Vec<Digest> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let half = split(leaves.len());
    let (left, right) = leaves.split_at(half);
    let (mut path, beside) = if at < half { (path_of(left, at), root(right)) } else { (path_of(right, at - half), root(left)) };
    path.push(beside);
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deposit(files: usize) -> Deposit {
        let entry = |at: usize| Entry::new(format!("src/{at:03} b.c").as_bytes(), Kind::File, 3, hash(&[&at.to_be_bytes()]));
        Deposit::new((0..files).map(entry).collect())
    }

    #[test]
    fn known_roots() {
        // Published vectors of certificate transparency: no leaf, and one empty leaf.
        assert!(root(&[]).to_string().starts_with("e3b0c44298fc1c14"));
        assert!(hash(&[&[0]]).to_string().starts_with("6e340b9cffb37a98"));
        let leaf = |bytes: &[u8]| hash(&[&[0], bytes]);
        let two = root(&[leaf(b""), leaf(&[0])]);
        assert_eq!(two.to_string(), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    }

    #[test]
    fn every_file_of_a_list_is_proven_and_no_other() {
        for files in 1..70 {
            let list = deposit(files);
            assert_eq!(Deposit::read(&list.to_string()).as_ref(), Ok(&list));
            for entry in list.entries() {
                let proof = list.open(&entry.path).expect("it is listed");
                assert_eq!(Proof::read(&proof.to_string()).as_ref(), Ok(&proof));
                let other = Proof { entry: Entry { bytes: 4, ..entry.clone() }, ..Proof::read(&proof.to_string()).unwrap() };
                assert!(Proof::read(&other.to_string()).is_err(), "another file");
                let elsewhere = Proof { at: proof.at + 1, ..Proof::read(&proof.to_string()).unwrap() };
                assert!(Proof::read(&elsewhere.to_string()).is_err(), "another place");
            }
            assert_eq!(list.open("src/none"), None);
        }
    }

    #[test]
    fn a_list_with_any_line_altered_is_refused() {
        let list = deposit(5).to_string();
        for at in 0..list.len() {
            let mut altered = list.clone().into_bytes();
            altered[at] ^= 1;
            let altered = String::from_utf8(altered).expect("still text");
            assert!(Deposit::read(&altered).is_err(), "{altered}");
        }
        for line in 0..list.lines().count() {
            let kept: Vec<&str> = list.lines().enumerate().filter(|(at, _)| *at != line).map(|(_, line)| line).collect();
            assert!(Deposit::read(&kept.join("\n")).is_err(), "{kept:?}");
        }
    }

    #[test]
    fn what_differs_is_told_by_path() {
        let (old, mut new) = (deposit(4), deposit(5));
        new.entries.remove(0);
        new.entries[0].bytes = 9;
        assert_eq!(
            old.changes(&new),
            [Change::Removed(&old.entries[0]), Change::Changed(&old.entries[1], &new.entries[0]), Change::Added(&new.entries[3])]
        );
        assert_eq!(old.changes(&old), []);
    }
}
