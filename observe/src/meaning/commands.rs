//! Commands of a shell: options parted from operands, rows of the table said, programs that run others or compute texts.
//!
//! What a command writes to a file is kept under its path, so that what is run later from there is known.
//! Not handled: what a change of folder does to paths (the last part of a relative path decides), globs.

mod decoders;
mod preparing;
mod programs;
mod trimmed;
mod windows;

use programs::Running;
pub(crate) use programs::shell_of;

use super::apis::{self, Row};
use super::machine::{Args, Machine};
use super::values::{HOLE, Shape, Value, join, merge, stepped, tags};
use crate::languages::Language;
use crate::neutral::{At, Expr, What};
use doorward_model::vocabulary as kinds;
use std::borrow::Cow;
use std::rc::Rc;

/// Most words of one command.
const WORDS_MAX: usize = 4096;

/// Most files that are kept.
const FILES_MAX: usize = 256;

/// The rows of a command, or of a command and its first operand.
pub(crate) fn rows(name: &str) -> &'static [Row] {
    let from = apis::SHELL.partition_point(|row| row.name < name);
    let to = apis::SHELL.partition_point(|row| row.name <= name);
    apis::SHELL.get(from..to).unwrap_or_default()
}

/// A command with its options parted from its operands.
#[derive(Default)]
pub(crate) struct Parsed {
    /// Operands.
    pub operands: Vec<Value>,
    /// Values of options.
    pub named: Vec<(&'static str, Value)>,
    /// Paths to which the command writes what it gives.
    outputs: Vec<Value>,
}

impl Parsed {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.named.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    fn add(&mut self, name: &'static str, value: Value) {
        match self.named.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                let mut values = match &known.shape {
                    Shape::List(values) => values.to_vec(),
                    _ => vec![known.clone()],
                };
                values.push(value);
                *known = Value::list(values);
            }
            None => self.named.push((name, value)),
        }
    }
}

