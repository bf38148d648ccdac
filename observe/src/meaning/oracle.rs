//! The evaluator against the real languages: constant expressions with the answers of CPython and Node, in
//! `tests/oracle/*.txt`. "Not known" is always allowed, a wrong constant never.
//!
//! The tables are written by `generate.py` and `generate.js` beside them; `ORACLE=file` has another table checked (with the
//! language as its extension), so that many thousands of new expressions can be tried.

use super::emit::Emitter;
use super::machine::Machine;
use super::values::{HOLE, Shape, Value};
use crate::languages::Language;
use serde_json::Value as Json;

/// What Python's expressions may name.
const PRELUDE: &str =
    "import base64, binascii, bz2, codecs, gzip, json, lzma, urllib.parse, zlib, posixpath, functools, itertools\n";

#[derive(Debug, PartialEq)]
enum Verdict {
    Right,
    Unknown,
    Wrong(String),
}

/// Lines of a table are an expression, a tab and its value as JSON.
fn check(table: &str, is_python: bool, wanted: usize) {
    let (mut right, mut unknown, mut wrong) = (0_usize, 0_usize, Vec::new());
    for line in table.lines() {
        let (expr, answer) = line.split_once('\t').unwrap();
        let answer: Json = serde_json::from_str(answer).unwrap();
        match verdict(expr, is_python, &answer) {
            Verdict::Right => right += 1,
            Verdict::Unknown => unknown += 1,
            Verdict::Wrong(given) => wrong.push(format!("{expr}\n    wanted {answer}\n    given  {given}")),
        }
    }
    let all = right + unknown + wrong.len();
    println!("{all} expressions: {right} right, {unknown} not known, {} wrong", wrong.len());
    assert!(
        wrong.is_empty(),
        "{} of {all} wrong:\n{}",
        wrong.len(),
        wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(right * 100 >= all * wanted, "only {right} of {all} are known");
}

fn verdict(expr: &str, is_python: bool, answer: &Json) -> Verdict {
    let source = if is_python { format!("{PRELUDE}RESULT = ({expr})\n") } else { format!("var RESULT = ({expr});\n") };
    let mut out = Emitter::new("oracle", source.len());
    let language = if is_python { Language::Python } else { Language::JavaScript };
    let mut verdict = Verdict::Unknown;
    language.lower(&source, &mut |module| {
        let mut machine = Machine::new(module, language, &mut out);
        machine.run();
        verdict = compare(&machine.lookup("RESULT"), answer);
    });
    verdict
}

fn compare(value: &Value, answer: &Json) -> Verdict {
    let same = |same: bool| if same { Verdict::Right } else { Verdict::Wrong(format!("{:?}", value.shape)) };
    match &value.shape {
        Shape::Null => same(answer.is_null()),
        Shape::Bool(yes) => same(answer == &Json::Bool(*yes)),
        Shape::Int(number) => same(answer.as_i64() == Some(*number)),
        Shape::Text(text) if text.contains(HOLE) => match answer.as_str() {
            Some(answer) if holed(text, answer) => Verdict::Unknown,
            None if answer.is_object() => Verdict::Unknown,
            _ => same(false),
        },
        Shape::Text(text) => same(answer.as_str() == Some(text)),
        Shape::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            same(answer.get("b").and_then(Json::as_str) == Some(&hex))
        }
        Shape::List(values) => match answer.as_array() {
            Some(answers) if answers.len() == values.len() => {
                all(values.iter().zip(answers).map(|(value, answer)| compare(value, answer)))
            }
            _ => same(false),
        },
        Shape::Map(pairs) if pairs.iter().any(|(key, _)| key.starts_with(HOLE)) => Verdict::Unknown,
        Shape::Map(pairs) => match answer.get("m").and_then(Json::as_object) {
            Some(answers) if answers.len() == pairs.len() => all(pairs.iter().map(|(key, value)| match answers.get(&**key) {
                Some(answer) => compare(value, answer),
                None => same(false),
            })),
            _ => same(false),
        },
        _ => Verdict::Unknown,
    }
}

fn all(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut result = Verdict::Right;
    for verdict in verdicts {
        match verdict {
            Verdict::Right => {}
            Verdict::Unknown => result = Verdict::Unknown,
            wrong => return wrong,
        }
    }
    result
}

/// Whether what is known of a text stands in the answer in this order.
fn holed(text: &str, answer: &str) -> bool {
    let mut rest = answer;
    for (at, part) in text.split(HOLE).enumerate() {
        match rest.find(part) {
            Some(0) => rest = rest.get(part.len()..).unwrap_or_default(),
            Some(found) if at > 0 => rest = rest.get(found.saturating_add(part.len())..).unwrap_or_default(),
            _ => return false,
        }
    }
    true
}

#[test]
fn python_says_the_same() {
    check(include_str!("../../tests/oracle/python.txt"), true, 50);
}

#[test]
fn node_says_the_same() {
    check(include_str!("../../tests/oracle/javascript.txt"), false, 50);
}

#[test]
fn another_table_says_the_same() {
    if let Some(path) = std::env::var_os("ORACLE") {
        let is_python = std::path::Path::new(&path).extension().is_some_and(|language| language == "py");
        check(&std::fs::read_to_string(&path).unwrap(), is_python, 0);
    }
}
