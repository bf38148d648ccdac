//! Macros of the standard library: what they are given is read as expressions, formats as texts with values in them.
//!
//! Source: the documentation of `std::fmt` and of the macros of `std`. Widths and other ways to write a value are not applied.

use super::{Lowering, spans};
use crate::neutral::{At, Expr, What};
use std::borrow::Cow;
use syn::parse::Parser;
use syn::punctuated::Punctuated;

impl Lowering {
    /// The value of a macro's call; `None` for what defines macros.
    pub(super) fn macro_value(&mut self, called: &syn::Macro) -> Option<Expr<'static>> {
        let name = called.path.segments.last()?.ident.to_string();
        if name == "macro_rules" {
            return None;
        }
        let at = spans::of_macro(called);
        let args = arguments(called);
        let what = match (&*name, args) {
            (_, None) => What::Other(vec![]),
            ("format" | "format_args", Some(args)) => return Some(self.format(&args, &at)),
            ("concat", Some(args)) => What::Concat(self.exprs(&args)),
            ("vec", Some(args)) => What::List(self.exprs(&args)),
            ("print" | "println" | "eprint" | "eprintln" | "panic" | "todo" | "unreachable", Some(args)) => {
                What::Other(vec![self.format(&args, &at)])
            }
            ("write" | "writeln", Some(args)) => {
                let mut args = args.into_iter();
                let to = args.next()?;
                let object = self.expr(&to);
                let text = self.format(&args.collect::<Vec<_>>(), &at);
                let callee = What::Member(Box::new(object), "write_all".into());
                What::Call(Box::new(Expr { what: callee, at: at.clone() }), vec![text], vec![])
            }
            (name, Some(args)) => {
                let callee = Expr { what: What::Name(Cow::Owned(format!("{name}!"))), at: at.clone() };
                What::Call(Box::new(callee), self.exprs(&args), vec![])
            }
        };
        Some(Expr { what, at })
    }

    fn exprs(&mut self, exprs: &[syn::Expr]) -> Vec<Expr<'static>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    /// A text with values in it: `"{} {name} {0} {{"`.
    fn format(&mut self, args: &[syn::Expr], at: &At) -> Expr<'static> {
        let Some((syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }), values)) = args.split_first() else {
            return Expr { what: What::Other(self.exprs(args)), at: at.clone() };
        };
        let (mut positional, mut by_name) = (Vec::new(), Vec::new());
        for value in values {
            match value {
                syn::Expr::Assign(assigned) => {
                    let value = self.expr(&assigned.right);
                    by_name.push((source_of(&assigned.left), value));
                }
                value => positional.push(self.expr(value)),
            }
        }
        let mut next = 0_usize;
        let mut parts = Vec::new();
        let spot = super::at(text.span());
        for piece in pieces(&text.value()) {
            let value = match piece {
                Piece::Text(text) => Expr { what: What::Text(text.into()), at: spot.clone() },
                Piece::Value(name) if name.is_empty() => {
                    next = next.saturating_add(1);
                    let value = positional.get(next.saturating_sub(1)).cloned();
                    value.unwrap_or(Expr { what: What::Other(vec![]), at: spot.clone() })
                }
                Piece::Value(name) => match name.parse::<usize>() {
                    Ok(number) => positional.get(number).cloned().unwrap_or(Expr { what: What::Other(vec![]), at: spot.clone() }),
                    Err(_) => by_name
                        .iter()
                        .find(|(known, _)| *known == name)
                        .map_or_else(|| Expr { what: What::Name(name.into()), at: spot.clone() }, |(_, value)| value.clone()),
                },
            };
            parts.push(value);
        }
        Expr { what: What::Concat(parts), at: at.clone() }
    }
}

fn source_of(expr: &syn::Expr) -> String {
    match expr {
        syn::Expr::Path(path) => path.path.get_ident().map(ToString::to_string).unwrap_or_default(),
        _ => String::new(),
    }
}

/// What stands between the brackets, if that is expressions with commas between, or one and how often (`vec![0; 4]`).
fn arguments(called: &syn::Macro) -> Option<Vec<syn::Expr>> {
    if called.tokens.is_empty() {
        return Some(Vec::new());
    }
    let list = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    list.parse2(called.tokens.clone()).ok().map(|list| list.into_iter().collect())
}

enum Piece {
    Text(String),
    Value(String),
}

/// The parts of a format.
fn pieces(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' if letters.peek() == Some(&letter) => {
                letters.next();
                text.push(letter);
            }
            '{' => {
                let inner: String = letters.by_ref().take_while(|letter| *letter != '}').collect();
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Value(inner.split(':').next().unwrap_or_default().trim().to_owned()));
            }
            letter => text.push(letter),
        }
    }
    pieces.push(Piece::Text(text));
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    pieces
}
