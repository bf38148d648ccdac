//! Expressions and statements. Blocks, branches and matches have values: what they do stands before the expression that takes
//! the value, under a name that no source can write.

use super::spans::extent;
use super::{Lowering, at};
use crate::neutral::{At, Expr, FunctionAt, Over, Param, Place, Stmt, What};
use std::borrow::Cow;

impl Lowering {
    /// The statements of a function's body; its last expression is what it gives.
    pub(super) fn body(&mut self, block: &syn::Block) -> Vec<Stmt<'static>> {
        let (mut body, last) = self.block(block);
        body.extend(last.map(|last| Stmt::Return(Some(last))));
        body
    }

    /// The statements of a block, and its value.
    fn block(&mut self, block: &syn::Block) -> (Vec<Stmt<'static>>, Option<Expr<'static>>) {
        let outer = std::mem::take(&mut self.before);
        let mut body = Vec::new();
        let mut last = None;
        let items: Vec<syn::Item> = block
            .stmts
            .iter()
            .filter_map(|stmt| match stmt {
                syn::Stmt::Item(item) => Some(item.clone()),
                _ => None,
            })
            .collect();
        body.extend(self.items(&items));
        let count = block.stmts.len();
        for (number, stmt) in block.stmts.iter().enumerate() {
            let is_last = number.saturating_add(1) == count;
            self.deeper(|it| match stmt {
                syn::Stmt::Local(local) => it.local(local, &mut body),
                syn::Stmt::Item(_) => {}
                syn::Stmt::Expr(expr, None) if is_last => {
                    let value = it.expr(expr);
                    body.append(&mut it.before);
                    last = Some(value);
                }
                syn::Stmt::Expr(expr, _) => it.statement(expr, &mut body),
                syn::Stmt::Macro(called) => {
                    if let Some(value) = it.macro_value(&called.mac) {
                        body.append(&mut it.before);
                        if is_last && called.semi_token.is_none() {
                            last = Some(value);
                        } else {
                            body.push(Stmt::Do(value));
                        }
                    }
                }
            });
        }
        self.before = outer;
        (body, last)
    }

    fn statement(&mut self, expr: &syn::Expr, body: &mut Vec<Stmt<'static>>) {
        let value = self.expr(expr);
        body.append(&mut self.before);
        body.push(Stmt::Do(value));
    }

    fn local(&mut self, local: &syn::Local, body: &mut Vec<Stmt<'static>>) {
        let place = self.place(&local.pat);
        let Some(init) = &local.init else { return };
        let mut value = self.expr(&init.expr);
        if let syn::Pat::Type(typed) = &local.pat
            && is_text(&typed.ty)
        {
            value = collected(value);
        }
        body.append(&mut self.before);
        body.push(Stmt::Assign(place, value));
        if let Some((_, other)) = &init.diverge {
            let other = self.expr(other);
            let mut inner = std::mem::take(&mut self.before);
            inner.push(Stmt::Do(other));
            body.push(Stmt::If(unknown(at(local.let_token.span)), inner, vec![]));
        }
    }

    /// The value of an expression; what it does before stands in `before`.
    pub(super) fn expr(&mut self, expr: &syn::Expr) -> Expr<'static> {
        let at = extent(expr);
        self.deeper(|it| it.lowered(expr, &at)).unwrap_or(Expr { what: What::Other(vec![]), at })
    }

    fn boxed(&mut self, expr: &syn::Expr) -> Box<Expr<'static>> {
        Box::new(self.expr(expr))
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e syn::Expr>) -> Vec<Expr<'static>> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    fn lowered(&mut self, expr: &syn::Expr, at: &At) -> Expr<'static> {
        let what = match expr {
            // What is the same value.
            syn::Expr::Paren(inner) => return self.expr(&inner.expr),
            syn::Expr::Group(inner) => return self.expr(&inner.expr),
            syn::Expr::Reference(inner) => return self.expr(&inner.expr),
            syn::Expr::Try(inner) => return self.expr(&inner.expr),
            syn::Expr::Await(inner) => What::Await(self.boxed(&inner.base)),
            syn::Expr::Lit(literal) => lit(&literal.lit),
            syn::Expr::Path(path) => return path_of(&path.path, at),
            syn::Expr::Array(list) => What::List(self.all(&list.elems)),
            syn::Expr::Tuple(list) => What::List(self.all(&list.elems)),
            syn::Expr::Field(field) => {
                let object = self.boxed(&field.base);
                match &field.member {
                    syn::Member::Named(name) => What::Member(object, Cow::Owned(name.to_string())),
                    syn::Member::Unnamed(index) => {
                        What::Index(object, Box::new(Expr { what: What::Int(index.index.into()), at: at.clone() }))
                    }
                }
            }
            syn::Expr::Index(element) => return self.element(element, at),
            syn::Expr::Call(call) => return self.call(call, at),
            syn::Expr::MethodCall(call) => return self.method(call, at),
            syn::Expr::Macro(called) => {
                return self.macro_value(&called.mac).unwrap_or(Expr { what: What::Null, at: at.clone() });
            }
            syn::Expr::Unary(unary) => match unary.op {
                syn::UnOp::Deref(_) => return self.expr(&unary.expr),
                syn::UnOp::Not(_) => What::Op("!", vec![self.expr(&unary.expr)]),
                _ => What::Op("-", vec![self.expr(&unary.expr)]),
            },
            syn::Expr::Binary(binary) => return self.binary(binary, at),
            syn::Expr::Assign(assigned) => {
                let value = self.expr(&assigned.right);
                let place = self.target(&assigned.left);
                self.before.push(Stmt::Assign(place, value));
                What::Null
            }
            syn::Expr::Cast(cast) => return self.cast(cast, at),
            syn::Expr::Range(range) => {
                let end = |it: &mut Self, end: &Option<Box<syn::Expr>>| end.as_ref().map(|end| it.expr(end));
                let (from, to) = (end(self, &range.start), end(self, &range.end));
                let name = if matches!(range.limits, syn::RangeLimits::Closed(_)) { "..=" } else { ".." };
                let callee = Expr { what: What::Name(name.into()), at: at.clone() };
                let from = from.unwrap_or(Expr { what: What::Int(0), at: at.clone() });
                What::Call(Box::new(callee), std::iter::once(from).chain(to).collect(), vec![])
            }
            syn::Expr::Closure(closure) => What::Function(self.closure(closure, at)),
            syn::Expr::Struct(made) => {
                let fields = made.fields.iter().map(|field| {
                    let name = match &field.member {
                        syn::Member::Named(name) => name.to_string(),
                        syn::Member::Unnamed(index) => index.index.to_string(),
                    };
                    let key = Expr { what: What::Text(name.into()), at: at.clone() };
                    (Some(key), self.expr(&field.expr))
                });
                What::Map(fields.collect())
            }
            other => return self.control(other, at),
        };
        Expr { what, at: at.clone() }
    }

    /// Blocks, branches, loops and what leaves them.
    fn control(&mut self, expr: &syn::Expr, at: &At) -> Expr<'static> {
        let null = Expr { what: What::Null, at: at.clone() };
        match expr {
            syn::Expr::Block(block) => self.inline(&block.block, at),
            syn::Expr::Unsafe(block) => self.inline(&block.block, at),
            syn::Expr::Const(block) => self.inline(&block.block, at),
            syn::Expr::Async(block) => self.inline(&block.block, at),
            syn::Expr::If(branch) => self.branch(branch, at),
            syn::Expr::Match(choice) => self.choice(choice, at),
            syn::Expr::While(turn) => {
                let test = self.test(&turn.cond);
                let body = self.repeated(&turn.body);
                self.before.push(Stmt::Loop(Over::While(test), body));
                null
            }
            syn::Expr::Loop(turn) => {
                let body = self.repeated(&turn.body);
                let test = Expr { what: What::Bool(true), at: at.clone() };
                self.before.push(Stmt::Loop(Over::While(test), body));
                null
            }
            syn::Expr::ForLoop(turn) => {
                let over = self.expr(&turn.expr);
                let place = self.place(&turn.pat);
                let body = self.repeated(&turn.body);
                self.before.push(Stmt::Loop(Over::Each(place, over), body));
                null
            }
            syn::Expr::Return(left) => {
                let value = left.expr.as_ref().map(|value| self.expr(value));
                self.before.push(Stmt::Return(value));
                null
            }
            syn::Expr::Break(_) => {
                self.before.push(Stmt::Break);
                null
            }
            syn::Expr::Continue(_) => {
                self.before.push(Stmt::Continue);
                null
            }
            _ => Expr { what: What::Other(vec![]), at: at.clone() },
        }
    }

    fn inline(&mut self, block: &syn::Block, at: &At) -> Expr<'static> {
        let (body, last) = self.block(block);
        self.before.extend(body);
        last.unwrap_or(Expr { what: What::Null, at: at.clone() })
    }

    fn repeated(&mut self, block: &syn::Block) -> Vec<Stmt<'static>> {
        let (mut body, last) = self.block(block);
        body.extend(last.map(Stmt::Do));
        body
    }

    /// A test; `let` binds what it meets.
    fn test(&mut self, test: &syn::Expr) -> Expr<'static> {
        match test {
            syn::Expr::Let(bound) => {
                let value = self.expr(&bound.expr);
                let place = self.place(&bound.pat);
                self.before.push(Stmt::Assign(place, value.clone()));
                Expr { what: What::Other(vec![value]), at: extent(test) }
            }
            test => self.expr(test),
        }
    }

    /// A name for the value of a branch.
    fn fresh(&mut self, at: &At) -> (Place<'static>, Expr<'static>) {
        self.made = self.made.saturating_add(1);
        let name: Cow<'static, str> = Cow::Owned(format!("#{}", self.made));
        self.own.insert(name.clone());
        (Place::Name(name.clone(), at.clone()), Expr { what: What::Name(name), at: at.clone() })
    }

    /// What a branch does, with its value put under the name.
    fn put_at(&mut self, place: &Place<'static>, lowered: impl FnOnce(&mut Self) -> Expr<'static>) -> Vec<Stmt<'static>> {
        let outer = std::mem::take(&mut self.before);
        let value = lowered(self);
        let mut body = std::mem::replace(&mut self.before, outer);
        body.push(Stmt::Assign(place.clone(), value));
        body
    }

    fn branch(&mut self, branch: &syn::ExprIf, at: &At) -> Expr<'static> {
        let (place, name) = self.fresh(at);
        let test = self.test(&branch.cond);
        let then = self.put_at(&place, |it| it.inline(&branch.then_branch, at));
        let other = branch.else_branch.as_ref().map(|(_, other)| self.put_at(&place, |it| it.expr(other)));
        self.before.push(Stmt::If(test, then, other.unwrap_or_default()));
        name
    }

    fn choice(&mut self, choice: &syn::ExprMatch, at: &At) -> Expr<'static> {
        let (place, name) = self.fresh(at);
        let value = self.expr(&choice.expr);
        for arm in &choice.arms {
            let bound = self.place(&arm.pat);
            let test = match &arm.pat {
                // A written value is compared, any other pattern is met perhaps.
                syn::Pat::Lit(literal) => {
                    let spot = self::at(literal.lit.span());
                    let literal = Expr { what: lit(&literal.lit), at: spot.clone() };
                    Expr { what: What::Op("==", vec![value.clone(), literal]), at: spot }
                }
                _ => unknown(self::at(arm.fat_arrow_token.spans[0])),
            };
            let body = self.put_at(&place, |it| {
                it.before.push(Stmt::Assign(bound, value.clone()));
                it.expr(&arm.body)
            });
            self.before.push(Stmt::If(test, body, vec![]));
        }
        name
    }

    fn closure(&mut self, closure: &syn::ExprClosure, at: &At) -> FunctionAt {
        let number = self.open(String::new(), at.clone());
        let params = closure.inputs.iter().map(|pattern| Param { place: self.place(pattern), default: None, rest: false });
        let params = params.collect();
        let body = self.within(number, |it| {
            let value = it.expr(&closure.body);
            let mut body = std::mem::take(&mut it.before);
            body.push(Stmt::Return(Some(value)));
            body
        });
        if let Some(function) = self.function(number) {
            function.params = params;
            function.body = body;
        }
        number
    }

    fn element(&mut self, element: &syn::ExprIndex, at: &At) -> Expr<'static> {
        let object = self.boxed(&element.expr);
        let what = match &*element.index {
            syn::Expr::Range(range) => {
                let mut end = |end: &Option<Box<syn::Expr>>| end.as_ref().map(|end| self.boxed(end));
                let ends = [end(&range.start), end(&range.end), None];
                What::Slice(object, ends)
            }
            index => What::Index(object, self.boxed(index)),
        };
        Expr { what, at: at.clone() }
    }

    fn call(&mut self, call: &syn::ExprCall, at: &At) -> Expr<'static> {
        let mut args = self.all(&call.args);
        if let syn::Expr::Path(path) = &*call.func
            && path.path.segments.last().is_some_and(|segment| matches!(&*segment.ident.to_string(), "Some" | "Ok" | "Err"))
            && args.len() == 1
        {
            return args.remove(0);
        }
        let callee = self.boxed(&call.func);
        Expr { what: What::Call(callee, args, vec![]), at: at.clone() }
    }

    fn method(&mut self, call: &syn::ExprMethodCall, at: &At) -> Expr<'static> {
        let object = self.boxed(&call.receiver);
        let args = self.all(&call.args);
        let callee = What::Member(object, Cow::Owned(call.method.to_string()));
        let callee = Expr { what: callee, at: self::at(call.method.span()) };
        let value = Expr { what: What::Call(Box::new(callee), args, vec![]), at: at.clone() };
        let is_text = call.turbofish.as_ref().is_some_and(|types| {
            types.args.iter().any(|argument| matches!(argument, syn::GenericArgument::Type(kind) if is_text(kind)))
        });
        if is_text { collected(value) } else { value }
    }

    fn binary(&mut self, binary: &syn::ExprBinary, at: &At) -> Expr<'static> {
        use syn::BinOp;
        let (left, right) = (self.expr(&binary.left), self.expr(&binary.right));
        let assigned = |op| Some((op, true));
        let plain = |op| Some((op, false));
        let op = match binary.op {
            BinOp::Add(_) => plain("+"),
            BinOp::Sub(_) => plain("-"),
            BinOp::Mul(_) => plain("*"),
            BinOp::Div(_) => plain("//"),
            BinOp::Rem(_) => plain("%"),
            BinOp::And(_) => plain("and"),
            BinOp::Or(_) => plain("or"),
            BinOp::BitXor(_) => plain("^"),
            BinOp::BitAnd(_) => plain("&"),
            BinOp::BitOr(_) => plain("|"),
            BinOp::Shl(_) => plain("<<"),
            BinOp::Shr(_) => plain(">>"),
            BinOp::Eq(_) => plain("=="),
            BinOp::Ne(_) => plain("!="),
            BinOp::Lt(_) => plain("<"),
            BinOp::Le(_) => plain("<="),
            BinOp::Gt(_) => plain(">"),
            BinOp::Ge(_) => plain(">="),
            BinOp::AddAssign(_) => assigned("+"),
            BinOp::SubAssign(_) => assigned("-"),
            BinOp::MulAssign(_) => assigned("*"),
            BinOp::BitXorAssign(_) => assigned("^"),
            BinOp::BitAndAssign(_) => assigned("&"),
            BinOp::BitOrAssign(_) => assigned("|"),
            _ => None,
        };
        let Some((op, is_assigned)) = op else { return Expr { what: What::Other(vec![left, right]), at: at.clone() } };
        let value = Expr { what: What::Op(op, vec![left, right]), at: at.clone() };
        if !is_assigned {
            return value;
        }
        let place = self.target(&binary.left);
        self.before.push(Stmt::Assign(place, value));
        Expr { what: What::Null, at: at.clone() }
    }

    /// `x as u8` keeps eight bits, `x as char` is the letter; other numbers stay.
    fn cast(&mut self, cast: &syn::ExprCast, at: &At) -> Expr<'static> {
        let value = self.expr(&cast.expr);
        let name = match &*cast.ty {
            syn::Type::Path(path) => path.path.get_ident().map(ToString::to_string).unwrap_or_default(),
            _ => String::new(),
        };
        let what = match &*name {
            "u8" => What::Op("&", vec![value, Expr { what: What::Int(0xff), at: at.clone() }]),
            "char" => {
                let callee = Expr { what: What::Name("char".into()), at: at.clone() };
                let callee = Expr { what: What::Member(Box::new(callee), "from".into()), at: at.clone() };
                What::Call(Box::new(callee), vec![value], vec![])
            }
            _ => return value,
        };
        Expr { what, at: at.clone() }
    }

    /// Where an assignment puts its value.
    fn target(&mut self, target: &syn::Expr) -> Place<'static> {
        let at = extent(target);
        match target {
            syn::Expr::Path(path) => match path.path.get_ident() {
                Some(name) => super::named(name),
                None => Place::Elements(vec![]),
            },
            syn::Expr::Unary(inner) => self.deeper(|it| it.target(&inner.expr)).unwrap_or(Place::Elements(vec![])),
            syn::Expr::Paren(inner) => self.deeper(|it| it.target(&inner.expr)).unwrap_or(Place::Elements(vec![])),
            syn::Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => Place::Member(self.boxed(&field.base), Cow::Owned(name.to_string()), at),
                syn::Member::Unnamed(_) => Place::Elements(vec![]),
            },
            syn::Expr::Index(element) => Place::Index(self.boxed(&element.expr), self.boxed(&element.index), at),
            syn::Expr::Tuple(parts) => {
                let places = self.deeper(|it| parts.elems.iter().map(|part| it.target(part)).collect());
                Place::Elements(places.unwrap_or_default())
            }
            _ => Place::Elements(vec![]),
        }
    }
}

