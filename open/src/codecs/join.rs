//! How one encoded text goes on behind a line break or in the next string literal.
//!
//! Handled: wrapped lines, raw, indented or written as `\n`; line continuations; adjacent literals as in Python and C; `+`,
//! `.`, `&` between literals; `name += "..."` statements, as droppers write them. Not handled: literals taken apart by commas,
//! comments between literals, names in between: those need the language.

use super::scan::{class, end_of};

/// Most bytes between two pieces.
const GAP_BYTES_MAX: usize = 200;

/// How two pieces are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// By a line break inside one text.
    Wrap,
    /// By the end of one literal and the start of the next.
    Literal,
}

/// Pieces that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// One past the last piece.
    pub end: usize,
    /// Bytes of all pieces together.
    pub chars: usize,
    /// Whether there is more than one piece.
    pub joined: bool,
    /// Whether some are joined by line breaks, and then how long the lines are.
    pub line: Option<usize>,
}

/// Walks the pieces of bytes of `mask` from `at` on, and says how far they go. `unit` is how many characters of the encoding
/// make whole bytes: a short last line must complete one, or it is taken for what follows.
pub(super) fn walk(bytes: &[u8], mask: u16, at: usize, unit: usize, mut piece: impl FnMut(&[u8])) -> Extent {
    let mut take = |from: usize, to: usize| piece(bytes.get(from..to).unwrap_or_default());
    let first_end = end_of(bytes, mask, at);
    take(at, first_end);
    let mut extent = Extent { end: first_end, chars: first_end.saturating_sub(at), joined: false, line: None };
    let mut line_first = if begins_line(bytes, at) { Some(extent.chars) } else { None };
    while let Some((join, next)) = join(bytes, extent.end) {
        let end = end_of(bytes, mask, next);
        let len = end.saturating_sub(next);
        if len == 0 {
            break;
        }
        let total = extent.chars.saturating_add(len);
        let mut last = false;
        if join == Join::Wrap {
            let line = extent.line.or(line_first).unwrap_or(len);
            last = len < line;
            if len > line || (last && !completes(bytes, end, total, unit)) {
                break;
            }
            extent.line = Some(line);
        } else {
            line_first = None;
        }
        take(next, end);
        extent = Extent { end, chars: total, joined: true, line: extent.line };
        if last && !matches!(bytes.get(end), Some(b'"' | b'\'')) {
            break;
        }
    }
    extent
}

/// Whether only blanks stand between the start of the line and `at`.
fn begins_line(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    matches!(before.iter().rev().take(GAP_BYTES_MAX).find(|byte| !blank(byte)), None | Some(b'\n' | b'\r'))
}

/// Whether a last line that ends at `end` makes the text a whole number of units.
fn completes(bytes: &[u8], end: usize, chars: usize, unit: usize) -> bool {
    let pads = bytes.get(end..).unwrap_or_default().iter().take(unit).take_while(|byte| **byte == b'=').count();
    chars.saturating_add(pads).checked_rem(unit) == Some(0)
}

/// Where the text that ends at `at` goes on, if anything there joins it to a next piece.
pub(super) fn join(bytes: &[u8], at: usize) -> Option<(Join, usize)> {
    let end = at.saturating_add(GAP_BYTES_MAX).min(bytes.len());
    let mut cursor = Cursor { bytes: bytes.get(..end)?, at };
    let join = match cursor.peek()? {
        b'\r' | b'\n' | b'\\' | b' ' | b'\t' => wrap(&mut cursor)?,
        quote @ (b'"' | b'\'' | b'`') => literal(&mut cursor, quote)?,
        _ => return None,
    };
    Some((join, cursor.at))
}

/// Line breaks, written or meant, and the blanks of the next line.
fn wrap(cursor: &mut Cursor) -> Option<Join> {
    let mut broken = false;
    cursor.blanks();
    loop {
        match cursor.peek()? {
            b'\r' | b'\n' => cursor.at = cursor.at.saturating_add(1),
            b'\\' => {
                let end = end_of(cursor.bytes, super::scan::ESCAPE, cursor.at);
                match cursor.bytes.get(end)? {
                    b'n' | b'r' | b'\n' | b'\r' => cursor.at = end.saturating_add(1),
                    _ => return None,
                }
            }
            quote @ (b'"' | b'\'') if broken => return literal(cursor, quote),
            _ => return broken.then_some(Join::Wrap),
        }
        broken = true;
        cursor.blanks();
    }
}

