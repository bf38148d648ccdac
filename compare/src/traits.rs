//! What a package does and holds, as sets that two versions can be compared by.
//!
//! A trait is a class and the words that tell it: the kind of a fact and its constant arguments. A package has one trait once,
//! wherever it stands; what has it in tests and documents alone has it aside.

use crate::packages::PackageKey;
use crate::{checks, parts};

use crate::places::Matches;
use crate::sides::View;
use crate::table::{ROWS, Row};
use doorward_model::difference::{self as classes, Change, Class, Turn};
use doorward_model::{Content, ContentId, Digest, Fact, NodeId, Value, text, vocabulary};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most characters of one argument that are shown and compared.
const ARGUMENT_CHARS_MAX: usize = 120;

/// What makes a trait this one: its package, its class and kind, what it says, whether it is in tests or documents alone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub package: PackageKey,
    pub rank: usize,
    /// What several traits have in common: the kind of fact, or the class.
    pub kind: &'static str,
    /// What it says, without the package's own version.
    pub what: Box<str>,
}

/// Where a trait is.
pub(crate) struct Seen {
    /// What it says, with versions.
    pub what: Box<str>,
    pub node: NodeId,
    pub line: u32,
    pub places: u64,
    /// In tests or documents alone.
    pub aside: bool,
}

/// The traits of one side.
#[derive(Default)]
pub(crate) struct Traits {
    pub seen: BTreeMap<Key, Seen>,
}

impl Traits {
    /// Something was seen at a place and line.
    pub fn add(&mut self, view: &View<'_>, class: &Class, kind: &'static str, what: impl Into<Box<str>>, at: (NodeId, u32)) {
        self.add_seen(view, class, kind, what.into(), at, view.is_aside(at.0));
    }

    fn add_seen(&mut self, view: &View<'_>, class: &Class, kind: &'static str, what: Box<str>, at: (NodeId, u32), aside: bool) {
        let (node, line) = at;
        // Whether a capability is the first is asked of its kind; of anything else, of all of its class.
        let kind = if *class == classes::CAPABILITY { kind } else { class.name };
        let blank = view.without_version(&what);
        let key = Key { package: view.packages[node.0 as usize].clone(), rank: class.rank(), kind, what: blank };
        let seen = self.seen.entry(key).or_insert(Seen { what, node, line, places: 0, aside });
        // What runs is shown before what tests or describes it.
        if seen.aside && !aside {
            (seen.node, seen.line, seen.aside) = (node, line, false);
        }
        seen.places += 1;
    }
}

impl Traits {
    /// What a row makes of a fact at a place.
    fn add_fact(&mut self, view: &View<'_>, row: &Row, fact: &Fact, node: NodeId) {
        let Some(mut what) = words(row, fact) else { return };
        let hosts = *row.class == classes::DESTINATION;
        let aside = view.is_aside(node) || hosts && (is_comment(fact) || view.describes(node));
        if *row.class == classes::EXECUTABLE {
            what = format!("{what}: {}", parts::path(view, node)).into();
        }
        self.add_seen(view, row.class, row.kind.name, what, (node, fact.anchor.line), aside);
    }
}

/// What the new side newly does, holds or lacks.
pub(crate) fn changes(old: &View<'_>, new: &View<'_>, matches: &Matches) -> Vec<Change> {
    let facts = old.facts && new.facts;
    let (before, after) = (of_side(old, facts), of_side(new, facts));
    let kinds: BTreeSet<(&PackageKey, &str)> = before.seen.keys().map(|key| (&key.package, key.kind)).collect();
    let bytes: BTreeSet<Digest> = old.tree.contents.iter().map(|content| content.digest).collect();
    let mut changes = Vec::new();
    for (key, seen) in &after.seen {
        let known = before.seen.get(key);
        if known.is_some_and(|known| !known.aside || seen.aside) {
            continue;
        }
        let first = !kinds.contains(&(&key.package, key.kind));
        // Bytes that were there under another name are no new part.
        let part = [classes::OPAQUE.rank(), classes::EXECUTABLE.rank()].contains(&key.rank);
        let moved = part && new.digest(seen.node).is_some_and(|digest| bytes.contains(&digest));
        changes.push(change(key, seen, Turn::New, !seen.aside && !moved, first));
    }
    for (key, seen) in before.seen.iter().filter(|(key, _)| !after.seen.contains_key(key)) {
        changes.push(change(key, seen, Turn::Gone, false, false));
    }
    parts::changes(old, new, matches, &mut changes);
    if facts {
        checks::add(old, new, matches, &mut changes);
    }
    changes.sort_by(|a, b| order(a).cmp(&order(b)));
    changes
}

fn order(change: &Change) -> impl Ord {
    (change.class.rank(), !change.weighs, change.turn, !change.first, change.what.clone(), change.node)
}

fn change(key: &Key, seen: &Seen, turn: Turn, weighs: bool, first: bool) -> Change {
    let class = classes::CLASSES[key.rank];
    Change {
        class,
        turn,
        weighs,
        first,
        what: seen.what.clone(),
        was: None,
        node: seen.node,
        line: seen.line,
        places: seen.places,
    }
}

