//! What hands data on by itself in JavaScript: streams that are piped, events that are emitted, promises that are settled,
//! functions that are bound to arguments.
//!
//! Functions that wait are compiled to state machines for older engines: `__generator` of TypeScript, `regenerator` of Babel. What
//! one waits for in a state, it has in the next.
//!
//! Not handled: events whose names are computed, listeners that are taken away again, promises settled after what waits for them
//! ran.

use super::apis::Row;
use super::calls::is_function;
use super::machine::{Args, Machine};
use super::values::{Shape, Tag, Value, join, maybe, merge};
use crate::languages::Language;
use crate::neutral::At;
use std::rc::Rc;

/// Most listeners that are remembered, and most that hear one event.
const LISTENERS_MAX: usize = 64;
const HEARERS_MAX: usize = 4;

/// Most promises of a file of which it is known what settles them.
const PROMISES_MAX: usize = 256;

/// Most states of a state machine that take each other's data.
const STATES_MAX: usize = 4;

/// Clients whose errors hold the answer, where its status tells of one.
const CLIENTS: [&str; 5] = ["axios", "got", "request-promise", "superagent", "ky"];

/// Name of the method that stands for a function bound to arguments.
const BOUND: &str = "(bound)";

/// What was told to listen, and what promises were settled with.
#[derive(Default)]
pub(crate) struct Relays {
    listeners: Vec<(Rc<str>, Value)>,
    settled: Vec<Option<Value>>,
    /// The call whose callbacks wait until its value has its name, and those callbacks.
    naming: Option<(u32, u32)>,
    waiting: Vec<(Value, Value)>,
    /// Answers of clients whose errors hold them, of the `try` that runs, and the error of the handler that runs.
    received: Option<Rc<Tag>>,
    thrown: Option<Rc<Tag>>,
}

/// A function and the arguments that it is bound to.
pub(super) fn bound(function: &Value, args: Vec<Value>) -> Value {
    if args.is_empty() {
        return function.clone();
    }
    let all = std::iter::once(function.clone()).chain(args).collect();
    Value { shape: Shape::Method(Rc::new((Value::list(all), BOUND.into()))), tag: function.tag.clone() }
}