/// The end of a literal, what may stand between two, and the start of the next.
fn literal(cursor: &mut Cursor, quote: u8) -> Option<Join> {
    cursor.eat(quote).then_some(())?;
    let same_line = cursor.at;
    cursor.gap();
    if !(cursor.eat(b'+') || cursor.eat(b'.')) && cursor.eat(b'&') {
        // Visual Basic goes on in the next line behind `& _`.
        cursor.gap();
        cursor.eat(b'_');
    }
    cursor.gap();
    let before_name = cursor.at;
    if cursor.opens(quote) {
        return Some(Join::Literal);
    }
    cursor.at = before_name;
    if cursor.at == same_line && !cursor.eat(b';') {
        return None;
    }
    cursor.eat(b';');
    cursor.gap();
    cursor.appends()?;
    cursor.gap();
    cursor.opens(quote).then_some(Join::Literal)
}

/// A place in a few bytes.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
        self.at = self.at.saturating_add(len);
        len
    }

    fn blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t'));
    }

    /// Blanks, line breaks and line continuations.
    fn gap(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\\'));
    }

    /// The start of a literal in the same quotes, with Python's prefixes.
    fn opens(&mut self, quote: u8) -> bool {
        let prefix = self.skip(|byte| matches!(byte.to_ascii_lowercase(), b'b' | b'r' | b'u' | b'f'));
        prefix <= 2 && self.eat(quote)
    }

    /// `name +=`, `name .=`, `name &=`, or `name = name +`.
    fn appends(&mut self) -> Option<()> {
        let start = self.at;
        let name = |byte: u8| class(byte) & super::scan::BASE64 != 0 && !matches!(byte, b'+' | b'/' | b'-') || byte == b'$';
        let len = self.skip(name);
        let written = self.bytes.get(start..self.at)?;
        if len == 0 {
            return None;
        }
        self.blanks();
        let operator = |byte: u8| matches!(byte, b'+' | b'.' | b'&');
        if self.skip(operator) == 1 {
            return self.eat(b'=').then_some(());
        }
        self.eat(b'=').then_some(())?;
        self.blanks();
        let again = self.bytes.get(self.at..self.at.saturating_add(len))?;
        if again != written {
            return None;
        }
        self.at = self.at.saturating_add(len);
        self.blanks();
        (self.skip(operator) == 1).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::BASE64;
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut whole = Vec::new();
        let extent = walk(text.as_bytes(), BASE64, 0, 4, |piece| whole.extend_from_slice(piece));
        assert_eq!(String::from_utf8_lossy(&whole), expected, "{text}");
        assert_eq!(extent.chars, whole.len());
    }

    #[test]
    fn what_belongs_together_is_joined() {
        check("aaaa", "aaaa");
        check("aaaa bbbb", "aaaa");
        check("aaaa\nbbbb\ncc==", "aaaabbbbcc");
        check("aaaa\r\n  bbbb", "aaaabbbb");
        check("aaaa\\nbbbb\\n", "aaaabbbb");
        check("aaaa\\\nbbbb", "aaaabbbb");
        check("aaaa' 'bbbb'", "aaaabbbb");
        check("aaaa'\n    b'bbbb'", "aaaabbbb");
        check("aaaa\" + \"bbbb\" +\n \"cc\"", "aaaabbbbcc");
        check("aaaa' . 'bbbb'", "aaaabbbb");
        check("aaaa\" & _\r\n  \"bbbb\"", "aaaabbbb");
        check("aaaa\";\n$x .= \"bbbb\";\n$x .= \"c\"", "aaaabbbbc");
        check("aaaa\"\nx += \"bbbb\"", "aaaabbbb");
        check("aaaa\"\nx = x + \"bbbb\"", "aaaabbbb");
        check("aaaa\\n\" + \"bbbb", "aaaabbbb");
    }

    #[test]
    fn what_does_not_belong_together_is_not() {
        check("aaaa\nEOF\n", "aaaa");
        check("aaaa\nbbbbbbbb", "aaaa");
        check("aaaa', 'bbbb'", "aaaa");
        check("aaaa' - 'bbbb'", "aaaa");
        check("aaaa'\nx = 'bbbb'", "aaaa");
        check("aaaa\"\nx = y + \"bbbb\"", "aaaa");
        check("aaaa\n\n", "aaaa");
        check("aaaa\\tbbbb", "aaaa");
    }
}
