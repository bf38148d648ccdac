//! A comparison as canonical JSON, schema `doorward-diff/1`. `docs/diff.md` explains each field and `docs/diff.schema.json` is the
//! contract.

use crate::canonical::{self, Object, Slot};
use crate::line::write_identity;
use crate::names::{self, inert, shown};
use crate::outline::Sides;
use crate::place;
use doorward_model::difference::{Change, Fate, PlaceChange, Side, Turn};
use doorward_model::{Difference, Finding, Level, NodeId, Report};

/// Name and version of the schema.
pub const DIFF_SCHEMA: &str = "doorward-diff/1";

/// The comparison as JSON, in lines.
pub fn diff_json(difference: &Difference, old: Side<'_>, new: Side<'_>) -> Vec<u8> {
    let sides = Sides { difference, old, new };
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    canonical::write(&mut bytes, true, |slot| slot.object(|top| write(sides, top))).unwrap_or_default();
    bytes
}

fn write(sides: Sides<'_>, top: &mut Object<'_, '_>) {
    let difference = sides.difference;
    top.at("changes").array(|array| {
        difference.changes.iter().for_each(|change| array.next().object(|object| write_change(sides, change, object)));
    });
    top.at("doors").array(|array| {
        for door in &difference.doors {
            if let Some(finding) = sides.finding(door.turn, door.finding) {
                array.next().object(|object| write_door(sides.report(door.turn), finding, door.turn, object));
            }
        }
    });
    top.at("incomplete_because").texts(sides.new.report.judgement.incomplete_because.iter().map(|reason| inert(reason)));
    top.at("new").object(|object| write_side(sides.new, &difference.subject.new, object));
    top.at("not_compared").texts(difference.not_compared.iter().map(|said| inert(said)));
    top.at("old").object(|object| write_side(sides.old, &difference.subject.old, object));
    top.at("places").array(|array| {
        difference.places.iter().for_each(|place| array.next().object(|object| write_place(sides, place, object)));
    });
    top.at("schema").text(DIFF_SCHEMA);
    top.at("summary").object(|object| write_summary(sides, object));
}

fn write_change(sides: Sides<'_>, change: &Change, object: &mut Object<'_, '_>) {
    object.at("class").text(change.class.name);
    object.at("first").flag(change.first);
    if change.line > 0 {
        object.at("line").number(change.line);
    }
    write_spot(object.at("place"), sides.report(change.turn), change.node);
    object.at("places").number(change.places);
    object.at("turn").text(change.turn.name());
    if let Some(was) = &change.was {
        object.at("was").text(&inert(was));
    }
    object.at("weighs").flag(change.weighs);
    object.at("what").text(&inert(&change.what));
}

fn write_door(report: &Report, finding: &Finding, turn: Turn, object: &mut Object<'_, '_>) {
    write_identity(finding, object);
    if let Some(who) = &finding.opens_to {
        object.at("opens_to").text(&inert(who));
    }
    object.at("phase").text(finding.phase.name());
    write_spot(object.at("place"), report, finding.node);
    object.at("rule").text(&inert(&finding.rule));
    object.at("says").texts(finding.evidence.iter().map(|evidence| inert(&evidence.says)));
    object.at("severity").text(names::grade(finding.severity));
    object.at("title").text(&inert(&finding.title));
    object.at("turn").text(turn.name());
}

/// A place on the side that a change is on.
fn write_spot(slot: Slot<'_, '_>, report: &Report, node: NodeId) {
    slot.object(|object| {
        let content = report.tree.nodes.get(node.0 as usize).and_then(|node| node.content);
        if let Some(content) = content.and_then(|content| report.tree.contents.get(content.0 as usize)) {
            object.at("digest").text(&content.digest.to_string());
        }
        object.at("path").text(&place::path(&report.tree, node));
    });
}

fn write_side(side: Side<'_>, package: &(Box<str>, Box<str>), object: &mut Object<'_, '_>) {
    let report = side.report;
    object.at("facts").flag(side.facts);
    object.at("package").text(&inert(&package.0));
    object.at("policy_digest").text(&report.rules.policy_digest.to_string());
    object.at("repeatable").flag(report.repeatable);
    object.at("roots").array(|array| {
        for root in &report.tree.roots {
            array.next().object(|object| {
                object.at("bytes").number(root.bytes);
                if let Some(digest) = root.digest {
                    object.at("digest").text(&digest.to_string());
                }
                object.at("kind").text(names::kind(root.kind));
            });
        }
    });
    object.at("rules_digest").text(&report.rules.digest.to_string());
    object.at("tool").text(&inert(&report.tool));
    object.at("verdict").text(names::verdict(report.judgement.verdict));
    object.at("version").text(&shown(package.1.as_bytes()));
}

fn write_place(sides: Sides<'_>, change: &PlaceChange, object: &mut Object<'_, '_>) {
    object.at("container").flag(change.container);
    object.at("fate").text(change.fate.name());
    if let Some(node) = change.new {
        write_spot(object.at("new"), sides.new.report, node);
    }
    if let Some(node) = change.old {
        write_spot(object.at("old"), sides.old.report, node);
    }
    object.at("relabelled").flag(change.relabelled);
}

fn write_summary(sides: Sides<'_>, object: &mut Object<'_, '_>) {
    let difference = sides.difference;
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    object.at("changes_of_weight").number(count(difference.of_weight().count()));
    object.at("doors_gone").number(count(difference.doors.iter().filter(|door| door.turn == Turn::Gone).count()));
    object.at("new_alarms").number(count(sides.new_doors(Level::Alarm)));
    object.at("new_notes").number(count(sides.new_doors(Level::Note)));
    object.at("new_reviews").number(count(sides.new_doors(Level::Review)));
    object.at("places").object(|object| {
        let mut fates: Vec<(&str, Fate)> = Fate::ALL.iter().map(|(fate, name, _)| (*name, *fate)).collect();
        fates.sort_unstable();
        for (name, fate) in fates {
            object.at(name).number(count(difference.places.iter().filter(|place| place.fate == fate).count()));
        }
    });
    object.at("unchanged").number(difference.unchanged);
}
