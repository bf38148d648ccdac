//! Expressions: literals, names, members, operators, comprehensions.

use super::apis::Row;
use super::guards;
use super::machine::{Args, DEPTH_MAX, Machine};
use super::methods;
use super::numbers;
use super::operators;
use super::tree::ROOT;
use super::values::{BYTES_MAX, ELEMENTS_MAX, HOLE, Shape, Tag, Value, join, merge, shown, stepped, tags};
use crate::neutral::{At, Expr, Place, What};
use std::rc::Rc;

/// So many times one number is turned by another only where something is decoded.
const DECODER_XORS: usize = 64;

impl<'m> Machine<'m, '_> {
    /// The value of an expression.
    pub(crate) fn value(&mut self, expr: &'m Expr<'m>) -> Value {
        if self.depth >= DEPTH_MAX {
            self.out.too_deep = true;
            return Value::default();
        }
        if !self.out.budget.spend() {
            return Value::default();
        }
        self.depth = self.depth.saturating_add(1);
        let value = self.value_inside(expr);
        if let What::Call(..) | What::Slice(..) | What::Concat(..) | What::List(..) | What::Map(..) = expr.what {
            self.out.budget.spend_bytes(value.weight());
        }
        self.depth = self.depth.saturating_sub(1);
        value
    }

    fn value_inside(&mut self, expr: &'m Expr<'m>) -> Value {
        match &expr.what {
            What::Text(text) => {
                self.out.holds(text.len(), &expr.at);
                Value::text(&**text)
            }
            What::Bytes(bytes) => {
                self.out.holds(bytes.len(), &expr.at);
                Value::bytes(&**bytes)
            }
            What::Int(number) => Value::new(Shape::Int(*number)),
            What::Bool(yes) => Value::new(Shape::Bool(*yes)),
            What::Null => Value::new(Shape::Null),
            What::Raw(text) => numbers::large(text).unwrap_or_default(),
            What::Name(name) => {
                let value = self.lookup(name);
                if self.language.is_shell() && value.is_computed() && value.tag.is_none() {
                    return self.unset(name, &expr.at);
                }
                self.mention(value, None, &expr.at)
            }
            What::Member(object, name) => {
                let owner = self.value(object);
                self.member(&owner, name, &expr.at)
            }
            What::Index(object, key) => {
                let owner = self.value(object);
                let key = self.value(key);
                self.at_key(&owner, &key, &expr.at)
            }
            What::Slice(object, ends) => self.slice(object, ends),
            What::Call(callee, args, named) => self.call(callee, args, named, &expr.at),
            What::Op(op, operands) => self.operate(op, operands, &expr.at),
            What::Concat(parts) => {
                let values: Vec<_> = parts.iter().map(|part| self.value(part)).collect();
                let text: String = values.iter().map(|value| shown(value).to_string()).collect();
                let tag = tags(&values);
                self.text_of(text).tagged(stepped(tag, (expr.at.start, expr.at.end), None))
            }
            What::Choose(parts) => self.one_of(parts),
            What::List(items) => {
                let (values, whole) = self.values(items);
                if whole { Value::list(values) } else { Value { shape: Shape::Computed, tag: tags(&values) } }
            }
            What::Map(pairs) => self.map(pairs),
            What::Spread(inner) | What::Await(inner) => self.value(inner),
            What::Each(made, sources) => self.each(made, sources),
            What::Function(at) => Value::new(Shape::Function(*at, self.this())),
            What::Class(at) => {
                self.define_class(*at);
                Value::new(Shape::Class(*at))
            }
            What::Bind(place, inner) => {
                let value = self.value(inner);
                self.assign(place, value.clone());
                value
            }
            What::Other(parts) if parts.is_empty() => self.thrown().unwrap_or_default(),
            What::Other(parts) => {
                let values: Vec<_> = parts.iter().map(|part| self.value(part)).collect();
                Value { shape: Shape::Computed, tag: tags(&values) }
            }
        }
    }

    /// One value or the other.
    fn one_of(&mut self, parts: &'m [Expr<'m>; 3]) -> Value {
        let [test, then, other] = parts;
        match self.value(test).truth() {
            Some(true) => self.value(then),
            Some(false) => self.value(other),
            None => {
                let from = self.out.guard_starts();
                let then = self.value(then);
                let other = self.value(other);
                if self.out.guard_starts() > from {
                    self.guard(test, from);
                }
                join(then, other)
            }
        }
    }

    /// The object that an inner function of JavaScript sees as `this`.
    fn this(&mut self) -> Option<Rc<Value>> {
        if self.python {
            return None;
        }
        self.class().map(|class| Rc::new(Value::new(Shape::Instance(class))))
    }

    /// A text within bounds.
    pub(crate) fn text_of(&mut self, text: String) -> Value {
        if text.len() > BYTES_MAX {
            return Value::default();
        }
        self.out.budget.spend_bytes(text.len());
        Value::text(text)
    }

    /// The values of some expressions, spreads opened; whether all is known.
    pub(crate) fn values(&mut self, items: &'m [Expr<'m>]) -> (Vec<Value>, bool) {
        let mut values = Vec::with_capacity(items.len().min(64));
        let mut whole = true;
        for item in items {
            let value = self.value(item);
            if let What::Spread(_) = item.what {
                match self.elements(&value) {
                    Some(elements) => values.extend(elements),
                    None => {
                        whole = false;
                        values.push(value);
                    }
                }
            } else {
                values.push(value);
            }
        }
        (values, whole)
    }

    fn map(&mut self, pairs: &'m [(Option<Expr<'m>>, Expr<'m>)]) -> Value {
        let mut known: Vec<(Rc<str>, Value)> = Vec::new();
        let mut tag = None;
        for (key, value) in pairs {
            let key = key.as_ref().map(|key| self.value(key));
            let value = self.value(value);
            match (key, &value.shape) {
                (None, Shape::Map(more)) => known.extend(more.iter().cloned()),
                (None, _) => {
                    known.push((super::values::hole().into(), Value::default()));
                    tag = merge(tag, value.deep_tag());
                }
                (Some(key), _) => match key_of(&key) {
                    Some(key) => known.push((key, value)),
                    None => {
                        known.push((super::values::hole().into(), Value::default()));
                        tag = merge(tag, merge(key.deep_tag(), value.deep_tag()));
                    }
                },
            }
        }
        Value::map(known).tagged(tag)
    }

    /// A name or member was reached: says so where the mention counts, and marks what it gives.
    pub(crate) fn mention(&mut self, value: Value, key: Option<&Value>, at: &At) -> Value {
        let Shape::Api(node) = value.shape else { return value };
        if let Some(text) = self.tree.node(node).builtin.and_then(|builtin| builtin.strip_prefix('=')) {
            return Value::text(text);
        }
        // A part that a variable holds was said where its name stood.
        let is_said = |row: &Row| key.is_none() && row.name.ends_with("[]");
        let Some(row) = self.tree.node(node).row.filter(|row| row.read && !is_said(row)) else { return value };
        let args = Args { at: key.cloned().into_iter().collect(), named: Vec::new() };
        self.say(row, None, &args, at, value)
    }

    /// A member by its name.
    pub(crate) fn member(&mut self, owner: &Value, name: &str, at: &At) -> Value {
        match &owner.shape {
            Shape::Api(node) => {
                let about = owner.tag.as_ref().filter(|_| name == "name").map_or(&[][..], |tag| &tag.about);
                if let Some((_, path)) = about.iter().find(|(known, _)| *known == "path") {
                    return Value::text(Rc::clone(path));
                }
                let value = match self.tree.child(*node, name) {
                    _ if *node == ROOT && is_global(name) => owner.clone(),
                    Some(child) => Value { shape: Shape::Api(child), tag: owner.tag.clone() },
                    None if matches!(name, "default" | "promises" | "__dict__" | "__call__") => owner.clone(),
                    None if name == "constructor" => self.function_constructor(),
                    None if *node == ROOT => self.lookup_root(name),
                    None => {
                        if let Some(child) = self.tree.child(*node, "[]") {
                            let value = Value { shape: Shape::Api(child), tag: guards::of_one(owner.tag.clone()) };
                            return self.mention(value, Some(&Value::text(name)), at);
                        }
                        let tag = if guards::is_file_time(name) { Some(guards::file_time(at)) } else { owner.tag.clone() };
                        Value { shape: Shape::Computed, tag }
                    }
                };
                self.mention(value, None, at)
            }
            Shape::Outside(outside) => self.member_outside(*outside, name),
            Shape::Instance(class) => self.member_of_class(*class, name, Some(owner), at),
            Shape::Class(class) => self.member_of_class(*class, name, None, at),
            Shape::Map(pairs) => match pairs.iter().rev().find(|(known, _)| &**known == name) {
                Some((_, value)) => value.clone().tagged(owner.tag.clone()),
                None if name == "constructor" => self.function_constructor(),
                None if methods::has(name) => Value::new(Shape::Method(Rc::new((owner.clone(), name.into())))),
                None => Value { shape: Shape::Computed, tag: owner.tag.clone() },
            },
            Shape::Set(shapes) => {
                let shapes = Rc::clone(shapes);
                // Where one of them is an API that has it, an object without it is not what is meant.
                let has = |shape: &Shape| matches!(shape, Shape::Api(node) if name == "default" || self.tree.child(*node, name).is_some());
                let is_api = shapes.iter().any(has);
                let able: Vec<&Shape> = shapes.iter().filter(|shape| !is_api || has(shape)).collect();
                let members = able.into_iter().map(|shape| {
                    let owner = Value { shape: shape.clone(), tag: owner.tag.clone() };
                    self.member(&owner, name, at)
                });
                members.reduce(join).unwrap_or_default()
            }
            Shape::Text(text) if name == "length" => match text.contains(HOLE) {
                false => Value::new(Shape::Int(i64::try_from(text.encode_utf16().count()).unwrap_or(i64::MAX))),
                true => Value::default(),
            },
            Shape::List(values) if name == "length" => Value::new(Shape::Int(i64::try_from(values.len()).unwrap_or(i64::MAX))),
            Shape::Bytes(bytes) if name == "length" => Value::new(Shape::Int(i64::try_from(bytes.len()).unwrap_or(i64::MAX))),
            // Every value leads to what makes functions of texts: `[].filter.constructor`.
            Shape::Computed if name == "constructor" => Value { shape: Shape::Computed, tag: owner.tag.clone() },
            _ if name == "constructor" => self.function_constructor(),
            Shape::Computed | Shape::Null | Shape::Method(_) if guards::is_file_time(name) => {
                Value { shape: Shape::Computed, tag: Some(guards::file_time(at)) }
            }
            Shape::Function(..) | Shape::Computed | Shape::Null => Value { shape: Shape::Computed, tag: owner.tag.clone() },
            Shape::Method(_) => Value { shape: Shape::Computed, tag: owner.tag.clone() },
            _ => Value::new(Shape::Method(Rc::new((owner.clone(), name.into())))),
        }
    }

    fn function_constructor(&self) -> Value {
        self.tree.find("Function").map_or_else(Value::default, |node| Value::new(Shape::Api(node)))
    }

    fn lookup_root(&mut self, name: &str) -> Value {
        self.lookup(name)
    }

    fn member_of_class(&mut self, class: u32, name: &str, this: Option<&Value>, at: &At) -> Value {
        let mut classes = vec![class];
        let mut seen = 0_usize;
        while let Some(class) = classes.get(seen).copied() {
            seen = seen.saturating_add(1);
            let Some(known) = self.module.classes.get(super::machine::index(class)) else { continue };
            if let Some(value) = self.field(class, name) {
                return value.clone();
            }
            if let Some((_, method)) = known.methods.iter().find(|(known, _)| known == name) {
                return Value::new(Shape::Function(*method, this.map(|this| Rc::new(this.clone()))));
            }
            if seen > 16 {
                break;
            }
            for base in &known.bases {
                match self.value(base).shape {
                    Shape::Class(base) if !classes.contains(&base) => classes.push(base),
                    Shape::Api(node) => {
                        let node = self.tree.child(node, "()").and_then(|node| self.tree.child(node, name));
                        if let Some(node) = node {
                            return self.mention(Value::new(Shape::Api(node)), None, at);
                        }
                    }
                    _ => {}
                }
            }
        }
        Value { shape: Shape::Computed, tag: this.and_then(|this| this.tag.clone()) }
    }

    /// An element, or a member by a computed name.
    pub(crate) fn at_key(&mut self, owner: &Value, key: &Value, at: &At) -> Value {
        let number = key.int();
        if let Shape::Text(text) = &owner.shape {
            // Finding a letter goes through the text.
            self.out.budget.spend_bytes(text.len() >> 4);
        }
        let found = match (&owner.shape, number) {
            (Shape::List(values), Some(number)) => place(number, values.len()).and_then(|at| values.get(at)).cloned(),
            (Shape::Text(text), Some(number)) if !text.contains(HOLE) => {
                letter(text, number).map(|letter| Value::text(letter.to_string()))
            }
            (Shape::Bytes(bytes), Some(number)) => {
                let byte = place(number, bytes.len()).and_then(|at| bytes.get(at)).copied();
                byte.map(|byte| Value::new(Shape::Int(byte.into())))
            }
            (Shape::Map(pairs), _) => {
                let key = key_of(key);
                key.and_then(|key| pairs.iter().rev().find(|(known, _)| *known == key)).map(|(_, value)| value.clone())
            }
            _ => None,
        };
        if let Some(value) = found {
            return value.tagged(owner.tag.clone());
        }
        if let Some(value) = self.header_of(owner, key, at) {
            return value;
        }
        if let Shape::Api(node) = owner.shape {
            // The key decides: a member by its name, or an element.
            if self.tree.node(node).builtin == Some("modules") {
                let module = key.known_text().and_then(|name| self.tree.find(name));
                return module.map_or_else(Value::default, |module| Value::new(Shape::Api(module)));
            }
            if node == ROOT && key.known_text().is_some_and(|name| is_global(name)) {
                return owner.clone();
            }
            let child = key.known_text().and_then(|name| self.tree.child(node, name));
            let child = child.or_else(|| self.tree.child(node, "[]"));
            if let Some(child) = child {
                let tag = guards::of_key(owner.tag.clone(), key);
                return self.mention(Value { shape: Shape::Api(child), tag }, Some(key), at);
            }
        }
        if let Some(name) = key.known_text().filter(|_| !matches!(owner.shape, Shape::Map(_))) {
            return self.member(owner, &Rc::clone(name), at);
        }
        Value { shape: Shape::Computed, tag: merge(owner.deep_tag(), key.tag.clone()) }
    }

    fn slice(&mut self, object: &'m Expr<'m>, ends: &'m [Option<Box<Expr<'m>>>; 3]) -> Value {
        let owner = self.value(object);
        let mut numbers = [None; 3];
        for (number, end) in numbers.iter_mut().zip(ends) {
            if let Some(end) = end {
                match self.value(end).int() {
                    Some(known) => *number = Some(known),
                    None => return Value { shape: Shape::Computed, tag: owner.deep_tag() },
                }
            }
        }
        match methods::slice(&owner, numbers) {
            Some(value) => value.tagged(owner.tag.clone()),
            None => Value { shape: Shape::Computed, tag: owner.deep_tag() },
        }
    }

    fn operate(&mut self, op: &'static str, operands: &'m [Expr<'m>], at: &At) -> Value {
        match op {
            "," => {
                let mut last = Value::default();
                for operand in operands {
                    last = self.value(operand);
                }
                return last;
            }
            "global" | "nonlocal" => {
                let function = self.function();
                for operand in operands {
                    if let What::Name(name) = &operand.what {
                        self.outers.insert((function, &**name));
                    }
                }
                return Value::new(Shape::Null);
            }
            "split" => {
                let value = operands.first().map_or_else(Value::default, |operand| self.value(operand));
                return split(value);
            }
            "or" | "||" | "??" | "and" | "&&" => return self.either(op, operands),
            _ => {}
        }
        let Some((first, others)) = operands.split_first() else { return Value::default() };
        let first = self.value(first);
        let equals = matches!(op, "==" | "===" | "!=" | "!==");
        if let [other] = others {
            let other = self.value(other);
            if equals {
                self.compared(&first, &other);
            }
            let tag = merge(first.tag.clone(), other.tag.clone());
            let result = self.operate_two(op, &first, &other);
            return operated(op, result, tag, at);
        }
        if others.is_empty() {
            if op.starts_with("yield") {
                self.yields(first.clone(), op == "yield");
            }
            return operators::unary(op, &first, self.language);
        }
        // All are computed before the first is used.
        let others: Vec<_> = others.iter().map(|operand| self.value(operand)).collect();
        let (mut tag, mut result) = (first.tag.clone(), first);
        for value in others {
            if equals {
                self.compared(&result, &value);
            }
            tag = merge(tag, value.tag.clone());
            result = self.operate_two(op, &result, &value);
        }
        operated(op, result, tag, at)
    }

    fn operate_two(&mut self, op: &'static str, one: &Value, other: &Value) -> Value {
        if op == "^" || op == "^=" {
            self.out.payloads.xors = self.out.payloads.xors.saturating_add(1);
            if self.out.payloads.xors == DECODER_XORS {
                self.out.budget.open();
            }
        }
        // Most of what is not known stays so: only a text makes something of it.
        if one.is_computed() && !matches!(other.shape, Shape::Text(_)) {
            return Value::default();
        }
        // A text that grows by a letter is copied and not gone through.
        let weight = one.weight().saturating_add(other.weight());
        self.out.budget.spend_bytes(if op.starts_with('+') { weight >> 4 } else { weight });
        operators::binary(op, one, other, self.language)
    }

    fn either(&mut self, op: &'static str, operands: &'m [Expr<'m>]) -> Value {
        let is_and = matches!(op, "and" | "&&");
        let mut result: Option<Value> = None;
        let mut last = Value::default();
        for operand in operands {
            let guard = self.out.guard_starts();
            let value = self.value(operand);
            if let (true, Some(test)) = (is_and && self.out.guard_starts() > guard, operands.first()) {
                self.guard(test, guard);
            }
            match value.truth() {
                Some(truth) if truth != is_and && result.is_none() => return value,
                Some(truth) if truth != is_and => return result.map_or(value.clone(), |known| join(known, value)),
                Some(_) => {}
                None => result = Some(result.map_or(value.clone(), |known| join(known, value.clone()))),
            }
            last = value;
        }
        match result {
            Some(known) if is_and => join(known, last),
            Some(known) => known,
            None => last,
        }
    }

    fn each(&mut self, made: &'m Expr<'m>, sources: &'m [(Place<'m>, Expr<'m>, Vec<Expr<'m>>)]) -> Value {
        let mut values = Vec::new();
        let before = self.out.budget.steps;
        let whole = self.each_of(made, sources, &mut values);
        self.out.budget.repeated(before.saturating_sub(self.out.budget.steps));
        if whole { Value::list(values) } else { Value { shape: Shape::Computed, tag: tags(&values) } }
    }

    fn each_of(
        &mut self,
        made: &'m Expr<'m>,
        sources: &'m [(Place<'m>, Expr<'m>, Vec<Expr<'m>>)],
        values: &mut Vec<Value>,
    ) -> bool {
        let Some(((place, over, tests), rest)) = sources.split_first() else {
            let value = self.value(made);
            values.push(value);
            return true;
        };
        let over = self.value(over);
        let (elements, mut whole) = match self.elements(&over) {
            Some(elements) => (elements, true),
            None => (vec![self.element(&over)], false),
        };
        for element in elements {
            if values.len() > ELEMENTS_MAX || !self.out.budget.may_repeat() && values.len() > 64 {
                return false;
            }
            self.assign(place, element);
            let mut passes = true;
            for test in tests {
                match self.value(test).truth() {
                    Some(true) => {}
                    Some(false) => passes = false,
                    None => whole = false,
                }
            }
            if passes && !self.each_of(made, rest, values) {
                whole = false;
            }
        }
        whole
    }

    /// All elements, where they are known.
    pub(crate) fn elements(&mut self, value: &Value) -> Option<Vec<Value>> {
        let tag = &value.tag;
        let elements: Vec<Value> = match &value.shape {
            Shape::List(values) => values.iter().map(|value| value.clone().tagged(tag.clone())).collect(),
            Shape::Text(text) if !text.contains(HOLE) && text.len() <= ELEMENTS_MAX => {
                text.chars().map(|letter| Value::text(letter.to_string()).tagged(tag.clone())).collect()
            }
            Shape::Bytes(bytes) if bytes.len() <= ELEMENTS_MAX => {
                bytes.iter().map(|byte| Value::new(Shape::Int((*byte).into())).tagged(tag.clone())).collect()
            }
            Shape::Map(pairs) if value.tag.is_none() && !methods::is_partial(pairs) => {
                pairs.iter().map(|(key, _)| Value::text(Rc::clone(key))).collect()
            }
            _ => return None,
        };
        self.out.budget.spend_bytes(elements.len().saturating_mul(8));
        Some(elements)
    }

    /// Any element of a value whose elements are not known.
    pub(crate) fn element(&mut self, value: &Value) -> Value {
        // The files that a pattern finds, and the folders below one.
        let about =
            |name: &str| value.tag.as_ref()?.about.iter().find(|(known, _)| *known == name).map(|(_, text)| Rc::clone(text));
        if let Some(path) = about("found") {
            return Value::text(path).tagged(value.deep_tag());
        }
        if let Some(path) = about("walked") {
            let rest = Value { shape: Shape::Computed, tag: value.deep_tag() };
            return Value::list(vec![Value::text(path).tagged(value.deep_tag()), rest.clone(), rest]);
        }
        if let Shape::Api(node) = value.shape
            && let Some(child) = self.tree.child(node, "[]")
        {
            return Value { shape: Shape::Api(child), tag: value.tag.clone() };
        }
        Value { shape: Shape::Computed, tag: value.deep_tag() }
    }
}

