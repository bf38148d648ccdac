//! Constants under names that are about cryptography: rounds, key sizes, curves, tables, initial values.
//!
//! Read from the text of code: a name, `=` or `:`, and a value that begins as a constant. Good for comparing two versions of a
//! file. Not handled: constants without a name, such as the fourth argument of a call, and names far right on a long line.

use super::{Subject, checks, credentials::fingerprint};
use crate::sink::span;
use crate::{Facts, observers::names};
use doorward_model::{Fact, vocabulary};

/// Most constants that are told of one content.
const CONSTANTS_MAX: usize = 500;
/// Most places of one content where a value is looked at: each may cost as many bytes as a value has at most.
const LOOKS_MAX: usize = 100_000;
/// Most bytes of a value.
const VALUE_BYTES_MAX: usize = 16 << 10;
/// Most bytes of a line before a value.
const LEFT_BYTES_MAX: usize = 200;
/// Most bytes of a value that are shown as they are.
const SHOWN_BYTES_MAX: usize = 24;
/// Fewest hexadecimal numbers of a list that is told whatever its name is.
const TABLE_NUMBERS_MIN: usize = 16;

/// Parts of names, without underscores and in small letters.
const PARTS: [&str; 25] = [
    "iterations",
    "rounds",
    "salt",
    "sbox",
    "prime",
    "modulus",
    "generator",
    "curve",
    "exponent",
    "keysize",
    "keybits",
    "keylen",
    "polynomial",
    "workfactor",
    "logrounds",
    "hashalgorithm",
    "digestalgorithm",
    "signaturealgorithm",
    "cipher",
    "minversion",
    "tlsversion",
    "sslversion",
    "initialvalue",
    "roundconstant",
    "publickey",
];

/// Parts of names whose texts are shown by their fingerprint alone, in small letters.
const SECRETS: [&str; 6] = ["key", "secret", "pass", "token", "salt", "seed"];

/// Looks at every place where a name may get a value.
pub(crate) fn observe(subject: &Subject, facts: &mut Facts) {
    let bytes = subject.bytes;
    let (mut told, mut looks) = (0_usize, 0_usize);
    for at in memchr::memchr2_iter(b'=', b':', bytes) {
        let value = at.saturating_add(1);
        let begins = bytes.get(value..).unwrap_or_default().trim_ascii_start().first();
        if !begins.is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'[' | b'{' | b'(' | b'"' | b'\'' | b'b')) {
            continue;
        }
        let before = bytes.get(at.saturating_sub(LEFT_BYTES_MAX)..at).unwrap_or_default();
        let start = memchr::memrchr(b'\n', before).map(|end| end.saturating_add(1));
        // A line that is longer before the name was written by a machine.
        let Some(left) = start.or((at < LEFT_BYTES_MAX).then_some(0)).and_then(|start| before.get(start..)) else { continue };
        looks = looks.saturating_add(1);
        let fact = if checks::is_comment(left) { None } else { constant(left, bytes, value) };
        if let Some(fact) = fact {
            told = told.saturating_add(1);
            facts.compared.push(fact);
        }
        if told >= CONSTANTS_MAX || looks >= LOOKS_MAX {
            return;
        }
    }
}

/// A constant whose name stands in `left`, and whose value begins at an offset.
fn constant(left: &[u8], bytes: &[u8], value: usize) -> Option<Fact> {
    let rest = bytes.get(value..)?;
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let text = value_of(rest.get(blanks..)?)?;
    let is_table = text.windows(2).filter(|pair| pair.eq_ignore_ascii_case(b"0x")).count() >= TABLE_NUMBERS_MIN;
    let name = name(left, is_table)?;
    let from = value.saturating_add(blanks);
    let fact = Fact::new(&vocabulary::CRYPTO_CONSTANT, span(from, from.saturating_add(text.len())), names::CONSTANTS);
    Some(fact.with("name", name).with("value", shown(name, text)))
}

/// The last word of the left side that is about cryptography; of a table its last word.
fn name(left: &[u8], is_table: bool) -> Option<&str> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-');
    // A table's type stands behind its name, where it has one.
    let left = statement(left);
    let left = if is_table { left.split(|byte| *byte == b':').next().unwrap_or_default() } else { left };
    let words = left.split(|byte| !is_name(byte)).rev();
    let words = words.filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit()));
    let mut words = words.filter_map(|word| std::str::from_utf8(word).ok());
    let about = |word: &&str| {
        let plain: String = word.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
        PARTS.iter().any(|part| plain.contains(part))
    };
    if is_table { words.next() } else { words.take(4).find(about) }
}

