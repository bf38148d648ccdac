//! Turns bytes into named child bytes: archives, packages, compression layers, and payload layers inside text and data.
//!
//! Knows no rules, no paths and no disk. Hostile input is not an error: every entry returns what it could read, and says the
//! rest as [`Problem`]s. Every byte of a container is accounted for: what no structure explains becomes an `Unaccounted`
//! problem and a carved child that is examined too.

mod codecs;

use doorward_model::{Examined, Fact, Hint, Limits, Meta, Problem, Reading, Span, Step};
use std::io::Read;

/// Receives what a container yields. Limits live behind it: its owner counts, cuts and says so.
pub trait Children {
    /// A member with content. Reads `content` to its end or to the limit; a read error keeps what came before it and becomes a
    /// `Malformed` problem of the child. Returns how many bytes were taken.
    ///
    /// # Errors
    /// [`Stop`] when the limits of the audit are reached: the opener returns at once.
    fn child(&mut self, step: Step, name: &[u8], meta: Meta, content: &mut dyn Read) -> Result<u64, Stop>;

    /// A member without content: a directory, a link, a device, or a file that cannot be read (with the problem that says why).
    ///
    /// # Errors
    /// [`Stop`], as above.
    fn entry(&mut self, step: Step, name: &[u8], meta: Meta, problem: Option<Problem>) -> Result<(), Stop>;

    /// Bytes of the container that its structure explains: headers, padding that is zero, members' stored bytes.
    fn account(&mut self, span: Span);

    /// A fact about the container.
    fn fact(&mut self, fact: Fact);

    /// A problem of the container.
    fn problem(&mut self, problem: Problem);

    /// Passwords to try, in order.
    fn passwords(&self) -> &[Box<[u8]>];
}

/// The limits are reached; nothing more is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

/// What [`examine`] made of a content.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// What the bytes are.
    pub reading: Reading,
    /// `Opened` where every byte went into children, else `Scanned`, so that observers look at the rest.
    pub examined: Examined,
}

/// The part of a member's name that may decide how its bytes are read.
pub fn hint(name: &[u8]) -> Hint {
    let _ = name;
    Hint::default()
}

/// Identifies a content by its bytes, and by its hint where the bytes leave it open.
pub fn identify(bytes: &[u8], hint: &Hint) -> Reading {
    let _ = (bytes, hint);
    Reading { format: "data".into() }
}

/// Identifies a content, opens it, carves what is unaccounted, and decodes the payload layers in it.
///
/// # Errors
/// [`Stop`] when the limits were reached; what was yielded before stands.
pub fn examine(bytes: &[u8], hint: &Hint, limits: &Limits, children: &mut dyn Children) -> Result<Opened, Stop> {
    let reading = identify(bytes, hint);
    codecs::decode_layers(bytes, &reading, limits, children)?;
    Ok(Opened { reading, examined: Examined::Scanned })
}
