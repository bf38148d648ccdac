//! What a person and a machine read, word for word.

use crate::{check, sample};
use doorward_model::{Level, Report, Verdict};
use doorward_report::{JsonOptions, TerminalOptions, digest, json, line, line_error, read, terminal, why};

fn names() -> Vec<Vec<u8>> {
    vec![b"pkg.tgz".to_vec(), b"my folder".to_vec()]
}

fn pretty(report: &Report) -> String {
    let options = JsonOptions { facts: true, nodes: true, pretty: true };
    String::from_utf8(json(report, &options)).unwrap()
}

#[test]
fn a_failed_audit_on_a_terminal() {
    let names = names();
    let options = TerminalOptions { names: &names, saved: Some("report.json"), ..TerminalOptions::default() };
    check("tests/fail.txt", &terminal(&sample::report(), &options));
    let options = TerminalOptions { all: true, width: 60, digest: Some(sample::digest(7)), ..TerminalOptions::default() };
    check("tests/fail-narrow-all.txt", &terminal(&sample::report(), &options));
    let options = TerminalOptions { color: true, names: &names, ..TerminalOptions::default() };
    check("tests/fail-color.txt", &terminal(&sample::report(), &options).replace('\x1b', "ESC"));
}

#[test]
fn a_passed_audit_never_says_clean() {
    let text = terminal(&sample::passed(), &TerminalOptions::default());
    check("tests/pass.txt", &text);
    assert!(!text.to_lowercase().contains("clean") && !text.contains("backdoor"));
    assert!(text.lines().next().unwrap().contains("level L0 in the 5 of 6 contents (11.2 kB of 11.2 kB)"), "{text}");
}

#[test]
fn an_incomplete_audit_says_why() {
    let mut report = sample::passed();
    report.repeatable = false;
    report.judgement.verdict = Verdict::Incomplete;
    report.judgement.incomplete_because = (0..12).map(|at| format!("limit: reason {at}\x1b[1m").into()).collect();
    let text = terminal(&report, &TerminalOptions::default());
    check("tests/incomplete.txt", &text);
    assert!(!text.contains("No undeclared door"));
}

#[test]
fn too_many_items_are_counted() {
    let mut report = sample::report();
    let finding = report.judgement.findings[1].clone();
    report.judgement.findings.extend(std::iter::repeat_n(finding, 100));
    let text = terminal(&report, &TerminalOptions { items_max: 5, ..TerminalOptions::default() });
    assert_eq!(text.matches("Bytes: doorward show").count(), 5);
    assert!(text.contains("\n97 items more, not shown here; the JSON holds all.\n"), "{text}");
}

#[test]
fn json_word_for_word() {
    check("tests/report.json.txt", &pretty(&sample::report()));
    check("tests/line.json.txt", &String::from_utf8(line(&sample::report(), "pkg\x1b.tgz")).unwrap());
    check("tests/line-error.json.txt", &String::from_utf8(line_error(sample::HOSTILE, "cannot be opened: \x1b[1m")).unwrap());
}

#[test]
fn the_chain_behind_a_finding() {
    let report = sample::report();
    let saved = read(&json(&report, &JsonOptions::default())).unwrap();
    let text: Vec<_> = saved.findings().map(|finding| why(&finding.unwrap())).collect();
    check("tests/why.txt", &text.join("----\n"));
}

#[test]
fn the_digest_depends_on_no_option_and_on_everything_else() {
    let report = sample::report();
    let bytes = json(&report, &JsonOptions::default());
    let bare = json(&report, &JsonOptions { facts: false, nodes: false, pretty: true });
    assert_ne!(bytes, bare);
    // What docs/report.md tells a reader to do: drop the facts, sort the keys, leave no blanks.
    let mut value: serde_json::Value = serde_json::from_str(&pretty(&report)).unwrap();
    value.as_object_mut().unwrap().remove("facts");
    assert_eq!(format!("{value}\n").as_bytes(), bytes);
    let first = digest(&report);
    assert_eq!(digest(&report.clone()), first);
    let mut other = report.clone();
    other.judgement.findings[0].level = Level::Review;
    assert_ne!(digest(&other), first);
    let mut other = report;
    other.tree.contents[2].facts.clear();
    assert_ne!(digest(&other), first, "the inventory holds a destination of that fact");
}
