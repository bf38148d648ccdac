//! Keeps secrets out of what is shown: excerpts and texts of facts, their own and those of others that touch them.
//!
//! Where the position in the content is known, exactly the secret bytes become `*`. Beyond that, every stretch of eight bytes
//! that stands in a secret is masked wherever it turns up: a second copy, a decoded form, a part that was cut out.
//! Not handled: a part of fewer than eight bytes, outside the secret's own place.

use crate::sink::Secret;
use doorward_model::{Fact, Value};
use std::collections::BTreeSet;
use std::ops::Range;

/// Bytes of a secret that are recognised on their own.
const PIECE_BYTES: usize = 8;

/// Most pieces that are kept; a content with more secrets than that is masked by position alone.
const PIECES_MAX: usize = 1 << 20;

/// The secrets of one content.
#[derive(Default)]
pub(crate) struct Mask {
    /// Where secrets stand: sorted, apart.
    ranges: Vec<Range<usize>>,
    pieces: BTreeSet<[u8; PIECE_BYTES]>,
    /// Secrets shorter than a piece, and where they stand.
    short: Vec<(Box<[u8]>, Range<usize>)>,
}

impl Mask {
    pub(crate) fn new(bytes: &[u8], secrets: &[Secret]) -> Self {
        let mut mask = Self::default();
        let mut ranges: Vec<_> = secrets.iter().map(|secret| secret.start..secret.end.min(bytes.len())).collect();
        ranges.sort_by_key(|range| (range.start, range.end));
        for range in ranges.into_iter().filter(|range| range.start < range.end) {
            match mask.ranges.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => mask.ranges.push(range),
            }
        }
        for secret in secrets {
            let there = bytes.get(secret.start..secret.end).unwrap_or_default();
            for value in [Some(there), secret.value.as_deref()].into_iter().flatten() {
                mask.learn(value, secret.start..secret.end);
            }
        }
        mask
    }

    fn learn(&mut self, value: &[u8], range: Range<usize>) {
        if value.len() < PIECE_BYTES {
            if !value.is_empty() {
                self.short.push((value.into(), range));
            }
            return;
        }
        // A secret is its words too: `user:password` must not leave the password alone elsewhere.
        for piece in value.windows(PIECE_BYTES).filter_map(|piece| piece.first_chunk::<PIECE_BYTES>()) {
            // One character repeated is padding, and no secret.
            if self.pieces.len() < PIECES_MAX && piece.iter().any(|byte| Some(byte) != piece.first()) {
                self.pieces.insert(*piece);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The bytes of a range of the content, masked.
    pub(crate) fn excerpt(&self, bytes: &[u8], range: Range<usize>) -> Box<[u8]> {
        let mut shown: Box<[u8]> = bytes.get(range.clone()).unwrap_or_default().into();
        if !self.is_empty() {
            self.hide_pieces(&mut shown);
            self.hide_places(&mut shown, range.start);
        }
        shown
    }

    /// Masks the texts of a fact.
    pub(crate) fn fact(&self, bytes: &[u8], fact: &mut Fact) {
        if self.is_empty() {
            return;
        }
        let start = usize::try_from(fact.span.start).unwrap_or(usize::MAX);
        let end = usize::try_from(fact.span.end).unwrap_or(usize::MAX);
        for (_, value) in &mut fact.args {
            self.value(bytes, value, start..end, 0);
        }
    }

    fn value(&self, bytes: &[u8], value: &mut Value, span: Range<usize>, depth: u32) {
        match value {
            Value::Text(text) => {
                let in_place = !text.is_empty() && bytes.get(span.start..).is_some_and(|rest| rest.starts_with(text));
                self.hide_pieces(text);
                if in_place {
                    self.hide_places(text, span.start);
                } else {
                    self.hide_short(text, &span);
                }
            }
            Value::List(values) if depth < 16 => {
                values.iter_mut().for_each(|value| self.value(bytes, value, span.clone(), depth.saturating_add(1)));
            }
            Value::List(_) => *value = Value::Computed,
            Value::Number(_) | Value::From { .. } | Value::Computed => {}
        }
    }

    /// Masks what stands at a secret's place; `text` starts at `start` of the content.
    fn hide_places(&self, text: &mut [u8], start: usize) {
        let end = start.saturating_add(text.len());
        let first = self.ranges.partition_point(|range| range.end <= start);
        for range in self.ranges.get(first..).unwrap_or_default().iter().take_while(|range| range.start < end) {
            let from = range.start.saturating_sub(start);
            let to = range.end.min(end).saturating_sub(start);
            text.get_mut(from..to).unwrap_or_default().fill(b'*');
        }
    }

    fn hide_pieces(&self, text: &mut [u8]) {
        if self.pieces.is_empty() {
            return;
        }
        let is_piece = |window: &[u8]| window.first_chunk::<PIECE_BYTES>().is_some_and(|piece| self.pieces.contains(piece));
        let hits: Vec<usize> =
            text.windows(PIECE_BYTES).enumerate().filter(|(_, window)| is_piece(window)).map(|(at, _)| at).collect();
        for at in hits {
            text.get_mut(at..at.saturating_add(PIECE_BYTES)).unwrap_or_default().fill(b'*');
        }
    }

    /// Masks short secrets in the text of a fact that touches them.
    fn hide_short(&self, text: &mut [u8], span: &Range<usize>) {
        for (value, range) in &self.short {
            if range.start < span.end && span.start < range.end {
                while let Some(at) = memchr::memmem::find(text, value) {
                    text.get_mut(at..at.saturating_add(value.len())).unwrap_or_default().fill(b'*');
                    if value.iter().all(|byte| *byte == b'*') {
                        break;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::{Span, vocabulary};

    fn secret(start: usize, end: usize) -> Secret {
        Secret { start, end, value: None }
    }

    fn masked(bytes: &[u8], secrets: &[Secret], span: Range<usize>, text: &[u8]) -> String {
        let mut fact = Fact::new(&vocabulary::PATTERN, Span::of(span), "test").with("text", text);
        Mask::new(bytes, secrets).fact(bytes, &mut fact);
        fact.text("text").unwrap().to_owned()
    }

    #[test]
    fn places_copies_and_pieces_are_masked() {
        let bytes = b"key=hunter2-hunter2; other hunter2-hunter2 end";
        let secrets = [secret(4, 19)];
        let mask = Mask::new(bytes, &secrets);
        assert_eq!(&*mask.excerpt(bytes, 0..bytes.len()), b"key=***************; other *************** end");
        assert_eq!(&*mask.excerpt(bytes, 6..12), b"******");
        assert_eq!(masked(bytes, &secrets, 0..20, b"key=hunter2-hunter2;"), "key=***************;");
        assert_eq!(masked(bytes, &secrets, 30..40, b"x hunter2-hunter2 y"), "x *************** y");
        assert_eq!(masked(bytes, &secrets, 0..20, b"decoded: unter2-hun"), "decoded: **********");
        assert_eq!(masked(bytes, &[], 0..20, b"key=hunter2"), "key=hunter2");
    }

    #[test]
    fn short_secrets_are_masked_where_they_stand() {
        let bytes = b"http://a:b@c/ a:b";
        let secrets = [secret(7, 10)];
        assert_eq!(&*Mask::new(bytes, &secrets).excerpt(bytes, 0..17), b"http://***@c/ a:b");
        assert_eq!(masked(bytes, &secrets, 0..13, b"URL http://a:b@c/"), "URL http://***@c/");
        assert_eq!(masked(bytes, &secrets, 14..17, b"a:b"), "a:b");
    }
}
