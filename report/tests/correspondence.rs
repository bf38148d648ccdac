//! Correspondences: the published schema and its page, what a person reads, hostile names.

use crate::documentation::{fields, freshen};
use crate::hostile::steering;
use crate::{check, here, sample, schema};
use doorward_model::correspondence::{Gap, How, Range, Shipped, Spot, Status};
use doorward_model::prints::Indexed;
use doorward_model::{Correspondence, Digest, Level, NodeId, Phase, Report, Role};
use doorward_report::{MatchOptions, Matched, Source, match_json, match_terminal};
use serde_json::Value;

fn published() -> Value {
    serde_json::from_slice(&std::fs::read(here("../docs/match.schema.json")).unwrap()).unwrap()
}

fn spot(node: u32) -> Spot {
    Spot { shelf: 0, node: NodeId(node) }
}

fn file(node: u32, status: Status) -> Shipped {
    Shipped {
        node: NodeId(node),
        status,
        how: None,
        from: Vec::new(),
        instead_of: None,
        ranges: Vec::new(),
        lacks: Vec::new(),
        relabelled: None,
        says: Vec::new(),
        level: None,
        does: Vec::new(),
        role: Role::Code,
        phase: Phase::Install,
    }
}

/// One of everything, over the sample's places.
fn correspondence() -> Correspondence {
    let hostile: Box<str> = String::from_utf8_lossy(sample::HOSTILE).into();
    let range = |start, end, line, from| Range { start, end, line, line_end: line + 1, from, formal: false };
    let altered = Shipped {
        from: vec![spot(3), spot(4)],
        instead_of: Some(spot(5)),
        ranges: vec![range(0, 10, 1, Some(spot(3))), range(10, 30, 3, None), range(30, 40, 0, None)],
        lacks: vec![Gap { of: spot(3), first: 4, last: 6, lines: true }, Gap { of: spot(3), first: 9, last: 9, lines: true }],
        says: vec![hostile.clone()],
        level: Some(Level::Alarm),
        does: vec![hostile.clone(), "starts a program: sh".into()],
        ..file(3, Status::Nothing)
    };
    let formal = Shipped {
        ranges: vec![Range { formal: true, ..range(0, 5, 1, None) }, range(5, 9, 2, None)],
        role: Role::Manifest,
        ..file(4, Status::Nothing)
    };
    let moved = Shipped { from: vec![spot(4)], relabelled: Some(hostile.clone()), ..file(5, Status::Identical) };
    let made = Shipped { from: vec![spot(3)], how: Some(How::LineEndings), ..file(6, Status::Transformed) };
    Correspondence {
        files: vec![altered, formal, moved, made, file(7, Status::Known)],
        not_shipped: vec![spot(6)],
        inventoried: false,
        why_not_higher: vec![hostile],
    }
}

/// The sample matched against itself.
fn with(correspondence: &Correspondence, artefact: &Report, run: impl FnOnce(&Matched<'_>)) {
    let indexed = Indexed { tree: artefact.tree.clone(), prints: vec![None; artefact.tree.contents.len()] };
    let source = Source { name: sample::HOSTILE, indexed: &indexed, is_known: false, commit: None, root: None };
    let known = Source { is_known: true, commit: Some("0123"), root: Some(Digest([7; 32])), name: b"known.index", ..source };
    run(&Matched { correspondence, artefact, sources: &[source, known] });
}

#[test]
fn written_correspondences_are_valid() {
    jsonschema::draft202012::meta::validate(&published()).unwrap();
    let validator = jsonschema::draft202012::new(&published()).unwrap();
    for correspondence in [correspondence(), Correspondence { inventoried: true, ..Correspondence::default() }] {
        with(&correspondence, &sample::report(), |matched| {
            let bytes = match_json(matched);
            schema::assert_valid(&validator, &bytes);
            let mut value: Value = serde_json::from_slice(&bytes).unwrap();
            value["extra"] = Value::from(1);
            assert!(!validator.is_valid(&value));
        });
    }
}

#[test]
fn what_a_person_reads_word_for_word() {
    with(&correspondence(), &sample::report(), |matched| {
        let options = MatchOptions { name: sample::HOSTILE, ..MatchOptions::default() };
        let text = match_terminal(matched, &options);
        check("tests/match.txt", &text);
        let json = String::from_utf8(match_json(matched)).unwrap();
        check("tests/match.json.txt", &json);
        for shown in [text, json] {
            assert_eq!(steering(&shown), None);
        }
        let few = match_terminal(matched, &MatchOptions { items_max: 1, ..options });
        assert!(few.contains("and 1 more"), "{few}");
    });
}

#[test]
fn the_page_is_fresh() {
    let schema = published();
    let mut statuses = String::from("| Status | What it means |\n|---|---|\n");
    Status::ALL.iter().for_each(|(_, name, meaning)| statuses.push_str(&format!("| `{name}` | {meaning} |\n")));
    let mut ways = String::from("| Way | What it means |\n|---|---|\n");
    How::ALL.iter().for_each(|(_, name, meaning)| ways.push_str(&format!("| `{name}` | {meaning} |\n")));
    let mut tables = vec![("statuses", statuses), ("ways", ways), ("correspondence", fields(&schema))];
    for name in ["file", "range", "gap", "source", "artefact", "summary"] {
        tables.push((name, fields(&schema["$defs"][name])));
    }
    freshen("../docs/match.md", tables);
}

#[test]
fn the_schema_lists_what_the_model_lists() {
    let schema = published();
    let file = &schema["$defs"]["file"]["properties"];
    assert_eq!(file["status"]["enum"], Value::from(Status::ALL.iter().map(|(_, name, _)| *name).collect::<Vec<_>>()));
    assert_eq!(file["how"]["enum"], Value::from(How::ALL.iter().map(|(_, name, _)| *name).collect::<Vec<_>>()));
}
