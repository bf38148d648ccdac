//! The names in one container: which of them lead outside, repeat another or hide what they are. Names are bytes and are never
//! changed; a problem is said, and the member is examined under the name it has.

use crate::Children;
use crate::ledger::problem;
use doorward_model::{Kind, Meta, ProblemKind, text};
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::Range;

/// Most bytes of a name that a problem shows.
const SHOWN_BYTES_MAX: usize = 120;

/// Most parts of a name that are looked up among the symbolic links.
const PARTS_MAX: usize = 64;

/// Remembers the names of one container. A name is kept as 128 bits under two random keys, so that a million members cost
/// little and nobody can prepare two names that meet; only whether a name was met leaves here, so no randomness does.
#[derive(Default)]
pub(crate) struct Names {
    keys: (RandomState, RandomState),
    seen: HashSet<u128>,
    /// Whether a name may well stand in one container more than once.
    repeats: bool,
    links: HashSet<u128>,
}

impl Names {
    /// For containers whose names repeat: objects of a static library come from many folders.
    pub(crate) fn that_repeat() -> Self {
        Self { repeats: true, ..Self::default() }
    }

    /// Checks the name of the member that stands at `range`, and says what is wrong with it.
    pub(crate) fn check(&mut self, name: &[u8], meta: &Meta, range: Range<usize>, children: &mut dyn Children) {
        let mut say = |detail: String| problem(children, range.clone(), ProblemKind::Deceptive, detail);
        if let Some(what) = deception(name) {
            say(format!("the name {} {what}", shown(name)));
        }
        let plain = plain(name);
        let key = self.key(plain);
        if meta.kind != Kind::Directory && !self.repeats && !self.seen.insert(key) {
            say(format!("the name {} stands here more than once", shown(name)));
        }
        if !self.links.is_empty() && self.leads_through_link(plain) {
            say(format!("the name {} leads through a symbolic link of the same archive", shown(name)));
        }
        if meta.kind == Kind::Symlink {
            self.links.insert(key);
        }
        link(name, meta, range, children);
    }

    fn key(&self, name: &[u8]) -> u128 {
        u128::from(self.keys.0.hash_one(name)) << 64 | u128::from(self.keys.1.hash_one(name))
    }

    fn leads_through_link(&self, name: &[u8]) -> bool {
        let slashes = memchr::memchr_iter(b'/', name).take(PARTS_MAX);
        slashes.filter_map(|at| name.get(..at)).any(|folder| self.links.contains(&self.key(folder)))
    }
}

/// Says where a link leads out of the archive.
pub(crate) fn link(name: &[u8], meta: &Meta, range: Range<usize>, children: &mut dyn Children) {
    if let Some(target) = &meta.link_target
        && leads_out(plain(name), target, meta.kind)
    {
        let detail = format!("the link {} leads out of the archive, to {}", shown(name), shown(target));
        problem(children, range, ProblemKind::Deceptive, detail);
    }
}

/// The name without `./` before it and slashes behind it, as an extractor would take it.
fn plain(name: &[u8]) -> &[u8] {
    let mut name = name;
    while let Some(after) = name.strip_prefix(b"./") {
        name = after;
    }
    while let Some(before) = name.strip_suffix(b"/") {
        name = before;
    }
    name
}

/// What is deceptive in the name itself.
fn deception(name: &[u8]) -> Option<&'static str> {
    if name.is_empty() {
        return Some("is empty");
    }
    let ordinary = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'\\';
    if name.first() == Some(&b'/') || name.first() == Some(&b'\\') || (name.get(1) == Some(&b':') && name.get(2) == Some(&b'\\'))
    {
        return Some("is absolute");
    }
    if memchr::memmem::find(name, b"..").is_some() && name.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part == b"..") {
        return Some("leads to a folder above");
    }
    if name.iter().all(ordinary) {
        return None;
    }
    if name.contains(&0) {
        return Some("has a NUL in it");
    }
    if name.contains(&b'\\') {
        return Some("has a backslash in it, which some readers take for a slash");
    }
    let hidden = name.utf8_chunks().any(|chunk| chunk.valid().chars().any(text::is_deceptive));
    hidden.then_some("has characters that are not shown or that reorder others")
}

/// Whether a link leads out of the archive by the parts of its target. Absolute symbolic links are common in system packages
/// and are recorded in the metadata only.
fn leads_out(name: &[u8], target: &[u8], kind: Kind) -> bool {
    let absolute = target.first() == Some(&b'/');
    if kind == Kind::Hardlink {
        return absolute || target.split(|byte| *byte == b'/').any(|part| part == b"..");
    }
    if absolute {
        return false;
    }
    // Depth of the folder that holds the link, then walk the target from there.
    let mut depth = memchr::memchr_iter(b'/', name).count();
    for part in target.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => match depth.checked_sub(1) {
                Some(above) => depth = above,
                None => return true,
            },
            _ => depth = depth.saturating_add(1),
        }
    }
    false
}

/// A name as a problem shows it: made visible, and cut.
pub(crate) fn shown(name: &[u8]) -> String {
    let cut = name.get(..SHOWN_BYTES_MAX).unwrap_or(name);
    let more = if cut.len() < name.len() { "..." } else { "" };
    format!("\"{}{more}\"", text::visible(cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Collect;
    use doorward_model::Limits;

    fn check(members: &[(&[u8], Kind, &[u8])], expected: &[&str]) {
        let mut names = Names::default();
        let mut collect = Collect::new(&Limits::default());
        for (name, kind, target) in members {
            let link_target = (!target.is_empty()).then(|| (*target).into());
            names.check(name, &Meta { kind: *kind, link_target, ..Meta::default() }, 0..1, &mut collect);
        }
        let found: Vec<_> = collect.problems.iter().map(|problem| &*problem.detail).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
    }

    #[test]
    fn deceptive_names_are_said() {
        use Kind::{Directory, File, Hardlink, Symlink};
        check(&[(b"a/b.txt", File, b""), (b"a..b/c", File, b""), ("ä".as_bytes(), File, b""), (b"\xff", File, b"")], &[]);
        check(&[(b"/etc/passwd", File, b"")], &["absolute"]);
        check(&[(b"C:\\x", File, b"")], &["absolute"]);
        check(&[(b"a/../../b", File, b"")], &["above"]);
        check(&[(b"a\\..\\b", File, b"")], &["above"]);
        check(&[(b"a\\b", File, b"")], &["backslash"]);
        check(&[(b"a\0b", File, b"")], &["NUL"]);
        check(&[(b"a\nb", File, b"")], &["not shown"]);
        check(&[("a\u{202e}txt.exe".as_bytes(), File, b"")], &["not shown"]);
        check(&[(b"", File, b"")], &["is empty"]);
        check(&[(b"a", File, b""), (b"./a", File, b"")], &["more than once"]);
        check(&[(b"a/", Directory, b""), (b"a/", Directory, b"")], &[]);
        check(&[(b"l", Symlink, b"/etc"), (b"l/passwd", File, b"")], &["through a symbolic link"]);
        check(&[(b"a/l", Symlink, b"../b"), (b"l", Symlink, b"x/../y")], &[]);
        check(&[(b"a/l", Symlink, b"../../b")], &["leads out"]);
        check(&[(b"h", Hardlink, b"/etc/passwd"), (b"i", Hardlink, b"a/../b")], &["leads out", "leads out"]);
        let long = [b'a'; 500];
        check(&[(&long, File, b""), (&long, File, b"")], &["aaa...\" stands here"]);
    }
}
