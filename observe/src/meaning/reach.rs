//! When code runs: which functions run because the code around them does, and which only when somebody calls them.
//!
//! A call, a class body and a function handed to what calls it at once lead on; a decorator, a handler of requests and what
//! stands behind `if __name__ == "__main__"` do not. The file's own top level is function 0. Not handled: what a library
//! that is not known does with a function that it is given; methods that are handed over are taken to run later.

use super::machine::{Args, Machine, index};
use super::names::Hashed;
use super::values::{Shape, Value};
use crate::neutral::{At, Expr, Module, What};
use std::collections::HashSet;

/// Most pairs of a function and one that it calls.
const CALLS_MAX: usize = 20_000;

/// Most functions of a file and of the code that it makes and runs.
const FUNCTIONS_MAX: usize = 100_000;

/// Methods that call what they are given now or soon, whatever they are methods of.
const CALL_SOON: [&str; 25] = [
    "then",
    "catch",
    "finally",
    "map",
    "forEach",
    "filter",
    "reduce",
    "flatMap",
    "some",
    "every",
    "find",
    "sort",
    "replace",
    "nextTick",
    "submit",
    "run",
    "run_until_complete",
    "start",
    "call",
    "apply",
    "addListener",
    "pipe",
    "close",
    "end",
    "write",
];

/// Events that come by themselves.
const EVENTS: [&str; 14] = [
    "load",
    "DOMContentLoaded",
    "ready",
    "exit",
    "beforeExit",
    "data",
    "end",
    "close",
    "response",
    "connect",
    "open",
    "message",
    "finish",
    "readable",
];

/// The calls of a file, as they come to light.
#[derive(Default)]
pub(crate) struct Reach {
    calls: HashSet<(u32, u32), Hashed>,
    /// The function that stands for what runs only in the program itself.
    pub program: Option<u32>,
    /// The next call is of something that is only kept for later.
    pub later: bool,
    /// Calls are missing.
    pub cut: bool,
}

impl Reach {
    /// One function calls another.
    pub(crate) fn call(&mut self, from: u32, to: u32) {
        if std::mem::take(&mut self.later) || from == to {
            return;
        }
        if self.calls.len() < CALLS_MAX {
            self.calls.insert((from, to));
        } else {
            self.cut = true;
        }
    }

    /// All calls, in order.
    pub(crate) fn calls(&self) -> Box<[(u32, u32)]> {
        let mut calls: Vec<_> = self.calls.iter().copied().collect();
        calls.sort_unstable();
        calls.into()
    }
}

/// Gives the functions of a module their numbers among all of the file and of what it runs; `None` where there are too many.
pub(crate) fn number(functions: &mut Vec<Box<str>>, module: &Module<'_>) -> Option<u32> {
    let base = functions.len();
    if base.saturating_add(module.functions.len()) > FUNCTIONS_MAX {
        return None;
    }
    functions.extend(module.functions.iter().map(|function| Box::from(&*function.name)));
    u32::try_from(base).ok()
}

impl<'m> Machine<'m, '_> {
    /// The number of a function of this module among all.
    pub(crate) fn numbered(&self, at: u32) -> u32 {
        self.base.map_or(self.out.function, |base| base.saturating_add(at))
    }

    /// A function of this module is called by what runs now.
    pub(crate) fn reaches(&mut self, at: u32) {
        let to = self.numbered(at);
        self.out.reach.call(self.out.function, to);
    }

    /// Runs something that only runs where the file is started as a program, if that is what the test asks.
    pub(crate) fn as_program<T>(&mut self, test: &Expr<'_>, run: impl FnOnce(&mut Self) -> T) -> T {
        if self.out.function != 0 || !asks_for_program(test) {
            return run(self);
        }
        let program = match self.out.reach.program {
            Some(program) => program,
            None => {
                let program = u32::try_from(self.out.functions.len()).unwrap_or(0);
                self.out.functions.push("__main__".into());
                self.out.reach.program = Some(program);
                program
            }
        };
        self.out.function = program;
        let given = run(self);
        self.out.function = 0;
        given
    }

    /// Whether a method that is not known keeps the functions that it is given for later.
    pub(crate) fn keeps(&self, owner: Option<&Value>, name: &str, args: &Args<'m>) -> bool {
        let is_event = matches!(name, "on" | "once" | "addEventListener" | "bind");
        let comes = args.get(0).and_then(Value::known_text).is_some_and(|event| EVENTS.contains(&&**event));
        let soon = name.is_empty() || CALL_SOON.contains(&name) || is_event && comes;
        !soon && !owner.is_some_and(Value::has_sources)
    }

    /// Command classes that are handed to `setup` run when it does.
    pub(crate) fn commands(&mut self, args: &Args<'m>, at: &At) {
        if self.python && !args.named.is_empty() {
            self.told_of_package(args, at);
        }
        let Some((_, commands)) = args.named.iter().find(|(name, _)| *name == "cmdclass") else { return };
        let Shape::Map(pairs) = &commands.shape else { return };
        for (_, command) in pairs.iter().take(64) {
            let Shape::Class(class) = command.shape else { continue };
            let Some(class) = self.module.classes.get(index(class)) else { continue };
            for (_, method) in &class.methods {
                self.reaches(*method);
            }
        }
    }

    /// What runs in a thread of one's own class when it is started.
    pub(crate) fn runs_when_started(&mut self, owner: &Value, name: &str) -> Option<Value> {
        let Shape::Instance(class) = owner.shape else { return None };
        if name != "start" {
            return None;
        }
        let class = self.module.classes.get(index(class))?;
        let has = |name: &str| class.methods.iter().find(|(known, _)| known == name).map(|(_, method)| *method);
        match (has("start"), has("run")) {
            (None, Some(run)) => Some(Value::new(Shape::Function(run, Some(std::rc::Rc::new(owner.clone()))))),
            _ => None,
        }
    }
}

/// Whether a test asks if the file itself was started: `__name__ == "__main__"`, `require.main === module`.
fn asks_for_program(test: &Expr<'_>) -> bool {
    let What::Op("==" | "===", operands) = &test.what else { return false };
    let is_name = |expr: &Expr<'_>| match &expr.what {
        What::Name(name) => name == "__name__",
        What::Member(object, member) => {
            member == "main" && matches!(&object.what, What::Name(name) if name == "require" || name == "process")
        }
        _ => false,
    };
    let is_own = |expr: &Expr<'_>| match &expr.what {
        What::Text(text) => text == "__main__",
        What::Name(name) => name == "module",
        _ => false,
    };
    operands.len() == 2 && operands.iter().any(is_name) && operands.iter().any(is_own)
}
