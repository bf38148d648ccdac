//! Reading reports back, true ones and forged ones.

use crate::sample;
use doorward_model::{Span, Step};
use doorward_report::{JsonOptions, SavedLayer, json, line, read};
use serde_json::{Value, json as value};

fn saved(nodes: bool) -> Vec<u8> {
    json(&sample::report(), &JsonOptions { facts: true, nodes, pretty: nodes })
}

#[test]
fn the_way_to_the_bytes_comes_back() {
    for nodes in [true, false] {
        let report = read(&saved(nodes)).unwrap();
        assert_eq!(report.len(), 3);
        let finding = report.find("0123456789abcdef").unwrap();
        let original = &sample::report().judgement.findings[0];
        assert_eq!((finding.level, finding.phase, finding.evidence.len()), (original.level, original.phase, 3));
        assert_eq!((&*finding.guards[0], finding.evidence[2].way.len()), (&*original.guards[0], 4));
        let evidence = &finding.evidence[1];
        assert_eq!((evidence.span, evidence.excerpt.as_slice()), (Span::new(0, 34), &*original.evidence[1].excerpt));
        assert_eq!(evidence.digest, Some(sample::digest(4)));
        assert_eq!((evidence.place.root, evidence.place.path.as_str()), (0, "package/setup.py > base64@31"));
        let layer = |step, name: &[u8]| SavedLayer { step, name: name.into() };
        let decoded = Step::Decoded { from: Span::new(31, 37), codec: "base64".into() };
        let member = layer(Step::Member { index: 0 }, b"package/setup.py");
        assert_eq!(evidence.place.layers, [layer(Step::Layer, b""), member, layer(decoded, b"")]);
        let hostile = report.find("#3").unwrap();
        assert_eq!((hostile.place.root, &*hostile.place.layers[0].name), (1, sample::HOSTILE));
    }
}

#[test]
fn other_places_come_back_and_may_be_missing() {
    let finding = read(&saved(false)).unwrap().find("#1").unwrap();
    assert_eq!((finding.also.len(), finding.places), (5, 998));
    assert_eq!((finding.also[0].root, finding.also[0].path.as_str()), (1, "bin/tool"));
    let mut old: Value = serde_json::from_slice(&saved(true)).unwrap();
    for finding in old["findings"].as_array_mut().unwrap() {
        let finding = finding.as_object_mut().unwrap();
        for field in ["also", "places"] {
            finding.remove(field);
        }
    }
    let old = read(old.to_string().as_bytes()).unwrap().find("#1").unwrap();
    assert_eq!((old.also.len(), old.places), (0, 0));
    assert!(!doorward_report::why(&old).contains("Also in"));
}

#[test]
fn a_finding_is_found_by_what_tells_it_apart() {
    let report = read(&saved(true)).unwrap();
    for (which, expected) in [
        ("0123456789abcdef", Ok("0123456789abcdef")),
        (" 01234", Ok("0123456789abcdef")),
        ("0123a", Ok("0123aaaaaaaaaaaa")),
        ("f", Ok("fedcba9876543210")),
        ("1", Ok("0123456789abcdef")),
        ("#2", Ok("0123aaaaaaaaaaaa")),
        ("3", Ok("fedcba9876543210")),
        ("0123", Err("`0123` fits 0123456789abcdef, 0123aaaaaaaaaaaa and perhaps more; write more digits, or `#NUMBER`")),
        ("4", Err("no finding has the fingerprint or number `4`; the report has 3")),
        ("#0", Err("no finding has the fingerprint or number `#0`")),
        ("", Err("no finding has the fingerprint or number ``")),
        ("\x1b", Err("no finding has the fingerprint or number `\\u{1b}`")),
        ("99999999999999999999999", Err("no finding")),
    ] {
        match (report.find(which), expected) {
            (Ok(finding), Ok(expected)) => assert_eq!(finding.fingerprint, expected, "{which}"),
            (Err(error), Err(expected)) => assert!(error.to_string().starts_with(expected), "{which}: {error}"),
            (found, _) => panic!("{which}: {found:?}"),
        }
    }
}

