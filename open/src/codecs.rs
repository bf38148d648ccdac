//! Payload layers: what was written in some encoding inside text or data becomes a child again.
//!
//! One step at a time: a child is examined by the same entry, so layers below layers are found there. Text and code are
//! searched whole, at about the speed of memory (see `scan`); in everything else only long runs are looked at. What makes a
//! decoded payload worth a child is said in `worth`, once for all codecs.
//!
//! Streams that name themselves (gzip, xz, bzip2, zlib) and UTF-16 below a layer are formats: `formats.rs` opens them.
//!
//! Not handled: encodings with a key (xor, ciphers), pieces that only a program puts together in the right order, and names
//! instead of literals: those need the language.

mod base32;
mod base64;
mod base85;
mod char_codes;
mod deflate;
mod escapes;
mod hex;
mod hex_dump;
mod join;
mod percent;
mod scan;
mod worth;

use crate::formats::{Format, formats};
use crate::{Children, Stop};
use doorward_model::{Fact, Limits, Meta, Problem, ProblemKind, Reading, Span, Step, vocabulary};
use std::io::Read;
use std::ops::Range;

/// One encoding that payload layers are written in.
pub struct Codec {
    /// What reports and rules call it.
    pub name: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// Which forms are found.
    pub handled: &'static str,
    /// Which are not.
    pub not_handled: &'static str,
    /// How it is found.
    find: Find,
}

/// Looks at `start..end` and returns where the search goes on, or `None` where it found nothing.
type At = fn(&mut Layers, Range<usize>) -> Result<Option<usize>, Stop>;

enum Find {
    /// In a whole content.
    Whole(fn(&mut Layers) -> Result<(), Stop>),
    /// In a long run of the characters of base64, of text and of everything else.
    Run(At),
    /// In a long run of such characters and escapes, from a `\` or `%` on.
    Escape(At),
    /// In a long run of numbers and what stands between them.
    List(At),
    /// Behind one of these words.
    Marker(&'static [&'static [u8]], At),
    /// By the search of another codec.
    Beside,
}

static CODECS: &[Codec] = &[
    base64::BASE64,
    base64::BASE64URL,
    base64::REVERSED,
    base32::CODEC,
    base85::BASE85,
    base85::ASCII85,
    hex::CODEC,
    hex_dump::CODEC,
    char_codes::CODEC,
    escapes::CODEC,
    percent::CODEC,
    deflate::CODEC,
];

/// All codecs, in the order in which a report lists them.
pub fn codecs() -> &'static [Codec] {
    CODECS
}

/// Fewest characters of a run that is looked at in what is no text.
const RUN_DATA_MIN: usize = 64;

/// Finds payloads written in an encoding inside `bytes` and yields each, decoded, as a child.
///
/// # Errors
/// [`Stop`] when the limits of the audit are reached.
pub(crate) fn decode_layers(bytes: &[u8], reading: &Reading, limits: &Limits, children: &mut dyn Children) -> Result<(), Stop> {
    let Some(format) = formats().iter().find(|format| *format.name == *reading.format) else { return Ok(()) };
    if matches!(format.group, "archive" | "package" | "compression") {
        return Ok(());
    }
    let is_text = format.is_text || format.name == "pem";
    let mut layers = Layers {
        bytes,
        format,
        run_min: if is_text { scan::RUN_TEXT_MIN } else { RUN_DATA_MIN },
        mask: 0,
        passed: 0,
        solo_until: 0,
        left: limits.layers_per_content_max,
        left_at_start: limits.layers_per_content_max,
        capped: false,
        children,
    };
    let found = layers.search(is_text);
    if layers.capped { Ok(()) } else { found }
}

/// The content that is searched, and what was found so far.
struct Layers<'a> {
    bytes: &'a [u8],
    /// What it was identified as.
    format: &'static Format,
    /// Fewest characters of a run that is looked at.
    run_min: usize,
    /// All classes that occur in the part of a run that is looked at.
    mask: u16,
    /// No escaped literal begins before this.
    passed: usize,
    /// Up to here runs were tried together and are not joined again, so that the search stays linear.
    solo_until: usize,
    /// How many children are left of `left_at_start`.
    left: u64,
    left_at_start: u64,
    /// Whether more was found than is left.
    capped: bool,
    children: &'a mut dyn Children,
}

