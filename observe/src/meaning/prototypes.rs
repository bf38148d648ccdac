//! Objects of JavaScript without classes: functions whose methods stand in their prototypes, methods that speak of `this`, and what
//! a file offers and calls by itself.
//!
//! Not handled: prototypes that follow each other, methods that are put into a prototype by other functions.

use super::calls::is_function;
use super::machine::{Args, Machine, index};
use super::values::{Shape, Value};
use crate::languages::Language;
use crate::neutral::{At, Expr, What};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Most methods of one function, and most functions with methods.
const METHODS_MAX: usize = 128;
const FUNCTIONS_MAX: usize = 256;

/// Most functions that a file offers and is known to.
const OFFERED_MAX: usize = 64;

/// Methods by the functions that make objects with them, and functions by the names under which they are offered.
#[derive(Default)]
pub(crate) struct Prototypes {
    methods: BTreeMap<u32, Vec<(Rc<str>, Value)>>,
    offered: Vec<(Rc<str>, Value)>,
    /// Whether a function speaks of the object that it is called on.
    speaks: BTreeMap<u32, bool>,
}

fn is_named(expr: &Expr<'_>, wanted: &str) -> bool {
    matches!(&expr.what, What::Name(name) if name == wanted)
}

/// `exports` or `module.exports`.
fn is_offer(expr: &Expr<'_>) -> bool {
    is_named(expr, "exports")
        || matches!(&expr.what, What::Member(module, name) if name == "exports" && is_named(module, "module"))
}

impl<'m> Machine<'m, '_> {
    /// A value becomes a method of what a function makes (`F.prototype.run = ...`), or all of them do. Whether that is so.
    pub(crate) fn gets_method(&mut self, object: &'m Expr<'m>, name: &str, value: &Value) -> bool {
        if self.language != Language::JavaScript {
            return false;
        }
        if is_offer(object) && is_function(value) && self.prototypes.offered.len() < OFFERED_MAX {
            self.prototypes.offered.push((name.into(), value.clone()));
        }
        let (class, pairs) = match (&object.what, &value.shape) {
            (What::Member(class, prototype), _) if prototype == "prototype" => (&**class, vec![(Rc::from(name), value.clone())]),
            (_, Shape::Map(pairs)) if name == "prototype" => (object, pairs.to_vec()),
            _ => return false,
        };
        let Shape::Function(function, _) = self.value(class).shape else { return false };
        if self.prototypes.methods.len() >= FUNCTIONS_MAX {
            return false;
        }
        let known = self.prototypes.methods.entry(function).or_default();
        for pair in pairs.into_iter().take(METHODS_MAX.saturating_sub(known.len())) {
            known.push(pair);
        }
        true
    }

    /// A function that the file offers, where it calls it itself: `exports.run()`.
    pub(super) fn offered_as(&self, object: &Expr<'m>, name: &str) -> Option<Value> {
        if self.prototypes.offered.is_empty() || !is_offer(object) {
            return None;
        }
        self.prototypes.offered.iter().rev().find(|(known, _)| **known == *name).map(|(_, value)| value.clone())
    }

    /// Calls a function that makes objects with the methods of its prototype; nothing where it has none.
    pub(super) fn makes(&mut self, function: u32, args: &Args<'m>, at: &At) -> Option<Value> {
        let methods = self.prototypes.methods.get(&function)?.clone();
        let object = Value::map(methods);
        self.call_function(function, Some(object.clone()), args, at);
        let this = self.interner.known("this").and_then(|id| self.names.get(index(function))?.get(id)).cloned();
        Some(this.filter(|this| matches!(this.shape, Shape::Map(_))).unwrap_or(object))
    }

    /// A method of an object, bound to it where it speaks of it.
    pub(super) fn bound_to(&mut self, method: Value, owner: &Value) -> Value {
        match method.shape {
            Shape::Function(function, None) if self.language == Language::JavaScript && self.speaks(function) => {
                Value { shape: Shape::Function(function, Some(Rc::new(owner.clone()))), tag: method.tag }
            }
            _ => method,
        }
    }

    fn speaks(&mut self, function: u32) -> bool {
        if let Some(known) = self.prototypes.speaks.get(&function) {
            return *known;
        }
        let span = self.module.functions.get(index(function)).map(|known| known.at.clone()).filter(|_| self.out.layers == 0);
        let speaks = span.is_some_and(|at| {
            let text = self.out.payloads.source.get(index(at.start)..index(at.end)).unwrap_or_default();
            memchr::memmem::find(text, b"this").is_some()
        });
        self.prototypes.speaks.insert(function, speaks);
        speaks
    }
}
