//! Bidirectional controls (Unicode Standard Annex 9) that show a line in another order than it is read: the "Trojan Source"
//! trick (Boucher and Anderson, 2021). One fact for each line that has an embedding, override or isolate.
//! Not handled: marks without embedding (U+200E, U+200F, U+061C) alone, which only order neutral characters.

use super::{Subject, characters::Character};
use crate::sink::span;
use crate::{Facts, observers::names};
use doorward_model::{Fact, vocabulary};

/// Most controls that a fact lists.
const LISTED_MAX: usize = 16;

/// The controls of the line that is read.
#[derive(Default)]
pub(crate) struct Bidi {
    controls: Vec<char>,
    start: usize,
    end: usize,
    /// Openers that are not closed.
    open: Vec<char>,
    /// Whether more were opened than is counted.
    deep: bool,
}

impl Bidi {
    pub(crate) fn take(&mut self, subject: &Subject, character: Character, facts: &mut Facts) {
        let between = subject.bytes.get(self.end..character.start).unwrap_or_default();
        if !self.controls.is_empty() && memchr::memchr2(b'\n', b'\r', between).is_some() {
            self.end(subject, facts);
        }
        if self.controls.is_empty() {
            self.start = character.start;
        }
        self.end = character.end;
        if self.controls.len() < LISTED_MAX {
            self.controls.push(character.c);
        } else if !self.controls.iter().any(|c| opens(*c)) && opens(character.c) {
            self.controls.pop();
            self.controls.push(character.c);
        }
        match character.c {
            c if opens(c) && self.open.len() < 125 => self.open.push(c),
            c if opens(c) => self.deep = true,
            // A pop closes the last embedding, but none outside an isolate that is open.
            '\u{202c}' if self.open.last().is_some_and(|c| matches!(c, '\u{202a}'..='\u{202e}')) => {
                self.open.pop();
            }
            '\u{2069}' => {
                if let Some(at) = self.open.iter().rposition(|c| matches!(c, '\u{2066}'..='\u{2068}')) {
                    self.open.truncate(at);
                }
            }
            _ => {}
        }
    }

    /// The line is at its end.
    pub(crate) fn end(&mut self, _: &Subject, facts: &mut Facts) {
        let line = std::mem::take(self);
        self.end = line.end;
        if !line.controls.iter().any(|c| opens(*c)) {
            return;
        }
        let controls: Vec<String> = line.controls.iter().map(|c| format!("{:04X}", u32::from(*c))).collect();
        let mut fact = Fact::new(&vocabulary::TEXT_BIDI, span(line.start, line.end), names::CHARACTERS);
        fact = fact.with("controls", controls.join(" "));
        if !line.open.is_empty() || line.deep {
            fact = fact.with("unbalanced", true);
        }
        facts.push(fact);
    }
}

fn opens(c: char) -> bool {
    matches!(c, '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}')
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn a_line_that_is_reordered_is_seen() {
        #[rustfmt::skip]
        let cases: &[(&str, &[&str])] = &[
            ("if a {\u{202e} } \u{2066}// x\nb", &["controls=202E 2066 unbalanced=1"]),
            ("\u{2066}a\u{2069} b", &["controls=2066 2069"]),
            ("\u{202a}a\u{202c}\n\u{202b}b\n", &["controls=202A 202C", "controls=202B unbalanced=1"]),
            ("\u{2066}\u{202e}a\u{2069}", &["controls=2066 202E 2069"]),
            ("\u{202e}\u{2066}a\u{202c}\u{2069}", &["controls=202E 2066 202C 2069 unbalanced=1"]),
            ("\u{5e9}\u{5dc}\u{200f}. \u{200e}x", &[]),
            ("plain \u{e9}", &[]),
        ];
        for (text, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|line| format!("text.bidi {line}")).collect();
            assert_eq!(seen("c", text.as_bytes(), &["text.bidi"]), expected, "{text:?}");
        }
    }
}
