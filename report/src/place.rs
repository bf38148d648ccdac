//! Places as text for people: `package/setup.py > base64@123`.
//!
//! For display alone. Machines follow the parents in `nodes`, where every name stands whole: a shown path is cut in the middle
//! when it is long, so that a report grows with its input and not with the depth of it.

use crate::names::{inert, shown};
use doorward_model::{Kind, Node, NodeId, Step, Tree};

/// Most bytes of one name that are shown.
const NAME_SHOWN_BYTES_MAX: usize = 400;
/// Most steps of a chain that are shown: so many from its start, and twice as many from its end.
const STEPS_SHOWN_ENDS: usize = 8;
/// Most bytes of a path that are shown.
pub(crate) const PATH_SHOWN_BYTES_MAX: usize = 1_000;

/// Where a node stands in its root; `.` is the root itself.
pub(crate) fn path(tree: &Tree, id: NodeId) -> String {
    joined(tree, id, None)
}

/// Where a node stands, with the name of its root before it.
pub(crate) fn path_from(tree: &Tree, id: NodeId, root_name: &str) -> String {
    joined(tree, id, Some(root_name))
}

/// Other places in words: `a, b and 3 more`; `total` counts those that are not named as well. `None` where there is no other.
pub(crate) fn also(named: &[String], total: u64) -> Option<String> {
    let more = total.saturating_sub(u64::try_from(named.len()).unwrap_or(u64::MAX));
    match (named.split_last(), more) {
        (None, 0) => None,
        (None, _) => Some(format!("{more} more")),
        (Some((last, [])), 0) => Some(last.clone()),
        (Some((last, rest)), 0) => Some(format!("{} and {last}", rest.join(", "))),
        (Some(_), _) => Some(format!("{} and {more} more", named.join(", "))),
    }
}

/// The position of a node's root in the order of the inputs.
pub(crate) fn root(tree: &Tree, id: NodeId) -> u32 {
    match chain(tree, id).first().map(|(_, node)| &node.step) {
        Some(Step::Root { index }) => *index,
        _ => 0,
    }
}

/// The nodes from the root to this one; ends early where a parent is not one of the tree's.
fn chain(tree: &Tree, id: NodeId) -> Vec<(NodeId, &Node)> {
    let mut chain = Vec::new();
    let mut at = Some(id);
    while let Some(id) = at {
        let Some(node) = tree.nodes.get(id.0 as usize) else { break };
        chain.push((id, node));
        // Parents stand before their children; anything else would be a circle.
        at = node.parent.filter(|parent| *parent < id);
    }
    chain.reverse();
    chain
}

fn joined(tree: &Tree, id: NodeId, root_name: Option<&str>) -> String {
    let chain = chain(tree, id);
    let mut path = root_name.unwrap_or_default().to_owned();
    let left_out = chain.len().saturating_sub(3 * STEPS_SHOWN_ENDS);
    for (at, (_, node)) in chain.iter().enumerate().skip(1) {
        let parent = chain[at - 1].1;
        if left_out > 0 && (STEPS_SHOWN_ENDS..STEPS_SHOWN_ENDS + left_out).contains(&at) {
            if at == STEPS_SHOWN_ENDS {
                path.push_str(&format!(" > ... {left_out} more ..."));
            }
            continue;
        }
        let next = chain.get(at + 1).map(|(_, node)| &node.step);
        let Some(segment) = segment(tree, parent, node, next) else { continue };
        if !path.is_empty() {
            let inside = parent.meta.kind == Kind::Directory && matches!(node.step, Step::Member { .. });
            path.push_str(if !inside {
                " > "
            } else if path.ends_with('/') {
                ""
            } else {
                "/"
            });
        }
        path.push_str(&segment);
    }
    if path.is_empty() { ".".into() } else { cut(path, PATH_SHOWN_BYTES_MAX) }
}

/// One step; `None` for a compression layer around an archive, which goes without saying.
fn segment(tree: &Tree, parent: &Node, node: &Node, next: Option<&Step>) -> Option<String> {
    Some(match &node.step {
        Step::Root { .. } => return None,
        Step::Layer if matches!(next, Some(Step::Member { .. })) => return None,
        Step::Layer => {
            let content = parent.content.and_then(|id| tree.contents.get(id.0 as usize));
            content.map_or_else(|| "layer".into(), |content| inert(&content.reading.format).into_owned())
        }
        Step::Carved { from } => format!("carved@{}", from.start),
        Step::Decoded { from, codec } => format!("{}@{}", inert(codec), from.start),
        Step::Member { index } if node.name.is_empty() => format!("member#{index}"),
        // A name must not be able to write the arrow that joins steps.
        Step::Member { .. } => name(&node.name).replace(" > ", " \\u{3e} "),
    })
}

/// A name, cut in its middle where it is long.
fn name(bytes: &[u8]) -> String {
    if bytes.len() <= NAME_SHOWN_BYTES_MAX {
        return shown(bytes).into_owned();
    }
    let (start, end) = (NAME_SHOWN_BYTES_MAX / 2, bytes.len() - NAME_SHOWN_BYTES_MAX / 2);
    format!("{}...{}", shown(&bytes[..start]), shown(&bytes[end..]))
}

/// Text without its middle, so that at most `bytes_max` bytes and five of dots are left.
pub(crate) fn cut(text: String, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text;
    }
    let start = text.floor_char_boundary(bytes_max / 2);
    let end = text.ceil_char_boundary(text.len() - bytes_max / 2);
    format!("{} ... {}", &text[..start], &text[end..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn other_places_are_named_and_counted() {
        let table: [(&[&str], u64, Option<&str>); 7] = [
            (&[], 0, None),
            (&[], 3, Some("3 more")),
            (&["a"], 1, Some("a")),
            (&["a"], 2, Some("a and 1 more")),
            (&["a", "b"], 2, Some("a and b")),
            (&["a", "b", "c"], 999, Some("a, b, c and 996 more")),
            (&["a", "b"], 0, Some("a and b")),
        ];
        for (named, total, expected) in table {
            let named: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(super::also(&named, total).as_deref(), expected, "{named:?} {total}");
        }
    }
}
