//! Runs the neutral form over an abstract store: statements, names, and what is one or the other where ways join.
//!
//! A function runs once by itself with unknown arguments, and again for calls whose arguments tell more, within bounds.
//! Loops over constants run as often as they would; others twice.

mod ways;

pub(crate) use ways::append;

use super::emit::Emitter;
use super::names::Hashed;
use super::tree::{self, ROOT, Tree};
use super::values::{Shape, Value, join, stepped};
use crate::languages::Language;
use crate::neutral::{At, Function, Module, Place, Stmt, What};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// Most turns of a loop over constants.
const TURNS_MAX: usize = 1 << 16;

/// Most calls inside each other.
const CALLS_MAX: usize = 10;

/// Deepest nesting of statements, expressions and calls that is followed.
pub(crate) const DEPTH_MAX: u32 = 700;

/// Names and their values.
type Names<'m> = HashMap<&'m str, Value, Hashed>;

/// How a block ends.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Flow {
    /// At its end.
    Next,
    /// Leaves the loop.
    Break,
    /// Next turn of the loop.
    Continue,
    /// Leaves the function.
    Return,
}

/// A call on its way.
struct Frame {
    function: u32,
    gives: Option<Value>,
}

/// Arguments of a call.
#[derive(Clone, Default)]
pub(crate) struct Args<'m> {
    /// By position.
    pub at: Vec<Value>,
    /// By name.
    pub named: Vec<(&'m str, Value)>,
}

