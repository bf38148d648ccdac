//! What a file asks of the other files of its package, and what it offers to them, while its values are followed.
//!
//! A thing of another file is a value of its own, and so is a parameter of a function that others may call: data that come
//! from one or go into one make a *way*, which `link` joins with those of the other files. Not handled: what is kept in the
//! fields of an object of another file's class, and what code gives that the file itself makes and runs.

use super::apis::Row;
use super::emit::{argument, seen};
use super::imports::{IMPORTS_MAX, NAME_BYTES_MAX};
use super::machine::{Args, Machine, index};
use super::values::{HOLE, Origin, Outer, Shape, Tag, Value, merge, stepped};
use crate::neutral::{At, Expr, Import as Written, Place, What};
use doorward_model::summary::{Argument, From, Hole, Import, Offer, Outside, Source, To, Way};
use doorward_model::{Fact, FactKind, Span, Summary, Value as Seen};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Most things of other files, ways, calls, sinks and offers of one file.
const OUTSIDE_MAX: usize = 256;
const WAYS_MAX: usize = 256;
const USES_MAX: usize = 1000;
const SINKS_MAX: usize = 64;
const OFFERS_MAX: usize = 256;

/// Most bytes of one constant that is offered, and of all.
const CONSTANT_BYTES_MAX: usize = 1024;
const CONSTANTS_BYTES_MAX: usize = 16 << 10;

/// The kind of data that come from a parameter or from another file. No fact has it.
pub(crate) static ELSEWHERE: FactKind =
    FactKind { name: "elsewhere", doc: "Data come from a parameter or from another file.", args: &[] };

/// What was asked for and offered so far.
#[derive(Default)]
pub(crate) struct Join {
    imports: Vec<Import>,
    outside: Vec<Outside>,
    uses: BTreeSet<(u32, u32)>,
    params: BTreeMap<u32, Vec<Box<str>>>,
    sinks: Vec<Fact>,
    ways: Vec<Way>,
    holes: Vec<Hole>,
    exports: BTreeMap<Box<str>, Offer>,
    left: usize,
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn spans(steps: &[(u32, u32)]) -> Box<[Span]> {
    steps.iter().map(|(start, end)| Span::new((*start).into(), (*end).into())).collect()
}

impl Join {
    /// An import of another file of the package, perhaps; its number.
    fn import(&mut self, import: Import) -> Option<u32> {
        let same = |known: &Import| {
            (&known.module, known.dots, &known.item, known.function)
                == (&import.module, import.dots, &import.item, import.function)
        };
        match self.imports.iter().position(same) {
            Some(at) => u32::try_from(at).ok(),
            None if self.imports.len() >= IMPORTS_MAX || import.module.len() > NAME_BYTES_MAX => None,
            None => {
                self.imports.push(import);
                u32::try_from(self.imports.len().saturating_sub(1)).ok()
            }
        }
    }

    /// A thing of another file; its number.
    fn outside(&mut self, import: u32, path: &str) -> Option<u32> {
        if let Some(at) = self.outside.iter().position(|known| known.import == import && &*known.path == path) {
            return u32::try_from(at).ok();
        }
        if self.outside.len() >= OUTSIDE_MAX || path.len() > NAME_BYTES_MAX {
            return None;
        }
        self.outside.push(Outside { import, path: path.into() });
        u32::try_from(self.outside.len().saturating_sub(1)).ok()
    }

    /// What is reached from a thing of another file: a member, or what its call gives.
    fn further(&mut self, from: u32, name: &str) -> Option<u32> {
        let Outside { import, path } = self.outside.get(index(from))?.clone();
        let path = match (path.is_empty(), name) {
            (_, "()") => format!("{path}()"),
            (true, name) => name.to_owned(),
            (false, name) => format!("{path}.{name}"),
        };
        self.outside(import, &path)
    }

    /// A fact at which a way ends; its number.
    fn sink(&mut self, fact: &Fact) -> Option<u32> {
        if let Some(at) = self.sinks.iter().position(|known| known.kind == fact.kind && known.span == fact.span) {
            return u32::try_from(at).ok();
        }
        if self.sinks.len() >= SINKS_MAX {
            return None;
        }
        self.sinks.push(fact.clone());
        u32::try_from(self.sinks.len().saturating_sub(1)).ok()
    }

