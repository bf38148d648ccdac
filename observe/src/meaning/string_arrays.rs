//! Texts that an obfuscator moved to one array, and the functions that give them back: `g(0x1a7, 'k3y')` is a text.
//!
//! The array is turned until an arithmetic of some of its texts gives a number that stands in the code, and its texts may be
//! encoded in base64 of an alphabet of their own, and encrypted with RC4. All of that is recognised by what it does and
//! computed here at once, since running it text by text would cost thousands of steps each.
//! Not handled: arrays whose texts are computed, other ciphers.

use super::codecs;
use crate::neutral::{At, Expr, Function, Module, Over, Place, Stmt, What};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Fewest texts of an array.
const TEXTS_MIN: usize = 3;

/// Most functions that call each other to give a text.
const WRAPPERS_MAX: u32 = 8;

/// Most parts of a function that are looked at.
const PARTS_MAX: usize = 20_000;

/// What is known of a module's arrays.
#[derive(Default)]
pub(crate) struct StringArrays {
    texts: Vec<Rc<str>>,
    decoders: BTreeMap<u32, Decoder>,
}

/// A function that gives texts of the array.
#[derive(Clone)]
struct Decoder {
    /// What is taken from the number that it is given.
    offset: i64,
    /// The alphabet of the base64 in which the texts are written.
    alphabet: Option<Rc<str>>,
    /// Whether the second argument is a key.
    keyed: bool,
}

/// A number or a text that is known while an arithmetic is worked out.
#[derive(Clone)]
enum Known {
    Number(f64),
    Text(Rc<str>),
}

impl StringArrays {
    /// Looks for the array, its decoders and its rotation.
    pub(crate) fn find(module: &Module<'_>) -> Self {
        let Some((holder, texts)) = array(module) else { return Self::default() };
        let mut found = Self { texts, decoders: BTreeMap::new() };
        for (at, function) in module.functions.iter().enumerate() {
            let Ok(at) = u32::try_from(at) else { break };
            if let Some(decoder) = decoder(module, function, holder) {
                found.decoders.insert(at, decoder);
            }
        }
        if found.decoders.is_empty() {
            return Self::default();
        }
        // A function that becomes another one, which gives the text, gives it too.
        let inner: Vec<(u32, Decoder)> = found.decoders.iter().map(|(at, decoder)| (*at, decoder.clone())).collect();
        for (at, decoder) in inner {
            let outer = module.functions.get(index(at)).and_then(|function| function.outer).filter(|outer| *outer != 0);
            if let Some(outer) = outer.filter(|outer| module.functions.get(index(*outer)).is_some_and(|it| takes(it, holder))) {
                found.decoders.entry(outer).or_insert(decoder);
            }
        }
        found.rotate(module, holder);
        found
    }

    /// Where the first function stands that gives texts.
    pub(crate) fn first(&self, module: &Module<'_>) -> Option<At> {
        let (at, _) = self.decoders.first_key_value()?;
        module.functions.get(index(*at)).map(|function| function.at.clone())
    }

    /// Whether a function gives texts of the array.
    pub(crate) fn decodes(&self, function: u32) -> bool {
        self.decoders.contains_key(&function)
    }

    /// The text that a function gives for a number and a key.
    pub(crate) fn text(&self, function: u32, number: i64, key: Option<&str>) -> Option<Rc<str>> {
        self.text_turned(self.decoders.get(&function)?, number, key, 0)
    }

    fn text_turned(&self, decoder: &Decoder, number: i64, key: Option<&str>, turns: usize) -> Option<Rc<str>> {
        let at = usize::try_from(number.checked_sub(decoder.offset)?).ok().filter(|at| *at < self.texts.len())?;
        let text = self.texts.get(at.checked_add(turns)?.checked_rem(self.texts.len())?)?;
        let Some(alphabet) = &decoder.alphabet else { return Some(Rc::clone(text)) };
        let bytes = base64(text, alphabet)?;
        let plain = String::from_utf8(bytes).ok()?;
        match (decoder.keyed, key) {
            (true, Some(key)) => rc4(&plain, key),
            (true, None) => None,
            (false, _) => Some(plain.into()),
        }
    }

