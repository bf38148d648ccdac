//! Constants that become contents of their own: code that a program decodes and runs, and programs that it writes. Commands are
//! no payloads: what they do is followed where they are started.
//!
//! Such a content is opened, identified and observed like any other, so its facts stand at its own lines and not here. A literal
//! that is run as it stands is no payload: its text is in the file already, and it is run where it stands.
//! Not handled: what is known in part, and files written piece by piece.

use super::apis::{Row, Takes};
use super::emit::{Emitter, argument};
use super::gate;
use super::machine::Args;
use super::machine::Machine;
use super::values::{HOLE, Shape, Value};
use crate::Payload;
use crate::bytecode;
use crate::languages::Language;
use crate::neutral::At;
use doorward_model::{Fact, Span, vocabulary as kinds};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Most payloads of one content.
const PAYLOADS_MAX: usize = 32;

/// Most bytes of all payloads of one content.
const BYTES_MAX: usize = 16 << 20;

/// Fewest bytes of a payload that was decoded, and of one that was only put together.
const DECODED_MIN: usize = 16;
const JOINED_MIN: usize = 64;

/// What is found of payloads while code is run.
#[derive(Default)]
pub(crate) struct Payloads {
    /// The code of the file.
    pub source: Rc<[u8]>,
    /// The code is one command: code among its words runs where it stands.
    pub is_line: bool,
    /// How often two numbers were xored.
    pub xors: usize,
    found: Vec<Payload>,
    /// Payloads that count only if the file starts something.
    written: Vec<Payload>,
    known: BTreeSet<(u64, Rc<[u8]>)>,
    bytes: usize,
    starts: bool,
}

/// How a payload came to be.
struct Origin {
    codec: String,
    is_decoded: bool,
}

impl Emitter {
    /// All payloads, each with the fact that it was decoded.
    pub(crate) fn take_payloads(&mut self) -> Vec<Payload> {
        let mut all = std::mem::take(&mut self.payloads.found);
        if self.payloads.starts {
            all.append(&mut self.payloads.written);
        }
        for payload in &all {
            let bytes = u64::try_from(payload.bytes.len()).unwrap_or(u64::MAX);
            let fact = Fact::new(&kinds::DECODE, payload.from, self.by).with("codec", &*payload.codec).with("bytes", bytes);
            self.push(fact);
        }
        all
    }

    fn keep(&mut self, payload: Payload, only_if_started: bool) -> bool {
        let payloads = &mut self.payloads;
        let count = payloads.found.len().saturating_add(payloads.written.len());
        let bytes = payloads.bytes.saturating_add(payload.bytes.len());
        if count >= PAYLOADS_MAX || bytes > BYTES_MAX {
            return false;
        }
        if payloads.known.insert((payload.from.start, (*payload.bytes).into())) {
            payloads.bytes = bytes;
            if only_if_started { payloads.written.push(payload) } else { payloads.found.push(payload) }
        }
        true
    }
}

