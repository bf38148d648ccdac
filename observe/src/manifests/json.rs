//! A small reader of JSON that keeps byte spans, which `serde_json` does not give.
//!
//! Reads what tools accept beyond RFC 8259: a byte order mark, comments, trailing commas and single quotes (`tasks.json`,
//! `binding.gyp`). Duplicate keys are all kept, in order. Iterative, with caps on depth and on the number of values; what
//! stands before a fault is kept. Not handled: JSON5's unquoted keys.

use doorward_model::{Problem, ProblemKind, Span};
use memchr::memchr2;
use std::ops::Range;

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 200;

/// Most values that are read of one text.
const VALUES_MAX: usize = 200_000;

/// A text taken apart.
pub(super) struct Json<'b> {
    bytes: &'b [u8],
    values: Vec<Value>,
    /// Why the rest was not read.
    pub(super) fault: Option<Problem>,
}

/// Index of a value.
pub(super) type Id = usize;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    Text,
    /// `true`, `false`, `null` or a number.
    Word,
}

/// A value, its key and its neighbours.
struct Value {
    kind: Kind,
    /// From its first byte to its last, quotes and brackets included.
    span: Range<usize>,
    /// The key's text without its quotes.
    key: Option<Range<usize>>,
    first: Option<Id>,
    next: Option<Id>,
}

/// A container that is being read.
struct Frame {
    id: Id,
    last: Option<Id>,
    key: Option<Range<usize>>,
}

impl<'b> Json<'b> {
    /// Reads a text as far as it goes.
    pub(super) fn read(bytes: &'b [u8]) -> Self {
        let mut json = Self { bytes, values: Vec::new(), fault: None };
        let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        if let Err((at, kind, what)) = json.fill(start) {
            json.fault = Some(Problem::at(Span::of(at..at), kind, what));
        }
        json
    }

    /// The outermost value.
    pub(super) fn root(&self) -> Option<Id> {
        (!self.values.is_empty()).then_some(0)
    }

    /// What a value is.
    pub(super) fn kind(&self, id: Id) -> Option<Kind> {
        self.values.get(id).map(|value| value.kind)
    }

    /// The bytes of a value: of a text without its quotes.
    pub(super) fn span(&self, id: Id) -> Range<usize> {
        let Some(value) = self.values.get(id) else { return 0..0 };
        let Range { start, end } = value.span.clone();
        if value.kind == Kind::Text {
            start.saturating_add(1)..end.saturating_sub(1).max(start.saturating_add(1))
        } else {
            start..end
        }
    }

    /// The bytes from the opening quote of a value's key to the end of the value.
    pub(super) fn pair(&self, id: Id) -> Range<usize> {
        let Some(value) = self.values.get(id) else { return 0..0 };
        let start = value.key.as_ref().map_or(value.span.start, |key| key.start.saturating_sub(1));
        start..value.span.end
    }

    /// The values inside an object or array, in order.
    pub(super) fn inside(&self, id: Id) -> impl Iterator<Item = Id> {
        let mut at = self.values.get(id).and_then(|value| value.first);
        std::iter::from_fn(move || {
            let id = at?;
            at = self.values.get(id)?.next;
            Some(id)
        })
    }

    /// The key of a value of an object, its escapes undone.
    pub(super) fn key(&self, id: Id) -> String {
        let key = self.values.get(id).and_then(|value| value.key.clone());
        key.map_or_else(String::new, |key| unescape(self.bytes.get(key).unwrap_or_default()))
    }

    /// All values of this key in an object: a key may stand there twice.
    pub(super) fn all<'k>(&'k self, id: Id, key: &'k str) -> impl Iterator<Item = Id> + 'k {
        let object = self.kind(id) == Some(Kind::Object);
        self.inside(id).filter(move |&value| object && self.is_key(value, key))
    }

    /// The last value of this key in an object: the one that readers of JSON keep.
    pub(super) fn get(&self, id: Id, key: &str) -> Option<Id> {
        self.all(id, key).last()
    }

    /// A text, its escapes undone.
    pub(super) fn text(&self, id: Id) -> Option<String> {
        (self.kind(id)? == Kind::Text).then(|| unescape(self.bytes.get(self.span(id)).unwrap_or_default()))
    }

    /// Whether a value is the bare word `true`.
    pub(super) fn is_true(&self, id: Id) -> bool {
        self.kind(id) == Some(Kind::Word) && self.bytes.get(self.span(id)) == Some(b"true")
    }

    /// Whether a value stands under this key; keys without escapes are compared as they stand.
    fn is_key(&self, id: Id, key: &str) -> bool {
        let Some(raw) = self.values.get(id).and_then(|value| value.key.clone()) else { return false };
        let raw = self.bytes.get(raw).unwrap_or_default();
        if raw.contains(&b'\\') { unescape(raw) == key } else { raw == key.as_bytes() }
    }

