//! Expressions. Left spines (`a + b + …`, `a.b().c()…`) are walked by loops.

use super::Text;
use super::lowering::Lowering;
use crate::neutral::{Expr, Place, What};
use oxc_ast::ast::{
    Argument, ArrayExpression, ArrayExpressionElement, AssignmentExpression, AssignmentOperator, ChainElement, Expression,
    ImportExpression, JSXAttributeItem, JSXAttributeName, JSXAttributeValue, JSXChild, JSXElement, JSXElementName, JSXExpression,
    JSXMemberExpressionObject, NumericLiteral, ObjectExpression, ObjectPropertyKind, PropertyKey, PropertyKind,
    SimpleAssignmentTarget, TemplateLiteral, UnaryExpression, UnaryOperator, UpdateExpression, UpdateOperator,
};
use oxc_span::{GetSpan, Span};
use std::borrow::Cow;

/// Most changes of the operator along one left spine that stay nested.
const SPINE_MAX: usize = 64;

/// Largest whole number that a JavaScript number holds exactly.
const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;

/// A link of a chain of members and calls, outermost last.
enum Link<'t, 'a> {
    Name(Text<'a>),
    Index(&'t Expression<'a>),
    Call(&'t [Argument<'a>]),
}

impl<'a> Lowering<'a> {
    /// An expression.
    pub(super) fn expr(&mut self, value: &Expression<'a>) -> Expr<'a> {
        self.named(value, "")
    }

    /// An expression that is bound to a name: a function without one takes it.
    pub(super) fn named(&mut self, value: &Expression<'a>, name: &'a str) -> Expr<'a> {
        let at = self.at(value.span());
        if !self.enter() {
            return Expr { what: What::Other(Vec::new()), at };
        }
        let what = self.what(value, name);
        self.leave();
        Expr { what, at }
    }

