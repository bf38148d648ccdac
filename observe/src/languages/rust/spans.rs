//! Where an expression stands, from its outermost tokens: the library's own way prints the whole tree for it.

use super::at;
use crate::neutral::At;
use proc_macro2::Span;
use syn::{Expr, Macro, MacroDelimiter, Member};

/// Deepest first or last part that is asked: a chain of a hundred calls would else cost each of them a hundred steps.
const PARTS_MAX: u32 = 32;

/// From the first to the last token.
pub(super) fn extent(expr: &Expr) -> At {
    match (first(expr, 0), last(expr, 0)) {
        (Some(first), Some(last)) => at(first).start..at(last).end.max(at(first).end),
        (Some(only), None) | (None, Some(only)) => at(only),
        (None, None) => 0..0,
    }
}

/// Where a macro is called.
pub(super) fn of_macro(called: &Macro) -> At {
    let close = at(close_of(called));
    let start = called.path.segments.first().map_or(close.start, |segment| at(segment.ident.span()).start);
    start..close.end
}

fn close_of(called: &Macro) -> Span {
    match &called.delimiter {
        MacroDelimiter::Paren(token) => token.span.close(),
        MacroDelimiter::Brace(token) => token.span.close(),
        MacroDelimiter::Bracket(token) => token.span.close(),
    }
}

fn first(expr: &Expr, depth: u32) -> Option<Span> {
    let inner = |expr: &Expr| first(expr, depth.saturating_add(1)).filter(|_| depth < PARTS_MAX);
    match expr {
        Expr::MethodCall(call) => inner(&call.receiver).or(Some(call.method.span())),
        Expr::Call(call) => inner(&call.func).or(Some(call.paren_token.span.open())),
        Expr::Binary(binary) => inner(&binary.left).or_else(|| first(&binary.right, PARTS_MAX)),
        Expr::Assign(assigned) => inner(&assigned.left).or(Some(assigned.eq_token.span)),
        Expr::Field(field) => inner(&field.base).or(Some(field.dot_token.span)),
        Expr::Index(element) => inner(&element.expr).or(Some(element.bracket_token.span.open())),
        Expr::Try(tried) => inner(&tried.expr).or(Some(tried.question_token.span)),
        Expr::Await(awaited) => inner(&awaited.base).or(Some(awaited.await_token.span)),
        Expr::Cast(cast) => inner(&cast.expr).or(Some(cast.as_token.span)),
        Expr::Range(range) => range.start.as_ref().and_then(|start| inner(start)),
        Expr::Lit(literal) => Some(literal.lit.span()),
        Expr::Path(path) => path.path.segments.first().map(|segment| segment.ident.span()),
        Expr::Struct(made) => made.path.segments.first().map(|segment| segment.ident.span()),
        Expr::Macro(called) => called.mac.path.segments.first().map(|segment| segment.ident.span()),
        Expr::Reference(inner) => Some(inner.and_token.span),
        Expr::Unary(unary) => match unary.op {
            syn::UnOp::Deref(token) => Some(token.span),
            syn::UnOp::Not(token) => Some(token.span),
            syn::UnOp::Neg(token) => Some(token.span),
            _ => None,
        },
        Expr::Closure(closure) => Some(closure.or1_token.span),
        Expr::If(branch) => Some(branch.if_token.span),
        Expr::Match(choice) => Some(choice.match_token.span),
        Expr::While(turn) => Some(turn.while_token.span),
        Expr::ForLoop(turn) => Some(turn.for_token.span),
        Expr::Loop(turn) => Some(turn.loop_token.span),
        Expr::Return(left) => Some(left.return_token.span),
        Expr::Let(bound) => Some(bound.let_token.span),
        other => brackets(other).map(|(open, _)| open),
    }
}

fn last(expr: &Expr, depth: u32) -> Option<Span> {
    let inner = |expr: &Expr| last(expr, depth.saturating_add(1)).filter(|_| depth < PARTS_MAX);
    match expr {
        Expr::MethodCall(call) => Some(call.paren_token.span.close()),
        Expr::Call(call) => Some(call.paren_token.span.close()),
        Expr::Binary(binary) => inner(&binary.right),
        Expr::Assign(assigned) => inner(&assigned.right),
        Expr::Field(field) => Some(match &field.member {
            Member::Named(name) => name.span(),
            Member::Unnamed(index) => index.span,
        }),
        Expr::Index(element) => Some(element.bracket_token.span.close()),
        Expr::Try(tried) => Some(tried.question_token.span),
        Expr::Await(awaited) => Some(awaited.await_token.span),
        Expr::Cast(cast) => Some(cast.as_token.span),
        Expr::Range(range) => range.end.as_ref().and_then(|end| inner(end)),
        Expr::Lit(literal) => Some(literal.lit.span()),
        Expr::Path(path) => path.path.segments.last().map(|segment| segment.ident.span()),
        Expr::Macro(called) => Some(close_of(&called.mac)),
        Expr::Reference(reference) => inner(&reference.expr),
        Expr::Unary(unary) => inner(&unary.expr),
        Expr::Closure(closure) => inner(&closure.body),
        Expr::If(branch) => Some(branch.then_branch.brace_token.span.close()),
        Expr::While(turn) => Some(turn.body.brace_token.span.close()),
        Expr::ForLoop(turn) => Some(turn.body.brace_token.span.close()),
        Expr::Loop(turn) => Some(turn.body.brace_token.span.close()),
        Expr::Return(left) => left.expr.as_ref().and_then(|value| inner(value)),
        Expr::Let(bound) => inner(&bound.expr),
        other => brackets(other).map(|(_, close)| close),
    }
}

/// The brackets around what stands in brackets.
fn brackets(expr: &Expr) -> Option<(Span, Span)> {
    let span = match expr {
        Expr::Paren(inner) => inner.paren_token.span,
        Expr::Tuple(list) => list.paren_token.span,
        Expr::Array(list) => list.bracket_token.span,
        Expr::Repeat(list) => list.bracket_token.span,
        Expr::Block(block) => block.block.brace_token.span,
        Expr::Unsafe(block) => block.block.brace_token.span,
        Expr::Async(block) => block.block.brace_token.span,
        Expr::Const(block) => block.block.brace_token.span,
        Expr::Match(choice) => choice.brace_token.span,
        Expr::Struct(made) => made.brace_token.span,
        _ => return None,
    };
    Some((span.open(), span.close()))
}
