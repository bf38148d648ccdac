//! Methods of Rust's library on known values, and commands that are put together word by word.
//!
//! Source: the documentation of `std` (`str`, `slice`, `Iterator`, `Option`, `Result`, `std::process::Command`). What only
//! changes the type of a value gives the value: `unwrap`, `to_owned`, `iter`.

use super::machine::{Args, Machine};
use super::methods;
use super::values::{Shape, Value, merge};
use crate::neutral::{At, Expr, What};

/// What gives the same value.
const SAME: [&str; 41] = [
    "as_mut",
    "as_mut_slice",
    "as_os_str",
    "as_path",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "by_ref",
    "clone",
    "cloned",
    "collect",
    "copied",
    "deref",
    "display",
    "expect",
    "fuse",
    "into",
    "into_boxed_str",
    "into_inner",
    "into_iter",
    "into_os_string",
    "into_owned",
    "into_string",
    "iter",
    "iter_mut",
    "map_err",
    "ok",
    "ok_or",
    "peekable",
    "to_owned",
    "to_path_buf",
    "to_str",
    "to_string_lossy",
    "to_vec",
    "try_into",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "unwrap_unchecked",
];

/// What a command is told besides its words.
const SETTINGS: [&str; 9] =
    ["creation_flags", "current_dir", "env", "env_clear", "env_remove", "envs", "stderr", "stdin", "stdout"];

/// Whether a method gives what it is called on.
pub(super) fn is_same(name: &str) -> bool {
    SAME.contains(&name)
}

impl<'m> Machine<'m, '_> {
    /// A method of Rust on a known value; `None` where another language's method of this name means the same.
    pub(super) fn method_of_rust(
        &mut self,
        owner: &Value,
        name: &str,
        args: &Args<'m>,
        object: Option<&'m Expr<'m>>,
        at: &At,
    ) -> Option<Value> {
        if let Shape::List(words) = &owner.shape
            && let Some(value) = self.command_of_rust(words.to_vec(), owner, name, args, object, at)
        {
            return Some(value);
        }
        let tagged = |value: Value| value.tagged(merge(owner.deep_tag(), args.tag()));
        let as_other = |name: &str, given: &[Value]| methods::call(owner, name, given, &[]).map(tagged);
        match name {
            // A path, where the owner is no list.
            "join" if let Shape::Text(before) = &owner.shape => {
                Some(tagged(Value::text(format!("{before}/{}", args.get(0)?.as_text()?))))
            }
            "to_string" => Some(tagged(Value::new(Shape::Text(super::values::shown(owner))))),
            "as_bytes" | "into_bytes" | "bytes" => Some(tagged(Value::bytes(owner.known_text()?.as_bytes()))),
            "chars" => as_other("split", &[Value::text("")]),
            "rev" => as_other("reverse", &[]),
            "concat" if matches!(owner.shape, Shape::List(_)) => as_other("join", &[Value::text("")]),
            "to_uppercase" | "to_ascii_uppercase" => as_other("upper", &[]),
            "to_lowercase" | "to_ascii_lowercase" => as_other("lower", &[]),
            "starts_with" => as_other("startswith", &args.at),
            "ends_with" => as_other("endswith", &args.at),
            "contains" => as_other("includes", &args.at),
            "push_str" | "push" if matches!(owner.shape, Shape::Text(_)) => {
                let text = format!("{}{}", owner.as_text()?, super::values::shown(args.get(0)?));
                let value = tagged(Value::text(text));
                if let Some(Expr { what: What::Name(variable), .. }) = object {
                    self.set_found(variable, value);
                }
                Some(Value::new(Shape::Null))
            }
            _ => None,
        }
    }

    /// A command that is put together, one method a word: `.arg("b").args(&c).status()`.
    fn command_of_rust(
        &mut self,
        mut words: Vec<Value>,
        owner: &Value,
        name: &str,
        args: &Args<'m>,
        object: Option<&'m Expr<'m>>,
        at: &At,
    ) -> Option<Value> {
        match name {
            "arg" | "raw_arg" => words.push(args.get(0)?.clone()),
            "args" => match self.elements(args.get(0)?) {
                Some(more) => words.extend(more),
                None => words.push(args.get(0)?.clone()),
            },
            name if SETTINGS.contains(&name) => return Some(owner.clone()),
            "status" | "output" | "spawn" | "exec" => {
                let row = self.tree.find("std.process.Command.spawn").and_then(|node| self.tree.node(node).row)?;
                // Each program that it may be.
                let (first, rest) = words.split_first()?;
                let programs = match &first.shape {
                    Shape::Set(shapes) => {
                        shapes.iter().map(|shape| Value { shape: shape.clone(), tag: first.tag.clone() }).collect()
                    }
                    _ => vec![first.clone()],
                };
                let said = programs.into_iter().map(|program| {
                    let line = std::iter::once(program).chain(rest.iter().cloned()).collect();
                    let args = Args { at: vec![Value::list(line).tagged(owner.tag.clone())], named: Vec::new() };
                    self.say(row, None, &args, at, Value::default())
                });
                return said.reduce(super::values::join);
            }
            _ => return None,
        }
        let command = Value::list(words).tagged(owner.tag.clone());
        if let Some(Expr { what: What::Name(variable), .. }) = object {
            self.set_found(variable, command.clone());
        }
        Some(command)
    }
}