impl<'m> Machine<'m, '_> {
    /// A call that only hands data on; nothing where it does something else.
    pub(super) fn relay(&mut self, owner: &Value, name: &str, args: &Args<'m>, at: &At) -> Option<Value> {
        match self.language {
            Language::JavaScript => self.relay_of_javascript(owner, name, args, at),
            Language::Rust => super::rust::is_same(name).then(|| owner.clone()),
            _ => None,
        }
    }

    fn relay_of_javascript(&mut self, owner: &Value, name: &str, args: &Args<'m>, at: &At) -> Option<Value> {
        match name {
            "pipe" | "pipeTo" | "pipeThrough" => {
                let to = args.get(0)?.clone();
                Some(self.pipe(owner, to, at))
            }
            "__generator" => Some(self.state_machine(args.get(1)?, at)),
            "wrap" | "w" => {
                let function = args.get(0).filter(|value| is_function(value))?;
                Some(self.state_machine(function, at))
            }
            "emit" => self.emit(owner, args, at),
            "constructor" if matches!(owner.shape, Shape::Function(..) | Shape::Class(_) | Shape::Method(_)) => {
                let callee = self.member(owner, name, at);
                Some(self.call_value(&callee, None, args, at))
            }
            "exports" if self.is_module(owner) => {
                let whole = self.whole.clone()?;
                Some(self.call_value(&whole, None, args, at))
            }
            "on" | "once" | "addListener" | "prependListener" => {
                let (event, function) = (args.get(0)?.known_text()?, args.get(1)?);
                let is_new = |(known, other): &(Rc<str>, Value)| known != event || other.shape != function.shape;
                let listeners = &mut self.relays.listeners;
                if is_function(function) && listeners.len() < LISTENERS_MAX && listeners.iter().all(is_new) {
                    listeners.push((Rc::clone(event), function.clone()));
                }
                None
            }
            _ => None,
        }
    }

    /// Whether a value is what a file of CommonJS knows as `module`.
    fn is_module(&self, value: &Value) -> bool {
        matches!(value.shape, Shape::Api(node) if self.tree.find("module") == Some(node))
    }

    /// One stream goes into another.
    pub(super) fn pipe(&mut self, from: &Value, to: Value, at: &At) -> Value {
        let data = Value { shape: Shape::Computed, tag: from.deep_tag() };
        let write = match &to.shape {
            Shape::Api(node) => self.tree.child(*node, "write"),
            _ => None,
        };
        let about = to.tag.as_ref().map_or(&[][..], |tag| &tag.about);
        let program = about.iter().find(|(name, _)| *name == "command").and_then(|(_, line)| line.split_whitespace().next());
        match write {
            // What a fixed program reads as data does not run.
            Some(_) if program.is_some_and(|program| super::runs::is_fixed(&Value::text(program))) => to,
            Some(write) => {
                let callee = Value { shape: Shape::Api(write), tag: to.tag.clone() };
                self.call_value(&callee, Some(&to), &Args { at: vec![data], named: Vec::new() }, at);
                to
            }
            // What it goes through hands it on.
            None => Value { shape: Shape::Computed, tag: merge(data.tag, to.deep_tag()) },
        }
    }

    /// Several streams in a row: `pipeline(from, through, to, callback)`.
    pub(super) fn pipeline(&mut self, args: &Args<'m>, at: &At) -> Value {
        let mut streams = args.at.iter().filter(|value| !is_function(value) && !matches!(value.shape, Shape::Map(_)));
        let Some(first) = streams.next().cloned() else { return Value::default() };
        streams.cloned().fold(first, |from, to| self.pipe(&from, to, at))
    }

    /// An event of the program's own: whoever listens to one of its name gets what is sent along.
    fn emit(&mut self, owner: &Value, args: &Args<'m>, at: &At) -> Option<Value> {
        if matches!(&owner.shape, Shape::Api(node) if self.tree.child(*node, "emit").is_some()) {
            return None;
        }
        let event = args.get(0)?.known_text()?;
        let hears = self.relays.listeners.iter().filter(|(known, _)| known == event);
        let hears: Vec<Value> = hears.take(HEARERS_MAX).map(|(_, function)| function.clone()).collect();
        if hears.is_empty() {
            return None;
        }
        let rest = Args { at: args.at.get(1..).unwrap_or_default().to_vec(), named: Vec::new() };
        for function in hears {
            self.call_value(&function, None, &rest, at);
        }
        Some(Value::default())
    }

    /// A function that was compiled to a state machine: runs it until nothing more comes of what it waits for.
    pub(super) fn state_machine(&mut self, function: &Value, at: &At) -> Value {
        let mut given = Value::default();
        let Some(same) = self.tree.find("Promise.resolve") else { return given };
        for _ in 0..STATES_MAX {
            let tag = given.deep_tag();
            let last = Value { shape: Shape::Computed, tag: tag.clone() };
            let sent = Value { tag: tag.clone(), ..bound(&Value::new(Shape::Api(same)), vec![last.clone()]) };
            let members = vec![("sent".into(), sent), ("v".into(), last.clone()), ("n".into(), Value::default())];
            let state = Value::map(members);
            given = self.call_value(function, None, &Args { at: vec![state], named: Vec::new() }, at);
            if given.deep_tag() == tag {
                break;
            }
        }
        Value { shape: Shape::Computed, tag: given.deep_tag() }
    }

    /// A promise is what its function settles it with.
    pub(super) fn promise(&mut self, args: &Args<'m>, at: &At) -> Option<Value> {
        let function = args.get(0).filter(|value| is_function(value))?.clone();
        let settle = self.tree.find("Promise.settle!")?;
        let number = self.relays.settled.len();
        if number >= PROMISES_MAX {
            return None;
        }
        self.relays.settled.push(None);
        let about = vec![("promise", Rc::from(number.to_string()))];
        let resolve = Value { shape: Shape::Api(settle), tag: Some(Rc::new(Tag { about, ..Tag::default() })) };
        let given = self.call_value(&function, None, &Args { at: vec![resolve.clone(), resolve], named: Vec::new() }, at);
        let settled = self.relays.settled.get(number).cloned().flatten();
        // What a callback that was not followed settles it with has to do with what the function did.
        let rest = Value { shape: Shape::Computed, tag: given.deep_tag() };
        Some(settled.map_or(rest.clone(), |value| if rest.tag.is_some() { join(value, rest) } else { value }))
    }

    /// A client was asked whose errors hold the answer.
    pub(super) fn may_throw(&mut self, row: &'static Row, given: &Rc<Tag>) {
        if CLIENTS.iter().any(|client| row.name.starts_with(client)) {
            self.relays.received = merge(self.relays.received.take(), Some(Rc::clone(given)));
        }
    }

    /// Runs what may fail, and what handles that with the answers that its errors may hold.
    pub(super) fn failing<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> (T, Option<Rc<Tag>>) {
        let around = self.relays.received.take();
        let value = body(self);
        let received = self.relays.received.take();
        self.relays.received = merge(around, received.clone());
        (value, received)
    }

    pub(super) fn throws(&mut self, answers: Option<Rc<Tag>>) {
        self.relays.thrown = answers;
    }

    /// The error that a handler is given: its first look at it.
    pub(super) fn thrown(&mut self) -> Option<Value> {
        let tag = self.relays.thrown.take()?;
        let answer = Value { shape: Shape::Computed, tag: Some(tag) };
        Some(Value::map(vec![("response".into(), answer)]))
    }

    /// A promise is settled.
    pub(super) fn settle(&mut self, owner: Option<&Value>, args: &Args<'m>) -> Value {
        let about = owner.and_then(|owner| owner.tag.as_ref()).map_or(&[][..], |tag| &tag.about);
        let value = args.get(0).cloned().unwrap_or(Value::new(Shape::Null));
        for (_, number) in about.iter().filter(|(name, _)| *name == "promise") {
            let number = number.parse::<usize>().ok();
            if let Some(known) = number.and_then(|number| self.relays.settled.get_mut(number)) {
                *known = Some(match known.take() {
                    None => value.clone(),
                    Some(known) => join(maybe(known), maybe(value.clone())),
                });
            }
        }
        Value::new(Shape::Null)
    }

    /// A function bound to arguments is called.
    pub(super) fn call_bound(&mut self, method: &(Value, Box<str>), args: &Args<'m>, at: &At) -> Option<Value> {
        let Shape::List(all) = &method.0.shape else { return None };
        let (function, bound) = all.split_first().filter(|_| &*method.1 == BOUND)?;
        let (function, mut given) = (function.clone(), bound.to_vec());
        given.extend(args.at.iter().cloned());
        Some(self.call_value(&function, None, &Args { at: given, named: args.named.clone() }, at))
    }

    /// Evaluates what is about to get a name: the callbacks of that very call see it under its name.
    pub(super) fn naming(&mut self, call: Option<&At>, run: impl FnOnce(&mut Self)) {
        let Some(call) = call.filter(|_| self.language == Language::JavaScript) else { return run(self) };
        let around = self.relays.naming.replace((call.start, call.end));
        let before = std::mem::take(&mut self.relays.waiting);
        run(self);
        self.relays.naming = around;
        let waiting = std::mem::replace(&mut self.relays.waiting, before);
        for (function, passed) in waiting {
            self.call_back(&function, passed, call);
        }
    }

    /// Whether a callback of this call waits for the name of the call's value.
    pub(super) fn waits(&mut self, function: &Value, passed: &Value, at: &At) -> bool {
        let waits = self.relays.naming == Some((at.start, at.end));
        if waits {
            self.relays.waiting.push((function.clone(), passed.clone()));
        }
        waits
    }
}
