//! A correspondence as canonical JSON, schema `doorward-match/1`. `docs/match.md` explains each field and
//! `docs/match.schema.json` is the contract.

use crate::canonical::{self, Object, Slot};
use crate::match_outline::{Matched, Source};
use crate::names::{self, inert};
use crate::place;
use doorward_model::Level;
use doorward_model::correspondence::{Gap, How, Range, Shipped, Spot, Status};

/// Name and version of the schema.
pub const MATCH_SCHEMA: &str = "doorward-match/1";

/// The correspondence as JSON, in lines.
pub fn match_json(matched: &Matched<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    canonical::write(&mut bytes, true, |slot| slot.object(|top| write(matched, top))).unwrap_or_default();
    bytes
}

fn write(matched: &Matched<'_>, top: &mut Object<'_, '_>) {
    let correspondence = matched.correspondence;
    top.at("artefact").object(|object| write_artefact(matched, object));
    top.at("assurance").text(matched.assurance());
    top.at("files").array(|array| {
        correspondence.files.iter().for_each(|file| array.next().object(|object| write_file(matched, file, object)));
    });
    top.at("incomplete_because").texts(matched.artefact.judgement.incomplete_because.iter().map(|reason| inert(reason)));
    top.at("not_shipped").array(|array| {
        correspondence.not_shipped.iter().for_each(|spot| write_spot(array.next(), matched, *spot));
    });
    top.at("schema").text(MATCH_SCHEMA);
    top.at("sources").array(|array| {
        matched.sources.iter().for_each(|source| array.next().object(|object| write_source(source, object)));
    });
    top.at("summary").object(|object| write_summary(matched, object));
    top.at("why_not_higher").texts(correspondence.why_not_higher.iter().map(|why| inert(why)));
}

fn write_artefact(matched: &Matched<'_>, object: &mut Object<'_, '_>) {
    let report = matched.artefact;
    if let Some(root) = report.tree.roots.first() {
        object.at("bytes").number(root.bytes);
        if let Some(digest) = root.digest {
            object.at("digest").text(&digest.to_string());
        }
    }
    object.at("policy_digest").text(&report.rules.policy_digest.to_string());
    object.at("repeatable").flag(report.repeatable);
    object.at("rules_digest").text(&report.rules.digest.to_string());
    object.at("tool").text(&inert(&report.tool));
    object.at("verdict").text(names::verdict(report.judgement.verdict));
}

fn write_file(matched: &Matched<'_>, file: &Shipped, object: &mut Object<'_, '_>) {
    let tree = &matched.artefact.tree;
    if let Some(content) = tree.node(file.node).content.map(|id| tree.content(id)) {
        object.at("bytes").number(content.len);
        object.at("digest").text(&content.digest.to_string());
    }
    object.at("does").texts(file.does.iter().map(|what| inert(what)));
    object.at("from").array(|array| file.from.iter().for_each(|spot| write_spot(array.next(), matched, *spot)));
    if let Some(how) = file.how {
        object.at("how").text(how.name());
    }
    if let Some(other) = file.instead_of {
        write_spot(object.at("instead_of"), matched, other);
    }
    object.at("lacks").array(|array| {
        file.lacks.iter().for_each(|gap| array.next().object(|object| write_gap(matched, gap, object)));
    });
    if let Some(level) = file.level {
        object.at("level").text(names::level(level));
    }
    object.at("path").text(&place::path(tree, file.node));
    object.at("phase").text(file.phase.name());
    object.at("ranges").array(|array| {
        file.ranges.iter().for_each(|range| array.next().object(|object| write_range(matched, range, object)));
    });
    if let Some(what) = &file.relabelled {
        object.at("relabelled").text(&inert(what));
    }
    object.at("role").text(file.role.name());
    object.at("says").texts(file.says.iter().map(|what| inert(what)));
    object.at("status").text(file.status.name());
}

fn write_spot(slot: Slot<'_, '_>, matched: &Matched<'_>, spot: Spot) {
    slot.object(|object| {
        object.at("path").text(&matched.path(spot));
        object.at("source").number(spot.shelf);
    });
}

fn write_range(matched: &Matched<'_>, range: &Range, object: &mut Object<'_, '_>) {
    object.at("end").number(range.end);
    object.at("formal").flag(range.formal);
    if let Some(spot) = range.from {
        write_spot(object.at("from"), matched, spot);
    }
    if range.line > 0 {
        object.at("line").number(range.line);
        object.at("line_end").number(range.line_end);
    }
    object.at("start").number(range.start);
}

fn write_gap(matched: &Matched<'_>, gap: &Gap, object: &mut Object<'_, '_>) {
    object.at("first").number(gap.first);
    object.at("last").number(gap.last);
    write_spot(object.at("of"), matched, gap.of);
    object.at("unit").text(if gap.lines { "line" } else { "byte" });
}

fn write_source(source: &Source<'_>, object: &mut Object<'_, '_>) {
    if let Some(commit) = source.commit {
        object.at("commit").text(&inert(commit));
    }
    object.at("files").number(source.indexed.tree.nodes.iter().filter(|node| node.content.is_some()).count() as u64);
    object.at("known").flag(source.is_known);
    if let Some(root) = source.root {
        object.at("root").text(&root.to_string());
    }
    object.at("roots").array(|array| {
        for root in &source.indexed.tree.roots {
            array.next().object(|object| {
                object.at("bytes").number(root.bytes);
                if let Some(digest) = root.digest {
                    object.at("digest").text(&digest.to_string());
                }
                object.at("kind").text(names::kind(root.kind));
            });
        }
    });
}

fn write_summary(matched: &Matched<'_>, object: &mut Object<'_, '_>) {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    object.at("alarms").number(count(matched.of_level(Level::Alarm)));
    object.at("how").object(|object| {
        let mut ways: Vec<(&str, How)> = How::ALL.iter().map(|(how, name, _)| (*name, *how)).collect();
        ways.sort_unstable();
        for (name, how) in ways {
            object.at(name).number(count(matched.correspondence.files.iter().filter(|file| file.how == Some(how)).count()));
        }
    });
    object.at("not_shipped").number(count(matched.correspondence.not_shipped.len()));
    object.at("reviews").number(count(matched.of_level(Level::Review)));
    object.at("status").object(|object| {
        let mut statuses: Vec<(&str, Status)> = Status::ALL.iter().map(|(status, name, _)| (*name, *status)).collect();
        statuses.sort_unstable();
        for (name, status) in statuses {
            object.at(name).number(count(matched.count(status)));
        }
    });
}
