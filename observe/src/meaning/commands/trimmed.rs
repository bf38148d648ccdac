//! What is left of a shell's value without a beginning or an end: `${x#word}`, `${x##word}`, `${x%word}`, `${x%%word}`.
//!
//! Source: POSIX.1-2024, Shell Command Language, 2.6.2 "Parameter Expansion" and 2.14 "Pattern Matching Notation".
//! Not handled: brackets in the pattern, quoted pattern letters; the value is then unknown.

/// Longest text and pattern, in letters; their product is the work.
const TEXT_MAX: usize = 4096;
const PATTERN_MAX: usize = 64;

/// The text without what the pattern matches, by the operator's name; `None` where that is not known.
pub(super) fn trimmed(operator: &str, text: &str, pattern: &str) -> Option<String> {
    let (from_end, longest) = match operator {
        "${#" => (false, false),
        "${##" => (false, true),
        "${%" => (true, false),
        "${%%" => (true, true),
        _ => return None,
    };
    let turned = |text: &str| -> Vec<char> { if from_end { text.chars().rev().collect() } else { text.chars().collect() } };
    let (letters, pattern) = (turned(text), turned(pattern));
    if letters.len() > TEXT_MAX || pattern.len() > PATTERN_MAX || pattern.contains(&'[') || pattern.contains(&'\\') {
        return None;
    }
    let ends = ends(&letters, &pattern);
    let mut lens = ends.iter().enumerate().filter(|(_, matches)| **matches).map(|(len, _)| len);
    let len = if longest { lens.next_back() } else { lens.next() }.unwrap_or(0);
    let left = letters.get(len..)?.iter();
    Some(if from_end { left.rev().collect() } else { left.collect() })
}

/// For each number of letters, whether the pattern matches just those.
fn ends(letters: &[char], pattern: &[char]) -> Vec<bool> {
    let mut row: Vec<bool> = (0..=letters.len()).map(|len| len == 0).collect();
    for part in pattern {
        let mut before = false;
        let mut any = false;
        for (len, cell) in row.iter_mut().enumerate() {
            let here = *cell;
            any |= here;
            let letter = len.checked_sub(1).and_then(|at| letters.get(at));
            *cell = match part {
                '*' => any,
                '?' => before && letter.is_some(),
                part => before && letter == Some(part),
            };
            before = here;
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::trimmed;

    #[test]
    fn as_dash_does() {
        let check = |operator, text, pattern, expected: &str| {
            assert_eq!(trimmed(operator, text, pattern).as_deref(), Some(expected), "{operator} {text} {pattern}");
        };
        check("${##", "/bin/sh", "*/", "sh");
        check("${#", "/bin/sh", "*/", "bin/sh");
        check("${%", "a.tar.gz", ".*", "a.tar");
        check("${%%", "a.tar.gz", ".*", "a");
        check("${#", "curl", "x", "curl");
        check("${#", "curl", "?u", "rl");
        check("${%", "curl", "l", "cur");
        check("${##", "curl", "*", "");
        check("${#", "curl", "*", "curl");
        check("${%", "", "*", "");
        assert_eq!(trimmed("${#", "curl", "[a-c]"), None);
    }
}
