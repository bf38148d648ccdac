//! Why a finding stands: when and under which conditions it runs, then its chain, step by step, as plain text.

use crate::excerpt::Excerpt;
use crate::names;
use crate::place;
use crate::read::{SavedEvidence, SavedFinding, SavedOther, SavedStep};
use doorward_model::{Phase, doors};

/// Columns that the text is made for.
const WIDTH: usize = 100;

/// The chain behind a finding.
pub fn why(finding: &SavedFinding) -> String {
    let mut text = format!("{}: {}\n{}  {}\n\n", names::level(finding.level), finding.title, finding.rule, finding.fingerprint);
    text.push_str(&format!("Runs {}.\n", phase(finding.phase)));
    for guard in &finding.guards {
        text.push_str(&format!("  {guard}.\n"));
    }
    text.push('\n');
    let mut place_before = None;
    for (number, evidence) in (1..).zip(&finding.evidence) {
        text.push_str(&step(number, evidence, place_before));
        place_before = Some(&evidence.place);
    }
    let other_place = |place: &SavedOther| match place.root == finding.place.root {
        true => place.path.clone(),
        // The report does not say what the operator called an input.
        false => format!("{} of input {}", place.path, u64::from(place.root) + 1),
    };
    let named: Vec<String> = finding.also.iter().map(other_place).collect();
    if let Some(also) = place::also(&named, finding.places) {
        text.push_str(&format!("Also in\n  {also}.\n\n"));
    }
    text.push_str("What it means\n");
    text.push_str(&format!("  {}.\n", finding.title.trim_end_matches('.')));
    match doors::door(&finding.door) {
        Some(door) => text.push_str(&format!("  Door {}, {}: {}\n", door.id, door.name, door.definition)),
        None => text.push_str(&format!("  Door {}: not one of this version's taxonomy.\n", finding.door)),
    }
    let (severity, confidence) = (names::grade(finding.severity), names::grade(finding.confidence));
    text.push_str(&format!("  Severity if true: {severity}. Confidence that it is true: {confidence}.\n"));
    if let Some(state) = finding.state {
        text.push_str(&format!("  Against the declaration: {}.\n", names::state(state)));
    }
    if let Some(who) = &finding.opens_to {
        text.push_str(&format!("  Opens to: {who}.\n"));
    }
    if !finding.parts.is_empty() {
        text.push_str(&format!("  The same chain also meets {}.\n", finding.parts.join(", ")));
    }
    text
}

fn step(number: usize, evidence: &SavedEvidence, before: Option<&crate::SavedPlace>) -> String {
    let mut text = format!("{number}. {}: {}\n", evidence.kind, evidence.says);
    let spot = match evidence.line {
        0 => format!("bytes {} to {}", evidence.span.start, evidence.span.end),
        line => format!("line {line}, column {}, bytes {} to {}", evidence.column, evidence.span.start, evidence.span.end),
    };
    let place = if before == Some(&evidence.place) { "the same place" } else { &evidence.place.path };
    text.push_str(&format!("   in {place}, {spot}\n"));
    if let Some(digest) = evidence.digest {
        text.push_str(&format!("   SHA-256 {digest}\n"));
    }
    if evidence.way.len() > 1 {
        text.push_str(&way(&evidence.way));
        return text;
    }
    let SavedEvidence { excerpt, excerpt_start, span, line, column, .. } = evidence;
    let excerpt = Excerpt { bytes: excerpt, start: *excerpt_start, span: *span, line: *line, column: *column };
    excerpt.render(WIDTH, false).lines().for_each(|line| text.push_str(&format!("   {line}\n")));
    text.push('\n');
    text
}

/// The steps of a way: what happens, and the line where it does.
fn way(steps: &[SavedStep]) -> String {
    let mut text = String::new();
    let mut before = (0, "");
    for step in steps {
        let here = (step.line, step.file.as_str());
        let line = match step.line {
            0 => "elsewhere".into(),
            line if here == before => " ".repeat(5 + line.to_string().len()),
            line => format!("line {line}"),
        };
        let file = if here == before || step.file.is_empty() { String::new() } else { format!(" of {}", step.file) };
        text.push_str(&format!("   {line}{file}  {}\n", step.does));
        if here != before && !step.text.is_empty() {
            text.push_str(&format!("        | {}\n", step.text));
        }
        before = here;
    }
    text.push('\n');
    text
}

/// A phase, in words.
pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Build => "while the package is built, before anybody asks for it",
        Phase::Install => "while the package is installed, before anybody asks for it",
        Phase::Open => "when its folder is opened, before anybody asks for it",
        Phase::Import => "when a program imports it",
        Phase::Run => "when somebody calls it",
        Phase::Test => "when its tests run",
    }
}
