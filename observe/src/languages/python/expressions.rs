//! Expressions.

use super::{Lowering, at};
use crate::neutral::{At, Expr, Place, What};
use ruff_python_ast as python;
use ruff_text_size::Ranged;
use std::borrow::Cow;

/// Where the element of a comprehension is bound, over what, under which tests.
type Generator<'s> = (Place<'s>, Expr<'s>, Vec<Expr<'s>>);

impl<'s> Lowering<'s> {
    /// Lowers an expression; one that is too deep keeps its span alone.
    pub(super) fn expr(&mut self, expr: &'s python::Expr) -> Expr<'s> {
        let what = self.deeper(|it| it.what(expr)).unwrap_or_else(|| What::Other(vec![]));
        Expr { what, at: at(expr.range()) }
    }

    fn boxed(&mut self, expr: &'s python::Expr) -> Box<Expr<'s>> {
        Box::new(self.expr(expr))
    }

    pub(super) fn exprs(&mut self, exprs: &'s [python::Expr]) -> Vec<Expr<'s>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    /// What an expression is. Whatever takes room on the stack is in a function of its own: this one recurses.
    fn what(&mut self, expr: &'s python::Expr) -> What<'s> {
        match expr {
            // What the parser puts where it misses something.
            python::Expr::Name(name) if name.id.is_empty() => What::Other(vec![]),
            python::Expr::Name(name) => What::Name(Cow::Borrowed(name.id.as_str())),
            python::Expr::Attribute(member) => What::Member(self.boxed(&member.value), Cow::Borrowed(member.attr.as_str())),
            python::Expr::Call(call) => self.call(call),
            python::Expr::StringLiteral(text) => What::Text(Cow::Borrowed(text.value.to_str())),
            python::Expr::NumberLiteral(number) => self.number(number),
            python::Expr::BooleanLiteral(yes) => What::Bool(yes.value),
            python::Expr::NoneLiteral(_) => What::Null,
            python::Expr::BytesLiteral(bytes) => What::Bytes(joined(&bytes.value)),
            python::Expr::EllipsisLiteral(_) => What::Raw(Cow::Borrowed("...")),
            python::Expr::BinOp(op) => self.binary(op),
            python::Expr::BoolOp(op) => What::Op(op.op.as_str(), self.exprs(&op.values)),
            python::Expr::UnaryOp(op) => self.unary(op),
            python::Expr::Compare(compare) => self.compare(compare),
            python::Expr::Subscript(element) => self.element(element),
            python::Expr::Tuple(tuple) => What::List(self.exprs(&tuple.elts)),
            python::Expr::List(list) => What::List(self.exprs(&list.elts)),
            python::Expr::Set(set) => What::List(self.exprs(&set.elts)),
            python::Expr::Dict(dict) => self.dict(dict),
            python::Expr::FString(text) => self.text_of_parts(text.value.iter()),
            python::Expr::TString(text) => {
                let elements = text.value.elements().flat_map(|element| self.part(element)).collect();
                What::Concat(elements)
            }
            python::Expr::ListComp(each) => self.each(&each.elt, &each.generators),
            python::Expr::SetComp(each) => self.each(&each.elt, &each.generators),
            python::Expr::Generator(each) => self.each(&each.elt, &each.generators),
            python::Expr::DictComp(each) => self.each_pair(each),
            python::Expr::Lambda(lambda) => self.lambda(lambda),
            python::Expr::If(choice) => {
                What::Choose(Box::new([self.expr(&choice.test), self.expr(&choice.body), self.expr(&choice.orelse)]))
            }
            python::Expr::Named(bind) => {
                let value = self.boxed(&bind.value);
                What::Bind(Box::new(self.place(&bind.target)), value)
            }
            python::Expr::Await(wait) => What::Await(self.boxed(&wait.value)),
            python::Expr::Yield(given) => What::Op("yield", given.value.iter().map(|value| self.expr(value)).collect()),
            python::Expr::YieldFrom(given) => {
                let all = What::Spread(self.boxed(&given.value));
                What::Op("yield", vec![Expr { what: all, at: at(given.value.range()) }])
            }
            python::Expr::Starred(starred) => What::Spread(self.boxed(&starred.value)),
            python::Expr::Slice(slice) => What::Other(self.bounds(slice).into_iter().flatten().map(|bound| *bound).collect()),
            python::Expr::IpyEscapeCommand(command) => What::Raw(Cow::Borrowed(&command.value)),
        }
    }

    fn call(&mut self, call: &'s python::ExprCall) -> What<'s> {
        let callee = self.boxed(&call.func);
        let mut args = self.exprs(&call.arguments.args);
        let mut named = Vec::with_capacity(call.arguments.keywords.len());
        for keyword in &call.arguments.keywords {
            let value = self.expr(&keyword.value);
            match &keyword.arg {
                Some(name) => named.push((Cow::Borrowed(name.as_str()), value)),
                None => args.push(Expr { what: What::Spread(Box::new(value)), at: at(keyword.range) }),
            }
        }
        What::Call(callee, args, named)
    }

    fn number(&mut self, number: &'s python::ExprNumberLiteral) -> What<'s> {
        match &number.value {
            python::Number::Int(int) => match int.as_i64() {
                Some(int) => What::Int(int),
                None => What::Raw(Cow::Borrowed(self.text(number))),
            },
            _ => What::Raw(Cow::Borrowed(self.text(number))),
        }
    }

    /// The operands of one operator along the left spine, by a loop: a sum of 100,000 terms is one node.
    fn binary(&mut self, op: &'s python::ExprBinOp) -> What<'s> {
        let mut right = vec![&*op.right];
        let mut left = &*op.left;
        while let python::Expr::BinOp(inner) = left
            && inner.op == op.op
            && inner.op != python::Operator::Pow
        {
            right.push(&inner.right);
            left = &inner.left;
        }
        let mut operands = Vec::with_capacity(right.len().saturating_add(1));
        operands.push(self.expr(left));
        operands.extend(right.iter().rev().map(|operand| self.expr(operand)));
        What::Op(op.op.as_str(), operands)
    }

    fn unary(&mut self, op: &'s python::ExprUnaryOp) -> What<'s> {
        if let (python::UnaryOp::USub, python::Expr::NumberLiteral(number)) = (op.op, &*op.operand)
            && let What::Int(int) = self.number(number)
            && let Some(negative) = int.checked_neg()
        {
            return What::Int(negative);
        }
        What::Op(op.op.as_str(), vec![self.expr(&op.operand)])
    }

    /// `a < b < c` is both comparisons, if `b` can stand twice without running twice.
    fn compare(&mut self, compare: &'s python::ExprCompare) -> What<'s> {
        if let ([op], [right]) = (&*compare.ops, &*compare.comparators) {
            return What::Op(op.as_str(), vec![self.expr(&compare.left), self.expr(right)]);
        }
        let sides = || std::iter::once(&*compare.left).chain(compare.comparators.iter());
        let plain = |side: &python::Expr| side.is_name_expr() || side.is_literal_expr();
        let between = compare.comparators.split_last().map_or(&[][..], |(_, between)| between);
        if !between.iter().all(plain) {
            return What::Other(sides().map(|side| self.expr(side)).collect());
        }
        let pairs = compare.ops.iter().zip(sides().zip(&*compare.comparators));
        let tests = pairs.map(|(op, (left, right))| {
            let span = left.range().start().to_u32()..right.range().end().to_u32();
            Expr { what: What::Op(op.as_str(), vec![self.expr(left), self.expr(right)]), at: span }
        });
        What::Op("and", tests.collect())
    }

    fn element(&mut self, element: &'s python::ExprSubscript) -> What<'s> {
        let of = self.boxed(&element.value);
        match &*element.slice {
            python::Expr::Slice(slice) => What::Slice(of, self.bounds(slice)),
            index => What::Index(of, Box::new(self.index(index))),
        }
    }

    /// What stands in the brackets after a value that is assigned to.
    pub(super) fn index(&mut self, index: &'s python::Expr) -> Expr<'s> {
        self.expr(index)
    }

    fn bounds(&mut self, slice: &'s python::ExprSlice) -> [Option<Box<Expr<'s>>>; 3] {
        [&slice.lower, &slice.upper, &slice.step].map(|bound| bound.as_deref().map(|bound| self.boxed(bound)))
    }

    fn dict(&mut self, dict: &'s python::ExprDict) -> What<'s> {
        let items = dict.items.iter();
        What::Map(items.map(|item| (item.key.as_ref().map(|key| self.expr(key)), self.expr(&item.value))).collect())
    }

    fn each(&mut self, element: &'s python::Expr, generators: &'s [python::Comprehension]) -> What<'s> {
        let over = self.generators(generators);
        What::Each(self.boxed(element), over)
    }

    /// `{k: v for …}` as `dict([k, v] for …)`.
    fn each_pair(&mut self, each: &'s python::ExprDictComp) -> What<'s> {
        let span = at(each.range);
        let over = self.generators(&each.generators);
        let key = each.key.as_deref().map(|key| self.expr(key));
        let value = self.expr(&each.value);
        let pair = Expr { what: What::List(key.into_iter().chain([value]).collect()), at: span.clone() };
        let pairs = Expr { what: What::Each(Box::new(pair), over), at: span.clone() };
        builtin("dict", vec![pairs], span)
    }

    fn generators(&mut self, generators: &'s [python::Comprehension]) -> Vec<Generator<'s>> {
        let over = generators.iter().map(|generator| {
            let iter = self.expr(&generator.iter);
            (self.place(&generator.target), iter, self.exprs(&generator.ifs))
        });
        over.collect()
    }

    fn lambda(&mut self, lambda: &'s python::ExprLambda) -> What<'s> {
        let number = self.open("", at(lambda.range));
        let params = lambda.parameters.as_deref().map(|parameters| self.params(parameters)).unwrap_or_default();
        if let Some(function) = self.function(number) {
            function.params = params;
        }
        self.within(number, |it| vec![crate::neutral::Stmt::Return(Some(it.expr(&lambda.body)))]);
        What::Function(number)
    }

    /// Adjacent literals with values in some of them; without any value it is a text.
    fn text_of_parts(&mut self, parts: std::slice::Iter<'s, python::FStringPart>) -> What<'s> {
        let mut lowered: Vec<Expr<'s>> = vec![];
        for part in parts {
            match part {
                python::FStringPart::Literal(text) => {
                    lowered.push(Expr { what: What::Text(Cow::Borrowed(text.as_str())), at: at(text.range) });
                }
                python::FStringPart::FString(text) => {
                    for element in &text.elements {
                        lowered.extend(self.part(element));
                    }
                }
            }
        }
        whole(lowered)
    }

    /// One part of a text with values: `{x=}` has two, its own words and the value.
    fn part(&mut self, element: &'s python::InterpolatedStringElement) -> Vec<Expr<'s>> {
        let part = match element {
            python::InterpolatedStringElement::Literal(text) => {
                return vec![Expr { what: What::Text(Cow::Borrowed(&text.value)), at: at(text.range) }];
            }
            python::InterpolatedStringElement::Interpolation(part) => part,
        };
        let span = at(part.range);
        let mut value = self.expr(&part.expression);
        let by = match part.conversion {
            python::ConversionFlag::None if part.debug_text.is_some() && part.format_spec.is_none() => Some("repr"),
            python::ConversionFlag::None => None,
            python::ConversionFlag::Str => Some("str"),
            python::ConversionFlag::Ascii => Some("ascii"),
            python::ConversionFlag::Repr => Some("repr"),
        };
        if let Some(by) = by {
            value = Expr { what: builtin(by, vec![value], span.clone()), at: span.clone() };
        }
        if let Some(format) = &part.format_spec {
            let parts: Vec<Expr<'s>> = format.elements.iter().flat_map(|element| self.part(element)).collect();
            let how = Expr { what: whole(parts), at: at(format.range) };
            value = Expr { what: builtin("format", vec![value, how], span.clone()), at: span.clone() };
        }
        match &part.debug_text {
            Some(words) => vec![Expr { what: What::Text(Cow::Borrowed(words.as_str())), at: span }, value],
            None => vec![value],
        }
    }
}

/// Parts of a text; where all are texts, the one text that they make.
fn whole(mut parts: Vec<Expr<'_>>) -> What<'_> {
    if !parts.iter().all(|part| matches!(part.what, What::Text(_))) {
        return What::Concat(parts);
    }
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only.what;
    }
    let mut text = String::new();
    for part in &parts {
        if let What::Text(more) = &part.what {
            text.push_str(more);
        }
    }
    What::Text(Cow::Owned(text))
}

/// A call of a builtin function.
fn builtin<'s>(name: &'static str, args: Vec<Expr<'s>>, span: At) -> What<'s> {
    What::Call(Box::new(Expr { what: What::Name(Cow::Borrowed(name)), at: span }), args, vec![])
}

/// Adjacent byte literals as one.
fn joined(value: &python::BytesLiteralValue) -> Cow<'_, [u8]> {
    match value.as_slice() {
        [only] => Cow::Borrowed(&only.value),
        many => Cow::Owned(many.iter().flat_map(|part| part.value.iter().copied()).collect()),
    }
}