/// Runs one module.
pub(crate) struct Machine<'m, 'e> {
    pub module: &'m Module<'m>,
    pub tree: &'static Tree,
    pub language: Language,
    /// It is Python.
    pub python: bool,
    pub out: &'e mut Emitter,
    names: Vec<Names<'m>>,
    fields: Vec<Names<'m>>,
    /// What assignments replaced, while a way is run that may not be taken.
    trail: Vec<(u32, &'m str, Option<Value>)>,
    trails: u32,
    frames: Vec<Frame>,
    /// What each function gives where nothing is known of its arguments.
    given: Vec<Option<Value>>,
    /// Steps that may still be spent on running a function again.
    again: Vec<u64>,
    /// Names that a function takes from outside (`global`, `nonlocal`).
    pub outers: BTreeSet<(u32, &'m str)>,
    /// Modules all of whose names are imported.
    stars: Vec<u32>,
    /// Loops and calls around that are run as they are.
    certain: u32,
    pub depth: u32,
    /// The number of the module's first function among all of the file.
    pub base: Option<u32>,
    /// What hangs on the unknown parts of a text that is run.
    pub hole: Option<Rc<super::values::Tag>>,
    /// Variables of the commands around.
    pub inherited: BTreeMap<Box<str>, Value>,
}

impl<'m, 'e> Machine<'m, 'e> {
    pub(crate) fn new(module: &'m Module<'m>, language: Language, out: &'e mut Emitter) -> Self {
        let count = module.functions.len();
        let again = out.again();
        let base = super::reach::number(&mut out.functions, module);
        Self {
            module,
            tree: tree::of(language),
            language,
            python: language == Language::Python,
            out,
            names: vec![Names::default(); count],
            fields: vec![Names::default(); module.classes.len()],
            trail: Vec::new(),
            trails: 0,
            frames: Vec::new(),
            given: vec![None; count],
            again: vec![again; count],
            outers: BTreeSet::new(),
            stars: Vec::new(),
            certain: 0,
            depth: 0,
            base,
            hole: None,
            inherited: BTreeMap::new(),
        }
    }

    /// The top level, then every function that no call reached.
    pub(crate) fn run(&mut self) {
        for at in 0..self.module.functions.len() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            if self.given.get(index(at)).is_some_and(Option::is_none) {
                self.alone(at);
            }
        }
        // What is written to a named pipe was asked for before it was written.
        if std::mem::take(&mut self.out.has_pipe) {
            if let Some(given) = self.given.first_mut() {
                *given = None;
            }
            self.alone(0);
            self.out.has_pipe = false;
        }
    }

    /// Runs a function with nothing known of its arguments.
    pub(crate) fn alone(&mut self, at: u32) -> Value {
        if let Some(Some(value)) = self.given.get(index(at)) {
            return value.clone();
        }
        if let Some(given) = self.given.get_mut(index(at)) {
            *given = Some(Value::default());
        }
        let certain = std::mem::take(&mut self.certain);
        let value = self.enter(at, None, &Args::default(), false);
        self.certain = certain;
        if let Some(given) = self.given.get_mut(index(at)) {
            *given = Some(value.clone());
        }
        value
    }

    /// Calls a function of the module.
    pub(crate) fn call_function(&mut self, at: u32, this: Option<Value>, args: &Args<'m>, site: &At) -> Value {
        self.reaches(at);
        let step = (site.start, site.end);
        let active = self.frames.iter().filter(|frame| frame.function == at).count();
        let tells = args.at.iter().chain(args.named.iter().map(|(_, value)| value)).any(Value::tells);
        let left = self.again.get(index(at)).copied().unwrap_or(0);
        if self.frames.len() >= CALLS_MAX || active > 3 || self.depth > DEPTH_MAX / 2 {
            return Value { shape: Shape::Computed, tag: stepped(args.tag(), step, None) };
        }
        if !tells && this.as_ref().is_none_or(|this| this.tag.is_none()) {
            let mut value = self.alone(at);
            value.tag = stepped(value.tag, step, None);
            return value;
        }
        if left == 0 || !self.out.may_repeat() {
            let mut value = self.alone(at);
            value.tag = stepped(super::values::merge(value.tag, args.tag()), step, None);
            return value;
        }
        let before = self.out.steps;
        let mut args = args.clone();
        for value in args.at.iter_mut().chain(args.named.iter_mut().map(|(_, value)| value)) {
            value.tag = stepped(value.tag.take(), step, None);
        }
        self.certain = self.certain.saturating_add(1);
        let mut value = self.enter(at, this, &args, true);
        self.certain = self.certain.saturating_sub(1);
        let spent = before.saturating_sub(self.out.steps);
        self.out.repeated(spent);
        if let Some(left) = self.again.get_mut(index(at)) {
            *left = left.saturating_sub(spent);
        }
        value.tag = stepped(value.tag, step, None);
        value
    }

    fn enter(&mut self, at: u32, this: Option<Value>, args: &Args<'m>, called: bool) -> Value {
        let Some(function) = self.module.functions.get(index(at)) else { return Value::default() };
        let active = self.frames.iter().any(|frame| frame.function == at);
        let start = self.trail.len();
        let saved = self.names.get_mut(index(at)).map(std::mem::take).unwrap_or_default();
        self.frames.push(Frame { function: at, gives: None });
        let number = self.numbered(at);
        let function_around = std::mem::replace(&mut self.out.function, number);
        self.bind_params(function, this, args, called);
        self.block(&function.body);
        self.out.function = function_around;
        let frame = self.frames.pop();
        if active {
            if let Some(names) = self.names.get_mut(index(at)) {
                *names = saved;
            }
            let rest: Vec<_> = self.trail.drain(start..).filter(|(of, ..)| *of != at).collect();
            self.trail.extend(rest);
        }
        frame.and_then(|frame| frame.gives).unwrap_or_default()
    }

    fn bind_params(&mut self, function: &'m Function<'m>, this: Option<Value>, args: &Args<'m>, called: bool) {
        if self.language.is_shell()
            && let Some((name, stdin)) = args.named.iter().find(|(name, _)| *name == "stdin")
        {
            self.set(name, stdin.clone());
        }
        let mut at = args.at.iter().cloned();
        let mut params = function.params.iter().peekable();
        let own = this.or_else(|| function.class.map(|class| Value::new(Shape::Instance(class))));
        if let Some(own) = own {
            if self.python {
                let is_static =
                    function.decorators.iter().any(|expr| matches!(&expr.what, What::Name(name) if name == "staticmethod"));
                if !is_static && let Some(param) = params.next() {
                    self.assign(&param.place, own);
                }
            } else {
                self.set("this", own);
            }
        }
        for param in params {
            let value = if param.rest {
                if called { Value::list(at.by_ref().collect()) } else { Value::default() }
            } else {
                let named = || match &param.place {
                    Place::Name(name, _) => args.named.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()),
                    _ => None,
                };
                match at.next().or_else(named) {
                    Some(value) => value,
                    None => match &param.default {
                        // By itself, a function may be called with anything.
                        Some(default) if called => self.value(default),
                        Some(default) => {
                            let value = self.value(default);
                            if value.tells() { value } else { Value::default() }
                        }
                        None => Value::default(),
                    },
                }
            };
            self.assign(&param.place, value);
        }
    }

