//! Rust to the neutral form, with the parser of `syn` (The Rust Reference, chapters 6 to 9).
//!
//! What macros of the standard library are given is read as what they take (`macros`): half of what a build script does stands
//! there. Items of inline modules stand beside those of the file. `Some`, `Ok`, `?`, references and boxes are transparent: the
//! form has values, not types. `main` is called at the end of the top level.
//!
//! Not handled: macros of the file itself, traits and generics, shadowing inside of blocks, the operators' overloads. A file
//! that does not parse is only searched.

mod expressions;
mod macros;
mod patterns;
mod spans;
#[cfg(test)]
mod tests;

use crate::neutral::{At, Class, DEPTH_MAX, Expr, Function, FunctionAt, Import, Lowered, Module, Param, Place, Stmt, What};
use doorward_model::stage::{self, Stage};
use proc_macro2::Span;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Deepest brackets, and longest run of operators without a bracket, comma or semicolon between, that are parsed: the parser
/// and the drop of its tree call themselves.
const BRACKETS_MAX: u32 = 500;
const OPERATORS_MAX: u32 = 2_000;

/// Parses a source and hands its neutral form to `then`.
pub(crate) fn lower(source: &str, then: &mut dyn FnMut(&Module<'_>)) -> Lowered {
    if is_too_deep(source) {
        then(&Module::default());
        return Lowered { too_deep: true, error_at: None };
    }
    let text = without_interpreter(source);
    let parsed = stage::during(Stage::Parse, "rust", text.len(), || syn::parse_str::<syn::File>(&text));
    let lowered = match parsed {
        Ok(file) => {
            let mut lowering = Lowering::default();
            stage::during(Stage::Lower, "rust", text.len(), || lowering.file(&file, text.len()));
            then(&lowering.module);
            Lowered { too_deep: lowering.too_deep, error_at: None }
        }
        Err(error) => {
            then(&Module::default());
            Lowered { too_deep: false, error_at: Some(at(error.span()).start) }
        }
    };
    // The library keeps every source it parsed, for its spans.
    proc_macro2::extra::invalidate_current_thread_spans();
    lowered
}

/// The source with its mark and the line that names an interpreter blanked, so that offsets stay.
fn without_interpreter(source: &str) -> Cow<'_, str> {
    let mark = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let text = source.get(mark..).unwrap_or_default();
    let line = if text.starts_with("#!") && !text.starts_with("#![") { text.find('\n').unwrap_or(text.len()) } else { 0 };
    let len = mark.saturating_add(line);
    if len == 0 {
        return Cow::Borrowed(source);
    }
    Cow::Owned(" ".repeat(len) + source.get(len..).unwrap_or_default())
}

/// A cheap look before parsing, which errs to both sides: it does not tell texts and comments from code.
fn is_too_deep(source: &str) -> bool {
    let (mut depth, mut run) = (0_u32, 0_u32);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth = depth.saturating_add(1),
            b')' | b']' | b'}' => (depth, run) = (depth.saturating_sub(1), 0),
            b',' | b';' => run = 0,
            b'!' | b'-' | b'*' | b'&' | b'|' | b'=' | b'<' | b'+' | b'/' | b'%' | b'^' | b'.' | b'?' => {
                run = run.saturating_add(1)
            }
            _ => {}
        }
        if depth > BRACKETS_MAX || run > OPERATORS_MAX {
            return true;
        }
    }
    false
}

/// The bytes of a span.
fn at(span: Span) -> At {
    let range = span.byte_range();
    let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    byte(range.start)..byte(range.end)
}

/// From the beginning of one to the end of another.
fn between(first: Span, last: Span) -> At {
    at(first).start..at(last).end
}

/// A file on its way to the neutral form.
#[derive(Default)]
struct Lowering {
    module: Module<'static>,
    /// Functions around the place that is being lowered.
    inside: Vec<FunctionAt>,
    /// Nodes around the place that is being lowered.
    depth: u32,
    /// Statements that run before the expression that is being lowered.
    before: Vec<Stmt<'static>>,
    /// Names that the function binds.
    own: BTreeSet<Cow<'static, str>>,
    /// Names that were made for values of blocks.
    made: u32,
    too_deep: bool,
}

