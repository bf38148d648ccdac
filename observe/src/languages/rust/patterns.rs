//! Patterns: where values go. A pattern of one part is transparent (`Some(x)`, `Ok(x)`, `&x`).

use super::{Lowering, named};
use crate::neutral::Place;
use std::borrow::Cow;
use syn::Pat;

impl Lowering {
    /// Where a pattern puts the value that it meets.
    pub(super) fn place(&mut self, pattern: &Pat) -> Place<'static> {
        self.deeper(|it| match pattern {
            Pat::Ident(name) => {
                it.own.insert(Cow::Owned(name.ident.to_string()));
                named(&name.ident)
            }
            Pat::Type(typed) => it.place(&typed.pat),
            Pat::Reference(inner) => it.place(&inner.pat),
            Pat::Paren(inner) => it.place(&inner.pat),
            Pat::TupleStruct(parts) if parts.elems.len() == 1 => {
                parts.elems.first().map_or(Place::Elements(vec![]), |only| it.place(only))
            }
            Pat::TupleStruct(parts) => Place::Elements(parts.elems.iter().map(|part| it.place(part)).collect()),
            Pat::Tuple(parts) => Place::Elements(parts.elems.iter().map(|part| it.place(part)).collect()),
            Pat::Slice(parts) => Place::Elements(parts.elems.iter().map(|part| it.place(part)).collect()),
            Pat::Struct(parts) => {
                let member = |member: &syn::Member| match member {
                    syn::Member::Named(name) => name.to_string(),
                    syn::Member::Unnamed(index) => index.index.to_string(),
                };
                Place::Members(parts.fields.iter().map(|field| (member(&field.member).into(), it.place(&field.pat))).collect())
            }
            // One of several binds the same names.
            Pat::Or(cases) => cases.cases.first().map_or(Place::Elements(vec![]), |case| it.place(case)),
            _ => Place::Elements(vec![]),
        })
        .unwrap_or(Place::Elements(vec![]))
    }
}
