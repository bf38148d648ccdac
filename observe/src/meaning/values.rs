//! What is known of a value before the program runs: its shape, and where its data come from.
//!
//! A text with unknown parts keeps what is known: [`HOLE`] stands for each part that is computed.

pub(crate) use super::either::{is_several, join, maybe};
use super::guards::is_weak;
use super::tools::Tool;
use doorward_model::FactKind;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::rc::Rc;

/// Stands for an unknown part of a text.
pub(crate) const HOLE: char = '\u{fffc}';

/// Most bytes of one constant.
pub(crate) const BYTES_MAX: usize = 4 << 20;

/// Most elements of one constant list.
pub(crate) const ELEMENTS_MAX: usize = 1 << 16;

/// Most origins of one value.
const ORIGINS_MAX: usize = 8;

/// Most steps of one way.
pub(crate) const STEPS_MAX: usize = 16;

/// Most texts that are remembered to be in a value.
const HELD_MAX: usize = 8;

/// Most transforms of one way.
const TRANSFORMS_MAX: usize = 8;

/// Most values inside each other.
const NESTING_MAX: u8 = 24;

/// Longest lists that are compared.
const COMPARED_MAX: usize = 256;

/// The elements of a list or the pairs of a map.
#[derive(Clone, Debug)]
pub(crate) struct Items<T> {
    all: Vec<T>,
    depth: u8,
    /// A function, class or object of the file is among them.
    bound: bool,
}

impl Items<Value> {
    /// Appends a value, if that leaves the list within its bounds.
    pub(crate) fn push(&mut self, value: Value) -> bool {
        let fits = self.all.len() < ELEMENTS_MAX && value.depth() < self.depth;
        if fits {
            self.bound |= value.shape.is_bound();
            self.all.push(value);
        }
        fits
    }

    /// Replaces a value, if there is one at this place and the list stays within its bounds.
    pub(crate) fn replace(&mut self, at: usize, value: Value) -> bool {
        let fits = value.depth() < self.depth;
        let Some(element) = self.all.get_mut(at).filter(|_| fits) else { return false };
        self.bound |= value.shape.is_bound();
        *element = value;
        true
    }
}

impl Items<(Rc<str>, Value)> {
    /// Gives a key a value, if that leaves the map within its bounds.
    pub(crate) fn put(&mut self, key: &Rc<str>, value: Value) -> bool {
        if self.all.len() >= ELEMENTS_MAX || value.depth() >= self.depth {
            return false;
        }
        self.bound |= value.shape.is_bound();
        match self.all.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value,
            None => self.all.push((Rc::clone(key), value)),
        }
        true
    }
}

impl<T> Deref for Items<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.all
    }
}

impl<T: PartialEq> PartialEq for Items<T> {
    /// Large or deep ones count as different: comparing what is shared at many places has no bound.
    fn eq(&self, other: &Self) -> bool {
        let is_small = |items: &Self| items.depth <= 2 && items.len() <= COMPARED_MAX;
        std::ptr::eq(self, other) || is_small(self) && is_small(other) && self.all == other.all
    }
}

/// A value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Value {
    /// What it is.
    pub shape: Shape,
    /// Where its data come from, and what it is about.
    pub tag: Option<Rc<Tag>>,
}

/// What a value is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Shape {
    /// Not known.
    #[default]
    Computed,
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text, with holes for what is not known of it.
    Text(Rc<str>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// A list, tuple or set.
    List(Rc<Items<Value>>),
    /// A map or object.
    Map(Rc<Items<(Rc<str>, Value)>>),
    /// A node of the tree of APIs.
    Api(u32),
    /// A function of the file, and what it is bound to.
    Function(u32, Option<Rc<Value>>),
    /// A class of the file.
    Class(u32),
    /// An object of a class of the file.
    Instance(u32),
    /// An object of a library that is made of constants.
    Tool(Rc<Tool>),
    /// A method of a constant.
    Method(Rc<(Value, Box<str>)>),
    /// A thing of another file, by its number among those that are used.
    Outside(u32),
    /// One of several.
    Set(Rc<Vec<Self>>),
}

