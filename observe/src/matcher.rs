//! All patterns of the lexicon and all marks of the observers, searched in one pass over a content.
//!
//! A pattern's regular expression is compiled when one of its literals first hits, and sees only [`REGEX_REACH_BYTES`]
//! before and after the hit. Hits that lie close together are searched together, so that the cost stays linear in the
//! content, whatever it repeats. Each pattern gives at most [`HITS_MAX`] facts a content: more would say nothing new.

use crate::comments;
use crate::literals::{Literals, Text};
use doorward_model::{Pattern, REGEX_REACH_BYTES};
use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;
use regex_automata::{Input, nfa::thompson::WhichCaptures};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

/// Most facts of one pattern in one content.
pub(crate) const HITS_MAX: usize = 256;

/// Most hits that are searched once more on their own, for one match.
const ALONE_MAX: usize = 4;

/// Most bytes that the automaton of one regular expression may take, and most for its cache.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// Patterns and marks, compiled.
pub(crate) struct Matcher {
    literals: Literals,
    /// Who looks for each literal.
    owners: Vec<Vec<Owner>>,
    /// Lengths of the literals, in bytes.
    lengths: Vec<usize>,
    patterns: Vec<Compiled>,
}

/// Who looks for a literal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    /// A pattern of the lexicon.
    Pattern(usize),
    /// A mark: the index of its observer and its own.
    Mark(usize, usize),
}

struct Compiled {
    regex: Option<Lazy>,
    whole_word: bool,
}

struct Lazy {
    source: Box<str>,
    ignore_case: bool,
    compiled: OnceLock<Result<Regex, String>>,
}

/// A mark that was found.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    /// Index of the observer.
    pub observer: usize,
    /// Index of the mark.
    pub mark: usize,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset of the byte behind it.
    pub end: usize,
}

/// What the patterns found in one content.
#[derive(Default)]
pub(crate) struct Hits {
    /// Pattern and span; spans of one pattern do not overlap.
    pub hits: Vec<(usize, Range<usize>)>,
    /// Patterns whose regular expression does not compile, and why.
    pub broken: Vec<(usize, String)>,
}

/// What one pattern has found so far.
#[derive(Default)]
struct Progress {
    spans: Vec<Range<usize>>,
    /// Hits of literals that wait for the regular expression, all within its reach of the first.
    waiting: Vec<Range<usize>>,
}

impl Matcher {
    /// Compiles patterns, and for each observer its marks.
    ///
    /// # Errors
    /// A pattern without literals, or with one that is too short.
    pub(crate) fn new(patterns: &[Pattern], marks: &[&[&[u8]]]) -> Result<Self, String> {
        let mut owners: BTreeMap<Text, Vec<Owner>> = BTreeMap::new();
        for (index, pattern) in patterns.iter().enumerate() {
            if pattern.literals.is_empty() {
                return Err(format!("pattern {index} has no literal"));
            }
            for literal in &pattern.literals {
                let text = Text { bytes: literal.clone(), ignore_case: pattern.ignore_case };
                owners.entry(text).or_default().push(Owner::Pattern(index));
            }
        }
        for (observer, marks) in marks.iter().enumerate() {
            for (mark, bytes) in marks.iter().enumerate() {
                let text = Text { bytes: (*bytes).into(), ignore_case: false };
                owners.entry(text).or_default().push(Owner::Mark(observer, mark));
            }
        }
        let (texts, mut owners): (Vec<_>, Vec<_>) = owners.into_iter().unzip();
        owners.iter_mut().for_each(|owners| owners.dedup());
        let lengths = texts.iter().map(|text| text.bytes.len()).collect();
        let patterns = patterns.iter().map(|pattern| Compiled {
            regex: pattern.regex.as_ref().map(|source| Lazy {
                source: source.clone(),
                ignore_case: pattern.ignore_case,
                compiled: OnceLock::new(),
            }),
            whole_word: pattern.whole_word,
        });
        Ok(Self { literals: Literals::new(texts)?, owners, lengths, patterns: patterns.collect() })
    }

