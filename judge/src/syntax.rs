//! Reads conditions and listed facts. The grammar, with `{}` for repetition and `[]` for options:
//!
//! ```text
//! condition = both { "or" both }
//! both      = one { "and" one }
//! one       = "not" one | "(" condition ")" | number "of" "(" condition { "," condition } ")"
//!           | "count" "(" term ")" ( ">" | ">=" ) number | term
//! term      = ( kind | "$" name ) [ "{" [ test { "," test } ] "}" ]
//! test      = argument ( ( ":" | "!:" ) value { "|" value } | "~" quoted | "<" number | ">" number )
//! value     = word | quoted | "~" quoted
//! ```
//! A quoted string stands in `"` or `'`; a backslash is a backslash, but `\"` is a quote inside of `"`. `#` starts a comment.

use crate::condition::{Alternative, Condition, Expression, PHASE, Subject, Term, Test, Want, has_argument};
use doorward_model::{Fact, Span, Value, vocabulary};

/// Most conditions inside each other.
const DEPTH_MAX: usize = 64;

/// What is wrong, and the line that it is wrong in, counted from 1.
pub(crate) type Wrong = (usize, String);

/// Reads the condition in `text`, which starts at line `line` of its page.
pub(crate) fn condition(text: &str, line: usize) -> Result<Condition, Wrong> {
    let mut reader = Reader::new(text, line)?;
    let condition = reader.any(0)?;
    match reader.peek() {
        None => Ok(condition),
        Some(token) => Err(reader.wrong(format!("expected `and`, `or` or the end, found {token}"))),
    }
}

/// Reads facts listed as `kind { argument: value, ... }` or `$pattern { ... }`, one after the other. `pattern` gives the name
/// of a pattern its number.
pub(crate) fn facts(text: &str, line: usize, pattern: &dyn Fn(&str) -> Option<u32>) -> Result<Vec<Fact>, Wrong> {
    let mut reader = Reader::new(text, line)?;
    let mut facts = Vec::new();
    while reader.peek().is_some() {
        let at = u64::try_from(facts.len()).unwrap_or(u64::MAX);
        facts.push(reader.fact(Span::new(at * 10, at * 10 + 5), pattern)?);
    }
    Ok(facts)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Pattern(String),
    Sign(&'static str),
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Quoted(text) => write!(f, "\"{text}\""),
            Self::Pattern(name) => write!(f, "`${name}`"),
            Self::Sign(sign) => write!(f, "`{sign}`"),
        }
    }
}

const SIGNS: [&str; 12] = ["(", ")", "{", "}", ",", "!:", ":", "|", "~", ">=", "<", ">"];

struct Reader {
    tokens: Vec<(usize, Token)>,
    next: usize,
    last_line: usize,
}

