//! The neutral form: what a language front end lowers a syntax tree to, and nothing more. It knows no rules and no APIs.
//!
//! Every node has its byte span in the source. Nothing is lost, only unnamed: what has no place in the form becomes
//! [`What::Other`] and keeps its children. Names and texts borrow from the source or from the syntax tree.
//!
//! Not in the form: types, comments, formatting, and which of two spellings of one meaning was used.

use std::borrow::Cow;
use std::ops::Range;

/// Bytes in the source.
pub type At = Range<u32>;

/// Index in [`Module::functions`]; 0 is the module's top level.
pub type FunctionAt = u32;

/// Index in [`Module::classes`].
pub type ClassAt = u32;

/// One file of code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module<'s> {
    /// Functions, lambdas and class bodies; the first is the code at the top level.
    pub functions: Vec<Function<'s>>,
    /// Classes.
    pub classes: Vec<Class<'s>>,
    /// Names that the file offers to others, with the name that each has inside; empty where everything is offered (Python).
    pub exports: Vec<(Cow<'s, str>, Cow<'s, str>)>,
}

impl<'s> Module<'s> {
    /// Makes room for a function in the order of the source and gives its number.
    pub(crate) fn open(&mut self, name: Cow<'s, str>, outer: Option<FunctionAt>, at: At) -> FunctionAt {
        let number = FunctionAt::try_from(self.functions.len()).unwrap_or(FunctionAt::MAX);
        self.functions.push(Function { name, params: vec![], body: vec![], decorators: vec![], outer, class: None, at });
        number
    }

    /// The function of a number.
    pub(crate) fn function(&mut self, number: FunctionAt) -> Option<&mut Function<'s>> {
        usize::try_from(number).ok().and_then(|number| self.functions.get_mut(number))
    }
}

/// A function, a lambda, a class body or the top level.
#[derive(Clone, Debug, PartialEq)]
pub struct Function<'s> {
    /// Its own name; empty for a lambda and for the top level.
    pub name: Cow<'s, str>,
    /// Parameters in order.
    pub params: Vec<Param<'s>>,
    /// Statements.
    pub body: Vec<Stmt<'s>>,
    /// Decorators, outermost first.
    pub decorators: Vec<Expr<'s>>,
    /// The function around it; `None` for the top level.
    pub outer: Option<FunctionAt>,
    /// The class that it is a method of.
    pub class: Option<ClassAt>,
    /// Where it stands.
    pub at: At,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param<'s> {
    /// What it is bound to; mostly a name.
    pub place: Place<'s>,
    /// The value where none is passed.
    pub default: Option<Expr<'s>>,
    /// Takes all that is left.
    pub rest: bool,
}

