//! Loops that nothing ends and that wait for nothing: who runs or imports the file never gets further.
//!
//! Only what can be seen to do nothing but write to the screen counts; anything else that is called may wait or leave.

use super::machine::Machine;
use super::values::Shape;
use crate::neutral::{Expr, Stmt, What};
use doorward_model::vocabulary as kinds;

/// Most statements and expressions of one body that are looked at.
const LOOKED_MAX: usize = 200;

impl<'m> Machine<'m, '_> {
    /// Says that a loop has no end, if it has none.
    pub(crate) fn say_endless(&mut self, test: &'m Expr<'m>, body: &'m [Stmt<'m>]) {
        if !is_always(test) {
            return;
        }
        let mut left = LOOKED_MAX;
        let mut calls = 0;
        if self.only_shows(body, 8, &mut left, &mut calls) && calls > 0 {
            let fact = self.out.fact(&kinds::LOOP_ENDLESS, &test.at);
            self.out.push(fact);
        }
    }

    fn only_shows(&mut self, body: &'m [Stmt<'m>], levels: u32, left: &mut usize, calls: &mut u32) -> bool {
        let Some(levels) = levels.checked_sub(1) else { return false };
        body.iter().all(|stmt| match stmt {
            Stmt::Do(expr) | Stmt::Assign(_, expr) => self.shows(expr, levels, left, calls),
            Stmt::If(test, then, other) => {
                self.shows(test, levels, left, calls)
                    && self.only_shows(then, levels, left, calls)
                    && self.only_shows(other, levels, left, calls)
            }
            Stmt::Local(_) | Stmt::Define(_) => true,
            _ => false,
        })
    }

    fn shows(&mut self, expr: &'m Expr<'m>, levels: u32, left: &mut usize, calls: &mut u32) -> bool {
        let (Some(levels), Some(fewer)) = (levels.checked_sub(1), left.checked_sub(1)) else { return false };
        *left = fewer;
        match &expr.what {
            What::Call(callee, args, named) => {
                let is_shown = match &callee.what {
                    What::Member(..) | What::Name(_) | What::Index(..) => match self.value(callee).shape {
                        Shape::Api(node) => self.tree.node(node).builtin == Some("nothing"),
                        Shape::Method(_) => true,
                        _ => false,
                    },
                    _ => false,
                };
                *calls = calls.saturating_add(u32::from(is_shown));
                is_shown && named.is_empty() && args.iter().all(|arg| self.shows(arg, levels, left, calls))
            }
            What::Op(op, operands) if !matches!(*op, "yield" | "yield*" | "await") => {
                operands.iter().all(|operand| self.shows(operand, levels, left, calls))
            }
            What::Text(_) | What::Int(_) | What::Bool(_) | What::Raw(_) | What::Name(_) | What::Null | What::Member(..) => true,
            What::Bind(_, inner) => self.shows(inner, levels, left, calls),
            What::Index(object, key) => self.shows(object, levels, left, calls) && self.shows(key, levels, left, calls),
            What::Concat(parts) => parts.iter().all(|part| self.shows(part, levels, left, calls)),
            _ => false,
        }
    }
}

/// Whether a test holds whatever happens: `true`, `1`, below infinity.
fn is_always(test: &Expr<'_>) -> bool {
    match &test.what {
        What::Bool(yes) => *yes,
        What::Int(number) => *number != 0,
        What::Op("<" | "<=", operands) => match operands.last().map(|last| &last.what) {
            Some(What::Name(name)) => name == "Infinity",
            Some(What::Op("/", parts)) => {
                matches!(parts.as_slice(), [Expr { what: What::Int(one), .. }, Expr { what: What::Int(0), .. }] if *one > 0)
            }
            _ => false,
        },
        _ => false,
    }
}
