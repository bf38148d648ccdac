//! What is read and written: what paths mean, copies of secrets, and the constant texts of a value.

use super::apis::{Row, Takes};
use super::arguments::{ARGUMENT_BYTES_MAX, argument, plain};
use super::machine::{Args, Machine};
use super::paths;
use super::values::{Shape, Value};
use doorward_model::{Fact, vocabulary as kinds};

/// Most copies of secrets that are remembered.
const COPIES_MAX: usize = 64;

impl<'m> Machine<'m, '_> {
    /// What secret a path leads to, or a copy made of it.
    pub(super) fn secret(&self, path: &str) -> Option<&'static str> {
        let copy = || self.out.copies.iter().find(|(copy, _)| **copy == *path).map(|(_, what)| *what);
        paths::secret(path).or_else(copy)
    }

    /// An archive with a secret in it is one, wherever it is read.
    pub(super) fn archives(&mut self, owner: &Value, args: &Args<'m>) {
        let Some(what) = args.get(0).and_then(Value::as_text).and_then(|source| self.secret(&plain(source))) else { return };
        let about = owner.tag.as_ref().map_or(&[][..], |tag| &tag.about);
        for (_, path) in about {
            let path = plain(path);
            if self.out.copies.len() < COPIES_MAX && path.len() >= 3 && !self.out.copies.iter().any(|(known, _)| **known == *path)
            {
                self.out.copies.push((path.as_str().into(), what));
            }
        }
    }

    /// What the path of a read or write means.
    pub(super) fn say_path(&mut self, fact: &mut Fact, args: &Args<'m>) {
        let Some(path) = fact.text("path").map(str::to_owned) else { return };
        if fact.kind.name == "file.write" {
            // A copy of a secret is one.
            let what = args.get(0).and_then(Value::as_text).and_then(|source| self.secret(&plain(source)));
            if let Some(what) = what.filter(|_| args.at.len() > 1 && self.out.copies.len() < COPIES_MAX) {
                self.out.copies.push((path.as_str().into(), what));
            }
            if let Some(how) = paths::persists(&path) {
                let mut persist = Fact { kind: &kinds::PERSIST, args: Vec::new(), ..fact.clone() };
                persist = persist.with("how", how).with("path", path);
                if let Some(text) = fact.text("text") {
                    persist = persist.with("text", text);
                }
                self.out.push(persist);
            }
            return;
        }
        if let Some(what) = self.secret(&path) {
            let mut secret = Fact { kind: &kinds::SECRET_READ, args: Vec::new(), ..fact.clone() };
            secret = secret.with("what", what).with("path", path);
            self.out.push(secret);
            if fact.arg("what").is_none() {
                *fact = fact.clone().with("what", what);
            }
        }
    }
}

/// The text that a call writes, as far as it is known.
pub(super) fn written(row: &'static Row, args: &Args<'_>) -> Option<String> {
    let Takes::Some(list) = row.takes else { return None };
    let mut text = String::new();
    for from in list.iter().filter_map(|from| argument(std::slice::from_ref(from), args)) {
        holds(from, &mut text, 6);
    }
    let text = plain(text.trim());
    (!text.is_empty()).then_some(text)
}

/// All constant texts of a value, one after the other, and those that were put into it before.
pub(super) fn holds(value: &Value, text: &mut String, levels: u32) {
    let Some(levels) = levels.checked_sub(1).filter(|_| text.len() < ARGUMENT_BYTES_MAX) else { return };
    match &value.shape {
        Shape::List(values) => values.iter().take(200).for_each(|value| holds(value, text, levels)),
        Shape::Map(pairs) => pairs.iter().take(200).for_each(|(_, value)| holds(value, text, levels)),
        Shape::Bytes(bytes) => {
            text.push_str(&String::from_utf8_lossy(bytes.get(..bytes.len().min(ARGUMENT_BYTES_MAX)).unwrap_or_default()));
            text.push(' ');
        }
        _ => {
            if let Some(known) = value.as_text() {
                text.push_str(&plain(known));
                text.push(' ');
            }
        }
    }
    for (_, known) in value.tag.iter().flat_map(|tag| &tag.about).filter(|(name, _)| *name == "holds") {
        text.push_str(known);
        text.push(' ');
    }
}