impl<'m> Machine<'m, '_> {
    /// Code that is run is a content of its own, if it is known whole and more than a literal of the file.
    pub(crate) fn run_payload(&mut self, language: Language, code: &Value, at: &At) -> bool {
        let Some(bytes) = code.known_bytes().filter(|_| !language.is_shell()) else { return false };
        let Some(origin) = self.payload_origin(code, bytes) else { return false };
        let span = at.start.into()..at.end.into();
        if origin.codec.ends_with("marshal") {
            return match bytecode::listing(bytes) {
                Some(listing) => self.keep_payload(origin, b"code.py", listing.as_bytes(), span, false),
                None => self.keep_payload(origin, b"", bytes, span, false),
            };
        }
        self.keep_payload(origin, name_of(language), bytes, span, false)
    }

    /// What a call writes or starts, if that is a program.
    pub(crate) fn give_payload(&mut self, row: &'static Row, fact: &Fact, args: &Args<'m>) {
        let span = fact.span.start..fact.span.end;
        match fact.kind.name {
            "process.spawn" | "file.execute" | "code.load" => self.out.payloads.starts = true,
            "file.write" => {
                let Takes::Some(data) = row.takes else { return };
                for from in data {
                    let Some(value) = argument(std::slice::from_ref(from), args).cloned() else { continue };
                    self.give_written(&value, fact, span.clone());
                }
            }
            _ => {}
        }
    }

    fn give_written(&mut self, value: &Value, fact: &Fact, span: std::ops::Range<u64>) {
        let Some(bytes) = value.known_bytes().filter(|bytes| bytes.len() >= JOINED_MIN) else { return };
        let origin = self.payload_origin(value, bytes);
        let is_decoded = origin.as_ref().is_some_and(|origin| origin.is_decoded);
        let origin = origin.unwrap_or(Origin { codec: "text".into(), is_decoded: false });
        let extension =
            fact.text("path").and_then(|path| path.rsplit_once('.')).map(|(_, extension)| extension.to_ascii_lowercase());
        let name: &[u8] = match extension.as_deref() {
            Some("py" | "pyw") => b"code.py",
            Some("js" | "cjs" | "mjs") => b"code.js",
            Some("sh" | "command") => b"code.sh",
            Some("ps1") => b"code.ps1",
            Some("bat" | "cmd") => b"code.bat",
            Some("vbs") => b"code.vbs",
            _ if gate::is_worth(bytes, self.language) => name_of(self.language),
            _ => b"",
        };
        if is_program(bytes) && is_decoded {
            self.keep_payload(origin, b"", bytes, span, false);
        } else if !name.is_empty() {
            self.keep_payload(origin, name, bytes, span, true);
        }
    }

    fn keep_payload(
        &mut self,
        origin: Origin,
        name: &[u8],
        bytes: &[u8],
        span: std::ops::Range<u64>,
        only_if_started: bool,
    ) -> bool {
        let from = self.out.site.map_or(Span::new(span.start, span.end), |(start, end)| Span::new(start.into(), end.into()));
        let payload = Payload { from, codec: origin.codec.into(), name: name.into(), bytes: bytes.into() };
        self.out.keep(payload, only_if_started)
    }

    /// How a constant came to be; `None` where it is too short, or no more than a literal.
    fn payload_origin(&self, value: &Value, bytes: &[u8]) -> Option<Origin> {
        if matches!(&value.shape, Shape::Text(text) if text.contains(HOLE)) {
            return None;
        }
        let mut chain: Vec<&str> = value.tag.as_ref().map_or_else(Vec::new, |tag| tag.decoded.clone());
        if self.out.payloads.xors >= bytes.len().div_ceil(2) && bytes.len() >= DECODED_MIN {
            chain.push("xor");
        }
        if chain.iter().any(|codec| *codec != "text") {
            return (bytes.len() >= DECODED_MIN).then(|| Origin { codec: chain.join(" > "), is_decoded: true });
        }
        let is_written = memchr::memmem::find(&self.out.payloads.source, bytes).is_some();
        (bytes.len() >= JOINED_MIN && !is_written && !self.out.payloads.is_line)
            .then(|| Origin { codec: "text".into(), is_decoded: false })
    }
}

/// A name that says which language a payload is in.
fn name_of(language: Language) -> &'static [u8] {
    match language {
        Language::Python => b"code.py",
        Language::JavaScript => b"code.js",
        _ => b"",
    }
}

/// Whether bytes begin like a program or an archive of one.
fn is_program(bytes: &[u8]) -> bool {
    const MAGICS: [&[u8]; 9] = [
        b"\x7fELF",
        b"MZ",
        b"PK\x03\x04",
        b"\xcf\xfa\xed\xfe",
        b"\xce\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        b"#!",
        b"\x1f\x8b",
        b"\0asm",
    ];
    MAGICS.iter().any(|magic| bytes.starts_with(magic))
}
