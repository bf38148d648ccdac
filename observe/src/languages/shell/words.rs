//! Words: what is quoted, escaped and expanded in them.

use super::{HOLE, Lowering};
use crate::neutral::{At, Expr, What};
use std::borrow::Cow;

/// The parts of a word.
#[derive(Default)]
pub(super) struct Parts {
    exprs: Vec<Expr<'static>>,
    text: String,
    /// A part of it was quoted.
    pub quoted: bool,
    /// A part of it is a value that is not quoted, so that it may be several words.
    pub splits: bool,
}

impl Parts {
    pub(super) fn push(&mut self, letter: char) {
        self.text.push(letter);
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn value(&mut self, expr: Expr<'static>) {
        self.flush(&expr.at);
        self.exprs.push(expr);
    }

    fn flush(&mut self, at: &At) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.exprs.push(Expr { what: What::Text(Cow::Owned(text)), at: at.clone() });
        }
    }

    fn is_empty(&self) -> bool {
        self.exprs.is_empty() && self.text.is_empty() && !self.quoted
    }

    /// The text, where it is nothing but that.
    pub(super) fn literal(&self) -> Option<&str> {
        self.exprs.is_empty().then_some(&self.text)
    }

    /// The value of the whole.
    pub(super) fn expr(mut self, at: At) -> Expr<'static> {
        if self.exprs.is_empty() {
            return Expr { what: What::Text(Cow::Owned(self.text)), at };
        }
        self.flush(&at);
        if let (1, Some(_)) = (self.exprs.len(), self.exprs.first())
            && let Some(only) = self.exprs.pop()
        {
            return only;
        }
        Expr { what: What::Concat(self.exprs), at }
    }
}

/// Whether a character ends a word that is not quoted.
pub(super) fn ends_word(letter: char) -> bool {
    letter.is_ascii_whitespace() || matches!(letter, ';' | '&' | '|' | '(' | ')' | '<' | '>')
}