    /// Turns the array as the program does before it uses it.
    fn rotate(&mut self, module: &Module<'_>, holder: &str) {
        let Some((function, target)) = rotation(module, holder) else { return };
        let mut parts = Parts::default();
        if let Some(function) = module.functions.get(index(function)) {
            parts.block(&function.body, module, true);
        }
        let sums = parts.exprs.iter().filter(|expr| matches!(expr.what, What::Op("+" | "-" | "*" | "/", _)) && counts(expr) >= 2);
        let Some(sum) = sums.max_by_key(|expr| expr.at.end.saturating_sub(expr.at.start)) else {
            // Turned a given number of times.
            if parts.exprs.iter().any(|expr| matches!(&expr.what, What::Text(text) if text == "shift"))
                || parts.exprs.iter().any(|expr| matches!(&expr.what, What::Member(_, name) if name == "shift"))
            {
                let nested = module.functions.iter().filter(|it| it.outer == Some(function)).count();
                let turns = if nested > 0 { target } else { target.saturating_sub(1) };
                self.turn(turns);
            }
            return;
        };
        let scope = Scope { module, found: self };
        let turns = (0..self.texts.len()).find(|turns| {
            let value = scope.number(sum, function, &[], *turns, 0);
            value.is_some_and(|value| i64_of(value) == Some(target))
        });
        if let Some(turns) = turns.and_then(|turns| i64::try_from(turns).ok()) {
            self.turn(turns);
        }
    }

    fn turn(&mut self, turns: i64) {
        let len = self.texts.len();
        let turns = usize::try_from(turns).ok().and_then(|turns| turns.checked_rem(len)).unwrap_or(0);
        self.texts.rotate_left(turns);
    }
}

/// A name, and the texts that a list of that name holds: at the top level, or in a function that gives the list.
fn array<'m>(module: &'m Module<'_>) -> Option<(&'m str, Vec<Rc<str>>)> {
    let mut best: Option<(&'m str, Vec<Rc<str>>)> = None;
    for (at, function) in module.functions.iter().enumerate() {
        for stmt in function.body.iter().take(200) {
            let Stmt::Assign(Place::Name(name, _), Expr { what: What::List(items), .. }) = stmt else { continue };
            let texts = items.iter().map(|item| match &item.what {
                What::Text(text) => Some(Rc::from(&**text)),
                _ => None,
            });
            let Some(texts) = texts.collect::<Option<Vec<Rc<str>>>>().filter(|texts| texts.len() >= TEXTS_MIN) else { continue };
            let holder = if at == 0 { &**name } else { &*function.name };
            if !holder.is_empty() && best.as_ref().is_none_or(|(_, known)| known.len() < texts.len()) {
                best = Some((holder, texts));
            }
        }
    }
    best
}

/// Whether a function takes the list from the function that holds it, or is beside it.
fn takes(function: &Function<'_>, holder: &str) -> bool {
    function.body.iter().take(8).any(|stmt| match stmt {
        Stmt::Assign(_, Expr { what: What::Call(callee, ..), .. }) => matches!(&callee.what, What::Name(name) if name == holder),
        _ => false,
    })
}

/// Reads a function as one that takes a number from its first parameter and gives that element of the array.
fn decoder(module: &Module<'_>, function: &Function<'_>, holder: &str) -> Option<Decoder> {
    let Place::Name(param, _) = &function.params.first()?.place else { return None };
    let offset = function.body.iter().take(8).find_map(|stmt| {
        let Stmt::Assign(Place::Name(place, _), Expr { what: What::Op("-" | "-=", operands), .. }) = stmt else { return None };
        let [Expr { what: What::Name(name), .. }, taken] = operands.as_slice() else { return None };
        (place == param && name == param).then(|| constant(taken)).flatten().and_then(i64_of)
    })?;
    let list = function.body.iter().take(8).find_map(|stmt| match stmt {
        Stmt::Assign(_, Expr { what: What::Index(list, key), .. }) => match (&list.what, &key.what) {
            (What::Name(list), What::Name(key)) if key == param => Some(&**list),
            _ => None,
        },
        _ => None,
    })?;
    let outer = function.outer.and_then(|outer| module.functions.get(index(outer)));
    let is_its = list == holder || takes(function, holder) || outer.is_some_and(|outer| takes(outer, holder));
    if !is_its {
        return None;
    }
    let mut parts = Parts::default();
    parts.block(&function.body, module, true);
    let alphabet = parts.exprs.iter().find_map(|expr| match &expr.what {
        What::Text(text) if is_alphabet(text) => Some(Rc::from(&**text)),
        _ => None,
    });
    let keyed = alphabet.is_some() && parts.exprs.iter().any(|expr| matches!(expr.what, What::Op("^" | "^=", _)));
    Some(Decoder { offset, alphabet, keyed })
}

/// The 64 letters of a base64, in whatever order, and maybe what fills it up.
fn is_alphabet(text: &str) -> bool {
    let letters = text.strip_suffix('=').unwrap_or(text).as_bytes();
    let mut seen = [false; 256];
    letters.len() == 64
        && letters.iter().all(|letter| seen.get_mut(usize::from(*letter)).is_some_and(|seen| !std::mem::replace(seen, true)))
}

/// The function that turns the array, and the number that it is given.
fn rotation(module: &Module<'_>, holder: &str) -> Option<(u32, i64)> {
    let mut parts = Parts::default();
    parts.block(&module.functions.first()?.body, module, false);
    parts.exprs.iter().find_map(|expr| {
        let What::Call(callee, args, _) = &expr.what else { return None };
        let What::Function(function) = callee.what else { return None };
        let [list, target, ..] = args.as_slice() else { return None };
        let is_its = matches!(&list.what, What::Name(name) if name == holder);
        is_its.then(|| constant(target)).flatten().and_then(i64_of).map(|target| (function, target))
    })
}

/// How many numbers of texts an expression takes.
fn counts(expr: &Expr<'_>) -> usize {
    match &expr.what {
        What::Op(_, operands) => operands.iter().map(counts).sum(),
        What::Call(callee, ..) if matches!(&callee.what, What::Name(name) if name == "parseInt") => 1,
        _ => 0,
    }
}

/// All expressions of some statements, those of functions inside too if asked for.
#[derive(Default)]
struct Parts<'p> {
    exprs: Vec<&'p Expr<'p>>,
}