    /// Reads all values; where it stops, says where and why.
    fn fill(&mut self, start: usize) -> Result<(), (usize, ProblemKind, &'static str)> {
        let mut frames: Vec<Frame> = Vec::new();
        let mut at = start;
        loop {
            at = self.blank(at);
            let Some(&byte) = self.bytes.get(at) else {
                return if frames.is_empty() { Ok(()) } else { Err((at, ProblemKind::Malformed, "JSON ends inside a value")) };
            };
            if matches!(byte, b'}' | b']') {
                let Some(frame) = frames.pop() else { return Err((at, ProblemKind::Malformed, "a bracket closes nothing")) };
                at = at.saturating_add(1);
                if let Some(value) = self.values.get_mut(frame.id) {
                    value.span.end = at;
                }
                if frames.is_empty() {
                    return Ok(());
                }
                continue;
            }
            if byte == b',' {
                at = at.saturating_add(1);
                continue;
            }
            if self.values.len() >= VALUES_MAX {
                return Err((at, ProblemKind::ParseLimit, "more than 200000 values in one JSON text"));
            }
            let in_object = frames.last().is_some_and(|frame| self.kind(frame.id) == Some(Kind::Object));
            if in_object && frames.last().is_some_and(|frame| frame.key.is_none()) {
                at = self.read_key(&mut frames, at)?;
                continue;
            }
            let end = self.value_end(at, byte)?;
            let id = self.add(&mut frames, byte, at..end);
            if matches!(byte, b'{' | b'[') {
                if frames.len() >= DEPTH_MAX {
                    return Err((at, ProblemKind::Nesting, "JSON nested deeper than 200"));
                }
                frames.push(Frame { id, last: None, key: None });
            } else if frames.is_empty() {
                return Ok(());
            }
            at = end;
        }
    }

    /// Reads a key and its colon.
    fn read_key(&self, frames: &mut [Frame], at: usize) -> Result<usize, (usize, ProblemKind, &'static str)> {
        let byte = self.bytes.get(at).copied().unwrap_or_default();
        if !matches!(byte, b'"' | b'\'') {
            return Err((at, ProblemKind::Malformed, "a key of a JSON object is no string"));
        }
        let end = self.value_end(at, byte)?;
        let colon = self.blank(end);
        if self.bytes.get(colon) != Some(&b':') {
            return Err((colon, ProblemKind::Malformed, "a key of a JSON object has no value"));
        }
        if let Some(frame) = frames.last_mut() {
            frame.key = Some(at.saturating_add(1)..end.saturating_sub(1));
        }
        Ok(colon.saturating_add(1))
    }

    /// Adds a value to the innermost container.
    fn add(&mut self, frames: &mut [Frame], byte: u8, span: Range<usize>) -> Id {
        let kind = match byte {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' | b'\'' => Kind::Text,
            _ => Kind::Word,
        };
        let id = self.values.len();
        let mut key = None;
        if let Some(frame) = frames.last_mut() {
            key = frame.key.take();
            let before = frame.last.replace(id);
            match before.and_then(|before| self.values.get_mut(before)) {
                Some(before) => before.next = Some(id),
                None => {
                    if let Some(parent) = self.values.get_mut(frame.id) {
                        parent.first = Some(id);
                    }
                }
            }
        }
        self.values.push(Value { kind, span, key, first: None, next: None });
        id
    }

    /// The end of the text or word that starts here; of a container the end of its bracket.
    fn value_end(&self, at: usize, byte: u8) -> Result<usize, (usize, ProblemKind, &'static str)> {
        let rest = self.bytes.get(at.saturating_add(1)..).unwrap_or_default();
        match byte {
            b'{' | b'[' => Ok(at.saturating_add(1)),
            b'"' | b'\'' => {
                let mut skipped = 0_usize;
                while let Some(found) = memchr2(byte, b'\\', rest.get(skipped..).unwrap_or_default()) {
                    let here = skipped.saturating_add(found);
                    if rest.get(here) == Some(&byte) {
                        return Ok(at.saturating_add(here).saturating_add(2));
                    }
                    skipped = here.saturating_add(2);
                }
                Err((at, ProblemKind::Malformed, "a JSON string does not end"))
            }
            _ => {
                let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
                let len = rest.iter().take_while(|b| word(b)).count();
                if word(&byte) {
                    Ok(at.saturating_add(len).saturating_add(1))
                } else {
                    Err((at, ProblemKind::Malformed, "no JSON value"))
                }
            }
        }
    }

