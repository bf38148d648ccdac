//! What packagers write beside an author's files, held against the shipment that it speaks of.

use super::stock::base;
use crate::sides::ids;
use doorward_model::prints::{Hash, Part, Prints, Writer};
use doorward_model::{Digest, Step, Tree, text};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};

/// Files that a packager writes, by the end of their path. The name lets a form count; it explains nothing by itself.
const WRITTEN: &[&str] = &[
    "PKG-INFO",
    ".dist-info/METADATA",
    ".dist-info/WHEEL",
    ".dist-info/RECORD",
    ".dist-info/entry_points.txt",
    ".dist-info/top_level.txt",
    ".egg-info/SOURCES.txt",
    ".egg-info/top_level.txt",
    ".egg-info/dependency_links.txt",
    ".egg-info/entry_points.txt",
    ".egg-info/requires.txt",
    ".egg-info/not-zip-safe",
    ".egg-info/zip-safe",
    ".cargo_vcs_info.json",
    "Cargo.toml",
    "META-INF/MANIFEST.MF",
    "setup.cfg",
];

/// Most files that are named of those that a list gets wrong.
const LIES_MAX: usize = 20;

/// The names that a shipment's own files have.
pub(super) struct Shipment {
    /// Hashes of their paths, and of the paths without the folder that all lie in.
    paths: HashSet<Hash>,
    /// Hashes of the names of what lies at the top.
    tops: HashSet<Hash>,
    /// The digests by path, of archives without a top folder.
    digests: HashMap<Box<[u8]>, Digest>,
}

impl Shipment {
    pub fn new(tree: &Tree) -> Self {
        let mut shipment = Self { paths: HashSet::new(), tops: HashSet::new(), digests: HashMap::new() };
        for (_, node) in ids(tree).filter(|(_, node)| matches!(node.step, Step::Member { .. })) {
            let whole: &[u8] = &node.name;
            let below = whole.iter().position(|byte| *byte == b'/').map(|slash| &whole[slash + 1..]);
            for name in [Some(whole), below].into_iter().flatten() {
                shipment.paths.insert(hash(name));
                let top = name.split(|byte| *byte == b'/').next().unwrap_or_default();
                shipment.tops.insert(hash(top));
                shipment.tops.insert(hash(top.strip_suffix(b".py").unwrap_or(top)));
                // `src/package` is where many keep their packages.
                let source = name.strip_prefix(b"src/").and_then(|rest| rest.split(|byte| *byte == b'/').next());
                shipment.tops.extend(source.map(|top| hash(top.strip_suffix(b".py").unwrap_or(top))));
            }
            if let Some(content) = node.content.map(|content| tree.content(content)) {
                shipment.digests.insert(node.name.clone(), content.digest);
            }
        }
        shipment
    }

    /// Which lines a packager may have written; `words` are those of the sources' manifests.
    pub fn writer<'w>(&'w self, path: &'w [u8], words: &'w HashSet<Hash>) -> impl Fn(&Part) -> bool + 'w {
        let written = is_written(path);
        let name = base(path);
        let lists_paths = name == b"SOURCES.txt";
        let lists_tops = name == b"top_level.txt";
        move |part: &Part| {
            let formal = match part.writer {
                Writer::Author => false,
                Writer::Packager => true,
                Writer::Named(word) => words.contains(&word),
                Writer::Path(path) => self.paths.contains(&path),
            };
            let listed = lists_paths && self.paths.contains(&part.hash) || lists_tops && self.tops.contains(&part.hash);
            part.weight == 0 || written && (formal || listed)
        }
    }

    /// Files that a list of digests at this path says are others than they are, and files of a wheel that it leaves out.
    pub fn lies(&self, prints: &Prints, path: &[u8]) -> Vec<Box<str>> {
        let Some(folder) = path.strip_suffix(base(path)).filter(|_| !prints.listed.is_empty()) else { return Vec::new() };
        // The list speaks of what lies beside its own folder.
        let around = folder.strip_suffix(b"/").map_or(folder, |folder| &folder[..folder.len() - base(folder).len()]);
        let at = |listed: &[u8]| [around, listed].concat();
        let differs = |(path, digest): &&(Box<[u8]>, Digest)| self.digests.get(&*at(path)).is_none_or(|found| found != digest);
        let lies = prints.listed.iter().filter(differs);
        let mut said: Vec<Box<str>> =
            lies.map(|(path, _)| format!("it lists another file as {}", text::visible(path)).into()).collect();
        let listed: HashSet<&[u8]> = prints.listed.iter().map(|(path, _)| &**path).collect();
        let left_out = self.digests.keys().filter(|found| !listed.contains(&***found) && !found.starts_with(folder));
        let mut left_out: Vec<&[u8]> = left_out.filter(|_| around.is_empty()).map(|found| &**found).collect();
        left_out.sort_unstable();
        said.extend(left_out.iter().map(|found| format!("it leaves out {}", text::visible(found)).into()));
        said.truncate(LIES_MAX);
        said
    }
}

/// Whether a file of this path is a description in the packager's form, which nothing runs and which is put together from texts.
pub(super) fn is_description(path: &[u8]) -> bool {
    is_written(path) && [&b"PKG-INFO"[..], b"METADATA"].contains(&base(path))
}

/// Whether a packager writes a file of this path.
pub(super) fn is_written(path: &[u8]) -> bool {
    WRITTEN.iter().any(|end| {
        let before = path.strip_suffix(end.as_bytes());
        before.is_some_and(|before| before.is_empty() || before.ends_with(b"/") || end.starts_with('.'))
    })
}

/// The hash that a line of these bytes has among prints.
pub(super) fn hash(line: &[u8]) -> Hash {
    let digest: [u8; 32] = Sha256::digest(line).into();
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_lets_a_form_count_only_where_the_packager_writes_it() {
        for path in ["a-1/PKG-INFO", "PKG-INFO", "a-1.dist-info/RECORD", "x/a.egg-info/SOURCES.txt", "a-1/.cargo_vcs_info.json"] {
            assert!(is_written(path.as_bytes()), "{path}");
        }
        for path in ["a-1/MY-PKG-INFO", "RECORD", "docs/METADATA", "SOURCES.txt", "x/Cargo.toml.orig"] {
            assert!(!is_written(path.as_bytes()), "{path}");
        }
    }
}