    fn way(&mut self, origin: &Origin, to: To) {
        let from = match origin.outer {
            None => {
                From::Source(Box::new(Source { kind: origin.kind.name.into(), what: origin.what.as_deref().map(Into::into) }))
            }
            Some(Outer::Param(function, at)) => From::Param(function, at),
            Some(Outer::Outside(outside)) => From::Outside(outside),
        };
        if self.ways.len() >= WAYS_MAX {
            return;
        }
        if !self.ways.iter().any(|known| known.from == from && known.to == to) {
            let transforms = origin.transforms.iter().map(|word| Box::from(*word)).collect();
            let turns = origin.turns.iter().map(|turn| number(*turn)).collect();
            self.ways.push(Way { from, to, transforms, steps: spans(&origin.steps), turns });
        }
    }

    /// Ways of data into a sink, where they begin outside.
    pub(crate) fn reaches_sink(&mut self, origin: &Origin, fact: &Fact) {
        if let Some(sink) = self.sink(fact) {
            self.way(origin, To::Sink(sink));
        }
    }

    /// An argument of a sink that another file knows, wholly or in one part.
    pub(crate) fn hole(&mut self, fact: &Fact, arg: &'static str, value: &Value, shown: Option<&Seen>) {
        let tag = value.deep_tag();
        let origins = tag.as_ref().map_or(&[][..], |tag| &tag.origins);
        let [Origin { outer: Some(Outer::Outside(outside)), transforms, .. }] = origins else { return };
        let (before, after) = match shown {
            None => ("", ""),
            Some(Seen::Text(text)) => {
                let Some(parts) = std::str::from_utf8(text).ok().and_then(|text| text.split_once('\u{2026}')) else { return };
                parts
            }
            Some(_) => return,
        };
        if !transforms.is_empty() || after.contains('\u{2026}') || self.holes.len() >= SINKS_MAX {
            return;
        }
        if let Some(sink) = self.sink(fact) {
            let hole = Hole { sink, arg: arg.into(), before: before.into(), after: after.into(), outside: *outside };
            if !self.holes.contains(&hole) {
                self.holes.push(hole);
            }
        }
    }

    /// All of it, sinks in the order of their spans.
    pub(crate) fn finish(&mut self, summary: &mut Summary) {
        let mut order: Vec<usize> = (0..self.sinks.len()).collect();
        order.sort_by_key(|at| self.sinks.get(*at).map(|fact| (fact.span, fact.kind.name)));
        let place = |sink: u32| order.iter().position(|at| *at == index(sink)).map_or(u32::MAX, number);
        for way in &mut self.ways {
            if let To::Sink(sink) = &mut way.to {
                *sink = place(*sink);
            }
        }
        self.holes.iter_mut().for_each(|hole| hole.sink = place(hole.sink));
        summary.sinks = order.iter().filter_map(|at| self.sinks.get(*at).cloned()).collect();
        summary.ways = self.ways_of_use().into();
        summary.imports = std::mem::take(&mut self.imports).into();
        summary.outside = std::mem::take(&mut self.outside).into();
        summary.uses = std::mem::take(&mut self.uses).into_iter().collect();
        summary.holes = std::mem::take(&mut self.holes).into();
        summary.exports = std::mem::take(&mut self.exports).into_iter().collect();
        let starts = summary.ways.iter().filter_map(|way| match way.from {
            From::Param(function, _) => Some(function),
            _ => None,
        });
        let asked: BTreeSet<u32> = starts.collect();
        summary.params = std::mem::take(&mut self.params).into_iter().filter(|(at, _)| asked.contains(at)).collect();
        summary.whole &= summary.uses.len() < USES_MAX;
    }
}

/// Ways that some other file could make part of a whole one: a package may have a hundred thousand that none can.
impl Join {
    fn ways_of_use(&mut self) -> Vec<Way> {
        let mut ways = std::mem::take(&mut self.ways);
        ways.retain(|way| match (&way.from, &way.to) {
            // The evaluator has passed it through.
            (From::Param(..), To::Return(_)) => !way.transforms.is_empty(),
            // Whoever asks for the name is led on to the other file.
            (From::Outside(from), To::Export(name)) => {
                !way.transforms.is_empty() || self.exports.get(name) != Some(&Offer::Outside(*from))
            }
            _ => true,
        });
        // Which parameters lead out of the file or to a sink, the last of a row of calls first.
        let mut live: BTreeSet<(u32, u32)> = BTreeSet::new();
        loop {
            let before = live.len();
            for way in &ways {
                if let From::Param(function, at) = way.from
                    && self.leads_on(&way.to, &live)
                {
                    live.insert((function, at));
                }
            }
            if live.len() == before {
                break;
            }
        }
        ways.retain(|way| !matches!(way.to, To::Call(..)) || self.leads_on(&way.to, &live));
        ways
    }

