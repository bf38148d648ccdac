//! Compiled Python as a listing that can be read like a source: imports, assignments, calls and constants of CPython 3.8 to 3.12,
//! in the order of the instructions (`Lib/opcode.py` and `Python/ceval.c` of each version).
//!
//! A reading, not a decompilation: both ways of a branch stand behind each other, loops run once, and what an instruction does
//! that is not known here is left out together with what was on the stack.
//! Not handled: conditions, handlers, classes as classes, Python 2, 3.7 and before, 3.13 and later.

mod marshal;

use crate::{Facts, Payload, observers};
use doorward_model::{Fact, Reading, Span, vocabulary};
use marshal::{Code, Object};
use std::rc::Rc;

/// Longest expression.
const EXPRESSION_BYTES_MAX: usize = 256 << 10;

/// Most instructions that are read, and bytes that are written for them in units of 64.
const STEPS_MAX: usize = 1 << 20;

/// Most values on the stack.
const STACK_MAX: usize = 4096;

/// Longest listing.
const LISTING_BYTES_MAX: usize = 4 << 20;

/// Most functions inside each other.
const NESTING_MAX: usize = 12;

/// Operators of the instruction for two operands, from 3.11 on.
const OPERATORS: [&str; 13] = ["+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^"];

/// Reads compiled Python; its listing is a content of its own.
pub(crate) fn observe(bytes: &[u8], reading: &Reading, facts: &mut Facts) {
    if &*reading.format != "pyc" || bytes.len() > facts.follow_max {
        return;
    }
    let Some(listing) = bytes.get(16..).and_then(listing) else { return };
    let from = Span::of(0..bytes.len());
    let fact = Fact::new(&vocabulary::DECODE, from, observers::names::BYTECODE).with("codec", "marshal");
    facts.push(fact.with("bytes", listing.len()));
    let bytes = listing.into_bytes().into();
    facts.payloads.push(Payload { from, codec: "marshal".into(), name: b"code.py".as_slice().into(), bytes });
}

/// What a marshalled code object does, as Python.
pub(crate) fn listing(bytes: &[u8]) -> Option<String> {
    let code = marshal::read(bytes)?;
    let mut listing = Listing { text: String::new(), steps: STEPS_MAX };
    write(&code, 0, &mut listing);
    (!listing.text.is_empty()).then_some(listing.text)
}

/// What is written, and how much may still be done for it.
struct Listing {
    text: String,
    steps: usize,
}

impl Listing {
    /// So much was done; whether more may be.
    fn spend(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_sub(steps);
        self.steps > 0 && self.text.len() <= LISTING_BYTES_MAX
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&"    ".repeat(indent));
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// What stands on the stack.
#[derive(Clone)]
enum Item {
    /// An expression; whether it does something.
    Text(String, bool),
    /// A constant.
    Const(Object),
    /// A code object's function.
    Function(Rc<Code>),
    /// A module that was imported.
    Module(Rc<str>),
    /// A name of a module.
    Of(Rc<str>, Rc<str>),
    /// The place beside a function.
    Null,
}

struct Machine<'c> {
    code: &'c Code,
    stack: Vec<Item>,
    keywords: Vec<Rc<str>>,
    /// 3.12 and later.
    is_newest: bool,
    indent: usize,
}

fn write(code: &Code, indent: usize, out: &mut Listing) {
    let calls = |op: u8| code.code.as_chunks::<2>().0.iter().any(|[known, _]| *known == op);
    let is_newest = code.is_new && !calls(166) && !calls(160);
    let mut machine = Machine { code, stack: Vec::new(), keywords: Vec::new(), is_newest, indent };
    let mut high = 0_usize;
    for [op, arg] in code.code.as_chunks::<2>().0 {
        let arg = high | usize::from(*arg);
        high = if *op == 144 { arg.checked_shl(8).unwrap_or(0) } else { 0 };
        let made = match machine.stack.last() {
            Some(Item::Text(text, _)) => text.len() >> 6,
            Some(Item::Const(Object::Text(text))) => text.len() >> 6,
            Some(Item::Const(Object::Bytes(bytes))) => bytes.len() >> 4,
            _ => 0,
        };
        if !out.spend(made.saturating_add(1)) {
            return;
        }
        if *op != 144 && *op != 0 && (machine.stack.len() > STACK_MAX || machine.step(*op, arg, out).is_none()) {
            machine.stack.clear();
        }
    }
}

