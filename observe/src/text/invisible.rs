//! Characters that are not seen: default-ignorable ones (Unicode, `Default_Ignorable_Code_Point`), tags, variation selectors
//! and Hangul fillers. They hide names in names, and data in runs. In their own scripts and in emoji they are ordinary.
//! Not handled: blanks of odd widths (U+2000..U+200A, U+2800), which are seen as blanks.

use super::characters::{Character, before, decode};
use crate::sink::span;
use crate::text::Subject;
use crate::{Facts, observers::names};
use doorward_model::{Fact, vocabulary};

/// A run as long as this can carry data, whatever the text.
const RUN_MIN: usize = 8;

/// The run that is read.
#[derive(Default)]
pub(crate) struct Invisible {
    start: usize,
    end: usize,
    count: usize,
    /// How many of them no script or emoji explains.
    unexplained: usize,
    filler: bool,
}

impl Invisible {
    /// Whether a character is not seen. Bidirectional controls are another matter.
    pub(crate) fn is(c: char) -> bool {
        matches!(u32::from(c),
            0xAD | 0x034F | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200D | 0x2060..=0x2065
            | 0x206A..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF)
    }

    pub(crate) fn take(&mut self, subject: &Subject, character: Character, facts: &mut Facts) {
        if self.count > 0 && self.end != character.start {
            self.end(subject, facts);
        }
        if self.count == 0 {
            self.start = character.start;
        }
        self.end = character.end;
        self.count = self.count.saturating_add(1);
        let filler = matches!(u32::from(character.c), 0x115F | 0x1160 | 0x3164 | 0xFFA0);
        self.filler |= filler && !before(subject.bytes, character.start).is_some_and(is_hangul);
        if !explained(subject.bytes, character) {
            self.unexplained = self.unexplained.saturating_add(1);
        }
    }

    /// The run is at its end.
    pub(crate) fn end(&mut self, subject: &Subject, facts: &mut Facts) {
        let run = std::mem::take(self);
        let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        // A filler is itself a letter to a compiler: alone it is a name that nobody sees.
        let inside = run.filler || (is_letter(before(subject.bytes, run.start)) && is_letter(decode(subject.bytes, run.end)));
        // Alone in quotes it is a character that a table names.
        let quoted = run.count == 1
            && matches!(
                (run.start.checked_sub(1).and_then(|at| subject.bytes.get(at)), subject.bytes.get(run.end)),
                (Some(b'\''), Some(b'\'')) | (Some(b'"'), Some(b'"'))
            );
        let inside = inside && !quoted;
        let hides = run.unexplained >= RUN_MIN || (subject.is_code && run.unexplained > 0 && inside);
        if run.count == 0 || !hides {
            return;
        }
        let mut fact = Fact::new(&vocabulary::TEXT_INVISIBLE, span(run.start, run.end), names::CHARACTERS);
        fact = fact.with("count", run.count);
        if inside {
            fact = fact.with("inside", true);
        }
        facts.push(fact);
    }
}

/// Whether the character before it makes it ordinary.
fn explained(bytes: &[u8], character: Character) -> bool {
    let Some(previous) = before(bytes, character.start) else {
        return character.c == '\u{feff}' && character.start == 0;
    };
    match u32::from(character.c) {
        // Joiners shape letters in these scripts, and join emoji.
        0x200C | 0x200D => {
            let next = decode(bytes, character.end);
            is_shaped(previous) || next.is_some_and(is_shaped) || is_emoji(previous) || previous == '\u{fe0f}'
        }
        // Zero width space and word joiner part words where no blanks do.
        0x200B | 0x2060 => is_unspaced(previous) || decode(bytes, character.end).is_some_and(is_unspaced),
        0x180B..=0x180F => matches!(u32::from(previous), 0x1800..=0x18AF),
        // One selector behind a character that has variants: a symbol, a keycap, an ideograph. A second one has nothing to select.
        0xFE00..=0xFE0F | 0xE0100..=0xE01EF => {
            !Invisible::is(previous) && (!previous.is_alphabetic() || is_unspaced(previous)) && !previous.is_whitespace()
        }
        // The flags of England, Scotland and Wales: a black flag, letters, a cancel tag.
        0xE0020..=0xE007F => previous == '\u{1f3f4}' || (is_tag(previous) && flag_before(bytes, character.start)),
        0x034F => is_shaped(previous),
        0x17B4 | 0x17B5 => matches!(u32::from(previous), 0x1780..=0x17FF),
        0x115F | 0x1160 | 0xFFA0 => is_hangul(previous) || decode(bytes, character.end).is_some_and(is_hangul),
        _ => false,
    }
}