/// What an operator gave, with where its data come from. A comparison tells next to nothing of what it compared.
fn operated(op: &str, result: Value, tag: Option<Rc<Tag>>, at: &At) -> Value {
    let compares =
        matches!(op, "==" | "===" | "!=" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "not in" | "is" | "is not" | "instanceof");
    if compares {
        return Value::new(result.shape);
    }
    let transform = matches!(op, "^" | "^=").then_some("xor");
    result.tagged(stepped(tag, (at.start, at.end), transform))
}

/// Names of the object that holds all global names.
fn is_global(name: &str) -> bool {
    matches!(name, "globalThis" | "window" | "global" | "self" | "frames")
}

/// The key that a value is in a map.
pub(crate) fn key_of(key: &Value) -> Option<Rc<str>> {
    match &key.shape {
        Shape::Int(number) => Some(number.to_string().into()),
        _ => key.known_text().cloned(),
    }
}

/// The position that a number, counted from the end if negative, stands for.
pub(crate) fn place(number: i64, len: usize) -> Option<usize> {
    let len_number = i64::try_from(len).ok()?;
    let at = if number < 0 { number.checked_add(len_number)? } else { number };
    usize::try_from(at).ok().filter(|at| *at < len)
}

fn letter(text: &str, number: i64) -> Option<char> {
    if text.is_ascii() {
        let at = place(number, text.len())?;
        return text.as_bytes().get(at).map(|byte| char::from(*byte));
    }
    text.chars().nth(place(number, text.chars().count())?)
}

/// The words of a text that is not quoted.
fn split(value: Value) -> Value {
    match &value.shape {
        Shape::Text(text) => {
            let tag = &value.tag;
            Value::list(text.split_whitespace().map(|word| Value::text(word).tagged(tag.clone())).collect())
        }
        Shape::List(_) => value,
        _ => Value::list(vec![value]),
    }
}
