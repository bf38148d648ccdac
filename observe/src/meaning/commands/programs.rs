//! Programs that run other programs, or that do with files and texts what their rows cannot say.

use super::trimmed::trimmed;
use super::{Parsed, decoders};
use crate::languages::{Language, batch};
use crate::meaning::apis::Row;
use crate::meaning::machine::{Args, Machine};
use crate::meaning::values::{Shape, Value, merge, shown, stepped, tags};
use crate::neutral::At;

/// A command on its way: its rows and words.
pub(super) struct Running<'a, 'm> {
    /// What is evaluated.
    pub program: &'static str,
    /// Its rows.
    pub found: &'static [Row],
    /// Its words, options parted from operands.
    pub parsed: &'a Parsed,
    /// Its words as they are, without its name.
    pub raw: &'a [Value],
    /// Where it stands.
    pub at: &'a At,
    /// Redirections around it.
    pub around: &'a [(&'m str, Value)],
}

impl<'m> Machine<'m, '_> {
    /// Commands that the front end makes.
    pub(super) fn own_command(&mut self, name: &str, words: &[Value], at: &At) -> Option<Value> {
        Some(match name {
            "<()" => {
                // A path at which the output is read.
                let path = Value::text(format!("/dev/fd/{}-{}", at.start, at.end));
                let content = words.first().cloned().unwrap_or_default();
                self.keep_file(&path, content);
                path
            }
            "${!" => {
                let name = words.first()?.known_text()?.clone();
                self.inherited_or_own(&format!("${name}"))
            }
            "${#" | "${##" | "${%" | "${%%" => {
                let texts = words.first()?.known_text().zip(words.get(1)?.known_text());
                let left = texts.and_then(|(text, pattern)| trimmed(name, text, pattern));
                let shape = left.map_or(Shape::Computed, |left| Shape::Text(left.into()));
                Value { shape, tag: words.first()?.deep_tag() }
            }
            "read" => self.stdin().unwrap_or_default(),
            _ => return None,
        })
    }

    /// What a program does and writes.
    pub(super) fn program(&mut self, running: &Running<'_, 'm>) -> Option<Value> {
        let Running { parsed, raw, at, around, .. } = *running;
        let stdin = || parsed.get("stdin").cloned();
        match running.program {
            "run" => {
                let words: Vec<Value> = parsed.operands.iter().skip_while(|word| is_assignment(word)).cloned().collect();
                (!words.is_empty()).then(|| self.command(words, stdin(), at, around))
            }
            "run-second" => {
                let is_word = |word: &&Value| word.as_text().is_none_or(|text| !text.starts_with('-'));
                let words: Vec<Value> = raw.iter().skip_while(|word| !is_word(word)).skip(1).cloned().collect();
                (!words.is_empty()).then(|| self.command(words, stdin(), at, around))
            }
            "xargs" => {
                let mut words = parsed.operands.clone();
                match stdin() {
                    Some(read) if read.known_text().is_some() => {
                        let text = read.known_text().cloned().unwrap_or_default();
                        words.extend(text.split_whitespace().map(|word| Value::text(word).tagged(read.tag.clone())));
                    }
                    read => words.extend(read),
                }
                Some(self.command(words, None, at, around))
            }
            "find" => {
                let starts = |word: &Value| word.as_text().is_some_and(|text| matches!(&**text, "-exec" | "-execdir" | "-ok"));
                let words = raw.iter().skip_while(|word| !starts(word)).skip(1);
                let words: Vec<Value> =
                    words.take_while(|word| word.as_text().is_none_or(|text| !matches!(&**text, ";" | "+"))).cloned().collect();
                (!words.is_empty()).then(|| self.command(words, None, at, around));
                None
            }
            "shell" | "code" | "powershell" => Some(self.interpret(running)),
            "eval" => {
                let code = joined(&parsed.operands);
                Some(self.run_as(Language::Shell, &code, at))
            }
            "trap" => {
                let code = parsed.operands.first()?.clone();
                self.run_as(Language::Shell, &code, at);
                Some(Value::new(Shape::Null))
            }
            "iex" => {
                let code = parsed.operands.first().cloned().or_else(|| parsed.get("code").cloned()).or_else(stdin)?;
                Some(self.run_as(Language::PowerShell, &code, at))
            }
            "cmd" => {
                let runs =
                    |word: &Value| word.as_text().is_some_and(|text| matches!(&*text.to_ascii_lowercase(), "/c" | "/k" | "/r"));
                let words: Vec<Value> = raw.iter().skip_while(|word| !runs(word)).skip(1).cloned().collect();
                let code = joined(&words);
                (!words.is_empty()).then(|| self.run_as(Language::Batch, &code, at))
            }
            "nothing" | "mkfifo" => {
                self.out.has_pipe |= running.program == "mkfifo";
                Some(Value::new(Shape::Null))
            }
            _ => self.program_on_files(running).or_else(|| self.program_of_windows(running)).or_else(|| {
                let value = decoders::decode(running.program, parsed)?;
                Some(value.tagged(stepped(self.tag_of(parsed), (at.start, at.end), decoders::transform(running.program))))
            }),
        }
    }

    /// Programs that read and write files.
    fn program_on_files(&mut self, running: &Running<'_, 'm>) -> Option<Value> {
        let Running { parsed, raw, at, around, .. } = *running;
        let stdin = parsed.get("stdin").cloned();
        match running.program {
            "copy" => {
                let (content, to) = (parsed.get("content").cloned(), parsed.get("to").cloned());
                if let (Some(content), Some(to)) = (content, to) {
                    self.keep_file(&to, content);
                }
                Some(Value::new(Shape::Null))
            }
            "tee" => {
                let stdin = stdin.unwrap_or_default();
                for path in parsed.operands.clone() {
                    self.write_file(&path, &stdin, true, at);
                }
                Some(stdin)
            }
            "cat" | "cat-rest" => {
                let skips = running.program == "cat-rest" && parsed.get("pattern").is_none();
                let paths: Vec<Value> = parsed.operands.iter().skip(usize::from(skips)).cloned().collect();
                let mut value = stdin.filter(|_| paths.is_empty());
                for path in paths {
                    let read = self.read_file(&path, at);
                    value = Some(match value {
                        Some(known) => super::written(known, read),
                        None => read,
                    });
                }
                // What is chosen or changed in a text is not the text.
                value.map(|value| {
                    if skips || running.program == "cat-rest" {
                        Value { shape: Shape::Computed, tag: value.deep_tag() }
                    } else {
                        value
                    }
                })
            }
            "archive" => Some(self.archive(running)),
            "dd" => Some(self.copy_blocks(parsed, stdin, at)),
            "write" | "write-second" => {
                let path = parsed.get("path").or(parsed.operands.first())?.clone();
                let content = parsed.get("data").or(parsed.operands.get(1)).cloned().or(stdin).unwrap_or_default();
                self.write_file(&path, &content, false, at);
                Some(Value::new(Shape::Null))
            }
            "netcat" | "socat" => {
                // The program reads what comes from the net.
                let host = parsed.get("host").or(parsed.operands.first()).cloned();
                let program = parsed.get("program").cloned()?;
                let args = Args { at: host.into_iter().collect(), named: Vec::new() };
                let from_net = self.say_named("/dev/tcp", &args, at);
                self.command(vec![program], Some(from_net), at, around);
                None
            }
            "start" => {
                let is_title = |word: &Value| word.as_text().is_some_and(|text| text.is_empty() || text.starts_with('/'));
                let words: Vec<Value> = raw.iter().skip_while(|word| is_title(word)).cloned().collect();
                (!words.is_empty()).then(|| self.command(words, None, at, around))
            }
            _ => None,
        }
    }

    /// `dd`: copies from one place to another, or from and to the pipe.
    fn copy_blocks(&mut self, parsed: &Parsed, stdin: Option<Value>, at: &At) -> Value {
        let value_of = |name: &str| {
            let found = parsed.operands.iter().find_map(|operand| operand.as_text()?.strip_prefix(name).map(str::to_owned));
            found.map(Value::text)
        };
        let content = match value_of("if=") {
            Some(path) => self.read_file(&path, at),
            None => stdin.unwrap_or_default(),
        };
        match value_of("of=") {
            Some(path) => {
                self.write_file(&path, &content, false, at);
                Value::new(Shape::Null)
            }
            None => content,
        }
    }

    /// An archive: what goes into it, and where it is.
    fn archive(&mut self, running: &Running<'_, 'm>) -> Value {
        let Running { parsed, at, .. } = *running;
        let mut operands = parsed.operands.clone();
        let mut archive = parsed.get("archive").cloned();
        let is_letters = |value: &Value| {
            value.as_text().is_some_and(|text| text.len() < 8 && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
        };
        if archive.is_none() && operands.first().is_some_and(is_letters) {
            operands.remove(0);
        }
        if archive.is_none() && !operands.is_empty() {
            archive = Some(operands.remove(0));
        }
        let mut content = parsed.get("stdin").cloned().unwrap_or(Value::new(Shape::Null));
        for path in operands.iter().take(32) {
            let read = path.as_text().cloned().and_then(|text| self.meaningful(&text, at));
            if let Some(read) = read {
                content = Value { shape: Shape::Computed, tag: merge(content.deep_tag(), read.deep_tag()) };
            }
        }
        match archive {
            Some(path) if content.has_origins() && path.as_text().is_none_or(|path| &**path != "-") => {
                self.write_file(&path, &content, false, at);
                Value::new(Shape::Null)
            }
            _ => content,
        }
    }

    pub(super) fn tag_of(&self, parsed: &Parsed) -> Option<std::rc::Rc<crate::meaning::values::Tag>> {
        parsed.named.iter().fold(tags(&parsed.operands), |tag, (_, value)| merge(tag, value.deep_tag()))
    }

    /// An interpreter: of an option's text, of a file, or of what it reads.
    fn interpret(&mut self, running: &Running<'_, 'm>) -> Value {
        let Running { parsed, found, at, .. } = *running;
        let language = found.iter().flat_map(|row| row.says).find(|(name, _)| *name == "language").map(|(_, language)| *language);
        let language = language.map_or(Some(Language::Shell), Language::of);
        if let Some(code) = parsed.get("code").cloned() {
            return language.map_or_else(Value::default, |language| self.run_as(language, &code, at));
        }
        let path = parsed.get("file").or(parsed.operands.first()).cloned();
        let path = path.filter(|path| path.as_text().is_none_or(|path| !matches!(&**path, "-" | "/dev/stdin")));
        if let Some(path) = path.filter(|_| parsed.get("reads").is_none()) {
            let Some(content) = path.as_text().and_then(|text| self.kept_file(text)) else {
                return Value { shape: Shape::Computed, tag: self.tag_of(parsed) };
            };
            if content.has_origins() {
                let args = Args { at: vec![content.clone()], named: vec![("code", content.clone())] };
                for row in found.iter().filter(|row| row.kind.is_some_and(|kind| kind.name == "code.eval")) {
                    self.say(row, None, &args, at, Value::default());
                }
            }
            return language.map_or_else(Value::default, |language| self.run_as(language, &content, at));
        }
        match parsed.get("stdin").cloned() {
            Some(stdin) if !stdin.is_computed() => {
                language.map_or_else(Value::default, |language| self.run_as(language, &stdin, at))
            }
            Some(stdin) => stdin,
            None => Value::default(),
        }
    }
}

/// Words as one text.
pub(super) fn joined(words: &[Value]) -> Value {
    let texts: Vec<_> = words.iter().map(|word| shown(word).to_string()).collect();
    Value::text(texts.join(" ")).tagged(tags(words))
}

/// The language of a text that is handed to a shell, which one it is not known.
pub(crate) fn shell_of(text: &str) -> Language {
    if batch::is_batch(text) { Language::Batch } else { Language::Shell }
}

/// Whether a word sets a variable for the command behind it.
fn is_assignment(word: &Value) -> bool {
    let name = word.as_text().and_then(|text| text.split_once('=')).map(|(name, _)| name);
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}
