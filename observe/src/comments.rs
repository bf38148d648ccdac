//! Lines that are comments, told by how they begin: cheap enough to ask at every hit of a pattern.
//!
//! Not handled: comments behind code or between two marks. A line inside a text that begins like a comment counts as one: where
//! such a text is code, it is one there, too.

use memchr::memrchr;

/// Most bytes before a hit in which its line must begin, or it is taken for code.
const LINE_BYTES_MAX: usize = 512;

/// What a line that is a comment begins with; nothing for formats without such lines.
pub(crate) fn mark_of(format: &str) -> &'static [u8] {
    match format {
        "python" | "shell" | "powershell" | "perl" | "ruby" | "yaml" | "toml" | "makefile" | "dockerfile" | "cmake" | "r" => b"#",
        "javascript" | "typescript" | "go" | "rust" | "java" | "kotlin" | "scala" | "swift" | "csharp" | "c" | "c++" => b"//",
        _ => b"",
    }
}

/// Whether an offset lies in a line that is a comment. A first line that names an interpreter is none.
pub(crate) fn holds(bytes: &[u8], mark: &[u8], at: usize) -> bool {
    if mark.is_empty() {
        return false;
    }
    let from = at.saturating_sub(LINE_BYTES_MAX);
    let before = bytes.get(from..at).unwrap_or_default();
    let line = match memrchr(b'\n', before) {
        Some(end) => before.get(end.saturating_add(1)..).unwrap_or_default(),
        None if from == 0 && !before.starts_with(b"#!") => before,
        None => return false,
    };
    line.trim_ascii_start().starts_with(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_by_its_beginning() {
        let long = format!("x\n# {}here", "a".repeat(LINE_BYTES_MAX));
        let cases: [(&str, &str, bool); 11] = [
            ("python", "# here", true),
            ("python", "x = 1\n    # here", true),
            ("python", "x = here  # no", false),
            ("python", "# no\nhere", false),
            ("shell", "#!/bin/sh here", false),
            ("shell", "x\n#!/bin/sh here", true),
            ("javascript", "f()\n\t// here", true),
            ("javascript", "f('//here')", false),
            ("javascript", "# here", false),
            ("text", "# here", false),
            ("python", &long, false),
        ];
        for (format, text, expected) in cases {
            let at = text.find("here").unwrap();
            assert_eq!(holds(text.as_bytes(), mark_of(format), at), expected, "{format} {text:?}");
        }
    }
}
