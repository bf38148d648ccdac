//! Targets of assignments and parameters: where values go.

use super::{Lowering, at};
use crate::neutral::{Expr, Param, Place, What};
use ruff_python_ast as python;
use ruff_text_size::Ranged;
use std::borrow::Cow;

impl<'s> Lowering<'s> {
    /// Where an assignment to this expression puts its value. What is no target by the grammar is an element of no place.
    pub(super) fn place(&mut self, target: &'s python::Expr) -> Place<'s> {
        let range = at(target.range());
        match target {
            python::Expr::Name(name) => Place::Name(Cow::Borrowed(name.id.as_str()), range),
            python::Expr::Attribute(member) => {
                Place::Member(Box::new(self.expr(&member.value)), Cow::Borrowed(member.attr.as_str()), range)
            }
            python::Expr::Subscript(element) => {
                Place::Index(Box::new(self.expr(&element.value)), Box::new(self.index(&element.slice)), range)
            }
            python::Expr::Tuple(tuple) => self.places(&tuple.elts),
            python::Expr::List(list) => self.places(&list.elts),
            python::Expr::Starred(starred) => {
                Place::Rest(Box::new(self.deeper(|it| it.place(&starred.value)).unwrap_or(Place::Elements(vec![]))))
            }
            other => {
                let value = self.expr(other);
                let none = Expr { what: What::Null, at: range.clone() };
                Place::Index(Box::new(value), Box::new(none), range)
            }
        }
    }

    fn places(&mut self, targets: &'s [python::Expr]) -> Place<'s> {
        let places = self.deeper(|it| targets.iter().map(|target| it.place(target)).collect());
        Place::Elements(places.unwrap_or_default())
    }

    /// Parameters in order: positional, `*rest`, named, `**rest`.
    pub(super) fn params(&mut self, parameters: &'s python::Parameters) -> Vec<Param<'s>> {
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        let mut params: Vec<Param<'s>> = positional.map(|parameter| self.param(parameter)).collect();
        params.extend(parameters.vararg.iter().map(|parameter| rest(parameter)));
        for parameter in &parameters.kwonlyargs {
            let param = self.param(parameter);
            params.push(param);
        }
        params.extend(parameters.kwarg.iter().map(|parameter| rest(parameter)));
        params
    }

    fn param(&mut self, parameter: &'s python::ParameterWithDefault) -> Param<'s> {
        let default = parameter.default.as_deref().map(|default| self.expr(default));
        Param { place: named(&parameter.parameter.name), default, rest: false }
    }
}

/// The place that an identifier names.
pub(super) fn named(name: &python::Identifier) -> Place<'_> {
    Place::Name(Cow::Borrowed(name.as_str()), at(name.range))
}

fn rest(parameter: &python::Parameter) -> Param<'_> {
    Param { place: named(&parameter.name), default: None, rest: true }
}
