//! Code far to the right of what an editor shows: behind a long run of blanks on a line. Such a run is at least
//! [`BLANKS_MIN`] columns wide behind visible code, and twice as wide at a line's start, where deep nesting is ordinary.
//! Not handled: blanks beyond ASCII.

use super::Subject;
use crate::sink::span;
use crate::{Facts, observers::names};
use doorward_model::{Fact, vocabulary};

/// Columns of a run that hides what follows; a tab counts for [`TAB_COLUMNS`].
const BLANKS_MIN: usize = 120;
const TAB_COLUMNS: usize = 4;

/// No such run can lie between two places this far apart: it has at least as many bytes, were they all tabs.
const STRIDE: usize = 30;

/// Most bytes of what stands there that a fact shows.
const CODE_BYTES_MAX: usize = 120;

/// Looks at every place where a long run would be met.
pub(crate) fn observe(subject: &Subject, facts: &mut Facts) {
    let bytes = subject.bytes;
    let is_blank: fn(&u8) -> bool = |byte| matches!(byte, b' ' | b'\t');
    let mut at = STRIDE.saturating_sub(1);
    while let Some(byte) = bytes.get(at) {
        // A run of that length goes on for half of it before or behind.
        let half = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(is_blank);
        let long = half(at.checked_sub(STRIDE.div_ceil(2).saturating_sub(1))) || half(at.checked_add(STRIDE.div_ceil(2)));
        if !is_blank(byte) || !long {
            at = at.saturating_add(STRIDE);
            continue;
        }
        let before = bytes.get(..at).unwrap_or_default().iter().rev().take_while(|byte| is_blank(byte)).count();
        let after = bytes.get(at..).unwrap_or_default().iter().take_while(|byte| is_blank(byte)).count();
        let (start, end) = (at.saturating_sub(before), at.saturating_add(after));
        run(bytes, start, end, facts);
        at = end.saturating_add(STRIDE.saturating_sub(1));
    }
}

/// Judges one run of blanks.
fn run(bytes: &[u8], start: usize, end: usize, facts: &mut Facts) {
    let blanks = bytes.get(start..end).unwrap_or_default();
    let tabs = memchr::memchr_iter(b'\t', blanks).count();
    let columns = blanks.len().saturating_add(tabs.saturating_mul(TAB_COLUMNS.saturating_sub(1)));
    let leads = start == 0 || matches!(start.checked_sub(1).and_then(|at| bytes.get(at)), Some(b'\n' | b'\r'));
    let least = if leads { BLANKS_MIN.saturating_mul(2) } else { BLANKS_MIN };
    if columns < least {
        return;
    }
    let rest = bytes.get(end..).unwrap_or_default();
    let line = rest.get(..memchr::memchr2(b'\n', b'\r', rest.get(..CODE_BYTES_MAX).unwrap_or(rest)).unwrap_or(CODE_BYTES_MAX));
    let code = line.unwrap_or(rest);
    if !is_code(code) {
        return;
    }
    let fact = Fact::new(&vocabulary::TEXT_FAR_RIGHT, span(start, end.saturating_add(code.len())), names::FAR_RIGHT);
    facts.push(fact.with("blanks", columns).with("code", code));
}

/// Whether it does something: it is no comment, no mark that a line goes on, and no border of a box or table.
fn is_code(text: &[u8]) -> bool {
    let comment = text.starts_with(b"#") || text.starts_with(b"//") || text.starts_with(b"--") || text.starts_with(b";;");
    let closed = text.starts_with(b"/*") && text.trim_ascii_end().ends_with(b"*/");
    let border = matches!(text.first(), Some(b'|' | b'*' | b'%'));
    let word = text.windows(3).any(|window| window.iter().all(u8::is_ascii_alphabetic));
    !comment && !closed && !border && word
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn code_behind_blanks_is_seen() {
        let (far, tabs, near) = (" ".repeat(150), "\t".repeat(31), " ".repeat(100));
        #[rustfmt::skip]
        let cases: &[(String, &[&str])] = &[
            (format!("import os{far};exec(x)\nb"), &["blanks=150 code=;exec(x)"]),
            (format!("import os{tabs};exec(x)"), &["blanks=124 code=;exec(x)"]),
            (format!("a\n{far}{far}eval(x)\n"), &["blanks=300 code=eval(x)"]),
            (format!("a\n{far}nested()\n"), &[]),
            (format!("import os{near};exec(x)"), &[]),
            (format!("import os{far}\nexec(x)"), &[]),
            (format!("a = 1{far}# a comment\n#define A{far}\\\n* box{far}*\nx{far}/* note */"), &[]),
        ];
        for (text, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|line| format!("text.far-right {line}")).collect();
            assert_eq!(seen("python", text.as_bytes(), &["text.far-right"]), expected, "{text:?}");
            assert!(seen("text", text.as_bytes(), &["text.far-right"]).is_empty());
        }
    }

    #[test]
    fn a_run_is_found_wherever_it_starts() {
        for lead in 1..70 {
            let text = format!("{}{};exec(x)", "x".repeat(lead), " ".repeat(120));
            assert_eq!(seen("python", text.as_bytes(), &["text.far-right"]).len(), 1, "{lead}");
        }
    }
}
