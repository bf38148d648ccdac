//! The shell of POSIX and bash to the neutral form.
//!
//! Syntax: POSIX.1-2024, Shell Command Language, and the bash reference manual where its words cannot mean anything else.
//! A parser of our own: what is wanted is the form, not a tree, and the same words stand in other languages' texts.
//!
//! A simple command is a call of its name. What it reads is the named argument `stdin`, a redirection one that is called like its
//! operator. A variable is a name with `$` before it; what is not quoted and may become several words is a spread of `split`.
//! Lists in pipes and in `$( )` are functions that are called at once. The value of a call is what the command writes.
//! [`HOLE`] in a text is a name of its own: what the text was made of and is not known.
//!
//! Not handled: arithmetic, aliases, job control, history, `coproc`, file descriptors above 2 other than those of `exec`.

mod commands;
mod compounds;
mod expansions;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use expansions::unescape;

use crate::neutral::{At, Expr, FunctionAt, Lowered, Module, Stmt, What};
use std::borrow::Cow;

/// Stands for an unknown part of a text.
pub(crate) const HOLE: char = '\u{fffc}';

/// Deepest nesting of commands that is lowered: each level costs several calls of the parser.
const DEPTH_MAX: u32 = 48;

/// Parses a source and hands its neutral form to `then`.
pub(crate) fn lower(source: &str, then: &mut dyn FnMut(&Module<'_>)) -> Lowered {
    let mut lowering = Lowering::new(source, Module::default(), None);
    let top = lowering.open("", 0..lowering.offset(source.len()));
    let body = lowering.all();
    lowering.close(top, body);
    let lowered = Lowered { too_deep: lowering.too_deep, error_at: lowering.error_at };
    then(&lowering.module);
    lowered
}

/// A source on its way to the neutral form.
struct Lowering<'t> {
    text: &'t str,
    /// The next byte.
    next: usize,
    /// One past the last byte that is read.
    end: usize,
    /// The span of everything, where the source is a piece of another.
    fixed: Option<At>,
    module: Module<'static>,
    inside: Vec<FunctionAt>,
    /// Commands around the place that is being lowered.
    depth: u32,
    /// Where the line ends that here-documents follow, and where they end.
    resume: Option<(usize, usize)>,
    /// The word that is read is what `${x/...}` looks for.
    in_replace: bool,
    too_deep: bool,
    error_at: Option<u32>,
}

impl<'t> Lowering<'t> {
    fn new(text: &'t str, module: Module<'static>, fixed: Option<At>) -> Self {
        Self {
            text,
            next: 0,
            end: text.len(),
            fixed,
            module,
            inside: Vec::new(),
            depth: 0,
            resume: None,
            in_replace: false,
            too_deep: false,
            error_at: None,
        }
    }

