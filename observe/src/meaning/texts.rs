//! Code that the program makes of a text, in the scope that runs it: which names it sees, what it gives, which names it makes.
//!
//! Not handled: functions and classes that one piece of code defines and another calls; they are values without a body there.

use super::machine::{Machine, index};
use super::scope::{Interner, Scope};
use super::values::{HOLE, Value};
use crate::languages::Language;
use crate::neutral::{At, Module};
use std::collections::BTreeMap;

/// Names that are seen from a place.
pub(crate) trait Sight {
    /// The value of a name, as another piece of code sees it.
    fn find(&self, name: &str) -> Option<Value>;
}

/// Names that are made by code made of text, and entries of `globals()`.
pub(crate) type Made = BTreeMap<Box<str>, Value>;

/// The names seen from a function.
pub(crate) struct Around<'a> {
    pub module: &'a Module<'a>,
    pub interner: &'a Interner<'a>,
    pub names: &'a [Scope],
    pub class_bodies: &'a [bool],
    pub function: u32,
    pub made: &'a Made,
    pub outer: Option<&'a dyn Sight>,
}

impl Around<'_> {
    /// What a name is bound to in the functions around, from the inside out.
    fn bound(&self, name: &str) -> Option<&Value> {
        let id = self.interner.known(name)?;
        let mut at = Some(self.function);
        while let Some(function) = at {
            let sees = function == self.function || !self.class_bodies.get(index(function)).copied().unwrap_or_default();
            let scope = self.names.get(index(function)).filter(|_| sees);
            if let Some(value) = scope.and_then(|names| names.get(id)) {
                return Some(value);
            }
            at = self.module.functions.get(index(function)).and_then(|function| function.outer);
        }
        None
    }
}

impl Sight for Around<'_> {
    fn find(&self, name: &str) -> Option<Value> {
        let known = self.bound(name).or_else(|| self.made.get(name)).cloned();
        known.or_else(|| self.outer.and_then(|outer| outer.find(name))).map(Value::abroad)
    }
}

impl Machine<'_, '_> {
    /// Runs a text as code of a language in the scope that runs it; gives its value.
    pub(super) fn run_text(&mut self, language: Language, text: &str, at: &At) -> Value {
        let function = self.function();
        let (depth, same) = (self.depth, language == self.language);
        let around = Around {
            module: self.module,
            interner: &self.interner,
            names: &self.names,
            class_bodies: &self.class_bodies,
            function,
            made: &self.made,
            outer: self.outside,
        };
        let mut left = (Value::default(), Made::new());
        self.out.inside(at, |out| {
            language.lower(&text.replace(HOLE, "None"), &mut |module| {
                let mut machine = Machine::new(module, language, out);
                machine.depth = depth;
                let sight: &dyn Sight = &around;
                machine.outside = same.then_some(sight);
                machine.run();
                left = machine.leaves();
            });
        });
        if !same {
            return Value::default();
        }
        for (name, value) in left.1 {
            self.make_name(&name, value);
        }
        left.0
    }
}
