//! Values of PowerShell: texts, variables, operators, members, types.

use super::Lowering;
use crate::languages::shell::HOLE;
use crate::neutral::{At, Expr, What};
use std::borrow::Cow;

/// Operators between two values, in small letters, and what they are here.
const BINARY: [(&str, &str); 16] = [
    ("-join", "::join"),
    ("-split", "::split"),
    ("-replace", ".replace"),
    ("-creplace", ".replace"),
    ("-ireplace", ".replace"),
    ("-f", "::format"),
    ("-bxor", "^"),
    ("-band", "&"),
    ("-bor", "|"),
    ("-shl", "<<"),
    ("-shr", ">>"),
    ("-eq", "=="),
    ("-ne", "!="),
    ("-like", "=="),
    ("-match", "=="),
    ("-as", "as"),
];

/// The name of a variable as it is kept.
pub(super) fn variable(name: &str) -> String {
    let plain = name.strip_prefix("env:").or_else(|| name.strip_prefix("Env:")).or_else(|| name.strip_prefix("ENV:"));
    match plain {
        Some(name) => format!("${}", name.to_ascii_uppercase()),
        None => format!("${}", name.rsplit(':').next().unwrap_or(name).to_lowercase()),
    }
}

fn text(text: String, at: At) -> Expr<'static> {
    Expr { what: What::Text(Cow::Owned(text)), at }
}

