//! Tests that decide whether something meaningful is reached, reduced to what they ask for.
//!
//! Not handled: tests that leave a function early.

use super::emit::seen;
use super::machine::Machine;
use super::values::{Origin, Value};
use crate::neutral::{Expr, What};
use doorward_model::{Site, Span, Value as Seen, vocabulary as kinds};

impl<'m> Machine<'m, '_> {
    /// A test decides whether the sinks since `from` are reached.
    pub(crate) fn guard(&mut self, test: &'m Expr<'m>, from: usize) {
        let mut parts = vec![test];
        let mut at = 0_usize;
        while let Some(part) = parts.get(at).copied() {
            at = at.saturating_add(1);
            if at > 16 {
                break;
            }
            let operands: &'m [Expr<'m>] = match &part.what {
                What::Op(_, operands) => operands,
                What::Call(callee, operands, _) => {
                    parts.push(callee);
                    operands
                }
                What::Member(object, _) => {
                    parts.push(object);
                    &[]
                }
                _ => &[],
            };
            let compares = matches!(&part.what, What::Op(op, _) if !matches!(*op, "and" | "or" | "&&" | "||" | "!" | "not"));
            let values: Vec<Value> = match compares || operands.is_empty() {
                true if compares => operands.iter().map(|operand| self.value(operand)).collect(),
                _ => vec![self.value(part)],
            };
            let on = values.iter().flat_map(Value::origins).find_map(guarded);
            if let Some(on) = on {
                let constant = values.iter().find(|value| !value.has_origins()).and_then(|value| seen("value", value));
                self.say_guard(test, on, constant, from);
            }
            if !compares {
                parts.extend(operands);
            }
        }
    }

    fn say_guard(&mut self, test: &Expr<'_>, on: &'static str, value: Option<Seen>, from: usize) {
        let mut fact = self.out.fact(&kinds::GUARD, &test.at).with("on", on);
        if let Some(value) = value {
            fact = fact.with("value", value);
        }
        let sites = self.out.sinks.get(from..).unwrap_or_default().iter().take(8);
        fact.steps = sites.map(|(start, end)| Site { content: None, span: Span::new((*start).into(), (*end).into()) }).collect();
        self.out.push(fact);
    }
}

/// What a test on data of this origin asks for.
fn guarded(origin: &Origin) -> Option<&'static str> {
    let what = origin.what.as_deref().unwrap_or_default();
    match (origin.kind.name, what) {
        ("host.read", "os") => Some("platform"),
        ("host.read", "user") => Some("user"),
        ("host.read", "hostname" | "address") => Some("host"),
        ("host.read", "date") => Some("date"),
        ("host.read", "locale") => Some("locale"),
        ("host.read", "arguments") => Some("argument"),
        ("env.read", "CI" | "GITHUB_ACTIONS" | "TRAVIS" | "GITLAB_CI" | "JENKINS_URL") => Some("ci"),
        ("env.read", "USER" | "USERNAME" | "LOGNAME") => Some("user"),
        ("env.read", "LANG" | "LC_ALL" | "TZ") => Some("locale"),
        _ => None,
    }
}