    /// Everything to the end, whatever stands there.
    fn all(&mut self) -> Vec<Stmt<'static>> {
        let mut body = Vec::new();
        while self.next < self.end {
            let before = self.next;
            body.extend(self.list());
            if self.next < self.end {
                // A closing word that nothing opened.
                self.fault();
                if self.next == before {
                    self.skip_one();
                }
            }
        }
        body
    }

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

    /// Statements as one value: a single command as it is, more as a function that is called at once.
    fn value_of(&mut self, mut body: Vec<Stmt<'static>>, at: &At) -> Expr<'static> {
        if let (1, Some(Stmt::Do(_))) = (body.len(), body.first())
            && let Some(Stmt::Do(expr)) = body.pop()
        {
            return expr;
        }
        let number = self.open("", at.clone());
        self.close(number, body);
        let function = Expr { what: What::Function(number), at: at.clone() };
        Expr { what: What::Call(Box::new(function), vec![], vec![]), at: at.clone() }
    }

    /// Goes one command deeper, unless that is too deep.
    fn deeper<T>(&mut self, lowered: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_MAX {
            self.too_deep = true;
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = lowered(self);
        self.depth = self.depth.saturating_sub(1);
        Some(result)
    }

    /// Lowers a text that stands in the source in another writing.
    fn piece(&mut self, text: &str, at: &At) -> Vec<Stmt<'static>> {
        let lowered = self.deeper(|outer| {
            let mut inner = Lowering::new(text, std::mem::take(&mut outer.module), Some(at.clone()));
            inner.inside.clone_from(&outer.inside);
            inner.depth = outer.depth;
            let body = inner.all();
            outer.too_deep |= inner.too_deep;
            outer.module = std::mem::take(&mut inner.module);
            body
        });
        lowered.unwrap_or_default()
    }

    /// The syntax does not allow what stands here.
    fn fault(&mut self) {
        let at = self.span(self.next).start;
        self.error_at.get_or_insert(at);
    }

    fn offset(&self, at: usize) -> u32 {
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The span from a byte to here.
    fn span(&self, start: usize) -> At {
        self.fixed.clone().unwrap_or_else(|| self.offset(start)..self.offset(self.next))
    }

    /// What is left.
    fn rest(&self) -> &'t str {
        self.text.get(self.next..self.end).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn starts(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    /// Takes a text if it stands here.
    fn take(&mut self, text: &str) -> bool {
        let found = self.starts(text);
        if found {
            self.next = self.next.saturating_add(text.len());
        }
        found
    }

    fn skip_one(&mut self) {
        self.next = self.next.saturating_add(self.peek().map_or(1, char::len_utf8)).min(self.end);
    }

    /// Takes the next character.
    fn bump(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.next = self.next.saturating_add(letter.len_utf8());
        if letter == '\n' {
            self.pass_documents();
        }
        Some(letter)
    }

    /// Behind the end of a line stand the here-documents that it asked for.
    fn pass_documents(&mut self) {
        if let Some((line_end, end)) = self.resume
            && self.next > line_end
        {
            self.next = end.clamp(self.next, self.end);
            self.resume = None;
        }
    }

    /// Passes blanks and continued lines.
    fn blanks(&mut self) {
        while let Some(letter) = self.peek() {
            match letter {
                ' ' | '\t' | '\r' => self.skip_one(),
                '\\' if self.starts("\\\n") => self.next = self.next.saturating_add(2),
                '\\' if self.starts("\\\r\n") => self.next = self.next.saturating_add(3),
                _ => break,
            }
        }
    }

    /// Passes blanks, comments, line ends and what separates commands.
    fn separators(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some('#') => self.comment(),
                Some('\n') => drop(self.bump()),
                Some(';') if !self.starts(";;") && !self.starts(";&") => self.skip_one(),
                Some('&') if !self.starts("&&") && !self.starts("&>") => self.skip_one(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let len = memchr::memchr(b'\n', self.rest().as_bytes()).unwrap_or(self.rest().len());
        self.next = self.next.saturating_add(len);
    }

    /// Commands up to a word or sign that closes what is around.
    fn list(&mut self) -> Vec<Stmt<'static>> {
        self.deeper(Self::list_inside).unwrap_or_else(|| {
            self.next = self.end;
            Vec::new()
        })
    }

    fn list_inside(&mut self) -> Vec<Stmt<'static>> {
        let mut body = Vec::new();
        loop {
            self.separators();
            if self.next >= self.end || self.at_closing() {
                return body;
            }
            let before = self.next;
            self.and_or(&mut body);
            if self.next == before {
                self.fault();
                self.skip_one();
            }
        }
    }

    /// Whether a word or sign stands here that closes a list.
    fn at_closing(&self) -> bool {
        let rest = self.rest();
        if rest.starts_with([')', '}']) || rest.starts_with(";;") || rest.starts_with(";&") {
            return true;
        }
        ["then", "do", "done", "fi", "else", "elif", "esac"].iter().any(|word| self.at_word(word))
    }

    /// Whether this very word stands here.
    fn at_word(&self, word: &str) -> bool {
        let after = self.rest().strip_prefix(word).map(|rest| rest.chars().next());
        after.is_some_and(|next| {
            next.is_none_or(|next| next.is_whitespace() || matches!(next, ';' | '&' | '|' | '(' | ')' | '<' | '>'))
        })
    }

    /// Takes this very word if it stands here.
    fn take_word(&mut self, word: &str) -> bool {
        self.at_word(word) && self.take(word)
    }

    /// Pipelines with `&&` and `||` between them.
    fn and_or(&mut self, body: &mut Vec<Stmt<'static>>) {
        let start = body.len();
        body.extend(self.pipeline());
        loop {
            self.blanks();
            let is_and = self.starts("&&");
            if !is_and && !self.starts("||") {
                return;
            }
            self.next = self.next.saturating_add(2);
            self.line_ends();
            let then = self.pipeline();
            if then.is_empty() {
                return;
            }
            let is_first = body.len() > start;
            match (is_and, body.last_mut().filter(|_| is_first)) {
                (true, Some(Stmt::If(_, way, other))) if other.is_empty() => way.extend(then),
                (false, Some(Stmt::If(_, way, other))) if !way.is_empty() && other.is_empty() => other.extend(then),
                (_, Some(Stmt::Do(Expr { what: What::Op("==" | "!=" | "test", _), .. }))) => {
                    if let Some(Stmt::Do(test)) = body.pop() {
                        let (way, other) = if is_and { (then, vec![]) } else { (vec![], then) };
                        body.push(Stmt::If(test, way, other));
                    }
                }
                (true, _) => body.extend(then),
                (false, _) => {
                    let at = self.span(self.next);
                    body.push(Stmt::If(Expr { what: What::Other(vec![]), at }, then, vec![]));
                }
            }
        }
    }

    /// Passes line ends and comments.
    fn line_ends(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some('#') => self.comment(),
                Some('\n') => drop(self.bump()),
                _ => return,
            }
        }
    }

    /// Commands, each of which reads what the one before it writes.
    fn pipeline(&mut self) -> Vec<Stmt<'static>> {
        let start = self.next;
        while self.take_word("!") || self.take_word("time") {
            self.blanks();
        }
        let mut body = self.command();
        loop {
            self.blanks();
            if !self.starts("|") || self.starts("||") {
                return body;
            }
            self.next = self.next.saturating_add(1);
            self.take("&");
            self.line_ends();
            let at = self.span(start);
            let left = self.value_of(body, &at);
            let right = self.command();
            let at = self.span(start);
            let mut call = self.value_of(right, &at);
            if let What::Call(_, _, named) = &mut call.what {
                named.push((Cow::Borrowed("stdin"), left));
            } else {
                call = Expr { what: What::Other(vec![left, call]), at: at.clone() };
            }
            call.at = at;
            body = vec![Stmt::Do(call)];
        }
    }
}