impl Lowering<'_> {
    /// The words that one written word becomes: braces and `$IFS` make more of it. Empty where none stands here.
    pub(super) fn words(&mut self) -> Vec<Expr<'static>> {
        let start = self.next;
        if self.starts("{")
            && !self.starts("{ ")
            && let Some(words) = self.braces()
        {
            return words;
        }
        let mut words = Vec::new();
        loop {
            let mut parts = Parts::default();
            let splits_here = self.word_parts(&mut parts);
            if !parts.is_empty() {
                let splits = parts.splits && !parts.quoted;
                let at = self.span(start);
                let expr = parts.expr(at.clone());
                words.push(if splits { spread(expr, at) } else { expr });
            }
            if !splits_here {
                return words;
            }
        }
    }

    /// One word as one value.
    pub(super) fn word(&mut self) -> Option<Expr<'static>> {
        let start = self.next;
        let mut parts = Parts::default();
        while self.word_parts(&mut parts) {
            parts.push(' ');
        }
        (!parts.is_empty()).then(|| {
            let at = self.span(start);
            parts.expr(at)
        })
    }

    /// Reads parts up to the end of the word, or up to `$IFS`, which splits it here.
    fn word_parts(&mut self, parts: &mut Parts) -> bool {
        while let Some(letter) = self.peek() {
            match letter {
                '<' | '>' if parts.is_empty() && self.rest().get(1..2) == Some("(") => self.process(parts),
                _ if ends_word(letter) => return false,
                '\\' => {
                    self.skip_one();
                    match self.peek() {
                        Some('\n') => self.skip_one(),
                        Some(letter) => {
                            self.skip_one();
                            parts.push(letter);
                        }
                        None => {}
                    }
                    parts.quoted |= parts.is_empty();
                }
                '\'' => self.single(parts),
                '"' => self.double(parts),
                '$' if self.starts("$IFS") || self.starts("${IFS") => {
                    if !self.take("$IFS$9") && !self.take("$IFS") {
                        let len = self.rest().find('}').map_or(self.rest().len(), |at| at.saturating_add(1));
                        self.next = self.next.saturating_add(len);
                    }
                    return true;
                }
                '$' | '`' => {
                    parts.splits = true;
                    self.expansion(parts, false);
                }
                HOLE => {
                    self.hole(parts);
                    parts.splits = true;
                }
                letter => {
                    self.skip_one();
                    parts.push(letter);
                }
            }
        }
        false
    }

    /// A part that is not known.
    fn hole(&mut self, parts: &mut Parts) {
        let start = self.next;
        self.skip_one();
        let at = self.span(start);
        parts.value(Expr { what: What::Name(Cow::Borrowed("\u{fffc}")), at });
    }

    /// What is quoted or escaped here, as a part.
    pub(super) fn quoted_part(&mut self, parts: &mut Parts) {
        match self.peek() {
            Some('\'') => self.single(parts),
            Some('"') => self.double(parts),
            _ => {
                self.skip_one();
                if let Some(letter) = self.peek() {
                    self.skip_one();
                    parts.push(letter);
                }
            }
        }
    }

    fn single(&mut self, parts: &mut Parts) {
        self.skip_one();
        parts.quoted = true;
        let rest = self.rest();
        let end = memchr::memchr(b'\'', rest.as_bytes());
        if end.is_none() {
            self.fault();
        }
        let end = end.unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default();
        if text.contains(HOLE) {
            // The quotes were written around what is not known.
            let last = self.next.saturating_add(end);
            while self.next < last {
                match self.peek() {
                    Some(HOLE) => self.hole(parts),
                    Some(letter) => {
                        parts.push(letter);
                        self.skip_one();
                    }
                    None => break,
                }
            }
        } else {
            parts.push_str(text);
            self.next = self.next.saturating_add(end);
        }
        self.take("'");
    }

    fn double(&mut self, parts: &mut Parts) {
        self.skip_one();
        parts.quoted = true;
        self.quoted(parts, true);
        if !self.take("\"") {
            self.fault();
        }
    }

    /// Text in which values are expanded, up to a double quote or to the end.
    pub(super) fn quoted(&mut self, parts: &mut Parts, in_quotes: bool) {
        while let Some(letter) = self.peek() {
            match letter {
                '"' if in_quotes => return,
                '\\' => {
                    self.skip_one();
                    match self.peek() {
                        Some('\n') => self.skip_one(),
                        Some(letter @ ('$' | '`' | '\\')) => {
                            self.skip_one();
                            parts.push(letter);
                        }
                        Some('"') if in_quotes => {
                            self.skip_one();
                            parts.push('"');
                        }
                        _ => parts.push('\\'),
                    }
                }
                '$' | '`' => self.expansion(parts, true),
                HOLE => self.hole(parts),
                letter => {
                    self.skip_one();
                    parts.push(letter);
                }
            }
        }
    }

    /// `<(command)`: a path at which the output of a command is read.
    fn process(&mut self, parts: &mut Parts) {
        let start = self.next;
        self.next = self.next.saturating_add(2);
        let body = self.list();
        self.take(")");
        let at = self.span(start);
        let inner = self.value_of(body, &at);
        parts.value(call("<()", vec![inner], at));
        parts.quoted = true;
    }

    /// `{a,b}` as a whole word: several words.
    fn braces(&mut self) -> Option<Vec<Expr<'static>>> {
        let rest = self.rest();
        let end = rest.find('}').filter(|end| *end < 4096)?;
        let inner = rest.get(1..end)?;
        let after = rest.get(end.saturating_add(1)..).and_then(|after| after.chars().next());
        if !inner.contains(',') || inner.contains(['{', '(', '\'', '"', ' ', '\n', '`', ';']) || !after.is_none_or(ends_word) {
            return None;
        }
        let stop = self.next.saturating_add(end);
        let whole = self.end;
        let mut words = Vec::new();
        for part in inner.split(',') {
            self.next = self.next.saturating_add(1);
            self.end = self.next.saturating_add(part.len());
            words.extend(self.word());
            self.next = self.end;
        }
        self.end = whole;
        self.next = stop.saturating_add(1);
        Some(words)
    }
}

/// A value that may be several words.
pub(super) fn spread(expr: Expr<'static>, at: At) -> Expr<'static> {
    let split = Expr { what: What::Op("split", vec![expr]), at: at.clone() };
    Expr { what: What::Spread(Box::new(split)), at }
}

/// A call of something by its name.
pub(super) fn call(name: &'static str, args: Vec<Expr<'static>>, at: At) -> Expr<'static> {
    let callee = Expr { what: What::Name(Cow::Borrowed(name)), at: at.clone() };
    Expr { what: What::Call(Box::new(callee), args, vec![]), at }
}
