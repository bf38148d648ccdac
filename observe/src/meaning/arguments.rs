//! What arguments of calls show in facts: constants as they are, unknown parts as an ellipsis.

use super::apis::{Argument, Row};
use super::machine::Args;
use super::values::{HOLE, Shape, Value};
use doorward_model::Value as Seen;
use std::rc::Rc;

/// Most bytes of an argument of a fact; code may be longer.
pub(super) const ARGUMENT_BYTES_MAX: usize = 4096;

/// Most bytes of code in a fact.
const CODE_BYTES_MAX: usize = 64 << 10;

/// The text that an argument of a fact shows.
pub(super) fn text_of(value: &Seen) -> Option<String> {
    match value {
        Seen::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

/// A text for people and rules: unknown parts as an ellipsis.
pub(crate) fn plain(text: &str) -> String {
    let mut end = text.len().min(ARGUMENT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default().replace(HOLE, "\u{2026}")
}

/// The value of an argument of a call.
pub(crate) fn argument<'a>(from: &'static [Argument], args: &'a Args<'_>) -> Option<&'a Value> {
    let all = from;
    from.iter().find_map(|from| match from {
        // Arguments by their names may stand in a map: `**{...}`.
        Argument::At(at) => args
            .get(usize::from(*at))
            .filter(|value| !all.iter().any(|one| matches!(one, Argument::Named(name) if member(value, name).is_some()))),
        Argument::Named(name) => {
            let named = args.named.iter().find(|(known, _)| known == name).map(|(_, value)| value);
            // JavaScript hands options over as members of an object.
            named.or_else(|| args.at.iter().find_map(|value| member(value, name)))
        }
    })
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match &value.shape {
        Shape::Map(pairs) => pairs.iter().rev().find(|(known, _)| &**known == name).map(|(_, value)| value),
        _ => None,
    }
}

/// What an argument shows in a fact.
pub(crate) fn seen(name: &str, value: &Value) -> Option<Seen> {
    match &value.shape {
        Shape::Int(number) => Some((*number).into()),
        Shape::Bool(yes) => Some((*yes).into()),
        Shape::List(values) => {
            let parts: Vec<String> =
                values.iter().take(200).map(|value| value.as_text().map_or("\u{2026}".into(), |text| plain(text))).collect();
            (!parts.is_empty()).then(|| parts.join(" ").into())
        }
        // A host, a path or a command is the same as bytes.
        Shape::Bytes(_) if matches!(name, "host" | "url" | "path" | "command") && bytes_as_text(value).is_some() => {
            bytes_as_text(value).map(|text| plain(&text).into())
        }
        Shape::Bytes(bytes) => Some(bytes.get(..bytes.len().min(longest(name))).unwrap_or_default().into()),
        _ => {
            let text = value.as_text()?;
            // Nothing is known of it.
            if text.chars().all(|letter| letter == HOLE) {
                return None;
            }
            if name == "code" {
                let bytes = text.as_bytes();
                return Some(bytes.get(..bytes.len().min(longest(name))).unwrap_or_default().into());
            }
            Some(plain(text).into())
        }
    }
}

/// The text that bytes are, where it is short and of one line.
pub(super) fn bytes_as_text(value: &Value) -> Option<Rc<str>> {
    let Shape::Bytes(bytes) = &value.shape else { return None };
    let is_plain = bytes.len() <= ARGUMENT_BYTES_MAX && bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    std::str::from_utf8(bytes).ok().filter(|_| is_plain).map(Rc::from)
}

/// What an object that is an argument keeps: a file's path.
pub(super) fn kept(name: &str, value: &Value) -> Option<Seen> {
    let about = value.tag.as_ref().filter(|_| name == "path" && matches!(value.shape, Shape::Api(_)))?;
    about.about.iter().find(|(known, _)| *known == name).map(|(_, text)| plain(text).into())
}

fn longest(name: &str) -> usize {
    if name == "code" { CODE_BYTES_MAX } else { ARGUMENT_BYTES_MAX }
}

/// The constant arguments that an object of an API keeps.
pub(crate) fn about(row: &'static Row, args: &Args<'_>) -> Vec<(&'static str, Rc<str>)> {
    let says = row.says.iter().filter(|(name, _)| *name == "path");
    let mut about: Vec<_> = says.map(|(name, text)| (*name, Rc::from(*text))).collect();
    for (name, from) in row.args {
        let Some(value) = argument(from, args) else { continue };
        match (&value.shape, *name) {
            (Shape::List(values), "host") => {
                if let Some(host) = values.first().and_then(Value::as_text) {
                    about.push(("host", Rc::clone(host)));
                }
            }
            _ => {
                if let Some(text) = value.as_text() {
                    about.push((name, Rc::clone(text)));
                }
            }
        }
    }
    about
}
