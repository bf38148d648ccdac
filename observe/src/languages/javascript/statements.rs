//! Statements. Function declarations and imports come first in their block, as the language runs them.

use super::Text;
use super::lowering::{Jump, JumpKind, Lowering};
use crate::neutral::{Expr, Over, Place, Stmt, What};
use oxc_ast::ast::{
    AssignmentTarget, Declaration, ExportDefaultDeclarationKind, Expression, ForStatement, ForStatementInit, ForStatementLeft,
    IfStatement, LogicalOperator, Statement, SwitchStatement, TryStatement, VariableDeclaration, VariableDeclarationKind,
};
use oxc_span::{GetSpan, Span};

/// Longest chain of `else if` that is kept as a chain; what follows are separate tests, one after the other.
const CHAIN_MAX: usize = 64;

/// Most bodies of a `switch` that run into each other and still have a test each.
const FALLING_MAX: usize = 16;

/// Most names that are called otherwise at one place.
const RENAMED_MAX: usize = 16;

/// The names that `let` and `const` declare in a block.
fn declared_here<'a>(statement: &Statement<'a>) -> Vec<&'a str> {
    match statement {
        Statement::VariableDeclaration(it) => own_names(it),
        _ => Vec::new(),
    }
}

/// The names of a declaration that are those of the block or loop alone.
fn own_names<'a>(it: &VariableDeclaration<'a>) -> Vec<&'a str> {
    if it.kind.is_var() {
        return Vec::new();
    }
    let names = it.declarations.iter().flat_map(|each| each.id.get_binding_identifiers());
    names.map(|id| id.name.as_str()).collect()
}

/// The name of a function or class that a block declares.
fn defined_here<'a>(statement: &Statement<'a>) -> Option<&'a str> {
    let id = match statement {
        Statement::FunctionDeclaration(it) => it.id.as_ref(),
        Statement::ClassDeclaration(it) => it.id.as_ref(),
        _ => None,
    };
    id.map(|id| id.name.as_str())
}

