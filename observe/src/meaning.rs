//! What code means: values, calls and flows over the neutral form become facts.
//!
//! `tree` holds the APIs of a language, `machine` runs statements, `expressions` and `calls` compute values, `emit` says what
//! was seen. Bounded in steps, bytes and facts; hitting a bound is a problem of the content.
//!
//! Not handled: across files, ciphers, code of another language than the one that runs it.

pub(crate) mod apis;
mod builtins;
mod calls;
mod codecs;
mod emit;
mod expressions;
mod gate;
mod hosts;
mod imports;
mod join;
mod machine;
mod methods;
mod names;
mod paths;
mod reach;
mod scope;
#[cfg(test)]
mod tests;
mod tree;
mod values;

use crate::languages::{javascript, python};
use crate::{Facts, observers};
use doorward_model::stage::{self, Stage};
use doorward_model::{Problem, ProblemKind, Reading, Span};
use emit::Emitter;
use machine::Machine;
use std::borrow::Cow;

/// Reads code that is one of the languages.
pub(crate) fn observe(bytes: &[u8], reading: &Reading, facts: &mut Facts) {
    let is_python = &*reading.format == "python";
    if !is_python && !matches!(&*reading.format, "javascript" | "typescript") {
        return;
    }
    if bytes.len() > facts.follow_max || !gate::is_worth(bytes, is_python) {
        facts.summary = imports::read(bytes, is_python).map(Box::new);
        return;
    }
    let text = one_for_one(bytes);
    let mut out = Emitter::new(observers::names::MEANING, text.len());
    let lowered = run(&text, is_python, 0, &mut out);
    if let Some(at) = lowered.error_at {
        let span = Span::new(at.into(), at.into());
        facts.problem(Problem::at(span, ProblemKind::Malformed, "the syntax does not allow what stands here"));
    }
    if lowered.too_deep || out.too_deep {
        facts.problem(Problem::new(ProblemKind::Nesting, "code nested deeper than is followed"));
    }
    if out.steps == 0 {
        facts.problem(Problem::new(ProblemKind::Limit, "more steps than are taken to follow its values"));
    }
    facts.parsed();
    facts.functions.append(&mut out.functions);
    facts.summary = Some(Box::new(out.summary()));
    for fact in out.facts() {
        facts.push(fact);
    }
}

/// The bytes as text: each byte that is not UTF-8 becomes one question mark, so that offsets stay.
fn one_for_one(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(text)
}

/// Runs a source, `depth` levels inside another.
fn run(text: &str, is_python: bool, depth: u32, out: &mut Emitter) -> crate::neutral::Lowered {
    let lower = if is_python { python::lower } else { javascript::lower };
    lower(text, &mut |module| {
        let mut machine = Machine::new(module, is_python, out);
        machine.depth = depth;
        let language = if is_python { "python" } else { "javascript" };
        stage::during(Stage::Evaluate, language, text.len(), || machine.run());
    })
}
