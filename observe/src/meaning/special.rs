//! Functions that reach into the program itself: modules and members by computed names, code made of texts, functions that are
//! handed on.

use super::apis::Takes;
use super::builtins::compute;
use super::calls::is_function;
use super::codecs;
use super::emit::argument;
use super::machine::{Args, Machine};
use super::tree::ROOT;
use super::values::{Shape, Value};
use crate::languages::Language;
use crate::neutral::At;

/// Most elements that are made of a length alone.
const LENGTH_MAX: usize = 1024;

impl<'m> Machine<'m, '_> {
    /// A module by a name that is an argument.
    pub(super) fn import_named(&mut self, node: u32, owner: Option<&Value>, args: &Args<'m>, at: &At) -> Value {
        if let Some(code) = args.get(0).and_then(data_module).filter(|_| self.language == Language::JavaScript) {
            return self.evaluates("function", node, owner, &Args { at: vec![code], named: Vec::new() }, at);
        }
        let name = args.get(0).and_then(Value::known_text);
        // A module of JavaScript that is named in the code is said as an import.
        let is_far = |name: &str| name.starts_with(['/', '~', '%']) || name.contains(':') && !name.starts_with("node:");
        let tells = args.get(0).is_some_and(|value| value.as_text().is_some() || value.has_origins());
        let is_said = self.language != Language::JavaScript || name.map_or(tells, |name| is_far(name));
        if let Some(row) = self.tree.node(node).row.filter(|_| is_said) {
            self.say(row, owner, args, at, Value::default());
        }
        let Some(name) = name else {
            return Value { shape: Shape::Computed, tag: args.tag() };
        };
        let name = name.strip_prefix("node:").unwrap_or(name);
        let asked = self.asks_by_name(name, at);
        self.out.imported(name, at);
        let first_part = name.split('.').next().unwrap_or(name);
        let is_dunder = self.python && self.tree.find("__import__") == Some(node) && args.named.is_empty() && args.at.len() < 4;
        let found = self.tree.find(if is_dunder { first_part } else { name });
        if matches!(name, "builtins" | "__builtin__" | "globalThis") {
            return Value::new(Shape::Api(ROOT));
        }
        match found {
            Some(node) => Value::new(Shape::Api(node)),
            None => self.name_outside(asked, ""),
        }
    }

    /// Functions that reach into the program itself.
    pub(super) fn call_special(
        &mut self,
        builtin: &str,
        node: u32,
        owner: Option<&Value>,
        args: &Args<'m>,
        at: &At,
    ) -> Option<Value> {
        let first = args.get(0);
        match builtin {
            // The key is what the method is of, or an argument.
            "verify" | "verify-1" | "verify-2" => {
                let key = match builtin {
                    "verify-1" => args.get(1),
                    "verify-2" => args.get(2),
                    _ => owner,
                };
                self.verified(key, args);
                None
            }
            // The data were handed to the object before.
            "verify-own" => {
                let data = Args { at: owner.cloned().into_iter().collect(), named: Vec::new() };
                self.verified(first, &data);
                None
            }
            "compare" => {
                self.compared(first?, args.get(1)?);
                None
            }
            // A command that is put together word by word.
            "words" => Some(Value::list(vec![first?.clone()])),
            "exit" => {
                self.ended = true;
                None
            }
            "element" => {
                let made = self.tree.child(node, "()")?;
                let kind = first.and_then(Value::known_text).and_then(|kind| self.tree.child(made, kind));
                Some(Value::new(Shape::Api(kind.unwrap_or(made))))
            }
            "getattr" => {
                let (object, name) = (first?, args.get(1)?);
                Some(self.at_key(object, name, at))
            }
            "setattr" => {
                let (object, name, value) = (first?, args.get(1)?.known_text()?, args.get(2)?);
                if let (Shape::Api(node), true) = (&object.shape, is_function(value))
                    && let Some(child) = self.tree.child(*node, name)
                {
                    self.hook(child, value, at);
                }
                None
            }
            "finder" => {
                args.at.iter().for_each(|value| self.called_by_platform(value, at));
                None
            }
            "promise" => self.promise(args, at),
            "settle" => Some(self.settle(owner, args)),
            // What has another object for its prototype is that object, as far as its members are concerned.
            "inherits" => first.filter(|value| matches!(value.shape, Shape::Api(_) | Shape::Outside(_) | Shape::Set(_))).cloned(),
            "pipeline" => Some(self.pipeline(args, at)),
            "reflect.apply" => {
                let list = args.get(2).cloned().unwrap_or_default();
                let at_list = self.elements(&list).unwrap_or(vec![list]);
                let function = first?.clone();
                Some(self.call_value(&function, None, &Args { at: at_list, named: Vec::new() }, at))
            }
            "import" => Some(self.import_named(node, owner, args, at)),
            "globals" => Some(Value::new(Shape::Api(ROOT))),
            "vars" => Some(first.cloned().unwrap_or(Value::new(Shape::Api(ROOT)))),
            "percent.encode" | "percent.encode-path" => {
                let value = first?.clone();
                let safe = if builtin == "percent.encode" { "-_.!~*'()" } else { "-_.~/" };
                let is_plain = args.at.len() == 1 && args.named.is_empty();
                Some(match value.as_text().filter(|_| is_plain) {
                    Some(text) => Value { shape: Shape::Text(codecs::percent_of(text, safe).into()), tag: value.tag.clone() },
                    None => Value { shape: Shape::Computed, tag: value.deep_tag() },
                })
            }
            "identity" => {
                let value = first?.clone();
                if let Some(row) = self.tree.node(node).row {
                    return Some(self.say(row, owner, args, at, value));
                }
                Some(value)
            }
            "partial" => {
                let function = first?.clone();
                if is_function(&function) || matches!(function.shape, Shape::Api(_)) {
                    let args = Args { at: args.at.get(1..).unwrap_or_default().to_vec(), named: args.named.clone() };
                    self.call_value(&function, None, &args, at);
                }
                Some(function)
            }
            // The code itself instead of the file that holds it.
            "worker" => match args
                .get(1)
                .is_some_and(|options| self.at_key(options, &Value::text("eval"), at).truth() == Some(true))
            {
                true => Some(self.evaluates("function", node, owner, &Args { at: vec![first?.clone()], named: Vec::new() }, at)),
                false => None,
            },
            "sends-file" => Some(self.sends_file(node, owner, args, at)?),
            "eval" | "function" => Some(self.evaluates(builtin, node, owner, args, at)),
            "map" | "filter" | "reduce" => {
                let function = first?.clone();
                let over = args.get(1)?.clone();
                match self.higher(&over, builtin, &function, &Args { at: args.at.get(1..)?.to_vec(), named: Vec::new() }, at) {
                    Some(value) => Some(value),
                    None => Some(self.call_unknown(Some(&over), builtin, args, at)),
                }
            }
            "list-map" => {
                if let Shape::Map(pairs) = &first?.shape {
                    let length = pairs.iter().find(|(key, _)| &**key == "length");
                    let length = length.and_then(|(_, length)| usize::try_from(length.int()?).ok());
                    let elements = vec![Value::new(Shape::Null); length.filter(|length| *length <= LENGTH_MAX)?];
                    let function = args.get(1)?.clone();
                    return Some(Value::list(self.map_over(&function, elements, at)));
                }
                let elements = self.elements(first?)?;
                let made = match args.get(1) {
                    Some(function) => self.map_over(&function.clone(), elements, at),
                    None => elements,
                };
                Some(Value::list(made))
            }
            _ => None,
        }
    }

    /// A call that takes the path of a file and sends what is in it. `None` where nothing is known of the file.
    fn sends_file(&mut self, node: u32, owner: Option<&Value>, args: &Args<'m>, at: &At) -> Option<Value> {
        let row = self.tree.node(node).row?;
        let Takes::Some(takes) = row.takes else { return None };
        let path = |from| argument(std::slice::from_ref(from), args)?.known_text().cloned();
        let path = takes.iter().find_map(path)?;
        let content = self.meaningful(&path, at)?;
        let swap = |value: &Value| if value.known_text() == Some(&path) { content.clone() } else { value.clone() };
        let named = args.named.iter().map(|(name, value)| (*name, swap(value))).collect();
        Some(self.say(row, owner, &Args { at: args.at.iter().map(swap).collect(), named }, at, Value::default()))
    }

    /// Code that is a text is run.
    fn evaluates(&mut self, builtin: &str, node: u32, owner: Option<&Value>, args: &Args<'m>, at: &At) -> Value {
        let code = if builtin == "function" { args.at.last() } else { args.get(0) };
        let row = self.tree.node(node).row;
        let code = code.cloned().unwrap_or_default();
        let args = Args { at: vec![code.clone()], named: Vec::new() };
        let value = match row {
            Some(row) => self.say(row, owner, &args, at, Value::default()),
            None => Value::default(),
        };
        let result = self.run_code(&code, at);
        if matches!(code.shape, Shape::Function(..)) {
            return code;
        }
        if let Some(named) = self.value_of_code(&code) {
            return named;
        }
        if result.tells() && builtin == "eval" { result } else { value }
    }
}

/// The code of a module whose address is a `data:` URL.
fn data_module(address: &Value) -> Option<Value> {
    let (kind, body) = address.known_text()?.strip_prefix("data:")?.split_once(',')?;
    let body = Value { shape: Shape::Text(body.into()), tag: address.tag.clone() };
    let codec = if kind.ends_with(";base64") { "base64.decode-text" } else { "percent.decode" };
    kind.contains("javascript").then(|| compute(codec, &Args { at: vec![body], named: Vec::new() }))?
}
