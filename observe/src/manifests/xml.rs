//! A small reader of XML that keeps byte spans: elements, attributes and text.
//!
//! Source: XML 1.0. Iterative; no entity but the five predefined ones is expanded, no document type is read, so nothing can
//! be blown up or fetched. Not handled: encodings other than UTF-8.

use memchr::{memchr, memmem};
use std::ops::Range;

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 100;

/// Most elements that are read.
const ELEMENTS_MAX: usize = 50_000;

/// An element with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    /// Names of the elements around it and its own, without prefixes, joined by `/`.
    pub(super) path: String,
    /// Number of the element that holds it.
    pub(super) parent: Option<usize>,
    /// Attributes as `name`, text and where the text stands.
    pub(super) attributes: Vec<(String, String, Range<usize>)>,
    /// Its own text, white space around it removed.
    pub(super) text: String,
    /// Where its text stands; its start tag where it has none.
    pub(super) span: Range<usize>,
}

impl Element {
    /// The text of an attribute, and where it stands.
    pub(super) fn attribute(&self, name: &str) -> Option<(&str, Range<usize>)> {
        self.attributes.iter().find(|(known, ..)| known == name).map(|(_, text, span)| (text.as_str(), span.clone()))
    }
}

/// The elements of a text in the order of their start tags, as far as it can be read.
pub(super) fn elements(bytes: &[u8]) -> Vec<Element> {
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0_usize;
    while let Some(found) = memchr(b'<', bytes.get(at..).unwrap_or_default()) {
        let start = at.saturating_add(found);
        let rest = bytes.get(start..).unwrap_or_default();
        let end = |mark: &[u8]| memmem::find(rest, mark).map(|end| start.saturating_add(end).saturating_add(mark.len()));
        let behind = match rest {
            [b'<', b'!', b'-', b'-', ..] => end(b"-->"),
            [b'<', b'!', b'[', b'C', ..] => end(b"]]>"),
            [b'<', b'?', ..] => end(b"?>"),
            _ => tag_end(rest).map(|end| start.saturating_add(end)),
        };
        let Some(behind) = behind else { return elements };
        match rest {
            [b'<', b'!' | b'?', ..] => {}
            [b'<', b'/', ..] => {
                open.pop();
            }
            _ => {
                if elements.len() >= ELEMENTS_MAX || open.len() >= DEPTH_MAX {
                    return elements;
                }
                let parent = open.last().copied();
                let before = parent.and_then(|parent| elements.get(parent)).map_or("", |parent| parent.path.as_str());
                let (mut element, closed) = start_tag(bytes, start..behind, before);
                element.parent = parent;
                let next =
                    memchr(b'<', bytes.get(behind..).unwrap_or_default()).map_or(bytes.len(), |next| behind.saturating_add(next));
                let raw = bytes.get(behind..next).unwrap_or_default();
                if !closed && !raw.trim_ascii().is_empty() {
                    let (span, text) = super::lines::trimmed(behind, raw);
                    (element.span, element.text) = (span, unescape(text));
                }
                if !closed {
                    open.push(elements.len());
                }
                elements.push(element);
            }
        }
        at = behind;
    }
    elements
}

/// One past the `>` of a tag; one inside quotes does not end it.
fn tag_end(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, &byte) in tag.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at.checked_add(1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The element of a start tag, and whether it closes itself.
fn start_tag(bytes: &[u8], span: Range<usize>, before: &str) -> (Element, bool) {
    let tag = bytes.get(span.clone()).unwrap_or_default();
    let inner = tag.strip_prefix(b"<").and_then(|tag| tag.strip_suffix(b">")).unwrap_or_default();
    let closed = inner.ends_with(b"/");
    let name_len = inner.iter().take_while(|b| !b.is_ascii_whitespace() && **b != b'/').count();
    let name = String::from_utf8_lossy(inner.get(..name_len).unwrap_or_default()).into_owned();
    let name = name.rsplit(':').next().unwrap_or_default();
    let path = if before.is_empty() { name.to_owned() } else { format!("{before}/{name}") };
    let mut attributes = Vec::new();
    let mut at = name_len;
    while let Some(equals) = memchr(b'=', inner.get(at..).unwrap_or_default()) {
        let sign = at.saturating_add(equals);
        let key = String::from_utf8_lossy(inner.get(at..sign).unwrap_or_default().trim_ascii()).into_owned();
        let value = inner.get(sign.saturating_add(1)..).unwrap_or_default();
        let blanks = value.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let Some(&quote) = value.get(blanks).filter(|b| matches!(b, b'"' | b'\'')) else { break };
        let text = value.get(blanks.saturating_add(1)..).unwrap_or_default();
        let Some(len) = memchr(quote, text) else { break };
        let start = sign.saturating_add(blanks).saturating_add(2);
        let offset = span.start.saturating_add(1).saturating_add(start);
        attributes.push((key, unescape(text.get(..len).unwrap_or_default()), offset..offset.saturating_add(len)));
        at = start.saturating_add(len).saturating_add(1);
    }
    (Element { path, parent: None, attributes, text: String::new(), span }, closed)
}

/// A text with the predefined entities replaced.
fn unescape(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    if !text.contains('&') {
        return text.into_owned();
    }
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    plain.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_have_paths_texts_and_attributes() {
        let text = b"<?xml version='1.0'?><!-- <no> --><a x=\"1 &gt; 0\"><n:b> t </n:b><c y='z'/></a>";
        let found = elements(text);
        let shown: Vec<_> = found.iter().map(|e| (e.path.as_str(), e.text.as_str(), e.parent)).collect();
        assert_eq!(shown, [("a", "", None), ("a/b", "t", Some(0)), ("a/c", "", Some(0))]);
        assert_eq!(found[0].attribute("x").map(|(text, _)| text), Some("1 > 0"));
        assert_eq!(&text[found[1].span.clone()], b"t");
        assert_eq!(&text[found[2].attribute("y").unwrap().1], b"z");
    }

    #[test]
    fn broken_and_deep_texts_end() {
        assert!(elements(&b"<a>".repeat(1_000_000)).len() <= DEPTH_MAX);
        assert!(elements(&b"<a/>".repeat(1_000_000)).len() <= ELEMENTS_MAX);
        let whole = b"<a b='c' d=\"e\"><!-- x --><f>g</f><![CDATA[h]]></a>";
        for cut in 0..whole.len() {
            elements(&whole[..cut]);
        }
        assert!(elements(b"</a></b><").is_empty());
    }
}