impl Lowering {
    fn file(&mut self, file: &syn::File, len: usize) {
        let top = self.open(String::new(), 0..u32::try_from(len).unwrap_or(u32::MAX));
        let mut body = self.within(top, |it| it.items(&file.items));
        if let Some(main) = self.module.functions.iter().find(|function| function.name == "main" && function.outer == Some(top)) {
            let at = main.at.clone();
            let callee = Expr { what: What::Name("main".into()), at: at.clone() };
            body.push(Stmt::Do(Expr { what: What::Call(Box::new(callee), vec![], vec![]), at }));
        }
        self.put(top, body);
    }

    fn open(&mut self, name: String, at: At) -> FunctionAt {
        let outer = self.inside.last().copied();
        self.module.open(Cow::Owned(name), outer, at)
    }

    /// Lowers the body of a function; what is bound there is its own.
    fn within(&mut self, number: FunctionAt, lowered: impl FnOnce(&mut Self) -> Vec<Stmt<'static>>) -> Vec<Stmt<'static>> {
        let before = std::mem::take(&mut self.before);
        let own = std::mem::take(&mut self.own);
        self.inside.push(number);
        let body = lowered(self);
        self.inside.pop();
        self.before = before;
        let own = std::mem::replace(&mut self.own, own);
        let own = (!own.is_empty()).then(|| Stmt::Local(own.into_iter().collect()));
        own.into_iter().chain(body).collect()
    }

    fn function(&mut self, number: FunctionAt) -> Option<&mut Function<'static>> {
        self.module.function(number)
    }

    fn put(&mut self, number: FunctionAt, body: Vec<Stmt<'static>>) {
        if let Some(function) = self.function(number) {
            function.body = body;
        }
    }

    fn deeper<T>(&mut self, lowered: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_MAX {
            self.too_deep = true;
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = lowered(self);
        self.depth = self.depth.saturating_sub(1);
        Some(result)
    }

    fn items(&mut self, items: &[syn::Item]) -> Vec<Stmt<'static>> {
        let mut body = Vec::new();
        // What is defined is known before its place.
        for item in items {
            self.deeper(|it| it.item(item, &mut body));
        }
        let (known, rest): (Vec<_>, Vec<_>) =
            body.into_iter().partition(|stmt| matches!(stmt, Stmt::Import(_) | Stmt::Define(_) | Stmt::Class(_)));
        known.into_iter().chain(rest).collect()
    }

    fn item(&mut self, item: &syn::Item, body: &mut Vec<Stmt<'static>>) {
        match item {
            syn::Item::Fn(function) => {
                let number = self.define(&function.sig, &function.block);
                body.push(Stmt::Define(number));
            }
            syn::Item::Use(used) => self.used(&used.tree, &mut Vec::new(), body),
            syn::Item::Const(constant) => self.constant(&constant.ident, &constant.expr, body),
            syn::Item::Static(constant) => self.constant(&constant.ident, &constant.expr, body),
            syn::Item::Mod(module) => {
                let items = module.content.as_ref().map(|(_, items)| self.items(items));
                body.extend(items.unwrap_or_default());
            }
            syn::Item::Impl(implementation) => self.implementation(implementation, body),
            syn::Item::Trait(defined) => {
                let methods: Vec<_> = defined
                    .items
                    .iter()
                    .filter_map(|item| match item {
                        syn::TraitItem::Fn(function) => Some((&function.sig, function.default.as_ref()?)),
                        _ => None,
                    })
                    .collect();
                self.methods(
                    defined.ident.to_string(),
                    methods,
                    between(defined.trait_token.span, defined.brace_token.span.close()),
                    body,
                );
            }
            syn::Item::Macro(called) => {
                if let Some(value) = self.macro_value(&called.mac) {
                    body.append(&mut self.before);
                    body.push(Stmt::Do(value));
                }
            }
            _ => {}
        }
    }