impl<'p> Parts<'p> {
    fn block(&mut self, body: &'p [Stmt<'p>], module: &'p Module<'p>, inside: bool) {
        let mut stmts: Vec<&'p Stmt<'p>> = body.iter().collect();
        let mut functions = Vec::new();
        while let Some(stmt) = stmts.pop() {
            if self.exprs.len() > PARTS_MAX || functions.len() > PARTS_MAX {
                return;
            }
            let from = self.exprs.len();
            match stmt {
                Stmt::Assign(_, expr) | Stmt::Do(expr) | Stmt::Return(Some(expr)) | Stmt::Raise(Some(expr)) => {
                    self.exprs.push(expr)
                }
                Stmt::If(test, then, other) => {
                    self.exprs.push(test);
                    stmts.extend(then.iter().chain(other));
                }
                Stmt::Loop(over, body) => {
                    match over {
                        Over::Each(_, expr) | Over::While(expr) => self.exprs.push(expr),
                    }
                    stmts.extend(body);
                }
                Stmt::Try(body, handlers, last) => stmts.extend(body.iter().chain(handlers.iter().flatten()).chain(last)),
                Stmt::Define(at) => functions.push(*at),
                _ => {}
            }
            self.open(from, &mut functions);
            while let Some(at) = functions.pop().filter(|_| inside) {
                if let Some(function) = module.functions.get(index(at)) {
                    stmts.extend(&function.body);
                }
            }
        }
    }

    /// Adds the parts of the expressions from a place on.
    fn open(&mut self, from: usize, functions: &mut Vec<u32>) {
        let mut at = from;
        while let Some(expr) = self.exprs.get(at).copied() {
            at = at.saturating_add(1);
            if self.exprs.len() > PARTS_MAX {
                return;
            }
            match &expr.what {
                What::Member(inner, _) | What::Spread(inner) | What::Await(inner) | What::Bind(_, inner) => {
                    self.exprs.push(inner)
                }
                What::Index(one, other) => self.exprs.extend([&**one, &**other]),
                What::Call(callee, args, _) => {
                    self.exprs.push(callee);
                    self.exprs.extend(args);
                }
                What::Op(_, parts) | What::Concat(parts) | What::List(parts) | What::Other(parts) => self.exprs.extend(parts),
                What::Choose(parts) => self.exprs.extend(parts.iter()),
                What::Map(pairs) => self.exprs.extend(pairs.iter().map(|(_, value)| value)),
                What::Function(at) => functions.push(*at),
                _ => {}
            }
        }
    }
}

/// Names while an arithmetic is worked out.
struct Scope<'s> {
    module: &'s Module<'s>,
    found: &'s StringArrays,
}