fn is_tag(c: char) -> bool {
    matches!(u32::from(c), 0xE0020..=0xE007F)
}

/// Whether at most six tags stand between here and a black flag.
fn flag_before(bytes: &[u8], at: usize) -> bool {
    let mut at = at;
    for _ in 0..7 {
        match before(bytes, at) {
            Some('\u{1f3f4}') => return true,
            Some(c) if is_tag(c) => at = at.saturating_sub(c.len_utf8()),
            _ => return false,
        }
    }
    false
}

/// Letters whose shape depends on their neighbours: Hebrew to Arabic Extended, Indic, Sinhala to Mongolian, presentation forms.
fn is_shaped(c: char) -> bool {
    matches!(u32::from(c), 0x0590..=0x08FF | 0x0900..=0x0DFF | 0x0E00..=0x109F | 0x1780..=0x18AF | 0x1A20..=0x1CFF
        | 0xA840..=0xABFF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC | 0x10A00..=0x10FFF | 0x11000..=0x11FFF | 0x1E900..=0x1E95F)
}

/// Letters of scripts that are written without blanks between words.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x0F00..=0x109F | 0x1780..=0x17FF | 0x1950..=0x1AAF | 0x2E80..=0x303F | 0x3040..=0x312F
        | 0x3190..=0x9FFF | 0xA000..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFF00..=0xFF9F | 0x20000..=0x3FFFF)
}

fn is_hangul(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115E | 0x1161..=0x11FF | 0xA960..=0xA97C | 0xAC00..=0xD7FB)
}

fn is_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x203C | 0x2049 | 0x2139 | 0x2190..=0x21FF | 0x2300..=0x27BF | 0x2900..=0x297F | 0x2B00..=0x2BFF
        | 0x1F000..=0x1FAFF)
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn what_is_not_seen_is_said_and_what_is_ordinary_is_not() {
        let selectors: String = (0..20).map(|at| char::from_u32(0xE0100 + at).unwrap()).collect();
        let tags: String = "run me now".chars().map(|c| char::from_u32(0xE0000 + u32::from(c)).unwrap()).collect();
        let (data, tags) = (format!("eval(decode('{selectors}'))"), format!("hello{tags}"));
        #[rustfmt::skip]
        let cases: &[(&str, &str, &[&str])] = &[
            ("javascript", "is\u{200b}Admin = 1", &["count=1 inside=1"]),
            ("javascript", "const { timeout,\u{3164}} = q", &["count=1 inside=1"]),
            ("javascript", "c == '\u{3164}' || \"\u{115f}\"", &[]),
            ("javascript", &data, &["count=20"]),
            ("markdown", &tags, &["count=10"]),
            ("python", "pass\u{ad}word\u{feff}s", &["count=1 inside=1", "count=1 inside=1"]),
            ("markdown", "soft\u{ad}hyphen zero\u{200b}width", &[]),
            ("javascript", "\u{feff}var a;\n\u{feff}var b", &[]),
            ("javascript", "'\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{2764}\u{fe0f}\u{200d}\u{1f525} 1\u{fe0f}\u{20e3}'", &[]),
            ("javascript", "'\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'", &[]),
            ("javascript", "'\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645} \u{915}\u{94d}\u{200d}\u{937}'", &[]),
            ("javascript", "'\u{e01}\u{200b}\u{e02} \u{845b}\u{e0100}'", &[]),
        ];
        for (format, text, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|line| format!("text.invisible {line}")).collect();
            assert_eq!(seen(format, text.as_bytes(), &["text.invisible"]), expected, "{text:?}");
        }
    }
}