/// A class.
#[derive(Clone, Debug, PartialEq)]
pub struct Class<'s> {
    /// Its name.
    pub name: Cow<'s, str>,
    /// What it inherits from.
    pub bases: Vec<Expr<'s>>,
    /// Methods by name.
    pub methods: Vec<(Cow<'s, str>, FunctionAt)>,
    /// The statements of its body that are no methods; run where the class is defined.
    pub body: FunctionAt,
    /// Where it stands.
    pub at: At,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt<'s> {
    /// A value is bound. An augmented assignment has an [`What::Op`] of the place and the value.
    Assign(Place<'s>, Expr<'s>),
    /// A value is computed and dropped.
    Do(Expr<'s>),
    /// One of two ways.
    If(Expr<'s>, Vec<Stmt<'s>>, Vec<Stmt<'s>>),
    /// Repeats: over the elements of a value bound to a place, or while a test holds.
    Loop(Over<'s>, Vec<Stmt<'s>>),
    /// A body whose errors go to the handlers; what runs in any case stands last.
    Try(Vec<Stmt<'s>>, Vec<Vec<Stmt<'s>>>, Vec<Stmt<'s>>),
    /// Leaves the function with a value.
    Return(Option<Expr<'s>>),
    /// Leaves with an error.
    Raise(Option<Expr<'s>>),
    /// Defines a function under its name.
    Define(FunctionAt),
    /// Defines a class under its name.
    Class(ClassAt),
    /// Makes names of other modules known.
    Import(Import<'s>),
    /// Names that are the function's own, whatever functions around it bind; stands first in a body. Where a language has it
    /// (JavaScript), an assignment to a name that is neither listed nor a parameter goes to the function around.
    Local(Vec<Cow<'s, str>>),
    /// Leaves the loop.
    Break,
    /// Goes on with the next turn of the loop.
    Continue,
}

/// What a loop goes over.
#[derive(Clone, Debug, PartialEq)]
pub enum Over<'s> {
    /// Elements (of a `for key in object` the keys).
    Each(Place<'s>, Expr<'s>),
    /// As long as a test holds.
    While(Expr<'s>),
}

/// An import as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Import<'s> {
    /// The module as written, without the leading dots of a relative one.
    pub module: Cow<'s, str>,
    /// Leading dots of a relative import (Python); a relative path of JavaScript stays in `module`.
    pub dots: u32,
    /// `None`: the module itself under `alias`; `Some("*")`: all its names; else one of its names.
    pub item: Option<Cow<'s, str>>,
    /// The name that becomes known here. `import a.b` makes `a` known: the alias is `a` and the module `a.b`.
    pub alias: Cow<'s, str>,
    /// Where it stands.
    pub at: At,
}

/// Where a value goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Place<'s> {
    /// A name.
    Name(Cow<'s, str>, At),
    /// A member of a value.
    Member(Box<Expr<'s>>, Cow<'s, str>, At),
    /// An element of a value.
    Index(Box<Expr<'s>>, Box<Expr<'s>>, At),
    /// Elements of the value, each to its own place, in order.
    Elements(Vec<Place<'s>>),
    /// Members of the value by name, each to its own place.
    Members(Vec<(Cow<'s, str>, Place<'s>)>),
    /// All that is left of the value.
    Rest(Box<Place<'s>>),
}

/// An expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr<'s> {
    /// What it is.
    pub what: What<'s>,
    /// Where it stands.
    pub at: At,
}

/// Kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum What<'s> {
    /// A text; also the value of adjacent literals.
    Text(Cow<'s, str>),
    /// Bytes.
    Bytes(Cow<'s, [u8]>),
    /// A whole number that fits.
    Int(i64),
    /// Any other number, a regular expression, or whatever else is written as it is.
    Raw(Cow<'s, str>),
    /// Yes or no.
    Bool(bool),
    /// Nothing: `None`, `null`, `undefined`.
    Null,
    /// A name.
    Name(Cow<'s, str>),
    /// A member by a written name.
    Member(Box<Expr<'s>>, Cow<'s, str>),
    /// An element or a member by a computed name.
    Index(Box<Expr<'s>>, Box<Expr<'s>>),
    /// Elements from, to, by step.
    Slice(Box<Expr<'s>>, [Option<Box<Expr<'s>>>; 3]),
    /// A call: callee, positional arguments, named arguments. `new X()` is a call too.
    Call(Box<Expr<'s>>, Vec<Expr<'s>>, Vec<(Cow<'s, str>, Expr<'s>)>),
    /// An operator as Python or JavaScript writes it, and its operands; left spines are flat (`a+b+c` has three).
    /// One operand: a prefix (`-a`, `!a`, `typeof a`, `yield a`). `,` computes all and its value is the last.
    Op(&'static str, Vec<Expr<'s>>),
    /// Parts of a text with values in it (f-strings, templates).
    Concat(Vec<Expr<'s>>),
    /// One of two values by a test.
    Choose(Box<[Expr<'s>; 3]>),
    /// A list, tuple or set.
    List(Vec<Expr<'s>>),
    /// A map: keys and values; a spread has an empty key.
    Map(Vec<(Option<Expr<'s>>, Expr<'s>)>),
    /// All elements of a value, put into the list or call around it.
    Spread(Box<Expr<'s>>),
    /// A value for each element: what is made, where the element is bound, over what, and under which tests.
    Each(Box<Expr<'s>>, Vec<(Place<'s>, Expr<'s>, Vec<Expr<'s>>)>),
    /// A function or lambda.
    Function(FunctionAt),
    /// A class.
    Class(ClassAt),
    /// The value of a promise or coroutine.
    Await(Box<Expr<'s>>),
    /// A value that is bound and used at once (`:=`, an assignment as an expression).
    Bind(Box<Place<'s>>, Box<Expr<'s>>),
    /// Anything else, with its parts.
    Other(Vec<Expr<'s>>),
}

/// What a front end makes of a source.
#[derive(Debug, Default, PartialEq)]
pub struct Lowered {
    /// Deepest nesting met beyond what is lowered, if any: becomes a `Nesting` problem.
    pub too_deep: bool,
    /// First byte that the syntax does not allow, if any; the rest was read as far as it goes.
    pub error_at: Option<u32>,
}

/// Deepest nesting that is lowered; deeper parts become [`What::Other`] without children.
pub const DEPTH_MAX: u32 = 500;
