//! Codecs that the evaluator computes on constants, bounded. Not handled: ciphers.

use super::values::BYTES_MAX;
use data_encoding::{BASE32, BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use std::io::Read;

/// Base64 as programs read it: of both alphabets, blanks and padding as they come.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let url = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let mut kept: Vec<u8> = text.iter().take(BYTES_MAX).filter(is_part).copied().collect();
    let rest = kept.len().checked_rem(4).unwrap_or(0);
    if rest == 1 {
        kept.pop();
    }
    let mut encoding = if url { BASE64URL_NOPAD.specification() } else { BASE64_NOPAD.specification() };
    encoding.check_trailing_bits = false;
    encoding.encoding().ok()?.decode(&kept).ok()
}

/// Base64 as Python's `binascii` reads it: what is not of the alphabet is left out, the padding ends it and must be there.
pub(crate) fn base64_of_python(text: &[u8]) -> Option<Vec<u8>> {
    let (mut kept, mut pads) = (Vec::new(), 0_usize);
    for byte in text.iter().take(BYTES_MAX) {
        if *byte == b'=' {
            let position = kept.len().checked_rem(4).unwrap_or(0);
            pads = pads.saturating_add(1);
            if position >= 2 && position.saturating_add(pads) >= 4 {
                return base64(&kept);
            }
        } else if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') {
            kept.push(*byte);
            pads = 0;
        }
    }
    // What is cut short is read as far as it goes.
    base64(&kept)
}

/// A text as it is written in a URL; what is not known stays as it is.
pub(crate) fn percent_of(text: &str, safe: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || safe.contains(letter) || letter == super::values::HOLE {
            encoded.push(letter);
        } else {
            for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    encoded
}

pub(crate) fn base64_of(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

pub(crate) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    BASE32.decode(&text.to_ascii_uppercase()).ok()
}

pub(crate) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let kept: Vec<u8> = text.iter().filter(|byte| !byte.is_ascii_whitespace()).copied().collect();
    HEXLOWER_PERMISSIVE.decode(&kept).ok()
}

pub(crate) fn hex_of(bytes: &[u8]) -> String {
    HEXLOWER_PERMISSIVE.encode(bytes)
}

/// Base85 of Python: `b85` by RFC 1924, or Ascii85.
pub(crate) fn base85(text: &[u8], ascii: bool) -> Option<Vec<u8>> {
    const RFC1924: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let mut digits = Vec::new();
    let text = if ascii { text.strip_prefix(b"<~").unwrap_or(text) } else { text };
    for byte in text.iter().take(BYTES_MAX).filter(|byte| !byte.is_ascii_whitespace()) {
        let digit = match byte {
            b'~' if ascii => break,
            b'z' if ascii => {
                digits.extend([0; 5]);
                continue;
            }
            byte if ascii => byte.checked_sub(33).filter(|digit| *digit < 85)?,
            byte => u8::try_from(RFC1924.iter().position(|known| known == byte)?).ok()?,
        };
        digits.push(digit);
    }
    let mut bytes = Vec::new();
    for group in digits.chunks(5) {
        let mut number = 0_u64;
        for at in 0..5 {
            number = number.wrapping_mul(85).wrapping_add(group.get(at).copied().unwrap_or(84).into());
        }
        let four = u32::try_from(number).ok()?.to_be_bytes();
        bytes.extend(four.get(..group.len().saturating_sub(1))?);
    }
    Some(bytes)
}

/// Letters moved by thirteen.
pub(crate) fn rot13(text: &str) -> String {
    let turn = |letter: char, first: u8| {
        let at = u8::try_from(letter).unwrap_or(first).wrapping_sub(first);
        char::from(at.wrapping_add(13).checked_rem(26).unwrap_or(0).wrapping_add(first))
    };
    let one = |letter: char| match letter {
        'a'..='z' => turn(letter, b'a'),
        'A'..='Z' => turn(letter, b'A'),
        other => other,
    };
    text.chars().map(one).collect()
}

/// What follows `%` in a URL.
pub(crate) fn percent(text: &str, unescape: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, after) = rest.split_at(at);
        bytes.extend(before.as_bytes());
        let digits = |from: usize, to: usize| after.get(from..to).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(code) = digits(2, 6).filter(|_| unescape && after.get(1..2) == Some("u")) {
            bytes.extend(char::from_u32(code).unwrap_or('\u{fffd}').to_string().as_bytes());
            rest = after.get(6..).unwrap_or_default();
        } else if let Some(code) = digits(1, 3) {
            match u8::try_from(code) {
                Ok(byte) if unescape => bytes.extend(char::from(byte).to_string().as_bytes()),
                Ok(byte) => bytes.push(byte),
                Err(_) => {}
            }
            rest = after.get(3..).unwrap_or_default();
        } else {
            bytes.push(b'%');
            rest = after.get(1..).unwrap_or_default();
        }
    }
    bytes.extend(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Unpacks what one of the packers of the standard libraries packed.
pub(crate) fn unpack(packer: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    match packer {
        "zlib" if bytes.first() == Some(&0x1f) => bounded(flate2::read::MultiGzDecoder::new(bytes)),
        "zlib" => bounded(flate2::read::ZlibDecoder::new(bytes)).or_else(|| bounded(flate2::read::DeflateDecoder::new(bytes))),
        "gzip" => bounded(flate2::read::MultiGzDecoder::new(bytes)),
        "brotli" => bounded(brotli_decompressor::Decompressor::new(bytes, 4096)),
        "bzip2" => bounded(bzip2::read::MultiBzDecoder::new(bytes)),
        "lzma" if bytes.starts_with(b"\xfd7zXZ") => bounded(lzma_rust2::XzReader::new(bytes, true)),
        "lzma" => bounded(lzma_rust2::LzmaReader::new_mem_limit(bytes, 64 << 10, None).ok()?),
        _ => None,
    }
}

fn bounded(reader: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX);
    // A stream that breaks off gives what came before.
    let read = reader.take(most).read_to_end(&mut bytes);
    (read.is_ok() || bytes.len() > 64).then_some(bytes)
}

/// What a function of the evaluator does to data, in one word.
pub(super) fn transform(builtin: &str) -> Option<&'static str> {
    Some(match builtin {
        "base64.decode"
        | "base64.decode-strict"
        | "base64.decode-text"
        | "base64.encode"
        | "base64.encode-bytes"
        | "base64.encode-url"
        | "base64.encode-text"
        | "buffer.from" => "base64",
        "hex.decode" | "hex.encode" | "hex.encode-bytes" => "hex",
        "zlib.decompress" => "zlib",
        "gzip.decompress" => "gzip",
        "brotli.decompress" => "brotli",
        "json.parse" => "json",
        "marshal.loads" => "marshal",
        "percent.decode" => "percent",
        _ => return None,
    })
}