    /// One pass: calls `marked` for every mark, in order, and gives what the patterns found outside of lines that begin with
    /// `comment`.
    pub(crate) fn search(&self, bytes: &[u8], comment: &[u8], mut marked: impl FnMut(Found)) -> Hits {
        let mut progress: BTreeMap<usize, Progress> = BTreeMap::new();
        let mut broken = Vec::new();
        self.literals.each(bytes, |literal, start| {
            let end = start.saturating_add(self.lengths.get(literal).copied().unwrap_or_default());
            for owner in self.owners.get(literal).into_iter().flatten() {
                match *owner {
                    Owner::Mark(observer, mark) => marked(Found { observer, mark, start, end }),
                    Owner::Pattern(index) => {
                        let Some(pattern) = self.patterns.get(index) else { continue };
                        let fits = !pattern.whole_word || is_whole_word(bytes, start, end);
                        if fits && !comments::holds(bytes, comment, start) {
                            pattern.take(index, bytes, start..end, progress.entry(index).or_default(), &mut broken);
                        }
                    }
                }
            }
        });
        let mut hits = Vec::new();
        for (index, mut progress) in progress {
            if let Some(pattern) = self.patterns.get(index) {
                pattern.flush(index, bytes, &mut progress, &mut broken);
            }
            hits.extend(without_overlaps(progress.spans).into_iter().map(|span| (index, span)));
        }
        Hits { hits, broken }
    }
}

/// Whether a pattern can be searched for.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check(pattern: &Pattern) -> Result<(), String> {
    Matcher::new(std::slice::from_ref(pattern), &[])?;
    match &pattern.regex {
        Some(source) => compile(source, pattern.ignore_case).map(|_| ()),
        None => Ok(()),
    }
}

impl Compiled {
    fn take(&self, index: usize, bytes: &[u8], hit: Range<usize>, progress: &mut Progress, broken: &mut Vec<(usize, String)>) {
        if progress.spans.len() >= HITS_MAX.saturating_mul(2) {
            return;
        }
        if self.regex.is_none() {
            progress.spans.push(hit);
            return;
        }
        let first = progress.waiting.first().map_or(hit.start, |first| first.start);
        if hit.start > first.saturating_add(REGEX_REACH_BYTES) {
            self.flush(index, bytes, progress, broken);
        }
        progress.waiting.push(hit);
    }

    /// Runs the regular expression around the hits that wait.
    fn flush(&self, index: usize, bytes: &[u8], progress: &mut Progress, broken: &mut Vec<(usize, String)>) {
        let mut waiting = std::mem::take(&mut progress.waiting);
        let (Some(from), Some(to)) = (waiting.iter().map(|hit| hit.start).min(), waiting.iter().map(|hit| hit.end).max()) else {
            return;
        };
        let Some(lazy) = &self.regex else { return };
        let regex = match lazy.compiled.get_or_init(|| compile(&lazy.source, lazy.ignore_case)) {
            Ok(regex) => regex,
            Err(why) => {
                if !broken.iter().any(|(known, _)| *known == index) {
                    broken.push((index, why.clone()));
                }
                return;
            }
        };
        waiting.sort_by_key(|hit| (hit.start, hit.end));
        let mut next = 0_usize;
        for found in regex.find_iter(Input::new(bytes).span(reach(from, to, bytes.len()))) {
            let found = found.range();
            // Matches come in order, so hits that end before this one are done with.
            let ahead = waiting.get(next..).unwrap_or_default();
            next = next.saturating_add(ahead.iter().take_while(|hit| hit.end <= found.start).count());
            let ahead = waiting.get(next..).unwrap_or_default();
            let hits = ahead.iter().take_while(|hit| hit.start < found.end).filter(|hit| found.start < hit.end);
            if hits.clone().any(|hit| within(&found, &reach(hit.start, hit.end, bytes.len()))) {
                progress.spans.push(found);
                continue;
            }
            // It ran past what one hit may reach, because neighbours widened the window: some hits once more, each alone.
            let mut from = 0_usize;
            let mut left = ALONE_MAX;
            for hit in hits {
                if hit.start < from || left == 0 {
                    continue;
                }
                left = left.saturating_sub(1);
                let alone = Input::new(bytes).span(reach(hit.start, hit.end, bytes.len()));
                let mut found = regex.find_iter(alone).map(|found| found.range());
                let found = found.find(|found| hit.start < found.end && found.start < hit.end);
                from = found.as_ref().map_or(hit.end, |found| found.end);
                progress.spans.extend(found);
            }
        }
    }
}