impl Machine<'_> {
    /// One instruction; `None` where it is not known or does not fit the stack.
    fn step(&mut self, op: u8, arg: usize, out: &mut Listing) -> Option<()> {
        let new = self.code.is_new;
        match op {
            9 | 87 | 151 | 166 | 68 => {}
            1 => self.drop_top(out)?,
            2 if new => self.stack.push(Item::Null),
            2 => {
                let len = self.stack.len();
                self.stack.swap(len.checked_sub(1)?, len.checked_sub(2)?);
            }
            4 if !new => self.stack.push(self.stack.last()?.clone()),
            83 => {
                let value = self.pop()?;
                if self.indent > 0 {
                    out.line(self.indent, &format!("return {}", text_of(&value)));
                } else {
                    self.effect(value, out);
                }
            }
            100 => {
                let object = self.code.consts.get(arg)?.clone();
                self.stack.push(match object {
                    Object::Code(code) => Item::Function(code),
                    object => Item::Const(object),
                });
            }
            101 => self.push(name(self.code.names.get(arg)?)),
            116 => {
                let at = if new { arg >> 1 } else { arg };
                if new && arg & 1 == 1 {
                    self.stack.push(Item::Null);
                }
                self.push(name(self.code.names.get(at)?));
            }
            124 => self.push(name(self.code.variables.get(arg)?)),
            135 if new => {}
            135 | 136 => self.push("_".into()),
            137 if new => self.push(self.code.variables.get(arg).map_or("_".into(), |variable| name(variable))),
            90 | 97 => self.store(&name(self.code.names.get(arg)?), out)?,
            125 => self.store(&name(self.code.variables.get(arg)?), out)?,
            137 | 138 => self.store("_", out)?,
            106 | 160 => self.member(op == 160, arg)?,
            108 => {
                let (_, _) = (self.pop()?, self.pop()?);
                self.stack.push(Item::Module(Rc::clone(self.code.names.get(arg)?)));
            }
            109 => {
                let Item::Module(module) = self.stack.last()? else { return None };
                let item = Item::Of(Rc::clone(module), Rc::clone(self.code.names.get(arg)?));
                self.stack.push(item);
            }
            172 => {
                let Object::Items(names) = self.code.consts.get(arg)? else { return None };
                self.keywords = keywords(names);
            }
            131 | 161 | 171 | 141 => self.call(op, arg)?,
            132 => self.function(arg)?,
            71 => self.push("_".into()),
            53 | 143 => {
                let context = self.pop()?;
                self.stack.extend([Item::Null, context]);
            }
            _ => return self.compute(op, arg),
        }
        Some(())
    }

    /// Instructions that only make a value.
    fn compute(&mut self, op: u8, arg: usize) -> Option<()> {
        let new = self.code.is_new;
        match op {
            25 => {
                let (key, object) = (self.pop()?, self.pop()?);
                self.push(format!("{}[{}]", text_of(&object), text_of(&key)));
            }
            122 if new => self.binary(OPERATORS.get(arg.checked_rem(OPERATORS.len())?)?)?,
            20 | 22 | 23 | 24 | 64 | 65 | 66 | 55 | 56 | 57 | 59 | 77 | 78 | 79 if !new => self.binary(match op {
                20 | 57 => "*",
                22 | 59 => "%",
                23 | 55 => "+",
                24 | 56 => "-",
                64 | 77 => "&",
                65 | 78 => "^",
                _ => "|",
            })?,
            102..=104 => {
                let items = self.pop_many(arg)?;
                self.push(format!("[{}]", joined(items.iter().map(text_of), ", ")));
            }
            105 => {
                let items = self.pop_many(arg.checked_mul(2)?)?;
                let pair = |pair: &[Item]| joined(pair.iter().map(text_of), ": ");
                self.push(format!("{{{}}}", joined(items.chunks(2).map(pair), ", ")));
            }
            156 => {
                let Item::Const(Object::Items(names)) = self.pop()? else { return None };
                let items = self.pop_many(arg)?;
                let pairs = names.iter().zip(&items).map(|(name, item)| format!("{}: {}", constant(name), text_of(item)));
                self.push(format!("{{{}}}", joined(pairs, ", ")));
            }
            157 => {
                let items = self.pop_many(arg)?;
                self.push(format!("({})", joined(items.iter().map(text_of), " + ")));
            }
            155 => {
                if arg & 4 == 4 {
                    self.pop()?;
                }
                let value = self.pop()?;
                self.push(format!("str({})", text_of(&value)));
            }
            107 | 117 | 118 => {
                let (_, _) = (self.pop()?, self.pop()?);
                self.push("_".into());
            }
            114 | 115 => {
                self.pop()?;
            }
            93 => self.push("_".into()),
            _ => return None,
        }
        Some(())
    }

    fn pop(&mut self) -> Option<Item> {
        self.stack.pop()
    }

    fn pop_many(&mut self, count: usize) -> Option<Vec<Item>> {
        let at = self.stack.len().checked_sub(count)?;
        Some(self.stack.split_off(at))
    }

    fn push(&mut self, text: String) {
        let text = if text.len() > EXPRESSION_BYTES_MAX { "_".into() } else { text };
        self.stack.push(Item::Text(text, false));
    }

    fn binary(&mut self, operator: &str) -> Option<()> {
        let (other, one) = (self.pop()?, self.pop()?);
        self.push(format!("({} {operator} {})", text_of(&one), text_of(&other)));
        Some(())
    }

    fn member(&mut self, is_method: bool, arg: usize) -> Option<()> {
        let at = if self.is_newest { arg >> 1 } else { arg };
        let member = name(self.code.names.get(at)?);
        let object = self.pop()?;
        if is_method || self.is_newest && arg & 1 == 1 {
            self.stack.push(Item::Null);
        }
        self.push(format!("{}.{member}", text_of(&object)));
        Some(())
    }

    fn call(&mut self, op: u8, arg: usize) -> Option<()> {
        let names = match op {
            141 => match self.pop()? {
                Item::Const(Object::Items(names)) => keywords(&names),
                _ => return None,
            },
            _ => std::mem::take(&mut self.keywords),
        };
        let args = self.pop_many(arg)?;
        let positional = args.len().checked_sub(names.len())?;
        let callee = self.pop()?;
        if matches!(self.stack.last(), Some(Item::Null)) {
            self.pop();
        }
        let written = args.iter().enumerate().map(|(at, item)| match at.checked_sub(positional).and_then(|at| names.get(at)) {
            Some(keyword) => format!("{}={}", name(keyword), text_of(item)),
            None => text_of(item),
        });
        let text = format!("{}({})", text_of(&callee), joined(written, ", "));
        let text = if text.len() > EXPRESSION_BYTES_MAX { "_".into() } else { text };
        self.stack.push(Item::Text(text, true));
        Some(())
    }

    /// A function is made of its code; defaults and what it closes over are dropped.
    fn function(&mut self, flags: usize) -> Option<()> {
        if !self.code.is_new {
            self.pop()?;
        }
        let function = self.pop()?;
        let extras = (0..4).filter(|bit| flags.checked_shr(*bit).unwrap_or(0) & 1 == 1).count();
        self.pop_many(extras)?;
        self.stack.push(function);
        Some(())
    }

    fn drop_top(&mut self, out: &mut Listing) -> Option<()> {
        let item = self.pop()?;
        self.effect(item, out);
        Some(())
    }

    /// A value that is dropped counts where making it did something.
    fn effect(&self, item: Item, out: &mut Listing) {
        if let Item::Text(text, true) = item {
            out.line(self.indent, &text);
        }
    }

    fn store(&mut self, place: &str, out: &mut Listing) -> Option<()> {
        match self.pop()? {
            Item::Module(module) => {
                let first = module.split('.').next().unwrap_or_default();
                let alias = if place == first { String::new() } else { format!(" as {place}") };
                out.line(self.indent, &format!("import {}{alias}", dotted(&module)));
            }
            Item::Of(module, item) => {
                out.line(self.indent, &format!("from {} import {} as {place}", dotted(&module), name(&item)));
            }
            Item::Function(code) if self.indent < NESTING_MAX => {
                let params: Vec<String> = code.variables.iter().take(code.params).map(|param| name(param)).collect();
                out.line(self.indent, &format!("def {place}({}):", params.join(", ")));
                let inside = self.indent.saturating_add(1);
                let before = out.text.len();
                write(&code, inside, out);
                if out.text.len() == before {
                    out.line(inside, "pass");
                }
            }
            item => out.line(self.indent, &format!("{place} = {}", text_of(&item))),
        }
        Some(())
    }
}