/// What belongs to the last name of a line's beginning: not the argument or statement before it. The semicolon of Rust's `[u8; 4]`
/// ends none.
fn statement(left: &[u8]) -> &[u8] {
    let behind = |at: Option<usize>| at.map_or(left, |at| left.get(at.saturating_add(1)..).unwrap_or_default());
    let last = behind(left.iter().rposition(|byte| matches!(byte, b',' | b';' | b'(' | b'{')));
    let is_cut = last.contains(&b']') && !last.contains(&b'[');
    if is_cut { left } else { last }
}

/// A value that begins as a constant: a number, a text, or a list of them up to its end.
fn value_of(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.get(..VALUE_BYTES_MAX).unwrap_or(rest);
    let first = *rest.first()?;
    let close = match first {
        b'[' => b']',
        b'{' => b'}',
        b'(' => b')',
        b'"' | b'\'' => first,
        b'0'..=b'9' => {
            let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'.'));
            return rest.get(..end.unwrap_or(rest.len()));
        }
        _ => return None,
    };
    let end = memchr::memchr(close, rest.get(1..)?)?.saturating_add(2);
    let value = rest.get(..end)?;
    // A list of constants holds digits; one of names or calls is no constant.
    let is_constant = close == first || value.iter().any(u8::is_ascii_digit) && !value.contains(&b'(') | (first == b'(');
    is_constant.then_some(value)
}

/// A number or a short word as it is, anything else by its length and fingerprint: it may be a secret. So is a text under a name that
/// speaks of one.
fn shown(name: &str, value: &[u8]) -> String {
    let is_text = value.len() > 2 && matches!(value.first(), Some(b'"' | b'\''));
    let name = name.to_ascii_lowercase();
    let secret = is_text && SECRETS.iter().any(|part| name.contains(part));
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-\"'".contains(byte);
    let word = !secret && value.len() <= SHOWN_BYTES_MAX && value.iter().all(plain);
    match std::str::from_utf8(value) {
        Ok(text) if word => text.trim_matches(['"', '\'']).to_owned(),
        _ => {
            let folded: Vec<u8> = value.iter().filter(|byte| !byte.is_ascii_whitespace()).copied().collect();
            format!("{} bytes, {}", folded.len(), fingerprint(&folded))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::text::tests::seen;

    fn check(format: &str, text: &str, expected: &[&str]) {
        assert_eq!(seen(format, text.as_bytes(), &["crypto.constant"]), expected, "{text}");
    }

    #[test]
    fn constants_are_told_by_their_names() {
        check(
            "python",
            "PBKDF2_ITERATIONS = 100_000\nkdf(iterations=10, salt='')\n",
            &[
                "crypto.constant name=PBKDF2_ITERATIONS value=100_000",
                "crypto.constant name=iterations value=10",
                "crypto.constant name=salt value=",
            ],
        );
        check("rust", "const ROUNDS: usize = 10;\n", &["crypto.constant name=ROUNDS value=10"]);
        check("javascript", "const curve = 'P-256', x = 4\n// rounds = 3\n", &["crypto.constant name=curve value=P-256"]);
        for none in ["x = 4\n", "rounds = get()\n", "cipher = [a, b]\n"] {
            check("python", none, &[]);
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for text in ["cipher_key = 'lantern-wick'\n", "const PasswordSalt = \"0a1b2c3d\"\n", "publicKey: '2d4f6a'\n"] {
            let seen = seen("python", text.as_bytes(), &["crypto.constant"]).concat();
            assert!(seen.contains(" bytes, ") && !["lantern", "0a1b", "2d4f"].iter().any(|word| seen.contains(word)), "{seen}");
        }
        check("python", "key_size = 2048\n", &["crypto.constant name=key_size value=2048"]);
    }

    #[test]
    fn tables_of_numbers_need_no_name_and_show_as_fingerprints() {
        let table: Vec<String> = (0..16).map(|at| format!("0x{:02x}", at * 7)).collect();
        let one = seen("c", format!("static u8 T[16] = {{{}}};\n", table.join(", ")).as_bytes(), &["crypto.constant"]);
        let other = seen("c", format!("static u8 T[16] = {{\n{}\n}};\n", table.join(",\n")).as_bytes(), &["crypto.constant"]);
        assert_eq!(one, other);
        assert!(one[0].starts_with("crypto.constant name=T value=81 bytes, "), "{one:?}");
        let rust = format!("const K: [u32; 16] = [{}];\n", table.join(", "));
        assert!(seen("rust", rust.as_bytes(), &["crypto.constant"])[0].starts_with("crypto.constant name=K "));
    }
}
