//! `match` as branches: a test that says what the pattern says, and the names that it binds.
//!
//! Not handled: which element of the subject a name inside a pattern is bound to; it is bound to the whole subject.

use super::places::named;
use super::statements::{chain, subject};
use super::{Lowering, at};
use crate::neutral::{Expr, Stmt, What};
use ruff_python_ast as python;
use ruff_text_size::Ranged;

impl<'s> Lowering<'s> {
    /// A `match` statement: the subject is computed once, then compared.
    pub(super) fn cases(&mut self, stmt: &'s python::StmtMatch, out: &mut Vec<Stmt<'s>>) {
        let value = self.expr(&stmt.subject);
        let of = match value.what {
            What::Name(_) => value,
            _ => {
                let (place, of) = subject(at(stmt.subject.range()));
                out.push(Stmt::Assign(place, value));
                of
            }
        };
        let mut branches = Vec::with_capacity(stmt.cases.len());
        let mut otherwise = vec![];
        for case in &stmt.cases {
            let mut body = vec![];
            self.bound(&case.pattern, &of, &mut body);
            let test = self.case_test(case, &of);
            body.extend(self.block(&case.body));
            match test {
                Some(test) => branches.push((test, body)),
                None => otherwise = body,
            }
        }
        out.extend(chain(branches, otherwise));
    }

    /// The test of a case; none for one that is always taken.
    fn case_test(&mut self, case: &'s python::MatchCase, of: &Expr<'s>) -> Option<Expr<'s>> {
        let pattern = self.deeper(|it| it.pattern(&case.pattern, of)).unwrap_or_default();
        let guard = case.guard.as_deref().map(|guard| self.expr(guard));
        match (pattern, guard) {
            (Some(pattern), Some(guard)) => {
                let span = pattern.at.start..guard.at.end;
                Some(Expr { what: What::Op("and", vec![pattern, guard]), at: span })
            }
            (pattern, guard) => pattern.or(guard),
        }
    }

    /// What a pattern asks of the subject; nothing for one that takes anything.
    fn pattern(&mut self, pattern: &'s python::Pattern, of: &Expr<'s>) -> Option<Expr<'s>> {
        let what = match pattern {
            python::Pattern::MatchValue(value) => What::Op("==", vec![of.clone(), self.expr(&value.value)]),
            python::Pattern::MatchSingleton(one) => What::Op("is", vec![of.clone(), singleton(one)]),
            python::Pattern::MatchOr(any) => {
                let mut tests = Vec::with_capacity(any.patterns.len());
                for pattern in &any.patterns {
                    tests.push(self.inner(pattern, of)?);
                }
                What::Op("or", tests)
            }
            python::Pattern::MatchAs(alias) => return alias.pattern.as_deref().and_then(|pattern| self.inner(pattern, of)),
            python::Pattern::MatchStar(_) => return None,
            python::Pattern::MatchSequence(list) => self.parts(list.patterns.iter(), of),
            python::Pattern::MatchMapping(map) => {
                let keys = self.exprs(&map.keys);
                let What::Other(mut parts) = self.parts(map.patterns.iter(), of) else { return None };
                parts.extend(keys);
                What::Other(parts)
            }
            python::Pattern::MatchClass(class) => {
                let kind = self.expr(&class.cls);
                let named = class.arguments.keywords.iter().map(|keyword| &keyword.pattern);
                let What::Other(mut parts) = self.parts(class.arguments.patterns.iter().chain(named), of) else { return None };
                parts.insert(1.min(parts.len()), kind);
                What::Other(parts)
            }
        };
        Some(Expr { what, at: at(pattern.range()) })
    }

    fn inner(&mut self, pattern: &'s python::Pattern, of: &Expr<'s>) -> Option<Expr<'s>> {
        self.deeper(|it| it.pattern(pattern, of)).flatten()
    }

    /// The subject and what the parts of a pattern ask.
    fn parts(&mut self, patterns: impl Iterator<Item = &'s python::Pattern>, of: &Expr<'s>) -> What<'s> {
        let mut parts = vec![of.clone()];
        for pattern in patterns {
            parts.extend(self.inner(pattern, of));
        }
        What::Other(parts)
    }

    /// Binds the names of a pattern to the subject.
    fn bound(&mut self, pattern: &'s python::Pattern, of: &Expr<'s>, out: &mut Vec<Stmt<'s>>) {
        self.deeper(|it| {
            let mut name = |name: &'s Option<python::Identifier>| {
                out.extend(name.iter().map(|name| Stmt::Assign(named(name), of.clone())));
            };
            match pattern {
                python::Pattern::MatchAs(alias) => {
                    name(&alias.name);
                    alias.pattern.iter().for_each(|pattern| it.bound(pattern, of, out));
                }
                python::Pattern::MatchStar(star) => name(&star.name),
                python::Pattern::MatchMapping(map) => {
                    name(&map.rest);
                    map.patterns.iter().for_each(|pattern| it.bound(pattern, of, out));
                }
                python::Pattern::MatchSequence(list) => list.patterns.iter().for_each(|pattern| it.bound(pattern, of, out)),
                python::Pattern::MatchOr(any) => any.patterns.iter().for_each(|pattern| it.bound(pattern, of, out)),
                python::Pattern::MatchClass(class) => {
                    class.arguments.patterns.iter().for_each(|pattern| it.bound(pattern, of, out));
                    class.arguments.keywords.iter().for_each(|keyword| it.bound(&keyword.pattern, of, out));
                }
                python::Pattern::MatchValue(_) | python::Pattern::MatchSingleton(_) => {}
            }
        });
    }
}

fn singleton<'s>(pattern: &python::PatternMatchSingleton) -> Expr<'s> {
    let what = match pattern.value {
        python::Singleton::None => What::Null,
        python::Singleton::True => What::Bool(true),
        python::Singleton::False => What::Bool(false),
    };
    Expr { what, at: at(pattern.range) }
}