impl<'a> Lowering<'a> {
    /// A block of its own in a function: what it declares anew is not what the function knows by that name.
    fn scope(&mut self, statements: &[Statement<'a>]) -> Vec<Stmt<'a>> {
        let outside = self.renamed.len();
        for name in statements.iter().flat_map(declared_here) {
            self.rename(name);
        }
        let out = self.block(statements);
        self.renamed.truncate(outside);
        out
    }

    /// A name that is declared anew is called otherwise as long as it is known.
    fn rename(&mut self, name: &'a str) {
        if self.bound.contains(name) && self.renamed.len() < RENAMED_MAX {
            let at = self.module.functions.len().saturating_add(self.bound.len()).saturating_add(self.renamed.len());
            self.renamed.push((name, format!("{name}#{at}").into()));
        }
    }

    /// What a name of the source is called here.
    pub(super) fn known_as(&self, name: &'a str) -> Text<'a> {
        let renamed = self.renamed.iter().rev().find(|(known, _)| *known == name);
        renamed.map_or_else(|| name.into(), |(_, other)| other.clone())
    }

    /// Statements in order, declarations of functions first.
    pub(super) fn block(&mut self, statements: &[Statement<'a>]) -> Vec<Stmt<'a>> {
        let outside = self.renamed.len();
        // Functions and classes keep their names, which hide what is called otherwise around them.
        if outside > 0 {
            for name in statements.iter().filter_map(defined_here) {
                if self.renamed.iter().any(|(known, _)| *known == name) {
                    self.renamed.push((name, name.into()));
                }
            }
        }
        let out = self.in_order(statements);
        self.renamed.truncate(outside);
        out
    }

    fn in_order(&mut self, statements: &[Statement<'a>]) -> Vec<Stmt<'a>> {
        let mut out = Vec::with_capacity(statements.len());
        let mut hoisted = false;
        for statement in statements.iter().filter(|statement| is_hoisted(statement)) {
            hoisted = true;
            self.statement(statement, &mut out);
        }
        for statement in statements {
            if !(hoisted && is_hoisted(statement)) {
                self.statement(statement, &mut out);
            }
        }
        out
    }

    /// The body of a branch or loop.
    pub(super) fn branch(&mut self, statement: &Statement<'a>) -> Vec<Stmt<'a>> {
        if let Statement::BlockStatement(block) = statement {
            if !self.enter() {
                return Vec::new();
            }
            let out = self.scope(&block.body);
            self.leave();
            return out;
        }
        let mut out = Vec::new();
        self.statement(statement, &mut out);
        out
    }

    fn statement(&mut self, statement: &Statement<'a>, out: &mut Vec<Stmt<'a>>) {
        if !self.enter() {
            let at = self.at(statement.span());
            out.push(Stmt::Do(Expr { what: What::Other(Vec::new()), at }));
            return;
        }
        let label = if matches!(statement, Statement::LabeledStatement(_)) { None } else { self.label };
        self.statement_inside(statement, out);
        if label.is_some() {
            self.label = None;
        }
        out.append(&mut self.after);
        self.leave();
    }

    fn statement_inside(&mut self, statement: &Statement<'a>, out: &mut Vec<Stmt<'a>>) {
        match statement {
            Statement::ExpressionStatement(it) => self.effect(&it.expression, out),
            Statement::ReturnStatement(it) => match &it.argument {
                Some(value) => self.give_back(value, out),
                None => out.push(Stmt::Return(None)),
            },
            Statement::IfStatement(it) => self.choice(it, out),
            Statement::BlockStatement(it) => out.append(&mut self.scope(&it.body)),
            Statement::ForStatement(it) => self.count(it, out),
            Statement::ForInStatement(it) => {
                let over = self.expr(&it.right);
                self.each(&it.left, over, &it.body, out);
            }
            Statement::ForOfStatement(it) => {
                let over = self.expr(&it.right);
                self.each(&it.left, over, &it.body, out);
            }
            Statement::WhileStatement(it) => {
                let test = self.expr(&it.test);
                out.append(&mut self.after);
                let body = self.turn(Vec::new(), &it.body);
                out.push(Stmt::Loop(Over::While(test), body));
            }
            Statement::DoWhileStatement(it) => self.once_and_while(&it.test, &it.body, out),
            Statement::TryStatement(it) => self.attempt(it, out),
            Statement::SwitchStatement(it) => self.switch(it, out),
            Statement::ThrowStatement(it) => {
                let value = self.expr(&it.argument);
                out.push(Stmt::Raise(Some(value)));
            }
            Statement::LabeledStatement(it) => {
                self.label = Some(it.label.name.as_str());
                self.jumps.push(Jump { label: self.label, kind: JumpKind::Block });
                self.statement(&it.body, out);
                self.jumps.pop();
                self.label = None;
            }
            Statement::WithStatement(it) => {
                let object = self.expr(&it.object);
                out.push(Stmt::Do(object));
                out.append(&mut self.branch(&it.body));
            }
            Statement::BreakStatement(it) => self.jump(it.label.as_ref().map(|it| it.name.as_str()), true, out),
            Statement::ContinueStatement(it) => self.jump(it.label.as_ref().map(|it| it.name.as_str()), false, out),
            Statement::EmptyStatement(_) | Statement::DebuggerStatement(_) => {}
            _ => {
                if let Some(declaration) = statement.as_declaration() {
                    self.declaration(declaration, out);
                } else if let Some(declaration) = statement.as_module_declaration() {
                    self.module_declaration(declaration, out);
                }
            }
        }
    }

    /// A declaration, exported or not.
    pub(super) fn declaration(&mut self, declaration: &Declaration<'a>, out: &mut Vec<Stmt<'a>>) {
        match declaration {
            Declaration::VariableDeclaration(it) => self.variables(it, out),
            Declaration::FunctionDeclaration(it) => {
                if it.body.is_some() && !it.declare {
                    if let Some(id) = &it.id {
                        self.declared.push(id.name.as_str().into());
                    }
                    out.push(Stmt::Define(self.function(it, "".into(), None)));
                }
            }
            Declaration::ClassDeclaration(it) => {
                if !it.declare {
                    if let Some(id) = &it.id {
                        self.declared.push(id.name.as_str().into());
                    }
                    out.push(Stmt::Class(self.class(it, "".into())));
                }
            }
            Declaration::TSEnumDeclaration(it) => self.enumeration(it, out),
            Declaration::TSNamespaceDeclaration(it) => self.namespace(it, out),
            Declaration::TSExternalModuleDeclaration(it) => {
                if let Some(body) = &it.body
                    && !it.declare
                {
                    out.append(&mut self.block(&body.body));
                }
            }
            Declaration::TSImportEqualsDeclaration(it) => self.import_equals(it, out),
            Declaration::TSTypeAliasDeclaration(_)
            | Declaration::TSInterfaceDeclaration(_)
            | Declaration::TSGlobalDeclaration(_) => {}
        }
    }

    fn variables(&mut self, it: &VariableDeclaration<'a>, out: &mut Vec<Stmt<'a>>) {
        if it.declare {
            return;
        }
        for each in &it.declarations {
            let Some(value) = &each.init else {
                let place = self.pattern(&each.id, true);
                if it.kind != VariableDeclarationKind::Var
                    && let Place::Name(_, at) = &place
                {
                    let value = Expr { what: What::Null, at: at.clone() };
                    out.push(Stmt::Assign(place, value));
                }
                continue;
            };
            let name = each.id.get_identifier_name().map_or("", |name| name.as_str());
            let value = self.named(value, name);
            let place = self.pattern(&each.id, true);
            out.push(Stmt::Assign(place, value));
            out.append(&mut self.after);
        }
    }

    /// A statement made of an expression whose value nobody takes.
    pub(super) fn effect(&mut self, value: &Expression<'a>, out: &mut Vec<Stmt<'a>>) {
        if !self.enter() {
            out.push(Stmt::Do(Expr { what: What::Other(Vec::new()), at: self.at(value.span()) }));
            return;
        }
        match value {
            Expression::SequenceExpression(it) => {
                for each in &it.expressions {
                    self.effect(each, out);
                }
            }
            Expression::AssignmentExpression(it) => {
                let (place, value) = self.assignment(it);
                out.push(Stmt::Assign(place, value));
            }
            Expression::UpdateExpression(it) => {
                let (place, value) = self.step(it);
                out.push(Stmt::Assign(place, value));
            }
            Expression::ConditionalExpression(it) => {
                let test = self.expr(&it.test);
                let (mut then, mut other) = (Vec::new(), Vec::new());
                self.effect(&it.consequent, &mut then);
                self.effect(&it.alternate, &mut other);
                out.push(Stmt::If(test, then, other));
            }
            Expression::LogicalExpression(it) if it.operator != LogicalOperator::Coalesce => {
                let test = self.expr(&it.left);
                let mut then = Vec::new();
                self.effect(&it.right, &mut then);
                let (then, other) = if it.operator == LogicalOperator::And { (then, Vec::new()) } else { (Vec::new(), then) };
                out.push(Stmt::If(test, then, other));
            }
            value => {
                let value = self.expr(value);
                out.push(Stmt::Do(value));
            }
        }
        out.append(&mut self.after);
        self.leave();
    }

    /// An `if` with all its `else if`.
    fn choice(&mut self, it: &IfStatement<'a>, out: &mut Vec<Stmt<'a>>) {
        let mut arms = Vec::new();
        let mut next = Some(it);
        let mut last = Vec::new();
        while let Some(it) = next.take() {
            let test = self.expr(&it.test);
            let then = self.branch(&it.consequent);
            arms.push((test, then));
            match &it.alternate {
                Some(Statement::IfStatement(other)) => next = Some(other),
                Some(other) => last = self.branch(other),
                None => {}
            }
        }
        out.append(&mut chain(arms, last));
    }

    fn count(&mut self, it: &ForStatement<'a>, out: &mut Vec<Stmt<'a>>) {
        let outside = self.renamed.len();
        match &it.init {
            Some(ForStatementInit::VariableDeclaration(it)) => {
                for name in own_names(it) {
                    self.rename(name);
                }
                self.variables(it, out);
            }
            Some(init) => {
                if let Some(init) = init.as_expression() {
                    let label = self.label.take();
                    self.effect(init, out);
                    self.label = label;
                }
            }
            None => {}
        }
        let test = match &it.test {
            Some(test) => self.expr(test),
            None => Expr { what: What::Bool(true), at: self.at(Span::empty(it.span.start)) },
        };
        let (mut update, repeated) = self.update(it.update.as_ref());
        let mut body = self.turn(repeated, &it.body);
        body.append(&mut update);
        out.push(Stmt::Loop(Over::While(test), body));
        self.renamed.truncate(outside);
    }

    fn each(&mut self, left: &ForStatementLeft<'a>, over: Expr<'a>, body: &Statement<'a>, out: &mut Vec<Stmt<'a>>) {
        let outside = self.renamed.len();
        let place = match left {
            ForStatementLeft::VariableDeclaration(it) => {
                for name in own_names(it) {
                    self.rename(name);
                }
                it.declarations.first().map(|each| self.pattern(&each.id, true))
            }
            left => left.as_assignment_target().map(|target: &AssignmentTarget<'a>| self.target(target)),
        };
        let mut first = std::mem::take(&mut self.after);
        let mut body = self.turn(Vec::new(), body);
        if !first.is_empty() {
            first.append(&mut body);
            body = first;
        }
        let place = place.unwrap_or_else(|| Place::Elements(Vec::new()));
        out.push(Stmt::Loop(Over::Each(place, over), body));
        self.renamed.truncate(outside);
    }

    /// `do body while (test)`: a loop that is left at its end.
    fn once_and_while(&mut self, test: &Expression<'a>, body: &Statement<'a>, out: &mut Vec<Stmt<'a>>) {
        let at = self.at(test.span());
        let mut body = self.turn(Vec::new(), body);
        let test = self.expr(test);
        body.append(&mut self.after);
        body.push(Stmt::If(test, Vec::new(), vec![Stmt::Break]));
        out.push(Stmt::Loop(Over::While(Expr { what: What::Bool(true), at }), body));
    }

    fn attempt(&mut self, it: &TryStatement<'a>, out: &mut Vec<Stmt<'a>>) {
        let body = self.scope(&it.block.body);
        let handlers = it.handler.iter().map(|handler| {
            let mut first = Vec::new();
            if let Some(param) = &handler.param {
                let place = self.pattern(&param.pattern, true);
                let at = self.at(param.span);
                first.push(Stmt::Assign(place, Expr { what: What::Other(Vec::new()), at }));
                first.append(&mut self.after);
            }
            first.append(&mut self.scope(&handler.body.body));
            first
        });
        let handlers = handlers.collect();
        let last = it.finalizer.iter().flat_map(|last| self.scope(&last.body)).collect();
        out.push(Stmt::Try(body, handlers, last));
    }

    /// `break` or `continue`, as far as the form has it: out of several loops at once is out of the innermost, and out of a
    /// `switch` or block is what stands behind it anyway.
    fn jump(&mut self, label: Option<&str>, is_break: bool, out: &mut Vec<Stmt<'a>>) {
        let mut left_loops = 0_u32;
        for jump in self.jumps.iter().rev() {
            let is_meant = match (label, &jump.kind) {
                (None, JumpKind::Loop(_)) => true,
                (None, JumpKind::Switch) => is_break,
                (None, JumpKind::Block) => false,
                (Some(_), _) => jump.label == label,
            };
            if let JumpKind::Loop(update) = &jump.kind {
                if is_meant && left_loops == 0 && !is_break {
                    out.extend(update.iter().cloned());
                    out.push(Stmt::Continue);
                    return;
                }
                if is_meant && left_loops == 0 {
                    out.push(Stmt::Break);
                    return;
                }
                left_loops = left_loops.saturating_add(1);
            }
            if is_meant {
                break;
            }
        }
        if left_loops > 0 {
            out.push(Stmt::Break);
        }
    }

    /// A `switch`: the value once, then a chain of tests. Cases that run into each other share a link of the chain.
    fn switch(&mut self, it: &SwitchStatement<'a>, out: &mut Vec<Stmt<'a>>) {
        let at = self.at(it.discriminant.span());
        let value = self.expr(&it.discriminant);
        let value = if matches!(value.what, What::Name(_)) {
            value
        } else {
            let name = std::borrow::Cow::Owned(format!("switch {}", at.start));
            self.declared.push(std::borrow::Cow::clone(&name));
            out.push(Stmt::Assign(Place::Name(std::borrow::Cow::clone(&name), at.clone()), value));
            Expr { what: What::Name(name), at }
        };
        let label = self.label.take();
        self.jumps.push(Jump { label, kind: JumpKind::Switch });
        let (mut arms, mut last) = (Vec::new(), Vec::new());
        // Tests that lead into the next body, and the bodies so far of those that fall through.
        let (mut tests, mut bodies, mut has_default) = (Vec::new(), Vec::new(), false);
        let count = it.cases.len();
        for (index, case) in it.cases.iter().enumerate() {
            match &case.test {
                Some(test) => {
                    let at = self.at(test.span());
                    let test = self.expr(test);
                    tests.push(Expr { what: What::Op("===", vec![value.clone(), test]), at });
                }
                None => has_default = true,
            }
            if !case.consequent.is_empty() {
                let body = self.block(&case.consequent);
                bodies.push((tests.len(), body));
            }
            let is_last = index.saturating_add(1) == count;
            if is_last || case.consequent.last().is_some_and(leaves) {
                let falling = if has_default { &[][..] } else { &tests[..] };
                let body = fall(falling, std::mem::take(&mut bodies));
                let tests = std::mem::take(&mut tests);
                if std::mem::take(&mut has_default) {
                    last = body;
                } else if let Some(test) = any_of(tests) {
                    arms.push((test, body));
                }
            }
        }
        self.jumps.pop();
        out.append(&mut chain(arms, last));
    }
}

/// One test for several.
fn any_of(mut tests: Vec<Expr<'_>>) -> Option<Expr<'_>> {
    if tests.len() <= 1 {
        return tests.pop();
    }
    let at = tests.first()?.at.start..tests.last()?.at.end;
    Some(Expr { what: What::Op("||", tests), at })
}

/// Bodies that run into each other: each behind the tests that lead to it.
fn fall<'a>(tests: &[Expr<'a>], bodies: Vec<(usize, Vec<Stmt<'a>>)>) -> Vec<Stmt<'a>> {
    let count = bodies.len();
    let mut out = Vec::new();
    for (leading, mut body) in bodies {
        let own = tests.get(..leading).unwrap_or_default();
        if count > 1 && count <= FALLING_MAX && own.len() < tests.len() {
            if let Some(test) = any_of(own.to_vec()) {
                out.push(Stmt::If(test, body, Vec::new()));
            }
        } else {
            out.append(&mut body);
        }
    }
    out
}

/// Whether nothing runs behind a statement of a `switch`.
fn leaves(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::BreakStatement(_)
        | Statement::ContinueStatement(_)
        | Statement::ReturnStatement(_)
        | Statement::ThrowStatement(_) => true,
        Statement::BlockStatement(block) => block.body.last().is_some_and(|last| {
            matches!(
                last,
                Statement::BreakStatement(_)
                    | Statement::ContinueStatement(_)
                    | Statement::ReturnStatement(_)
                    | Statement::ThrowStatement(_)
            )
        }),
        _ => false,
    }
}

/// Arms of a choice as nested statements, so far as the chain is not too long.
fn chain<'a>(arms: Vec<(Expr<'a>, Vec<Stmt<'a>>)>, last: Vec<Stmt<'a>>) -> Vec<Stmt<'a>> {
    let mut arms = arms;
    let rest = if arms.len() > CHAIN_MAX { arms.split_off(CHAIN_MAX) } else { Vec::new() };
    let mut out: Vec<Stmt> = rest.into_iter().map(|(test, body)| Stmt::If(test, body, Vec::new())).collect();
    out.extend(last);
    while let Some((test, body)) = arms.pop() {
        out = vec![Stmt::If(test, body, out)];
    }
    out
}

fn is_hoisted(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::FunctionDeclaration(_) | Statement::ImportDeclaration(_) => true,
        Statement::ExportDeclaration(it) => matches!(it.declaration, Declaration::FunctionDeclaration(_)),
        Statement::ExportDefaultDeclaration(it) => {
            matches!(&it.declaration, ExportDefaultDeclarationKind::FunctionDeclaration(function) if function.id.is_some())
        }
        _ => false,
    }
}
