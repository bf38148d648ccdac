//! Classes. Fields of an object are assigned to `this` at the begin of the constructor, those of the class in its body.
//!
//! A getter or setter is a method by its name, with the decorator `get` or `set`.

use super::Text;
use super::lowering::Lowering;
use crate::neutral::{Class, ClassAt, Expr, Place, Stmt, What};
use oxc_ast::ast::{Class as Syntax, ClassElement, Decorator, Expression, MethodDefinition, MethodDefinitionKind, PropertyKey};
use oxc_span::{GetSpan, Span};
use std::borrow::Cow;

impl<'a> Lowering<'a> {
    /// A class; `name` where it has none of its own.
    pub(super) fn class(&mut self, it: &Syntax<'a>, name: Text<'a>) -> ClassAt {
        let name = it.id.as_ref().map_or(name, |id| id.name.as_str().into());
        let at = self.at(it.span);
        let bases = it.heritage.iter().map(|heritage| self.expr(&heritage.expression)).collect();
        let body = self.reserve(name.clone(), at.clone(), None);
        let id = self.reserve_class(Class { name, bases, methods: Vec::new(), body, at: at.clone() });
        let ((methods, decorators), statements) = self.within(body, |lowering| {
            let mut statements = Vec::new();
            let methods = lowering.members(it, id, &mut statements);
            let decorators = lowering.decorators(&it.decorators);
            ((methods, decorators), statements)
        });
        self.fill(body, Vec::new(), statements, decorators);
        let index = usize::try_from(id).unwrap_or(usize::MAX);
        if let Some(class) = self.module.classes.get_mut(index) {
            class.methods = methods;
        }
        id
    }

    fn members(&mut self, it: &Syntax<'a>, class: ClassAt, out: &mut Vec<Stmt<'a>>) -> Vec<(Text<'a>, u32)> {
        let mut methods = Vec::new();
        let mut constructor = None;
        for element in &it.body.body {
            match element {
                ClassElement::MethodDefinition(method) => {
                    if method.kind == MethodDefinitionKind::Constructor && method.value.body.is_some() {
                        constructor = Some(&**method);
                    } else if method.value.body.is_some() {
                        methods.push(self.method(method, class, out));
                    }
                }
                ClassElement::PropertyDefinition(field) => {
                    let decorators = self.decorators(&field.decorators);
                    out.extend(decorators.into_iter().map(Stmt::Do));
                    if field.r#static && !field.declare {
                        self.static_field(&field.key, field.value.as_ref(), out);
                    }
                }
                ClassElement::AccessorProperty(field) => {
                    let decorators = self.decorators(&field.decorators);
                    out.extend(decorators.into_iter().map(Stmt::Do));
                    if field.r#static {
                        self.static_field(&field.key, field.value.as_ref(), out);
                    }
                }
                ClassElement::StaticBlock(block) => out.append(&mut self.block(&block.body)),
                ClassElement::TSIndexSignature(_) => {}
            }
        }
        if let Some(method) = constructor {
            let name: Text<'a> = "constructor".into();
            let id = self.function_with(&method.value, name.clone(), Some(class), |lowering| {
                (lowering.fields(it), lowering.decorators(&method.decorators))
            });
            methods.push((name, id));
        } else if it.body.body.iter().any(|element| field_of(element).is_some()) {
            let name: Text<'a> = "constructor".into();
            let id = self.reserve(name.clone(), self.at(it.body.span), Some(class));
            let ((), body) = self.within(id, |lowering| ((), lowering.fields(it)));
            self.fill(id, Vec::new(), body, Vec::new());
            methods.push((name, id));
        }
        methods
    }

    fn method(&mut self, it: &MethodDefinition<'a>, class: ClassAt, out: &mut Vec<Stmt<'a>>) -> (Text<'a>, u32) {
        let name = self.field_name(&it.key, out);
        let id = self.function_with(&it.value, name.clone(), Some(class), |lowering| {
            let mut decorators = lowering.decorators(&it.decorators);
            let kind = match it.kind {
                MethodDefinitionKind::Get => "get",
                MethodDefinitionKind::Set => "set",
                _ => return (Vec::new(), decorators),
            };
            let at = lowering.at(Span::new(it.span.start, it.key.span().start));
            decorators.push(Expr { what: What::Name(kind.into()), at });
            (Vec::new(), decorators)
        });
        (name, id)
    }

    fn static_field(&mut self, key: &PropertyKey<'a>, value: Option<&Expression<'a>>, out: &mut Vec<Stmt<'a>>) {
        let at = self.at(key.span());
        let name = self.field_name(key, out);
        let value = match value {
            Some(value) => self.expr(value),
            None => Expr { what: What::Null, at: at.clone() },
        };
        out.push(Stmt::Assign(Place::Name(name, at), value));
    }

    /// The fields of an object with a value, assigned to `this`.
    fn fields(&mut self, it: &Syntax<'a>) -> Vec<Stmt<'a>> {
        let mut out = Vec::new();
        for (key, value) in it.body.body.iter().filter_map(field_of) {
            let at = self.at(key.span());
            let name = self.field_name(key, &mut out);
            let value = self.expr(value);
            let this = Expr { what: What::Name("this".into()), at: at.clone() };
            out.push(Stmt::Assign(Place::Member(Box::new(this), name, at), value));
            out.append(&mut self.after);
        }
        out
    }

    /// The name of a member; of a computed one what it is written as, and it is computed before.
    fn field_name(&mut self, key: &PropertyKey<'a>, out: &mut Vec<Stmt<'a>>) -> Text<'a> {
        let key = self.key(key);
        match key.what {
            What::Text(name) => name,
            What::Int(number) => Cow::Owned(number.to_string()),
            what => {
                out.push(Stmt::Do(Expr { what, at: key.at }));
                "".into()
            }
        }
    }

    fn decorators(&mut self, decorators: &[Decorator<'a>]) -> Vec<Expr<'a>> {
        decorators.iter().map(|decorator| self.expr(&decorator.expression)).collect()
    }
}

/// A field of objects that has a value.
fn field_of<'t, 'a>(element: &'t ClassElement<'a>) -> Option<(&'t PropertyKey<'a>, &'t Expression<'a>)> {
    match element {
        ClassElement::PropertyDefinition(it) if !it.r#static => Some((&it.key, it.value.as_ref()?)),
        ClassElement::AccessorProperty(it) if !it.r#static => Some((&it.key, it.value.as_ref()?)),
        _ => None,
    }
}
