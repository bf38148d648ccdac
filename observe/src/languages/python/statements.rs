//! Statements, functions and classes; and statements of Python 2 that the parser splits in two.

use super::places::named;
use super::{Lowering, at};
use crate::neutral::{Class, ClassAt, Expr, FunctionAt, Import, Over, Place, Stmt, What};
use ruff_python_ast as python;
use ruff_text_size::{Ranged, TextRange};
use std::borrow::Cow;

/// Tests of one `if` that nest in each other's else branch; the ones after follow flat, so that a table of a thousand cases
/// written as `elif` is not too deep.
const ELIF_MAX: usize = 64;

impl<'s> Lowering<'s> {
    /// Lowers statements; a block that is too deep has none.
    pub(super) fn block(&mut self, body: &'s [python::Stmt]) -> Vec<Stmt<'s>> {
        let lowered = self.deeper(|it| {
            let mut out = Vec::with_capacity(body.len());
            let mut rest = body.iter();
            while let Some(stmt) = rest.next() {
                if it.broken
                    && let Some(next) = rest.as_slice().first()
                    && let Some(joined) = it.split_statement(stmt, next)
                {
                    out.push(joined);
                    rest.next();
                    continue;
                }
                it.stmt(stmt, &mut out);
            }
            out
        });
        lowered.unwrap_or_default()
    }

    /// Lowers a statement. Whatever takes room on the stack is in a function of its own: this one recurses.
    fn stmt(&mut self, stmt: &'s python::Stmt, out: &mut Vec<Stmt<'s>>) {
        match stmt {
            python::Stmt::Expr(stmt) => out.push(Stmt::Do(self.expr(&stmt.value))),
            python::Stmt::Assign(stmt) => self.assign(stmt, out),
            python::Stmt::AugAssign(stmt) => self.augment(stmt, out),
            python::Stmt::AnnAssign(stmt) => self.annotated(stmt, out),
            python::Stmt::Return(stmt) => out.push(Stmt::Return(stmt.value.as_deref().map(|value| self.expr(value)))),
            python::Stmt::Raise(stmt) => self.raise(stmt, out),
            python::Stmt::If(stmt) => self.branches(stmt, out),
            python::Stmt::For(stmt) => self.each_of(stmt, out),
            python::Stmt::While(stmt) => {
                let test = self.expr(&stmt.test);
                out.push(Stmt::Loop(Over::While(test), self.block(&stmt.body)));
                out.extend(self.block(&stmt.orelse));
            }
            python::Stmt::With(stmt) => self.with(stmt, out),
            python::Stmt::Try(stmt) => self.attempt(stmt, out),
            python::Stmt::Match(stmt) => self.cases(stmt, out),
            python::Stmt::FunctionDef(stmt) => {
                let number = self.define(stmt, None, out);
                out.push(Stmt::Define(number));
            }
            python::Stmt::ClassDef(stmt) => self.class_of(stmt, out),
            python::Stmt::Import(stmt) => out.extend(stmt.names.iter().map(|name| Stmt::Import(module(name)))),
            python::Stmt::ImportFrom(stmt) => out.extend(stmt.names.iter().map(|name| Stmt::Import(item(stmt, name)))),
            python::Stmt::Assert(stmt) => self.assert(stmt, out),
            python::Stmt::Delete(stmt) => {
                let what = What::Op("del", self.exprs(&stmt.targets));
                out.push(Stmt::Do(Expr { what, at: at(stmt.range) }));
            }
            python::Stmt::Global(stmt) => out.push(outer("global", &stmt.names, stmt.range)),
            python::Stmt::Nonlocal(stmt) => out.push(outer("nonlocal", &stmt.names, stmt.range)),
            python::Stmt::TypeAlias(stmt) => {
                let value = self.expr(&stmt.value);
                out.push(Stmt::Assign(self.place(&stmt.name), value));
            }
            python::Stmt::IpyEscapeCommand(stmt) => {
                let what = What::Raw(Cow::Borrowed(&stmt.value));
                out.push(Stmt::Do(Expr { what, at: at(stmt.range) }));
            }
            python::Stmt::Break(_) => out.push(Stmt::Break),
            python::Stmt::Continue(_) => out.push(Stmt::Continue),
            python::Stmt::Pass(_) => {}
        }
    }

    /// `a = b = value` binds the value once and copies it from the first place, if that can be read again.
    fn assign(&mut self, stmt: &'s python::StmtAssign, out: &mut Vec<Stmt<'s>>) {
        let Some((first, others)) = stmt.targets.split_first() else { return };
        let value = self.expr(&stmt.value);
        let place = self.place(first);
        out.push(Stmt::Assign(place, value));
        for other in others {
            let again = if first.is_name_expr() { self.expr(first) } else { self.expr(&stmt.value) };
            let place = self.place(other);
            out.push(Stmt::Assign(place, again));
        }
    }

    fn augment(&mut self, stmt: &'s python::StmtAugAssign, out: &mut Vec<Stmt<'s>>) {
        let sides = vec![self.expr(&stmt.target), self.expr(&stmt.value)];
        let value = Expr { what: What::Op(stmt.op.as_str(), sides), at: at(stmt.range) };
        let place = self.place(&stmt.target);
        out.push(Stmt::Assign(place, value));
    }

    fn annotated(&mut self, stmt: &'s python::StmtAnnAssign, out: &mut Vec<Stmt<'s>>) {
        self.annotation(Some(&stmt.annotation), out);
        if let Some(value) = &stmt.value {
            let value = self.expr(value);
            out.push(Stmt::Assign(self.place(&stmt.target), value));
        }
    }

    /// An annotation is computed where it stands; one that may run something is kept.
    fn annotation(&mut self, annotation: Option<&'s python::Expr>, out: &mut Vec<Stmt<'s>>) {
        if let Some(annotation) = annotation
            && runs(annotation, 16)
        {
            out.push(Stmt::Do(self.expr(annotation)));
        }
    }

    fn raise(&mut self, stmt: &'s python::StmtRaise, out: &mut Vec<Stmt<'s>>) {
        if let Some(cause) = &stmt.cause {
            out.push(Stmt::Do(self.expr(cause)));
        }
        out.push(Stmt::Raise(stmt.exc.as_deref().map(|error| self.expr(error))));
    }

    fn branches(&mut self, stmt: &'s python::StmtIf, out: &mut Vec<Stmt<'s>>) {
        let test = self.expr(&stmt.test);
        let then = self.block(&stmt.body);
        let mut branches = vec![(test, then)];
        let mut otherwise = vec![];
        for clause in &stmt.elif_else_clauses {
            let body = self.block(&clause.body);
            match &clause.test {
                Some(test) => branches.push((self.expr(test), body)),
                None => otherwise = body,
            }
        }
        out.extend(chain(branches, otherwise));
    }

    fn each_of(&mut self, stmt: &'s python::StmtFor, out: &mut Vec<Stmt<'s>>) {
        let over = self.expr(&stmt.iter);
        let over = Over::Each(self.place(&stmt.target), over);
        out.push(Stmt::Loop(over, self.block(&stmt.body)));
        out.extend(self.block(&stmt.orelse));
    }

    /// The value of `with` is what it binds: what `__enter__` gives is mostly the value itself.
    fn with(&mut self, stmt: &'s python::StmtWith, out: &mut Vec<Stmt<'s>>) {
        for item in &stmt.items {
            let value = self.expr(&item.context_expr);
            match &item.optional_vars {
                Some(target) => out.push(Stmt::Assign(self.place(target), value)),
                None => out.push(Stmt::Do(value)),
            }
        }
        out.extend(self.block(&stmt.body));
    }

    /// What follows where nothing was raised belongs to the body.
    fn attempt(&mut self, stmt: &'s python::StmtTry, out: &mut Vec<Stmt<'s>>) {
        let mut body = self.block(&stmt.body);
        body.extend(self.block(&stmt.orelse));
        let handlers = stmt.handlers.iter().map(|python::ExceptHandler::ExceptHandler(handler)| self.handler(handler)).collect();
        out.push(Stmt::Try(body, handlers, self.block(&stmt.finalbody)));
    }

    /// `except E as e` binds the name to an error of that type; so does `except E, e` of Python 2.
    fn handler(&mut self, handler: &'s python::ExceptHandlerExceptHandler) -> Vec<Stmt<'s>> {
        let mut out = vec![];
        match (handler.type_.as_deref(), &handler.name) {
            (Some(kind), Some(name)) => {
                let error = Expr { what: What::Other(vec![self.expr(kind)]), at: at(kind.range()) };
                out.push(Stmt::Assign(named(name), error));
            }
            (Some(python::Expr::Tuple(tuple)), None) if !tuple.parenthesized => {
                if let [kind, target @ python::Expr::Name(_)] = &*tuple.elts {
                    let error = Expr { what: What::Other(vec![self.expr(kind)]), at: at(kind.range()) };
                    out.push(Stmt::Assign(self.place(target), error));
                }
            }
            (kind, _) => self.annotation(kind, &mut out),
        }
        out.extend(self.block(&handler.body));
        out
    }

    /// Raises where the test does not hold.
    fn assert(&mut self, stmt: &'s python::StmtAssert, out: &mut Vec<Stmt<'s>>) {
        let test = Expr { what: What::Op("not", vec![self.expr(&stmt.test)]), at: at(stmt.test.range()) };
        let message = stmt.msg.as_deref().map(|message| self.expr(message));
        out.push(Stmt::If(test, vec![Stmt::Raise(message)], vec![]));
    }

    /// Lowers a function; what its annotations run goes before it.
    fn define(&mut self, stmt: &'s python::StmtFunctionDef, class: Option<ClassAt>, out: &mut Vec<Stmt<'s>>) -> FunctionAt {
        let params = &stmt.parameters;
        for parameter in params.posonlyargs.iter().chain(&params.args).chain(&params.kwonlyargs) {
            self.annotation(parameter.parameter.annotation(), out);
        }
        for parameter in params.vararg.iter().chain(&params.kwarg) {
            self.annotation(parameter.annotation(), out);
        }
        self.annotation(stmt.returns.as_deref(), out);
        let number = self.open(stmt.name.as_str(), at(stmt.range));
        let decorators = stmt.decorator_list.iter().map(|decorator| self.expr(&decorator.expression)).collect();
        let params = self.params(params);
        if let Some(function) = self.function(number) {
            function.params = params;
            function.decorators = decorators;
            function.class = class;
        }
        self.within(number, |it| it.block(&stmt.body));
        number
    }

    /// A class: its methods are the functions right in its body, everything else of its body runs where it is defined.
    fn class_of(&mut self, stmt: &'s python::StmtClassDef, out: &mut Vec<Stmt<'s>>) {
        let number = ClassAt::try_from(self.module.classes.len()).unwrap_or(ClassAt::MAX);
        let name = Cow::Borrowed(stmt.name.as_str());
        let bases = stmt.arguments.iter().flat_map(|arguments| &arguments.args).map(|base| self.expr(base)).collect();
        let body = self.open(stmt.name.as_str(), at(stmt.range));
        self.module.classes.push(Class { name: name.clone(), bases, methods: vec![], body, at: at(stmt.range) });
        self.within(body, |it| it.deeper(|it| it.class_body(stmt, number)).unwrap_or_default());
        out.push(Stmt::Class(number));
        for decorator in stmt.decorator_list.iter().rev() {
            let span = at(decorator.range);
            let callee = Box::new(self.expr(&decorator.expression));
            let class = Expr { what: What::Name(name.clone()), at: at(stmt.name.range) };
            let value = Expr { what: What::Call(callee, vec![class], vec![]), at: span };
            out.push(Stmt::Assign(named(&stmt.name), value));
        }
    }

    fn class_body(&mut self, stmt: &'s python::StmtClassDef, class: ClassAt) -> Vec<Stmt<'s>> {
        let keywords = stmt.arguments.iter().flat_map(|arguments| &arguments.keywords);
        let mut out: Vec<Stmt<'s>> = keywords.map(|keyword| Stmt::Do(self.expr(&keyword.value))).collect();
        for stmt in &stmt.body {
            match stmt {
                python::Stmt::FunctionDef(method) => {
                    let number = self.define(method, Some(class), &mut out);
                    if let Some(class) = self.class(class) {
                        class.methods.push((Cow::Borrowed(method.name.as_str()), number));
                    }
                }
                other => self.stmt(other, &mut out),
            }
        }
        out
    }

    /// `print x` and `exec x` of Python 2 come as a name and a value on one line: together they are the call that they were.
    fn split_statement(&mut self, stmt: &'s python::Stmt, next: &'s python::Stmt) -> Option<Stmt<'s>> {
        let (python::Stmt::Expr(first), python::Stmt::Expr(second)) = (stmt, next) else { return None };
        let python::Expr::Name(name) = &*first.value else { return None };
        let gap = self.source.get(first.range.end().to_usize()..second.range.start().to_usize())?;
        if !matches!(name.id.as_str(), "print" | "exec") || !gap.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
            return None;
        }
        let args = match &*second.value {
            python::Expr::Tuple(many) if !many.parenthesized => many.elts.iter().flat_map(|one| self.within_names(one)).collect(),
            one => self.within_names(one),
        };
        let callee = Box::new(self.expr(&first.value));
        let span = first.range.start().to_u32()..second.range.end().to_u32();
        Some(Stmt::Do(Expr { what: What::Call(callee, args, vec![]), at: span }))
    }

    /// `code in names` as the two arguments that `exec` has since.
    fn within_names(&mut self, arg: &'s python::Expr) -> Vec<Expr<'s>> {
        match arg {
            python::Expr::Compare(within) if *within.ops == [python::CmpOp::In] => {
                let names = within.comparators.iter();
                std::iter::once(&*within.left).chain(names).map(|arg| self.expr(arg)).collect()
            }
            arg => vec![self.expr(arg)],
        }
    }
}

/// Branches as tests in each other's else branch, with a flat step after every [`ELIF_MAX`] of them.
pub(super) fn chain<'s>(mut branches: Vec<(Expr<'s>, Vec<Stmt<'s>>)>, otherwise: Vec<Stmt<'s>>) -> Vec<Stmt<'s>> {
    let mut chains = vec![];
    let mut rest = otherwise;
    while let Some((test, then)) = branches.pop() {
        rest = vec![Stmt::If(test, then, rest)];
        if branches.len().is_multiple_of(ELIF_MAX) {
            chains.push(std::mem::take(&mut rest));
        }
    }
    chains.into_iter().rev().flatten().collect()
}

