//! Lists of character codes or bytes: `[104, 101, ...]`, `0x68, 0x65`, `68 65 6c`, `chr(104)+chr(101)`, `[char]104+[char]101`.
//!
//! Not handled: numbers above 255, numbers in quotes, names between the numbers other than `chr`, `chrw` and `char`,
//! arithmetic on them.

use super::{Codec, Find, Layers, worth};
use crate::Stop;
use std::ops::Range;

pub(super) const CODEC: Codec = Codec {
    name: "char-codes",
    title: "a list of character codes or bytes",
    handled: "16 and more numbers from -128 to 255, decimal, with 0x or as pairs of hexadecimal digits; chains of chr(...) and [char]",
    not_handled: "numbers above 255, numbers in quotes, arithmetic, calls other than chr, chrw and char",
    find: Find::List(find),
};

fn find(layers: &mut Layers, part: Range<usize>) -> Result<Option<usize>, Stop> {
    let bytes = layers.bytes;
    let mut list = List::default();
    let mut at = part.start;
    while at < part.end {
        let (token, end) = token(bytes, at, part.end);
        match token {
            Token::Number(number) => list.push(number, at..end),
            Token::Gap => {}
            Token::Minus => list.minus = Some(at),
            Token::Call => list.is_chain = true,
            Token::Bracket if list.is_chain => {}
            Token::Bracket | Token::Other => list.finish(layers)?,
        }
        at = end;
    }
    list.finish(layers)?;
    Ok(Some(part.end))
}

/// What a list of numbers is made of.
enum Token {
    Number(Number),
    Gap,
    /// A sign, if a number follows at once.
    Minus,
    /// `chr` and its kin.
    Call,
    Bracket,
    Other,
}

/// One number, under each reading that its digits allow.
struct Number {
    decimal: Option<u16>,
    /// Two hexadecimal digits without a prefix.
    pair: Option<u8>,
    /// Whether a prefix says that it is hexadecimal; `decimal` then holds it.
    prefixed: bool,
}

/// The token at `at`, and where it ends.
fn token(bytes: &[u8], at: usize, end: usize) -> (Token, usize) {
    let behind = at.saturating_add(1);
    let Some(byte) = bytes.get(at) else { return (Token::Other, behind) };
    match byte {
        b' ' | b'\t' | b'\r' | b'\n' | b',' | b'+' | b'&' | b'.' | b'$' => (Token::Gap, behind),
        b'-' => (Token::Minus, behind),
        b'(' | b')' | b'[' | b']' => (Token::Bracket, behind),
        _ => {
            let rest = bytes.get(at..end).unwrap_or_default();
            let len = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let word = rest.get(..len).unwrap_or_default();
            let is_call = [&b"chr"[..], b"chrw", b"char"].iter().any(|name| word.eq_ignore_ascii_case(name));
            let token = if is_call { Token::Call } else { number(word).map_or(Token::Other, Token::Number) };
            (token, at.saturating_add(len.max(1)))
        }
    }
}

fn number(word: &[u8]) -> Option<Number> {
    if let [b'0', b'x' | b'X', digits @ ..] = word {
        let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() <= 4)?;
        return Some(Number { decimal: u16::from_str_radix(digits, 16).ok(), pair: None, prefixed: true });
    }
    let text = std::str::from_utf8(word).ok().filter(|word| word.len() <= 3)?;
    let pair = if word.len() == 2 { u8::from_str_radix(text, 16).ok() } else { None };
    let decimal = text.parse().ok();
    (pair.is_some() || decimal.is_some()).then_some(Number { decimal, pair, prefixed: false })
}

/// Numbers in a row, kept under both readings until the list ends.
#[derive(Default)]
struct List {
    span: Option<Range<usize>>,
    /// Every number as decimal or prefixed; `None` once one does not fit.
    numbers: Vec<u8>,
    pairs: Vec<u8>,
    numbers_fail: bool,
    pairs_fail: bool,
    has_letters: bool,
    is_chain: bool,
    minus: Option<usize>,
}

impl List {
    fn push(&mut self, number: Number, at: Range<usize>) {
        let start = self.span.as_ref().map_or(at.start, |span| span.start);
        let negative = self.minus.take().is_some_and(|minus| minus.saturating_add(1) == at.start);
        let value = number.decimal.and_then(|value| match (negative, u8::try_from(value).ok()?) {
            (false, value) => Some(value),
            (true, value @ ..=128) => Some(value.wrapping_neg()),
            (true, _) => None,
        });
        match value {
            Some(value) if !self.numbers_fail => self.numbers.push(value),
            Some(_) => {}
            None => self.numbers_fail = true,
        }
        match number.pair {
            Some(pair) if !self.pairs_fail => self.pairs.push(pair),
            Some(_) => {}
            None => self.pairs_fail = true,
        }
        self.has_letters |= !number.prefixed && number.decimal.is_none();
        self.span = Some(start..at.end);
    }

    /// Yields what the list decodes to, where it is worth it, and begins a new one.
    fn finish(&mut self, layers: &mut Layers) -> Result<(), Stop> {
        let list = std::mem::take(self);
        let Some(span) = list.span else { return Ok(()) };
        let payload = match (list.numbers_fail, list.pairs_fail) {
            (_, false) if list.has_letters => list.pairs,
            (false, _) => list.numbers,
            _ => return Ok(()),
        };
        if payload.len() < worth::TEXT_BYTES_MIN || (worth::is_text(&payload) && !is_written(&payload)) {
            return Ok(());
        }
        layers.yield_worthy(&CODEC, span, &payload, true)?;
        Ok(())
    }
}

/// Whether numbers that happen to be characters are text: mostly letters, digits and blanks, in no order of size.
fn is_written(text: &[u8]) -> bool {
    let word = text.iter().filter(|byte| byte.is_ascii_alphabetic() || **byte == b' ' || **byte >= 0x80).count();
    let steady = text.windows(2).filter(|pair| matches!(pair, [a, b] if a.abs_diff(*b) <= 1)).count();
    word.saturating_mul(2) >= text.len() && steady.saturating_mul(3) < text.len()
}
