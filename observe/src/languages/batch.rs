//! Command lines of Windows, as `cmd.exe` reads them, to the neutral form.
//!
//! Source: Microsoft's "Windows Commands", pages `cmd`, `for`, `if`, `set` and "Using command redirection operators".
//! Calls, names and redirections are as those of the shell. `%NAME%` and `!NAME!` are variables in small letters without the rest.
//!
//! Not handled: `goto` and labels (lines run in their order), delayed expansion of parts (`%x:a=b%`), `for /f` over a command.

use crate::neutral::{At, Expr, Function, Lowered, Module, Place, Stmt, What};
use std::borrow::Cow;

/// Commands that only Windows has; a text that begins with one is read as one of its.
const OWN: [&str; 40] = [
    "powershell",
    "pwsh",
    "cmd",
    "reg",
    "schtasks",
    "net",
    "net1",
    "netsh",
    "wmic",
    "certutil",
    "bitsadmin",
    "mshta",
    "rundll32",
    "regsvr32",
    "attrib",
    "taskkill",
    "tasklist",
    "start",
    "sc",
    "vssadmin",
    "bcdedit",
    "cscript",
    "wscript",
    "del",
    "copy",
    "xcopy",
    "move",
    "msiexec",
    "icacls",
    "takeown",
    "wevtutil",
    "ipconfig",
    "systeminfo",
    "cls",
    "title",
    "color",
    "@echo",
    "setx",
    "rd",
    "ver",
];

/// Whether a text is a command line of Windows rather than of a shell.
pub(crate) fn is_batch(text: &str) -> bool {
    let text = text.trim_start();
    let end = text.find([' ', '\t', '\n', '"', '&', '|', '/']).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default().to_ascii_lowercase();
    let word = word.rsplit('\\').next().unwrap_or_default();
    let word = word.strip_suffix(".exe").unwrap_or(word);
    OWN.contains(&word) || text.contains(":\\") || has_variable(text)
}

