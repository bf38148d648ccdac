//! Simple commands: assignments, words, redirections, here-documents, tests.

use super::words::{Parts, call, ends_word};
use super::{HOLE, Lowering};
use crate::neutral::{At, Expr, Place, Stmt, What};
use std::borrow::Cow;

/// Words that declare variables; their operands are assignments.
const DECLARING: [&str; 5] = ["export", "local", "declare", "readonly", "typeset"];

/// Redirections, longest first, and the names of the arguments that they become.
const REDIRECTIONS: [(&str, &str); 11] = [
    ("<<<", "<<<"),
    ("<<-", "<<"),
    ("<<", "<<"),
    ("&>>", ">>"),
    ("&>", ">"),
    (">>", ">>"),
    (">&", ">&"),
    (">|", ">"),
    ("<&", "<&"),
    ("<>", "<>"),
    (">", ">"),
];

/// Named arguments of a call.
pub(super) type Named = Vec<(Cow<'static, str>, Expr<'static>)>;

impl Lowering<'_> {
    /// A simple command: words, assignments before them, redirections anywhere.
    pub(super) fn simple(&mut self) -> Vec<Stmt<'static>> {
        let start = self.next;
        let mut body = Vec::new();
        let mut words: Vec<Expr<'static>> = Vec::new();
        let mut named = Named::new();
        loop {
            self.blanks();
            if self.peek() == Some('#') {
                self.comment();
                break;
            }
            if self.redirection(&mut named) {
                continue;
            }
            let declares = words.first().and_then(text).is_some_and(|word| DECLARING.contains(&word));
            if (words.is_empty() || declares)
                && let Some(assignment) = self.assignment()
            {
                body.push(assignment);
                continue;
            }
            if words.is_empty() && matches!(self.peek(), Some('[')) && self.at_word("[") {
                self.next = self.next.saturating_add(1);
                body.push(Stmt::Do(self.test("]", start)));
                return body;
            }
            if self.peek().is_none_or(ends_word) && !self.starts("<(") && !self.starts(">(") {
                break;
            }
            let before = self.next;
            words.extend(self.words());
            if self.next == before {
                break;
            }
            if words.len() == 1 && self.starts("(") && words.first().and_then(text).is_some() {
                return self.define(&words, start);
            }
        }
        if words.is_empty() && named.is_empty() || words.first().and_then(text).is_some_and(|word| DECLARING.contains(&word)) {
            return body;
        }
        let at = self.span(start);
        if words.first().and_then(text) == Some("test") {
            words.remove(0);
            body.push(Stmt::Do(tested(words, at)));
            return body;
        }
        if words.first().and_then(text) == Some("read") {
            body.extend(read(&words, named, &at));
            return body;
        }
        body.push(command(words, named, at));
        body
    }

    /// `name=value`, `name+=value`, `name=(values)`, `name[key]=value`.
    fn assignment(&mut self) -> Option<Stmt<'static>> {
        let rest = self.rest();
        let len = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')?;
        let name =
            rest.get(..len).filter(|name| name.starts_with(|letter: char| letter == '_' || letter.is_ascii_alphabetic()))?;
        let after = rest.get(len..)?;
        let (key, len) = match after.strip_prefix('[') {
            Some(inner) => {
                let end =
                    inner.find([']', '\n', ' ']).filter(|end| inner.get(*end..).is_some_and(|rest| rest.starts_with(']')))?;
                (inner.get(..end), len.saturating_add(end).saturating_add(2))
            }
            None => (None, len),
        };
        let after = rest.get(len..)?;
        let adds = after.starts_with("+=");
        if !adds && (!after.starts_with('=') || after.starts_with("==")) {
            return None;
        }
        let start = self.next;
        let name = format!("${name}");
        let key = key.map(str::to_owned);
        self.next = self.next.saturating_add(len).saturating_add(if adds { 2 } else { 1 });
        let at = self.span(start);
        let value = if self.take("(") {
            self.array(start)
        } else {
            let word = if self.peek().is_none_or(|letter| ends_word(letter) && !self.starts("<(")) { None } else { self.word() };
            word.unwrap_or_else(|| Expr { what: What::Text(Cow::Borrowed("")), at: at.clone() })
        };
        let known = || Expr { what: What::Name(Cow::Owned(name.clone())), at: at.clone() };
        Some(match key {
            Some(key) => {
                let key = match key.parse() {
                    Ok(number) => What::Int(number),
                    Err(_) => What::Text(Cow::Owned(key.trim_matches(['"', '\'']).to_owned())),
                };
                let key = Expr { what: key, at: at.clone() };
                Stmt::Assign(Place::Index(Box::new(known()), Box::new(key), at.clone()), value)
            }
            None if adds => {
                let sum = Expr { what: What::Op("+", vec![known(), value]), at: at.clone() };
                Stmt::Assign(Place::Name(Cow::Owned(name.clone()), at.clone()), sum)
            }
            None => Stmt::Assign(Place::Name(Cow::Owned(name.clone()), at.clone()), value),
        })
    }

    fn array(&mut self, start: usize) -> Expr<'static> {
        let mut values = Vec::new();
        loop {
            self.line_ends();
            if self.take(")") || self.next >= self.end {
                break;
            }
            let before = self.next;
            values.extend(self.words());
            if self.next == before {
                self.fault();
                self.skip_one();
            }
        }
        let at = self.span(start);
        Expr { what: What::List(values), at }
    }

    /// A redirection, if one stands here.
    pub(super) fn redirection(&mut self, named: &mut Named) -> bool {
        let rest = self.rest();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let after = rest.get(digits..).unwrap_or_default();
        let start = self.next;
        if after.starts_with("<(") || after.starts_with(">(") {
            return false;
        }
        let found = REDIRECTIONS.iter().find(|(operator, _)| after.starts_with(operator));
        let (operator, name) = match found {
            Some(found) => *found,
            None if after.starts_with('<') => ("<", "<"),
            None => return false,
        };
        if digits > 0 && (digits > 3 || operator.starts_with('&')) {
            return false;
        }
        let descriptor: Option<u32> = rest.get(..digits).and_then(|digits| digits.parse().ok());
        self.next = self.next.saturating_add(digits).saturating_add(operator.len());
        self.blanks();
        if name == "<<" {
            let value = self.here_document(operator == "<<-");
            named.push((Cow::Borrowed("stdin"), value));
            return true;
        }
        let Some(target) = self.word() else {
            self.fault();
            return true;
        };
        let target = match (descriptor, text(&target)) {
            // What goes to standard error alone is not what the command gives.
            (Some(2), Some(path)) if operator == ">&" || !path.starts_with("/dev/tcp") => return true,
            (_, Some(number))
                if name.ends_with('&') && (number == "-" || number.parse::<u32>().is_ok_and(|number| number < 3)) =>
            {
                return true;
            }
            (_, Some(number)) if name.ends_with('&') && number.parse::<u32>().is_ok() => {
                Expr { what: What::Text(Cow::Owned(format!("&{number}"))), at: target.at.clone() }
            }
            _ => target,
        };
        let name = match (name, descriptor) {
            ("<<<", _) => "stdin",
            (">" | ">>" | "<" | "<>", Some(number)) if number > 2 => {
                let at = self.span(start);
                named.push((Cow::Borrowed("descriptor"), Expr { what: What::Text(Cow::Owned(format!("&{number}"))), at }));
                name
            }
            _ => name,
        };
        named.push((Cow::Borrowed(name), target));
        true
    }

    /// The lines after this one, up to the word that stands here.
    fn here_document(&mut self, strips: bool) -> Expr<'static> {
        let start = self.next;
        let mut word = Parts::default();
        let mut delimiter = String::new();
        while let Some(letter) = self.peek().filter(|letter| !ends_word(*letter)) {
            self.skip_one();
            if matches!(letter, '\'' | '"' | '\\') {
                word.quoted = true;
            } else {
                delimiter.push(letter);
            }
        }
        let line_end = match self.resume {
            Some((line_end, _)) => line_end,
            None => {
                let rest = self.rest();
                self.next.saturating_add(memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len()))
            }
        };
        let first = self.resume.map_or(line_end.saturating_add(1), |(_, end)| end).min(self.end);
        let lines = self.text.get(first..self.end).unwrap_or_default();
        let mut body_end = first;
        let mut end = self.end;
        let mut found = false;
        for line in lines.split_inclusive('\n') {
            let plain = line.trim_end_matches(['\n', '\r']);
            let plain = if strips { plain.trim_start_matches('\t') } else { plain };
            let after = body_end.saturating_add(line.len());
            if plain == delimiter {
                end = after;
                found = true;
                break;
            }
            body_end = after;
        }
        if !found {
            self.fault();
        }
        self.resume = Some((line_end, end));
        let at = self.fixed.clone().unwrap_or_else(|| self.offset(first)..self.offset(body_end));
        let body = self.text.get(first..body_end).unwrap_or_default();
        if word.quoted && !body.contains(HOLE) || !body.contains(['$', '`', '\\', HOLE]) {
            return Expr { what: What::Text(Cow::Owned(body.to_owned())), at };
        }
        let expands = self.deeper(|outer| {
            let saved = (outer.next, outer.end, outer.resume.take());
            (outer.next, outer.end) = (first, body_end);
            let mut parts = Parts::default();
            outer.quoted(&mut parts, false);
            (outer.next, outer.end, outer.resume) = saved;
            parts.expr(at.clone())
        });
        let at = self.span(start);
        expands.unwrap_or(Expr { what: What::Other(vec![]), at })
    }

    /// The words of a test, up to its closing bracket.
    pub(super) fn test(&mut self, close: &str, start: usize) -> Expr<'static> {
        let mut words = Vec::new();
        loop {
            if close == "]]" {
                self.line_ends()
            } else {
                self.blanks()
            }
            if self.take_word(close) || self.next >= self.end || close == "]" && matches!(self.peek(), Some('\n' | ';')) {
                break;
            }
            let before = self.next;
            words.extend(self.words());
            if self.next == before {
                self.skip_one();
            }
        }
        let at = self.span(start);
        tested(words, at)
    }

    /// A function, its name and `(` already seen.
    fn define(&mut self, words: &[Expr<'static>], start: usize) -> Vec<Stmt<'static>> {
        let name = words.first().and_then(text).unwrap_or_default().to_owned();
        self.next = self.next.saturating_add(1);
        self.blanks();
        if !self.take(")") {
            self.fault();
            return Vec::new();
        }
        self.line_ends();
        self.function(&name, start)
    }
}

/// The text of a word that is nothing but that.
pub(super) fn text<'a>(word: &'a Expr<'static>) -> Option<&'a str> {
    match &word.what {
        What::Text(text) => Some(text),
        _ => None,
    }
}

/// A call of a command.
fn command(words: Vec<Expr<'static>>, named: Named, at: At) -> Stmt<'static> {
    let mut words = words.into_iter();
    let callee = match words.next() {
        Some(Expr { what: What::Text(name), at }) => Expr { what: What::Name(name), at },
        Some(word) => word,
        None => {
            return Stmt::Do(Expr {
                what: What::Call(Box::new(Expr { what: What::Name(Cow::Borrowed(":")), at: at.clone() }), vec![], named),
                at,
            });
        }
    };
    Stmt::Do(Expr { what: What::Call(Box::new(callee), words.collect(), named), at })
}

/// `read` binds what is read to its operands.
fn read(words: &[Expr<'static>], named: Named, at: &At) -> Vec<Stmt<'static>> {
    let callee = || Box::new(Expr { what: What::Name(Cow::Borrowed("read")), at: at.clone() });
    let names = words.iter().skip(1).filter_map(text).filter(|name| !name.starts_with('-'));
    let bind = |name: &str| {
        let value = Expr { what: What::Call(callee(), vec![], named.clone()), at: at.clone() };
        Stmt::Assign(Place::Name(Cow::Owned(format!("${name}")), at.clone()), value)
    };
    names.map(bind).collect()
}

/// What a test compares.
fn tested(mut words: Vec<Expr<'static>>, at: At) -> Expr<'static> {
    let operator = |at: usize| words.get(at).and_then(text).unwrap_or_default();
    let op = match (words.len(), operator(0), operator(1)) {
        (3, _, "=" | "==" | "-eq") => "==",
        (3, _, "!=" | "-ne") => "!=",
        (2, "-z", _) => "==",
        (2, "-n", _) => "!=",
        _ => "test",
    };
    match (op, words.len()) {
        ("test", _) => {}
        (_, 3) => drop(words.remove(1)),
        _ => {
            words.remove(0);
            words.push(Expr { what: What::Text(Cow::Borrowed("")), at: at.clone() });
        }
    }
    if words.iter().any(|word| matches!(word.what, What::Spread(_))) {
        words = words.into_iter().map(unspread).collect();
    }
    if op == "test" && words.len() > 64 {
        return call("test", words, at);
    }
    Expr { what: What::Op(op, words), at }
}

/// The value of a word that would be split.
fn unspread(word: Expr<'static>) -> Expr<'static> {
    let at = word.at.clone();
    let split = match word.what {
        What::Spread(inner) => *inner,
        what => return Expr { what, at },
    };
    match split.what {
        What::Op("split", mut inner) => inner.pop().unwrap_or(Expr { what: What::Other(vec![]), at }),
        what => Expr { what, at },
    }
}
