//! The published schema accepts what is written, refuses what is not, and lists what the model lists.

use crate::{check, here, sample};
use doorward_model::{Limits, ProblemKind};
use doorward_report::{JsonOptions, json, line, line_error};
use jsonschema::Validator;
use serde_json::{Value, json as value};
use std::sync::LazyLock;

pub fn schema() -> Value {
    serde_json::from_slice(&std::fs::read(here("../docs/report.schema.json")).unwrap()).unwrap()
}

pub fn of_report() -> &'static Validator {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| jsonschema::draft202012::new(&schema()).unwrap());
    &VALIDATOR
}

/// The schema of one line of a bulk run.
pub fn of_line() -> &'static Validator {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
        let line = value!({"$ref": "#/$defs/line", "$defs": schema()["$defs"]});
        jsonschema::draft202012::new(&line).unwrap()
    });
    &VALIDATOR
}

pub fn assert_valid(validator: &Validator, bytes: &[u8]) {
    let value: Value = serde_json::from_slice(bytes).unwrap();
    let errors: Vec<_> = validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

#[test]
fn the_schema_is_one() {
    jsonschema::draft202012::meta::validate(&schema()).unwrap();
}

#[test]
fn written_reports_and_lines_are_valid() {
    let validator = of_report();
    for report in [sample::report(), sample::passed()] {
        for (facts, nodes, pretty) in [(true, true, false), (false, false, true), (true, false, false), (false, true, true)] {
            assert_valid(validator, &json(&report, &JsonOptions { facts, nodes, pretty }));
        }
        assert_valid(of_line(), &line(&report, sample::HOSTILE));
    }
    assert_valid(of_line(), &line_error("a", "no such file"));
}

#[test]
fn anything_else_is_refused() {
    let validator = of_report();
    let report: Value =
        serde_json::from_slice(&json(&sample::report(), &JsonOptions { facts: true, ..JsonOptions::default() })).unwrap();
    for (pointer, key, new) in [
        ("", "extra", value!(1)),
        ("", "verdict", value!("clean")),
        ("", "schema", value!("doorward-report/2")),
        ("", "assurance", value!("L9")),
        ("/tool", "host", value!("desk")),
        ("/limits", "bytes_open_max", value!(1.5)),
        ("/coverage/examined", "guessed", value!({"contents": 1, "bytes": 1})),
        ("/coverage/problems", "odd", value!(1)),
        ("/findings/0", "fingerprint", value!("0123456789ABCDEF")),
        ("/findings/0", "level", value!("critical")),
        ("/findings/0", "state", value!(null)),
        ("/findings/0", "score", value!(1)),
        ("/findings/0", "also", value!([])),
        ("/findings/0", "also", value!([7])),
        ("/findings/0", "places", value!(-1)),
        ("/findings/0/place", "path", value!("a\u{1b}[2J")),
        ("/findings/0/evidence/0", "digest", value!("00")),
        ("/findings/0/evidence/0", "line", value!(0)),
        ("/findings/0/evidence/0/span", "start", value!(-1)),
        ("/nodes/0", "parent", value!(0)),
        ("/nodes/2", "index", value!(0)),
        ("/nodes/4", "codec", value!(7)),
        ("/nodes/7", "digest", value!("a".repeat(64))),
        ("/problems/0", "kind", value!("strange")),
        ("/inventory/keys/0", "key", value!("the key itself")),
        ("/facts/0/args", "x", value!({"any": "thing"})),
    ] {
        let mut changed = report.clone();
        changed.pointer_mut(pointer).unwrap()[key] = new;
        assert!(!validator.is_valid(&changed), "{pointer}/{key} was let through");
    }
    for key in report.as_object().unwrap().keys().filter(|key| *key != "facts") {
        let mut changed = report.clone();
        changed.as_object_mut().unwrap().remove(key);
        assert!(!validator.is_valid(&changed), "{key} may be left out");
    }
}

/// The tables of the model stand in the schema; `UPDATE=1` brings new rows in.
#[test]
fn the_schema_lists_what_the_model_lists() {
    let mut schema = schema();
    let kinds: Vec<_> = ProblemKind::ALL.iter().map(|(_, name, _)| *name).collect();
    let count = || value!({"$ref": "#/$defs/count"});
    let limits: Vec<_> = Limits::ROWS.iter().map(|row| row.field).collect();
    let object = |names: &[&str]| Value::Object(names.iter().map(|name| ((*name).to_owned(), count())).collect());
    schema["properties"]["limits"]["properties"] = object(&limits);
    let mut required = limits.clone();
    required.sort_unstable();
    schema["properties"]["limits"]["required"] = value!(required);
    schema["$defs"]["problem"]["properties"]["kind"]["enum"] = value!(kinds);
    schema["$defs"]["coverage"]["properties"]["problems"]["properties"] = object(&kinds);
    check("../docs/report.schema.json", &format!("{schema:#}\n"));
}

/// Paths of the fields that nobody described, apart from conditions and the model's own tables, which report.md lists.
fn undescribed(schema: &Value, path: &str, missing: &mut Vec<String>) {
    let table = path.ends_with("/limits") || path.ends_with("/problems");
    for (name, field) in schema["properties"].as_object().into_iter().flatten().filter(|_| !table) {
        if field.is_object() && field.get("description").is_none() {
            missing.push(format!("{path}/{name}"));
        }
    }
    match schema {
        Value::Object(fields) => {
            let inner = fields.iter().filter(|(name, _)| !["allOf", "not"].contains(&name.as_str()));
            inner.for_each(|(name, field)| undescribed(field, &format!("{path}/{name}"), missing));
        }
        Value::Array(items) => items.iter().for_each(|item| undescribed(item, path, missing)),
        _ => {}
    }
}

#[test]
fn every_field_is_described() {
    let mut missing = Vec::new();
    undescribed(&schema(), "", &mut missing);
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn odd_lines_are_refused() {
    for bytes in [line(&sample::report(), "a"), line_error("a", "no such file")] {
        let line: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(of_line().is_valid(&line) && !of_report().is_valid(&line));
        for (key, new) in
            [("verdict", value!("clean")), ("extra", value!(1)), ("schema", value!("doorward-report/1")), ("input", value!("\n"))]
        {
            let mut changed = line.clone();
            changed[key] = new;
            assert!(!of_line().is_valid(&changed), "{key} was let through");
        }
    }
}