/// Where data come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Origin {
    /// Kind of the source.
    pub kind: &'static FactKind,
    /// Which: a name, path or meaning.
    pub what: Option<Rc<str>>,
    /// The path behind a meaning.
    pub path: Option<Rc<str>>,
    /// What was done to the data, first to last.
    pub transforms: Vec<&'static str>,
    /// The places on the way, first to last.
    pub steps: Vec<(u32, u32)>,
    /// At which of the places each transform was.
    pub turns: Vec<usize>,
    /// Where the data come from, if not from a source of the file itself.
    pub outer: Option<Outer>,
    /// It is a connection or server that will bring data: who has it among other things has no data yet.
    pub latent: bool,
}

impl Origin {
    /// A source of a kind with the first places on the way of its data, and nothing done to them yet.
    pub(crate) fn new(kind: &'static FactKind, what: Option<Rc<str>>, steps: Vec<(u32, u32)>) -> Self {
        let (transforms, turns) = (Vec::new(), Vec::new());
        Self { kind, what, path: None, transforms, steps, turns, outer: None, latent: false }
    }
}

/// Where data come from that are bound elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outer {
    /// A parameter of a function, counted from 0 without the object itself.
    Param(u32, u32),
    /// A thing of another file.
    Outside(u32),
}

/// What hangs on a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tag {
    /// Sources of its data.
    pub origins: Vec<Origin>,
    /// Arguments of the facts of the API object that it is: host, path, command.
    pub about: Vec<(&'static str, Rc<str>)>,
    /// How a constant was decoded, first to last.
    pub decoded: Vec<&'static str>,
}

impl Tag {
    /// Whether a call with it can tell more: what only comes from a parameter or another file, `link` joins.
    fn tells(&self) -> bool {
        !self.about.is_empty() || !self.decoded.is_empty() || self.origins.iter().any(|origin| origin.outer.is_none())
    }
}

