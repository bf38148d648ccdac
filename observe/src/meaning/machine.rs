//! Runs the neutral form over an abstract store: statements, names, and what is one or the other where ways join.
//!
//! A function runs once by itself with unknown arguments, and again for calls whose arguments tell more, within bounds.
//! Loops over constants run as often as they would; others twice.

use super::emit::Emitter;
use super::names::Hashed;
use super::tree::{self, ROOT, Tree};
use super::values::{Items, Shape, Value, join, stepped};
use crate::neutral::{At, Expr, Function, Module, Over, Place, Stmt, What};
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
}

impl<'m, 'e> Machine<'m, 'e> {
    pub(crate) fn new(module: &'m Module<'m>, python: bool, out: &'e mut Emitter) -> Self {
        let count = module.functions.len();
        let again = out.again();
        Self {
            module,
            tree: tree::of(python),
            python,
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
        let outer = std::mem::replace(&mut self.out.function, at);
        self.bind_params(function, this, args, called);
        self.block(&function.body);
        self.out.function = outer;
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
        let mut at = args.at.iter().cloned();
        let mut params = function.params.iter().peekable();
        let own = this.or_else(|| function.class.map(|class| Value::new(Shape::Instance(class))));
        if let Some(own) = own {
            if self.python {
                let is_static = function.decorators.iter().any(|expr| matches!(&expr.what, What::Name(name) if name == "staticmethod"));
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
            Stmt::Do(expr) => drop(self.value(expr)),
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

    pub(crate) fn give(&mut self, value: Value) {
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
                let wrapped = self.call_value(&wrapper, None, &args, &decorator.at);
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
            self.alone(class.body);
            let names = self.names.get(index(class.body)).cloned().unwrap_or_default();
            if let Some(fields) = self.fields.get_mut(index(at)) {
                fields.extend(names);
            }
        }
    }

    fn import(&mut self, import: &'m crate::neutral::Import<'m>) {
        let module = import.module.strip_prefix("node:").unwrap_or(&import.module);
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
            let is_class_body = !innermost && self.module.classes.iter().take(64).any(|class| class.body == function && function != 0);
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
        let mut at = if self.python { self.module.functions.get(index(own)).and_then(|function| function.outer) } else { Some(own) };
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

    /// Runs a way that may not be taken; what it changed is taken back and returned.
    fn perhaps(&mut self, run: impl FnOnce(&mut Self) -> Flow) -> (Flow, BTreeMap<(u32, &'m str), Value>) {
        let start = self.trail.len();
        self.trails = self.trails.saturating_add(1);
        let flow = run(self);
        self.trails = self.trails.saturating_sub(1);
        let mut changes = BTreeMap::new();
        for (at, name, old) in self.trail.split_off(start.min(self.trail.len())).into_iter().rev() {
            let Some(names) = self.names.get_mut(index(at)) else { continue };
            let now = match old {
                Some(old) => names.insert(name, old),
                None => names.remove(name),
            };
            if let Some(now) = now {
                changes.entry((at, name)).or_insert(now);
            }
        }
        (flow, changes)
    }

    fn change(&mut self, changes: BTreeMap<(u32, &'m str), Value>) {
        for ((at, name), value) in changes {
            self.set_in(at, name, value);
        }
    }

    /// What holds after one or the other of two ways.
    fn meet(&mut self, one: BTreeMap<(u32, &'m str), Value>, mut other: BTreeMap<(u32, &'m str), Value>) {
        for ((at, name), value) in one {
            let else_value = other.remove(&(at, name));
            let else_value = else_value.or_else(|| self.names.get(index(at)).and_then(|names| names.get(name)).cloned());
            let value = match else_value {
                Some(else_value) => join(value, else_value),
                None => value,
            };
            self.set_in(at, name, value);
        }
        for ((at, name), value) in other {
            let value = match self.names.get(index(at)).and_then(|names| names.get(name)) {
                Some(known) => join(known.clone(), value),
                None => value,
            };
            self.set_in(at, name, value);
        }
    }

    fn choose(&mut self, test: &'m Expr<'m>, then: &'m [Stmt<'m>], other: &'m [Stmt<'m>]) -> Flow {
        let truth = self.value(test).truth();
        let guard = self.out.guard_starts();
        let flow = match truth {
            Some(truth) => {
                let (taken, left) = if truth { (then, other) } else { (other, then) };
                if self.certain == 0 && !left.is_empty() {
                    // The facts of the other way count too: what decides may be set from outside.
                    self.perhaps(|machine| machine.block(left));
                }
                self.block(taken)
            }
            None => {
                let (flow, changes) = self.perhaps(|machine| machine.block(then));
                let (else_flow, else_changes) = self.perhaps(|machine| machine.block(other));
                match (flow, else_flow) {
                    (Flow::Next, Flow::Next) => self.meet(changes, else_changes),
                    (Flow::Next, _) => self.change(changes),
                    (_, Flow::Next) => self.change(else_changes),
                    _ => self.meet(changes, else_changes),
                }
                if flow == Flow::Next || else_flow == Flow::Next { Flow::Next } else { flow }
            }
        };
        if self.out.guard_starts() > guard {
            self.guard(test, guard);
        }
        flow
    }

    fn repeat(&mut self, over: &'m Over<'m>, body: &'m [Stmt<'m>]) -> Flow {
        match over {
            Over::Each(place, expr) => {
                let value = self.value(expr);
                let concrete = self.elements(&value).filter(|_| self.python || matches!(value.shape, Shape::List(_) | Shape::Text(_)));
                match concrete {
                    Some(elements) if elements.len() <= TURNS_MAX => {
                        for element in elements {
                            self.assign(place, element);
                            let flow = self.certainly(|machine| machine.block(body));
                            match flow {
                                Flow::Break => return Flow::Next,
                                Flow::Return => return flow,
                                Flow::Next | Flow::Continue => {}
                            }
                            if !self.out.may_repeat() {
                                break;
                            }
                        }
                    }
                    _ => {
                        let element = self.element(&value);
                        for _ in 0..2 {
                            let element = element.clone();
                            let (_, changes) = self.perhaps(|machine| {
                                machine.assign(place, element);
                                machine.block(body)
                            });
                            self.meet(changes, BTreeMap::new());
                        }
                    }
                }
            }
            Over::While(test) => return self.repeat_while(test, body),
        }
        Flow::Next
    }

    fn repeat_while(&mut self, test: &'m Expr<'m>, body: &'m [Stmt<'m>]) -> Flow {
        let always = matches!(test.what, What::Bool(_) | What::Int(_));
        for _ in 0..TURNS_MAX {
            if always {
                break;
            }
            match self.value(test).truth() {
                Some(true) if self.out.may_repeat() => {
                    let flow = self.certainly(|machine| machine.block(body));
                    match flow {
                        Flow::Break => return Flow::Next,
                        Flow::Return => return flow,
                        Flow::Next | Flow::Continue => {}
                    }
                }
                Some(false) => return Flow::Next,
                _ => break,
            }
        }
        for _ in 0..2 {
            let (_, changes) = self.perhaps(|machine| machine.block(body));
            self.meet(changes, BTreeMap::new());
            self.value(test);
        }
        Flow::Next
    }

    fn certainly<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.out.steps;
        let value = run(self);
        let spent = before.saturating_sub(self.out.steps);
        self.out.repeated(spent);
        value
    }

    fn attempt(&mut self, body: &'m [Stmt<'m>], handlers: &'m [Vec<Stmt<'m>>], last: &'m [Stmt<'m>]) -> Flow {
        let flow = self.block(body);
        for handler in handlers {
            let (_, changes) = self.perhaps(|machine| machine.block(handler));
            self.meet(changes, BTreeMap::new());
        }
        let after = self.block(last);
        if after != Flow::Next {
            return after;
        }
        // An error may have led to a handler instead.
        if handlers.is_empty() || self.certain > 0 { flow } else { Flow::Next }
    }

    /// Puts a value into a place.
    pub(crate) fn assign(&mut self, place: &'m Place<'m>, value: Value) {
        if self.depth >= DEPTH_MAX {
            self.out.too_deep = true;
            return;
        }
        self.depth = self.depth.saturating_add(1);
        self.assign_inside(place, value);
        self.depth = self.depth.saturating_sub(1);
    }

    fn assign_inside(&mut self, place: &'m Place<'m>, value: Value) {
        match place {
            Place::Name(name, at) => {
                let tag = stepped(value.tag, (at.start, at.end), None);
                self.set_name(name, Value { shape: value.shape, tag });
            }
            Place::Member(object, name, _) => self.assign_member(object, name, value),
            Place::Index(object, key, _) => {
                let key = self.value(key);
                self.assign_element(object, &key, value);
            }
            Place::Elements(places) => {
                let elements = self.elements(&value);
                for (at, place) in places.iter().enumerate() {
                    let element = match (&elements, place) {
                        (Some(elements), Place::Rest(_)) => Value::list(elements.get(at..).unwrap_or_default().to_vec()),
                        (Some(elements), _) => elements.get(at).cloned().unwrap_or_default(),
                        (None, _) => self.element(&value),
                    };
                    self.assign(place, element);
                }
            }
            Place::Members(members) => {
                for (name, place) in members {
                    let element = self.member(&value, name, &(0..0));
                    self.assign(place, element);
                }
            }
            Place::Rest(place) => self.assign(place, value),
        }
    }

    fn assign_member(&mut self, object: &'m Expr<'m>, name: &'m str, value: Value) {
        let owner = self.value(object);
        match owner.shape {
            Shape::Instance(class) | Shape::Class(class) => self.set_field(class, name, value),
            Shape::Api(node) => {
                // A setting of an API object, such as a handler, reaches it like an argument.
                if let Some(child) = self.tree.child(node, name) {
                    let args = Args { at: vec![value], named: Vec::new() };
                    let callee = Value { shape: Shape::Api(child), tag: owner.tag.clone() };
                    if self.tree.node(child).row.is_some_and(|row| row.kind.is_some()) {
                        self.call_value(&callee, Some(&owner), &args, &object.at);
                    }
                } else if let (Shape::Function(..), true) = (&value.shape, owner.has_origins()) {
                    let args = Args { at: vec![Value { shape: Shape::Computed, tag: owner.tag.clone() }], named: Vec::new() };
                    self.call_value(&value, None, &args, &object.at);
                }
            }
            _ => self.assign_element(object, &Value::text(name), value),
        }
    }

    fn assign_element(&mut self, object: &'m Expr<'m>, key: &Value, value: Value) {
        let What::Name(name) = &object.what else {
            self.value(object);
            return;
        };
        let mut owner = self.lookup(name);
        match (&owner.shape, key.known_text(), key.int().and_then(|at| usize::try_from(at).ok())) {
            (Shape::Map(pairs), Some(key), _) => {
                let mut pairs = pairs.to_vec();
                match pairs.iter().position(|(known, _)| known == key).and_then(|at| pairs.get_mut(at)) {
                    Some(pair) => pair.1 = value,
                    None => pairs.push((Rc::clone(key), value)),
                }
                self.out.spend_bytes(owner.weight());
                owner = Value::map(pairs).tagged(owner.tag.clone());
            }
            (Shape::List(values), _, Some(at)) if at < values.len() => {
                let mut values = values.to_vec();
                if let Some(element) = values.get_mut(at) {
                    *element = value;
                }
                self.out.spend_bytes(owner.weight());
                owner = Value::list(values).tagged(owner.tag.clone());
            }
            (Shape::Api(node), ..) => {
                let child = self.tree.child(*node, "[]");
                if let Some(child) = child.filter(|child| self.tree.node(*child).row.is_some_and(|row| !row.read)) {
                    let args = Args { at: vec![key.clone(), value], named: Vec::new() };
                    self.call_value(&Value::new(Shape::Api(child)), Some(&owner), &args, &object.at);
                }
                return;
            }
            _ => {
                if !value.has_origins() {
                    return;
                }
                owner.tag = super::values::merge(owner.tag, value.deep_tag());
            }
        }
        // The same name may be seen from other functions: assign where it was found.
        self.set_found(name, owner);
    }

    /// A list has changed: it is the same under all its names in the calls on their way.
    pub(crate) fn change_list(&mut self, old: &Rc<Items<Value>>, new: &Rc<Items<Value>>) {
        let mut named = Vec::new();
        for frame in &self.frames {
            let Some(names) = self.names.get(index(frame.function)) else { continue };
            for (name, value) in names {
                if matches!(&value.shape, Shape::List(list) if Rc::ptr_eq(list, old)) {
                    named.push((frame.function, *name, Value { shape: Shape::List(Rc::clone(new)), tag: value.tag.clone() }));
                }
            }
        }
        for (at, name, value) in named {
            self.set_in(at, name, value);
        }
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
