//! Checks that a file had and lacks, and cryptographic constants whose value is another.
//!
//! Asked only of files that are on both sides with other bytes: what goes away with a whole file or function is told of that.

use crate::places::Matches;
use crate::sides::{View, ids};
use doorward_model::difference::{self as classes, Change, Class, Turn};
use doorward_model::{Content, Fact, NodeId, text, vocabulary};
use std::collections::{BTreeMap, BTreeSet};

/// Checks of which each call counts; of the others, whether a function has any.
const EACH: [&str; 4] = ["certificate", "signature", "digest", "access"];

/// Adds what two matched files tell together.
pub(crate) fn add(old: &View<'_>, new: &View<'_>, matches: &Matches, changes: &mut Vec<Change>) {
    for (to, _) in ids(new.tree) {
        let Some((from, before)) = matches.old_of[to.0 as usize].and_then(|from| Some((from, old.content(from)?))) else {
            continue;
        };
        let Some(after) = new.content(to).filter(|after| after.digest != before.digest) else { continue };
        let weighs = !new.is_aside(to);
        for (what, line) in removed(before, after) {
            changes.push(change(&classes::CHECK, Turn::Gone, what, None, (from, line), weighs));
        }
        for (name, was, is, line) in constants(before, after) {
            changes.push(change(&classes::CONSTANT, Turn::Altered, format!("{name} = {is}"), Some(was), (to, line), weighs));
        }
    }
}

fn change(class: &'static Class, turn: Turn, what: String, was: Option<String>, at: (NodeId, u32), weighs: bool) -> Change {
    let (node, line) = at;
    Change { class, turn, weighs, first: false, what: what.into(), was: was.map(Into::into), node, line, places: 1 }
}

/// The calls of one content by their function, by what they check and by their last name, with the first line of each.
fn calls(content: &Content) -> BTreeMap<(&str, &str, &str), u32> {
    let mut calls = BTreeMap::new();
    for fact in content.facts.iter().filter(|fact| fact.kind == &vocabulary::CHECK) {
        let (what, call) = (fact.text("what").unwrap_or_default(), fact.text("call").unwrap_or_default());
        let name = call.rsplit(['.', ':']).next().unwrap_or_default();
        let name = if EACH.contains(&what) { name } else { "" };
        calls.entry((function(content, fact), what, name)).or_insert(fact.anchor.line);
    }
    calls
}

fn function<'c>(content: &'c Content, fact: &Fact) -> &'c str {
    content.functions.get(fact.function as usize).map_or("", |name| name)
}

/// Checks that a function had and lacks, where it is still there; else those that the whole file lacks.
fn removed(before: &Content, after: &Content) -> Vec<(String, u32)> {
    let (had, has) = (calls(before), calls(after));
    let functions: BTreeSet<&str> = after.functions.iter().map(|name| &**name).filter(|name| !name.is_empty()).collect();
    let still: BTreeSet<(&str, &str)> = has.keys().map(|(_, what, name)| (*what, *name)).collect();
    let mut removed = BTreeMap::new();
    for ((function, what, name), line) in had.iter().filter(|(key, _)| !has.contains_key(*key)) {
        let whole = !functions.contains(function);
        // A call that moved to another function of the file is still made, and what a function did that is gone is gone with it.
        if still.contains(&(*what, *name)) && !name.is_empty() || whole && (name.is_empty() && !function.is_empty()) {
            continue;
        }
        let who = if whole { "the file".to_owned() } else { text::visible(function.as_bytes()) };
        let call = match *name {
            "" if *what == "log" => "logs no warning or error any more".into(),
            "" => format!("checks no {what} any more"),
            name => format!("no longer calls {} (checks {what})", text::visible(name.as_bytes())),
        };
        removed.entry(format!("{who} {call}")).or_insert(*line);
    }
    removed.into_iter().collect()
}

/// Constants of one name with other values than before: name, before, now, line.
fn constants(before: &Content, after: &Content) -> Vec<(String, String, String, u32)> {
    let (had, has) = (values(before), values(after));
    let mut changed = Vec::new();
    for (name, now) in &has {
        let Some(were) = had.get(name) else { continue };
        let gone = were.iter().filter(|(was, _)| !now.iter().any(|(is, _)| is == was));
        let come = now.iter().filter(|(is, _)| !were.iter().any(|(was, _)| was == is));
        changed.extend(
            gone.zip(come).map(|((was, _), (is, line))| (text::visible(name.as_bytes()), was.clone(), is.clone(), *line)),
        );
    }
    changed
}

/// The values of each constant by its name.
fn values(content: &Content) -> BTreeMap<&str, Vec<(String, u32)>> {
    let mut values: BTreeMap<&str, Vec<(String, u32)>> = BTreeMap::new();
    for fact in content.facts.iter().filter(|fact| fact.kind == &vocabulary::CRYPTO_CONSTANT) {
        if let (Some(name), Some(value)) = (fact.text("name"), fact.text("value")) {
            values.entry(name).or_default().push((text::visible(value.as_bytes()), fact.anchor.line));
        }
    }
    values
}
