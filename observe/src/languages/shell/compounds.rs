//! Compound commands: groups, branches, loops, functions.

use super::Lowering;
use super::commands::{Named, text};
use super::words::ends_word;
use crate::neutral::{Expr, Over, Param, Place, Stmt, What};
use std::borrow::Cow;

impl Lowering<'_> {
    /// One command, compound or simple.
    pub(super) fn command(&mut self) -> Vec<Stmt<'static>> {
        self.blanks();
        let start = self.next;
        let body = match self.peek() {
            Some('(') if self.starts("((") && self.arithmetic() => return Vec::new(),
            Some('(') => {
                self.skip_one();
                let body = self.list();
                self.close_with(")");
                body
            }
            Some('{') if self.take_word("{") => {
                let body = self.list();
                self.close_with("}");
                body
            }
            Some('[') if self.take_word("[[") => vec![Stmt::Do(self.test("]]", start))],
            Some(letter) if letter.is_ascii_lowercase() => match self.compound(start) {
                Some(body) => body,
                None => return self.simple(),
            },
            _ => return self.simple(),
        };
        self.redirected(body, start)
    }

    fn compound(&mut self, start: usize) -> Option<Vec<Stmt<'static>>> {
        Some(if self.take_word("if") {
            self.branch()
        } else if self.take_word("while") || self.take_word("until") {
            let test = self.list();
            let body = self.body();
            let at = self.span(start);
            let test = self.value_of(test, &at);
            let test = Expr { what: What::Other(vec![test]), at };
            vec![Stmt::Loop(Over::While(test), body)]
        } else if self.take_word("for") || self.take_word("select") {
            self.each(start)
        } else if self.take_word("case") {
            self.case(start)
        } else if self.take_word("function") {
            self.blanks();
            let name = self.word()?;
            let name = text(&name).unwrap_or_default().to_owned();
            self.blanks();
            if self.take("(") {
                self.blanks();
                self.take(")");
            }
            self.line_ends();
            return Some(self.function(&name, start));
        } else {
            return None;
        })
    }

    fn close_with(&mut self, close: &str) {
        if !self.take(close) {
            self.fault();
        }
    }

    /// `do ... done`.
    fn body(&mut self) -> Vec<Stmt<'static>> {
        self.separators();
        if self.take_word("do") {
            let body = self.list();
            if !self.take_word("done") {
                self.fault();
            }
            return body;
        }
        if self.take("{") {
            let body = self.list();
            self.close_with("}");
            return body;
        }
        self.fault();
        Vec::new()
    }

    /// Behind `if` or `elif`.
    fn branch(&mut self) -> Vec<Stmt<'static>> {
        let start = self.next;
        let mut ways: Vec<(Expr<'static>, Vec<Stmt<'static>>)> = Vec::new();
        let mut last = Vec::new();
        loop {
            let mut test = self.list();
            let at = self.span(start);
            let is_test =
                |stmt: Option<&Stmt<'static>>| matches!(stmt, Some(Stmt::Do(Expr { what: What::Op("==" | "!=", _), .. })));
            let test = match (test.len(), is_test(test.first())) {
                (1, true) => match test.pop() {
                    Some(Stmt::Do(test)) => test,
                    _ => break,
                },
                _ => {
                    let value = self.value_of(test, &at);
                    Expr { what: What::Other(vec![value]), at }
                }
            };
            if !self.take_word("then") {
                self.fault();
            }
            let way = self.list();
            ways.push((test, way));
            if self.take_word("elif") {
                continue;
            }
            if self.take_word("else") {
                last = self.list();
            }
            if !self.take_word("fi") {
                self.fault();
            }
            break;
        }
        // Many branches are one behind the other, not inside each other, so that none is too deep.
        let flat = ways.len() > 16;
        let mut body = last;
        for (test, way) in ways.into_iter().rev() {
            if flat {
                body.insert(0, Stmt::If(test, way, vec![]));
            } else {
                body = vec![Stmt::If(test, way, body)];
            }
        }
        body
    }

    fn each(&mut self, start: usize) -> Vec<Stmt<'static>> {
        self.blanks();
        if self.starts("((") {
            self.arithmetic();
            let body = self.body();
            let at = self.span(start);
            return vec![Stmt::Loop(Over::While(Expr { what: What::Other(vec![]), at }), body)];
        }
        let Some(name) = self.word() else {
            self.fault();
            return Vec::new();
        };
        let name = text(&name).unwrap_or_default().to_owned();
        self.line_ends();
        let mut words = Vec::new();
        if self.take_word("in") {
            loop {
                self.blanks();
                if self.peek().is_none_or(|letter| ends_word(letter) && !self.starts("<(")) {
                    break;
                }
                let before = self.next;
                words.extend(self.words());
                if self.next == before {
                    break;
                }
            }
        } else {
            let at = self.span(start);
            words.push(Expr { what: What::Spread(Box::new(Expr { what: What::Name(Cow::Borrowed("$@")), at: at.clone() })), at });
        }
        let body = self.body();
        let at = self.span(start);
        let place = Place::Name(Cow::Owned(format!("${name}")), at.clone());
        vec![Stmt::Loop(Over::Each(place, Expr { what: What::List(words), at }), body)]
    }

    fn case(&mut self, start: usize) -> Vec<Stmt<'static>> {
        self.blanks();
        let word = self.word();
        let at = self.span(start);
        let word = word.unwrap_or(Expr { what: What::Other(vec![]), at });
        self.line_ends();
        if !self.take_word("in") {
            self.fault();
        }
        let mut body = Vec::new();
        loop {
            self.separators();
            while self.take(";;") || self.take(";&") || self.take(";") || self.take("&") {
                self.separators();
            }
            if self.take_word("esac") || self.next >= self.end {
                return body;
            }
            let before = self.next;
            self.take("(");
            let mut pattern = None;
            let mut patterns = 0_u32;
            while self.next < self.end && !self.take(")") {
                self.blanks();
                if self.take("|") {
                    continue;
                }
                let before = self.next;
                pattern = self.word();
                patterns = patterns.saturating_add(1);
                if self.next == before && !self.starts(")") {
                    self.skip_one();
                }
            }
            let way = self.list();
            let at = self.span(before);
            let exact =
                pattern.filter(|pattern| patterns == 1 && text(pattern).is_some_and(|text| !text.contains(['*', '?', '['])));
            let test = match exact {
                Some(pattern) => Expr { what: What::Op("==", vec![word.clone(), pattern]), at },
                None => Expr { what: What::Other(vec![word.clone()]), at },
            };
            body.push(Stmt::If(test, way, vec![]));
            if self.next == before {
                self.skip_one();
            }
        }
    }

    /// The body of a function, its name already read.
    pub(super) fn function(&mut self, name: &str, start: usize) -> Vec<Stmt<'static>> {
        let at = self.span(start);
        let number = self.open(name, at.clone());
        let body = self.deeper(Self::command).unwrap_or_default();
        self.close(number, body);
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(function) = self.module.functions.get_mut(index) {
            let place = Place::Name(Cow::Borrowed("$@"), at);
            function.params.push(Param { place, default: None, rest: true });
        }
        vec![Stmt::Define(number)]
    }

    /// A compound command with the redirections behind it.
    fn redirected(&mut self, body: Vec<Stmt<'static>>, start: usize) -> Vec<Stmt<'static>> {
        let mut named = Named::new();
        loop {
            self.blanks();
            if !self.redirection(&mut named) {
                break;
            }
        }
        if named.is_empty() {
            return body;
        }
        let at = self.span(start);
        let mut value = self.value_of(body, &at);
        match &mut value.what {
            What::Call(_, _, known) => known.extend(named),
            _ => return vec![Stmt::Do(value)],
        }
        vec![Stmt::Do(value)]
    }
}
