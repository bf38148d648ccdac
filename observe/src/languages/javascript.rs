//! JavaScript and TypeScript to the neutral form, with the parser of the oxc project
//! (ECMAScript Language Specification; TypeScript Handbook; JSX specification).
//!
//! A source is read as JavaScript with JSX first, then as TypeScript, TypeScript with JSX, and as an old script. Where none
//! of them has it, the damaged statements are left out and those before, between and behind them are read (`damage`).
//!
//! Not handled: types (dropped), the difference between a call and `new`, which of two loops a labelled `break` leaves, and
//! Flow.

use crate::neutral::{Lowered, Module};
use doorward_model::stage::{self, Stage};
use lowering::Lowering;
use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;
use std::borrow::Cow;

mod classes;
mod damage;
mod expressions;
mod lowering;
mod modules;
mod nesting;
mod places;
mod statements;

/// A name or text of the source.
type Text<'a> = Cow<'a, str>;

/// Parses a source and hands its neutral form to `then`.
pub(crate) fn lower(source: &str, then: &mut dyn FnMut(&Module<'_>)) -> Lowered {
    let (base, text) = strip(source);
    if nesting::is_too_deep(text) {
        then(&Module::default());
        return Lowered { too_deep: true, error_at: None };
    }
    let mut error: Option<(u32, SourceType)> = None;
    for kind in kinds() {
        let allocator = Allocator::default();
        let parsed = parse(&allocator, text, kind);
        if let Some(at) = error_of(&parsed) {
            // The reading that gets furthest is the likely one.
            if error.is_none_or(|(furthest, _)| at > furthest) {
                error = Some((at, kind));
            }
            continue;
        }
        return Lowered { too_deep: hand_over(&parsed, text, base, then), error_at: None };
    }
    let (at, kind) = error.unwrap_or((0, SourceType::cjs()));
    let error_at = Some(u32::try_from(base).unwrap_or(u32::MAX).saturating_add(at));
    let rest = damage::without(text, at, |text| error_of(&parse(&Allocator::default(), text, kind)));
    let allocator = Allocator::default();
    let parsed = parse(&allocator, &rest, kind);
    Lowered { too_deep: hand_over(&parsed, &rest, base, then), error_at }
}

/// What a source may be, likeliest first.
fn kinds() -> [SourceType; 4] {
    [SourceType::unambiguous().with_jsx(true), SourceType::ts(), SourceType::ts().with_jsx(true), SourceType::script()]
}

fn parse<'a>(allocator: &'a Allocator, text: &'a str, kind: SourceType) -> ParserReturn<'a> {
    let options = ParseOptions {
        allow_return_outside_function: true,
        preserve_parens: false,
        allow_v8_intrinsics: true,
        enable_ident_hashes: false,
        ..ParseOptions::default()
    };
    let parser = Parser::new(allocator, text, kind).with_options(options);
    stage::during(Stage::Parse, "javascript", text.len(), || parser.parse())
}

/// Where the parser gave up. An error that it got over is none: the tree is whole.
fn error_of(parsed: &ParserReturn<'_>) -> Option<u32> {
    if !parsed.panicked {
        return None;
    }
    let starts = parsed.diagnostics.iter().flat_map(|error| error.labels.iter().map(|label| label.offset()));
    Some(starts.max().unwrap_or(0))
}

fn hand_over(parsed: &ParserReturn<'_>, text: &str, base: usize, then: &mut dyn FnMut(&Module<'_>)) -> bool {
    let mut lowering = Lowering::new(text, u32::try_from(base).unwrap_or(u32::MAX));
    stage::during(Stage::Lower, "javascript", text.len(), || lowering.program(&parsed.program));
    then(&lowering.module);
    lowering.too_deep
}

/// The source without its byte order mark and the line that names its interpreter, and how many bytes these have.
fn strip(source: &str) -> (usize, &str) {
    let text = source.strip_prefix('\u{FEFF}').unwrap_or(source);
    let text = if text.starts_with("#!") { text.find('\n').and_then(|end| text.get(end..)).unwrap_or("") } else { text };
    (source.len().saturating_sub(text.len()), text)
}

#[cfg(test)]
mod tests;
