//! The state of one lowering: functions and classes found so far, how deep it is, and which loops stand around.

use super::Text;
use crate::neutral::{At, Class, ClassAt, DEPTH_MAX, Expr, Function, FunctionAt, Module, Param, Place, Stmt, What};
use oxc_ast::ast::{
    ArrowFunctionBody, ArrowFunctionExpression, Expression, FormalParameters, Function as Syntax, FunctionBody, Program,
    Statement,
};
use oxc_span::{GetSpan, Span};
use std::collections::HashSet;
use std::mem::{replace, take};

/// Longest update of a `for` (bytes) that is repeated before each `continue` of its loop.
const UPDATE_BYTES_MAX: u32 = 100;

/// One source on its way to the neutral form.
pub(super) struct Lowering<'a> {
    /// What was given to the parser.
    pub(super) source: &'a str,
    /// Where that begins in the file.
    pub(super) base: u32,
    pub(super) module: Module<'a>,
    /// The function that is being lowered.
    pub(super) current: FunctionAt,
    /// Nesting of what is made, in nodes.
    pub(super) depth: u32,
    /// Something was nested deeper than is lowered.
    pub(super) too_deep: bool,
    /// Statements that belong behind the one being lowered: defaults of patterns.
    pub(super) after: Vec<Stmt<'a>>,
    /// Names declared in the current function.
    pub(super) declared: Vec<Text<'a>>,
    /// What blocks around declare anew, and what it is called instead, innermost last.
    pub(super) renamed: Vec<(&'a str, Text<'a>)>,
    /// Every name that was declared so far.
    pub(super) bound: HashSet<&'a str>,
    /// What `break` and `continue` may leave, innermost last.
    pub(super) jumps: Vec<Jump<'a>>,
    /// The label just before the statement.
    pub(super) label: Option<&'a str>,
    /// What the namespaces around export, innermost last.
    pub(super) namespaces: Vec<Vec<Text<'a>>>,
}

/// A statement that can be left.
pub(super) struct Jump<'a> {
    pub(super) label: Option<&'a str>,
    pub(super) kind: JumpKind<'a>,
}

