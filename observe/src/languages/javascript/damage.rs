//! What is left of a source that has errors: the damaged statements at its top level are blanked, offsets stay.
//!
//! A statement begins where a line does that is not indented and does not go on with the one before. The parser itself says what
//! is damaged: the longest beginning that it reads ends where the damage starts. Damage inside a function takes the function.
//! Not handled: sources of one line, and more damage than [`REPAIRS_MAX`] times.

/// Most damaged statements that are left out.
const REPAIRS_MAX: usize = 8;

/// Most beginnings of a source that are tried for each.
const CUTS_MAX: usize = 8;

/// The source without its damaged statements; `error` says where a text has its first error. What it returns has none.
pub(super) fn without(text: &str, error_at: u32, error: impl Fn(&str) -> Option<u32>) -> String {
    let mut rest = text.to_owned();
    let mut at = error_at;
    let mut whole = 0;
    for _ in 0..REPAIRS_MAX {
        let end = usize::try_from(at).unwrap_or(usize::MAX).min(rest.len());
        let reads = |cut: &usize| error(rest.get(..*cut).unwrap_or_default()).is_none();
        let Some(start) =
            begins_before(&rest, end).into_iter().filter(|cut| *cut >= whole).find(reads).or((whole == 0).then_some(0))
        else {
            break;
        };
        let damaged = start..begin_behind(&rest, start);
        blank(&mut rest, damaged);
        whole = start;
        match error(&rest) {
            None => return rest,
            Some(next) => at = next,
        }
    }
    // Too much is damaged: what comes before it stays.
    rest.truncate(whole);
    if error(&rest).is_some() {
        rest.clear();
    }
    rest
}

/// Whether a statement can begin at an offset that begins a line.
fn begins_statement(text: &str, at: usize) -> bool {
    let next = text.as_bytes().get(at).copied().unwrap_or(b' ');
    !matches!(next, b' ' | b'\t' | b'\r' | b'\n' | b'}' | b')' | b']' | b'.' | b',' | b'+' | b'?' | b':' | b'`')
}

/// Begins of statements before an offset, nearest first.
fn begins_before(text: &str, end: usize) -> Vec<usize> {
    let before = text.as_bytes().get(..end).unwrap_or_default();
    let lines = memchr::memrchr_iter(b'\n', before).map(|at| at.saturating_add(1));
    lines.filter(|at| begins_statement(text, *at)).take(CUTS_MAX).collect()
}

/// The next begin of a statement behind one.
fn begin_behind(text: &str, start: usize) -> usize {
    let behind = text.as_bytes().get(start..).unwrap_or_default();
    let mut lines = memchr::memchr_iter(b'\n', behind).map(|at| start.saturating_add(at).saturating_add(1));
    lines.find(|at| begins_statement(text, *at)).unwrap_or(text.len())
}

/// Puts blanks in the place of a range, line ends apart.
fn blank(text: &mut String, range: std::ops::Range<usize>) {
    let Some(damaged) = text.get(range.clone()) else { return };
    let blanks: String = damaged.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(range, &blanks);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stands for a parser: `!` is an error, and so is `{` without `}`, at the end of the text.
    fn error(text: &str) -> Option<u32> {
        let open = text.matches('{').count() > text.matches('}').count();
        text.find('!').or(open.then_some(text.len())).and_then(|at| u32::try_from(at).ok())
    }

    #[test]
    fn statements_around_the_damage_stay() {
        let cases = [
            ("a\nb!\nc\n", "a\n  \nc\n"),
            ("a!\nb\nc!\nd", "  \nb\n  \nd"),
            ("a\nf {\n  x!\n}\nb\n", "a\n   \n    \n \nb\n"),
            ("a\nf {\n  x\nb\nc", "a\n   \n   \nb\nc"),
            ("!", " "),
            ("a {", "   "),
        ];
        for (text, expected) in cases {
            assert_eq!(without(text, error(text).unwrap(), error), expected, "{text:?}");
        }
        let much = "a\n!\n".repeat(20);
        let left = without(&much, error(&much).unwrap(), error);
        assert!(error(&left).is_none() && left.contains('a'), "{left:?}");
    }
}
