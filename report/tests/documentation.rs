//! The reference page lists what the model lists; `UPDATE=1` rewrites its tables.

use crate::{check, here, schema};
use doorward_model::{Limits, ProblemKind, doors, vocabulary};
use serde_json::Value;
use std::fmt::Write;

fn limits() -> String {
    let mut table = String::from("| Limit | Flag | Default | |\n|---|---|---|---|\n");
    for row in Limits::ROWS {
        writeln!(table, "| `{}` | `--{}` | {} | {} |", row.field, row.flag, row.default, row.doc.trim()).unwrap();
    }
    table
}

fn problems() -> String {
    let mut table = String::from("| Kind | What it means |\n|---|---|\n");
    for (_, name, meaning) in ProblemKind::ALL {
        writeln!(table, "| `{name}` | {meaning} |").unwrap();
    }
    table
}

fn facts() -> String {
    let mut table = String::from("| Fact | What was seen | Arguments |\n|---|---|---|\n");
    for kind in vocabulary::KINDS {
        let args: Vec<_> = kind.args.iter().map(|(name, what)| format!("`{name}`: {what}")).collect();
        writeln!(
            table,
            "| `{}` | {} | {} |",
            kind.name,
            kind.doc.trim().replace('|', "\\|"),
            args.join("; ").replace('|', "\\|")
        )
        .unwrap();
    }
    table
}

fn all_doors() -> String {
    let mut table = String::from("| Door | Name | What it is |\n|---|---|---|\n");
    for door in doors::DOORS {
        writeln!(table, "| {} | {} | {} |", door.id, door.name, door.definition).unwrap();
    }
    table
}

/// The fields of one object of the schema; those that may be absent are marked.
pub fn fields(object: &Value) -> String {
    let mut table = String::from("| Field | Type | |\n|---|---|---|\n");
    let required = object["required"].as_array().unwrap();
    for (name, field) in object["properties"].as_object().unwrap() {
        let optional = if required.contains(&Value::from(name.as_str())) { "" } else { " (may be absent)" };
        let described = field["description"].as_str().unwrap_or_default();
        writeln!(table, "| `{name}`{optional} | {} | {described} |", type_of(field)).unwrap();
    }
    table
}

fn type_of(field: &Value) -> String {
    if let Some(name) = field["$ref"].as_str() {
        return name.trim_start_matches("#/$defs/").to_owned();
    }
    if let Some(values) = field["enum"].as_array() {
        return values.iter().map(|value| format!("`{}`", value.as_str().unwrap())).collect::<Vec<_>>().join(", ");
    }
    if let Some(value) = field["const"].as_str() {
        return format!("`{value}`");
    }
    match field["type"].as_str() {
        Some("array") => format!("list of {}", type_of(&field["items"])),
        Some(name) => name.to_owned(),
        None => "any".into(),
    }
}

#[test]
fn the_reference_page_is_fresh() {
    let schema = schema::schema();
    let object = |name: &str| fields(&schema["$defs"][name]);
    let mut tables = vec![
        ("limits", limits()),
        ("problems", problems()),
        ("facts", facts()),
        ("doors", all_doors()),
        ("report", fields(&schema)),
    ];
    for name in ["finding", "evidence", "step", "place", "node", "problem", "coverage", "inventory", "fact"] {
        tables.push((name, object(name)));
    }
    freshen("../docs/report.md", tables);
}

/// Compares the generated tables of a page; with `UPDATE=1` writes them.
pub fn freshen(path: &str, tables: Vec<(&str, String)>) {
    let mut page = std::fs::read_to_string(here(path)).unwrap();
    for (name, table) in tables {
        let (begin, end) = (format!("<!-- generated: {name} -->\n"), "<!-- end -->");
        let start = page.find(&begin).unwrap_or_else(|| panic!("{path} has no table `{name}`")) + begin.len();
        let length = page[start..].find(end).unwrap();
        page.replace_range(start..start + length, &table);
    }
    check(path, &page);
}