impl Value {
    pub(crate) fn new(shape: Shape) -> Self {
        Self { shape, tag: None }
    }

    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::new(Shape::Text(text.into()))
    }

    pub(crate) fn bytes(bytes: impl Into<Rc<[u8]>>) -> Self {
        Self::new(Shape::Bytes(bytes.into()))
    }

    pub(crate) fn list(values: Vec<Self>) -> Self {
        let depth = values.iter().map(Self::depth).max().unwrap_or(0).saturating_add(1);
        if values.len() > ELEMENTS_MAX || depth > NESTING_MAX {
            let tag = tags(&values);
            return Self { shape: Shape::Computed, tag };
        }
        let bound = values.iter().any(|value| value.shape.is_bound());
        Self::new(Shape::List(Rc::new(Items { all: values, depth, bound })))
    }

    pub(crate) fn map(mut pairs: Vec<(Rc<str>, Self)>) -> Self {
        if has_twice(&pairs) {
            pairs = last_of_each(pairs);
        }
        Self::map_of(pairs)
    }

    /// A map of pairs of which no two have the same key.
    pub(crate) fn map_of(pairs: Vec<(Rc<str>, Self)>) -> Self {
        let depth = pairs.iter().map(|(_, value)| value.depth()).max().unwrap_or(0).saturating_add(1);
        if pairs.len() > ELEMENTS_MAX || depth > NESTING_MAX {
            let tag = pairs.iter().take(1000).fold(None, |tag, (_, value)| merge(tag, value.deep_tag()));
            return Self { shape: Shape::Computed, tag };
        }
        let bound = pairs.iter().any(|(_, value)| value.shape.is_bound());
        Self::new(Shape::Map(Rc::new(Items { all: pairs, depth, bound })))
    }

    /// What is left of it in another piece of code: functions and classes are numbers of the one that defines them.
    pub(crate) fn abroad(self) -> Self {
        if self.shape.is_bound() { Self { shape: Shape::Computed, tag: self.deep_tag() } } else { self }
    }

    /// How many values are inside each other.
    fn depth(&self) -> u8 {
        self.shape.depth()
    }

    /// What it costs to go through it once, in bytes.
    pub(crate) fn weight(&self) -> usize {
        match &self.shape {
            Shape::Text(text) => text.len(),
            Shape::Bytes(bytes) => bytes.len(),
            Shape::List(values) => values.len().saturating_mul(64),
            Shape::Map(pairs) => pairs.len().saturating_mul(64),
            Shape::Tool(tool) => tool.weight(),
            _ => 0,
        }
    }

    /// A list of some values, again and again.
    pub(crate) fn cycle(values: &[Self], len: usize) -> Self {
        Self::list(values.iter().cycle().take(len).cloned().collect())
    }

    pub(crate) fn tagged(mut self, tag: Option<Rc<Tag>>) -> Self {
        self.tag = merge(self.tag, tag);
        self
    }

    pub(crate) fn origins(&self) -> &[Origin] {
        self.tag.as_ref().map_or(&[], |tag| &tag.origins)
    }

    /// Whether its data come from a source of the file itself.
    pub(crate) fn has_sources(&self) -> bool {
        self.origins().iter().any(|origin| origin.outer.is_none())
    }

    pub(crate) fn has_origins(&self) -> bool {
        !self.origins().is_empty()
    }

    pub(crate) fn is_computed(&self) -> bool {
        self.shape == Shape::Computed
    }

    /// The text, where it is one; the first of several.
    pub(crate) fn as_text(&self) -> Option<&Rc<str>> {
        text_of(&self.shape)
    }

    /// The text, where all of it is known.
    pub(crate) fn known_text(&self) -> Option<&Rc<str>> {
        match &self.shape {
            Shape::Text(text) if !text.contains(HOLE) => Some(text),
            _ => None,
        }
    }

    /// The bytes of a text or of bytes that are known.
    pub(crate) fn known_bytes(&self) -> Option<&[u8]> {
        match &self.shape {
            Shape::Bytes(bytes) => Some(bytes),
            Shape::Text(text) if !text.contains(HOLE) => Some(text.as_bytes()),
            _ => None,
        }
    }

    pub(crate) fn int(&self) -> Option<i64> {
        match self.shape {
            Shape::Int(number) => Some(number),
            Shape::Bool(yes) => Some(yes.into()),
            _ => None,
        }
    }

    /// Whether it counts as true; `None` where that is not known.
    pub(crate) fn truth(&self) -> Option<bool> {
        Some(match &self.shape {
            Shape::Null => false,
            Shape::Bool(yes) => *yes,
            Shape::Int(number) => *number != 0,
            Shape::Text(text) if !text.contains(HOLE) => !text.is_empty(),
            // Whatever stands in its holes, there is something else too.
            Shape::Text(text) if text.chars().any(|letter| letter != HOLE) => true,
            Shape::Bytes(bytes) => !bytes.is_empty(),
            _ => return None,
        })
    }

    /// Whether a call with it can tell more than one without it.
    pub(crate) fn tells(&self) -> bool {
        self.tag.as_ref().is_some_and(|tag| tag.tells())
            || !matches!(self.shape, Shape::Computed | Shape::Null | Shape::Bool(_) | Shape::Instance(_) | Shape::Outside(_))
    }

    /// Whether something that a function does with it may be seen from outside: it is an API, or data that come from one.
    pub(crate) fn is_live(&self) -> bool {
        self.live(4, &mut 200)
    }

    fn live(&self, levels: u32, visits: &mut u32) -> bool {
        let (Some(levels), Some(left)) = (levels.checked_sub(1), visits.checked_sub(1)) else { return true };
        *visits = left;
        self.tag.as_ref().is_some_and(|tag| !tag.origins.is_empty() || !tag.about.is_empty())
            || match &self.shape {
                Shape::Api(_) => true,
                Shape::Set(shapes) => shapes.iter().any(|shape| matches!(shape, Shape::Api(_))),
                Shape::List(values) => values.iter().any(|value| value.live(levels, visits)),
                Shape::Map(pairs) => pairs.iter().any(|(_, value)| value.live(levels, visits)),
                _ => false,
            }
    }

    /// All that hangs on it and on what is in it.
    pub(crate) fn deep_tag(&self) -> Option<Rc<Tag>> {
        self.deep(8, &mut 2000)
    }

    fn deep(&self, levels: u32, visits: &mut u32) -> Option<Rc<Tag>> {
        let mut tag = self.tag.clone();
        let Some(levels) = levels.checked_sub(1) else { return tag };
        let Some(left) = visits.checked_sub(1) else { return tag };
        *visits = left;
        match &self.shape {
            Shape::List(values) => {
                for value in values.iter().take(1000) {
                    tag = merge(tag, value.deep(levels, visits));
                }
            }
            Shape::Map(pairs) => {
                for (_, value) in pairs.iter().take(1000) {
                    let inner = value.deep(levels, visits);
                    tag = merge(tag, if matches!(value.shape, Shape::Api(_)) { without_latent(inner) } else { inner });
                }
            }
            Shape::Set(shapes) => {
                for shape in shapes.iter().filter(|shape| matches!(shape, Shape::List(_) | Shape::Map(_))) {
                    tag = merge(tag, Self::new(shape.clone()).deep(levels, visits));
                }
            }
            _ => {}
        }
        tag
    }
}