    fn leads_on(&self, to: &To, live: &BTreeSet<(u32, u32)>) -> bool {
        match to {
            To::Sink(_) | To::Argument(..) => true,
            To::Call(function, Argument::At(at)) => live.contains(&(*function, *at)),
            To::Call(function, Argument::Named(name)) => {
                let names = self.params.get(function);
                let at = names.and_then(|names| names.iter().position(|known| known == name));
                at.is_some_and(|at| live.contains(&(*function, number(at))))
            }
            To::Return(_) | To::Export(_) => false,
        }
    }
}

impl<'m> Machine<'m, '_> {
    /// An import statement; its number, where it may be of a file of the package.
    pub(crate) fn asks(&mut self, written: &Written<'m>) -> Option<u32> {
        let item = written.item.as_deref().map(Into::into);
        self.asks_for(&written.module, written.dots, item, &written.at)
    }

    /// A module that is asked for by a text: `require("./x")`, `importlib.import_module(".x", __package__)`.
    pub(crate) fn asks_by_name(&mut self, name: &str, at: &At) -> Option<u32> {
        // The folder of the file itself is not known by name: `path.join(__dirname, "x")`.
        let here = name.strip_prefix(HOLE).filter(|rest| !self.python && rest.starts_with('/'));
        let name = here.map_or_else(|| name.to_owned(), |rest| format!(".{rest}"));
        let module = if self.python { name.trim_start_matches('.') } else { &name };
        let dots = number(name.len().saturating_sub(module.len()));
        self.asks_for(module, dots, None, at)
    }

    fn asks_for(&mut self, module: &str, dots: u32, item: Option<Box<str>>, at: &At) -> Option<u32> {
        let own = if self.python {
            dots > 0 || self.tree.find(module.split('.').next().unwrap_or(module)).is_none()
        } else {
            is_relative(module)
        };
        // Code that the program makes of text asks for files as well: `python -c "import tool.start"`.
        let in_text = self.out.layers > 0;
        if !own || in_text && !self.python || module.contains(HOLE) {
            return None;
        }
        let (start, end) = self.out.site.filter(|_| in_text).unwrap_or((at.start, at.end));
        let span = Span::new(start.into(), end.into());
        self.out.join.import(Import { module: module.into(), dots, item, function: self.out.function, span })
    }

    /// The value of a name of an imported file; of the file itself where the name is empty.
    pub(crate) fn name_outside(&mut self, import: Option<u32>, name: &str) -> Value {
        let outside = import.and_then(|import| self.out.join.outside(import, name));
        outside.map_or_else(Value::default, value_of)
    }

    /// A member of a thing of another file.
    pub(crate) fn member_outside(&mut self, outside: u32, name: &str) -> Value {
        self.out.join.further(outside, name).map_or_else(Value::default, value_of)
    }

    /// Arguments that another file knows.
    pub(crate) fn say_holes(&mut self, row: &'static Row, fact: &Fact, args: &Args<'m>) {
        if self.out.layers > 0 {
            return;
        }
        for (name, from) in row.args {
            if let Some(value) = argument(from, args).filter(|value| !value.origins().is_empty() || value.weight() > 0) {
                let shown = seen(name, value);
                self.out.join.hole(fact, name, value, shown.as_ref());
            }
        }
    }