/// Whether computing an annotation may do more than name types.
fn runs(annotation: &python::Expr, levels: u32) -> bool {
    let Some(below) = levels.checked_sub(1) else { return true };
    match annotation {
        python::Expr::Name(_) => false,
        python::Expr::Attribute(member) => runs(&member.value, below),
        python::Expr::Subscript(element) => runs(&element.value, below) || runs(&element.slice, below),
        python::Expr::Tuple(tuple) => tuple.elts.iter().any(|element| runs(element, below)),
        python::Expr::List(list) => list.elts.iter().any(|element| runs(element, below)),
        python::Expr::BinOp(op) => runs(&op.left, below) || runs(&op.right, below),
        other => !other.is_literal_expr(),
    }
}

/// Names of an outer function or of the module that the function binds.
fn outer<'s>(how: &'static str, names: &'s [python::Identifier], range: TextRange) -> Stmt<'s> {
    let names = names.iter().map(|name| Expr { what: What::Name(Cow::Borrowed(name.as_str())), at: at(name.range) });
    Stmt::Do(Expr { what: What::Op(how, names.collect()), at: at(range) })
}

/// `import a.b` makes `a` known, `import a.b as c` the module itself.
fn module(name: &python::Alias) -> Import<'_> {
    let module = name.name.as_str();
    let alias = match &name.asname {
        Some(alias) => alias.as_str(),
        None => module.split('.').next().unwrap_or(module),
    };
    Import { module: Cow::Borrowed(module), dots: 0, item: None, alias: Cow::Borrowed(alias), at: at(name.range) }
}

/// `from module import name`, with the dots of a relative one.
fn item<'s>(stmt: &'s python::StmtImportFrom, name: &'s python::Alias) -> Import<'s> {
    Import {
        module: Cow::Borrowed(stmt.module.as_ref().map_or("", |module| module.as_str())),
        dots: stmt.level,
        item: Some(Cow::Borrowed(name.name.as_str())),
        alias: Cow::Borrowed(name.asname.as_ref().unwrap_or(&name.name).as_str()),
        at: at(name.range),
    }
}

/// A text that no name of the language can be: the subject of a `match` stands in a place of this name.
pub(super) const SUBJECT: &str = "match subject";

/// The place and the value of a `match` statement's subject.
pub(super) fn subject<'s>(span: crate::neutral::At) -> (Place<'s>, Expr<'s>) {
    let name = Cow::Borrowed(SUBJECT);
    (Place::Name(name.clone(), span.clone()), Expr { what: What::Name(name), at: span })
}
