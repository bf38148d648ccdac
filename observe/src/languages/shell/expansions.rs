//! What `$` and backticks expand to.

use super::Lowering;
use super::words::{Parts, call};
use crate::neutral::{At, Expr, What};
use std::borrow::Cow;

/// A variable.
pub(super) fn variable(name: &str, at: At) -> Expr<'static> {
    Expr { what: What::Name(Cow::Owned(format!("${name}"))), at }
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

impl Lowering<'_> {
    /// What stands at a `$` or a backtick.
    pub(super) fn expansion(&mut self, parts: &mut Parts, in_quotes: bool) {
        let start = self.next;
        if self.starts("`") {
            return self.backticks(parts, in_quotes);
        }
        self.skip_one();
        match self.peek() {
            Some('(') if self.starts("((") && self.arithmetic() => {
                let at = self.span(start);
                parts.value(Expr { what: What::Raw(Cow::Borrowed("")), at });
            }
            Some('(') => {
                self.skip_one();
                let body = self.list();
                if !self.take(")") {
                    self.fault();
                }
                let at = self.span(start);
                let value = self.value_of(body, &at);
                parts.value(value);
            }
            Some('{') => self.braced(parts, start),
            Some('\'') if !in_quotes => self.escaped(parts),
            Some('"') if !in_quotes => {}
            Some(letter) if letter == '_' || letter.is_ascii_alphabetic() => {
                let len = self.rest().find(|letter| !is_name(letter)).unwrap_or(self.rest().len());
                let name = self.rest().get(..len).unwrap_or_default().to_owned();
                self.next = self.next.saturating_add(len);
                let at = self.span(start);
                parts.value(variable(&name, at));
            }
            Some(letter) if letter.is_ascii_digit() || matches!(letter, '@' | '*' | '#' | '?' | '$' | '!' | '-') => {
                self.skip_one();
                let at = self.span(start);
                parts.value(special(letter, at));
            }
            _ => parts.push('$'),
        }
    }

    /// Passes `((...))` if that is what stands here.
    pub(super) fn arithmetic(&mut self) -> bool {
        let mut open = 0_u32;
        for (at, byte) in self.rest().bytes().enumerate().take(4096) {
            match byte {
                b'(' => open = open.saturating_add(1),
                b')' => open = open.saturating_sub(1),
                b'\n' => return false,
                _ => {}
            }
            if open == 0 {
                let closes = self.rest().get(..at.saturating_add(1)).is_some_and(|text| text.ends_with("))"));
                if closes {
                    self.next = self.next.saturating_add(at).saturating_add(1);
                }
                return closes;
            }
        }
        false
    }

    fn backticks(&mut self, parts: &mut Parts, in_quotes: bool) {
        let start = self.next;
        self.skip_one();
        let mut inner = String::new();
        let mut closed = false;
        while let Some(letter) = self.peek() {
            self.skip_one();
            match letter {
                '`' => {
                    closed = true;
                    break;
                }
                '\\' => match self.peek() {
                    Some(next @ ('`' | '\\' | '$')) => {
                        self.skip_one();
                        inner.push(next);
                    }
                    Some('"') if in_quotes => {
                        self.skip_one();
                        inner.push('"');
                    }
                    _ => inner.push('\\'),
                },
                letter => inner.push(letter),
            }
        }
        if !closed {
            self.fault();
        }
        let at = self.span(start);
        let body = self.piece(&inner, &at);
        let value = self.value_of(body, &at);
        parts.value(value);
    }

    /// `$'...'`: escapes as in C.
    fn escaped(&mut self, parts: &mut Parts) {
        self.skip_one();
        parts.quoted = true;
        let mut closed = false;
        let mut escaped = false;
        let start = self.next;
        while let Some(letter) = self.peek() {
            if letter == '\'' && !escaped {
                closed = true;
                break;
            }
            escaped = letter == '\\' && !escaped;
            self.skip_one();
        }
        parts.push_str(&unescape(self.text.get(start..self.next).unwrap_or_default()));
        if closed {
            self.skip_one();
        } else {
            self.fault();
        }
    }

    /// `${...}`.
    fn braced(&mut self, parts: &mut Parts, start: usize) {
        self.skip_one();
        let counts = self.starts("#") && !self.starts("#}") && self.take("#");
        let indirect = !counts && self.take("!");
        let len = self.rest().find(|letter| !is_name(letter)).unwrap_or(self.rest().len());
        let mut name = self.rest().get(..len).unwrap_or_default().to_owned();
        self.next = self.next.saturating_add(len);
        if name.is_empty()
            && let Some(letter) = self.peek().filter(|letter| matches!(letter, '@' | '*' | '#' | '?' | '$' | '!' | '-'))
        {
            self.skip_one();
            name.push(letter);
        }
        let at = self.span(start);
        let mut value = match name.chars().next() {
            Some(letter) if name.len() == 1 && !letter.is_ascii_alphabetic() && letter != '_' => special(letter, at.clone()),
            _ => variable(&name, at.clone()),
        };
        if self.take("[") {
            value = self.element(value, &at);
        }
        if indirect {
            value = call("${!", vec![value], at.clone());
        }
        let operator = self.rest().find('}').unwrap_or(0) > 0 || !self.starts("}");
        if operator {
            value = self.modified(value, &at);
        }
        // Whatever else stands there.
        if !self.take("}") {
            let len = self.rest().find(['}', '\n']).unwrap_or(self.rest().len());
            self.next = self.next.saturating_add(len);
            if !self.take("}") {
                self.fault();
            }
        }
        if counts {
            value = Expr { what: What::Raw(Cow::Borrowed("")), at };
        }
        parts.value(value);
    }

    fn element(&mut self, value: Expr<'static>, at: &At) -> Expr<'static> {
        let len = self.rest().find([']', '}', '\n']).unwrap_or(self.rest().len());
        let key = self.rest().get(..len).unwrap_or_default().to_owned();
        self.next = self.next.saturating_add(len);
        self.take("]");
        match key.trim() {
            "@" | "*" => value,
            key => {
                let key = match key.parse() {
                    Ok(number) => What::Int(number),
                    Err(_) => What::Text(Cow::Owned(key.trim_matches(['"', '\'']).to_owned())),
                };
                let key = Expr { what: key, at: at.clone() };
                Expr { what: What::Index(Box::new(value), Box::new(key)), at: at.clone() }
            }
        }
    }

    /// The word behind an operator, up to the closing brace.
    fn operand(&mut self) -> Expr<'static> {
        let start = self.next;
        let lowered = self.deeper(|inner| {
            let mut parts = Parts::default();
            while let Some(letter) = inner.peek() {
                match letter {
                    '}' | '\n' => break,
                    '/' if inner.next > start && parts.literal().is_some() && inner.in_replace => break,
                    '\'' | '"' | '\\' => inner.quoted_part(&mut parts),
                    '$' | '`' => inner.expansion(&mut parts, true),
                    letter => {
                        inner.skip_one();
                        parts.push(letter);
                    }
                }
            }
            let at = inner.span(start);
            parts.expr(at)
        });
        let at = self.span(start);
        lowered.unwrap_or(Expr { what: What::Other(vec![]), at })
    }

    fn modified(&mut self, value: Expr<'static>, at: &At) -> Expr<'static> {
        let expr = |what| Expr { what, at: at.clone() };
        let other = |parts| Expr { what: What::Other(parts), at: at.clone() };
        for operator in [":-", ":=", "-", "="] {
            if self.take(operator) {
                let word = self.operand();
                return expr(What::Op("||", vec![value, word]));
            }
        }
        if self.take(":+") || self.take("+") {
            return self.operand();
        }
        if self.take(":?") || self.take("?") {
            self.operand();
            return value;
        }
        if self.take("//") || self.take("/") {
            self.in_replace = true;
            let from = self.operand();
            self.in_replace = false;
            let to = if self.take("/") { self.operand() } else { expr(What::Text(Cow::Borrowed(""))) };
            return method(value, "replace", vec![from, to], at);
        }
        if self.take("^^") || self.take("^") {
            return method(value, "upper", vec![], at);
        }
        if self.take(",,") || self.take(",") {
            return method(value, "lower", vec![], at);
        }
        if self.take(":") {
            let end = self.rest().find('}').unwrap_or(0);
            let text = self.rest().get(..end).unwrap_or_default();
            let mut numbers = text.splitn(2, ':').map(|number| number.trim().parse::<i64>().ok());
            let (from, len) = (numbers.next().flatten(), numbers.next());
            self.next = self.next.saturating_add(end);
            let number = |number: i64| Some(Box::new(expr(What::Int(number))));
            return match (from, len) {
                (Some(from), None) => expr(What::Slice(Box::new(value), [number(from), None, None])),
                (Some(from), Some(Some(len))) if len >= 0 => {
                    expr(What::Slice(Box::new(value), [number(from), number(from.saturating_add(len)), None]))
                }
                _ => other(vec![value]),
            };
        }
        for (operator, name) in [("##", "${##"), ("#", "${#"), ("%%", "${%%"), ("%", "${%")] {
            if self.take(operator) {
                let word = self.operand();
                return call(name, vec![value, word], at.clone());
            }
        }
        value
    }
}

