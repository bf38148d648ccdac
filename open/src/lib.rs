//! Turns bytes into named child bytes: archives, packages, compression layers, and payload layers inside text and data.
//!
//! Knows no rules, no paths and no disk. Hostile input is not an error: every entry returns what it could read, and says the
//! rest as [`Problem`]s. Every byte of a container is accounted for: what no structure explains becomes an `Unaccounted`
//! problem and a carved child that is examined too.
//!
//! Reading order: this file, `formats.rs` (the table of all formats), `identify.rs`, one opener in `formats/`, `ledger.rs`.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

mod codecs;
mod collect;
mod fields;
mod formats;
mod hints;
mod identify;
mod languages;
mod ledger;
mod names;

pub use codecs::{Codec, codecs};
pub use collect::{Child, Collect, Place, open_all};
pub use formats::{Format, formats, group};

use doorward_model::stage::{self, Stage};
use doorward_model::{Examined, Fact, Hint, Limits, Meta, Problem, ProblemKind, Reading, Span, Step};
use ledger::Ledger;
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
    hints::hint(name)
}

/// Identifies a content by its bytes, and by its hint where the bytes leave it open.
pub fn identify(bytes: &[u8], hint: &Hint) -> Reading {
    Reading { format: identify::identify(bytes, &hint.0).name.into() }
}

/// Identifies a content, opens it, carves what is unaccounted, and decodes the payload layers in it.
///
/// # Errors
/// [`Stop`] when the limits were reached; what was yielded before stands.
pub fn examine(bytes: &[u8], hint: &Hint, limits: &Limits, children: &mut dyn Children) -> Result<Opened, Stop> {
    let opened = unpack(bytes, hint, children)?;
    if opened.examined != Examined::Opened {
        codecs::decode_layers(bytes, &opened.reading, limits, children)?;
    }
    Ok(opened)
}

/// Identifies a content, opens it and carves what is unaccounted, as [`examine`] does; leaves payload layers where they are.
///
/// # Errors
/// [`Stop`] when the limits were reached; what was yielded before stands.
pub fn unpack(bytes: &[u8], hint: &Hint, children: &mut dyn Children) -> Result<Opened, Stop> {
    let format = stage::during(Stage::Identify, "", bytes.len(), || identify::identify(bytes, &hint.0));
    let reading = Reading { format: format.name.into() };
    if let Some(open) = format.open {
        let mut ledger = Ledger::new(children);
        open(bytes, &mut ledger)?;
        if ledger.close(bytes)? {
            return Ok(Opened { reading, examined: Examined::Opened });
        }
    } else {
        if format.holds_others {
            let detail = format!("{}: recognised, not opened", format.title);
            children.problem(Problem::new(ProblemKind::Unsupported, detail));
        }
        carve_behind(bytes, format, children)?;
    }
    Ok(Opened { reading, examined: Examined::Scanned })
}

/// Carves what stands behind the end that a format without an opener knows of itself, or else a zip that ends any file: such an
/// archive is read by everything that reads zips, whatever the file begins with.
fn carve_behind(bytes: &[u8], format: &Format, children: &mut dyn Children) -> Result<(), Stop> {
    if let Some(end) = format.extent.and_then(|extent| extent(bytes)).filter(|end| *end > 0) {
        let mut ledger = Ledger::new(children);
        ledger::account(&mut ledger, 0..end);
        return ledger.close(bytes).map(drop);
    }
    if let Some(start) = formats::tail(bytes) {
        let from = Span::of(start..bytes.len());
        // What is a part of a container that is not read may well be accounted for in it.
        let name = format!("zip@{start}");
        let (step, name) = match format.holds_others {
            true => (Step::Member { index: 0 }, name.as_bytes()),
            false => (Step::Carved { from }, &b""[..]),
        };
        children.child(step, name, Meta::default(), &mut from.bytes(bytes))?;
    }
    Ok(())
}