fn within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The bytes that a regular expression may see around a hit.
fn reach(start: usize, end: usize, len: usize) -> Range<usize> {
    start.saturating_sub(REGEX_REACH_BYTES)..end.saturating_add(REGEX_REACH_BYTES).min(len)
}

fn compile(source: &str, ignore_case: bool) -> Result<Regex, String> {
    let config = Config::new()
        .utf8_empty(false)
        .which_captures(WhichCaptures::Implicit)
        .nfa_size_limit(Some(REGEX_BYTES_MAX))
        .onepass_size_limit(Some(REGEX_BYTES_MAX))
        .hybrid_cache_capacity(REGEX_BYTES_MAX)
        .dfa(false);
    let syntax = syntax::Config::new().unicode(false).utf8(false).multi_line(true).case_insensitive(ignore_case);
    Regex::builder().configure(config).syntax(syntax).build(source).map_err(|error| {
        let mut why = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            why = format!("{why}: {error}");
            cause = error.source();
        }
        why
    })
}

/// Whether a literal's own edges are edges of words: a letter, digit or underscore at its end has none beside it.
fn is_whole_word(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_word = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
    };
    let before = is_word(start.checked_sub(1)) && is_word(Some(start));
    let after = is_word(end.checked_sub(1)) && is_word(Some(end));
    !before && !after
}