    fn constant(&mut self, name: &syn::Ident, value: &syn::Expr, body: &mut Vec<Stmt<'static>>) {
        let value = self.expr(value);
        body.append(&mut self.before);
        body.push(Stmt::Assign(named(name), value));
    }

    fn implementation(&mut self, implementation: &syn::ItemImpl, body: &mut Vec<Stmt<'static>>) {
        let name = match &*implementation.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default(),
            _ => String::new(),
        };
        let methods: Vec<_> = implementation
            .items
            .iter()
            .filter_map(|item| match item {
                syn::ImplItem::Fn(function) => Some((&function.sig, &function.block)),
                _ => None,
            })
            .collect();
        let at = between(implementation.impl_token.span, implementation.brace_token.span.close());
        self.methods(name, methods, at, body);
    }

    /// A class of these methods, under the name of their type.
    fn methods(&mut self, name: String, methods: Vec<(&syn::Signature, &syn::Block)>, at: At, body: &mut Vec<Stmt<'static>>) {
        let inner = self.open(String::new(), at.clone());
        let number = u32::try_from(self.module.classes.len()).unwrap_or(u32::MAX);
        self.module.classes.push(Class { name: Cow::Owned(name), bases: vec![], methods: vec![], body: inner, at });
        let made: Vec<_> = methods
            .into_iter()
            .map(|(signature, block)| {
                let function = self.define(signature, block);
                if let Some(function) = self.function(function) {
                    function.class = Some(number);
                }
                (Cow::Owned(signature.ident.to_string()), function)
            })
            .collect();
        if let Some(class) = self.module.classes.last_mut() {
            class.methods = made;
        }
        body.push(Stmt::Class(number));
    }

    fn define(&mut self, signature: &syn::Signature, block: &syn::Block) -> FunctionAt {
        let at = between(signature.fn_token.span, block.brace_token.span.close());
        let number = self.open(signature.ident.to_string(), at);
        let params = signature.inputs.iter().map(|input| match input {
            syn::FnArg::Receiver(receiver) => Place::Name("self".into(), self::at(receiver.self_token.span)),
            syn::FnArg::Typed(typed) => self.place(&typed.pat),
        });
        let params = params.map(|place| Param { place, default: None, rest: false }).collect();
        let body = self.within(number, |it| it.body(block));
        if let Some(function) = self.function(number) {
            function.params = params;
            function.body = body;
        }
        number
    }

    /// `use a::b::{c, d as e, *}`.
    fn used(&mut self, tree: &syn::UseTree, path: &mut Vec<String>, body: &mut Vec<Stmt<'static>>) {
        let mut import = |item: &str, alias: &syn::Ident, path: &[String]| {
            let import = match item {
                // The module itself.
                "self" => Import {
                    module: path.join(".").into(),
                    dots: 0,
                    item: None,
                    alias: alias.to_string().into(),
                    at: at(alias.span()),
                },
                item => Import {
                    module: path.join(".").into(),
                    dots: 0,
                    item: Some(item.to_owned().into()),
                    alias: alias.to_string().into(),
                    at: at(alias.span()),
                },
            };
            body.push(Stmt::Import(import));
        };
        match tree {
            syn::UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.deeper(|it| it.used(&inner.tree, path, body));
                path.pop();
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = path.last() {
                    let alias = syn::Ident::new(last, name.ident.span());
                    import("self", &alias, path);
                }
            }
            syn::UseTree::Name(name) => import(&name.ident.to_string(), &name.ident, path),
            syn::UseTree::Rename(renamed) => import(&renamed.ident.to_string(), &renamed.rename, path),
            syn::UseTree::Glob(glob) => {
                let at = at(glob.star_token.span);
                let module = path.join(".").into();
                body.push(Stmt::Import(Import { module, dots: 0, item: Some("*".into()), alias: "*".into(), at }));
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.deeper(|it| it.used(tree, path, body));
                }
            }
        }
    }
}

fn named(name: &syn::Ident) -> Place<'static> {
    Place::Name(Cow::Owned(name.to_string()), at(name.span()))
}
