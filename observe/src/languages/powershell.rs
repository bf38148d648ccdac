//! PowerShell to the neutral form, as far as command lines and small scripts need it.
//!
//! Source: Microsoft's PowerShell language specification, chapters 2 (lexical structure), 7 (expressions) and 8 (statements).
//! Cmdlets are calls of their names in small letters, as commands of the shell are; `.Method()` is a call of `.method` whose first
//! operand is the object, `[Type]::Method()` one of `::method`. Operators that have no place in the form are calls of their names.
//!
//! Not handled: classes, `switch` by its cases, pipelines' `$_` by element, splatting, types.

mod expressions;

use crate::neutral::{At, Expr, FunctionAt, Lowered, Module, Place, Stmt, What};
use std::borrow::Cow;

/// Deepest nesting that is lowered.
const DEPTH_MAX: u32 = 48;

/// Parses a source and hands its neutral form to `then`.
pub(crate) fn lower(source: &str, then: &mut dyn FnMut(&Module<'_>)) -> Lowered {
    let mut lowering = Lowering { text: source, next: 0, module: Module::default(), inside: vec![], depth: 0, too_deep: false };
    let end = u32::try_from(source.len()).unwrap_or(u32::MAX);
    let top = lowering.open("", 0..end);
    let mut body = Vec::new();
    while lowering.next < source.len() {
        body.extend(lowering.statements());
        lowering.skip_one();
    }
    lowering.close(top, body);
    then(&lowering.module);
    Lowered { too_deep: lowering.too_deep, error_at: None }
}

/// A source on its way to the neutral form.
struct Lowering<'t> {
    text: &'t str,
    next: usize,
    module: Module<'static>,
    inside: Vec<FunctionAt>,
    depth: u32,
    too_deep: bool,
}

impl<'t> Lowering<'t> {
    fn open(&mut self, name: &str, at: At) -> FunctionAt {
        let outer = self.inside.last().copied();
        let number = self.module.open(Cow::Owned(name.to_owned()), outer, at);
        self.inside.push(number);
        number
    }

    fn close(&mut self, number: FunctionAt, body: Vec<Stmt<'static>>) {
        self.inside.pop();
        if let Some(function) = self.module.function(number) {
            function.body = body;
        }
    }