fn keywords(names: &[Object]) -> Vec<Rc<str>> {
    let text = |object: &Object| match object {
        Object::Text(text) => Rc::clone(text),
        _ => "_".into(),
    };
    names.iter().map(text).collect()
}

/// Parts with something between them, as far as an expression may be long.
fn joined(parts: impl Iterator<Item = String>, between: &str) -> String {
    let mut all = String::new();
    for part in parts {
        if !all.is_empty() {
            all.push_str(between);
        }
        all.push_str(&part);
        if all.len() > EXPRESSION_BYTES_MAX {
            break;
        }
    }
    all
}

fn text_of(item: &Item) -> String {
    match item {
        Item::Text(text, _) => text.clone(),
        Item::Const(object) => constant(object),
        Item::Module(module) => dotted(module),
        Item::Of(_, item) => name(item),
        Item::Function(code) => format!("_{}", name(&code.name)),
        Item::Null => "_".into(),
    }
}

/// A name as a name of Python: what else it holds becomes a line.
fn name(name: &str) -> String {
    let is_letter = |letter: char| letter == '_' || letter.is_ascii_alphanumeric();
    let clean: String = name.chars().take(200).map(|letter| if is_letter(letter) { letter } else { '_' }).collect();
    if clean.is_empty() || clean.starts_with(|letter: char| letter.is_ascii_digit()) { format!("_{clean}") } else { clean }
}

