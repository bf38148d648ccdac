//! Where the functions of a content stand, so that what is seen by its bytes alone belongs to one, too.

use crate::observers::names;
use doorward_model::{Fact, Span};

/// The functions of a content: its own code is number 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bodies {
    /// Span and number, by start and the longest first.
    spans: Vec<(Span, u32)>,
}

impl Bodies {
    /// Functions by their spans, the content's own code first.
    pub(crate) fn new(spans: impl Iterator<Item = Span>) -> Self {
        let mut spans: Vec<(Span, u32)> = spans.zip(0..).skip(1).collect();
        spans.sort_by_key(|(span, number)| (span.start, std::cmp::Reverse(span.end), *number));
        Self { spans }
    }

    /// Says of facts the innermost function around them, unless code was followed to them. Facts come sorted by their spans.
    pub(crate) fn enclose(&self, facts: &mut [Fact]) {
        let mut inside: Vec<(Span, u32)> = Vec::new();
        let mut next = self.spans.iter().peekable();
        for fact in facts.iter_mut().filter(|fact| fact.function == 0 && &*fact.by != names::MEANING) {
            while let Some(body) = next.next_if(|(span, _)| span.start <= fact.span.start) {
                while inside.pop_if(|(span, _)| span.end <= body.0.start).is_some() {}
                inside.push(*body);
            }
            while inside.pop_if(|(span, _)| span.end <= fact.span.start).is_some() {}
            let around = inside.iter().rev().find(|(span, _)| span.end >= fact.span.end);
            fact.function = around.map_or(0, |(_, number)| *number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::vocabulary;

    #[test]
    fn the_innermost_function_encloses() {
        let spans = [0..100, 10..50, 20..30, 30..40, 60..70];
        let bodies = Bodies::new(spans.into_iter().map(|span| Span::new(span.start, span.end)));
        let fact = |at: u64| Fact::new(&vocabulary::PATTERN, Span::new(at, at + 1), "test");
        let mut facts: Vec<Fact> = [5, 10, 19, 20, 29, 30, 45, 50, 65, 99].into_iter().map(fact).collect();
        bodies.enclose(&mut facts);
        let functions: Vec<u32> = facts.iter().map(|fact| fact.function).collect();
        assert_eq!(functions, [0, 1, 1, 2, 2, 3, 1, 0, 4, 0]);
        let mut wide = [Fact::new(&vocabulary::PATTERN, Span::new(25, 45), "test")];
        bodies.enclose(&mut wide);
        assert_eq!(wide[0].function, 1);
    }
}
