//! Programs that make one text of another, computed where the text is known.

use super::Parsed;
use crate::languages::shell::unescape;
use crate::meaning::codecs;
use crate::meaning::values::{HOLE, Value, decoded, shown};

/// What a program makes of constants; `None` where it cannot be computed.
pub(super) fn decode(program: &str, parsed: &Parsed) -> Option<Value> {
    let stdin = parsed.get("stdin");
    let bytes = || stdin.and_then(Value::known_bytes);
    let has = |name: &str| parsed.get(name).is_some();
    match program {
        "echo" => {
            let words: Vec<_> = parsed.operands.iter().map(|word| shown(word).to_string()).collect();
            let text = words.join(" ");
            Some(Value::text(if text.contains('\\') { unescape(&text) } else { text }))
        }
        "printf" => Some(Value::text(formatted(&parsed.operands)?)),
        "base64" if has("decode") => textual(codecs::base64(bytes()?)?, stdin?, "base64"),
        "base64" => Some(Value::text(codecs::base64_of(bytes()?))),
        "base32" if has("decode") => textual(codecs::base32(bytes()?)?, stdin?, "base32"),
        "hex" if has("decode") => textual(codecs::hex(bytes()?)?, stdin?, "hex"),
        "hex" => Some(Value::text(codecs::hex_of(bytes()?))),
        "openssl" if has("decode") && has("base64") => textual(codecs::base64(bytes()?)?, stdin?, "base64"),
        "gunzip" => textual(codecs::unpack("gzip", bytes()?)?, stdin?, "gzip"),
        "bunzip2" => textual(codecs::unpack("bzip2", bytes()?)?, stdin?, "bzip2"),
        "unxz" => textual(codecs::unpack("lzma", bytes()?)?, stdin?, "lzma"),
        "rev" => {
            let text = stdin?.known_text()?;
            let lines: Vec<String> = text.lines().map(|line| line.chars().rev().collect()).collect();
            Some(decoded(Value::text(lines.join("\n")), stdin?.tag.as_ref(), "text"))
        }
        "tac" => {
            let lines: Vec<&str> = stdin?.known_text()?.lines().rev().collect();
            Some(Value::text(lines.join("\n")))
        }
        "tr" => {
            let text = stdin?.known_text()?;
            let set = |at: usize| parsed.operands.get(at).and_then(Value::known_text).map(|set| letters(set));
            let from = set(0)?;
            if has("delete") {
                return Some(Value::text(text.chars().filter(|letter| !from.contains(letter)).collect::<String>()));
            }
            let to = set(1)?;
            let last = *to.last()?;
            let other = |letter: char| match from.iter().position(|known| *known == letter) {
                Some(at) => to.get(at).copied().unwrap_or(last),
                None => letter,
            };
            Some(decoded(Value::text(text.chars().map(other).collect::<String>()), stdin?.tag.as_ref(), "text"))
        }
        _ => None,
    }
}

/// What a program does to data, in one word.
pub(super) fn transform(program: &str) -> Option<&'static str> {
    Some(match program {
        "base64" | "openssl" => "base64",
        "base32" => "base32",
        "hex" => "hex",
        "gunzip" => "gzip",
        _ => return None,
    })
}

/// Decoded bytes, as text where they are one.
fn textual(bytes: Vec<u8>, from: &Value, codec: &'static str) -> Option<Value> {
    let value = match String::from_utf8(bytes) {
        Ok(text) => Value::text(text),
        Err(error) => Value::bytes(error.into_bytes()),
    };
    Some(decoded(value, from.tag.as_ref(), codec))
}

/// The letters of a set of `tr`.
fn letters(set: &str) -> Vec<char> {
    let plain = unescape(set).replace("[:upper:]", "A-Z").replace("[:lower:]", "a-z").replace("[:space:]", " \t\r\n");
    let all: Vec<char> = plain.chars().take(4096).collect();
    let mut letters = Vec::new();
    let mut at = 0_usize;
    while let Some(letter) = all.get(at).copied() {
        let range = (all.get(at.saturating_add(1)), all.get(at.saturating_add(2)));
        if let (Some('-'), Some(end)) = range {
            letters.extend((letter..=*end).take(256));
            at = at.saturating_add(3);
        } else {
            letters.push(letter);
            at = at.saturating_add(1);
        }
    }
    letters
}

/// `printf` of a shell.
fn formatted(operands: &[Value]) -> Option<String> {
    let (format, rest) = operands.split_first()?;
    let format = unescape(format.as_text()?);
    let mut values = rest.iter();
    let mut text = String::new();
    let mut rounds = 0_u32;
    loop {
        let mut letters = format.chars();
        let mut used = false;
        while let Some(letter) = letters.next() {
            if letter != '%' {
                text.push(letter);
                continue;
            }
            let mut kind = letters.next();
            while kind.is_some_and(|kind| kind.is_ascii_digit() || matches!(kind, '-' | '+' | ' ' | '#' | '.')) {
                kind = letters.next();
            }
            match kind {
                Some('%') => text.push('%'),
                Some(kind) => {
                    used = true;
                    let value = values.next();
                    let shown = value.map(shown).unwrap_or_default();
                    match kind {
                        'b' => text.push_str(&unescape(&shown)),
                        'x' => match value.and_then(Value::int) {
                            Some(number) => text.push_str(&format!("{number:x}")),
                            None => text.push(HOLE),
                        },
                        _ => text.push_str(&shown),
                    }
                }
                None => {}
            }
        }
        rounds = rounds.saturating_add(1);
        if !used || values.len() == 0 || rounds > 1000 {
            return Some(text);
        }
    }
}

/// Text of two bytes a letter, the low one first.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)]));
    char::decode_utf16(units).map(|letter| letter.unwrap_or('\u{fffd}')).collect()
}

/// The text that PowerShell is handed encoded.
pub(super) fn utf16_of_base64(text: &[u8]) -> Option<String> {
    codecs::base64(text).map(|bytes| utf16(&bytes))
}