impl Reader {
    fn new(text: &str, line: usize) -> Result<Self, Wrong> {
        let mut tokens = Vec::new();
        let mut rest = text;
        let mut at_line = line;
        while let Some(first) = rest.chars().next() {
            let (token, after) = match first {
                '\n' => {
                    at_line += 1;
                    rest = &rest[1..];
                    continue;
                }
                c if c.is_whitespace() => {
                    rest = &rest[c.len_utf8()..];
                    continue;
                }
                '#' => {
                    rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                    continue;
                }
                '"' | '\'' => quoted(rest, first).ok_or((at_line, "a quoted string has no end on its line".to_owned()))?,
                '$' => {
                    let (name, after) = word(&rest[1..]);
                    if name.is_empty() {
                        return Err((at_line, "`$` needs the name of a pattern of this page behind it".into()));
                    }
                    (Token::Pattern(name.into()), after)
                }
                c if is_word(c) => {
                    let (word, after) = word(rest);
                    (Token::Word(word.into()), after)
                }
                c => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                    Some(sign) => (Token::Sign(sign), &rest[sign.len()..]),
                    None => return Err((at_line, format!("unexpected character {c:?}"))),
                },
            };
            tokens.push((at_line, token));
            rest = after;
        }
        Ok(Self { tokens, next: 0, last_line: at_line })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.next).map_or(self.last_line, |(line, _)| *line)
    }

    fn wrong(&self, what: impl Into<String>) -> Wrong {
        (self.line(), what.into())
    }

    fn expected(&self, what: &str) -> Wrong {
        match self.peek() {
            Some(token) => self.wrong(format!("expected {what}, found {token}")),
            None => self.wrong(format!("expected {what}, but the text ends")),
        }
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.next += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> Result<(), Wrong> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.expected(&format!("`{sign}`"))) }
    }

    fn number(&mut self) -> Result<i64, Wrong> {
        let Some(Token::Word(word)) = self.peek() else { return Err(self.expected("a number")) };
        let number = word.parse().map_err(|_| self.expected("a number"))?;
        self.next += 1;
        Ok(number)
    }

    fn any(&mut self, depth: usize) -> Result<Condition, Wrong> {
        let mut any = vec![self.all(depth)?];
        while self.take_word("or") {
            any.push(self.all(depth)?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Condition::Or(any) })
    }

    fn all(&mut self, depth: usize) -> Result<Condition, Wrong> {
        let mut all = vec![self.one(depth)?];
        while self.take_word("and") {
            all.push(self.one(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::And(all) })
    }

    fn one(&mut self, depth: usize) -> Result<Condition, Wrong> {
        if depth > DEPTH_MAX {
            return Err(self.wrong(format!("more than {DEPTH_MAX} conditions inside each other")));
        }
        if self.take_word("not") {
            return Ok(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.take_sign("(") {
            let inner = self.any(depth + 1)?;
            self.sign(")")?;
            return Ok(inner);
        }
        if self.take_word("count") {
            return self.count();
        }
        match self.peek() {
            Some(Token::Word(word)) if word.bytes().all(|byte| byte.is_ascii_digit()) => self.so_many_of(depth),
            _ => self.term().map(Condition::Term),
        }
    }

    fn count(&mut self) -> Result<Condition, Wrong> {
        self.sign("(")?;
        let term = self.term()?;
        self.sign(")")?;
        let strict = self.take_sign(">");
        if !strict {
            self.sign(">=")?;
        }
        let needed = self.number()?.saturating_add(i64::from(strict));
        match usize::try_from(needed) {
            Ok(needed) if needed >= 1 => Ok(Condition::Count(term, needed)),
            _ => Err(self.wrong("a count must ask for at least 1")),
        }
    }

    fn so_many_of(&mut self, depth: usize) -> Result<Condition, Wrong> {
        let needed = self.number()?;
        if !self.take_word("of") {
            return Err(self.expected("`of`"));
        }
        self.sign("(")?;
        let mut of = vec![self.any(depth + 1)?];
        while self.take_sign(",") {
            of.push(self.any(depth + 1)?);
        }
        self.sign(")")?;
        match usize::try_from(needed) {
            Ok(needed) if (1..=of.len()).contains(&needed) => Ok(Condition::Of(needed, of)),
            _ => Err(self.wrong(format!("`{needed} of` over {} conditions can never be met, or always is", of.len()))),
        }
    }

    fn term(&mut self) -> Result<Term, Wrong> {
        let line = self.line();
        let subject = match self.peek() {
            Some(Token::Pattern(name)) => Subject::Pattern { name: name.as_str().into(), id: u32::MAX },
            Some(Token::Word(word)) => match vocabulary::kind(word) {
                Some(kind) if std::ptr::eq(kind, &vocabulary::PATTERN) => {
                    return Err(self.wrong("write `$name` for hits of a pattern of this page"));
                }
                Some(kind) => Subject::Kind(kind),
                None => return Err(self.wrong(format!("there is no fact kind `{word}`; model/src/vocabulary.rs lists them"))),
            },
            _ => return Err(self.expected("a fact kind, `$name`, `not`, `(`, `count` or `N of`")),
        };
        self.next += 1;
        let mut tests = Vec::new();
        if self.take_sign("{") && !self.take_sign("}") {
            loop {
                tests.push(self.test(&subject)?);
                if !self.take_sign(",") {
                    break;
                }
            }
            self.sign("}")?;
        }
        Ok(Term { subject, tests, line })
    }

    fn argument(&mut self, subject: &Subject) -> Result<&'static str, Wrong> {
        let (kind, args) = match subject {
            Subject::Kind(kind) => (kind.name, kind.args),
            // The number of a pattern is nobody's business but the lexicon's.
            Subject::Pattern { .. } => ("$name", &vocabulary::PATTERN.args[1..]),
        };
        let Some(Token::Word(name)) = self.peek() else { return Err(self.expected(&format!("an argument of `{kind}`"))) };
        let known = args.iter().map(|(known, _)| *known).chain([PHASE]).find(|known| known == name);
        let Some(known) = known else {
            let names: Vec<_> = args.iter().map(|(known, _)| *known).collect();
            return Err(self.wrong(format!("`{kind}` has no argument `{name}`; it has {}", names.join(", "))));
        };
        self.next += 1;
        Ok(known)
    }

    fn test(&mut self, subject: &Subject) -> Result<Test, Wrong> {
        let arg = self.argument(subject)?;
        let want = if self.take_sign(":") {
            Want::Any(self.alternatives()?)
        } else if self.take_sign("!:") {
            Want::NoneOf(self.alternatives()?)
        } else if self.take_sign("<") {
            Want::Below(self.number()?)
        } else if self.take_sign(">") {
            Want::Above(self.number()?)
        } else if matches!(self.peek(), Some(Token::Sign("~"))) {
            Want::Any(vec![self.alternative()?])
        } else {
            return Err(self.expected("`:`, `!:`, `~`, `<` or `>`"));
        };
        Ok(Test { arg, want })
    }

    fn alternatives(&mut self) -> Result<Vec<Alternative>, Wrong> {
        let mut all = vec![self.alternative()?];
        while self.take_sign("|") {
            all.push(self.alternative()?);
        }
        Ok(all)
    }

    fn alternative(&mut self) -> Result<Alternative, Wrong> {
        let expression = self.take_sign("~");
        let value = match (self.peek(), expression) {
            (Some(Token::Quoted(text)), true) => Alternative::Matches(Expression::new(text)),
            (Some(Token::Quoted(text) | Token::Word(text)), false) => Alternative::Exactly(text.as_str().into()),
            (_, true) => return Err(self.expected("a quoted regular expression")),
            (_, false) => return Err(self.expected("a word, a number or a quoted string")),
        };
        self.next += 1;
        Ok(value)
    }

    fn fact(&mut self, span: Span, pattern: &dyn Fn(&str) -> Option<u32>) -> Result<Fact, Wrong> {
        let line = self.line();
        let term = self.term()?;
        let mut fact = match &term.subject {
            Subject::Kind(kind) => Fact::new(kind, span, "listed"),
            Subject::Pattern { name, .. } => match pattern(name) {
                Some(id) => Fact::new(&vocabulary::PATTERN, span, "listed").with("id", i64::from(id)),
                None => return Err((line, format!("this page has no pattern `{name}`"))),
            },
        };
        for test in term.tests {
            let Want::Any(any) = test.want else {
                return Err((line, "a listed fact has values, no bounds and nothing that it is not".into()));
            };
            if !has_argument(fact.kind, test.arg) {
                return Err((line, format!("list a `place` with its `{}` instead: it holds of all of the file", test.arg)));
            }
            match any.as_slice() {
                [Alternative::Exactly(text)] => {
                    let value = text.parse::<i64>().map_or_else(|_| Value::from(&**text), Value::Number);
                    fact = fact.with(test.arg, value);
                }
                _ => return Err((line, "a listed fact has one plain value for each argument".into())),
            }
        }
        Ok(fact)
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | '/')
}

fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c| !is_word(c)).unwrap_or(text.len()))
}

fn quoted(text: &str, quote: char) -> Option<(Token, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' => return None,
            '\\' if quote == '"' && matches!(chars.peek(), Some((_, '"'))) => {
                value.push('"');
                chars.next();
            }
            c if c == quote => return Some((Token::Quoted(value), &text[at + 1..])),
            c => value.push(c),
        }
    }
    None
}