    /// The first byte from here on that is neither white space nor in a comment.
    fn blank(&self, mut at: usize) -> usize {
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            at = match rest {
                [b' ' | b'\t' | b'\r' | b'\n', ..] => {
                    at.saturating_add(rest.iter().take_while(|b| b.is_ascii_whitespace()).count())
                }
                [b'/', b'/', ..] | [b'#', ..] => at.saturating_add(memchr::memchr(b'\n', rest).unwrap_or(rest.len())),
                [b'/', b'*', ..] => {
                    at.saturating_add(memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end.saturating_add(2)))
                }
                _ => return at,
            };
        }
    }
}

/// A string's text. Escapes that are none stay as they are; bytes that are not UTF-8 become replacement characters.
fn unescape(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    if !text.contains('\\') {
        return text.into_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text.as_ref();
    while let Some((before, after)) = rest.split_once('\\') {
        if !before.is_empty() {
            flush(&mut units, &mut plain);
            plain.push_str(before);
        }
        let mut chars = after.chars();
        let escape = chars.next();
        rest = chars.as_str();
        if escape == Some('u')
            && let Some(unit) = rest.get(..4).and_then(|hex| u16::from_str_radix(hex, 16).ok())
        {
            units.push(unit);
            rest = rest.get(4..).unwrap_or_default();
            continue;
        }
        flush(&mut units, &mut plain);
        match escape {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('b') => plain.push('\u{8}'),
            Some('f') => plain.push('\u{c}'),
            Some(other) => plain.push(other),
            None => plain.push('\\'),
        }
    }
    flush(&mut units, &mut plain);
    plain.push_str(rest);
    plain
}

/// Writes collected UTF-16 units.
fn flush(units: &mut Vec<u16>, plain: &mut String) {
    plain.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value under a path of keys, as it stands in the text.
    fn at<'b>(json: &Json<'b>, path: &[&str]) -> Option<&'b [u8]> {
        let mut id = json.root()?;
        for key in path {
            id = json.get(id, key)?;
        }
        json.bytes.get(json.span(id))
    }

    #[test]
    fn spans_are_exact() {
        for (text, path, expected) in [
            (r#"{"a": {"b": "c d"}}"#, &["a", "b"][..], Some("c d")),
            (r#"{"a": 1, "a": 2}"#, &["a"], Some("2")),
            (r#"{"\u0061": [1, {"x": null}]}"#, &["a"], Some(r#"[1, {"x": null}]"#)),
            ("// note\n{ /* x */ 'a': 'q\\'r', }", &["a"], Some("q\\'r")),
            ("\u{feff}{\"a\":true}", &["a"], Some("true")),
            (r#"{"a": "unclosed"#, &["a"], None),
            (r#"{"a": 1, b: 2}"#, &["a"], Some("1")),
            ("{\"a\": \"\"}", &["a"], Some("")),
        ] {
            let json = Json::read(text.as_bytes());
            assert_eq!(at(&json, path), expected.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn faults_are_told() {
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        let many = format!("[{}]", "1,".repeat(300_000));
        for (text, expected) in [
            (&b"{\"a\": [1, 2]}"[..], None),
            (b"{\"a\": ", Some(ProblemKind::Malformed)),
            (b"]", Some(ProblemKind::Malformed)),
            (b"{\"a\" 1}", Some(ProblemKind::Malformed)),
            (&deep, Some(ProblemKind::Nesting)),
            (many.as_bytes(), Some(ProblemKind::ParseLimit)),
        ] {
            assert_eq!(Json::read(text).fault.map(|fault| fault.kind), expected);
        }
    }

    #[test]
    fn escapes_are_undone() {
        for (raw, expected) in
            [("a\\nb", "a\nb"), ("\\ud83d\\ude00", "😀"), ("\\ud83d!", "\u{fffd}!"), ("\\u12", "u12"), ("\\", "\\"), ("\\/", "/")]
        {
            assert_eq!(unescape(raw.as_bytes()), expected, "{raw}");
        }
        assert_eq!(unescape(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn broken_texts_end() {
        let whole = br#"{"name": "x\u0041", "scripts": {"a": [1, 2.5e3, {"k": null}]}, /* c */ "z": 'y'}"#;
        for cut in 0..whole.len() {
            let json = Json::read(&whole[..cut]);
            json.root().into_iter().for_each(|root| json.inside(root).for_each(|id| drop((json.key(id), json.text(id)))));
        }
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..20_000 {
            let mut bytes = whole.to_vec();
            for _ in 0..3 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(state >> 33).unwrap() % bytes.len();
                bytes[at] ^= 1 << (state >> 60 & 7);
            }
            let json = Json::read(&bytes);
            json.root().into_iter().for_each(|root| json.inside(root).for_each(|id| drop((json.key(id), json.text(id)))));
        }
    }
}
