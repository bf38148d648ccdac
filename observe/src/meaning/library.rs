//! Calls of library functions and objects that are computed on constants, and what that may cost.

use super::builtins;
use super::machine::{Args, Machine};
use super::methods;
use super::tools::{self, Tool};
use super::values::{Shape, Tag, Value, merge, stepped};
use crate::neutral::{At, Expr, What};
use std::rc::Rc;

impl<'m> Machine<'m, '_> {
    /// Computes a function of a library on constants.
    pub(crate) fn compute(&mut self, builtin: &'static str, args: &Args<'m>) -> Option<Value> {
        let is_tool = ["cipher.", "words.", "digest."].iter().any(|family| builtin.starts_with(family));
        if !is_tool {
            return builtins::compute(builtin, args);
        }
        let args = self.meant(args);
        self.may_take(tools::rounds(builtin, &args)).then(|| builtins::compute(builtin, &args))?
    }

    /// Whether so many rounds of a derivation may be taken; they are then spent.
    fn may_take(&mut self, rounds: i64) -> bool {
        self.out.budget.spend_bytes(usize::try_from(rounds).unwrap_or(usize::MAX).saturating_mul(64));
        rounds == 0 || self.out.budget.may_repeat() && self.out.budget.steps > 1
    }

    /// Arguments with names of modes, digests and encodings in the place of the APIs that stand for them.
    fn meant(&self, args: &Args<'m>) -> Args<'m> {
        let meant = |value: &Value| self.meaning_of(value).map_or_else(|| value.clone(), Value::text);
        let option = |value: &Value| match &value.shape {
            Shape::Map(pairs) => {
                let tag = value.tag.clone();
                Value::map(pairs.iter().map(|(name, value)| (Rc::clone(name), meant(value))).collect()).tagged(tag)
            }
            _ => meant(value),
        };
        let named = args.named.iter().map(|(name, value)| (*name, meant(value))).collect();
        Args { at: args.at.iter().map(option).collect(), named }
    }

    /// A word for what an API stands for as an argument: a mode, a digest, an encoding, an alphabet.
    pub(crate) fn meaning_of(&self, value: &Value) -> Option<&'static str> {
        let Shape::Api(node) = value.shape else { return None };
        let builtin = self.tree.node(node).builtin?;
        builtin.strip_prefix("means.").or_else(|| builtin.strip_prefix("digest."))
    }

    /// A method of an object of a library.
    pub(crate) fn call_tool(
        &mut self,
        tool: &Rc<Tool>,
        owner: &Value,
        name: &str,
        args: &Args<'m>,
        object: Option<&'m Expr<'m>>,
        at: &At,
    ) -> Value {
        let meant = self.meant(args);
        self.out.budget.spend_bytes(meant.at.iter().fold(0, |sum, value| sum.saturating_add(value.weight())));
        let may = self.may_take(tools::method_rounds(tool, name));
        let made = may.then(|| methods::call(owner, name, &meant.at, &meant.named)).flatten();
        if let (Some(changed), "update", Some(Expr { what: What::Name(variable), .. })) = (&made, name, object)
            && matches!(changed.shape, Shape::Tool(_))
        {
            self.set_found(variable, changed.clone());
        }
        let tag = merge(owner.tag.clone(), args.tag());
        match made {
            Some(value) if value.tag.is_some() => value,
            Some(value) => value.tagged(stepped(tag, (at.start, at.end), None)),
            None => {
                let how = if matches!(**tool, Tool::Digest(..)) { "hash" } else { "decrypt" };
                let value = Value { shape: Shape::Computed, tag: stepped(tag, (at.start, at.end), Some(how)) };
                // What went into it is not known, so its digest is not either.
                if let ("update", Some(Expr { what: What::Name(variable), .. })) = (name, object) {
                    self.set_found(variable, value.clone());
                }
                value
            }
        }
    }

    /// A method that texts do not have and paths do: a known path is a text here.
    pub(crate) fn method_of_path(&self, owner: &Value, name: &str) -> Option<(Value, Value)> {
        let path = owner.as_text().filter(|_| self.python)?;
        let paths = self.tree.find("pathlib.Path").and_then(|node| self.tree.child(node, "()"))?;
        let method = self.tree.child(paths, name)?;
        let about = Tag { about: vec![("path", Rc::clone(path))], ..Tag::default() };
        let owner = Value { shape: Shape::Api(paths), tag: merge(Some(Rc::new(about)), owner.tag.clone()) };
        Some((Value::new(Shape::Api(method)), owner))
    }
}