    /// A call of a thing of another file.
    pub(crate) fn call_outside(&mut self, outside: u32, args: &Args<'m>, at: &At) -> Value {
        let step = (at.start, at.end);
        if self.out.layers == 0 {
            if self.out.join.uses.len() < USES_MAX {
                self.out.join.uses.insert((self.out.function, outside));
            }
            let positions = args.at.iter().zip(0_u32..).map(|(value, at)| (Argument::At(at), value));
            let names = args.named.iter().map(|(name, value)| (Argument::Named((*name).into()), value));
            for (argument, value) in positions.chain(names) {
                let Some(tag) = stepped(value.deep_tag(), step, None) else { continue };
                for origin in &tag.origins {
                    self.out.join.way(origin, To::Argument(outside, argument.clone()));
                }
            }
        }
        let given = self.out.join.further(outside, "()").map_or_else(Value::default, value_of);
        let through = self.call_unknown(None, "", args, at);
        Value { shape: given.shape, tag: merge(stepped(given.tag, step, None), through.tag) }
    }

    /// A function of the file is called with what comes from a parameter or from another file.
    pub(crate) fn hands_on(&mut self, function: u32, args: &Args<'m>) {
        if self.out.layers > 0 {
            return;
        }
        let to = self.numbered(function);
        let positions = args.at.iter().zip(0_u32..).map(|(value, at)| (Argument::At(at), value));
        let names = args.named.iter().map(|(name, value)| (Argument::Named((*name).into()), value));
        for (argument, value) in positions.chain(names) {
            for origin in value.origins() {
                self.out.join.way(origin, To::Call(to, argument.clone()));
            }
        }
    }

    /// What a parameter of a function stands for, where anybody may call it with anything.
    pub(crate) fn parameter(&mut self, function: u32, at: usize, place: &Place<'m>, value: Value) -> Value {
        let Some(known) = self.module.functions.get(index(function)) else { return value };
        let offered = known.outer == Some(0) || known.class.is_some();
        if !offered || function == 0 || self.out.layers > 0 || !value.is_computed() || at >= 16 {
            return value;
        }
        if !self.python && self.module.exports.is_empty() {
            return value;
        }
        let function = self.numbered(function);
        let (name, place) = match place {
            Place::Name(name, at) => (&**name, (at.start, at.end)),
            _ => ("", (known.at.start, known.at.start)),
        };
        let names = self.out.join.params.entry(function).or_default();
        if names.len() == at {
            names.push(name.into());
        }
        let outer = Some(Outer::Param(function, number(at)));
        let origin = Origin { outer, ..Origin::new(&ELSEWHERE, None, vec![place]) };
        value.tagged(Some(Rc::new(Tag { origins: vec![origin], ..Tag::default() })))
    }

    /// What a function gives whose arguments are not known: without its parameters, which others bind.
    pub(crate) fn given_alone(&mut self, function: u32, mut value: Value) -> Value {
        let own = self.numbered(function);
        let is_own = |origin: &Origin| matches!(origin.outer, Some(Outer::Param(function, _)) if function == own);
        if self.out.layers == 0
            && function != 0
            && let Some(tag) = value.deep_tag()
        {
            for origin in tag.origins.iter().filter(|origin| !is_own(origin) || !origin.transforms.is_empty()) {
                self.out.join.way(origin, To::Return(own));
            }
        }
        if let Some(tag) = &mut value.tag
            && tag.origins.iter().any(is_own)
        {
            Rc::make_mut(tag).origins.retain(|origin| !is_own(origin));
        }
        value
    }

