//! Runs the neutral form over an abstract store: statements, names, and what is one or the other where ways join.
//!
//! A function runs once by itself with unknown arguments, and again for calls whose arguments tell more, within bounds.
//! Loops over constants run as often as they would; others twice.

mod definitions;
mod functions;
mod generators;
mod places;
mod ways;

pub(crate) use ways::append;

use super::emit::Emitter;
use super::prototypes::Prototypes;
use super::relays::Relays;
use super::scope::{Interner, NameId, Scope};
use super::string_arrays::StringArrays;
use super::texts::{Made, Sight};
use super::tree::{self, ROOT, Tree};
use super::values::{Shape, Value, join};
use crate::languages::Language;
use crate::neutral::{Expr, Module, Stmt, What};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Most turns of a loop over constants.
const TURNS_MAX: usize = 1 << 16;

/// Most names that are made by code that is made of text.
const MADE_MAX: usize = 4096;

/// Deepest nesting of statements, expressions and calls that is followed.
pub(crate) const DEPTH_MAX: u32 = 700;

/// What a way changed: function and name, in order, and the value.
pub(crate) type Changes = Vec<((u32, NameId), Value)>;

/// Most tests of one block that guard what comes after them.
const PASSED_MAX: usize = 8;

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
    /// What a generator gave so far.
    yields: Vec<Value>,
    /// Whether that is all that it gives.
    whole: bool,
}

/// What is known of running a function again, with what its calls tell.
#[derive(Clone, Copy)]
struct Again {
    /// Steps that may still be spent on it.
    left: u64,
    /// Steps that were spent since something last came of it.
    fruitless: u64,
    /// Calls that were not followed since then.
    skipped: u32,
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
    /// Numbers of all names that were bound.
    pub interner: Interner<'m>,
    /// What is bound in each function.
    pub names: Vec<Scope>,
    /// What is known of the members of each class.
    fields: Vec<Scope>,
    /// Functions that are bodies of classes: what is bound there, functions inside do not see.
    pub class_bodies: Vec<bool>,
    /// What assignments replaced, while a way is run that may not be taken.
    trail: Vec<(u32, NameId, Option<Value>)>,
    trails: u32,
    frames: Vec<Frame>,
    /// What each function gives where nothing is known of its arguments.
    given: Vec<Option<Value>>,
    /// What running each function again cost and gave.
    again: Vec<Again>,
    /// How often something came of what was run: more than a value that is not known.
    fruits: u64,
    /// Names that a function takes from outside (`global`, `nonlocal`).
    pub outers: BTreeSet<(u32, &'m str)>,
    /// Modules all of whose names are imported.
    stars: Vec<u32>,
    /// The same of other files: imports.
    pub open: Vec<u32>,
    /// Loops and calls around that are run as they are.
    certain: u32,
    /// How often it was not known which way is taken.
    unknown: u64,
    pub depth: u32,
    /// The number of the module's first function among all of the file.
    pub base: Option<u32>,
    /// What hangs on the unknown parts of a text that is run.
    pub hole: Option<Rc<super::values::Tag>>,
    /// Variables of the commands around.
    pub inherited: BTreeMap<Box<str>, Value>,
    /// Texts that functions of the module give back.
    arrays: StringArrays,
    /// Names that code made of text and entries of `globals()` make.
    pub made: Made,
    /// What the code around sees, where this code is a text that the program runs.
    pub outside: Option<&'e dyn Sight>,
    /// The value of the last expression at the top level.
    last: Value,
    /// The test of which one way has just left the block.
    pub(super) left_by: Option<&'m Expr<'m>>,
    /// The way that runs ends the program.
    pub(super) ended: bool,
    /// What hands data on by itself.
    pub(crate) relays: Relays,
    /// Objects without classes.
    pub(crate) prototypes: Prototypes,
    /// What the module gives in whole, where that is a function.
    pub(crate) whole: Option<Value>,
}

impl<'m, 'e> Machine<'m, 'e> {
    pub(crate) fn new(module: &'m Module<'m>, language: Language, out: &'e mut Emitter) -> Self {
        let count = module.functions.len();
        let again = out.budget.again();
        let base = super::reach::number(&mut out.functions, module);
        let mut class_bodies = vec![false; count];
        for class in &module.classes {
            if let Some(is_body) = class_bodies.get_mut(index(class.body)).filter(|_| class.body != 0) {
                *is_body = true;
            }
        }
        Self {
            module,
            tree: tree::of(language),
            language,
            python: language == Language::Python,
            out,
            interner: Interner::default(),
            names: vec![Scope::default(); count],
            fields: vec![Scope::default(); module.classes.len()],
            class_bodies,
            trail: Vec::new(),
            trails: 0,
            frames: Vec::new(),
            given: vec![None; count],
            again: vec![Again { left: again, fruitless: 0, skipped: 0 }; count],
            fruits: 0,
            outers: BTreeSet::new(),
            stars: Vec::new(),
            open: Vec::new(),
            certain: 0,
            unknown: 0,
            depth: 0,
            base,
            hole: None,
            inherited: BTreeMap::new(),
            arrays: if language == Language::JavaScript { StringArrays::find(module) } else { StringArrays::default() },
            made: Made::new(),
            outside: None,
            last: Value::default(),
            left_by: None,
            ended: false,
            relays: Relays::default(),
            prototypes: Prototypes::default(),
            whole: None,
        }
    }

