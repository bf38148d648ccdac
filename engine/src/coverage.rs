//! What was examined and what was not, in numbers.

use doorward_model::{Count, Coverage, Digest, Examined, Kind, Node, Root, Step, Tree};
use sha2::{Digest as _, Sha256};

/// Counts a finished tree.
pub fn coverage(tree: &Tree) -> Coverage {
    let mut coverage = Coverage {
        files: tree.nodes.iter().filter(|node| node.meta.kind == Kind::File).count() as u64,
        contents: tree.contents.len() as u64,
        ..Coverage::default()
    };
    for content in &tree.contents {
        coverage.bytes += content.len;
        let examined = match content.examined {
            Examined::Hashed => "hashed",
            Examined::Scanned => "scanned",
            Examined::Parsed => "parsed",
            Examined::Opened => "opened",
        };
        count(coverage.examined.entry(examined.into()).or_default(), content.len);
        count(coverage.formats.entry(content.reading.format.clone()).or_default(), content.len);
        for problem in &content.problems {
            *coverage.problems.entry(problem.kind.name().into()).or_default() += 1;
        }
    }
    for (_, problem) in &tree.place_problems {
        *coverage.problems.entry(problem.kind.name().into()).or_default() += 1;
    }
    coverage
}

fn count(count: &mut Count, bytes: u64) {
    count.contents += 1;
    count.bytes += bytes;
}

/// What the roots are, without their names.
pub fn roots(tree: &Tree) -> Vec<Root> {
    let mut roots: Vec<Root> = Vec::new();
    let mut lists: Vec<Sha256> = Vec::new();
    for node in &tree.nodes {
        match (&node.step, node.parent) {
            (Step::Root { .. }, _) => {
                let content = node.content.map(|id| tree.content(id));
                roots.push(Root { kind: node.meta.kind, digest: content.map(|c| c.digest), bytes: content.map_or(0, |c| c.len) });
                lists.push(Sha256::new());
            }
            // The members of a folder stand right behind it and before anything that was opened from them.
            (Step::Member { .. }, Some(parent)) if is_folder(tree, parent.0) => {
                let Step::Root { index } = tree.node(parent).step else { continue };
                let at = index as usize;
                list(&mut lists[at], node, tree, &mut roots[at]);
            }
            _ => {}
        }
    }
    for (root, list) in roots.iter_mut().zip(lists) {
        if root.kind == Kind::Directory {
            root.digest = Some(Digest(list.finalize().into()));
        }
    }
    roots
}

fn is_folder(tree: &Tree, id: u32) -> bool {
    let node = &tree.nodes[id as usize];
    node.parent.is_none() && node.meta.kind == Kind::Directory
}

/// Adds one member to the digest of a folder: length and bytes of its path, then its digest, or zeros where it has no content.
fn list(hash: &mut Sha256, node: &Node, tree: &Tree, root: &mut Root) {
    let content = node.content.map(|id| tree.content(id));
    hash.update((node.name.len() as u64).to_le_bytes());
    hash.update(&node.name);
    hash.update(content.map_or(Digest::default(), |content| content.digest).0);
    root.bytes += content.map_or(0, |content| content.len);
}