    pub(crate) fn function(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.function)
    }

    /// The object whose method runs.
    pub(crate) fn class(&self) -> Option<u32> {
        self.module.functions.get(index(self.function())).and_then(|function| function.class)
    }

    pub(crate) fn block(&mut self, body: &'m [Stmt<'m>]) -> Flow {
        if !self.python {
            for stmt in body {
                if let Stmt::Define(at) = stmt {
                    self.define(*at);
                }
            }
        }
        for stmt in body {
            if !self.out.spend() {
                return Flow::Return;
            }
            let flow = self.statement(stmt);
            if flow != Flow::Next {
                // What stands behind is run for its facts alone, if it defines something.
                return flow;
            }
        }
        Flow::Next
    }

    fn statement(&mut self, stmt: &'m Stmt<'m>) -> Flow {
        if self.depth >= DEPTH_MAX {
            self.out.too_deep = true;
            return Flow::Next;
        }
        self.depth = self.depth.saturating_add(1);
        let flow = self.statement_inside(stmt);
        self.depth = self.depth.saturating_sub(1);
        flow
    }

    fn statement_inside(&mut self, stmt: &'m Stmt<'m>) -> Flow {
        match stmt {
            Stmt::Assign(place, expr) => {
                let value = self.value(expr);
                self.assign(place, value);
            }
            Stmt::Do(expr) => {
                let value = self.value(expr);
                if self.language.is_shell() {
                    self.write(value);
                }
            }
            Stmt::If(test, then, other) => return self.choose(test, then, other),
            Stmt::Loop(over, body) => return self.repeat(over, body),
            Stmt::Try(body, handlers, last) => return self.attempt(body, handlers, last),
            Stmt::Return(expr) => {
                let value = expr.as_ref().map_or(Value::new(Shape::Null), |expr| self.value(expr));
                self.give(value);
                return Flow::Return;
            }
            Stmt::Raise(expr) => {
                if let Some(expr) = expr {
                    self.value(expr);
                }
                return Flow::Return;
            }
            Stmt::Define(at) => self.define(*at),
            Stmt::Class(at) => self.define_class(*at),
            Stmt::Import(import) => self.import(import),
            Stmt::Local(names) => {
                for name in names {
                    let known = self.names.get(index(self.function())).is_some_and(|own| own.contains_key(&**name));
                    if !known {
                        self.set(name, Value::default());
                    }
                }
            }
            Stmt::Break => return Flow::Break,
            Stmt::Continue => return Flow::Continue,
        }
        Flow::Next
    }

    /// A command writes to what the function around writes.
    fn write(&mut self, value: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.gives = Some(match frame.gives.take() {
                None => value,
                Some(known) => super::commands::written(known, value),
            });
        }
    }

    /// A name that is bound in a function that runs, innermost first.
    pub(crate) fn in_frames(&self, name: &str) -> Option<&Value> {
        self.frames.iter().rev().find_map(|frame| self.names.get(index(frame.function))?.get(name))
    }

    /// Variables that are set, for code that is run in their reach.
    pub(crate) fn globals(&self) -> BTreeMap<Box<str>, Value> {
        let of = |names: &Names<'m>| names.iter().map(|(name, value)| ((*name).into(), value.clone())).collect::<Vec<_>>();
        let own = self.frames.last().and_then(|frame| self.names.get(index(frame.function))).map(of).unwrap_or_default();
        let top = self.names.first().map(of).unwrap_or_default();
        let all = self.inherited.clone().into_iter().chain(top).chain(own);
        all.filter(|(name, value)| name.starts_with('$') && !value.is_computed()).take(256).collect()
    }

    /// A variable by a name that is computed.
    pub(crate) fn inherited_or_own(&mut self, name: &str) -> Value {
        let own = self.names.first().and_then(|names| names.get(name)).cloned();
        own.or_else(|| self.inherited.get(name).cloned()).unwrap_or_default()
    }

    pub(crate) fn give(&mut self, value: Value) {
        if self.language.is_shell() {
            return;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.gives = Some(match frame.gives.take() {
                None => value,
                Some(known) => join(known, value),
            });
        }
    }

    fn define(&mut self, at: u32) {
        let Some(function) = self.module.functions.get(index(at)) else { return };
        let mut value = Value::new(Shape::Function(at, None));
        for decorator in function.decorators.iter().rev() {
            let wrapper = self.value(decorator);
            let args = Args { at: vec![value.clone()], named: Vec::new() };
            if matches!(wrapper.shape, Shape::Function(..) | Shape::Api(_)) {
                // A decorator that is not the file's own mostly keeps the function for later.
                self.out.reach.later = matches!(wrapper.shape, Shape::Api(node) if !self.calls_argument(node));
                let wrapped = self.call_value(&wrapper, None, &args, &decorator.at);
                self.out.reach.later = false;
                if matches!(wrapped.shape, Shape::Function(..)) {
                    value = wrapped;
                }
            }
        }
        if !function.name.is_empty() {
            self.set(&function.name, value);
        }
    }

    pub(crate) fn define_class(&mut self, at: u32) {
        let Some(class) = self.module.classes.get(index(at)) else { return };
        for base in &class.bases {
            self.value(base);
        }
        self.set(&class.name, Value::new(Shape::Class(at)));
        if class.body != 0 {
            self.reaches(class.body);
            self.alone(class.body);
            let names = self.names.get(index(class.body)).cloned().unwrap_or_default();
            if let Some(fields) = self.fields.get_mut(index(at)) {
                fields.extend(names);
            }
        }
    }

    fn import(&mut self, import: &'m crate::neutral::Import<'m>) {
        let module = import.module.strip_prefix("node:").unwrap_or(&import.module);
        self.asks(import);
        let relative = import.dots > 0 || module.starts_with('.') || module.starts_with('/');
        if relative {
            self.set(&import.alias, Value::default());
            return;
        }
        self.out.imported(module, &import.at);
        let node = self.tree.find(module);
        let value = |node: Option<u32>| node.map_or_else(Value::default, |node| Value::new(Shape::Api(node)));
        match import.item.as_deref() {
            None => {
                let first = module.split('.').next().unwrap_or(module);
                let binds_first = self.python && import.alias == first && first != module;
                let node = if binds_first { self.tree.find(first) } else { node };
                self.set(&import.alias, value(node));
            }
            // All names: what is not bound is looked up among the modules' names.
            Some("*") if self.python => {
                if let Some(node) = node {
                    self.stars.push(node);
                }
            }
            Some("default" | "*") if !self.python => self.set(&import.alias, value(node)),
            Some(item) => {
                let item = node.and_then(|node| self.tree.child(node, item));
                self.set(&import.alias, value(item));
            }
        }
    }

    /// The value of a name, from the inside out.
    pub(crate) fn lookup(&mut self, name: &str) -> Value {
        let mut at = Some(self.function());
        let mut innermost = true;
        while let Some(function) = at {
            let found = self.names.get(index(function)).and_then(|names| names.get(name));
            let is_class_body =
                !innermost && self.module.classes.iter().take(64).any(|class| class.body == function && function != 0);
            if let Some(value) = found.filter(|_| !is_class_body) {
                return value.clone();
            }
            innermost = false;
            at = self.module.functions.get(index(function)).and_then(|function| function.outer);
        }
        self.global(name)
    }

    fn global(&mut self, name: &str) -> Value {
        if matches!(name, "globalThis" | "window" | "global" | "self" | "__builtins__" | "builtins" | "frames") {
            return Value::new(Shape::Api(ROOT));
        }
        if name == "undefined" {
            return Value::new(Shape::Null);
        }
        let starred = self.stars.iter().find_map(|star| self.tree.child(*star, name));
        match starred.or_else(|| self.tree.child(ROOT, name)) {
            Some(node) => Value::new(Shape::Api(node)),
            None => Value::default(),
        }
    }

    /// Binds a name in the function that runs.
    pub(crate) fn set(&mut self, name: &'m str, value: Value) {
        let at = self.function();
        self.set_in(at, name, value);
    }

    fn set_in(&mut self, at: u32, name: &'m str, value: Value) {
        let Some(names) = self.names.get_mut(index(at)) else { return };
        let old = names.insert(name, value);
        if self.trails > 0 {
            self.trail.push((at, name, old));
        }
    }

    /// Assigns to a name where it belongs.
    pub(crate) fn set_name(&mut self, name: &'m str, value: Value) {
        let own = self.function();
        if self.python {
            let outer = self.outers.contains(&(own, name));
            if !outer {
                return self.set(name, value);
            }
        }
        let mut at =
            if self.python { self.module.functions.get(index(own)).and_then(|function| function.outer) } else { Some(own) };
        while let Some(function) = at {
            if function == 0 || self.names.get(index(function)).is_some_and(|names| names.contains_key(name)) {
                // Another function's name may be assigned by others as well.
                let value = match self.names.get(index(function)).and_then(|names| names.get(name)) {
                    Some(known) if function != own && self.certain == 0 => join(known.clone(), value),
                    _ => value,
                };
                return self.set_in(function, name, value);
            }
            at = self.module.functions.get(index(function)).and_then(|function| function.outer);
        }
        self.set(name, value);
    }

    pub(crate) fn field(&self, class: u32, name: &str) -> Option<&Value> {
        self.fields.get(index(class))?.get(name)
    }

    pub(crate) fn set_field(&mut self, class: u32, name: &'m str, value: Value) {
        let Some(fields) = self.fields.get_mut(index(class)) else { return };
        let value = match fields.remove(name) {
            Some(known) if known != value => join(known, value),
            _ => value,
        };
        fields.insert(name, value);
    }

    /// Replaces the value of a name where it is bound.
    pub(crate) fn set_found(&mut self, name: &'m str, value: Value) {
        let mut at = Some(self.function());
        while let Some(function) = at {
            if self.names.get(index(function)).is_some_and(|names| names.contains_key(name)) {
                return self.set_in(function, name, value);
            }
            at = self.module.functions.get(index(function)).and_then(|function| function.outer);
        }
    }
}

impl Args<'_> {
    /// All that hangs on them.
    pub(crate) fn tag(&self) -> Option<Rc<super::values::Tag>> {
        let named = self.named.iter().fold(None, |tag, (_, value)| super::values::merge(tag, value.deep_tag()));
        super::values::merge(super::values::tags(&self.at), named)
    }

    /// The argument at a position.
    pub(crate) fn get(&self, at: usize) -> Option<&Value> {
        self.at.get(at)
    }
}

/// An index in memory.
pub(crate) fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
