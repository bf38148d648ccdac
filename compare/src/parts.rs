//! What no fact tells of alone: opaque parts, files that run by themselves, rights and links, test data that a build reads.

use crate::places::{Matches, RUN_BITS};
use crate::sides::{View, ids};
use crate::traits::{Traits, distinct};
use doorward_model::difference::{self as classes, Change, Class, Turn};
use doorward_model::{Content, ContentId, Kind, Node, NodeId, Phase, ProblemKind, Role, Step, Value, blanked, text, vocabulary};
use std::collections::{BTreeMap, HashMap};

/// Problems that hide bytes from an examination, or deceive.
const OPAQUE: [ProblemKind; 6] = [
    ProblemKind::Unaccounted,
    ProblemKind::Encrypted,
    ProblemKind::Malformed,
    ProblemKind::Unsupported,
    ProblemKind::Nesting,
    ProblemKind::Deceptive,
];

/// Formats of bytes that nothing is known of.
const UNKNOWN: [&str; 1] = ["data"];

/// Shortest name of a test file by which it is recognised in what a build names.
const NAME_BYTES_MIN: usize = 6;

/// Adds the traits of one side.
pub(crate) fn add(view: &View<'_>, traits: &mut Traits) {
    for (content, id) in view.tree.contents.iter().zip(0..) {
        let problems = content.problems.iter().filter(|problem| OPAQUE.contains(&problem.kind));
        let kinds: BTreeMap<ProblemKind, u32> = problems.map(|problem| (problem.kind, 0)).collect();
        let unknown = is_unknown(content);
        if kinds.is_empty() && !unknown {
            continue;
        }
        for node in distinct(view, ContentId(id)) {
            let path = path(view, node);
            for kind in kinds.keys() {
                traits.add(view, &classes::OPAQUE, kind.name(), format!("{}: {path}", kind.name()), (node, 0));
            }
            // What was carved is told by the problem of what it was carved from.
            if unknown && !matches!(view.tree.node(node).step, Step::Carved { .. }) {
                traits.add(view, &classes::OPAQUE, "data", format!("of no known format: {path}"), (node, 0));
            }
        }
    }
    for (node, problem) in view.tree.place_problems.iter().filter(|(_, problem)| OPAQUE.contains(&problem.kind)) {
        let what = format!("{}: {}", problem.kind.name(), path(view, *node));
        traits.add(view, &classes::OPAQUE, problem.kind.name(), what, (*node, 0));
    }
    if view.facts {
        starts(view, traits);
        test_data(view, traits);
    }
}

/// Whether nothing is known of the bytes.
fn is_unknown(content: &Content) -> bool {
    UNKNOWN.contains(&&*content.reading.format) && content.len > 0
}

/// Whether a content hides bytes from an examination.
pub(crate) fn is_opaque(content: &Content) -> bool {
    is_unknown(content) || content.problems.iter().any(|problem| OPAQUE.contains(&problem.kind))
}

/// A place without versions, as it is told: the way from its root.
pub(crate) fn path(view: &View<'_>, id: NodeId) -> String {
    let chain = view.tree.chain(id);
    let names = chain.iter().map(|id| &view.tree.node(*id).name).filter(|name| !name.is_empty());
    let path = names.map(|name| text::visible(&blanked(name))).collect::<Vec<_>>().join(" > ");
    if path.is_empty() { "the input itself".into() } else { path }
}

/// Files of code that run while the package is built, installed or opened.
fn starts(view: &View<'_>, traits: &mut Traits) {
    for ((id, node), placement) in ids(view.tree).zip(&view.tree.placements) {
        let runs = matches!(placement.role, Role::Code | Role::Build) && placement.phase < Phase::Import;
        if runs && matches!(node.step, Step::Member { .. }) && node.meta.kind == Kind::File {
            // An archive has a folder around what a checkout has.
            let path = placement.path.strip_prefix(&*view.top).unwrap_or(&placement.path);
            let path = text::visible(&blanked(path));
            traits.add(view, &classes::INSTALL, "file", format!("{} {path}", placement.phase.name()), (id, 0));
        }
    }
}

/// Files of tests that code names which builds or installs the package.
fn test_data(view: &View<'_>, traits: &mut Traits) {
    let mut tests: HashMap<&[u8], NodeId> = HashMap::new();
    for ((id, node), placement) in ids(view.tree).zip(&view.tree.placements) {
        let base = placement.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if placement.role == Role::Test && node.content.is_some() && base.len() >= NAME_BYTES_MIN {
            tests.entry(base).or_insert(id);
        }
    }
    if tests.is_empty() {
        return;
    }
    for ((id, node), placement) in ids(view.tree).zip(&view.tree.placements) {
        let builds = placement.role == Role::Build || placement.phase < Phase::Open && placement.role == Role::Code;
        let Some(content) = node.content.filter(|_| builds) else { continue };
        for fact in &view.tree.content(content).facts {
            let named = fact.args.iter().filter(|_| fact.kind != &vocabulary::PATTERN).map(|(_, value)| value);
            for file in named.flat_map(|value| named_in(value, &tests)) {
                traits.add(view, &classes::TEST_DATA, "test-data", path(view, file), (id, fact.anchor.line));
            }
        }
    }
}

/// The files of tests that an argument names.
fn named_in(value: &Value, tests: &HashMap<&[u8], NodeId>) -> Vec<NodeId> {
    let Value::Text(bytes) = value else { return Vec::new() };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+".contains(byte);
    bytes.split(|byte| !is_name(byte)).filter_map(|word| tests.get(word).copied()).collect()
}

/// Adds what two matched files tell together.
pub(crate) fn changes(old: &View<'_>, new: &View<'_>, matches: &Matches, changes: &mut Vec<Change>) {
    for (to, node) in ids(new.tree) {
        let from = matches.old_of[to.0 as usize];
        let before = from.map(|from| old.tree.node(from));
        changes.extend(rights(before, node).map(|(turn, what, was)| altered(&classes::MODE, turn, what, was, to, 0)));
    }
}

/// Whether a file may newly run, or run as its owner; or points elsewhere.
fn rights<'n>(before: Option<&'n Node>, node: &'n Node) -> impl Iterator<Item = (Turn, String, Option<String>)> + 'n {
    let bits = |node: &Node| node.meta.mode.unwrap_or_default() & RUN_BITS;
    let (had, has) = (before.map_or(0, bits), bits(node));
    let name = text::visible(&blanked(&node.name));
    let special = (has & !had & 0o6000 != 0).then(|| (Turn::New, format!("{name} runs as its owner or group"), None));
    let runs = (before.is_some_and(|before| before.meta.mode.is_some())
        && had & 0o111 == 0
        && has & 0o111 != 0
        && node.meta.kind == Kind::File)
        .then(|| (Turn::Altered, format!("{name} may run"), None));
    let target = |node: &Node| node.meta.link_target.as_deref().map(text::visible);
    let was = before.and_then(target);
    let points = target(node).filter(|target| Some(target) != was.as_ref()).map(|target| {
        let turn = if was.is_some() { Turn::Altered } else { Turn::New };
        (turn, format!("{name} points to {target}"), was)
    });
    special.into_iter().chain(runs).chain(points)
}

fn altered(class: &'static Class, turn: Turn, what: String, was: Option<String>, node: NodeId, line: u32) -> Change {
    Change { class, turn, weighs: true, first: false, what: what.into(), was: was.map(Into::into), node, line, places: 1 }
}