impl<'m> Machine<'m, '_> {
    /// A call as the shell writes it.
    pub(crate) fn call_command(
        &mut self,
        callee: &'m Expr<'m>,
        args: &'m [Expr<'m>],
        named: &'m [(Cow<'m, str>, Expr<'m>)],
        at: &At,
    ) -> Value {
        let mut stdin = None;
        let mut redirections: Vec<(&'m str, Value)> = Vec::new();
        for (name, expr) in named {
            let value = self.value(expr);
            match &**name {
                "stdin" => stdin = Some(value),
                name @ ("<" | "<>" | "<&") => {
                    stdin = Some(self.read_file(&value, at));
                    redirections.push((name, value));
                }
                name => {
                    let is_net =
                        value.as_text().is_some_and(|path| path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/"));
                    if is_net && stdin.is_none() {
                        stdin = Some(self.read_file(&value, at));
                    }
                    redirections.push((name, value));
                }
            }
        }
        let value = match &callee.what {
            What::Function(number) => self.call_list(*number, stdin, at),
            What::Name(name) if name.starts_with("${") || !name.starts_with(['$', HOLE]) => {
                let function = self.lookup(name);
                let (args, _) = self.values(args);
                match function.shape {
                    Shape::Function(number, _) => {
                        let mut args = Args { at: flat(args), named: Vec::new() };
                        args.named.extend(stdin.map(|stdin| ("stdin", stdin)));
                        self.call_function(number, None, &args, at)
                    }
                    _ => {
                        let mut words = vec![Value::text(&**name)];
                        words.extend(args);
                        self.command(words, stdin.clone(), at, &redirections)
                    }
                }
            }
            _ => {
                let first = self.value(callee);
                let (args, _) = self.values(args);
                let mut words = vec![first];
                words.extend(args);
                self.command(words, stdin, at, &redirections)
            }
        };
        self.redirect(value, &redirections, at)
    }

    /// A list of commands that reads something.
    fn call_list(&mut self, number: u32, stdin: Option<Value>, at: &At) -> Value {
        let mut args = Args::default();
        args.named.extend(stdin.map(|stdin| ("stdin", stdin)));
        self.call_function(number, None, &args, at)
    }

    /// What is left of an output after its redirections.
    fn redirect(&mut self, mut value: Value, redirections: &[(&'m str, Value)], at: &At) -> Value {
        let descriptor = redirections.iter().find(|(name, _)| *name == "descriptor").map(|(_, value)| value.clone());
        for (name, target) in redirections {
            if let Some(number) = &descriptor
                && matches!(*name, "<" | "<>" | ">" | ">>")
            {
                let read = if *name == "<>" { self.read_file(target, at) } else { value.clone() };
                self.keep_file(number, read);
            } else if matches!(*name, ">" | ">>" | ">&") {
                self.write_file(target, &value, *name == ">>", at);
                value = Value::new(Shape::Null);
            }
        }
        value
    }

    /// A command of words that are known as far as they are.
    pub(crate) fn command(&mut self, words: Vec<Value>, stdin: Option<Value>, at: &At, around: &[(&'m str, Value)]) -> Value {
        if self.depth >= super::machine::DEPTH_MAX || !self.out.budget.spend() {
            self.out.too_deep |= self.depth >= super::machine::DEPTH_MAX;
            return Value::default();
        }
        let is_operator = words.first().and_then(Value::as_text).is_some_and(|text| {
            text.starts_with("::")
                || &**text == ".."
                || text.strip_prefix('.').is_some_and(|rest| rest.starts_with(char::is_alphabetic))
        });
        let mut words = if is_operator { words } else { flat(words) };
        words.truncate(WORDS_MAX);
        // A command that is the value of a variable is read word by word.
        if let Some(first) = words.first()
            && let Some(text) = first.as_text()
            && text.contains([' ', '\t', '\n'])
        {
            let tag = first.tag.clone();
            let split: Vec<Value> = text.split_whitespace().map(|word| Value::text(word).tagged(tag.clone())).collect();
            words.splice(0..1, split);
        }
        self.depth = self.depth.saturating_add(1);
        let value = self.command_inside(&words, stdin, at, around);
        self.depth = self.depth.saturating_sub(1);
        value
    }

    fn command_inside(&mut self, words: &[Value], stdin: Option<Value>, at: &At, around: &[(&'m str, Value)]) -> Value {
        let Some((first, rest)) = words.split_first() else { return stdin.unwrap_or(Value::new(Shape::Null)) };
        let unknown = |stdin: Option<Value>| {
            let tag = merge(tags(words), stdin.and_then(|stdin| stdin.deep_tag()));
            Value { shape: Shape::Computed, tag: stepped(tag, (at.start, at.end), None) }
        };
        let Some(text) = first.as_text().filter(|text| !text.is_empty()).cloned() else {
            if first.has_origins() {
                self.say_run(words, &first.clone(), at);
            }
            return unknown(stdin);
        };
        if let Some(content) = self.kept_file(&text) {
            self.run_file(words, &content, at);
            return unknown(stdin);
        }
        let name = base_name(&text);
        if name.contains(HOLE) && first.has_origins() {
            self.say_run(words, &first.clone(), at);
        }
        if name == "read" && stdin.is_some() {
            return stdin.unwrap_or_default();
        }
        if let Some(value) = self.own_command(&name, rest, at) {
            return value;
        }
        if let Some(value) = self.operator(&name, rest) {
            return value.tagged(tags(rest));
        }
        let stdin = stdin.or_else(|| self.stdin());
        let mut found = rows(&name);
        let mut parsed = self.parse(found, rest, stdin.as_ref(), at);
        if let Some(sub) = parsed.operands.first().and_then(Value::as_text) {
            let sub = rows(&format!("{name} {}", sub.to_ascii_lowercase()));
            if !sub.is_empty() {
                let options: Vec<&'static Row> = found.iter().chain(sub).collect();
                parsed = self.parse_by(&options, rest, stdin.as_ref(), at);
                parsed.operands.remove(0);
                found = sub;
            }
        }
        if found.is_empty() {
            return unknown(stdin);
        }
        if let Some(stdin) = &stdin {
            parsed.named.push(("stdin", stdin.clone()));
        }
        self.say_rows(found, parsed, rest, at, around)
    }

    /// Says the rows of a command and gives what it writes.
    fn say_rows(
        &mut self,
        found: &'static [Row],
        mut parsed: Parsed,
        raw: &[Value],
        at: &At,
        around: &[(&'m str, Value)],
    ) -> Value {
        let program = found.iter().find_map(|row| row.evaluate);
        if let Some(program) = program {
            let name = found.first().map_or("", |row| row.name);
            self.prepare(name, program, &mut parsed, raw, at);
        }
        let args = Args { at: parsed.operands.clone(), named: parsed.named.clone() };
        let computed = program.and_then(|program| {
            let running = Running { program, found, parsed: &parsed, raw, at, around };
            self.program(&running)
        });
        let mut value = computed.unwrap_or_else(|| {
            let through = found.iter().any(|row| row.through.is_some());
            let tag =
                if through || found.iter().all(|row| row.kind.is_none() && row.gives.is_none()) { args.tag() } else { None };
            Value { shape: Shape::Computed, tag: stepped(tag, (at.start, at.end), None) }
        });
        for row in found {
            let counts = row.when.is_empty() || row.when.iter().any(|name| parsed.get(name).is_some());
            if counts && (row.kind.is_some() || row.gives.is_some()) {
                value = self.say(row, None, &args, at, value);
            }
        }
        let outputs = std::mem::take(&mut parsed.outputs);
        for path in outputs {
            if path.as_text().is_some_and(|path| &**path == "-") {
                return value;
            }
            self.write_file(&path, &value, false, at);
            value = Value::new(Shape::Null);
        }
        value
    }

    /// Parts options from operands.
    fn parse(&mut self, found: &'static [Row], words: &[Value], stdin: Option<&Value>, at: &At) -> Parsed {
        let rows: Vec<&'static Row> = found.iter().collect();
        self.parse_by(&rows, words, stdin, at)
    }

    fn parse_by(&mut self, rows: &[&'static Row], words: &[Value], stdin: Option<&Value>, at: &At) -> Parsed {
        let find = |name: &str| {
            let mut options = rows.iter().flat_map(|row| row.options);
            options.find(|(known, _)| *known == name || is_same_long(known, name)).map(|(_, role)| *role)
        };
        let stops = rows.iter().any(|row| matches!(row.evaluate, Some("run" | "xargs")));
        let mut parsed = Parsed::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(text) = word.as_text().map(plain_dash).filter(|text| is_option(text, &find)) else {
                parsed.operands.push(word.clone());
                if stops {
                    break;
                }
                continue;
            };
            if &*text == "--" {
                break;
            }
            let (role, value) = match split_option(&text, &find) {
                None => continue,
                Some((role, Some(value))) => (role, Value::text(value).tagged(word.tag.clone())),
                Some((role, None)) if role.starts_with('!') => (role, Value::new(Shape::Bool(true))),
                Some((role, None)) => match words.next() {
                    Some(value) => (role, value.clone()),
                    None => continue,
                },
            };
            self.add_option(&mut parsed, role, value, stdin, at);
        }
        parsed.operands.extend(words.cloned());
        parsed
    }

    /// An option by what its value is.
    fn add_option(&mut self, parsed: &mut Parsed, role: &'static str, value: Value, stdin: Option<&Value>, at: &At) {
        let named = role.trim_start_matches('!').trim_end_matches(['<', '>', '@']);
        if role.ends_with('>') {
            parsed.outputs.push(value);
            return;
        }
        let text = value.as_text().cloned().unwrap_or_default();
        let path = match role {
            role if role.ends_with('<') => Some(&*text),
            role if role.ends_with('@') => text.strip_prefix('@').or_else(|| text.split_once("=@").map(|(_, path)| path)),
            _ => None,
        };
        let value = match path {
            None => value,
            Some("-" | "/dev/stdin") => stdin.cloned().unwrap_or_default(),
            Some(path) => {
                // Behind the path may stand its type: `file=@path;type=text/plain`.
                let path = path.split(';').next().unwrap_or_default();
                let path = Value::text(path).tagged(value.tag.clone());
                self.read_file(&path, at)
            }
        };
        if !named.is_empty() {
            parsed.add(named, value);
        }
    }

    /// What the list around reads.
    pub(crate) fn stdin(&self) -> Option<Value> {
        self.in_frames("stdin").cloned()
    }

    /// What a path holds: what was written there, or what its name means.
    pub(crate) fn read_file(&mut self, path: &Value, at: &At) -> Value {
        if let Some(text) = path.as_text().cloned() {
            if let Some(known) = self.kept_file(&text) {
                return Value { shape: known.shape, tag: stepped(known.tag, (at.start, at.end), None) };
            }
            let net = text.strip_prefix("/dev/tcp/").map(|rest| ("tcp", rest));
            if let Some((protocol, rest)) = net.or_else(|| text.strip_prefix("/dev/udp/").map(|rest| ("udp", rest))) {
                let mut parts = rest.splitn(2, '/').map(|part| Value::text(part).tagged(path.tag.clone()));
                let args = Args { at: parts.by_ref().collect(), named: vec![("protocol", Value::text(protocol))] };
                return self.say_named("/dev/tcp", &args, at);
            }
            if matches!(&*text, "/dev/null" | "/dev/stdin" | "/dev/urandom" | "/dev/random" | "/dev/zero") {
                return Value::new(Shape::Null);
            }
        }
        self.say_named("<", &Args { at: vec![path.clone()], named: Vec::new() }, at)
    }

    /// A value is written to a path.
    pub(crate) fn write_file(&mut self, path: &Value, value: &Value, adds: bool, at: &At) {
        let Some(text) = path.as_text().cloned() else { return };
        if text.starts_with('&') {
            return self.keep_file(path, value.clone());
        }
        if matches!(&*text, "/dev/null" | "/dev/stdout" | "/dev/stderr" | "/dev/tty" | "nul" | "NUL") {
            return;
        }
        if text.starts_with("/dev/tcp/") || text.starts_with("/dev/udp/") {
            return;
        }
        self.say_named(">", &Args { at: vec![path.clone(), value.clone()], named: Vec::new() }, at);
        // Where nothing is written, what another way wrote may be there still.
        let value = match self.kept_file(&text).filter(|_| adds || matches!(value.shape, Shape::Null)) {
            Some(known) => written(known, value.clone()),
            None => value.clone(),
        };
        self.keep_file(path, value);
    }

    pub(crate) fn keep_file(&mut self, path: &Value, value: Value) {
        let Some(text) = path.as_text() else { return };
        if self.out.files.len() < FILES_MAX && text.len() < 1024 {
            self.out.files.insert(plain_path(text).into(), value);
        }
    }

    /// What was written to a path, or to a file of that name where one of the two is relative.
    pub(crate) fn kept_file(&self, path: &str) -> Option<Value> {
        let path = plain_path(path);
        if let Some(value) = self.out.files.get(path) {
            return Some(value.clone());
        }
        if path.is_empty() || path.contains(HOLE) {
            return None;
        }
        // A name alone is one of the folder that is current, wherever that is; a command's name alone is not.
        let name = path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())?;
        let same = |known: &str| known.rsplit(['/', '\\']).next() == Some(name) && (is_relative(known) || is_relative(path));
        self.out.files.iter().find(|(known, _)| same(known) && !known.contains(HOLE)).map(|(_, value)| value.clone())
    }

    /// Says a row by its name.
    pub(crate) fn say_named(&mut self, name: &'static str, args: &Args<'m>, at: &At) -> Value {
        let value = Value { shape: Shape::Computed, tag: None };
        rows(name).iter().fold(value, |value, row| self.say(row, None, args, at, value))
    }

    /// A program of this origin is run.
    pub(crate) fn say_run(&mut self, words: &[Value], content: &Value, at: &At) {
        let command = Value::list(words.iter().map(|word| Value::new(word.shape.clone())).collect());
        let args = Args { at: vec![command, Value { shape: Shape::Computed, tag: content.deep_tag() }], named: Vec::new() };
        self.say_named("./", &args, at);
    }

    /// A file is run whose content is known as far as it is.
    fn run_file(&mut self, words: &[Value], content: &Value, at: &At) {
        self.say_run(words, content, at);
        if let Some(text) = content.as_text() {
            let language = script_language(text);
            self.run_as(language, &content.clone(), at);
        }
    }

    /// A variable that the script does not set.
    pub(crate) fn unset(&mut self, name: &str, at: &At) -> Value {
        if name == "\u{fffc}" {
            return Value { shape: Shape::Text(name.into()), tag: self.hole.clone() };
        }
        if let Some(value) = self.inherited.get(name) {
            return value.clone();
        }
        let Some(name) = name.strip_prefix('$') else { return Value::default() };
        let (kind, what) = match name {
            "HOME" | "home" => return Value::text("~"),
            // Whichever it is, what it is given runs.
            "SHELL" => return Value::text("/bin/sh"),
            "USER" | "LOGNAME" | "USERNAME" => (&kinds::HOST_READ, "user"),
            "HOSTNAME" | "COMPUTERNAME" => (&kinds::HOST_READ, "hostname"),
            "PWD" => (&kinds::HOST_READ, "directory"),
            "OSTYPE" | "MACHTYPE" | "HOSTTYPE" => (&kinds::HOST_READ, "os"),
            "PATH" | "IFS" | "RANDOM" | "SECONDS" | "UID" | "EUID" | "PPID" | "TERM" | "TMPDIR" => {
                return Value::default();
            }
            name if name.len() > 2
                && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_') =>
            {
                (&kinds::ENV_READ, name)
            }
            _ => return Value::default(),
        };
        let site = self.out.site.unwrap_or((at.start, at.end));
        let tag = super::emit::origin(kind, Some(what.into()), site);
        Value { shape: Shape::Text(super::values::hole().into()), tag: Some(tag) }
    }

    /// Runs text as code of a language; gives what a shell would write.
    pub(crate) fn run_as(&mut self, language: Language, code: &Value, at: &At) -> Value {
        let text: Rc<str> = match &code.shape {
            Shape::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => return Value::default(),
            },
            _ => match code.as_text() {
                Some(text) => Rc::clone(text),
                None => return Value { shape: Shape::Computed, tag: code.deep_tag() },
            },
        };
        if !language.is_shell() {
            let code = Value { shape: Shape::Text(text), tag: None };
            self.run_code_as(language, &code, at);
            return Value::default();
        }
        let inherited = if self.language.is_shell() { self.globals() } else { std::collections::BTreeMap::new() };
        super::run_shell(&text, language, code.deep_tag(), inherited, self.depth, self.out, at)
    }
}

/// PowerShell takes the dashes of typography for its own.
fn plain_dash(text: &Rc<str>) -> Rc<str> {
    match text.strip_prefix(['\u{2013}', '\u{2014}', '\u{2015}']) {
        Some(rest) if !rest.is_empty() => format!("-{rest}").into(),
        _ => Rc::clone(text),
    }
}

/// Whether this word is an option.
fn is_option(text: &str, find: &impl Fn(&str) -> Option<&'static str>) -> bool {
    if text.len() > 1 && text.starts_with('-') {
        return true;
    }
    text.starts_with('/') && split_option(text, find).is_some()
}

/// Long options of one dash and of a slash are the same in capitals.
fn is_same_long(known: &str, name: &str) -> bool {
    let long = known.starts_with('/') || known.len() > 2 && !known.starts_with("--");
    long && known.eq_ignore_ascii_case(name)
}

/// The role of an option, and its value where it is in the same word.
fn split_option(text: &str, find: &impl Fn(&str) -> Option<&'static str>) -> Option<(&'static str, Option<String>)> {
    if let Some(role) = find(text) {
        return Some((role, None));
    }
    if let Some((name, value)) = text.split_once(['=', ':'])
        && let Some(role) = find(name)
    {
        return Some((role, Some(value.to_owned())));
    }
    if text.starts_with("--") || text.starts_with('/') {
        return None;
    }
    // Letters behind one dash: the first that has a value takes what is left.
    let mut flag = None;
    for (start, letter) in text.char_indices().skip(1) {
        let Some(role) = find(&format!("-{letter}")) else { continue };
        let rest = text.get(start.saturating_add(letter.len_utf8())..).unwrap_or_default();
        if !role.starts_with('!') {
            return Some((role, (!rest.is_empty()).then(|| rest.to_owned())));
        }
        flag = Some((role, None));
    }
    flag
}

/// Lists in a list of words are words.
fn flat(words: Vec<Value>) -> Vec<Value> {
    let mut all = Vec::with_capacity(words.len());
    for word in words {
        match &word.shape {
            Shape::List(values) => all.extend(values.iter().cloned().map(|value| value.tagged(word.tag.clone()))),
            _ => all.push(word),
        }
    }
    all
}

/// The program's name without its folder and without what Windows puts behind it, in small letters.
fn base_name(text: &str) -> String {
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    let name = name.to_ascii_lowercase();
    for ending in [".exe", ".cmd", ".bat", ".com"] {
        if let Some(name) = name.strip_suffix(ending).filter(|name| !name.is_empty()) {
            return name.to_owned();
        }
    }
    name
}

fn plain_path(path: &str) -> &str {
    let path = path.trim_matches(['"', '\'']);
    path.strip_prefix("./").or_else(|| path.strip_prefix(".\\")).unwrap_or(path)
}

fn is_relative(path: &str) -> bool {
    !path.contains(['/', '\\'])
}

/// The language of a script by its first line.
fn script_language(text: &str) -> Language {
    let first = text.lines().next().unwrap_or_default();
    match first.starts_with("#!") {
        true if first.contains("python") => Language::Python,
        true if first.contains("node") => Language::JavaScript,
        _ => Language::Shell,
    }
}

/// One output behind another.
pub(crate) fn written(known: Value, more: Value) -> Value {
    match (&known.shape, &more.shape) {
        (Shape::Null, _) => more.tagged(known.tag),
        (_, Shape::Null) => known.tagged(more.tag),
        (Shape::Text(one), Shape::Text(other)) if one.len().saturating_add(other.len()) < super::values::BYTES_MAX => {
            let text = [&**one, "\n", other].concat();
            Value::text(text).tagged(merge(known.tag, more.tag))
        }
        (Shape::Computed, Shape::Text(_)) | (Shape::Text(_), Shape::Computed) => {
            let shown = |value: &Value| super::values::shown(value);
            let text = [&*shown(&known), "\n", &*shown(&more)].concat();
            Value::text(text).tagged(merge(known.tag, more.tag))
        }
        _ => join(known, more),
    }
}