    /// The top level, then every function that no call reached.
    pub(crate) fn run(&mut self) {
        if let Some(at) = self.arrays.first(self.module) {
            self.out.hides("string-array", &at);
        }
        self.reaches_hooks();
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
        let names = self.interner.sorted();
        let names = names.into_iter().filter_map(|(name, id)| Some((name, self.names.first()?.get(id)?.clone())));
        let names = names.collect();
        self.offers(names);
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
        // Tests that left the block, and how much was reached before them: they guard what comes after.
        let mut passed: Vec<(&'m Expr<'m>, usize)> = Vec::new();
        let mut flow = Flow::Next;
        for stmt in body {
            if !self.out.budget.spend() {
                flow = Flow::Return;
                break;
            }
            self.left_by = None;
            flow = self.statement(stmt);
            if let Some(test) = self.left_by.take() {
                passed.push((test, self.out.guard_starts()));
            }
            if flow != Flow::Next {
                // What stands behind is run for its facts alone, if it defines something.
                break;
            }
        }
        for (test, from) in passed.into_iter().take(PASSED_MAX) {
            if self.out.guard_starts() > from {
                self.guard(test, from);
            }
        }
        flow
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
                let call = match &expr.what {
                    What::Await(inner) if matches!(inner.what, What::Call(..)) => Some(&inner.at),
                    What::Call(..) => Some(&expr.at),
                    _ => None,
                };
                self.naming(call, |machine| {
                    let value = machine.value(expr);
                    machine.assign(place, value);
                });
            }
            Stmt::Do(expr) => {
                let value = self.value(expr);
                if self.language.is_shell() {
                    self.write(value);
                } else if self.frames.len() <= 1 {
                    self.last = value;
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
                    let id = self.interner.id(name);
                    let own = self.function();
                    if !self.is_bound(own, id) {
                        self.set_in(own, id, Value::default());
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
        let id = self.interner.known(name)?;
        self.frames.iter().rev().find_map(|frame| self.names.get(index(frame.function))?.get(id))
    }

    /// Variables that are set, for code that is run in their reach.
    pub(crate) fn globals(&self) -> BTreeMap<Box<str>, Value> {
        let own = self.frames.last().map_or(0, |frame| frame.function);
        let mut all = self.inherited.clone();
        for (name, id) in self.interner.sorted().into_iter().filter(|(name, _)| name.starts_with('$')) {
            let bound = [own, 0].into_iter().find_map(|at| self.names.get(index(at))?.get(id));
            if let Some(value) = bound {
                all.insert(name.into(), value.clone());
            }
        }
        all.into_iter().filter(|(_, value)| !value.is_computed()).take(256).collect()
    }

    /// A variable by a name that is computed.
    pub(crate) fn inherited_or_own(&mut self, name: &str) -> Value {
        let own = self.interner.known(name).and_then(|id| self.names.first()?.get(id)).cloned();
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

    /// The value of a name, from the inside out.
    pub(crate) fn lookup(&mut self, name: &str) -> Value {
        let Some(id) = self.interner.known(name) else { return self.global(name) };
        let mut at = Some(self.function());
        let mut innermost = true;
        while let Some(function) = at {
            let sees = innermost || !self.class_bodies.get(index(function)).copied().unwrap_or_default();
            let scope = self.names.get(index(function)).filter(|_| sees);
            if let Some(value) = scope.and_then(|names| names.get(id)) {
                return value.clone();
            }
            innermost = false;
            at = self.outer(function);
        }
        self.global(name)
    }

    /// Binds a name in the module, however it is spelt.
    pub(crate) fn make_name(&mut self, name: &str, value: Value) {
        let bound = self.interner.known(name).filter(|id| self.is_bound(0, *id));
        match bound.and_then(|id| Some((id, self.names.first_mut()?))) {
            Some((id, names)) => drop(names.insert(id, value)),
            None if self.made.len() < MADE_MAX => drop(self.made.insert(name.into(), value)),
            None => {}
        }
    }

    /// What is left when the code has run: the value of its last expression, and its names.
    pub(crate) fn leaves(mut self) -> (Value, Made) {
        let mut made = std::mem::take(&mut self.made);
        if let Some(names) = self.names.first() {
            let own = self.interner.sorted().into_iter().filter_map(|(name, id)| Some((name.into(), names.get(id)?.clone())));
            made.extend(own.take(MADE_MAX));
        }
        (self.last.abroad(), made.into_iter().map(|(name, value)| (name, value.abroad())).collect())
    }

    /// The function around a function.
    fn outer(&self, function: u32) -> Option<u32> {
        self.module.functions.get(index(function)).and_then(|function| function.outer)
    }

    fn is_bound(&self, function: u32, id: NameId) -> bool {
        self.names.get(index(function)).is_some_and(|names| names.contains(id))
    }

    /// What is bound in a function.
    fn bound(&self, function: u32, id: NameId) -> Option<&Value> {
        self.names.get(index(function)).and_then(|names| names.get(id))
    }

    fn global(&mut self, name: &str) -> Value {
        if matches!(name, "globalThis" | "window" | "global" | "self" | "__builtins__" | "builtins" | "frames") {
            return Value::new(Shape::Api(ROOT));
        }
        if name == "undefined" {
            return Value::new(Shape::Null);
        }
        if let Some(value) = self.of_file(name) {
            return value;
        }
        let made = self.made.get(name).cloned();
        if let Some(value) = made.or_else(|| self.outside.and_then(|outside| outside.find(name))) {
            return value;
        }
        let starred = self.stars.iter().find_map(|star| self.tree.child(*star, name));
        match starred.or_else(|| self.tree.child(ROOT, name)) {
            Some(node) => Value::new(Shape::Api(node)),
            None => match self.own_name(name) {
                value if value.is_computed() => self.name_outside(self.open.last().copied(), name),
                value => value,
            },
        }
    }

    /// A function that is an expression knows its own name.
    fn own_name(&self, name: &str) -> Value {
        let function = self.frames.iter().rev().find(|frame| {
            let function = self.module.functions.get(index(frame.function));
            function.is_some_and(|function| frame.function != 0 && function.name == name)
        });
        function.map_or_else(Value::default, |frame| Value::new(Shape::Function(frame.function, None)))
    }

    /// Whether a function runs now.
    pub(crate) fn is_running(&self, function: u32) -> bool {
        self.frames.iter().any(|frame| frame.function == function)
    }

    /// Binds a name in the function that runs.
    pub(crate) fn set(&mut self, name: &'m str, value: Value) {
        let id = self.interner.id(name);
        self.set_in(self.function(), id, value);
    }

    fn set_in(&mut self, at: u32, id: NameId, value: Value) {
        if value.shape.is_fruit() && self.function() != at {
            self.fruits = self.fruits.saturating_add(1);
        }
        let Some(names) = self.names.get_mut(index(at)) else { return };
        let old = names.insert(id, value);
        if self.trails > 0 {
            self.trail.push((at, id, old));
        }
    }

    /// Assigns to a name where it belongs.
    pub(crate) fn set_name(&mut self, name: &'m str, value: Value) {
        let own = self.function();
        let id = self.interner.id(name);
        let is_own = self.python && !self.outers.contains(&(own, name));
        let mut at = if self.python { self.outer(own) } else { Some(own) };
        while let Some(function) = at.filter(|_| !is_own) {
            if function == 0 || self.is_bound(function, id) {
                // Another function's name may be assigned by others as well.
                let value = match self.bound(function, id) {
                    Some(known) if function != own && self.certain == 0 => join(value, known.clone()),
                    _ => value,
                };
                return self.set_in(function, id, value);
            }
            at = self.outer(function);
        }
        self.set_in(own, id, value);
    }

    pub(crate) fn field(&self, class: u32, name: &str) -> Option<&Value> {
        self.fields.get(index(class))?.get(self.interner.known(name)?)
    }

    pub(crate) fn set_field(&mut self, class: u32, name: &'m str, value: Value) {
        let id = self.interner.id(name);
        let Some(fields) = self.fields.get_mut(index(class)) else { return };
        let value = match fields.get(id) {
            Some(known) if known == &value => return,
            Some(known) => join(value, known.clone()),
            None => value,
        };
        if value.shape.is_fruit() {
            self.fruits = self.fruits.saturating_add(1);
        }
        fields.insert(id, value);
    }

    /// Replaces the value of a field that was changed where it is: what it was is in what it is.
    pub(crate) fn change_field(&mut self, class: u32, name: &'m str, value: Value) {
        let id = self.interner.id(name);
        let Some(fields) = self.fields.get_mut(index(class)) else { return };
        if value.shape.is_fruit() && fields.get(id) != Some(&value) {
            self.fruits = self.fruits.saturating_add(1);
        }
        fields.insert(id, value);
    }

    /// Replaces the value of a name where it is bound.
    pub(crate) fn set_found(&mut self, name: &str, value: Value) {
        let Some(id) = self.interner.known(name) else { return };
        let mut at = Some(self.function());
        while let Some(function) = at {
            if self.is_bound(function, id) {
                return self.set_in(function, id, value);
            }
            at = self.outer(function);
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
