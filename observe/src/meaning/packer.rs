//! Dean Edwards' packer: `eval(function(p,a,c,k,e,d){...}(text, radix, count, words, 0, {}))`. Each word of the text is a number that
//! says which of the words stands there.
//!
//! The function is known by the names of its parameters, which packers leave as they are, or by what it is called with where a second
//! tool has renamed them. Not handled: other names and a call of another form.

use super::machine::{Args, Machine, index};
use super::values::{BYTES_MAX, Shape, Value, decoded};
use crate::neutral::Place;
use std::collections::HashMap;

/// Names of the parameters.
const PARAMS: [&str; 5] = ["p", "a", "c", "k", "e"];

/// Most words.
const WORDS_MAX: usize = 1 << 16;

impl<'m> Machine<'m, '_> {
    /// The text that the packer's function gives; nothing where it is another function.
    pub(super) fn unpacked(&mut self, function: u32, args: &Args<'m>) -> Option<Value> {
        let [text, radix, count, words, rest @ ..] = args.at.as_slice() else { return None };
        let (Shape::List(words), Some(text), Some(radix)) = (&words.shape, text.known_text(), radix.int()) else { return None };
        let params = &self.module.functions.get(index(function))?.params;
        let is_named =
            params.iter().zip(PARAMS).all(|(param, name)| matches!(&param.place, Place::Name(known, _) if known == name));
        let counts = count.int().and_then(|count| usize::try_from(count).ok()) == Some(words.len());
        let ends =
            matches!(rest, [zero, last] if zero.int() == Some(0) && matches!(&last.shape, Shape::Map(map) if map.is_empty()));
        let is_packer = params.len() > PARAMS.len() && (is_named || counts && ends);
        if !is_packer || words.len() > WORDS_MAX {
            return None;
        }
        self.out.budget.spend_bytes(text.len());
        let radix = usize::try_from(radix).ok().filter(|radix| (2..=95).contains(radix))?;
        let names = (0..words.len()).map(|number| written(number, radix));
        let known: HashMap<String, &str> =
            names.zip(words.iter()).filter_map(|(name, word)| Some((name, &**word.known_text()?))).collect();
        let text = filled(text, &known)?;
        Some(decoded(Value::text(text), None, "packed"))
    }
}

/// A number as the packer writes it.
fn written(number: usize, radix: usize) -> String {
    let digit = |digit: usize| {
        let code = if digit > 35 {
            digit.saturating_add(29)
        } else if digit > 9 {
            digit.saturating_add(87)
        } else {
            digit.saturating_add(48)
        };
        u32::try_from(code).ok().and_then(char::from_u32).unwrap_or('?')
    };
    let (mut rest, mut letters) = (number, Vec::new());
    loop {
        letters.push(digit(rest.checked_rem(radix).unwrap_or(0)));
        rest = rest.checked_div(radix).unwrap_or(0);
        if rest == 0 {
            return letters.into_iter().rev().collect();
        }
    }
}

/// The text with its words filled in.
fn filled(text: &str, words: &HashMap<String, &str>) -> Option<String> {
    let of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter| !of_word(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let named = words.get(word).copied().filter(|name| !name.is_empty());
        out.push_str(named.unwrap_or(word));
        let end = after.find(of_word).unwrap_or(after.len());
        let (between, after) = after.split_at(end);
        out.push_str(between);
        if out.len() > BYTES_MAX {
            return None;
        }
        rest = after;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_letters() {
        for (number, expected) in [(0, "0"), (10, "a"), (35, "z"), (36, "A"), (61, "Z"), (62, "10"), (63, "11")] {
            assert_eq!(written(number, 62), expected, "{number}");
        }
    }

    #[test]
    fn words_are_filled_in() {
        let words = HashMap::from([("0".to_owned(), "const"), ("1".to_owned(), ""), ("a".to_owned(), "x")]);
        assert_eq!(filled("0 a=1+b.a;", &words).as_deref(), Some("const x=1+b.x;"));
    }
}
