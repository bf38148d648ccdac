//! The names of the model's enumerations as JSON writes them, and text made safe to print.

use doorward_model::{Examined, Grade, Kind, Level, State, Value, Verdict, text};
use std::borrow::Cow;
use std::fmt::Write;

pub(crate) fn level(level: Level) -> &'static str {
    match level {
        Level::Note => "note",
        Level::Review => "review",
        Level::Alarm => "alarm",
    }
}

pub(crate) fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Low => "low",
        Grade::Medium => "medium",
        Grade::High => "high",
    }
}

pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::DeclaredAllowed => "declared-allowed",
        State::DeclaredForbidden => "declared-forbidden",
        State::Undeclared => "undeclared",
        State::Contradicted => "contradicted",
        State::NotExaminable => "not-examinable",
        State::Refuted => "refuted",
    }
}

pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Incomplete => "incomplete",
    }
}

pub(crate) fn examined(examined: Examined) -> &'static str {
    match examined {
        Examined::Hashed => "hashed",
        Examined::Scanned => "scanned",
        Examined::Parsed => "parsed",
        Examined::Opened => "opened",
    }
}

pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Directory => "directory",
        Kind::Symlink => "symlink",
        Kind::Hardlink => "hardlink",
        Kind::Special => "special",
    }
}

/// Bytes of an input as text: [`text::visible`], without its cost where nothing needs to be made visible.
pub(crate) fn shown(bytes: &[u8]) -> Cow<'_, str> {
    let plain = bytes.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'\\');
    match std::str::from_utf8(bytes) {
        Ok(text) if plain => Cow::Borrowed(text),
        _ => Cow::Owned(text::visible(bytes)),
    }
}

/// Text that an earlier stage made visible already. What it overlooked is escaped; its backslashes stay as they are.
pub(crate) fn inert(text: &str) -> Cow<'_, str> {
    if !text.contains(text::is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if text::is_deceptive(c) {
            write!(safe, "\\u{{{:x}}}", u32::from(c)).unwrap_or_default();
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// A fact's argument in words.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Text(bytes) => shown(bytes).into_owned(),
        Value::Number(number) => number.to_string(),
        Value::List(values) => {
            let plain = |value: &Value| matches!(value, Value::Text(_) | Value::Number(_)).then(|| self::value(value));
            values.iter().map(|value| plain(value).unwrap_or_else(|| "(...)".into())).collect::<Vec<_>>().join(", ")
        }
        Value::From { sources, .. } => format!("(from {})", inert(&sources.join(", "))),
        Value::Computed => "(computed)".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    fn check<T: Serialize + Copy>(values: &[T], name: fn(T) -> &'static str) {
        for value in values {
            assert_eq!(serde_json::to_value(value).unwrap(), name(*value));
        }
    }

    #[test]
    fn names_are_those_that_the_model_reads() {
        check(&[Level::Note, Level::Review, Level::Alarm], level);
        check(&[Grade::Low, Grade::Medium, Grade::High], grade);
        check(&[State::DeclaredAllowed, State::DeclaredForbidden, State::Undeclared], state);
        check(&[State::Contradicted, State::NotExaminable, State::Refuted], state);
        check(&[Verdict::Pass, Verdict::Fail, Verdict::Incomplete], verdict);
        check(&[Examined::Hashed, Examined::Scanned, Examined::Parsed, Examined::Opened], examined);
        check(&[Kind::File, Kind::Directory, Kind::Symlink, Kind::Hardlink, Kind::Special], kind);
    }

    #[test]
    fn what_was_made_visible_is_not_escaped_twice() {
        assert_eq!(inert("a \\u{202e}b \\\\ c"), "a \\u{202e}b \\\\ c");
        assert_eq!(inert("a\u{202e}b\n"), "a\\u{202e}b\\u{a}");
    }
}
