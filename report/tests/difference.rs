//! Differences: the published schema and its page, what a person reads, hostile names, reports that are read back.

use crate::documentation::{fields, freshen};
use crate::hostile::steering;
use crate::{check, here, sample, schema};
use doorward_compare::{against, compare};
use doorward_model::difference::{CLASSES, Fate, Side};
use doorward_model::{Difference, Level, Report, Verdict};
use doorward_report::{DiffOptions, JsonOptions, diff_json, diff_markdown, diff_terminal, json, restore};
use serde_json::Value;

fn side(report: &Report) -> Side<'_> {
    Side { report, facts: true }
}

fn both(old: &Report, new: &Report) -> Difference {
    compare(side(old), side(new))
}

/// The sample before anything was planted: no findings, no facts, one place less, one renamed, one rewritten.
fn before() -> Report {
    let mut report = sample::passed();
    report.tree.contents.iter_mut().for_each(|content| {
        content.facts.clear();
        content.problems.clear();
    });
    report.tree.place_problems.clear();
    report.tree.contents[2].digest = sample::digest(99);
    report.tree.nodes.truncate(8);
    report.tree.placements.truncate(8);
    report
}

fn published() -> Value {
    serde_json::from_slice(&std::fs::read(here("../docs/diff.schema.json")).unwrap()).unwrap()
}

#[test]
fn written_differences_are_valid() {
    jsonschema::draft202012::meta::validate(&published()).unwrap();
    let validator = jsonschema::draft202012::new(&published()).unwrap();
    let (old, new) = (before(), sample::report());
    for (old, new) in [(&old, &new), (&new, &old), (&new, &new)] {
        let difference = both(old, new);
        let bytes = diff_json(&difference, side(old), side(new));
        schema::assert_valid(&validator, &bytes);
        assert_eq!(bytes, diff_json(&both(old, new), side(old), side(new)), "the same every time");
        let mut value: Value = serde_json::from_slice(&bytes).unwrap();
        value["extra"] = Value::from(1);
        assert!(!validator.is_valid(&value));
    }
}

#[test]
fn what_a_person_reads_word_for_word() {
    let (old, new) = (before(), sample::report());
    let difference = both(&old, &new);
    let options = DiffOptions { names: [b"a-1.tgz", sample::HOSTILE], ..DiffOptions::default() };
    let text = diff_terminal(&difference, side(&old), side(&new), &options);
    check("tests/diff.txt", &text);
    let markdown = diff_markdown(&difference, side(&old), side(&new), &options);
    check("tests/diff.md.txt", &markdown);
    let json = String::from_utf8(diff_json(&difference, side(&old), side(&new))).unwrap();
    check("tests/diff.json.txt", &json);
    for shown in [text, markdown.clone(), json] {
        assert_eq!(steering(&shown), None);
    }
    assert!(markdown.lines().count() <= 40);
    let same = both(&new, &new);
    let quiet = diff_terminal(&same, side(&new), side(&new), &DiffOptions::default());
    assert!(quiet.starts_with("QUIET") && quiet.lines().count() == 3, "{quiet}");
}

#[test]
fn much_is_told_in_forty_lines() {
    let old = before();
    let mut new = sample::report();
    let finding = new.judgement.findings[0].clone();
    for at in 0..200 {
        let fingerprint = format!("{at:016x}").into();
        new.judgement.findings.push(doorward_model::Finding { fingerprint, level: Level::Alarm, ..finding.clone() });
    }
    let difference = both(&old, &new);
    let markdown = diff_markdown(&difference, side(&old), side(&new), &DiffOptions::default());
    assert!(markdown.lines().count() <= 40 && markdown.contains("and 19"), "{markdown}");
}

#[test]
fn a_report_that_was_read_back_differs_in_nothing() {
    let report = sample::report();
    for facts in [true, false] {
        let saved = restore(&json(&report, &JsonOptions { facts, ..JsonOptions::default() })).unwrap();
        assert_eq!(saved.facts, facts);
        assert_eq!(saved.report.judgement.findings.len(), report.judgement.findings.len());
        let again = restore(&json(&report, &JsonOptions { facts, ..JsonOptions::default() })).unwrap();
        let (old, new) = (Side { report: &saved.report, facts }, Side { report: &again.report, facts });
        let difference = compare(old, new);
        assert!(difference.doors.is_empty() && difference.changes.is_empty() && difference.places.is_empty(), "{difference:?}");
        assert_eq!(difference.not_compared.is_empty(), facts);
        let difference = compare(old, side(&report));
        assert!(difference.doors.is_empty() && difference.places.is_empty(), "{difference:?}");
    }
}

#[test]
fn broken_reports_are_refused_or_read() {
    let bytes = json(&sample::report(), &JsonOptions { facts: true, ..JsonOptions::default() });
    for length in (0..bytes.len()).step_by(97) {
        assert!(restore(&bytes[..length]).is_err());
    }
    for at in (0..bytes.len()).step_by(13) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x11;
        if let Ok(saved) = restore(&flipped) {
            let side = Side { report: &saved.report, facts: saved.facts };
            let shown = diff_terminal(&compare(side, side), side, side, &DiffOptions::default());
            assert_eq!(steering(&shown), None);
        }
    }
}

#[test]
fn what_the_baseline_has_does_not_count() {
    let before = sample::report();
    let mut report = sample::report();
    against(&mut report, &before);
    assert_eq!(report.judgement.verdict, Verdict::Pass);
    assert!(report.judgement.findings.iter().all(|finding| !report.counts(finding)));
    schema::assert_valid(schema::of_report(), &json(&report, &JsonOptions::default()));
    let mut weaker = sample::report();
    weaker.judgement.findings.iter_mut().for_each(|finding| finding.level = Level::Note);
    let mut report = sample::report();
    against(&mut report, &weaker);
    assert_eq!(report.judgement.verdict, Verdict::Fail, "what rose is new");
}

#[test]
fn the_page_is_fresh() {
    let schema = published();
    let mut classes = String::from("| Class | What belongs to it |\n|---|---|\n");
    CLASSES.iter().for_each(|class| classes.push_str(&format!("| `{}` | {} |\n", class.name, class.doc.trim())));
    let mut fates = String::from("| Fate | What it means |\n|---|---|\n");
    Fate::ALL.iter().for_each(|(_, name, meaning)| fates.push_str(&format!("| `{name}` | {meaning} |\n")));
    let mut tables = vec![("classes", classes), ("fates", fates), ("difference", fields(&schema))];
    for name in ["door", "change", "place", "spot", "side", "summary"] {
        tables.push((name, fields(&schema["$defs"][name])));
    }
    freshen("../docs/diff.md", tables);
}

#[test]
fn the_schema_lists_what_the_model_lists() {
    let schema = published();
    let named = |of: &str, field: &str| schema["$defs"][of]["properties"][field]["enum"].clone();
    let names = |names: Vec<&str>| Value::from(names);
    assert_eq!(named("change", "class"), names(CLASSES.iter().map(|class| class.name).collect()));
    assert_eq!(named("place", "fate"), names(Fate::ALL.iter().map(|(_, name, _)| *name).collect()));
}
