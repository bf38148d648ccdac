//! What code means: values, calls and flows over the neutral form become facts.
//!
//! `tree` holds the APIs of a language, `machine` runs statements, `expressions` and `calls` compute values, `emit` says what
//! was seen. Bounded in steps, bytes and facts; hitting a bound is a problem of the content.
//!
//! What a program decodes and runs is a content of its own (`payloads`); only what is no more than a literal or partly unknown is
//! run where it stands.
//! `reach` says which functions run when the file does, `join` what other files may want to know, `imports` which files are
//! asked for by code whose values are not followed.

pub(crate) mod apis;
mod arguments;
mod budget;
mod builtins;
mod calls;
mod carried;
mod checks;
mod ciphers;
mod codecs;
mod commands;
mod digests;
mod either;
mod emit;
mod endless;
mod expressions;
mod files;
mod formats;
mod gate;
mod guards;
mod hooks;
mod hosts;
mod imports;
mod join;
mod layers;
mod library;
mod lists;
mod machine;
mod methods;
mod names;
mod numbers;
mod operators;
#[cfg(test)]
mod oracle;
mod packer;
mod paths;
mod payloads;
mod prototypes;
mod reach;
mod relays;
mod runs;
mod rust;
mod scope;
mod special;
mod string_arrays;
mod structs;
#[cfg(test)]
mod tests;
mod texts;
mod tools;
mod tree;
mod unasked;
mod values;
mod written;

use crate::bodies::Bodies;
use crate::languages::Language;
use crate::neutral::{At, Module};
use crate::{Facts, observers};
use doorward_model::stage::{self, Stage};
use doorward_model::{Fact, Problem, ProblemKind, Reading, Span};
use emit::Emitter;
use machine::Machine;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;
use values::{Tag, Value};

/// Code of at most so many bytes is followed even where it names no end of a flow: other files may take from it where one begins,
/// a constant, or what decodes it.
const SMALL_BYTES: usize = 2048;

/// Reads code that is one of the languages.
pub(crate) fn observe(bytes: &[u8], reading: &Reading, facts: &mut Facts) {
    let Some(language) = Language::of(&reading.format) else { return };
    if !stage::during(Stage::Gate, language.name(), bytes.len(), || is_followed(bytes, language, facts)) {
        return;
    }
    let text = one_for_one(bytes);
    let mut out = Emitter::new(observers::names::MEANING, text.len());
    out.payloads.source = text.as_bytes().into();
    let lowered = language.lower(&text, &mut |module| {
        facts.bodies =
            Bodies::new(module.functions.iter().map(|function| Span::new(function.at.start.into(), function.at.end.into())));
        stage::during(Stage::Evaluate, language.name(), text.len(), || Machine::new(module, language, &mut out).run());
    });
    if let Some(at) = lowered.error_at {
        let span = Span::new(at.into(), at.into());
        facts.problem(Problem::at(span, ProblemKind::Malformed, "the syntax does not allow what stands here"));
    }
    if lowered.too_deep || out.too_deep {
        facts.problem(Problem::new(ProblemKind::Nesting, "code nested deeper than is followed"));
    }
    if let Some(at) = &out.sealed {
        let span = Span::new(at.start.into(), at.start.into());
        facts.problem(Problem::at(span, ProblemKind::Encrypted, "code that only its own runtime can read"));
    }
    out.told_of_texts(text.len());
    if out.budget.steps == 0 {
        facts.problem(Problem::new(ProblemKind::Limit, "more steps than are taken to follow its values"));
    }
    facts.parsed();
    facts.functions.append(&mut out.functions);
    facts.summary = Some(Box::new(out.summary()));
    facts.payloads.extend(out.take_payloads());
    for fact in out.facts() {
        facts.push(fact);
    }
}

/// Whether code is followed; of what is not, the files that it asks for are noted.
fn is_followed(bytes: &[u8], language: Language, facts: &mut Facts) -> bool {
    let joins = matches!(language, Language::Python | Language::JavaScript);
    let is_small = bytes.len() <= SMALL_BYTES && joins;
    let is_large = bytes.len() > facts.follow_max;
    let most = facts.follow_max.saturating_mul(if is_large { gate::times(bytes, language) } else { 1 });
    let is_followed = bytes.len() <= most && (is_small || gate::is_worth(bytes, language));
    if !is_followed && joins {
        facts.summary = imports::read(bytes, language == Language::Python).map(Box::new);
    }
    is_followed
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

/// Follows a command line that stands in a manifest, as one of its functions.
pub(crate) fn observe_command(command: &str, span: std::ops::Range<usize>, function: u32, facts: &mut Facts) {
    if command.len() > facts.follow_max {
        return;
    }
    let mut out = Emitter::new(observers::names::MEANING, command.len());
    out.payloads.is_line = true;
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let at = at(span.start)..at(span.end);
    run_shell(command, commands::shell_of(command), None, BTreeMap::new(), 0, &mut out, &at);
    facts.payloads.extend(out.take_payloads());
    for fact in out.facts() {
        facts.push(Fact { function, ..fact });
    }
}

/// Runs commands that stand in other code; gives what they write.
fn run_shell(
    text: &str,
    language: Language,
    hole: Option<Rc<Tag>>,
    inherited: BTreeMap<Box<str>, Value>,
    depth: u32,
    out: &mut Emitter,
    at: &At,
) -> Value {
    let key = (language, Rc::from(text));
    if let Some(known) = out.written.get(&key) {
        return known.clone();
    }
    if out.layers >= emit::LAYERS_MAX || depth > machine::DEPTH_MAX / 2 {
        return Value { shape: values::Shape::Computed, tag: hole };
    }
    let mut value = Value::default();
    if let Ok(first) = u32::try_from(out.functions.len()) {
        out.reach.call(out.function, first);
    }
    out.inside(at, |out| {
        language.lower(text, &mut |module| {
            let mut machine = Machine::new(module, language, out);
            machine.depth = depth;
            machine.hole.clone_from(&hole);
            machine.inherited.clone_from(&inherited);
            value = machine.alone(0);
            machine.run();
        });
    });
    // What is unknown in it, or set around it, may differ the next time.
    if !text.contains(values::HOLE) && inherited.is_empty() {
        out.written.insert(key, value.clone());
    }
    value
}

/// Runs one command whose words are known as far as they are; gives what it writes.
fn run_words(words: Vec<Value>, depth: u32, out: &mut Emitter, at: &At) -> Value {
    static EMPTY: LazyLock<Module<'static>> = LazyLock::new(Module::default);
    if out.layers >= emit::LAYERS_MAX || depth > machine::DEPTH_MAX / 2 {
        return Value { shape: values::Shape::Computed, tag: values::tags(&words) };
    }
    let mut value = Value::default();
    out.inside(at, |out| {
        let mut machine = Machine::new(&EMPTY, Language::Shell, out);
        machine.depth = depth;
        value = machine.command(words, None, at, &[]);
    });
    value
}
