//! Where values go: names, members, and patterns. A default inside a pattern becomes a test and an assignment behind it.

use super::Text;
use super::lowering::Lowering;
use crate::neutral::{Expr, Place, Stmt, What};
use oxc_ast::ast::{
    AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty, BindingPattern, Expression, MemberExpression,
    PropertyKey,
};
use oxc_span::GetSpan;
use std::borrow::Cow;

impl<'a> Lowering<'a> {
    /// A pattern that declares names; `own`: it stands in a body and not among parameters.
    pub(super) fn pattern(&mut self, pattern: &BindingPattern<'a>, own: bool) -> Place<'a> {
        if !self.enter() {
            return Place::Elements(Vec::new());
        }
        let place = match pattern {
            BindingPattern::BindingIdentifier(it) => {
                let name = self.known_as(it.name.as_str());
                self.bound.insert(it.name.as_str());
                if own {
                    self.declared.push(name.clone());
                }
                Place::Name(name, self.at(it.span))
            }
            BindingPattern::ObjectPattern(it) => {
                let mut members = Vec::with_capacity(it.properties.len());
                for property in &it.properties {
                    let place = self.pattern(&property.value, own);
                    members.push((self.member_name(&property.key), place));
                }
                if let Some(rest) = &it.rest {
                    members.push(("".into(), Place::Rest(Box::new(self.pattern(&rest.argument, own)))));
                }
                Place::Members(members)
            }
            BindingPattern::ArrayPattern(it) => {
                let mut elements = Vec::with_capacity(it.elements.len());
                for element in &it.elements {
                    let place = element.as_ref().map(|element| self.pattern(element, own));
                    elements.push(place.unwrap_or_else(|| Place::Elements(Vec::new())));
                }
                if let Some(rest) = &it.rest {
                    elements.push(Place::Rest(Box::new(self.pattern(&rest.argument, own))));
                }
                Place::Elements(elements)
            }
            BindingPattern::AssignmentPattern(it) => {
                let place = self.pattern(&it.left, own);
                let value = self.expr(&it.right);
                self.default(&place, value);
                place
            }
        };
        self.leave();
        place
    }

    /// What is assigned to.
    pub(super) fn target(&mut self, target: &AssignmentTarget<'a>) -> Place<'a> {
        if !self.enter() {
            return Place::Elements(Vec::new());
        }
        let place = match target {
            AssignmentTarget::AssignmentTargetIdentifier(it) => Place::Name(self.known_as(it.name.as_str()), self.at(it.span)),
            AssignmentTarget::ArrayAssignmentTarget(it) => {
                let mut elements = Vec::with_capacity(it.elements.len());
                for element in &it.elements {
                    let place = element.as_ref().map(|element| self.target_or_default(element));
                    elements.push(place.unwrap_or_else(|| Place::Elements(Vec::new())));
                }
                if let Some(rest) = &it.rest {
                    elements.push(Place::Rest(Box::new(self.target(&rest.target))));
                }
                Place::Elements(elements)
            }
            AssignmentTarget::ObjectAssignmentTarget(it) => {
                let mut members = Vec::with_capacity(it.properties.len());
                for property in &it.properties {
                    members.push(self.target_property(property));
                }
                if let Some(rest) = &it.rest {
                    members.push(("".into(), Place::Rest(Box::new(self.target(&rest.target)))));
                }
                Place::Members(members)
            }
            target => match (target.as_member_expression(), target.get_expression()) {
                (Some(member), _) => self.member_place(member),
                (None, Some(inside)) => self.place_of(inside),
                (None, None) => Place::Elements(Vec::new()),
            },
        };
        self.leave();
        place
    }

    fn target_property(&mut self, property: &AssignmentTargetProperty<'a>) -> (Text<'a>, Place<'a>) {
        match property {
            AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(it) => {
                let name: Text<'a> = it.binding.name.as_str().into();
                let place = Place::Name(self.known_as(it.binding.name.as_str()), self.at(it.binding.span));
                if let Some(value) = &it.init {
                    let value = self.expr(value);
                    self.default(&place, value);
                }
                (name, place)
            }
            AssignmentTargetProperty::AssignmentTargetPropertyProperty(it) => {
                let place = self.target_or_default(&it.binding);
                (self.member_name(&it.name), place)
            }
        }
    }

    fn target_or_default(&mut self, target: &AssignmentTargetMaybeDefault<'a>) -> Place<'a> {
        match target {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(it) => {
                let place = self.target(&it.binding);
                let value = self.expr(&it.init);
                self.default(&place, value);
                place
            }
            target => match target.as_assignment_target() {
                Some(target) => self.target(target),
                None => Place::Elements(Vec::new()),
            },
        }
    }

    /// A member as a place.
    pub(super) fn member_place(&mut self, member: &MemberExpression<'a>) -> Place<'a> {
        let at = self.at(member.span());
        match member {
            MemberExpression::StaticMemberExpression(it) => {
                Place::Member(Box::new(self.expr(&it.object)), it.property.name.as_str().into(), at)
            }
            MemberExpression::PrivateFieldExpression(it) => {
                Place::Member(Box::new(self.expr(&it.object)), self.slice(it.field.span).into(), at)
            }
            MemberExpression::ComputedMemberExpression(it) => {
                let object = Box::new(self.expr(&it.object));
                let index = self.expr(&it.expression);
                match index.what {
                    What::Text(name) if !name.bytes().all(|byte| byte.is_ascii_digit()) => Place::Member(object, name, at),
                    what => Place::Index(object, Box::new(Expr { what, at: index.at }), at),
                }
            }
        }
    }

    /// An expression (behind a type assertion) as a place.
    pub(super) fn place_of(&mut self, value: &Expression<'a>) -> Place<'a> {
        if let Some(member) = value.as_member_expression() {
            return self.member_place(member);
        }
        match self.expr(value) {
            Expr { what: What::Name(name), at } => Place::Name(name, at),
            Expr { what: What::Member(object, name), at } => Place::Member(object, name, at),
            Expr { what: What::Index(object, index), at } => Place::Index(object, index, at),
            value => {
                self.after.push(Stmt::Do(value));
                Place::Elements(Vec::new())
            }
        }
    }

    /// The name of a member in a pattern; a computed one is computed behind, and has no name.
    fn member_name(&mut self, key: &PropertyKey<'a>) -> Text<'a> {
        match key {
            PropertyKey::StaticIdentifier(it) => it.name.as_str().into(),
            key => {
                let key = self.key(key);
                match key.what {
                    What::Text(name) => name,
                    What::Int(number) => Cow::Owned(number.to_string()),
                    what => {
                        self.after.push(Stmt::Do(Expr { what, at: key.at }));
                        "".into()
                    }
                }
            }
        }
    }

    /// `if (place === undefined) place = value`, behind the statement.
    fn default(&mut self, place: &Place<'a>, value: Expr<'a>) {
        let Place::Name(name, at) = place else {
            self.after.push(Stmt::Assign(place.clone(), value));
            return;
        };
        let held = Expr { what: What::Name(name.clone()), at: at.clone() };
        let nothing = Expr { what: What::Null, at: at.clone() };
        let test = Expr { what: What::Op("===", vec![held, nothing]), at: at.clone() };
        let assign = Stmt::Assign(place.clone(), value);
        self.after.push(Stmt::If(test, vec![assign], Vec::new()));
    }
}
