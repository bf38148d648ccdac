//! What is seen in text, and in the strings of binaries: one file for each kind of thing.

pub(crate) mod addresses;
pub(crate) mod bidi;
pub(crate) mod characters;
pub(crate) mod checks;
pub(crate) mod constants;
pub(crate) mod credentials;
pub(crate) mod far_right;
pub(crate) mod homoglyphs;
pub(crate) mod invisible;
pub(crate) mod keys;
pub(crate) mod routable;
pub(crate) mod shapes;
pub(crate) mod urls;

#[cfg(test)]
pub(crate) use credentials::tests as credentials_tests;
#[cfg(test)]
pub(crate) use keys::tests as keys_tests;

use doorward_model::Reading;

/// A content, as observers of text see it.
pub(crate) struct Subject<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Lines and columns mean something in it.
    pub is_text: bool,
    /// Not prose or data: names in it are read by machines, and layout is made by programmers.
    pub is_code: bool,
}

/// Readings that are written for people, or hold data in columns; names as in `doorward formats`.
const NOT_CODE: [&str; 9] = ["text", "markdown", "rst", "html", "xml", "svg", "css", "data", "empty"];

/// Bytes at the start of a content that decide whether it is text.
const HEAD_BYTES: usize = 8192;

impl<'a> Subject<'a> {
    pub(crate) fn new(bytes: &'a [u8], reading: &Reading) -> Self {
        let is_text = is_text(bytes);
        Self { bytes, is_text, is_code: is_text && !NOT_CODE.contains(&&*reading.format) }
    }
}

/// Whether hardly any of the first bytes are controls that no text holds. A few do not turn a script into a binary.
fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let is_odd =
        |byte: &u8| u8::from(*byte < 32) & !(u8::from(byte.wrapping_sub(9) < 5) | u8::from(*byte == 27)) | u8::from(*byte == 127);
    // Counts of one byte each, so that the compiler can count many at once.
    let in_chunk = |chunk: &[u8]| chunk.iter().fold(0_u8, |odd, byte| odd.wrapping_add(is_odd(byte)));
    let odd = head.chunks(128).map(|chunk| usize::from(in_chunk(chunk))).fold(0, usize::saturating_add);
    odd.saturating_mul(64) <= head.len()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Observers;
    use doorward_model::{Fact, Lexicon, Limits, Value};

    /// Every fact of these kinds in a text read as `format`, as `kind arg=value ...`.
    pub(crate) fn seen(format: &str, bytes: &[u8], kinds: &[&str]) -> Vec<String> {
        let observers = Observers::new(&Lexicon::default(), true).unwrap();
        let observation = observers.observe(bytes, &Reading { format: format.into() }, Vec::new(), &Limits::default());
        let of_kind = |fact: &&Fact| kinds.contains(&fact.kind.name);
        observation.facts.iter().filter(of_kind).map(shown).collect()
    }

    /// The same of a content and of all that it decodes and runs, each with the layer's codec before it.
    pub(crate) fn seen_inside(format: &str, bytes: &[u8], kinds: &[&str]) -> Vec<String> {
        let observers = Observers::new(&Lexicon::default(), true).unwrap();
        let mut all = Vec::new();
        let mut waiting = vec![(String::new(), format.to_owned(), bytes.to_vec())];
        let mut known = std::collections::BTreeSet::new();
        while let Some((way, format, bytes)) = waiting.pop() {
            if !known.insert(bytes.clone()) {
                continue;
            }
            let reading = Reading { format: format.as_str().into() };
            let observation = observers.observe(&bytes, &reading, Vec::new(), &Limits::default());
            let of_kind = |fact: &&Fact| kinds.contains(&fact.kind.name);
            let told = |fact: &Fact| if way.is_empty() { shown(fact) } else { format!("{} inside={way}", shown(fact)) };
            all.extend(observation.facts.iter().filter(of_kind).map(told));
            for payload in observation.payloads {
                let format = match &*payload.name {
                    b"code.py" => "python",
                    b"code.js" => "javascript",
                    b"code.marshal" => "marshal",
                    _ => "text",
                };
                let way = if way.is_empty() { payload.codec.to_string() } else { format!("{way} > {}", payload.codec) };
                waiting.push((way.replace(' ', ""), format.into(), payload.bytes.to_vec()));
            }
        }
        all
    }

    fn shown(fact: &Fact) -> String {
        let mut text = fact.kind.name.to_owned();
        for (name, value) in &fact.args {
            match value {
                Value::Text(bytes) => text.push_str(&format!(" {name}={}", String::from_utf8_lossy(bytes))),
                Value::Number(number) => text.push_str(&format!(" {name}={number}")),
                other => text.push_str(&format!(" {name}={other:?}")),
            }
        }
        text
    }

    #[test]
    fn text_is_told_from_binaries() {
        let cases: [(&[u8], bool); 6] = [
            (b"", true),
            (b"#!/bin/sh\n\x1b[31mred\n", true),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", false),
            ("\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442}".as_bytes(), true),
            (&[b'a'; 300], true),
            (&[0; 300], false),
        ];
        for (bytes, expected) in cases {
            assert_eq!(is_text(bytes), expected, "{bytes:?}");
        }
        let one_nul = [vec![b'x'; 200], vec![0], vec![b'x'; 200]].concat();
        assert!(is_text(&one_nul));
    }
}
