//! How hostile text is shown: every byte of it visible, nothing of it active.

use std::fmt::Write;

/// Shows bytes from an input as text that no terminal, browser or reader can be steered by.
///
/// Printable UTF-8 stays; a backslash is doubled; control, bidirectional, invisible and non-character code points become
/// `\u{202e}`, and bytes that are not UTF-8 become `\xff`. The mapping is lossless: [`bytes_of`] gives the bytes back.
pub fn visible(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => shown.push_str("\\\\"),
                '\n' => shown.push_str("\\n"),
                '\r' => shown.push_str("\\r"),
                '\t' => shown.push_str("\\t"),
                c if is_deceptive(c) => write!(shown, "\\u{{{:x}}}", u32::from(c)).unwrap_or_default(),
                c => shown.push(c),
            }
        }
        for byte in chunk.invalid() {
            write!(shown, "\\x{byte:02x}").unwrap_or_default();
        }
    }
    shown
}

/// The bytes that [`visible`] showed, or `None` where the text is not of its making.
pub fn bytes_of(shown: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(shown.len());
    let mut rest = shown;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let mut chars = rest.chars();
        let escape = chars.next()?;
        rest = chars.as_str();
        match escape {
            '\\' => bytes.push(b'\\'),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'x' => {
                bytes.push(u8::from_str_radix(rest.get(..2)?, 16).ok()?);
                rest = &rest[2..];
            }
            'u' => {
                let inner = rest.strip_prefix('{')?;
                let end = inner.find('}')?;
                let c = char::from_u32(u32::from_str_radix(&inner[..end], 16).ok()?)?;
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &inner[end + 1..];
            }
            _ => return None,
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

/// Whether a character could steer, hide in or reorder the text around it.
///
/// Unicode 16: controls, bidirectional controls, zero-width and other default-ignorable characters, line and paragraph
/// separators, tags, variation selectors, private use and non-characters.
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5
            | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F
            | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE000..=0xF8FF | 0xE0000..=0xE0FFF
            | 0xF0000..=0x10FFFF)
        || u32::from(c) & 0xFFFE == 0xFFFE
        || (0xFDD0..=0xFDEF).contains(&u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_being_shown() {
        let samples: [&[u8]; 6] = [
            b"plain.txt",
            b"a\\x41\\\\",
            b"\x1b[2Jgone\x07\r\n\t\0",
            "\u{202e}cod.exe\u{200b}\u{feff}\u{e0041}".as_bytes(),
            b"\xff\xfe\xc3(",
            "snow\u{2603}man \u{1f6aa}".as_bytes(),
        ];
        for bytes in samples {
            let shown = visible(bytes);
            assert!(!shown.chars().any(is_deceptive), "{shown:?}");
            assert_eq!(bytes_of(&shown).as_deref(), Some(bytes), "{shown}");
        }
        assert_eq!(visible("\u{202e}x".as_bytes()), "\\u{202e}x");
        assert_eq!(visible(b"\x80"), "\\x80");
    }

    #[test]
    fn foreign_escapes_are_refused() {
        for text in ["\\", "\\q", "\\x4", "\\u{110000}", "\\u41"] {
            assert_eq!(bytes_of(text), None, "{text}");
        }
    }
}