fn dotted(module: &str) -> String {
    module.split('.').take(20).map(name).collect::<Vec<_>>().join(".")
}

fn constant(object: &Object) -> String {
    let mut text = String::new();
    write_constant(object, 0, &mut text);
    if text.len() > EXPRESSION_BYTES_MAX { "_".into() } else { text }
}

fn write_constant(object: &Object, depth: u32, out: &mut String) {
    match object {
        Object::Null => out.push_str("None"),
        Object::Bool(true) => out.push_str("True"),
        Object::Bool(false) => out.push_str("False"),
        Object::Int(number) => out.push_str(&number.to_string()),
        Object::Text(text) => {
            out.push('\'');
            text.chars().take(EXPRESSION_BYTES_MAX).for_each(|letter| out.push_str(&escaped(letter)));
            out.push('\'');
        }
        Object::Bytes(bytes) => {
            out.push_str("b'");
            bytes.iter().take(EXPRESSION_BYTES_MAX).for_each(|byte| out.push_str(&escaped_byte(*byte)));
            out.push('\'');
        }
        Object::Items(items) if depth < 4 => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if out.len() > EXPRESSION_BYTES_MAX {
                    break;
                }
                if at > 0 {
                    out.push_str(", ");
                }
                write_constant(item, depth.saturating_add(1), out);
            }
            out.push(']');
        }
        Object::Items(_) | Object::Code(_) | Object::Other => out.push('_'),
    }
}

fn escaped(letter: char) -> String {
    match letter {
        '\'' | '\\' => format!("\\{letter}"),
        '\n' => "\\n".into(),
        letter if letter.is_control() => format!("\\U{:08x}", u32::from(letter)),
        letter => letter.to_string(),
    }
}

fn escaped_byte(byte: u8) -> String {
    match byte {
        b'\'' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;

    /// `tests/bytecode/*.txt`: made by CPython of the version that the file is named for, with the program in `program.py`.
    #[test]
    fn what_code_objects_do_is_listed() {
        let cases = [
            ("3.8", include_str!("../tests/bytecode/3.8.txt")),
            ("3.9", include_str!("../tests/bytecode/3.9.txt")),
            ("3.10", include_str!("../tests/bytecode/3.10.txt")),
            ("3.11", include_str!("../tests/bytecode/3.11.txt")),
            ("3.12", include_str!("../tests/bytecode/3.12.txt")),
        ];
        for (version, text) in cases {
            let bytes = BASE64.decode(text.split_whitespace().collect::<String>().as_bytes()).unwrap();
            let listing = listing(&bytes).unwrap();
            for line in [
                "import os",
                "import base64 as b",
                "from urllib.request import urlopen as urlopen",
                "def fetch(url, name):",
                "    data = urlopen(url, timeout=5).read()",
                "fetch('https://u.example.test/x', '/tmp/made')",
                "os.system(('sh ' + target))",
                "key = b.b64decode('YQ==')",
                "table = [1, [2, 'three'], b'\\x00\\'']",
            ] {
                assert!(listing.lines().any(|known| known == line), "{version}: {line}\n{listing}");
            }
            // Cut or damaged, nothing panics and nothing runs on.
            for cut in 0..bytes.len() {
                let _ = super::listing(&bytes[..cut]);
                let mut damaged = bytes.clone();
                damaged[cut] ^= 0x55;
                let _ = super::listing(&damaged);
            }
        }
    }
}