    /// A value is given to others by an assignment to `exports` or `module.exports`.
    pub(crate) fn gives_out(&mut self, object: &Expr<'m>, name: &str, value: &Value) {
        let is = |expr: &Expr<'m>, wanted: &str| matches!(&expr.what, What::Name(name) if name == wanted);
        if self.python || self.out.layers > 0 {
            return;
        }
        if is(object, "module") && name == "exports" {
            if super::calls::is_function(value) {
                self.whole = Some(value.clone());
            }
            self.offer("", value);
            if let Shape::Map(pairs) = &value.shape {
                for (name, value) in pairs.iter().take(OFFERS_MAX) {
                    self.offer(name, value);
                }
            }
        }
        let whole = matches!(&object.what, What::Member(module, exports) if exports == "exports" && is(module, "module"));
        if whole || is(object, "exports") {
            self.offer(name, value);
        }
    }

    /// Offers what the names of the top level stand for in the end.
    pub(crate) fn offers(&mut self, names: Vec<(&'m str, Value)>) {
        if self.out.layers > 0 {
            return;
        }
        if self.python {
            for (name, value) in names {
                self.offer(name, &value);
            }
            // Whatever the last of these offers, under its own names.
            if let Some(star) = self.open.last().and_then(|import| self.out.join.outside(*import, "")) {
                self.out.join.exports.insert("*".into(), Offer::Outside(star));
            }
            return;
        }
        let module = self.module;
        for (outside, inside) in module.exports.iter().take(OFFERS_MAX) {
            let outside = if outside == "module.exports" { "" } else { outside };
            if let Some((_, value)) = names.iter().find(|(name, _)| name == inside) {
                self.offer(outside, value);
            }
        }
    }

    fn offer(&mut self, name: &str, value: &Value) {
        if self.out.join.exports.len() >= OFFERS_MAX || name.len() > NAME_BYTES_MAX {
            return;
        }
        if let Some(tag) = value.deep_tag() {
            for origin in tag.origins.iter().filter(|origin| !matches!(origin.outer, Some(Outer::Param(..)))) {
                self.out.join.way(origin, To::Export(name.into()));
            }
        }
        let mut left = CONSTANTS_BYTES_MAX.saturating_sub(self.out.join.left);
        if let Some(offer) = self.offered(&value.shape, 0, &mut left) {
            self.out.join.exports.insert(name.into(), offer);
        }
        self.out.join.left = CONSTANTS_BYTES_MAX.saturating_sub(left);
    }

    fn offered(&self, shape: &Shape, depth: u32, left: &mut usize) -> Option<Offer> {
        let mut constant = |bytes: &[u8]| {
            if bytes.len() > CONSTANT_BYTES_MAX.min(*left) {
                return Offer::Constant(Seen::Computed);
            }
            *left = left.saturating_sub(bytes.len());
            Offer::Constant(bytes.into())
        };
        Some(match shape {
            Shape::Function(function, _) => Offer::Function(self.numbered(*function)),
            Shape::Class(class) | Shape::Instance(class) => {
                let class = self.module.classes.get(index(*class))?;
                let methods = class.methods.iter().take(64);
                Offer::Class(methods.map(|(name, at)| (Box::from(&**name), self.numbered(*at))).collect())
            }
            Shape::Text(text) if !text.contains(HOLE) => constant(text.as_bytes()),
            Shape::Bytes(bytes) => constant(bytes),
            Shape::Int(number) => Offer::Constant((*number).into()),
            Shape::Outside(outside) => Offer::Outside(*outside),
            Shape::Set(shapes) => return shapes.iter().find_map(|shape| self.offered(shape, depth, left)),
            Shape::Map(pairs) if depth < 2 => {
                let members = pairs.iter().take(64);
                let members = members.filter_map(|(name, value)| {
                    Some((Box::from(&**name), self.offered(&value.shape, depth.saturating_add(1), left)?))
                });
                Offer::Members(members.collect())
            }
            _ => return None,
        })
    }
}

/// A thing of another file as a value.
fn value_of(outside: u32) -> Value {
    let outer = Some(Outer::Outside(outside));
    let origin = Origin { outer, ..Origin::new(&ELSEWHERE, None, Vec::new()) };
    Value { shape: Shape::Outside(outside), tag: Some(Rc::new(Tag { origins: vec![origin], ..Tag::default() })) }
}

fn is_relative(module: &str) -> bool {
    module.starts_with("./") || module.starts_with("../") || matches!(module, "." | "..")
}
