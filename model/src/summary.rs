//! Summaries: what one content of code asks of the other files of its package, and what it offers to them.
//!
//! They say nothing that one content alone can show as a fact. A package keeps those of all its files until it is linked, so
//! lists are boxed slices: they hold no more than they need. Functions are indices into the content's names of functions;
//! 0 is the top level. Everything is bounded where it is made; `whole` says whether a bound was hit.

use crate::{Fact, Span, Told, Value};
use serde::{Deserialize, Serialize};

/// What link needs of one content of code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Whether all calls were followed; else whatever stands in the file may run when the file does.
    pub whole: bool,
    /// Functions and the functions that run when they do, sorted.
    pub calls: Box<[(u32, u32)]>,
    /// The function that stands for code which runs only where the file itself is started as a program.
    pub program: Option<u32>,
    /// Modules that are asked for, as written.
    pub imports: Box<[Import]>,
    /// Things of other files that are used.
    pub outside: Box<[Outside]>,
    /// What is offered by name; the empty name is the whole of what a CommonJS module gives.
    pub exports: Box<[(Box<str>, Offer)]>,
    /// Functions, and the things of other files (indices into `outside`) that they call.
    pub uses: Box<[(u32, u32)]>,
    /// Names of the parameters of functions that ways start at, without the object itself.
    pub params: Box<[(u32, Vec<Box<str>>)]>,
    /// Facts at which ways end, with the text around them.
    pub sinks: Box<[Fact]>,
    /// Ways that begin or end outside of the content.
    pub ways: Box<[Way]>,
    /// Arguments of `sinks` that another file knows.
    pub holes: Box<[Hole]>,
    /// The lines of the steps of `ways` and of `sinks`, sorted by their spans; as many as fit in a bound.
    pub places: Box<[(Span, Told)]>,
}

/// An import as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The module, without the leading dots of a relative import of Python.
    pub module: Box<str>,
    /// Leading dots of a relative import of Python.
    pub dots: u32,
    /// The name that is taken from it, where it may be a module itself; `*` for all names.
    pub item: Option<Box<str>>,
    /// The function in which it is asked for.
    pub function: u32,
    /// Where it is written.
    pub span: Span,
}

/// A thing of another file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Index into [`Summary::imports`].
    pub import: u32,
    /// How it is reached from the module: names joined by dots, `()` behind what is called: `Client().send`. Empty for the
    /// module itself.
    pub path: Box<str>,
}

/// What a name of a file stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Offer {
    /// A function.
    Function(u32),
    /// A class: its methods by name.
    Class(Vec<(Box<str>, u32)>),
    /// A constant; `Computed` where it is one that is too long to be carried.
    Constant(Value),
    /// A thing of another file, index into [`Summary::outside`].
    Outside(u32),
    /// An object with members of its own.
    Members(Vec<(Box<str>, Self)>),
}

/// Data that go from one end to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Where they come from.
    pub from: From,
    /// Where they go.
    pub to: To,
    /// What was done to them, first to last.
    pub transforms: Box<[Box<str>]>,
    /// The places on the way, first to last.
    pub steps: Box<[Span]>,
    /// At which of the steps each transform was.
    pub turns: Box<[u32]>,
}

/// What data are, where they begin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Name of the kind of fact.
    pub kind: Box<str>,
    /// Name, path or meaning.
    pub what: Option<Box<str>>,
}

/// Where data come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum From {
    /// A source.
    Source(Box<Source>),
    /// A parameter of a function, counted from 0 without the object itself.
    Param(u32, u32),
    /// A thing of another file, or what its call gives: index into [`Summary::outside`].
    Outside(u32),
}

/// Where data go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum To {
    /// Into a sink, index into [`Summary::sinks`].
    Sink(u32),
    /// Out of a function, as what it gives.
    Return(u32),
    /// Into a call of a thing of another file (index into [`Summary::outside`]), as this argument.
    Argument(u32, Argument),
    /// Into a call of a function of the file itself, as this argument.
    Call(u32, Argument),
    /// Into a name that the file offers.
    Export(Box<str>),
}

/// Which argument of a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Argument {
    /// By its position, counted from 0.
    At(u32),
    /// By its name.
    Named(Box<str>),
}

/// An argument of a fact that another file knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    /// Index into [`Summary::sinks`].
    pub sink: u32,
    /// The argument.
    pub arg: Box<str>,
    /// What stands before what is not known.
    pub before: Box<str>,
    /// What stands behind it.
    pub after: Box<str>,
    /// Who knows it: index into [`Summary::outside`].
    pub outside: u32,
}