impl Shape {
    /// Whether it is worth having run a function for: what is built of such values becomes an argument of a fact.
    pub(crate) fn is_fruit(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Bytes(_) | Self::List(_) | Self::Api(_) | Self::Method(_) | Self::Set(_))
    }

    fn is_bound(&self) -> bool {
        match self {
            Self::Function(..) | Self::Class(_) | Self::Instance(_) => true,
            Self::List(values) => values.bound,
            Self::Map(pairs) => pairs.bound,
            Self::Method(method) => method.0.shape.is_bound(),
            Self::Set(shapes) => shapes.iter().any(Self::is_bound),
            _ => false,
        }
    }

    fn depth(&self) -> u8 {
        match self {
            Self::List(values) => values.depth,
            Self::Map(pairs) => pairs.depth,
            Self::Method(method) => method.0.depth().saturating_add(1),
            Self::Set(shapes) => shapes.iter().map(Self::depth).max().unwrap_or(0).saturating_add(1),
            Self::Function(_, Some(this)) => this.depth().saturating_add(1),
            _ => 0,
        }
    }
}

fn text_of(shape: &Shape) -> Option<&Rc<str>> {
    match shape {
        Shape::Text(text) => Some(text),
        Shape::Set(shapes) => shapes.iter().find_map(text_of),
        _ => None,
    }
}

/// Most pairs that are compared each with each.
const FEW_PAIRS: usize = 12;

/// Whether two pairs have the same key.
fn has_twice(pairs: &[(Rc<str>, Value)]) -> bool {
    if pairs.len() <= FEW_PAIRS {
        let before = |at: usize| pairs.get(..at).unwrap_or_default();
        return pairs.iter().enumerate().any(|(at, (name, _))| before(at).iter().any(|(known, _)| known == name));
    }
    let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| &**name).collect();
    names.len() < pairs.len()
}

/// Pairs of which each key stands once, where it came first, with the value that came last.
fn last_of_each(pairs: Vec<(Rc<str>, Value)>) -> Vec<(Rc<str>, Value)> {
    let mut places = std::collections::BTreeMap::new();
    let mut kept: Vec<(Rc<str>, Value)> = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        match places.get(&name).and_then(|at: &usize| kept.get_mut(*at)) {
            Some(pair) => pair.1 = value,
            None => {
                places.insert(Rc::clone(&name), kept.len());
                kept.push((name, value));
            }
        }
    }
    kept
}

/// A tag without what connections and servers will bring.
fn without_latent(tag: Option<Rc<Tag>>) -> Option<Rc<Tag>> {
    let mut tag = tag?;
    if tag.origins.iter().any(|origin| origin.latent) {
        Rc::make_mut(&mut tag).origins.retain(|origin| !origin.latent);
    }
    Some(tag)
}

/// All tags of some values.
pub(crate) fn tags(values: &[Value]) -> Option<Rc<Tag>> {
    values.iter().take(1000).fold(None, |tag, value| merge(tag, value.deep_tag()))
}

