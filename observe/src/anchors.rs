//! The end of an observation: facts are sorted, cut to the limit, and given their line, column and excerpt, without secrets.

use crate::mask::Mask;
use doorward_model::{Anchor, EXCERPT_BYTES_MAX, Fact, Span, Summary, TOLD_BYTES_MAX, Told, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of an excerpt before its fact, where its line is longer than an excerpt.
const LEAD_BYTES: usize = 60;

/// Most steps of one file whose lines are kept for the other files.
const PLACES_MAX: usize = 256;

/// Sorts facts by span, then name, then arguments, and drops what is said twice.
pub(crate) fn sort(facts: &mut Vec<Fact>) {
    facts.sort_by(|a, b| {
        (a.span, a.kind.name).cmp(&(b.span, b.kind.name)).then_with(|| order(&a.args, &b.args)).then_with(|| a.by.cmp(&b.by))
    });
    facts.dedup();
}

fn order(a: &[(&str, Value)], b: &[(&str, Value)]) -> std::cmp::Ordering {
    let args = a.iter().zip(b).map(|((a, left), (b, right))| a.cmp(b).then_with(|| order_of_values(left, right)));
    args.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then(a.len().cmp(&b.len()))
}

fn order_of_values(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        // The rest is rare, and its printed form is as good an order as any.
        _ => format!("{a:?}").cmp(&format!("{b:?}")),
    }
}

/// Cuts sorted facts to `facts_max`, and says how many went. The most numerous kinds lose first, so that none drowns another;
/// of a kind, the first in the content stay. Each pattern of the lexicon counts as a kind.
pub(crate) fn cap(facts: &mut Vec<Fact>, facts_max: usize) -> usize {
    let dropped = facts.len().saturating_sub(facts_max);
    if dropped == 0 {
        return 0;
    }
    let mut counts: BTreeMap<(&str, i64), usize> = BTreeMap::new();
    for fact in facts.iter() {
        let count = counts.entry(group(fact)).or_default();
        *count = count.saturating_add(1);
    }
    let most = most_each(counts.values().copied().collect(), facts_max);
    let mut kept: BTreeMap<(&str, i64), usize> = BTreeMap::new();
    facts.retain(|fact| {
        let kept = kept.entry(group(fact)).or_default();
        *kept = kept.saturating_add(1);
        *kept <= most
    });
    // What the rounding left over is too little to be shared out.
    facts.truncate(facts_max);
    dropped
}

fn group(fact: &Fact) -> (&'static str, i64) {
    (fact.kind.name, fact.number("id").unwrap_or_default())
}

/// How many of each group may stay so that all together are at most `total`; at least one.
fn most_each(mut counts: Vec<usize>, total: usize) -> usize {
    counts.sort_unstable();
    let mut left = total;
    let mut groups = counts.len();
    for count in counts {
        let share = left.checked_div(groups).unwrap_or_default();
        if count > share {
            return share.max(1);
        }
        left = left.saturating_sub(count);
        groups = groups.saturating_sub(1);
    }
    usize::MAX
}

/// Fills in the lines of the ways that data take. The ends of lines are listed once, and only where there is a way.
pub(crate) fn fill_ways(bytes: &[u8], facts: &mut [Fact], mask: &Mask) {
    let mut ends: Option<Vec<usize>> = None;
    for fact in facts.iter_mut().filter(|fact| !fact.way.is_empty()) {
        let ends = ends.get_or_insert_with(|| memchr::memchr_iter(b'\n', bytes).collect());
        for (told, site) in fact.way.iter_mut().zip(&fact.steps).filter(|(_, site)| site.content.is_none()) {
            fill_step(bytes, ends, site.span, told, mask);
        }
    }
}

/// The line of a step, or of a long one what stands around it.
fn fill_step(bytes: &[u8], ends: &[usize], span: Span, told: &mut Told, mask: &Mask) {
    let at = usize::try_from(span.start).unwrap_or(usize::MAX).min(bytes.len());
    let before = ends.partition_point(|end| *end < at);
    let start = before.checked_sub(1).and_then(|line| ends.get(line)).map_or(0, |end| end.saturating_add(1));
    let end = ends.get(before).copied().unwrap_or(bytes.len());
    let from = if end.saturating_sub(start) <= TOLD_BYTES_MAX { start } else { start.max(at.saturating_sub(LEAD_BYTES / 2)) };
    let to = end.min(from.saturating_add(TOLD_BYTES_MAX));
    told.line = u32::try_from(before.saturating_add(1)).unwrap_or(u32::MAX);
    told.text = mask.excerpt(bytes, from..to).trim_ascii().into();
}

/// The lines of the steps that other files may join, each once.
pub(crate) fn places(bytes: &[u8], summary: &Summary, mask: &Mask) -> Box<[(Span, Told)]> {
    let steps = summary.ways.iter().flat_map(|way| way.steps.iter().copied());
    let spans: BTreeSet<Span> = steps.chain(summary.sinks.iter().map(|sink| sink.span)).collect();
    if spans.is_empty() || summary.ways.is_empty() {
        return Box::default();
    }
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', bytes).collect();
    let tell = |span: Span| {
        let mut told = Told::default();
        fill_step(bytes, &ends, span, &mut told, mask);
        (span, told)
    };
    spans.into_iter().take(PLACES_MAX).map(tell).collect()
}