/// The first of each group of overlapping spans, the longest of those with one start; at most [`HITS_MAX`].
fn without_overlaps(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut end = 0;
    spans.retain(|span| {
        let apart = span.start >= end && span.end > span.start;
        if apart {
            end = span.end;
        }
        apart
    });
    spans.truncate(HITS_MAX);
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(literals: &[&str], regex: Option<&str>, ignore_case: bool, whole_word: bool) -> Pattern {
        let literals = literals.iter().map(|literal| literal.as_bytes().into()).collect();
        Pattern { literals, regex: regex.map(Into::into), ignore_case, whole_word }
    }

    fn hits(pattern: Pattern, text: &[u8]) -> Vec<String> {
        let found = Matcher::new(&[pattern], &[]).unwrap().search(text, b"", |_| ());
        assert!(found.broken.is_empty());
        found.hits.into_iter().map(|(_, span)| String::from_utf8_lossy(&text[span]).into_owned()).collect()
    }

    #[test]
    fn literals_hit_once_each_place() {
        #[rustfmt::skip]
        let cases: [(Pattern, &str, &[&str]); 10] = [
            (pattern(&["curl", "curl -s"], None, false, false), "curl -s | curl", &["curl -s", "curl"]),
            (pattern(&["aaa"], None, false, false), "aaaaaaa", &["aaa", "aaa"]),
            (pattern(&["Eval"], None, true, false), "eVAL EVAL", &["eVAL", "EVAL"]),
            (pattern(&["Eval"], None, false, false), "eVAL Eval", &["Eval"]),
            (pattern(&["eval"], None, false, true), "medieval eval evaluate _eval eval.", &["eval", "eval"]),
            (pattern(&["curl "], None, false, true), "curl http xcurl x", &["curl "]),
            (pattern(&["base64"], Some(r"base64\s+-d\b"), false, false), "base64  -d base64 -x base64 -d", &["base64  -d", "base64 -d"]),
            (pattern(&["/tcp/"], Some(r"/dev/tcp/[0-9.]+/\d+"), false, false), ">& /dev/tcp/10.0.0.1/4 /tcp/", &["/dev/tcp/10.0.0.1/4"]),
            (pattern(&["abc"], Some(r"ABC$"), true, false), "abc\nabcd", &["abc"]),
            (pattern(&["abc"], Some(r"xyz"), true, false), "xyz abc", &[]),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(hits(pattern.clone(), text.as_bytes()), expected, "{pattern:?} {text}");
        }
    }

    #[test]
    fn comments_are_not_searched() {
        let matcher = Matcher::new(&[pattern(&["eval("], None, false, false)], &[]).unwrap();
        let text = [b"# eval(\n".repeat(HITS_MAX * 4), b"x = 1; eval(".to_vec()].concat();
        assert_eq!(matcher.search(&text, b"#", |_| ()).hits, [(0, text.len() - 5..text.len())]);
        assert_eq!(matcher.search(&text, b"", |_| ()).hits.len(), HITS_MAX);
    }

    #[test]
    fn a_regex_sees_its_reach_and_no_more() {
        let far = |gap: usize| [b"begin".to_vec(), vec![b'.'; gap], b"end".to_vec()].concat();
        let both = || pattern(&["begin"], Some("(?s)begin.*end"), false, false);
        assert_eq!(hits(both(), &far(1000)).len(), 1);
        assert_eq!(hits(both(), &far(1022)).len(), 0);
        // A neighbour's window must not let a hit reach further than it may alone.
        let text = [b"begin-end".to_vec(), vec![b'.'; 600], b"begin".to_vec(), vec![b'.'; 1500], b"end".to_vec()].concat();
        assert_eq!(hits(both(), &text), ["begin-end"]);
        let text = [b"begin".to_vec(), vec![b'.'; 600], b"begin-end".to_vec(), vec![b'.'; 1500], b"end".to_vec()].concat();
        assert_eq!(hits(both(), &text).len(), 1);
    }

    #[test]
    fn many_hits_are_cut_and_stay_linear() {
        let text = b"eval(".repeat(1_000_000);
        assert_eq!(hits(pattern(&["eval("], None, false, false), &text).len(), HITS_MAX);
        let started = std::time::Instant::now();
        assert_eq!(hits(pattern(&["eval("], Some(r"eval\(.*atob\("), false, false), &text).len(), 0);
        assert!(started.elapsed().as_secs() < 20);
    }

    #[test]
    fn marks_and_patterns_share_the_pass() {
        let marks: [&[&[u8]]; 2] = [&[b"://"], &[b"ghp_", b"://"]];
        let matcher = Matcher::new(&[pattern(&["http://"], None, false, false)], &marks).unwrap();
        let mut found = Vec::new();
        let hits = matcher.search(b"http://a ghp_", b"", |mark| found.push((mark.observer, mark.mark, mark.start, mark.end)));
        assert_eq!(found, [(0, 0, 4, 7), (1, 1, 4, 7), (1, 0, 9, 13)]);
        assert_eq!(hits.hits, [(0, 0..7)]);
    }

    #[test]
    fn what_does_not_compile_is_said() {
        assert!(check(&pattern(&["abc"], Some("abc"), false, false)).is_ok());
        for broken in [
            pattern(&["abc"], Some("abc("), false, false),
            pattern(&["ab"], None, false, false),
            pattern(&[], None, false, false),
        ] {
            assert!(check(&broken).is_err(), "{broken:?}");
        }
        assert!(check(&pattern(&["abc"], Some(r"(abc[^a]{500}){500}"), false, false)).is_err());
        let broken = Matcher::new(&[pattern(&["abc"], Some("abc("), false, false)], &[]).unwrap().search(b"abc abc", b"", |_| ());
        assert_eq!(broken.broken.len(), 1);
    }
}
