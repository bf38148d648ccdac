//! The tables of APIs, `apis/*.toml`, as rows. Data: adding a row needs no code.

use doorward_model::{FactKind, vocabulary};

/// What one API means.
pub(crate) struct Row {
    /// Canonical dotted path from the import root; `()` is the value that a call gives, `[]` an element.
    pub name: &'static str,
    /// Kind of the fact that a call emits.
    pub kind: Option<&'static FactKind>,
    /// The fact is emitted where the API is mentioned, not only where it is called.
    pub read: bool,
    /// Arguments of the fact, and the call's arguments that they are.
    pub args: &'static [(&'static str, &'static [Argument])],
    /// Arguments of the fact that are always the same.
    pub says: &'static [(&'static str, &'static str)],
    /// Arguments whose data reach the sink.
    pub takes: Takes,
    /// Source kind that the call's value carries.
    pub gives: Option<&'static FactKind>,
    /// The value carries the data of receiver and arguments, changed like this.
    pub through: Option<&'static str>,
    /// Name of the evaluator's builtin that computes it on constants.
    pub evaluate: Option<&'static str>,
    /// Arguments that are functions which it will call.
    pub calls: &'static [Argument],
    /// Options of a command: how each is written, and the name under which its value is passed. `name<` passes what the file of
    /// that path holds, `name@` the same where the value is `@path` or `x=@path`, `name>` is a path to which the command writes
    /// what it gives, `!name` has no value of its own.
    pub options: &'static [(&'static str, &'static str)],
    /// The row counts only where one of these arguments is given.
    pub when: &'static [&'static str],
}

/// An argument of a call.
pub(crate) enum Argument {
    /// By position, counted from 0.
    At(u8),
    /// By keyword, or a member of an object that is passed.
    Named(&'static str),
}

/// Which arguments flow into a sink.
pub(crate) enum Takes {
    /// Those that the fact shows.
    Args,
    /// All.
    All,
    /// These.
    Some(&'static [Argument]),
}

/// Kinds at which data leave, run or stay.
pub(crate) fn is_sink(kind: &FactKind) -> bool {
    const SINKS: [&str; 16] = [
        "account.add",
        "protection.off",
        "publish",
        "process.spawn",
        "code.eval",
        "code.load",
        "net.connect",
        "net.send",
        "net.receive",
        "net.resolve",
        "file.write",
        "file.delete",
        "file.execute",
        "clipboard.write",
        "registry.write",
        "persist",
    ];
    SINKS.contains(&kind.name)
}

include!(concat!(env!("OUT_DIR"), "/apis.rs"));
