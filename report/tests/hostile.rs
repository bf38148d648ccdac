//! Nothing of an input steers a reader, and no input makes a report explode.

use crate::sample;
use doorward_model::{ContentId, Kind, Meta, Node, NodeId, Problem, ProblemKind, Step, text};
use doorward_report::{JsonOptions, TerminalOptions, json, line, read, terminal, why, write_json};
use std::io::{self, Write};

/// The first character of a text that could steer its reader, line ends aside.
pub fn steering(text: &str) -> Option<char> {
    text.chars().find(|c| *c != '\n' && text::is_deceptive(*c))
}

#[test]
fn no_name_reaches_an_output_raw() {
    let mut report = sample::report();
    for finding in &mut report.judgement.findings {
        let raw = String::from_utf8_lossy(sample::HOSTILE).into_owned();
        (finding.title, finding.rule, finding.door) = (raw.clone().into(), raw.clone().into(), raw.clone().into());
        finding.opens_to = Some(raw.clone().into());
        finding.parts = vec![raw.clone().into()];
        for evidence in &mut finding.evidence {
            (evidence.says, evidence.kind, evidence.excerpt) = (raw.clone().into(), raw.clone().into(), sample::HOSTILE.into());
        }
    }
    for content in &mut report.tree.contents {
        content.reading.format = String::from_utf8_lossy(sample::HOSTILE).into();
        content.problems.push(Problem::new(ProblemKind::Malformed, String::from_utf8_lossy(sample::HOSTILE)));
    }
    let names = vec![sample::HOSTILE.to_vec(), sample::HOSTILE.to_vec()];
    let options = TerminalOptions { names: &names, all: true, saved: Some("\x1b[1m"), ..TerminalOptions::default() };
    let saved = read(&json(&report, &JsonOptions::default())).unwrap();
    let outputs = [
        json(&report, &JsonOptions { facts: true, nodes: true, pretty: true }),
        line(&report, sample::HOSTILE),
        terminal(&report, &options).into_bytes(),
        why(&saved.find("#1").unwrap()).into_bytes(),
    ];
    for (at, output) in outputs.into_iter().enumerate() {
        let output = String::from_utf8(output).unwrap();
        assert_eq!(steering(&output), None, "{output}");
        assert!(at == 3 || output.contains("\\u{3e} a\\\\"), "a name wrote the arrow between steps: {output}");
    }
}

struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_long_name_above_many_problems_is_written_once() {
    let mut report = sample::passed();
    let member = |parent, index, name: Box<[u8]>| {
        let meta = Meta { kind: Kind::File, ..Meta::default() };
        Node { parent: Some(NodeId(parent)), step: Step::Member { index }, name, meta, content: Some(ContentId(1)) }
    };
    let mut parent = 0;
    for _ in 0..32 {
        report.tree.nodes.push(member(parent, 0, vec![b'n'; 65_536].into()));
        parent = u32::try_from(report.tree.nodes.len()).unwrap() - 1;
    }
    for index in 0..20_000 {
        let id = NodeId(u32::try_from(report.tree.nodes.len()).unwrap());
        report.tree.nodes.push(member(parent, index, b"x".as_slice().into()));
        report.tree.place_problems.push((id, Problem::new(ProblemKind::Deceptive, "repeats another")));
    }
    for nodes in [true, false] {
        let mut counted = Counted(0);
        write_json(&report, &JsonOptions { facts: false, nodes, pretty: false }, &mut counted).unwrap();
        assert!(counted.0 < 2_100_000 + 20_000 * 1_500, "{} bytes", counted.0);
    }
    assert!(terminal(&report, &TerminalOptions::default()).len() < 100_000);
}

#[test]
fn many_nodes_take_time_in_proportion() {
    let mut report = sample::passed();
    let seconds = |report: &doorward_model::Report| {
        let start = std::time::Instant::now();
        doorward_report::digest(report);
        start.elapsed().as_secs_f64()
    };
    let mut times = Vec::new();
    for count in [10_000u32, 80_000] {
        report.tree.nodes.truncate(9);
        report.tree.nodes.extend((0..count).map(|index| Node {
            parent: Some(NodeId(2)),
            step: Step::Member { index },
            name: format!("file-{index}").into_bytes().into(),
            meta: Meta::default(),
            content: Some(ContentId(index % 6)),
        }));
        times.push(seconds(&report));
    }
    assert!(times[1] < 8.0 * 4.0 * times[0] + 0.5, "{times:?}");
}