fn method(value: Expr<'static>, name: &'static str, args: Vec<Expr<'static>>, at: &At) -> Expr<'static> {
    let callee = Expr { what: What::Member(Box::new(value), Cow::Borrowed(name)), at: at.clone() };
    Expr { what: What::Call(Box::new(callee), args, vec![]), at: at.clone() }
}

/// A parameter by its place, or one of the shell's own.
fn special(letter: char, at: At) -> Expr<'static> {
    let all = || Expr { what: What::Name(Cow::Borrowed("$@")), at: at.clone() };
    match letter {
        '@' | '*' => all(),
        '1'..='9' => {
            let number = letter.to_digit(10).map_or(0, |digit| i64::from(digit).saturating_sub(1));
            let number = Expr { what: What::Int(number), at: at.clone() };
            Expr { what: What::Index(Box::new(all()), Box::new(number)), at }
        }
        '0' => Expr { what: What::Name(Cow::Borrowed("$0")), at },
        _ => Expr { what: What::Raw(Cow::Borrowed("")), at },
    }
}

/// Escapes as C and bash write them.
pub(crate) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, after) = rest.split_at(at);
        plain.push_str(before);
        let mut letters = after.chars().skip(1);
        let letter = letters.next().unwrap_or('\\');
        let digits = |from: usize, most: usize, radix: u32| {
            let text = after.get(from..).unwrap_or_default();
            let len = text.chars().take(most).take_while(|letter| letter.is_digit(radix)).count();
            let number = u32::from_str_radix(text.get(..len).unwrap_or_default(), radix).ok();
            number.and_then(char::from_u32).map(|letter| (letter, from.saturating_add(len)))
        };
        let (made, len) = match letter {
            'n' => ('\n', 2),
            't' => ('\t', 2),
            'r' => ('\r', 2),
            'a' => ('\u{7}', 2),
            'e' | 'E' => ('\u{1b}', 2),
            'x' => digits(2, 2, 16).unwrap_or(('x', 2)),
            'u' => digits(2, 4, 16).unwrap_or(('u', 2)),
            'U' => digits(2, 8, 16).unwrap_or(('U', 2)),
            '0' => digits(1, 4, 8).unwrap_or(('\0', 2)),
            '1'..='7' => digits(1, 3, 8).unwrap_or((letter, 2)),
            other => (other, other.len_utf8().saturating_add(1)),
        };
        plain.push(made);
        rest = after.get(len..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}
