//! Code inside code: texts that a program evaluates, and commands that it starts.

use super::apis::Row;
use super::emit::{LAYERS_MAX, argument};
use super::machine::{Args, Machine};
use super::tree::ROOT;
use super::values::{Shape, Value, join};
use crate::languages::Language;
use crate::neutral::At;
use std::rc::Rc;

/// The line of a program and a list of what it is given, where a call hands them over apart; its unknown words stay unknown.
pub(super) fn line(name: &str, program: &Value, args: &Args<'_>) -> Option<Value> {
    let text = program.as_text().filter(|text| name == "command" && !text.contains(' '))?;
    let Some(Shape::List(words)) = args.get(1).map(|value| &value.shape) else { return None };
    if words.is_empty() {
        return None;
    }
    let words = words.iter().map(|word| word.as_text().map_or("\u{2026}", |text| text));
    let line: Vec<&str> = std::iter::once(&**text).chain(words.take(WORDS_MAX)).collect();
    Some(Value::text(line.join(" ")))
}

/// Most words of a started program's line that are told.
const WORDS_MAX: usize = 200;

/// Longest code that is run again wherever it stands: its value depends on what is around it.
const SMALL_BYTES_MAX: usize = 1024;

impl<'m> Machine<'m, '_> {
    /// Runs the command that a program starts; gives the value with what the command writes.
    pub(super) fn run_command(&mut self, row: &'static Row, args: &Args<'m>, at: &At, value: Value) -> Value {
        let Some((_, from)) = row.args.iter().find(|(name, _)| *name == "command") else { return value };
        let Some(command) = argument(from, args).cloned() else { return value };
        let written = match (&command.shape, args.get(1).map(|value| &value.shape)) {
            (Shape::List(words), _) => super::run_words(words.to_vec(), self.depth, self.out, at),
            // A program, and a list of what it is given.
            (_, Some(Shape::List(words))) if command.as_text().is_some_and(|text| !text.contains(' ')) => {
                let words = std::iter::once(command).chain(words.iter().cloned()).collect();
                super::run_words(words, self.depth, self.out, at)
            }
            _ => self.run_as(super::commands::shell_of(command.as_text().map_or("", |text| text)), &command, at),
        };
        value.tagged(written.deep_tag())
    }

    /// Runs code that the program makes of a text; gives its value.
    pub(crate) fn run_code(&mut self, code: &Value, at: &At) -> Value {
        self.run_code_as(self.language, code, at)
    }

    /// Runs a text as code of a language; gives its value.
    pub(crate) fn run_code_as(&mut self, language: Language, code: &Value, at: &At) -> Value {
        if self.run_payload(language, code, at) {
            return Value::default();
        }
        let text: Rc<str> = match &code.shape {
            Shape::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => return Value::default(),
            },
            Shape::Text(text) => Rc::clone(text),
            Shape::Set(shapes) => {
                let shapes = Rc::clone(shapes);
                let codes = shapes.iter().filter(|shape| !matches!(shape, Shape::Set(_)));
                let values = codes.map(|shape| self.run_code_as(language, &Value::new(shape.clone()), at));
                return values.reduce(join).unwrap_or_default();
            }
            _ => return Value::default(),
        };
        let worth = text.contains(['(', '=', '\n', ' ', '[', '\'', '"']);
        if !worth || self.out.layers >= LAYERS_MAX || self.depth > super::machine::DEPTH_MAX / 3 {
            return Value::default();
        }
        let is_new = self.out.codes.insert(Rc::clone(&text));
        self.out.budget.open();
        if !is_new && (text.len() > SMALL_BYTES_MAX || !self.out.budget.may_repeat()) {
            return Value::default();
        }
        let before = self.out.budget.steps;
        self.out.budget.spend_code(text.len());
        if let Ok(first) = u32::try_from(self.out.functions.len()) {
            self.out.reach.call(self.out.function, first);
        }
        let value = self.run_text(language, &text, at);
        if !is_new {
            self.out.budget.repeated(before.saturating_sub(self.out.budget.steps));
        }
        value
    }

    /// What small pieces of code that are run give: `return process`, `this`, a name.
    pub(super) fn value_of_code(&mut self, code: &Value) -> Option<Value> {
        let text = code.known_text()?;
        let text = text.trim().trim_end_matches(';');
        let text = text.strip_prefix("return ").unwrap_or(text).trim();
        if matches!(text, "this" | "globalThis" | "this.global") {
            return Some(Value::new(Shape::Api(ROOT)));
        }
        let is_name = !text.is_empty()
            && text.len() < 200
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$'));
        is_name.then(|| {
            let mut parts = text.split('.');
            let first = self.lookup(parts.next().unwrap_or_default());
            parts.fold(first, |value, part| self.member(&value, part, &(0..0)))
        })
    }
}
