//! The shapes of credentials: a mark, then runs of characters of known classes and lengths. Small enough to check by hand,
//! linear, and cheaper than a regular expression for each row.

/// One part of a shape, behind its mark.
pub(crate) enum Part {
    /// These bytes.
    Is(&'static [u8]),
    /// From this many to that many characters of a class; as many as there are.
    Run(Class, usize, usize),
}

/// A class of characters.
#[derive(Clone, Copy)]
pub(crate) enum Class {
    /// `0-9`
    Digit,
    /// `A-Z2-7`
    Base32,
    /// `0-9a-f`
    Hex,
    /// `0-9A-Z`
    Upper,
    /// `0-9A-Za-z`
    Alphanumeric,
    /// `0-9A-Za-z_`
    Word,
    /// `0-9A-Za-z_-`
    Base64Url,
}

impl Class {
    pub(crate) fn has(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Base32 => matches!(byte, b'A'..=b'Z' | b'2'..=b'7'),
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Upper => matches!(byte, b'A'..=b'Z' | b'0'..=b'9'),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Base64Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
        }
    }
}

/// How many bytes the shape takes at the start of `bytes`, where no character of its last class follows.
pub(crate) fn length(parts: &[Part], bytes: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    let mut last = None;
    for part in parts {
        let rest = bytes.get(at..)?;
        match part {
            Part::Is(text) => {
                rest.starts_with(text).then_some(())?;
                at = at.saturating_add(text.len());
                last = None;
            }
            Part::Run(class, min, max) => {
                let len = rest.iter().take(*max).take_while(|byte| class.has(**byte)).count();
                (len >= *min).then_some(())?;
                at = at.saturating_add(len);
                last = Some(*class);
            }
        }
    }
    let goes_on = last.is_some_and(|class| bytes.get(at).is_some_and(|byte| class.has(*byte)));
    (!goes_on).then_some(at)
}

/// Whether a secret part looks drawn at random: no word that says it is an example, no run, no alphabet, many characters.
pub(crate) fn is_random(secret: &[u8]) -> bool {
    const WORDS: [&[u8]; 12] = [
        b"example",
        b"xxxx",
        b"placeholder",
        b"your",
        b"insert",
        b"replace",
        b"redacted",
        b"abcdef",
        b"123456",
        b"dummy",
        b"sample",
        b"fake",
    ];
    let lower = secret.to_ascii_lowercase();
    let says = |word: &&[u8]| lower.windows(word.len()).any(|window| window == *word);
    let runs = secret.windows(5).any(|window| window.iter().all(|byte| Some(byte) == window.first()));
    let mut met = [false; 256];
    for byte in secret {
        if let Some(met) = met.get_mut(usize::from(*byte)) {
            *met = true;
        }
    }
    let distinct = met.iter().filter(|met| **met).count();
    let enough = 12.min(secret.len().saturating_div(2)).max(4);
    distinct >= enough && !runs && !WORDS.iter().any(says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_take_what_they_name() {
        let parts = [Part::Run(Class::Digit, 2, 3), Part::Is(b":"), Part::Run(Class::Hex, 4, 4)];
        let cases: [(&[u8], Option<usize>); 7] = [
            (b"12:beef", Some(7)),
            (b"123:beef!", Some(8)),
            (b"1:beef", None),
            (b"1234:beef", None),
            (b"12:beefa", None),
            (b"12:bee", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(length(&parts, bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn placeholders_are_not_random() {
        for text in [
            "xxxxxxxxxxxxxxxxxxxx",
            "IOSFODNN7EXAMPLE",
            "0000000000000000",
            "abcdefghijklmnop",
            "1234567890123456",
            "aaaabbbbaaaabbbb",
        ] {
            assert!(!is_random(text.as_bytes()), "{text}");
        }
        assert!(is_random(b"q7Rz2KpW9sVb4TnL"));
        assert!(is_random(b"9f86d081884c7d65"));
    }
}