fn unknown(at: At) -> Expr<'static> {
    Expr { what: What::Other(vec![]), at }
}

/// Whether a type is a text.
fn is_text(kind: &syn::Type) -> bool {
    matches!(kind, syn::Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "String"))
}

/// What is collected into a text is joined.
fn collected(value: Expr<'static>) -> Expr<'static> {
    let at = value.at.clone();
    let callee = Expr { what: What::Member(Box::new(value), "concat".into()), at: at.clone() };
    Expr { what: What::Call(Box::new(callee), vec![], vec![]), at }
}

/// `a::b::c`.
fn path_of(path: &syn::Path, at: &At) -> Expr<'static> {
    let mut segments = path.segments.iter().map(|segment| segment.ident.to_string());
    let first = Expr { what: What::Name(Cow::Owned(segments.next().unwrap_or_default())), at: at.clone() };
    segments.fold(first, |object, name| Expr { what: What::Member(Box::new(object), Cow::Owned(name)), at: at.clone() })
}

fn lit(literal: &syn::Lit) -> What<'static> {
    match literal {
        syn::Lit::Str(text) => What::Text(text.value().into()),
        syn::Lit::ByteStr(bytes) => What::Bytes(bytes.value().into()),
        syn::Lit::CStr(text) => What::Bytes(text.value().into_bytes().into()),
        syn::Lit::Byte(byte) => What::Int(byte.value().into()),
        syn::Lit::Char(letter) => What::Text(letter.value().to_string().into()),
        syn::Lit::Int(number) => number.base10_parse().map_or(What::Raw("".into()), What::Int),
        syn::Lit::Bool(value) => What::Bool(value.value),
        _ => What::Raw("".into()),
    }
}