/// Fills the anchors of sorted facts and masks secrets in them. Lines are counted once from the first fact to the last.
pub(crate) fn fill(bytes: &[u8], is_text: bool, facts: &mut [Fact], mask: &Mask) {
    let mut lines = Lines::default();
    for fact in facts {
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let (start, end) = (at(fact.span.start), at(fact.span.end));
        mask.fact(bytes, fact);
        fact.anchor = if is_text {
            lines.advance(bytes, start);
            let (from, to) = line_around(bytes, lines.start, start);
            Anchor {
                line: u32::try_from(lines.number).unwrap_or(u32::MAX),
                column: u32::try_from(start.saturating_sub(lines.start).saturating_add(1)).unwrap_or(u32::MAX),
                excerpt: mask.excerpt(bytes, from..to),
                start: u64::try_from(from).unwrap_or(u64::MAX),
            }
        } else {
            let whole = start == 0 && end == bytes.len();
            let from = start.saturating_sub(16);
            let to =
                if whole { from } else { end.saturating_add(16).min(from.saturating_add(EXCERPT_BYTES_MAX)).min(bytes.len()) };
            let start = u64::try_from(from).unwrap_or(u64::MAX);
            Anchor { line: 0, column: 0, excerpt: mask.excerpt(bytes, from..to), start }
        };
    }
}

/// Where the line of the last fact starts, and its number.
struct Lines {
    at: usize,
    start: usize,
    number: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self { at: 0, start: 0, number: 1 }
    }
}

impl Lines {
    /// Moves to the line of an offset that is not before the last one.
    fn advance(&mut self, bytes: &[u8], to: usize) {
        let between = bytes.get(self.at..to).unwrap_or_default();
        if let Some(last) = memchr::memrchr(b'\n', between) {
            self.number = self.number.saturating_add(memchr::memchr_iter(b'\n', between).count());
            self.start = self.at.saturating_add(last).saturating_add(1);
        }
        self.at = self.at.max(to);
    }
}

/// The part of the line around `at` that an excerpt shows. No character is cut in two.
fn line_around(bytes: &[u8], line: usize, at: usize) -> (usize, usize) {
    let window = |from: usize| bytes.get(from..from.saturating_add(EXCERPT_BYTES_MAX).min(bytes.len())).unwrap_or_default();
    let line_end = |from: usize| {
        let rest = bytes.get(at..from.saturating_add(EXCERPT_BYTES_MAX).min(bytes.len())).unwrap_or_default();
        memchr::memchr(b'\n', rest).map(|len| at.saturating_add(len))
    };
    // The whole line where it fits, else a window around the fact.
    let from = if line_end(line).is_some() || (line.saturating_add(EXCERPT_BYTES_MAX) >= bytes.len()) {
        line
    } else {
        line.max(at.saturating_sub(LEAD_BYTES))
    };
    let is_inner = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let from = (from..=at).take(4).find(|from| !is_inner(*from)).unwrap_or(from);
    let cut = from.saturating_add(window(from).len());
    let mut to = line_end(from).unwrap_or(cut);
    if to == cut {
        to = (0..4).map(|back| cut.saturating_sub(back)).find(|to| !is_inner(*to)).unwrap_or(cut).max(from);
    }
    if to > from && bytes.get(to.saturating_sub(1)) == Some(&b'\r') {
        to = to.saturating_sub(1);
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::{Span, vocabulary};

    fn anchored(text: &[u8], spans: &[std::ops::Range<usize>]) -> Vec<(u32, u32, String, u64)> {
        let mut facts: Vec<_> =
            spans.iter().map(|span| Fact::new(&vocabulary::PATTERN, Span::of(span.clone()), "test")).collect();
        sort(&mut facts);
        fill(text, true, &mut facts, &Mask::default());
        let shown = |fact: Fact| {
            let excerpt = String::from_utf8(fact.anchor.excerpt.into()).unwrap();
            (fact.anchor.line, fact.anchor.column, excerpt, fact.anchor.start)
        };
        facts.into_iter().map(shown).collect()
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = b"one\r\ntwo three\n\nfour";
        let found = anchored(text, &[5..8, 9..14, 0..3, 16..20, 20..20, 15..15]);
        let expected = [
            (1, 1, "one".into(), 0),
            (2, 1, "two three".into(), 5),
            (2, 5, "two three".into(), 5),
            (3, 1, String::new(), 15),
            (4, 1, "four".into(), 16),
            (4, 5, "four".into(), 16),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let text = "\u{20ac}".repeat(1000);
        for at in [0, 60, 300, 1499, 2700, 2997] {
            let found = &anchored(text.as_bytes(), std::slice::from_ref(&(at..at + 3)))[0];
            assert!(found.2.len() <= EXCERPT_BYTES_MAX && !found.2.is_empty(), "{at}");
            assert!(found.3 as usize <= at && at < found.3 as usize + found.2.len(), "{at} {}", found.3);
            assert_eq!((found.0, found.1), (1, at as u32 + 1));
        }
    }

    #[test]
    fn the_most_numerous_kinds_lose_first() {
        let mut facts = Vec::new();
        for at in 0..100 {
            facts.push(Fact::new(&vocabulary::URL, Span::of(at..at + 1), "test"));
        }
        for at in 90..95 {
            facts.push(Fact::new(&vocabulary::PATTERN, Span::of(at..at + 1), "test").with("id", 3_usize));
            facts.push(Fact::new(&vocabulary::ADDRESS, Span::of(at..at + 1), "test"));
        }
        sort(&mut facts);
        assert_eq!(cap(&mut facts, 50), 60);
        let count = |kind: &str| facts.iter().filter(|fact| fact.kind.name == kind).count();
        assert_eq!((count("url"), count("pattern"), count("address")), (40, 5, 5));
        assert_eq!(facts.iter().filter(|fact| fact.kind.name == "url").map(|fact| fact.span.start).max(), Some(39));
        assert_eq!(cap(&mut facts, 2), 48);
        assert_eq!(facts.len(), 2);
        assert_eq!(cap(&mut facts, 2), 0);
    }
}