impl Layers<'_> {
    fn search(&mut self, is_text: bool) -> Result<(), Stop> {
        for codec in CODECS {
            match codec.find {
                Find::Whole(find) => find(self)?,
                Find::Marker(words, find) if is_text => {
                    for word in words {
                        self.markers(word, find)?;
                    }
                }
                _ => {}
            }
        }
        self.runs(is_text)?;
        if is_text { self.lists() } else { Ok(()) }
    }

    fn markers(&mut self, word: &[u8], find: At) -> Result<(), Stop> {
        let bytes = self.bytes;
        let mut from = 0_usize;
        let finder = memchr::memmem::Finder::new(word);
        while let Some(at) = finder.find(bytes.get(from..).unwrap_or_default()) {
            let behind = from.saturating_add(at).saturating_add(word.len());
            from = find(self, behind..bytes.len())?.unwrap_or(behind);
        }
        Ok(())
    }

    fn runs(&mut self, is_text: bool) -> Result<(), Stop> {
        let bytes = self.bytes;
        let next = |from| if is_text { scan::text_run(bytes, from) } else { scan::run(bytes, scan::BASE64, RUN_DATA_MIN, from) };
        let mut from = 0;
        while let Some(run) = next(from) {
            from = self.run(run)?;
        }
        Ok(())
    }

    /// Looks at one run and returns where to go on.
    fn run(&mut self, run: Range<usize>) -> Result<usize, Stop> {
        let mut at = run.start;
        while let Some(byte) = self.bytes.get(at).copied().filter(|_| at < run.end) {
            let escape = matches!(byte, b'\\' | b'%');
            let end = if escape { run.end } else { scan::end_of(self.bytes, scan::BASE64, at).min(run.end) };
            let next = match byte {
                // The letter of an escape is no part of the text behind it.
                b'\\' if matches!(self.bytes.get(at.saturating_add(1)), Some(b'n' | b'r' | b't')) => at.saturating_add(2),
                b'\\' | b'%' => at.saturating_add(1),
                _ => end,
            };
            let taken = if escape {
                self.offer(at..end, true)?
            } else if end.saturating_sub(at) >= self.run_min {
                self.mask = scan::mask_of(self.bytes.get(at..end).unwrap_or_default());
                self.offer(at..end, false)?
            } else {
                None
            };
            if let Some(end) = taken {
                self.passed = self.passed.max(end);
            }
            at = taken.unwrap_or(0).max(next);
        }
        Ok(at.max(run.end))
    }

    /// Offers a part of a run to all codecs that are found there, until one takes it.
    fn offer(&mut self, part: Range<usize>, escape: bool) -> Result<Option<usize>, Stop> {
        for codec in CODECS {
            let taken = match codec.find {
                Find::Run(find) if !escape => find(self, part.clone())?,
                Find::Escape(find) if escape => find(self, part.clone())?,
                _ => None,
            };
            if taken.is_some() {
                return Ok(taken);
            }
        }
        Ok(None)
    }

    fn lists(&mut self) -> Result<(), Stop> {
        let mut from = 0;
        while let Some(run) = scan::list_run(self.bytes, from) {
            from = run.end;
            for codec in CODECS {
                if let Find::List(find) = codec.find
                    && let Some(end) = find(self, run.clone())?
                {
                    from = from.max(end);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Yields a payload where it is worth a child, and says whether it was. `blobs`: also where nothing explains it.
    fn yield_worthy(&mut self, codec: &Codec, from: Range<usize>, payload: &[u8], blobs: bool) -> Result<bool, Stop> {
        let Some(format) = worth::of(payload, blobs) else { return Ok(false) };
        self.yield_child(codec, from, format, &mut { payload })?;
        Ok(true)
    }

    /// Yields one decoded payload.
    fn yield_child(&mut self, codec: &Codec, from: Range<usize>, what: &Format, content: &mut dyn Read) -> Result<(), Stop> {
        let from = Span::of(from);
        let Some(left) = self.left.checked_sub(1) else {
            let detail = format!("more than {} payload layers in one content", self.left_at_start);
            self.children.problem(Problem::at(from, ProblemKind::Limit, detail));
            self.capped = true;
            return Err(Stop);
        };
        self.left = left;
        let step = Step::Decoded { from, codec: codec.name.into() };
        let taken = self.children.child(step, b"", Meta::default(), content)?;
        let fact = Fact::new(&vocabulary::DECODE, from, codec.name).with("codec", codec.name).with("bytes", taken);
        self.children.fact(fact.with("format", what.name).with("group", what.group));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
