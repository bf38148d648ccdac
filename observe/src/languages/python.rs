//! Python to the neutral form: what ruff's parser gives, in the shapes of `neutral`.
//!
//! Syntax: the Python Language Reference, sections 5 to 9. Python 2 is not a second grammar: the parser recovers and says where
//! the first error was, and the statements that it splits (`print x`, `exec x`) are put together again in `statements`.
//!
//! Names for what the form has no node for, as operators: `del`, `global`, `nonlocal`, `yield`.
//! What the source does not say in so many words is said as a call of the builtin that does it: `{x!r}` is `repr(x)`,
//! `{x:02x}` is `format(x, "02x")`, a dictionary comprehension is `dict` of pairs.
//!
//! Not handled: scopes of type parameters, the protocol methods behind `with` and `for`, IPython's escapes.

mod depth;
mod expressions;
mod patterns;
mod places;
mod statements;
#[cfg(test)]
mod tests;

use crate::neutral::{At, Class, DEPTH_MAX, Function, FunctionAt, Lowered, Module};
use doorward_model::stage::{self, Stage};
use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{Parsed, parse_unchecked_source};
use ruff_text_size::{Ranged, TextRange};
use std::borrow::Cow;

/// Parses a source and hands its neutral form to `then`.
pub(crate) fn lower(source: &str, then: &mut dyn FnMut(&Module<'_>)) -> Lowered {
    if depth::refused(source) {
        then(&Module::default());
        return Lowered { too_deep: true, error_at: None };
    }
    let parsed = stage::during(Stage::Parse, "python", source.len(), || parse_unchecked_source(source, PySourceType::Python));
    let error_at = parsed.errors().iter().map(|error| error.location.start().to_u32()).min();
    let too_deep = hand_over(source, &parsed, error_at.is_some(), then);
    depth::drop_tree(parsed);
    Lowered { too_deep, error_at }
}

/// Lowers a tree and hands the form over; says whether something was too deep for it.
fn hand_over(source: &str, parsed: &Parsed<ModModule>, broken: bool, then: &mut dyn FnMut(&Module<'_>)) -> bool {
    let lowering = stage::during(Stage::Lower, "python", source.len(), || lowered(source, parsed, broken));
    then(&lowering.module);
    lowering.too_deep
}

fn lowered<'s>(source: &'s str, parsed: &'s Parsed<ModModule>, broken: bool) -> Lowering<'s> {
    let mut lowering = Lowering { source, module: Module::default(), inside: vec![], depth: 0, broken, too_deep: false };
    let top = lowering.open("", at(parsed.syntax().range));
    lowering.within(top, |lowering| lowering.block(parsed.suite()));
    lowering
}

/// The span of a node.
fn at(range: TextRange) -> At {
    range.start().to_u32()..range.end().to_u32()
}

/// A file on its way to the neutral form.
struct Lowering<'s> {
    source: &'s str,
    module: Module<'s>,
    /// Functions around the place that is being lowered.
    inside: Vec<FunctionAt>,
    /// Nodes around the place that is being lowered.
    depth: u32,
    /// The source has syntax errors, so split statements are looked for.
    broken: bool,
    too_deep: bool,
}

impl<'s> Lowering<'s> {
    /// Makes room for a function in the order of the source and gives its number.
    fn open(&mut self, name: &'s str, at: At) -> FunctionAt {
        let outer = self.inside.last().copied();
        self.module.open(Cow::Borrowed(name), outer, at)
    }

    /// The function of a number.
    fn function(&mut self, number: FunctionAt) -> Option<&mut Function<'s>> {
        self.module.function(number)
    }

    /// The class of a number.
    fn class(&mut self, number: u32) -> Option<&mut Class<'s>> {
        usize::try_from(number).ok().and_then(|number| self.module.classes.get_mut(number))
    }

    /// Lowers the body of a function.
    fn within(&mut self, number: FunctionAt, body: impl FnOnce(&mut Self) -> Vec<crate::neutral::Stmt<'s>>) {
        self.inside.push(number);
        let lowered = body(self);
        self.inside.pop();
        if let Some(function) = self.function(number) {
            function.body = lowered;
        }
    }

    /// Goes one node deeper, unless that is too deep.
    fn deeper<T>(&mut self, lowered: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_MAX {
            self.too_deep = true;
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = lowered(self);
        self.depth = self.depth.saturating_sub(1);
        Some(result)
    }

    /// The source text of a node.
    fn text(&self, node: &impl Ranged) -> &'s str {
        let range = node.range();
        self.source.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
    }
}
