//! One line of JSON for one input of a bulk run, schema `doorward-line/1`: enough to sort and to count by, not to walk back to
//! the bytes.

use crate::canonical::{self, Object};
use crate::json::{coverage, digest};
use crate::names::{self, inert, shown};
use crate::place;
use doorward_model::{Finding, Level, Report, Verdict};

/// Name and version of the schema.
pub const LINE_SCHEMA: &str = "doorward-line/1";

/// The line of an input that was audited. `name` is what the operator called it; it is made visible here.
pub fn line(report: &Report, name: impl AsRef<[u8]>) -> Vec<u8> {
    let findings = &report.judgement.findings;
    let count = |level| findings.iter().filter(|finding| finding.level == level).count() as u64;
    written(|object| {
        object.at("alarms").number(count(Level::Alarm));
        object.at("coverage").object(|object| coverage(report, object));
        object.at("findings").array(|array| {
            findings.iter().for_each(|finding| array.next().object(|object| write_finding(report, finding, object)));
        });
        object.at("incomplete_because").texts(report.judgement.incomplete_because.iter().map(|reason| inert(reason)));
        object.at("input").text(&shown(name.as_ref()));
        object.at("repeatable").flag(report.repeatable);
        object.at("report_digest").text(&digest(report).to_string());
        object.at("reviews").number(count(Level::Review));
        object.at("schema").text(LINE_SCHEMA);
        object.at("verdict").text(names::verdict(report.judgement.verdict));
    })
}

/// The line of an input that could not be read at all: the verdict is `incomplete`, and `error` says why.
pub fn line_error(name: impl AsRef<[u8]>, error: &str) -> Vec<u8> {
    written(|object| {
        object.at("error").text(&inert(error));
        object.at("input").text(&shown(name.as_ref()));
        object.at("schema").text(LINE_SCHEMA);
        object.at("verdict").text(names::verdict(Verdict::Incomplete));
    })
}

fn written(fill: impl FnOnce(&mut Object<'_, '_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    canonical::write(&mut bytes, false, |slot| slot.object(fill)).unwrap_or_default();
    bytes
}

/// What a finding is known by: the first of its fields, in their order.
pub(crate) fn write_identity(finding: &Finding, object: &mut Object<'_, '_>) {
    object.at("confidence").text(names::grade(finding.confidence));
    object.at("door").text(&inert(&finding.door));
    object.at("fingerprint").text(&inert(&finding.fingerprint));
    object.at("level").text(names::level(finding.level));
    if let Some(line) = finding.evidence.first().map(|evidence| evidence.line).filter(|line| *line > 0) {
        object.at("line").number(line);
    }
}

fn write_finding(report: &Report, finding: &Finding, object: &mut Object<'_, '_>) {
    write_identity(finding, object);
    object.at("path").text(&place::path(&report.tree, finding.node));
    object.at("phase").text(finding.phase.name());
    if finding.places > 0 {
        object.at("places").number(finding.places);
    }
    object.at("rule").text(&inert(&finding.rule));
    object.at("severity").text(names::grade(finding.severity));
    object.at("title").text(&inert(&finding.title));
}