fn call(name: String, args: Vec<Expr<'static>>, at: At) -> Expr<'static> {
    let callee = Expr { what: What::Name(Cow::Owned(name)), at: at.clone() };
    Expr { what: What::Call(Box::new(callee), args, vec![]), at }
}

impl Lowering<'_> {
    /// Values with operators between them, left to right; `,` makes a list.
    pub(super) fn expression(&mut self) -> Option<Expr<'static>> {
        self.deeper(Self::expression_inside)?
    }

    fn expression_inside(&mut self) -> Option<Expr<'static>> {
        let start = self.next;
        let mut value = self.unary()?;
        loop {
            self.blanks(false);
            let word = self.word();
            let found = BINARY.iter().find(|(name, _)| *name == word);
            let (op, len) = match found {
                Some((_, op)) => (*op, word.len()),
                None => match self.peek() {
                    Some('+') => ("+", 1),
                    Some('*') => ("*", 1),
                    Some('-') if self.rest().chars().nth(1).is_some_and(|next| next == ' ' || next.is_ascii_digit()) => ("-", 1),
                    Some(',') => (",", 1),
                    Some('.') if self.starts("..") => ("..", 2),
                    _ => return Some(value),
                },
            };
            self.next = self.next.saturating_add(len);
            self.blanks(true);
            let Some(other) = self.unary() else { return Some(value) };
            let at = self.span(start);
            value = match (op, value.what) {
                (",", What::List(mut values)) => {
                    values.push(other);
                    Expr { what: What::List(values), at }
                }
                (",", what) => Expr { what: What::List(vec![Expr { what, at: at.clone() }, other]), at },
                ("+" | "-" | "*" | "^" | "&" | "|" | "<<" | ">>" | "==" | "!=", what) => {
                    Expr { what: What::Op(op, vec![Expr { what, at: at.clone() }, other]), at }
                }
                (_, what) => call(op.to_owned(), vec![Expr { what, at: at.clone() }, other], at),
            };
        }
    }

    fn unary(&mut self) -> Option<Expr<'static>> {
        let start = self.next;
        let word = self.word();
        if matches!(&*word, "-join" | "-split" | "-not" | "-bnot") {
            self.next = self.next.saturating_add(word.len());
            self.blanks(false);
            let value = self.deeper(Self::unary)??;
            let at = self.span(start);
            let args = if word == "-join" { vec![text(String::new(), at.clone()), value] } else { vec![value] };
            return Some(call(if word == "-join" { "::joined".into() } else { "::other".into() }, args, at));
        }
        if self.take("!") || self.starts("-") && self.take("-") {
            let value = self.deeper(Self::unary)??;
            let at = self.span(start);
            return Some(Expr { what: What::Op("-", vec![value]), at });
        }
        self.argument()
    }

    /// One argument of a command, or one value: what it begins with and the members behind it.
    pub(super) fn argument(&mut self) -> Option<Expr<'static>> {
        self.deeper(Self::argument_inside)?
    }

    fn argument_inside(&mut self) -> Option<Expr<'static>> {
        let start = self.next;
        let value = self.primary()?;
        self.members(value, start)
    }

    fn members(&mut self, mut value: Expr<'static>, start: usize) -> Option<Expr<'static>> {
        loop {
            let is_static = self.starts("::");
            let after = self.rest().chars().nth(1);
            if is_static
                || self.starts(".") && after.is_some_and(|next| next.is_alphabetic() || matches!(next, '\'' | '"' | '$' | '('))
            {
                self.next = self.next.saturating_add(if is_static { 2 } else { 1 });
                let name = self.member_name();
                if self.take("(") {
                    let mut args = if is_static { vec![] } else { vec![value] };
                    args.extend(self.arguments());
                    let at = self.span(start);
                    value = call(format!("{}{name}", if is_static { "::" } else { "." }), args, at);
                } else {
                    let at = self.span(start);
                    value = if is_static { text(name, at) } else { Expr { what: What::Other(vec![value]), at } };
                }
            } else if self.starts("[") {
                self.skip_one();
                self.blanks(true);
                let key = self.expression();
                self.blanks(true);
                self.take("]");
                let at = self.span(start);
                let key = key.unwrap_or(Expr { what: What::Null, at: at.clone() });
                value = call("::at".into(), vec![value, key], at);
            } else {
                return Some(value);
            }
        }
    }

    fn member_name(&mut self) -> String {
        if let Some(quote @ ('\'' | '"')) = self.peek() {
            self.skip_one();
            let len = self.rest().find(quote).unwrap_or(self.rest().len());
            let name = self.rest().get(..len).unwrap_or_default().to_ascii_lowercase();
            self.next = self.next.saturating_add(len);
            self.skip_one();
            return name;
        }
        let name: String =
            self.rest().chars().take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '`')).collect();
        self.next = self.next.saturating_add(name.len());
        name.replace('`', "").to_ascii_lowercase()
    }

    /// Arguments of a method, its bracket already open.
    fn arguments(&mut self) -> Vec<Expr<'static>> {
        let mut args = Vec::new();
        loop {
            self.blanks(true);
            if self.take(")") || self.peek().is_none() {
                return args;
            }
            let before = self.next;
            match self.expression() {
                Some(Expr { what: What::List(values), .. }) => args.extend(values),
                Some(value) => args.push(value),
                None => {}
            }
            if self.next == before {
                self.skip_one();
            }
        }
    }

    fn primary(&mut self) -> Option<Expr<'static>> {
        let start = self.next;
        match self.peek()? {
            '\'' => Some(self.single()),
            '"' => Some(self.double()),
            '@' if self.starts("@'") || self.starts("@\"") => Some(self.here()),
            '@' if self.starts("@(") => {
                self.skip_one();
                self.primary()
            }
            '(' => {
                self.skip_one();
                let body = self.statements();
                self.take(")");
                let at = self.span(start);
                Some(self.value_of(body, at))
            }
            '{' => {
                // A block that a command runs: as a text of code it is what stands there.
                self.skip_one();
                let from = self.next;
                let body = self.statements();
                let inner = self.text.get(from..self.next).unwrap_or_default().to_owned();
                self.take("}");
                let at = self.span(start);
                let run = self.value_of(body, at.clone());
                Some(Expr { what: What::Op(",", vec![run, text(inner, at.clone())]), at })
            }
            '$' if self.starts("$(") => {
                self.skip_one();
                self.primary()
            }
            '$' => Some(self.named()),
            '[' => self.typed(),
            HOLE => {
                self.skip_one();
                let at = self.span(start);
                Some(Expr { what: What::Name(Cow::Borrowed("\u{fffc}")), at })
            }
            letter if letter.is_ascii_digit() => Some(self.number()),
            ')' | '}' | ';' | '|' | '\n' | ']' => None,
            _ => {
                let word = self.bare();
                let at = self.span(start);
                (!word.is_empty()).then(|| text(word, at))
            }
        }
    }

    fn number(&mut self) -> Expr<'static> {
        let start = self.next;
        let word: String = self.rest().chars().take_while(|letter| letter.is_ascii_alphanumeric()).collect();
        self.next = self.next.saturating_add(word.len());
        let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
        let number = hex.map_or_else(|| word.parse().ok(), |hex| i64::from_str_radix(hex, 16).ok());
        let at = self.span(start);
        match number {
            Some(number) => Expr { what: What::Int(number), at },
            None => text(word, at),
        }
    }

    fn named(&mut self) -> Expr<'static> {
        let start = self.next;
        self.skip_one();
        let braces = self.take("{");
        let is_name = |letter: &char| letter.is_alphanumeric() || matches!(letter, '_' | ':' | '?') || braces && *letter != '}';
        let mut name: String = self.rest().chars().take_while(is_name).collect();
        if let Some(plain) = name.strip_suffix(':').map(str::to_owned) {
            name = plain;
        }
        if let Some((plain, _)) = name.clone().split_once("::") {
            name = plain.to_owned();
        }
        self.next = self.next.saturating_add(name.len());
        if braces {
            self.take("}");
        }
        let at = self.span(start);
        match &*name.to_ascii_lowercase() {
            "true" => Expr { what: What::Bool(true), at },
            "false" => Expr { what: What::Bool(false), at },
            "null" => Expr { what: What::Null, at },
            _ => Expr { what: What::Name(Cow::Owned(variable(&name))), at },
        }
    }

    /// `[Type]`: before a member it is nothing, before a value it converts it.
    fn typed(&mut self) -> Option<Expr<'static>> {
        let start = self.next;
        self.skip_one();
        let mut open = 1_u32;
        let from = self.next;
        while open > 0 {
            match self.peek()? {
                '[' => open = open.saturating_add(1),
                ']' => open = open.saturating_sub(1),
                '\n' => return None,
                _ => {}
            }
            self.skip_one();
        }
        let name = self.text.get(from..self.next.saturating_sub(1)).unwrap_or_default().to_ascii_lowercase();
        if self.starts("::") {
            let at = self.span(start);
            return Some(text(name, at));
        }
        self.blanks(false);
        if self.peek().is_none_or(|letter| matches!(letter, ')' | ';' | '\n' | '|' | ',' | '}')) {
            let at = self.span(start);
            return Some(text(name, at));
        }
        let value = self.deeper(Self::unary)??;
        let at = self.span(start);
        let converts = match &*name {
            "char" | "char[]" => "::char",
            "scriptblock" => return Some(value),
            _ => return Some(value),
        };
        Some(call(converts.into(), vec![value], at))
    }

    fn value_of(&mut self, mut body: Vec<crate::neutral::Stmt<'static>>, at: At) -> Expr<'static> {
        use crate::neutral::Stmt;
        if let (1, Some(Stmt::Do(_))) = (body.len(), body.first())
            && let Some(Stmt::Do(expr)) = body.pop()
        {
            return expr;
        }
        let number = self.open("", at.clone());
        self.close(number, body);
        let function = Expr { what: What::Function(number), at: at.clone() };
        Expr { what: What::Call(Box::new(function), vec![], vec![]), at }
    }

    fn single(&mut self) -> Expr<'static> {
        let start = self.next;
        self.skip_one();
        let mut inner = String::new();
        while let Some(letter) = self.peek() {
            self.skip_one();
            if letter == '\'' && !self.take("'") {
                break;
            }
            inner.push(letter);
        }
        let at = self.span(start);
        self.holed(inner, at)
    }

    /// A text, parts of which may not be known.
    fn holed(&self, inner: String, at: At) -> Expr<'static> {
        if !inner.contains(HOLE) {
            return text(inner, at);
        }
        let hole = || Expr { what: What::Name(Cow::Borrowed("\u{fffc}")), at: at.clone() };
        let mut parts = Vec::new();
        for (number, part) in inner.split(HOLE).enumerate() {
            if number > 0 {
                parts.push(hole());
            }
            parts.push(text(part.to_owned(), at.clone()));
        }
        Expr { what: What::Concat(parts), at }
    }

    fn double(&mut self) -> Expr<'static> {
        let start = self.next;
        self.skip_one();
        let mut parts = Vec::new();
        let mut inner = String::new();
        while let Some(letter) = self.peek() {
            match letter {
                '"' => {
                    self.skip_one();
                    if !self.take("\"") {
                        break;
                    }
                    inner.push('"');
                }
                '`' => {
                    self.skip_one();
                    let escaped = self.peek();
                    self.skip_one();
                    inner.extend(escaped.map(|letter| match letter {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    }));
                }
                '$' if self.rest().chars().nth(1).is_some_and(|next| next.is_alphabetic() || matches!(next, '{' | '(' | '_')) => {
                    let at = self.span(start);
                    parts.push(text(std::mem::take(&mut inner), at));
                    let value = self.deeper(|inner| if inner.starts("$(") { inner.primary() } else { Some(inner.named()) });
                    parts.extend(value.flatten());
                }
                _ => {
                    self.skip_one();
                    inner.push(letter);
                }
            }
        }
        let at = self.span(start);
        let last = self.holed(inner, at.clone());
        if parts.is_empty() {
            return last;
        }
        parts.push(last);
        Expr { what: What::Concat(parts), at }
    }

    /// A text over several lines.
    fn here(&mut self) -> Expr<'static> {
        let start = self.next;
        let close = if self.starts("@'") { "\n'@" } else { "\n\"@" };
        self.next = self.next.saturating_add(2);
        let rest = self.rest();
        let end = rest.find(close).unwrap_or(rest.len());
        let inner = rest.get(..end).unwrap_or_default().trim_start_matches(['\r', '\n']).to_owned();
        self.next = self.next.saturating_add(end).saturating_add(close.len()).min(self.text.len());
        let at = self.span(start);
        self.holed(inner, at)
    }
}