    fn what(&mut self, value: &Expression<'a>, name: &'a str) -> What<'a> {
        match value {
            Expression::StringLiteral(it) => What::Text(text(it.value.as_str(), it.lone_surrogates)),
            Expression::Identifier(it) => {
                if it.name == "undefined" {
                    What::Null
                } else {
                    What::Name(self.known_as(it.name.as_str()))
                }
            }
            Expression::StaticMemberExpression(_)
            | Expression::ComputedMemberExpression(_)
            | Expression::PrivateFieldExpression(_)
            | Expression::CallExpression(_)
            | Expression::ChainExpression(_)
            | Expression::TSNonNullExpression(_) => self.links(value),
            Expression::NumericLiteral(it) => self.number(it),
            Expression::BigIntLiteral(it) => match it.value.as_str().parse() {
                Ok(number) => What::Int(number),
                Err(_) => What::Raw(self.slice(it.span).into()),
            },
            Expression::BooleanLiteral(it) => What::Bool(it.value),
            Expression::NullLiteral(_) => What::Null,
            Expression::RegExpLiteral(it) => What::Raw(self.slice(it.span).into()),
            Expression::TemplateLiteral(it) => self.template(it),
            Expression::BinaryExpression(_) | Expression::LogicalExpression(_) => self.spine(value),
            Expression::FunctionExpression(it) => What::Function(self.function(it, name.into(), None)),
            Expression::ArrowFunctionExpression(it) => What::Function(self.arrow(it, name.into())),
            Expression::ClassExpression(it) => What::Class(self.class(it, name.into())),
            Expression::ArrayExpression(it) => self.array(it),
            Expression::ObjectExpression(it) => self.object(it),
            Expression::AssignmentExpression(it) => {
                let (place, value) = self.assignment(it);
                What::Bind(Box::new(place), Box::new(value))
            }
            Expression::UpdateExpression(it) => self.stepped(it),
            Expression::UnaryExpression(it) => self.unary(it),
            Expression::ConditionalExpression(it) => {
                let parts = [self.expr(&it.test), self.expr(&it.consequent), self.expr(&it.alternate)];
                What::Choose(Box::new(parts))
            }
            Expression::SequenceExpression(it) => What::Op(",", it.expressions.iter().map(|each| self.expr(each)).collect()),
            Expression::NewExpression(it) => {
                let callee = self.expr(&it.callee);
                What::Call(Box::new(callee), self.arguments(&it.arguments), Vec::new())
            }
            Expression::AwaitExpression(it) => What::Await(Box::new(self.expr(&it.argument))),
            Expression::YieldExpression(it) => What::Op("yield", it.argument.iter().map(|each| self.expr(each)).collect()),
            value => self.rarer(value),
        }
    }

    fn rarer(&mut self, value: &Expression<'a>) -> What<'a> {
        match value {
            Expression::ThisExpression(_) => What::Name("this".into()),
            Expression::Super(_) => What::Name("super".into()),
            Expression::ParenthesizedExpression(it) => self.expr(&it.expression).what,
            Expression::TSAsExpression(it) => self.expr(&it.expression).what,
            Expression::TSSatisfiesExpression(it) => self.expr(&it.expression).what,
            Expression::TSTypeAssertion(it) => self.expr(&it.expression).what,
            Expression::TSInstantiationExpression(it) => self.expr(&it.expression).what,
            Expression::ImportExpression(it) => self.import(it),
            Expression::TaggedTemplateExpression(it) => {
                let callee = self.expr(&it.tag);
                let at = self.at(it.quasi.span);
                let texts = it.quasi.quasis.iter().map(|quasi| {
                    let cooked = quasi.value.cooked.unwrap_or(quasi.value.raw);
                    let what = What::Text(text(cooked.as_str(), quasi.lone_surrogates));
                    Expr { what, at: self.at(quasi.span) }
                });
                let mut arguments = vec![Expr { what: What::List(texts.collect()), at }];
                for each in &it.quasi.expressions {
                    arguments.push(self.expr(each));
                }
                What::Call(Box::new(callee), arguments, Vec::new())
            }
            Expression::PrivateInExpression(it) => {
                let left = What::Text(self.slice(it.left.span).into());
                let left = Expr { what: left, at: self.at(it.left.span) };
                What::Op("in", vec![left, self.expr(&it.right)])
            }
            Expression::ImportMeta(it) => {
                let import = Expr { what: What::Name("import".into()), at: self.at(it.span) };
                What::Member(Box::new(import), "meta".into())
            }
            Expression::NewTarget(_) => What::Other(Vec::new()),
            Expression::JSXElement(it) => self.element(it),
            Expression::JSXFragment(it) => {
                let mut parts = Vec::new();
                self.children(&it.children, &mut parts);
                What::Other(parts)
            }
            Expression::V8IntrinsicExpression(it) => {
                let name = What::Name(self.slice(Span::new(it.span.start, it.name.span.end)).into());
                let callee = Expr { what: name, at: self.at(it.span) };
                What::Call(Box::new(callee), self.arguments(&it.arguments), Vec::new())
            }
            _ => What::Other(Vec::new()),
        }
    }

    fn number(&self, it: &NumericLiteral<'a>) -> What<'a> {
        whole(it.value).map_or_else(|| What::Raw(self.slice(it.span).into()), What::Int)
    }

    pub(super) fn template(&mut self, it: &TemplateLiteral<'a>) -> What<'a> {
        let mut parts = Vec::new();
        let mut values = it.expressions.iter();
        for quasi in &it.quasis {
            let cooked = quasi.value.cooked.unwrap_or(quasi.value.raw);
            let what = What::Text(text(cooked.as_str(), quasi.lone_surrogates));
            if it.expressions.is_empty() {
                return what;
            }
            if !cooked.is_empty() {
                parts.push(Expr { what, at: self.at(quasi.span) });
            }
            if let Some(value) = values.next() {
                parts.push(self.expr(value));
            }
        }
        What::Concat(parts)
    }

    /// Members, elements and calls along their left spine.
    fn links(&mut self, value: &Expression<'a>) -> What<'a> {
        let mut links: Vec<(Link<'_, 'a>, Span)> = Vec::new();
        let mut base = value;
        loop {
            let span = base.span();
            let next = match base {
                Expression::ChainExpression(it) => {
                    base = match &it.expression {
                        ChainElement::CallExpression(call) => {
                            links.push((Link::Call(&call.arguments), span));
                            &call.callee
                        }
                        ChainElement::TSNonNullExpression(it) => &it.expression,
                        ChainElement::StaticMemberExpression(it) => {
                            links.push((Link::Name(it.property.name.as_str().into()), span));
                            &it.object
                        }
                        ChainElement::ComputedMemberExpression(it) => {
                            links.push((Link::Index(&it.expression), span));
                            &it.object
                        }
                        ChainElement::PrivateFieldExpression(it) => {
                            links.push((Link::Name(self.slice(it.field.span).into()), span));
                            &it.object
                        }
                    };
                    continue;
                }
                Expression::StaticMemberExpression(it) => (Link::Name(it.property.name.as_str().into()), &it.object),
                Expression::ComputedMemberExpression(it) => (Link::Index(&it.expression), &it.object),
                Expression::PrivateFieldExpression(it) => (Link::Name(self.slice(it.field.span).into()), &it.object),
                Expression::CallExpression(it) => (Link::Call(&it.arguments), &it.callee),
                Expression::TSNonNullExpression(it) => {
                    base = &it.expression;
                    continue;
                }
                _ => break,
            };
            links.push((next.0, span));
            base = next.1;
        }
        self.linked(base, links)
    }

    /// Puts links around what they begin with. Those that would be too deep are flat.
    fn linked(&mut self, base: &Expression<'a>, mut links: Vec<(Link<'_, 'a>, Span)>) -> What<'a> {
        let outside = self.depth;
        let room = usize::try_from(crate::neutral::DEPTH_MAX.saturating_sub(outside)).unwrap_or(0);
        let over = links.len().saturating_sub(room.saturating_sub(2));
        let flat: Vec<_> = links.drain(..over).collect();
        let below = u32::try_from(links.len()).unwrap_or(u32::MAX);
        self.depth = outside.saturating_add(below);
        let mut value = self.expr(base);
        while let Some((link, span)) = links.pop() {
            self.depth = self.depth.saturating_sub(1);
            let inner = Box::new(value);
            let what = match link {
                Link::Name(name) => What::Member(inner, name),
                Link::Index(index) => {
                    let index = self.expr(index);
                    match index.what {
                        What::Text(name) if !name.bytes().all(|byte| byte.is_ascii_digit()) => What::Member(inner, name),
                        what => What::Index(inner, Box::new(Expr { what, at: index.at })),
                    }
                }
                Link::Call(arguments) => What::Call(inner, self.arguments(arguments), Vec::new()),
            };
            value = Expr { what, at: self.at(span) };
        }
        self.depth = outside;
        if flat.is_empty() {
            return value.what;
        }
        self.too_deep = true;
        let mut parts = vec![value];
        for (link, _) in flat.into_iter().rev() {
            match link {
                Link::Name(_) => {}
                Link::Index(index) => parts.push(self.expr(index)),
                Link::Call(arguments) => parts.append(&mut self.arguments(arguments)),
            }
        }
        What::Other(parts)
    }

    pub(super) fn arguments(&mut self, arguments: &[Argument<'a>]) -> Vec<Expr<'a>> {
        let lowered = arguments.iter().map(|argument| match argument {
            Argument::SpreadElement(it) => {
                let value = self.expr(&it.argument);
                Expr { what: What::Spread(Box::new(value)), at: self.at(it.span) }
            }
            argument => match argument.as_expression() {
                Some(value) => self.expr(value),
                None => Expr { what: What::Other(Vec::new()), at: self.at(argument.span()) },
            },
        });
        lowered.collect()
    }

    /// Operators of two operands along their left spine: equal ones become one flat operator.
    fn spine(&mut self, value: &Expression<'a>) -> What<'a> {
        let mut steps: Vec<(&'static str, &Expression<'a>, Span)> = Vec::new();
        let mut base = value;
        loop {
            let span = base.span();
            let (operator, left, right) = match base {
                Expression::BinaryExpression(it) => (it.operator.as_str(), &it.left, &it.right),
                Expression::LogicalExpression(it) => (it.operator.as_str(), &it.left, &it.right),
                _ => break,
            };
            steps.push((operator, right, span));
            base = left;
        }
        let changes = steps.windows(2).filter(|pair| !matches!(pair, [a, b] if joins(a.0, b.0))).count();
        let first = self.expr(base);
        let at = first.at.clone();
        let mut value = first;
        if changes > SPINE_MAX {
            self.too_deep = true;
            let mut parts = vec![value];
            parts.extend(steps.into_iter().rev().map(|(_, right, _)| self.expr(right)));
            return What::Other(parts);
        }
        let outside = self.depth;
        self.depth = outside.saturating_add(u32::try_from(changes).unwrap_or(0));
        let mut open: Option<(&'static str, Vec<Expr<'a>>)> = None;
        let mut end = at.end;
        for (operator, right, span) in steps.into_iter().rev() {
            match &mut open {
                Some((same, parts)) if joins(same, operator) => parts.push(self.expr(right)),
                _ => {
                    if let Some((operator, parts)) = open.take() {
                        value = Expr { what: What::Op(operator, parts), at: at.start..end };
                        self.depth = self.depth.saturating_sub(1);
                    }
                    let right = self.expr(right);
                    let left = std::mem::replace(&mut value, Expr { what: What::Null, at: at.clone() });
                    open = Some((operator, vec![left, right]));
                }
            }
            end = self.at(span).end;
        }
        self.depth = outside;
        open.map_or(value.what, |(operator, parts)| What::Op(operator, parts))
    }

    fn array(&mut self, it: &ArrayExpression<'a>) -> What<'a> {
        let elements = it.elements.iter().map(|element| match element {
            ArrayExpressionElement::SpreadElement(it) => {
                let value = self.expr(&it.argument);
                Expr { what: What::Spread(Box::new(value)), at: self.at(it.span) }
            }
            element => match element.as_expression() {
                Some(value) => self.expr(value),
                None => Expr { what: What::Null, at: self.at(element.span()) },
            },
        });
        What::List(elements.collect())
    }

    fn object(&mut self, it: &ObjectExpression<'a>) -> What<'a> {
        let mut pairs = Vec::with_capacity(it.properties.len());
        for property in &it.properties {
            match property {
                ObjectPropertyKind::SpreadProperty(it) => pairs.push((None, self.expr(&it.argument))),
                ObjectPropertyKind::ObjectProperty(it) => {
                    let key = self.key(&it.key);
                    let name = match &it.key {
                        PropertyKey::StaticIdentifier(key) if it.kind == PropertyKind::Init => key.name.as_str(),
                        _ => "",
                    };
                    let mut value = self.named(&it.value, name);
                    if it.kind == PropertyKind::Get {
                        // Whoever reads it gets what it gives.
                        let at = value.at.clone();
                        value = Expr { what: What::Call(Box::new(value), Vec::new(), Vec::new()), at };
                    }
                    pairs.push((Some(key), value));
                }
            }
        }
        What::Map(pairs)
    }

    /// The key of a property.
    pub(super) fn key(&mut self, key: &PropertyKey<'a>) -> Expr<'a> {
        let at = self.at(key.span());
        match key {
            PropertyKey::StaticIdentifier(it) => Expr { what: What::Text(it.name.as_str().into()), at },
            PropertyKey::PrivateIdentifier(it) => Expr { what: What::Text(self.slice(it.span).into()), at },
            key => match key.as_expression() {
                Some(value) => self.expr(value),
                None => Expr { what: What::Other(Vec::new()), at },
            },
        }
    }

    /// Where an assignment goes and what; `a += b` is `a = a + b`.
    pub(super) fn assignment(&mut self, it: &AssignmentExpression<'a>) -> (Place<'a>, Expr<'a>) {
        let name = it.left.get_identifier_name().unwrap_or_default();
        let value = self.named(&it.right, name);
        let place = self.target(&it.left);
        self.exported(&place, &value);
        if it.operator == AssignmentOperator::Assign {
            return (place, value);
        }
        let operator = it.operator.as_str().strip_suffix('=').unwrap_or("=");
        let at = self.at(it.span);
        let value = Expr { what: What::Op(operator, vec![held(&place), value]), at };
        (place, value)
    }

    /// `a++` and `--a` as an assignment.
    pub(super) fn step(&mut self, it: &UpdateExpression<'a>) -> (Place<'a>, Expr<'a>) {
        let place = self.simple_target(&it.argument);
        let at = self.at(it.span);
        let one = Expr { what: What::Int(1), at: at.clone() };
        let value = What::Op(step_of(it.operator, false), vec![held(&place), one]);
        (place, Expr { what: value, at })
    }

    /// `a++` and `--a` as a value.
    fn stepped(&mut self, it: &UpdateExpression<'a>) -> What<'a> {
        let (place, value) = self.step(it);
        let at = value.at.clone();
        let bind = What::Bind(Box::new(place), Box::new(value));
        if it.prefix {
            return bind;
        }
        let one = Expr { what: What::Int(1), at: at.clone() };
        What::Op(step_of(it.operator, true), vec![Expr { what: bind, at }, one])
    }

    fn unary(&mut self, it: &UnaryExpression<'a>) -> What<'a> {
        let value = self.expr(&it.argument);
        match (it.operator, &value.what) {
            (UnaryOperator::UnaryNegation, What::Int(number)) => What::Int(number.saturating_neg()),
            (UnaryOperator::Void, What::Int(_) | What::Text(_) | What::Null) => What::Null,
            (UnaryOperator::LogicalNot, What::Int(number)) => What::Bool(*number == 0),
            _ => What::Op(it.operator.as_str(), vec![value]),
        }
    }

    fn import(&mut self, it: &ImportExpression<'a>) -> What<'a> {
        let callee = Expr { what: What::Name("import".into()), at: self.at(it.span) };
        let mut arguments = vec![self.expr(&it.source)];
        if let Some(options) = &it.options {
            arguments.push(self.expr(options));
        }
        What::Call(Box::new(callee), arguments, Vec::new())
    }

    /// JSX: the name, a map of attributes, the children.
    fn element(&mut self, it: &JSXElement<'a>) -> What<'a> {
        let opening = &it.opening_element;
        let at = self.at(opening.name.span());
        let what = match &opening.name {
            JSXElementName::Identifier(_) | JSXElementName::NamespacedName(_) => {
                What::Text(self.slice(opening.name.span()).into())
            }
            JSXElementName::IdentifierReference(it) => What::Name(self.known_as(it.name.as_str())),
            JSXElementName::ThisExpression(_) => What::Name("this".into()),
            JSXElementName::MemberExpression(it) => {
                let object = &it.object;
                let mut names = vec![it.property.name.as_str()];
                let mut object = object;
                let first = loop {
                    match object {
                        JSXMemberExpressionObject::IdentifierReference(it) => break it.name.as_str(),
                        JSXMemberExpressionObject::ThisExpression(_) => break "this",
                        JSXMemberExpressionObject::MemberExpression(it) => {
                            names.push(it.property.name.as_str());
                            object = &it.object;
                        }
                    }
                };
                let first = What::Name(first.into());
                let names = names.into_iter().rev().take(SPINE_MAX);
                names.fold(first, |what, name| What::Member(Box::new(Expr { what, at: at.clone() }), name.into()))
            }
        };
        let mut parts = vec![Expr { what, at }];
        let mut pairs = Vec::new();
        for attribute in &opening.attributes {
            match attribute {
                JSXAttributeItem::SpreadAttribute(it) => pairs.push((None, self.expr(&it.argument))),
                JSXAttributeItem::Attribute(it) => {
                    let name = match &it.name {
                        JSXAttributeName::Identifier(it) => it.span,
                        JSXAttributeName::NamespacedName(it) => it.span,
                    };
                    let key = Expr { what: What::Text(self.slice(name).into()), at: self.at(name) };
                    let at = self.at(it.span);
                    let what = match &it.value {
                        None => What::Bool(true),
                        Some(JSXAttributeValue::StringLiteral(it)) => What::Text(it.value.as_str().into()),
                        Some(JSXAttributeValue::ExpressionContainer(it)) => self.contained(&it.expression),
                        Some(JSXAttributeValue::Element(it)) => self.deeper(|lowering| lowering.element(it)),
                        Some(JSXAttributeValue::Fragment(it)) => {
                            let mut parts = Vec::new();
                            self.children(&it.children, &mut parts);
                            What::Other(parts)
                        }
                    };
                    pairs.push((Some(key), Expr { what, at }));
                }
            }
        }
        if !pairs.is_empty() {
            parts.push(Expr { what: What::Map(pairs), at: self.at(opening.span) });
        }
        self.children(&it.children, &mut parts);
        What::Other(parts)
    }

    fn contained(&mut self, it: &JSXExpression<'a>) -> What<'a> {
        it.as_expression().map_or(What::Null, |value| self.expr(value).what)
    }

    fn children(&mut self, children: &[JSXChild<'a>], parts: &mut Vec<Expr<'a>>) {
        for child in children {
            let at = self.at(child.span());
            let what = match child {
                JSXChild::Text(it) => {
                    if it.value.trim().is_empty() {
                        continue;
                    }
                    What::Text(it.value.as_str().into())
                }
                JSXChild::Element(it) => self.deeper(|lowering| lowering.element(it)),
                JSXChild::Fragment(it) => self.deeper(|lowering| {
                    let mut parts = Vec::new();
                    lowering.children(&it.children, &mut parts);
                    What::Other(parts)
                }),
                JSXChild::ExpressionContainer(it) => match it.expression.as_expression() {
                    Some(value) => self.expr(value).what,
                    None => continue,
                },
                JSXChild::Spread(it) => What::Spread(Box::new(self.expr(&it.expression))),
            };
            parts.push(Expr { what, at });
        }
    }

    fn deeper(&mut self, work: impl FnOnce(&mut Self) -> What<'a>) -> What<'a> {
        if !self.enter() {
            return What::Other(Vec::new());
        }
        let what = work(self);
        self.leave();
        what
    }

    /// The place that an update goes to.
    fn simple_target(&mut self, target: &SimpleAssignmentTarget<'a>) -> Place<'a> {
        match target {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(it) => {
                Place::Name(self.known_as(it.name.as_str()), self.at(it.span))
            }
            target => match (target.as_member_expression(), target.get_expression()) {
                (Some(member), _) => self.member_place(member),
                (None, Some(inside)) => self.place_of(inside),
                (None, None) => Place::Elements(Vec::new()),
            },
        }
    }
}

/// The value that a place holds.
fn held<'a>(place: &Place<'a>) -> Expr<'a> {
    let (what, at) = match place {
        Place::Name(name, at) => (What::Name(name.clone()), at.clone()),
        Place::Member(object, name, at) => (What::Member(object.clone(), name.clone()), at.clone()),
        Place::Index(object, index, at) => (What::Index(object.clone(), index.clone()), at.clone()),
        _ => (What::Other(Vec::new()), 0..0),
    };
    Expr { what, at }
}

/// The operator that a step takes, or that undoes it.
fn step_of(operator: UpdateOperator, undo: bool) -> &'static str {
    if (operator == UpdateOperator::Increment) == undo { "-" } else { "+" }
}

/// Whether `a op b op c` is one operator with three operands.
fn joins(one: &str, other: &str) -> bool {
    one == other && matches!(one, "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^" | "<<" | ">>" | ">>>" | "&&" | "||" | "??")
}

/// A number without a fraction.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation)]
fn whole(number: f64) -> Option<i64> {
    // Exact: no fraction, and within 53 bits.
    (number.fract() == 0.0 && number.abs() <= WHOLE_MAX).then_some(number as i64)
}

/// A text as the parser has it: a lone surrogate is U+FFFD and four digits there, and only U+FFFD here.
pub(super) fn text(value: &str, has_surrogates: bool) -> Text<'_> {
    if !has_surrogates {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once('\u{FFFD}') {
        out.push_str(before);
        out.push('\u{FFFD}');
        rest = behind.get(4..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}