/// Both tags in one.
pub(crate) fn merge(one: Option<Rc<Tag>>, other: Option<Rc<Tag>>) -> Option<Rc<Tag>> {
    match (one, other) {
        (tag, None) | (None, tag) => tag,
        (Some(one), Some(other)) if Rc::ptr_eq(&one, &other) || !adds(&one, &other) => Some(one),
        (Some(mut one), Some(other)) => {
            let tag = Rc::make_mut(&mut one);
            for origin in &other.origins {
                add(&mut tag.origins, origin);
            }
            for about in &other.about {
                if is_new(tag, about) {
                    tag.about.push(about.clone());
                }
            }
            if tag.decoded.is_empty() {
                tag.decoded.clone_from(&other.decoded);
            }
            Some(one)
        }
    }
}

/// Whether merging a tag into another changes it.
fn adds(one: &Tag, other: &Tag) -> bool {
    other.origins.iter().any(|origin| place_for(&one.origins, origin).is_some())
        || other.about.iter().any(|about| is_new(one, about))
        || one.decoded.is_empty() && !other.decoded.is_empty()
}

fn is_new(tag: &Tag, about: &(&'static str, Rc<str>)) -> bool {
    let limit = if about.0 == "holds" { HELD_MAX } else { 1 };
    tag.about.iter().filter(|known| known.0 == about.0).count() < limit && !tag.about.contains(about)
}

fn add(origins: &mut Vec<Origin>, origin: &Origin) {
    if let Some(at) = place_for(origins, origin) {
        match origins.get_mut(at) {
            Some(known) => known.clone_from(origin),
            None => origins.push(origin.clone()),
        }
    }
}

/// Where an origin is put among others, if they lack it: in the place of one of them, or behind all.
fn place_for(origins: &[Origin], origin: &Origin) -> Option<usize> {
    let same = |known: &Origin| known.kind == origin.kind && known.outer == origin.outer && known.what == origin.what;
    match origins.iter().position(same) {
        // The shorter way is told.
        Some(at) => origins.get(at).is_some_and(|known| known.steps.len() > origin.steps.len()).then_some(at),
        None if origins.len() < ORIGINS_MAX => Some(origins.len()),
        // What is a source counts for more than what may be one, or what only decides.
        None if origin.outer.is_none() && !is_weak(origin) => {
            origins.iter().position(|known| known.outer.is_some() || is_weak(known))
        }
        None => None,
    }
}

/// The same tag after one more step, and a transform where there was one.
pub(crate) fn stepped(tag: Option<Rc<Tag>>, at: (u32, u32), transform: Option<&'static str>) -> Option<Rc<Tag>> {
    let mut tag = tag?;
    // Where data of another file go on their way through this one is not told: only where they begin and end.
    if transform.is_none() && tag.origins.iter().all(|origin| origin.outer.is_some()) {
        return Some(tag);
    }
    let inner = Rc::make_mut(&mut tag);
    for origin in &mut inner.origins {
        if origin.steps.len() < STEPS_MAX && origin.steps.last() != Some(&at) {
            origin.steps.push(at);
        }
        if let Some(transform) = transform
            && origin.transforms.len() < TRANSFORMS_MAX
            && origin.transforms.last() != Some(&transform)
        {
            origin.transforms.push(transform);
            origin.turns.push(origin.steps.len().saturating_sub(1));
        }
    }
    Some(tag)
}

/// A constant was decoded.
pub(crate) fn decoded(value: Value, from: Option<&Rc<Tag>>, codec: &'static str) -> Value {
    let mut tag = from.map_or_else(Tag::default, |tag| (**tag).clone());
    if tag.decoded.len() < TRANSFORMS_MAX {
        tag.decoded.push(codec);
    }
    Value { shape: value.shape, tag: Some(Rc::new(tag)) }
}

/// The text that a value makes inside a text; a hole where it is not known.
pub(crate) fn shown(value: &Value) -> Rc<str> {
    match &value.shape {
        Shape::Int(number) => number.to_string().into(),
        Shape::Set(_) | Shape::Text(_) => value.as_text().cloned().unwrap_or_else(|| hole().into()),
        _ => hole().into(),
    }
}

/// An unknown text.
pub(crate) fn hole() -> String {
    HOLE.into()
}
