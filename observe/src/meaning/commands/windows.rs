//! Programs and methods that only Windows and PowerShell have.

use super::programs::{Running, joined, shell_of};
use crate::languages::Language;
use crate::meaning::codecs;
use crate::meaning::machine::{Args, Machine};
use crate::meaning::methods;
use crate::meaning::values::{ELEMENTS_MAX, Shape, Value, decoded, shown};
use std::rc::Rc;

impl<'m> Machine<'m, '_> {
    /// What a program of Windows, or a method that PowerShell reaches, does and gives.
    pub(super) fn program_of_windows(&mut self, running: &Running<'_, 'm>) -> Option<Value> {
        let Running { parsed, raw, at, around, .. } = *running;
        match running.program {
            "host-program" => {
                let url = raw.iter().find(|word| word.as_text().is_some_and(|text| text.contains("://")))?.clone();
                let content = self.say_named("invoke-webrequest", &Args { at: vec![url], named: Vec::new() }, at);
                self.say_run(raw, &content, at);
                Some(Value::default())
            }
            "start-process" => {
                let program = parsed.get("file").or(parsed.operands.first())?.clone();
                let rest = parsed.get("arguments").or(parsed.operands.get(1)).cloned();
                let mut words = vec![program];
                match rest.as_ref().map(|rest| &rest.shape) {
                    Some(Shape::List(values)) => words.extend(values.iter().cloned()),
                    Some(_) => words.extend(
                        rest.as_ref()
                            .and_then(Value::as_text)
                            .into_iter()
                            .flat_map(|text| text.split_whitespace())
                            .map(Value::text),
                    ),
                    None => {}
                }
                Some(self.command(words, None, at, around))
            }
            "object-run" => {
                let code = joined(parsed.operands.get(1..)?);
                let language = shell_of(&shown(&code));
                Some(self.run_as(language, &code, at))
            }
            "wmic" => {
                let creates = |word: &Value| word.as_text().is_some_and(|text| text.eq_ignore_ascii_case("create"));
                let words: Vec<Value> = raw.iter().skip_while(|word| !creates(word)).skip(1).cloned().collect();
                if words.is_empty() {
                    return None;
                }
                let code = joined(&words);
                Some(self.run_as(Language::Batch, &code, at))
            }
            "task" => {
                let program = parsed.get("program").cloned().filter(|_| parsed.get("creates").is_some())?;
                let language = shell_of(&shown(&program));
                self.run_as(language, &program, at);
                None
            }
            "registry" => {
                let line = joined(raw);
                let small = shown(&line).to_ascii_lowercase();
                let data = parsed.get("data").or(parsed.operands.get(2)).map(|data| shown(data).to_string()).unwrap_or_default();
                let lowers = small.contains("enablelua") && matches!(&*data, "0" | "0x0" | "00000000");
                let disables = small.contains("disableantispyware") || small.contains("disablerealtimemonitoring");
                if lowers || disables && matches!(&*data, "1" | "0x1") {
                    let what = if lowers { "account control" } else { "virus protection" };
                    let named = vec![("what", Value::text(what))];
                    self.say_named("reg protection", &Args { at: vec![line], named }, at);
                }
                None
            }
            "pass" => parsed.get("stdin").or(parsed.operands.first()).cloned(),
            "frombase64" => {
                let first = parsed.operands.first()?;
                let bytes = codecs::base64(first.known_bytes()?)?;
                Some(decoded(Value::bytes(bytes), first.tag.as_ref(), "base64"))
            }
            "getstring" => {
                let (encoding, bytes) = (parsed.operands.first()?, parsed.operands.get(1)?);
                let bytes_of = bytes.known_bytes()?;
                let is_wide = encoding.as_text().is_some_and(|text| text.contains("unicode"));
                let text =
                    if is_wide { super::decoders::utf16(bytes_of) } else { String::from_utf8_lossy(bytes_of).into_owned() };
                Some(Value::text(text).tagged(bytes.tag.clone()))
            }
            "method" => {
                let (owner, rest) = parsed.operands.split_first()?;
                let name = running.found.first()?.name.trim_start_matches('.');
                let text = owner.known_text()?;
                let int = |at: usize| rest.get(at).and_then(Value::int);
                match name {
                    "substring" => {
                        methods::slice(owner, [int(0), int(1).map(|len| len.saturating_add(int(0).unwrap_or(0))), None])
                    }
                    "tolower" => Some(Value::text(text.to_lowercase())),
                    "toupper" => Some(Value::text(text.to_uppercase())),
                    "tostring" => Some(owner.clone()),
                    "trim" => Some(Value::text(text.trim())),
                    _ => methods::call(owner, name, rest, &[]),
                }
                .map(|value| value.tagged(owner.tag.clone()))
            }
            _ => None,
        }
    }

    /// Operators of PowerShell that are written as calls.
    pub(super) fn operator(&mut self, name: &str, words: &[Value]) -> Option<Value> {
        let texts = |value: &Value| -> Option<Vec<Rc<str>>> {
            match &value.shape {
                Shape::List(values) => values.iter().map(|value| value.as_text().cloned()).collect(),
                _ => Some(vec![Rc::clone(value.as_text()?)]),
            }
        };
        match name {
            "::join" => Some(Value::text(texts(words.first()?)?.join(words.get(1)?.known_text()?.as_ref()))),
            "::joined" => Some(Value::text(texts(words.get(1)?)?.concat())),
            "::split" => {
                let separator = words.get(1)?.known_text()?.clone();
                Some(Value::list(words.first()?.known_text()?.split(&*separator).map(Value::text).collect()))
            }
            "::format" => {
                let (format, rest) = words.split_first()?;
                let values: Vec<Value> = match rest.first().map(|value| &value.shape) {
                    Some(Shape::List(values)) => values.to_vec(),
                    _ => rest.to_vec(),
                };
                methods::call(format, "format", &values, &[])
            }
            "::char" => {
                let one = |value: &Value| methods::character(value).map(|letter| Value::text(letter.to_string()));
                match &words.first()?.shape {
                    Shape::List(values) => values.iter().map(one).collect::<Option<Vec<_>>>().map(Value::list),
                    Shape::Text(text) => {
                        Some(Value::list(text.chars().take(ELEMENTS_MAX).map(|letter| Value::text(letter.to_string())).collect()))
                    }
                    _ => one(words.first()?),
                }
            }
            "::at" => {
                let (owner, key) = (words.first()?, words.get(1)?);
                let keys: Vec<i64> = match &key.shape {
                    Shape::List(values) => values.iter().map(Value::int).collect::<Option<_>>()?,
                    _ => vec![key.int()?],
                };
                let item = |at: i64| match &owner.shape {
                    Shape::Text(text) => {
                        let count = text.chars().count();
                        let at = crate::meaning::expressions::place(at, count)?;
                        text.chars().nth(at).map(|letter| Value::text(letter.to_string()))
                    }
                    Shape::List(values) => values.get(crate::meaning::expressions::place(at, values.len())?).cloned(),
                    _ => None,
                };
                let mut items = keys.into_iter().take(ELEMENTS_MAX).map(item).collect::<Option<Vec<_>>>()?;
                if items.len() == 1 { items.pop() } else { Some(Value::list(items)) }
            }
            ".." => {
                let (from, to) = (words.first()?.int()?, words.get(1)?.int()?);
                let most = i64::try_from(ELEMENTS_MAX).unwrap_or(i64::MAX);
                if from.abs_diff(to) > u64::try_from(most).unwrap_or(0) {
                    return None;
                }
                let number = |number: i64| Value::new(Shape::Int(number));
                Some(Value::list(if from <= to {
                    (from..=to).map(number).collect()
                } else {
                    (to..=from).rev().map(number).collect()
                }))
            }
            _ => None,
        }
    }
}