    fn deeper<T>(&mut self, lowered: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_MAX {
            self.too_deep = true;
            self.next = self.text.len();
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = lowered(self);
        self.depth = self.depth.saturating_sub(1);
        Some(result)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.next..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn starts(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.starts(text);
        if found {
            self.next = self.next.saturating_add(text.len());
        }
        found
    }

    fn skip_one(&mut self) {
        self.next = self.next.saturating_add(self.peek().map_or(1, char::len_utf8)).min(self.text.len());
    }

    fn span(&self, start: usize) -> At {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        byte(start)..byte(self.next)
    }

    /// Passes blanks, continued lines and comments; line ends too where they mean nothing.
    fn blanks(&mut self, lines: bool) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r' | '\u{feff}') => self.skip_one(),
                Some('\n') if lines => self.skip_one(),
                Some('`') if self.starts("`\n") || self.starts("`\r\n") => {
                    self.skip_one();
                    self.take("\r");
                    self.take("\n");
                }
                Some('<') if self.starts("<#") => {
                    let len = self.rest().find("#>").map_or(self.rest().len(), |at| at.saturating_add(2));
                    self.next = self.next.saturating_add(len);
                }
                Some('#') => {
                    let len = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.next = self.next.saturating_add(len);
                }
                _ => return,
            }
        }
    }

    /// Statements up to a closing bracket or the end.
    fn statements(&mut self) -> Vec<Stmt<'static>> {
        self.deeper(|inner| {
            let mut body = Vec::new();
            loop {
                inner.blanks(true);
                if inner.take(";") {
                    continue;
                }
                if inner.peek().is_none_or(|letter| matches!(letter, ')' | '}')) {
                    return body;
                }
                let before = inner.next;
                inner.statement(&mut body);
                if inner.next == before {
                    inner.skip_one();
                }
            }
        })
        .unwrap_or_default()
    }

    /// The next word in small letters, not taken.
    fn word(&self) -> String {
        let rest = self.rest();
        let len = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').unwrap_or(rest.len());
        rest.get(..len).unwrap_or_default().to_ascii_lowercase()
    }

    fn statement(&mut self, body: &mut Vec<Stmt<'static>>) {
        let word = self.word();
        let keyword = matches!(
            &*word,
            "if" | "elseif"
                | "else"
                | "while"
                | "for"
                | "foreach"
                | "switch"
                | "try"
                | "catch"
                | "finally"
                | "do"
                | "until"
                | "param"
        );
        if keyword && !self.starts("foreach-") {
            self.next = self.next.saturating_add(word.len());
            self.blanks(true);
            // What is in brackets is a value or a condition, what is in braces runs perhaps.
            if self.take("(") {
                body.extend(self.statements());
                self.take(")");
                self.blanks(true);
            }
            if self.take("{") {
                let inner = self.statements();
                self.take("}");
                let at = self.span(self.next);
                if matches!(&*word, "try" | "do") {
                    body.extend(inner);
                } else {
                    body.push(Stmt::If(Expr { what: What::Other(vec![]), at }, inner, vec![]));
                }
            }
            return;
        }
        match &*word {
            "function" | "filter" => self.function(body),
            "return" | "throw" => {
                self.next = self.next.saturating_add(word.len());
                self.blanks(false);
                if let Some(value) = self.pipeline() {
                    body.push(Stmt::Do(value));
                }
            }
            _ => self.assignment_or_pipeline(body),
        }
    }

    fn function(&mut self, body: &mut Vec<Stmt<'static>>) {
        let start = self.next;
        self.next = self.next.saturating_add(8).min(self.text.len());
        while !self.text.is_char_boundary(self.next) {
            self.next = self.next.saturating_add(1);
        }
        self.blanks(false);
        let name = self.word();
        self.next = self.next.saturating_add(name.len());
        let at = self.span(start);
        let number = self.open(&name, at);
        let len = self.rest().find('{').unwrap_or(self.rest().len());
        self.next = self.next.saturating_add(len);
        self.take("{");
        let inner = self.statements();
        self.take("}");
        self.close(number, inner);
        body.push(Stmt::Define(number));
    }

    fn assignment_or_pipeline(&mut self, body: &mut Vec<Stmt<'static>>) {
        let start = self.next;
        if let Some(name) = self.variable_to_set() {
            self.blanks(true);
            let value = self.pipeline();
            let at = self.span(start);
            let value = value.unwrap_or(Expr { what: What::Null, at: at.clone() });
            let place = Place::Name(Cow::Owned(name.0.clone()), at.clone());
            let value = match name.1 {
                true => {
                    let known = Expr { what: What::Name(Cow::Owned(name.0)), at: at.clone() };
                    Expr { what: What::Op("+", vec![known, value]), at }
                }
                false => value,
            };
            body.push(Stmt::Assign(place, value));
            return;
        }
        if let Some(value) = self.pipeline() {
            body.push(Stmt::Do(value));
        }
    }

    /// `$name =` or `$name +=`, taken; the name and whether it adds.
    fn variable_to_set(&mut self) -> Option<(String, bool)> {
        let rest = self.rest().strip_prefix('$')?;
        let len = rest.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | ':')).unwrap_or(rest.len());
        let name = rest.get(..len)?;
        let after = rest.get(len..)?.trim_start_matches([' ', '\t']);
        let adds = after.starts_with("+=");
        if name.is_empty() || !adds && !after.starts_with('=') {
            return None;
        }
        let name = expressions::variable(name);
        let tail = after.get(if adds { 2 } else { 1 }..)?;
        self.next = self.text.len().saturating_sub(tail.len());
        Some((name, adds))
    }

    /// Commands or values, each of which reads what the one before it writes.
    fn pipeline(&mut self) -> Option<Expr<'static>> {
        let start = self.next;
        let mut left = self.element()?;
        loop {
            self.blanks(false);
            if !self.take("|") {
                return Some(left);
            }
            self.take("|");
            self.blanks(true);
            let Some(mut right) = self.element() else { return Some(left) };
            let at = self.span(start);
            match &mut right.what {
                What::Call(_, _, named) if !named.iter().any(|(name, _)| name == "stdin") => {
                    named.push((Cow::Borrowed("stdin"), left));
                    left = Expr { what: right.what, at };
                }
                _ => left = Expr { what: What::Other(vec![left, right]), at },
            }
        }
    }

    fn element(&mut self) -> Option<Expr<'static>> {
        self.blanks(false);
        let first = self.peek()?;
        let second = self.rest().chars().nth(1);
        let calls = first == '&' || first == '.' && matches!(second, Some(' ' | '(' | '$' | '\'' | '"' | '{' | '\\' | '/'));
        if calls || first.is_alphabetic() || matches!(first, '_' | '%' | '?' | '\\' | '~') {
            return self.deeper(Self::command)?;
        }
        self.expression()
    }

    /// A command and its arguments.
    fn command(&mut self) -> Option<Expr<'static>> {
        let start = self.next;
        let callee = if self.take("&") || self.starts(". ") && self.take(".") || self.starts(".(") && self.take(".") {
            self.blanks(false);
            self.argument()?
        } else {
            let name = self.bare();
            let at = self.span(start);
            Expr { what: What::Name(Cow::Owned(name.to_ascii_lowercase())), at }
        };
        let mut args = Vec::new();
        let mut named = Vec::new();
        loop {
            self.blanks(false);
            match self.peek() {
                None | Some('\n' | ';' | '|' | ')' | '}' | '&') => break,
                Some('>') => {
                    self.skip_one();
                    let adds = self.take(">");
                    self.blanks(false);
                    if self.take("&") {
                        self.skip_one();
                    } else if let Some(target) = self.argument() {
                        named.push((Cow::Borrowed(if adds { ">>" } else { ">" }), target));
                    }
                }
                Some(',') => self.skip_one(),
                _ => {
                    let before = self.next;
                    args.extend(self.argument());
                    if self.next == before {
                        self.skip_one();
                    }
                }
            }
        }
        let at = self.span(start);
        Some(Expr { what: What::Call(Box::new(callee), args, named), at })
    }

    /// Letters up to what ends a word; a backtick takes the next as it is.
    fn bare(&mut self) -> String {
        let mut text = String::new();
        while let Some(letter) = self.peek() {
            match letter {
                '`' => {
                    self.skip_one();
                    text.extend(self.peek());
                    self.skip_one();
                }
                '\'' | '"' | '(' | ')' | '{' | '}' | ';' | '|' | '&' | ',' | '>' | '<' => break,
                letter if letter.is_whitespace() => break,
                _ => {
                    self.skip_one();
                    text.push(letter);
                }
            }
        }
        text
    }
}
