//! `doorward why` and `doorward show`: one finding of a saved report.

use crate::arguments::{FindingFlags, Opening, ShowFlags, WhyFlags};
use crate::setup::{self, Loaded};
use crate::{Failure, print};
use doorward_engine::{Audit, Reopened};
use doorward_judge::{Policy, Rules};
use doorward_model::{Digest, Span, Step, text};
use doorward_report::{SavedEvidence, SavedFinding, SavedPlace};
use std::fmt::Write;

/// Tells the chain of a finding.
pub fn why(flags: &WhyFlags) -> Result<u8, Failure> {
    print(doorward_report::why(&saved(&flags.finding)?).as_bytes())
}

fn saved(flags: &FindingFlags) -> Result<SavedFinding, Failure> {
    let path = flags.report.display();
    let bytes = std::fs::read(&flags.report).map_err(|error| format!("{path}: {error}"))?;
    let report = doorward_report::read(&bytes).map_err(|error| format!("{path}: {error}"))?;
    Ok(report.find(&flags.finding).map_err(|error| format!("{path}: {error}"))?)
}

/// Shows the bytes that a finding rests on, taken again from the artefact.
pub fn show(flags: &ShowFlags) -> Result<u8, Failure> {
    let finding = saved(&flags.finding)?;
    let loaded = Loaded { rules: Rules::builtin(), yara: Vec::new() };
    let opening = Opening { threads: Some(1), ..flags.opening.clone() };
    let mut lanes = setup::lanes(&opening, &loaded, false)?;
    let lane = lanes.first_mut().ok_or("no worker")?;
    let (policy, spill) = (Policy::default(), setup::spill());
    let audit = Audit { limits: &opening.limits.0, rules: &loaded.rules, policy: &policy, yara: &loaded.yara, spill: &spill };
    let mut shown = String::new();
    let mut before: Option<(&SavedPlace, Reopened)> = None;
    for (number, evidence) in (1..).zip(&finding.evidence) {
        let reopened = match before.take() {
            Some((place, reopened)) if *place == evidence.place => reopened,
            _ => doorward_engine::reopen(&audit, &flags.artefact, &layers(&evidence.place), lane)?,
        };
        if evidence.digest.is_some_and(|digest| digest != reopened.digest) {
            return Err(differs(evidence, &reopened.digest).into());
        }
        writeln!(
            shown,
            "{number}. {}, bytes {} to {}: {}",
            evidence.place.path, evidence.span.start, evidence.span.end, evidence.says
        )?;
        writeln!(shown, "   SHA-256 of the part: {}", reopened.digest)?;
        // A secret was masked in the report; the bytes here are the artefact's own, and the user asks for them.
        lines(&mut shown, &reopened.bytes, evidence.span)?;
        before = Some((&evidence.place, reopened));
    }
    print(shown.as_bytes())
}

fn differs(evidence: &SavedEvidence, digest: &Digest) -> String {
    format!("{}: has the digest {digest} here: it is not what was audited", evidence.place.path)
}

fn layers(place: &SavedPlace) -> Vec<(Step, Box<[u8]>)> {
    let root = (Step::Root { index: place.root }, Box::default());
    std::iter::once(root).chain(place.layers.iter().map(|layer| (layer.step.clone(), layer.name.clone()))).collect()
}

/// Bytes shown in one line of a dump.
const DUMP_BYTES: usize = 16;
/// Most bytes of one span that are shown.
const SHOWN_BYTES_MAX: usize = 4 << 10;

/// Most bytes shown of a line before the span, and as many behind it.
const AROUND_BYTES_MAX: usize = 160;

/// The span with the rest of its lines.
fn with_lines(bytes: &[u8], span: Span) -> &[u8] {
    let start = usize::try_from(span.start).unwrap_or(usize::MAX).min(bytes.len());
    let end = start + span.bytes(bytes).len();
    let before = &bytes[start.saturating_sub(AROUND_BYTES_MAX)..start];
    let behind = &bytes[end..bytes.len().min(end + AROUND_BYTES_MAX)];
    let from = before.iter().rposition(|byte| *byte == b'\n').map_or(start - before.len(), |at| start - before.len() + at + 1);
    let to = end + behind.iter().position(|byte| *byte == b'\n').unwrap_or(behind.len());
    &bytes[from..to]
}

/// The bytes of a span: as the lines they stand in where they are text, else as a dump; every one visible.
fn lines(shown: &mut String, bytes: &[u8], span: Span) -> std::fmt::Result {
    let whole = span.bytes(bytes);
    let cut = &whole[..whole.len().min(SHOWN_BYTES_MAX)];
    let is_text = |text: &str| !text.chars().any(|c| c.is_control() && !c.is_whitespace());
    match std::str::from_utf8(cut) {
        Ok(text) if is_text(text) => {
            let around = with_lines(bytes, Span::new(span.start, span.start + cut.len() as u64));
            for line in around.split(|byte| *byte == b'\n') {
                writeln!(shown, "   | {}", text::visible(line))?;
            }
        }
        _ => {
            for (index, row) in cut.chunks(DUMP_BYTES).enumerate() {
                let hex: String = row.iter().map(|byte| format!("{byte:02x} ")).collect();
                let plain: String =
                    row.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect();
                let at = span.start + (index * DUMP_BYTES) as u64;
                writeln!(shown, "   {at:08x}  {hex:<48} {plain}")?;
            }
        }
    }
    if cut.len() < whole.len() {
        writeln!(shown, "   ... {} more bytes", whole.len() - cut.len())?;
    }
    Ok(())
}