impl<'s> Scope<'s> {
    /// The number that an expression gives in a function whose parameters are known, with the array turned so often.
    fn number(&self, expr: &Expr<'_>, function: u32, params: &[Known], turns: usize, depth: u32) -> Option<f64> {
        match self.known(expr, function, params, turns, depth)? {
            Known::Number(number) => Some(number),
            Known::Text(_) => None,
        }
    }

    fn known(&self, expr: &Expr<'_>, function: u32, params: &[Known], turns: usize, depth: u32) -> Option<Known> {
        let deeper = depth.checked_add(1).filter(|depth| *depth < 100)?;
        match &expr.what {
            What::Int(_) | What::Raw(_) => constant(expr).map(Known::Number),
            What::Text(text) => Some(Known::Text(Rc::from(&**text))),
            What::Op("-", operands) if operands.len() == 1 => {
                self.number(operands.first()?, function, params, turns, deeper).map(|number| Known::Number(-number))
            }
            What::Op(op @ ("+" | "-" | "*" | "/" | "%"), operands) => {
                let mut numbers = operands.iter().map(|operand| self.number(operand, function, params, turns, deeper));
                let first = numbers.next()??;
                numbers.try_fold(first, |left, right| arithmetic(op, left, right?)).map(Known::Number)
            }
            What::Name(name) => {
                let own = self.module.functions.get(index(function))?;
                let at = own.params.iter().position(|param| matches!(&param.place, Place::Name(known, _) if known == name))?;
                params.get(at).cloned()
            }
            What::Call(callee, args, _) => {
                let What::Name(name) = &callee.what else { return None };
                if name == "parseInt" {
                    let Known::Text(text) = self.known(args.first()?, function, params, turns, deeper)? else { return None };
                    return leading(&text).map(Known::Number);
                }
                let args: Vec<Known> = args
                    .iter()
                    .map(|arg| self.known(arg, function, params, turns, deeper).unwrap_or(Known::Number(f64::NAN)))
                    .collect();
                self.call(name, function, &args, turns, depth.saturating_add(100 / WRAPPERS_MAX))
            }
            What::Index(..) | What::Member(..) => self.field(expr, function, depth),
            _ => None,
        }
    }

    /// What a function of a name gives: a text of the array, maybe by way of others.
    fn call(&self, name: &str, from: u32, args: &[Known], turns: usize, depth: u32) -> Option<Known> {
        let at = self.resolve(name, from)?;
        if let Some(decoder) = self.found.decoders.get(&at) {
            let number = match args.first()? {
                Known::Number(number) => i64_of(*number)?,
                Known::Text(text) => i64_of(leading(text)?)?,
            };
            let key = match args.get(1) {
                Some(Known::Text(key)) => Some(&**key),
                _ => None,
            };
            return self.found.text_turned(decoder, number, key, turns).map(Known::Text);
        }
        let function = self.module.functions.get(index(at))?;
        let given = function.body.iter().take(4).find_map(|stmt| match stmt {
            Stmt::Return(Some(expr)) => Some(expr),
            _ => None,
        })?;
        self.known(given, at, args, turns, depth)
    }

    /// A member of an object of constants.
    fn field(&self, expr: &Expr<'_>, function: u32, depth: u32) -> Option<Known> {
        let (object, key) = match &expr.what {
            What::Member(object, name) => (object, &**name),
            What::Index(object, key) => match &key.what {
                What::Text(name) => (object, &**name),
                _ => return None,
            },
            _ => return None,
        };
        let What::Name(name) = &object.what else { return None };
        let Bound::Map(pairs) = self.bound(name, function)?.0 else { return None };
        let is_key = |expr: &Expr<'_>| matches!(&expr.what, What::Text(text) if text == key);
        let (_, value) = pairs.iter().find(|(known, _)| known.as_ref().is_some_and(is_key))?;
        self.known(value, function, &[], 0, depth.checked_add(1)?)
    }

    /// The function of a name as it is seen from another.
    fn resolve(&self, name: &str, from: u32) -> Option<u32> {
        let (mut name, mut from) = (name.to_owned(), from);
        for _ in 0..WRAPPERS_MAX {
            match self.bound(&name, from)? {
                (Bound::Function(at), _) => return Some(at),
                (Bound::Name(other), at) => (name, from) = (other.to_owned(), at),
                (Bound::Map(_), _) => return None,
            }
        }
        None
    }

