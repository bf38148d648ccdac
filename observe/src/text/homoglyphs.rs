//! Words of code that mix Latin letters with Cyrillic, Greek or Armenian ones that look like Latin letters, so that one name
//! passes for another. The table is the part of Unicode's `confusables.txt` (UTS 39, version 17.0) that maps one letter to one
//! ASCII letter, without the Greek small letters that formulas use beside Latin ones.
//! Not handled: words all of whose letters are foreign look-alikes; they cannot be told from words of that language.

use super::characters::{Character, before, decode};
use crate::sink::span;
use crate::text::Subject;
use crate::{Facts, observers::names};
use doorward_model::{Fact, vocabulary};

/// Most characters of a word that are read.
const WORD_CHARS_MAX: usize = 64;

/// Letters and what they look like, sorted. A capital I is what its three likenesses look like to people.
#[rustfmt::skip]
static LOOKS_LIKE: &[(char, char)] = &[
    ('\u{037f}', 'J'), ('\u{0391}', 'A'), ('\u{0392}', 'B'), ('\u{0395}', 'E'), ('\u{0396}', 'Z'), ('\u{0397}', 'H'),
    ('\u{0399}', 'I'), ('\u{039a}', 'K'), ('\u{039c}', 'M'), ('\u{039d}', 'N'), ('\u{039f}', 'O'), ('\u{03a1}', 'P'),
    ('\u{03a4}', 'T'), ('\u{03a5}', 'Y'), ('\u{03a7}', 'X'), ('\u{03bf}', 'o'), ('\u{03f2}', 'c'), ('\u{03f3}', 'j'),
    ('\u{03f9}', 'C'), ('\u{0405}', 'S'), ('\u{0406}', 'I'), ('\u{0408}', 'J'), ('\u{0410}', 'A'), ('\u{0412}', 'B'),
    ('\u{0415}', 'E'), ('\u{041a}', 'K'), ('\u{041c}', 'M'), ('\u{041d}', 'H'), ('\u{041e}', 'O'), ('\u{0420}', 'P'),
    ('\u{0421}', 'C'), ('\u{0422}', 'T'), ('\u{0423}', 'Y'), ('\u{0425}', 'X'), ('\u{042c}', 'b'), ('\u{0430}', 'a'),
    ('\u{0433}', 'r'), ('\u{0435}', 'e'), ('\u{043e}', 'o'), ('\u{0440}', 'p'), ('\u{0441}', 'c'), ('\u{0443}', 'y'),
    ('\u{0445}', 'x'), ('\u{0448}', 'w'), ('\u{0455}', 's'), ('\u{0456}', 'i'), ('\u{0458}', 'j'), ('\u{0461}', 'w'),
    ('\u{0474}', 'V'), ('\u{0475}', 'v'), ('\u{04ae}', 'Y'), ('\u{04af}', 'y'), ('\u{04bb}', 'h'), ('\u{04bd}', 'e'),
    ('\u{04c0}', 'I'), ('\u{04cf}', 'l'), ('\u{0501}', 'd'), ('\u{050c}', 'G'), ('\u{051b}', 'q'), ('\u{051c}', 'W'),
    ('\u{051d}', 'w'), ('\u{054d}', 'U'), ('\u{054f}', 'S'), ('\u{0555}', 'O'), ('\u{0561}', 'w'), ('\u{0563}', 'q'),
    ('\u{0566}', 'q'), ('\u{0570}', 'h'), ('\u{0578}', 'n'), ('\u{057c}', 'n'), ('\u{057d}', 'u'), ('\u{0581}', 'g'),
    ('\u{0582}', 'i'), ('\u{0584}', 'f'), ('\u{0585}', 'o'),
];

/// How far words were read.
#[derive(Default)]
pub(crate) struct Homoglyphs {
    read: usize,
}

impl Homoglyphs {
    pub(crate) fn take(&mut self, subject: &Subject, character: Character, facts: &mut Facts) {
        if character.start < self.read {
            return;
        }
        let (start, end) = word_around(subject.bytes, character, self.read);
        self.read = end;
        let Some(word) = subject.bytes.get(start..end).and_then(|word| std::str::from_utf8(word).ok()) else { return };
        let Some(latin) = latin_of(word) else { return };
        if !facts.is_new(word.as_bytes()) {
            return;
        }
        let fact = Fact::new(&vocabulary::TEXT_HOMOGLYPH, span(start, end), names::CHARACTERS);
        facts.push(fact.with("word", word).with("looks_like", latin));
    }
}

/// The word around a character, from `floor` on.
fn word_around(bytes: &[u8], character: Character, floor: usize) -> (usize, usize) {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let (mut start, mut end) = (character.start, character.end);
    for _ in 0..WORD_CHARS_MAX {
        let Some(c) = before(bytes, start).filter(is_word).filter(|_| start > floor) else { break };
        start = start.saturating_sub(c.len_utf8());
    }
    for _ in 0..WORD_CHARS_MAX {
        let Some(c) = decode(bytes, end).filter(is_word) else { break };
        end = end.saturating_add(c.len_utf8());
    }
    (start, end)
}

/// The Latin word that this one looks like: some of its letters are ASCII, and all others look like ASCII letters. An escape
/// such as `\n` before a foreign word gives it one Latin letter, so two are asked for.
fn latin_of(word: &str) -> Option<String> {
    let latin: Option<String> = word.chars().map(|c| if c.is_ascii() { Some(c) } else { look_alike(c) }).collect();
    let ascii = word.chars().filter(char::is_ascii_alphabetic).count();
    let foreign = word.chars().filter(|c| !c.is_ascii()).count();
    latin.filter(|_| ascii >= 2 && foreign >= 1)
}

fn look_alike(c: char) -> Option<char> {
    let at = LOOKS_LIKE.binary_search_by_key(&c, |(letter, _)| *letter).ok()?;
    LOOKS_LIKE.get(at).map(|(_, latin)| *latin)
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(LOOKS_LIKE.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn mixed_words_of_code_are_seen() {
        #[rustfmt::skip]
        let cases: &[(&str, &str, &[&str])] = &[
            ("python", "def is_\u{430}dmin(): pass", &["word=is_\u{430}dmin looks_like=is_admin"]),
            ("python", "p\u{430}yp\u{430}l p\u{430}yp\u{430}l", &["word=p\u{430}yp\u{430}l looks_like=paypal"]),
            ("rust", "let \u{39f}pen = Ope\u{578};", &["word=\u{39f}pen looks_like=Open", "word=Ope\u{578} looks_like=Open"]),
            ("python", "# \u{43f}\u{440}\u{438}\u{432}\u{435}\u{442} '\\n\u{441}\u{43e}\u{43f}' 5\u{413}\u{446}", &[]),
            ("python", "\u{3b1}x = \u{3c1}0 + \u{394}t * \u{3bc}s", &[]),
            ("python", "c\u{442}\u{440}\u{43e}\u{43a}\u{430} caf\u{e9}", &[]),
            ("markdown", "p\u{430}yp\u{430}l", &[]),
        ];
        for (format, text, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|line| format!("text.homoglyph {line}")).collect();
            assert_eq!(seen(format, text.as_bytes(), &["text.homoglyph"]), expected, "{text:?}");
        }
    }
}
