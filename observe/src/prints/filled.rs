//! What version control fills in when it exports: `$Format:%H$` becomes a commit, `$Id$` an object's name.

use regex_automata::meta::Regex;
use std::sync::LazyLock;

const KEYWORD: &str = r"\$Format:[^$]*\$|\$Id(?:: [0-9a-f]{40} ?)?\$";

/// The keyword before it is filled in, and what may stand there afterwards: a commit, a date in one of git's forms, references,
/// an address. No other text, so that nothing that runs hides there.
static FILLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let date = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d ?(?:Z|[+-]\d\d:?\d\d)|[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}";
    let references = r" ?\((?:HEAD -> |tag: |origin/)[\w./, >:-]*\)|(?:HEAD -> |tag: )[\w./, >:-]*";
    let described = r"v?\d+(?:\.\d+)+(?:-\d+-g[0-9a-f]{7,40})?";
    Regex::new(&format!(r"{KEYWORD}|{date}|{references}|\b[0-9a-f]{{7,40}}\b|\b{described}\b|\b\d{{9,10}}\b")).ok()
});

/// Whether a line has a keyword that is still to be filled in, or may be.
pub(super) fn has_keyword(line: &[u8]) -> bool {
    let keywords: [&[u8]; 3] = [b"$Format:", b"$Id$", b"$Id: "];
    line.contains(&b'$') && keywords.iter().any(|keyword| memchr::memmem::find(line, keyword).is_some())
}

/// A line without what is or may have been filled in; `None` where it has nothing of the kind.
pub(super) fn without(line: &[u8]) -> Option<Vec<u8>> {
    // A digit or the keyword: most lines have neither.
    if !line.iter().any(|byte| byte.is_ascii_digit() || *byte == b'$') {
        return None;
    }
    let regex = FILLED.as_ref()?;
    let mut kept = Vec::with_capacity(line.len());
    let mut at = 0;
    for found in regex.find_iter(line) {
        kept.extend_from_slice(line.get(at..found.start()).unwrap_or_default());
        kept.push(0);
        at = found.end();
    }
    if at == 0 {
        return None;
    }
    kept.extend_from_slice(line.get(at..).unwrap_or_default());
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_and_what_git_writes_there_leave_the_same_line() {
        let source = |line: &str| without(line.as_bytes()).unwrap_or_default();
        let id = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(source("git_full = \"$Format:%H$\""), source(&format!("git_full = \"{id}\"")));
        assert_eq!(source("node-date: $Format:%cI$"), source("node-date: 2024-02-29T12:00:00+01:00"));
        assert_eq!(source("git_refnames = \"$Format:%d$\""), source("git_refnames = \" (HEAD -> main, tag: v1.2)\""));
        assert_eq!(source("describe-name: $Format:%(describe)$"), source("describe-name: v1.2.3-4-g0123abc"));
        assert_eq!(source("# $Id$"), source(&format!("# $Id: {id} $")));
    }

    #[test]
    fn code_is_not_what_git_writes() {
        let slot = without(b"git_full = \"$Format:%H$\"");
        for line in ["git_full = \"\"; import os", "git_full = \"0123abcd\" + run()", "git_full = \"(HEAD -> main); x()\""] {
            assert_ne!(without(line.as_bytes()), slot, "{line}");
        }
    }
}