/// What a content does and holds, by the facts alone, heaviest first.
pub(crate) fn said(content: &Content) -> Vec<Box<str>> {
    let mut said: BTreeSet<(usize, Box<str>)> = BTreeSet::new();
    for fact in content.facts.iter().filter(|fact| !is_comment(fact)) {
        for row in ROWS.iter().filter(|row| row.kind.name == fact.kind.name) {
            let heading = if *row.class == classes::DESTINATION { "names host " } else { "" };
            said.extend(words(row, fact).map(|what| (row.class.rank(), format!("{heading}{what}").into())));
        }
    }
    said.into_iter().map(|(_, what)| what).collect()
}

/// The traits of a side; without `facts` those alone that an inventory holds.
fn of_side(view: &View<'_>, facts: bool) -> Traits {
    let mut traits = Traits::default();
    let mut rows: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in ROWS.iter().filter(|row| facts || row.inventory) {
        rows.entry(row.kind.name).or_default().push(row);
    }
    for (content, id) in view.tree.contents.iter().zip(0..) {
        let nodes = distinct(view, ContentId(id));
        for fact in &content.facts {
            for row in rows.get(fact.kind.name).into_iter().flatten() {
                nodes.iter().for_each(|node| traits.add_fact(view, row, fact, *node));
            }
        }
    }
    for (node, fact) in view.tree.units.iter().flat_map(|unit| &unit.facts) {
        for row in rows.get(fact.kind.name).into_iter().flatten() {
            traits.add_fact(view, row, fact, *node);
        }
    }
    parts::add(view, &mut traits);
    traits
}

/// The first place of a content in each package, in what runs and aside.
pub(crate) fn distinct(view: &View<'_>, id: ContentId) -> Vec<NodeId> {
    let mut met = BTreeSet::new();
    let places = view.places[id.0 as usize].iter();
    places.filter(|node| met.insert((&view.packages[node.0 as usize], view.is_aside(**node)))).copied().collect()
}

/// Whether a fact stands in a comment, as far as the text around it tells.
fn is_comment(fact: &Fact) -> bool {
    let before = fact.span.start.saturating_sub(fact.anchor.start);
    let before = fact.anchor.excerpt.get(..usize::try_from(before).unwrap_or(usize::MAX)).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let begins = [&b"//"[..], b"#", b"*", b"/*", b"--", b";"].iter().any(|mark| line.trim_ascii_start().starts_with(mark));
    // Behind code, where no text is open that the mark could stand in.
    let quoted = line.iter().any(|byte| b"\"'`".contains(byte));
    begins || !quoted && line.windows(3).any(|mark| mark == b" //" || mark == b" # ")
}

/// What a fact says by a row; `None` where the row does not speak of it.
fn words(row: &Row, fact: &Fact) -> Option<Box<str>> {
    if let Some((arg, values)) = row.only
        && !fact.arg(arg).is_some_and(|value| values.contains(&&*shown(value)))
    {
        return None;
    }
    let args: Vec<String> = row.args.iter().filter_map(|arg| fact.arg(arg)).map(shown).filter(|arg| !arg.is_empty()).collect();
    let said = [row.says.to_owned()].into_iter().chain(args).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let said = if fact.kind == &vocabulary::PACKAGE_PERSON { address(&said).to_owned() } else { said };
    (!said.is_empty()).then(|| said.into())
}

/// Who a person is: the address, where there is one, for names are spelled in many ways.
fn address(name: &str) -> &str {
    let inner = name.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inside, _)| inside);
    inner.or_else(|| name.split_whitespace().find(|word| word.contains('@'))).unwrap_or(name)
}

/// A constant argument, visible and cut; empty for one that is not known before the program runs.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(bytes) => {
            let folded: Vec<&[u8]> = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
            let shown = text::visible(&folded.join(&b' '));
            match shown.char_indices().nth(ARGUMENT_CHARS_MAX) {
                Some((end, _)) => format!("{}...", &shown[..end]),
                None => shown,
            }
        }
        Value::Number(number) => number.to_string(),
        Value::List(values) => values.iter().map(shown).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "),
        Value::From { .. } | Value::Computed => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::{Anchor, Span};

    #[test]
    fn people_are_known_by_their_addresses() {
        for (name, expected) in [
            ("Ada Example <ada@example.test>", "ada@example.test"),
            ("Ada Example ada@example.test", "ada@example.test"),
            ("ada@example.test", "ada@example.test"),
            ("Ada Example (https://ada.example.test)", "Ada Example (https://ada.example.test)"),
        ] {
            assert_eq!(address(name), expected);
        }
    }

    #[test]
    fn comments_are_told_by_the_text_before() {
        let cases = [
            ("x\n  // see ", true),
            ("# at ", true),
            (" * at ", true),
            ("f(); // see ", true),
            ("const a = '", false),
            ("const a = 'b // ", false),
            ("get(\"", false),
        ];
        for (before, expected) in cases {
            let mut fact = Fact::new(&vocabulary::URL, Span::new(1_000, 1_010), "test");
            let start = 1_000 - before.len() as u64;
            fact.anchor = Anchor { line: 1, column: 1, excerpt: format!("{before}https://a.test").into_bytes().into(), start };
            assert_eq!(is_comment(&fact), expected, "{before:?}");
        }
    }
}