/// What kind of statement.
pub(super) enum JumpKind<'a> {
    /// With what a `continue` does first.
    Loop(Vec<Stmt<'a>>),
    Switch,
    Block,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(source: &'a str, base: u32) -> Self {
        Self {
            source,
            base,
            module: Module::default(),
            current: 0,
            depth: 0,
            too_deep: false,
            after: Vec::new(),
            declared: Vec::new(),
            renamed: Vec::new(),
            bound: HashSet::new(),
            jumps: Vec::new(),
            label: None,
            namespaces: Vec::new(),
        }
    }

    /// Lowers the top level and all in it.
    pub(super) fn program(&mut self, program: &Program<'a>) {
        let at = self.at(program.span);
        self.reserve("".into(), at, None);
        let body = self.block(&program.body);
        // What the top level declares is what the module has: an assignment from a function reaches it by any name.
        self.fill(0, Vec::new(), body, Vec::new());
    }

    /// Where a node stands in the file.
    pub(super) fn at(&self, span: Span) -> At {
        self.base.saturating_add(span.start)..self.base.saturating_add(span.end)
    }

    /// The source of a node as written.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        self.source.get(at(span.start)..at(span.end)).unwrap_or_default()
    }

    /// Goes one deeper, or says that it is too deep.
    pub(super) fn enter(&mut self) -> bool {
        if self.depth >= DEPTH_MAX {
            self.too_deep = true;
            return false;
        }
        self.depth = self.depth.saturating_add(1);
        true
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Makes a place for a function before its body is lowered, so that inner functions stand behind it.
    pub(super) fn reserve(&mut self, name: Text<'a>, at: At, class: Option<ClassAt>) -> FunctionAt {
        let id = u32::try_from(self.module.functions.len()).unwrap_or(u32::MAX);
        let outer = (id > 0).then_some(self.current);
        let (params, body, decorators) = (Vec::new(), Vec::new(), Vec::new());
        self.module.functions.push(Function { name, params, body, decorators, outer, class, at });
        id
    }

    pub(super) fn fill(&mut self, id: FunctionAt, params: Vec<Param<'a>>, body: Vec<Stmt<'a>>, decorators: Vec<Expr<'a>>) {
        let index = usize::try_from(id).unwrap_or(usize::MAX);
        if let Some(function) = self.module.functions.get_mut(index) {
            function.params = params;
            function.body = body;
            function.decorators = decorators;
        }
    }

    /// Makes a place for a class.
    pub(super) fn reserve_class(&mut self, class: Class<'a>) -> ClassAt {
        let id = u32::try_from(self.module.classes.len()).unwrap_or(u32::MAX);
        self.module.classes.push(class);
        id
    }

    /// Runs `work` with a new function as the current one. What it declares becomes the first statement.
    pub(super) fn within<T>(&mut self, id: FunctionAt, work: impl FnOnce(&mut Self) -> (T, Vec<Stmt<'a>>)) -> (T, Vec<Stmt<'a>>) {
        let current = replace(&mut self.current, id);
        let after = take(&mut self.after);
        let declared = take(&mut self.declared);
        let jumps = take(&mut self.jumps);
        let label = self.label.take();
        let (made, mut body) = work(self);
        let names = replace(&mut self.declared, declared);
        if !names.is_empty() {
            body.insert(0, Stmt::Local(names));
        }
        self.current = current;
        self.after = after;
        self.jumps = jumps;
        self.label = label;
        (made, body)
    }

    /// A function with a body; `name` where it has none of its own.
    pub(super) fn function(&mut self, syntax: &Syntax<'a>, name: Text<'a>, class: Option<ClassAt>) -> FunctionAt {
        self.function_with(syntax, name, class, |_| (Vec::new(), Vec::new()))
    }

    /// A function, with statements before its own and its decorators.
    pub(super) fn function_with(
        &mut self,
        syntax: &Syntax<'a>,
        name: Text<'a>,
        class: Option<ClassAt>,
        head: impl FnOnce(&mut Self) -> (Vec<Stmt<'a>>, Vec<Expr<'a>>),
    ) -> FunctionAt {
        let own = syntax.id.as_ref().map(|id| id.name.as_str().into());
        let id = self.reserve(own.unwrap_or(name), self.at(syntax.span), class);
        let ((params, decorators), body) = self.within(id, |lowering| {
            let (params, mut body) = lowering.params(&syntax.params);
            let (first, decorators) = head(lowering);
            body.extend(first);
            if let Some(own) = &syntax.body {
                lowering.function_body(own, &mut body);
            }
            ((params, decorators), body)
        });
        self.fill(id, params, body, decorators);
        id
    }

    /// An arrow function.
    pub(super) fn arrow(&mut self, syntax: &ArrowFunctionExpression<'a>, name: Text<'a>) -> FunctionAt {
        let id = self.reserve(name, self.at(syntax.span), None);
        let (params, body) = self.within(id, |lowering| {
            let (params, mut body) = lowering.params(&syntax.params);
            match &syntax.body {
                ArrowFunctionBody::FunctionBody(own) => lowering.function_body(own, &mut body),
                own => {
                    if let Some(value) = own.as_expression() {
                        lowering.give_back(value, &mut body);
                    }
                }
            }
            (params, body)
        });
        self.fill(id, params, body, Vec::new());
        id
    }

    /// A function of statements that is called where it stands (namespaces, static blocks).
    pub(super) fn called(&mut self, at: At, work: impl FnOnce(&mut Self) -> Vec<Stmt<'a>>) -> Expr<'a> {
        let id = self.reserve("".into(), at.clone(), None);
        let ((), body) = self.within(id, |lowering| ((), work(lowering)));
        self.fill(id, Vec::new(), body, Vec::new());
        let function = Expr { what: What::Function(id), at: at.clone() };
        Expr { what: What::Call(Box::new(function), Vec::new(), Vec::new()), at }
    }

    fn function_body(&mut self, syntax: &FunctionBody<'a>, body: &mut Vec<Stmt<'a>>) {
        let mut own = self.block(&syntax.statements);
        if body.is_empty() {
            *body = own;
        } else {
            body.append(&mut own);
        }
    }

    /// Parameters, and the statements that a body begins with because of them.
    fn params(&mut self, syntax: &FormalParameters<'a>) -> (Vec<Param<'a>>, Vec<Stmt<'a>>) {
        let mut params = Vec::with_capacity(syntax.items.len());
        let mut body = Vec::new();
        for item in &syntax.items {
            let place = self.pattern(&item.pattern, false);
            body.extend(item.decorators.iter().map(|decorator| Stmt::Do(self.expr(&decorator.expression))));
            let default = item.initializer.as_deref().map(|value| self.expr(value));
            if (item.accessibility.is_some() || item.readonly)
                && let Place::Name(name, at) = &place
            {
                let this = Expr { what: What::Name("this".into()), at: at.clone() };
                let value = Expr { what: What::Name(name.clone()), at: at.clone() };
                body.push(Stmt::Assign(Place::Member(Box::new(this), name.clone(), at.clone()), value));
            }
            params.push(Param { place, default, rest: false });
        }
        if let Some(rest) = &syntax.rest {
            let place = self.pattern(&rest.rest.argument, false);
            params.push(Param { place, default: None, rest: true });
        }
        body.append(&mut self.after);
        (params, body)
    }

    /// `return value`, where commas before the value become statements of their own.
    pub(super) fn give_back(&mut self, value: &Expression<'a>, out: &mut Vec<Stmt<'a>>) {
        let mut value = value;
        if let Expression::SequenceExpression(sequence) = value
            && let Some((last, first)) = sequence.expressions.split_last()
        {
            for each in first {
                self.effect(each, out);
            }
            value = last;
        }
        let value = self.expr(value);
        out.append(&mut self.after);
        out.push(Stmt::Return(Some(value)));
    }

    /// What `continue` does first in a `for` with this update.
    pub(super) fn update(&mut self, update: Option<&Expression<'a>>) -> (Vec<Stmt<'a>>, Vec<Stmt<'a>>) {
        let mut out = Vec::new();
        let Some(update) = update else { return (out, Vec::new()) };
        self.effect(update, &mut out);
        let repeated = if update.span().size() <= UPDATE_BYTES_MAX { out.clone() } else { Vec::new() };
        (out, repeated)
    }

    /// The body of a loop.
    pub(super) fn turn(&mut self, update: Vec<Stmt<'a>>, body: &Statement<'a>) -> Vec<Stmt<'a>> {
        let label = self.label.take();
        self.jumps.push(Jump { label, kind: JumpKind::Loop(update) });
        let body = self.branch(body);
        self.jumps.pop();
        body
    }
}