    /// What is bound to a name, and in which function.
    fn bound(&self, name: &str, from: u32) -> Option<(Bound<'s>, u32)> {
        let mut at = Some(from);
        while let Some(function) = at {
            let own = self.module.functions.get(index(function))?;
            for stmt in own.body.iter().take(2000) {
                let found = match stmt {
                    Stmt::Define(at) if self.module.functions.get(index(*at)).is_some_and(|it| it.name == name) => {
                        Some(Bound::Function(*at))
                    }
                    Stmt::Assign(Place::Name(place, _), Expr { what, .. }) if place == name => match what {
                        What::Function(at) => Some(Bound::Function(*at)),
                        What::Name(other) if other != name => Some(Bound::Name(other)),
                        What::Map(pairs) => Some(Bound::Map(pairs)),
                        _ => None,
                    },
                    _ => None,
                };
                if let Some(found) = found {
                    return Some((found, function));
                }
            }
            at = own.outer;
        }
        None
    }
}

/// What a name stands for.
enum Bound<'s> {
    Function(u32),
    Name(&'s str),
    Map(&'s [(Option<Expr<'s>>, Expr<'s>)]),
}

/// The number that an arithmetic of constants gives.
fn constant(expr: &Expr<'_>) -> Option<f64> {
    constant_within(expr, 32)
}

fn constant_within(expr: &Expr<'_>, depth: u32) -> Option<f64> {
    let depth = depth.checked_sub(1)?;
    match &expr.what {
        What::Int(number) => i32::try_from(*number).ok().map(f64::from).or_else(|| number.to_string().parse().ok()),
        What::Raw(text) => text.parse().ok(),
        What::Text(text) => leading(text),
        What::Op("-", operands) if operands.len() == 1 => constant_within(operands.first()?, depth).map(|number| -number),
        What::Op(op, operands) if operands.len() > 1 => {
            let mut numbers = operands.iter().map(|operand| constant_within(operand, depth));
            let first = numbers.next()??;
            numbers.try_fold(first, |left, right| arithmetic(op, left, right?))
        }
        _ => None,
    }
}

fn arithmetic(op: &str, left: f64, right: f64) -> Option<f64> {
    Some(match op {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "%" => left % right,
        _ => return None,
    })
}

/// The number at the start of a text, as `parseInt` reads it; what is none makes an arithmetic unknown.
fn leading(text: &str) -> Option<f64> {
    let text = text.trim_start();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let end = hex.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(hex.len());
        return i64::from_str_radix(hex.get(..end)?, 16).ok().and_then(|number| number.to_string().parse().ok());
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let count = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    let end = text.len().saturating_sub(digits.len()).saturating_add(count);
    text.get(..end)?.parse().ok()
}

/// A whole number, where it is one.
fn i64_of(number: f64) -> Option<i64> {
    let whole = number.round();
    ((number - whole).abs() < 1e-6 && whole.abs() < 9e15).then(|| format!("{whole:.0}").parse().ok()).flatten()
}

/// The bytes that a text in base64 of an alphabet stands for.
fn base64(text: &str, alphabet: &str) -> Option<Vec<u8>> {
    const USUAL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let usual = |byte: u8| {
        let at = alphabet.bytes().position(|known| known == byte)?;
        USUAL.get(at).copied()
    };
    let turned: Vec<u8> = text.bytes().filter_map(usual).collect();
    codecs::base64(&turned)
}

/// A text decrypted with RC4, letter by letter.
fn rc4(text: &str, key: &str) -> Option<Rc<str>> {
    let key: Vec<u32> = key.chars().map(u32::from).collect();
    let mut state: Vec<u8> = (0..=255).collect();
    let mut other = 0_u8;
    for at in 0..=255_u8 {
        let letter = key.get(usize::from(at).checked_rem(key.len())?)?;
        let sum = u32::from(other).wrapping_add((*state.get(usize::from(at))?).into()).wrapping_add(*letter);
        other = u8::try_from(sum & 0xff).ok()?;
        state.swap(usize::from(at), usize::from(other));
    }
    let (mut at, mut other) = (0_u8, 0_u8);
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        at = at.wrapping_add(1);
        other = other.wrapping_add(*state.get(usize::from(at))?);
        state.swap(usize::from(at), usize::from(other));
        let sum = state.get(usize::from(at))?.wrapping_add(*state.get(usize::from(other))?);
        plain.push(char::from_u32(u32::from(letter) ^ u32::from(*state.get(usize::from(sum))?))?);
    }
    Some(plain.into())
}

fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
