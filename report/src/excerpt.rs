//! The bytes around a piece of evidence, for eyes: marked source lines, or a hex dump where it is not text.
//!
//! An excerpt was cut from its content earlier, so that its first and last line may be parts of lines; dots say so at its start.

use crate::names::shown;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use doorward_model::Span;

/// Most lines of an excerpt that are shown.
const LINES_SHOWN_MAX: usize = 6;
/// Most rows of a hex dump that are shown.
const ROWS_SHOWN_MAX: usize = 4;
/// Bytes in a row of a hex dump.
const ROW_BYTES: usize = 16;

/// An excerpt and what is marked in it.
pub(crate) struct Excerpt<'e> {
    /// At most 200 bytes.
    pub(crate) bytes: &'e [u8],
    /// Offset of the first of them in the content.
    pub(crate) start: u64,
    /// The bytes to mark, in the content.
    pub(crate) span: Span,
    /// Line of the first marked byte, counted from 1; 0 in what is not text.
    pub(crate) line: u32,
    /// Its column in bytes, counted from 1.
    pub(crate) column: u32,
}

impl Excerpt<'_> {
    /// The lines, each ended; empty for an empty excerpt.
    pub(crate) fn render(&self, width: usize, color: bool) -> String {
        if self.bytes.is_empty() {
            String::new()
        } else if self.line > 0 {
            self.lines(width, color)
        } else {
            self.dump()
        }
    }

    /// Where the marked bytes stand in the excerpt.
    fn marked(&self) -> (usize, usize) {
        let inside = |offset: u64| usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX).min(self.bytes.len());
        (inside(self.span.start), inside(self.span.end))
    }

    fn lines(&self, width: usize, color: bool) -> String {
        let (start, end) = self.marked();
        let before = self.bytes[..start].iter().filter(|byte| **byte == b'\n').count();
        let first_line = usize::try_from(self.line).unwrap_or(usize::MAX).saturating_sub(before).max(1);
        let cut = before == 0 && usize::try_from(self.column).unwrap_or(usize::MAX).saturating_sub(1) > start;
        let mut source = String::from(if cut { "..." } else { "" });
        let (mut mark_start, mut mark_end) = (None, None);
        let mut source_line = first_line;
        let mut at = 0;
        for (number, line) in (first_line..).zip(self.bytes.split(|byte| *byte == b'\n')) {
            let line_end = at + line.len();
            // One line before the mark gives it a home; more belong to `show`.
            if line_end.saturating_add(1) <= start && number + 1 < usize::try_from(self.line).unwrap_or(usize::MAX) {
                source.clear();
                source_line = number + 1;
            } else if number >= source_line + LINES_SHOWN_MAX {
                break;
            } else {
                let body = line.strip_suffix(b"\r").unwrap_or(line);
                let split = |offset: usize| offset.clamp(at, at + body.len()) - at;
                let (head, tail) = (split(start), split(end));
                source.push_str(&shown(&body[..head]));
                if start <= line_end {
                    mark_start.get_or_insert(source.len());
                }
                source.push_str(&shown(&body[head..tail]));
                if end <= line_end {
                    mark_end.get_or_insert(source.len());
                }
                source.push_str(&shown(&body[tail..]));
                source.push('\n');
            }
            at = line_end + 1;
        }
        let mark_start = mark_start.unwrap_or_default();
        let mark_end = mark_end.unwrap_or(source.len().saturating_sub(1)).max(mark_start);
        // A line end at the end of the excerpt begins no line.
        source.truncate(source.trim_end_matches('\n').len().max(mark_end));
        let mark = AnnotationKind::Primary.span(mark_start..mark_end);
        let snippet = Snippet::source(source).line_start(source_line).fold(false).annotation(mark);
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let group = Group::with_level(Level::ERROR).element(snippet);
        let text = renderer.term_width(width).render(&[group]);
        let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        lines.pop_if(|last| is_margin(last));
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    fn dump(&self) -> String {
        let (start, end) = self.marked();
        let mut text = String::new();
        let first_row = start.saturating_sub(start % ROW_BYTES) / ROW_BYTES;
        for (row, bytes) in self.bytes.chunks(ROW_BYTES).enumerate().skip(first_row).take(ROWS_SHOWN_MAX) {
            let at = row * ROW_BYTES;
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
            let letters: String =
                bytes.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' }).collect();
            let offset = self.start.saturating_add(at as u64);
            text.push_str(&format!("{offset:#010x}  {hex:<48} {letters}\n"));
            let marked = |offset: usize| (start..end).contains(&offset);
            let marks: String = (at..at + bytes.len()).map(|offset| if marked(offset) { "^^ " } else { "   " }).collect();
            if marks.contains('^') {
                text.push_str(&format!("{:12}{}\n", "", marks.trim_end()));
            }
        }
        text
    }
}

/// Whether a rendered line holds nothing but the bar at its left.
fn is_margin(line: &str) -> bool {
    let letters = line.split('\x1b').enumerate().flat_map(|(at, part)| match part.split_once('m') {
        Some((_, rest)) if at > 0 => rest.chars(),
        _ => part.chars(),
    });
    letters.filter(|c| !c.is_whitespace()).eq(['|'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], start: u64, span: (u64, u64), line: u32, column: u32, expected: &str) {
        let excerpt = Excerpt { bytes, start, span: Span::new(span.0, span.1), line, column };
        let text = excerpt.render(100, false);
        assert_eq!(text, expected, "\n{text}");
    }

    #[test]
    fn source_lines_are_marked() {
        check(b"import os\nos.system(cmd)\n", 0, (10, 19), 2, 1, "  |\n1 | import os\n2 | os.system(cmd)\n  | ^^^^^^^^^\n");
        check(b"a\nb\nc\nhere\nd", 100, (106, 110), 40, 1, "   |\n39 | c\n40 | here\n   | ^^^^\n41 | d\n");
        check(b"tail(evil)", 500, (505, 509), 1, 506, "  |\n1 | ...tail(evil)\n  |         ^^^^\n");
    }

    #[test]
    fn hostile_bytes_are_shown_and_the_mark_still_fits() {
        check(b"\x1b[2J\xff evil\t", 0, (6, 10), 1, 7, "  |\n1 | \\u{1b}[2J\\xff evil\\t\n  |               ^^^^\n");
    }

    #[test]
    fn what_is_no_text_is_dumped() {
        let rows = "0x00001000  7f 45 4c 46 00 01 02 03 04 05 06 07 08 09 0a 0b  .ELF............\n            ^^ ^^ ^^ ^^\n";
        check(b"\x7fELF\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b", 0x1000, (0x1000, 0x1004), 0, 0, rows);
        check(b"", 0, (0, 4), 0, 0, "");
    }

    #[test]
    fn marks_outside_the_excerpt_do_no_harm() {
        for span in [(0, 0), (0, 9), (90, 95), (5, u64::MAX)] {
            for line in [0, 1, u32::MAX] {
                for bytes in [&b"one\ntwo"[..], b"\n\n\n", b"\r\n"] {
                    let excerpt = Excerpt { bytes, start: 10, span: Span::new(span.0, span.1), line, column: 0 };
                    assert!(!excerpt.render(80, false).is_empty());
                }
            }
        }
    }
}
