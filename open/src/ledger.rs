//! The ledger of one container: which of its bytes are explained, and how many problems of a kind were said.
//!
//! It stands between an opener and the owner of the children, so that no opener can forget to account for a byte: whatever it
//! does not claim is found here when it returns.

use crate::fields::{is_zero, offset, size};
use crate::{Children, Stop};
use doorward_model::{Fact, Meta, Problem, ProblemKind, Span, Step};
use std::io::Read;

/// Most problems of one kind that one container says; the others are counted.
const PROBLEMS_PER_KIND_MAX: usize = 100;

/// Most gaps that are carved one by one; what lies behind is carved as one piece.
const GAPS_MAX: usize = 1_000;

/// Passes everything on, and remembers what was accounted for.
pub(crate) struct Ledger<'a> {
    children: &'a mut dyn Children,
    spans: Vec<Span>,
    problems: Vec<(ProblemKind, usize)>,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(children: &'a mut dyn Children) -> Self {
        Self { children, spans: Vec::new(), problems: Vec::new() }
    }

    /// Closes the ledger: says how many problems were not said, and carves every gap that is not all zero.
    ///
    /// Returns false where nothing of the content was explained; then there is nothing to carve it from.
    pub(crate) fn close(mut self, bytes: &[u8]) -> Result<bool, Stop> {
        let spans = std::mem::take(&mut self.spans);
        let gaps = gaps(spans, bytes);
        for (kind, count) in std::mem::take(&mut self.problems) {
            if let Some(more) = count.checked_sub(PROBLEMS_PER_KIND_MAX).filter(|more| *more > 0) {
                self.children.problem(Problem::new(kind, format!("{more} more of this kind")));
            }
        }
        if gaps.first().is_some_and(|gap| gap.len() == offset(bytes.len())) {
            return Ok(false);
        }
        for gap in gaps {
            let detail = format!("the structure does not account for {} of its bytes", gap.len());
            self.children.problem(Problem::at(gap, ProblemKind::Unaccounted, detail));
            self.children.child(Step::Carved { from: gap }, b"", Meta::default(), &mut gap.bytes(bytes))?;
        }
        Ok(true)
    }
}

/// The parts of `bytes` that no span covers and that are not all zero, in order. Zero bytes before one are left out in whole
/// 16s, so that what is carved begins where something begins.
fn gaps(mut spans: Vec<Span>, bytes: &[u8]) -> Vec<Span> {
    spans.sort_unstable();
    let end = offset(bytes.len());
    let mut gaps = Vec::new();
    let mut at = 0;
    for span in spans.into_iter().chain([Span::new(end, end)]) {
        let gap = Span::new(at, span.start.min(end));
        at = at.max(span.end);
        let within = gap.bytes(bytes);
        if gap.is_empty() || is_zero(within) {
            continue;
        }
        let zeros = within.iter().take_while(|byte| **byte == 0).count();
        gaps.push(Span::new(gap.start.saturating_add(offset(zeros & !15)), gap.end));
    }
    if gaps.len() > GAPS_MAX
        && let (Some(first), Some(last)) = (gaps.get(GAPS_MAX).copied(), gaps.last().copied())
    {
        gaps.truncate(GAPS_MAX);
        gaps.push(Span::new(first.start, last.end));
    }
    gaps
}

impl Children for Ledger<'_> {
    fn child(&mut self, step: Step, name: &[u8], meta: Meta, content: &mut dyn Read) -> Result<u64, Stop> {
        self.children.child(step, name, meta, content)
    }

    fn entry(&mut self, step: Step, name: &[u8], meta: Meta, problem: Option<Problem>) -> Result<(), Stop> {
        self.children.entry(step, name, meta, problem)
    }

    fn account(&mut self, span: Span) {
        match self.spans.last_mut() {
            _ if span.is_empty() => {}
            Some(last) if last.end == span.start => last.end = span.end,
            _ => self.spans.push(span),
        }
    }

    fn fact(&mut self, fact: Fact) {
        self.children.fact(fact);
    }

    fn problem(&mut self, problem: Problem) {
        let at = self.problems.iter().position(|(kind, _)| *kind == problem.kind);
        let count = match at.and_then(|at| self.problems.get_mut(at)) {
            Some((_, count)) => {
                *count = count.saturating_add(1);
                *count
            }
            None => {
                self.problems.push((problem.kind, 1));
                1
            }
        };
        if count <= PROBLEMS_PER_KIND_MAX {
            self.children.problem(problem);
        }
    }

    fn passwords(&self) -> &[Box<[u8]>] {
        self.children.passwords()
    }
}

/// Accounts for `range` of the container.
pub(crate) fn account(children: &mut dyn Children, range: std::ops::Range<usize>) {
    children.account(Span::of(range));
}

/// Says a problem with `range` of the container.
pub(crate) fn problem(
    children: &mut dyn Children,
    range: std::ops::Range<usize>,
    kind: ProblemKind,
    detail: impl Into<Box<str>>,
) {
    children.problem(Problem::at(Span::of(range), kind, detail));
}

/// Yields bytes that the format allows and readers skip (comments, extra fields), so that they are examined too.
pub(crate) fn unread(children: &mut dyn Children, bytes: &[u8], from: Span) -> Result<(), Stop> {
    let mut skipped = from.bytes(bytes);
    if size(from.len()) >= UNREAD_BYTES_MIN && !is_zero(skipped) {
        children.child(Step::Carved { from }, b"", Meta::default(), &mut skipped)?;
    }
    Ok(())
}

/// Fewer bytes than this cannot carry a program that anybody would start.
const UNREAD_BYTES_MIN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_what_no_span_covers() {
        let bytes = [[7; 8].as_slice(), &[0; 40], &[7; 16]].concat();
        let check = |spans: &[(u64, u64)], expected: &[(u64, u64)]| {
            let spans = spans.iter().map(|(start, end)| Span::new(*start, *end)).collect();
            let found: Vec<_> = gaps(spans, &bytes).iter().map(|gap| (gap.start, gap.end)).collect();
            assert_eq!(found, expected);
        };
        check(&[], &[(0, 64)]);
        check(&[(0, 64)], &[]);
        check(&[(8, 64), (0, 8)], &[]);
        check(&[(0, 9), (2, 5)], &[(41, 64)]);
        check(&[(0, 8), (48, 64)], &[]);
        check(&[(4, 6)], &[(0, 4), (6, 64)]);
        check(&[(0, 50), (60, 100)], &[(50, 60)]);
        check(&[(0, 200), (300, 400)], &[]);
    }

    #[test]
    fn many_gaps_are_carved_as_one() {
        let bytes = vec![1; 3_000];
        let spans = (0..1_500).map(|at| Span::new(at * 2, at * 2 + 1)).collect();
        let found = gaps(spans, &bytes);
        assert_eq!(found.len(), GAPS_MAX + 1);
        assert_eq!(found.last(), Some(&Span::new(2_001, 3_000)));
    }
}