/// Whether a variable is written the Windows way.
fn has_variable(text: &str) -> bool {
    let mut parts = text.split('%').skip(1);
    parts.any(|part| part.len() > 2 && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
}

/// Parses a source and hands its neutral form to `then`.
pub(crate) fn lower(source: &str, then: &mut dyn FnMut(&Module<'_>)) -> Lowered {
    let mut body = Vec::new();
    let mut start = 0_usize;
    for line in source.split_inclusive('\n') {
        let mut reader = Reader { text: line, next: 0, offset: start, keeps_marks: false };
        reader.line(&mut body);
        start = start.saturating_add(line.len());
    }
    let at = 0..u32::try_from(source.len()).unwrap_or(u32::MAX);
    let top = Function { name: "".into(), params: vec![], body, decorators: vec![], outer: None, class: None, at };
    then(&Module { functions: vec![top], ..Module::default() });
    Lowered::default()
}

/// One line.
struct Reader<'t> {
    text: &'t str,
    next: usize,
    offset: usize,
    /// Whether the command is one to which `,` and `;` are no blanks.
    keeps_marks: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.next..).and_then(|rest| rest.chars().next())
    }

    fn bump(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.next = self.next.saturating_add(letter.len_utf8());
        Some(letter)
    }

    fn at(&self, start: usize) -> At {
        let byte = |at: usize| u32::try_from(self.offset.saturating_add(at)).unwrap_or(u32::MAX);
        byte(start)..byte(self.next)
    }

    /// Commands with `&`, `&&`, `||` and `|` between them; brackets group, which changes nothing here.
    fn line(&mut self, body: &mut Vec<Stmt<'static>>) {
        let mut left: Option<Expr<'static>> = None;
        while self.next < self.text.len() {
            let command = self.command(left.take());
            let pipes = self.peek() == Some('|') && !self.text.get(self.next..).is_some_and(|rest| rest.starts_with("||"));
            match command {
                Some(Stmt::Do(expr)) if pipes => left = Some(expr),
                Some(stmt) => body.push(stmt),
                None => {}
            }
            while self.peek().is_some_and(|letter| matches!(letter, '&' | '|' | '(' | ')' | '\r' | '\n' | ' ' | '\t' | '@')) {
                self.bump();
            }
        }
    }

    fn command(&mut self, left: Option<Expr<'static>>) -> Option<Stmt<'static>> {
        let start = self.next;
        let mut words: Vec<Expr<'static>> = Vec::new();
        let mut named: Vec<(Cow<'static, str>, Expr<'static>)> = Vec::new();
        named.extend(left.map(|left| (Cow::Borrowed("stdin"), left)));
        self.keeps_marks = false;
        while let Some(letter) = self.peek() {
            match letter {
                ',' | ';' if !self.keeps_marks => drop(self.bump()),
                ' ' | '\t' | '\r' | '\n' => drop(self.bump()),
                '@' | '(' if words.is_empty() => drop(self.bump()),
                '&' | '|' | ')' => break,
                '<' | '>' => self.redirection(&mut named),
                '0'..='9' if self.text.get(self.next.saturating_add(1)..).is_some_and(|rest| rest.starts_with('>')) => {
                    let errors = letter == '2';
                    self.bump();
                    let mut target = Vec::new();
                    self.redirection(&mut target);
                    if !errors {
                        named.extend(target);
                    }
                }
                _ => {
                    words.push(self.word());
                    self.keeps_marks |= words.len() == 1 && is(&words, &["powershell", "powershell.exe", "pwsh", "pwsh.exe"]);
                    if words.len() == 1 && is(&words, &["rem", "::", "goto"]) {
                        self.next = self.text.len();
                        return None;
                    }
                }
            }
        }
        // Words that run what stands behind them.
        while is(&words, &["call", "if", "else", "do", "not", "exist", "defined", "errorlevel"]) && words.len() > 1 {
            words.remove(0);
        }
        if is(&words, &["set", "setx"]) && words.len() > 1 {
            return self.set(words, start);
        }
        let at = self.at(start);
        let mut words = words.into_iter();
        let callee = match words.next()? {
            Expr { what: What::Text(name), at } => Expr { what: What::Name(Cow::Owned(name.to_ascii_lowercase())), at },
            word => word,
        };
        Some(Stmt::Do(Expr { what: What::Call(Box::new(callee), words.collect(), named), at }))
    }

    /// `set NAME=value`.
    fn set(&self, words: Vec<Expr<'static>>, start: usize) -> Option<Stmt<'static>> {
        let at = self.at(start);
        let mut words =
            words.into_iter().skip(1).skip_while(|word| matches!(&word.what, What::Text(text) if text.starts_with('/')));
        let first = words.next()?;
        let (first, mut parts) = match first.what {
            What::Concat(parts) => {
                let mut parts = parts.into_iter();
                (parts.next()?, parts.collect())
            }
            _ => (first, Vec::new()),
        };
        let What::Text(text) = &first.what else { return None };
        let (name, value) = text.split_once('=')?;
        parts.insert(0, Expr { what: What::Text(Cow::Owned(value.to_owned())), at: at.clone() });
        for word in words {
            parts.push(Expr { what: What::Text(Cow::Borrowed(" ")), at: at.clone() });
            parts.push(word);
        }
        let place = Place::Name(Cow::Owned(format!("${}", name.to_ascii_uppercase())), at.clone());
        Some(Stmt::Assign(place, Expr { what: What::Concat(parts), at }))
    }

    fn redirection(&mut self, named: &mut Vec<(Cow<'static, str>, Expr<'static>)>) {
        let operator = match self.bump() {
            Some('<') => "<",
            _ if self.peek() == Some('>') => {
                self.bump();
                ">>"
            }
            _ => ">",
        };
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.bump();
        }
        if self.peek() == Some('&') {
            self.bump();
            self.bump();
            return;
        }
        let target = self.word();
        named.push((Cow::Borrowed(operator), target));
    }

    /// A word; quotes stay out of it, `^` takes the next letter as it is.
    fn word(&mut self) -> Expr<'static> {
        let start = self.next;
        let mut parts: Vec<Expr<'static>> = Vec::new();
        let mut text = String::new();
        let mut quoted = false;
        while let Some(letter) = self.peek() {
            match letter {
                '"' => {
                    quoted = !quoted;
                    self.bump();
                }
                '\\' if quoted && self.text.get(self.next..).is_some_and(|rest| rest.starts_with("\\\"")) => {
                    self.bump();
                    self.bump();
                    text.push('"');
                }
                '^' if !quoted => {
                    self.bump();
                    text.extend(self.bump());
                }
                ',' | ';' if !quoted && !self.keeps_marks => break,
                ' ' | '\t' | '&' | '|' | '<' | '>' if !quoted => break,
                ')' if !quoted && !text.contains('(') => break,
                '\r' | '\n' => break,
                '%' | '!' => match self.variable(letter) {
                    Some(name) => {
                        let at = self.at(start);
                        parts.push(Expr { what: What::Text(Cow::Owned(std::mem::take(&mut text))), at: at.clone() });
                        parts.push(Expr { what: What::Name(Cow::Owned(format!("${name}"))), at });
                    }
                    None => {
                        self.bump();
                        text.push(letter);
                    }
                },
                crate::languages::shell::HOLE => {
                    self.bump();
                    let at = self.at(start);
                    parts.push(Expr { what: What::Text(Cow::Owned(std::mem::take(&mut text))), at: at.clone() });
                    parts.push(Expr { what: What::Name(Cow::Borrowed("\u{fffc}")), at });
                }
                _ => {
                    self.bump();
                    text.push(letter);
                }
            }
        }
        if self.next == start {
            self.bump();
        }
        let at = self.at(start);
        let last = Expr { what: What::Text(Cow::Owned(text)), at: at.clone() };
        if parts.is_empty() {
            return last;
        }
        parts.push(last);
        Expr { what: What::Concat(parts), at }
    }

    /// The name between two signs, if one stands here.
    fn variable(&mut self, sign: char) -> Option<String> {
        let rest = self.text.get(self.next.saturating_add(1)..)?;
        let end = rest.find(sign)?;
        let name = rest.get(..end).filter(|name| !name.is_empty() && name.len() < 64)?;
        let plain = name.split(':').next().unwrap_or(name);
        if !plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'~' | b'(' | b')'))
            || plain.is_empty()
        {
            return None;
        }
        self.next = self.next.saturating_add(end).saturating_add(2);
        Some(plain.to_ascii_uppercase())
    }
}

/// Whether the first word is one of these.
fn is(words: &[Expr<'static>], names: &[&str]) -> bool {
    match words.first().map(|word| &word.what) {
        Some(What::Text(text)) => names.iter().any(|name| text.eq_ignore_ascii_case(name)),
        _ => false,
    }
}