#[test]
fn what_is_no_report_says_where_and_what_to_do() {
    let whole = saved(true);
    let lines = [line(&sample::report(), "a"), line(&sample::report(), "b")].concat();
    for (bytes, expected) in [
        (&b""[..], "line 1, column 0: EOF while parsing a value; the file is cut off"),
        (b"PK\x03\x04", "line 1, column 1: expected value; it is not JSON"),
        (b"\n\n[1]", "line 3, column 2: invalid type: integer `1`, expected a string"),
        (b"{}", "line 1, column 2: missing field `schema`; it is JSON but no report"),
        (b"{\"schema\":\"other/9\\u001b\"}", "its schema is `other/9\\u{1b}`, and this version reads `doorward-report/1`"),
        (b"{\"schema\":\"doorward-report/1\",\"verdict\":\"\\u001b\"}", "line 1, column "),
        (&lines, "it is a line of `doorward audit --each`"),
        (&lines[..lines.len() / 2], "it is a line of `doorward audit --each`"),
        (&whole[..whole.len() / 2], "line "),
        (&b"[".repeat(100_000), "line 1, column 1"),
    ] {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains('\x1b') && error.len() < 400, "{error}");
    }
}

/// Changes one value of a true report; what then comes of its first finding.
fn forged(pointer: &str, new: Value) -> String {
    let mut report: Value = serde_json::from_slice(&saved(true)).unwrap();
    *report.pointer_mut(pointer).unwrap() = new;
    match read(report.to_string().as_bytes()).map_err(|error| error.to_string()).map(|report| report.find("#1")) {
        Err(error) => error,
        Ok(Err(error)) => error.to_string(),
        Ok(Ok(finding)) => doorward_report::why(&finding),
    }
}

#[test]
fn forged_reports_do_no_harm() {
    for (pointer, new, expected) in [
        ("/findings/0/place/node", value!(999), "does not hold the way to node 999"),
        ("/nodes/3/parent", value!(3), "does not hold the way"),
        ("/nodes/2/parent", value!(8), "does not hold the way"),
        ("/nodes/2/parent", value!(null), "does not hold the way"),
        ("/nodes/3/id", value!(1), "not in the order of their ids"),
        ("/nodes/3/step", value!("elsewhere"), "has a `step` that this version does not know"),
        ("/nodes/3/name", value!("a\\q"), "has a name that is not escaped as Doorward escapes"),
        ("/nodes/4/from", value!({"start": 9, "end": 3}), "has no `from` that is a span"),
        ("/findings/0/evidence/0/span", value!({"start": 9, "end": 3}), "ends before it starts"),
        ("/findings/0/evidence/0/excerpt", value!("\\x"), "an excerpt of the finding is not escaped"),
        ("/findings/0/evidence/0/digest", value!("00"), "a SHA-256 digest is 64 hexadecimal digits"),
        ("/findings/0/title", value!("\u{1b}[2J\u{202e}"), "\\u{1b}[2J\\u{202e}"),
        ("/findings/0/evidence/0/line", value!(u32::MAX), "line 4294967295"),
        ("/findings/0/evidence/0/span", value!({"start": u64::MAX, "end": u64::MAX}), "bytes 18446744073709551615 to"),
        ("/findings/0/also/0/path", value!("\u{1b}[2J"), "\\u{1b}[2J of input 2"),
        ("/findings/0/also/0/root", value!(u32::MAX), "of input 4294967296"),
        ("/findings/0/places", value!(u64::MAX), "and 18446744073709551610 more."),
        ("/findings/0/places", value!(0), "Also in"),
        ("/findings/0/door", value!("NOT-1"), "not one of this version's taxonomy"),
        ("/inventory", value!({"unknown": "later versions may say more"}), "What it means"),
    ] {
        let text = forged(pointer, new);
        assert!(text.contains(expected), "{pointer}: {text}");
        assert_eq!(crate::hostile::steering(&text), None, "{pointer}: {text}");
    }
}

#[test]
fn every_cut_and_flipped_report_is_read_or_refused() {
    let bytes = json(&sample::report(), &JsonOptions { facts: false, nodes: false, pretty: false });
    let try_all = |bytes: &[u8]| {
        if let Ok(report) = read(bytes) {
            report.findings().flatten().for_each(|finding| drop(doorward_report::why(&finding)));
        }
    };
    (0..bytes.len()).step_by(7).for_each(|at| try_all(&bytes[..at]));
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        try_all(&flipped);
    }
}
