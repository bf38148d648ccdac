//! Texts made of lines: headers with folded values (RFC 822 and its kin) and INI files, with byte spans.

use std::ops::Range;

/// A name and its value. Continuation lines belong to the value's span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field<'b> {
    /// As written, without white space around it.
    pub(crate) name: &'b str,
    /// Value with its continuation lines joined by newlines.
    pub(crate) value: String,
    /// The value in the text, without white space around it.
    pub(crate) span: Range<usize>,
    /// The section that it stands in; empty above the first.
    pub(crate) section: &'b str,
}

/// Most fields that are read of one text.
const FIELDS_MAX: usize = 20_000;

/// Lines with their offsets, without their line ends.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0_usize;
    bytes.split_inclusive(|&b| b == b'\n').map(move |line| {
        let start = at;
        at = at.saturating_add(line.len());
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        (start, line.strip_suffix(b"\r").unwrap_or(line))
    })
}

/// The part of `line`, which starts at `offset` of its text, that has no white space around it.
pub(super) fn trimmed(offset: usize, line: &[u8]) -> (Range<usize>, &[u8]) {
    let front = line.len().saturating_sub(line.trim_ascii_start().len());
    let text = line.trim_ascii();
    let start = offset.saturating_add(front);
    (start..start.saturating_add(text.len()), text)
}

/// Fields of the paragraphs of a text: `Name: value`, a line that starts with white space continues the value.
///
/// `glued`: a continuation follows without a line break, as in a jar's manifest. Stops at the first empty line unless `all`.
pub(super) fn headers(bytes: &[u8], all: bool, glued: bool) -> Vec<Field<'_>> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    for (offset, line) in lines(bytes).take(FIELDS_MAX) {
        if line.is_empty() && !all {
            break;
        }
        if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            let Some(field) = fields.last_mut() else { continue };
            let text = String::from_utf8_lossy(if glued { line.get(1..).unwrap_or_default() } else { line.trim_ascii() });
            if !glued {
                field.value.push('\n');
            }
            field.value.push_str(&text);
            field.span.end = offset.saturating_add(line.len());
            continue;
        }
        if let Some(field) = pair(offset, line, b":", "") {
            fields.push(field);
        }
    }
    fields
}

/// Fields of an INI text: `[section]`, `name = value` or `name: value`, comments with `#` or `;`, indented continuations.
pub(crate) fn ini(bytes: &[u8]) -> Vec<Field<'_>> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut section = "";
    // A continuation belongs to a field only while its section goes on.
    let mut open = false;
    for (offset, line) in lines(bytes).take(FIELDS_MAX) {
        let text = line.trim_ascii();
        match text.first() {
            None | Some(b'#' | b';') => continue,
            Some(b'[') if line.first() == Some(&b'[') => {
                let name = text.strip_prefix(b"[").and_then(|text| text.split(|&b| b == b']').next()).unwrap_or_default();
                section = std::str::from_utf8(name).unwrap_or_default().trim();
                open = false;
            }
            Some(_) if open && line.first().is_some_and(u8::is_ascii_whitespace) => {
                let Some(field) = fields.last_mut() else { continue };
                let (span, text) = trimmed(offset, line);
                // A value that starts on the next line starts there.
                if field.value.is_empty() {
                    field.span.start = span.start;
                } else {
                    field.value.push('\n');
                }
                field.value.push_str(&String::from_utf8_lossy(text));
                field.span.end = span.end;
            }
            Some(_) => {
                if let Some(field) = pair(offset, line, b"=:", section) {
                    fields.push(field);
                    open = true;
                }
            }
        }
    }
    fields
}

/// `name = value` on one line, split at the first of some separators.
pub(super) fn pair<'b>(offset: usize, line: &'b [u8], separators: &[u8], section: &'b str) -> Option<Field<'b>> {
    let at = line.iter().position(|b| separators.contains(b))?;
    let name = std::str::from_utf8(line.get(..at)?).ok()?.trim();
    let behind = at.saturating_add(1);
    let (span, value) = trimmed(offset.saturating_add(behind), line.get(behind..)?);
    (!name.is_empty()).then(|| Field { name, value: String::from_utf8_lossy(value).into_owned(), span, section })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, value and the spanned text of each field.
    fn shown(bytes: &[u8], fields: Vec<Field<'_>>) -> Vec<(String, String, String)> {
        let text = |span: Range<usize>| String::from_utf8_lossy(&bytes[span]).into_owned();
        fields.into_iter().map(|f| (format!("{}/{}", f.section, f.name), f.value, text(f.span))).collect()
    }

    fn of(parts: [&str; 3]) -> (String, String, String) {
        (parts[0].into(), parts[1].into(), parts[2].into())
    }

    #[test]
    fn headers_fold() {
        let text = b"Name: x\r\nDesc: a\n b\n\tc\nbroken\n:none\n\nBody: no\n";
        assert_eq!(shown(text, headers(text, false, false)), [of(["/Name", "x", "x"]), of(["/Desc", "a\nb\nc", "a\n b\n\tc"])]);
        let jar = b"Main-Class: com.exa\n mple.Main\n";
        assert_eq!(headers(jar, false, true)[0].value, "com.example.Main");
    }

    #[test]
    fn ini_has_sections_and_continuations() {
        let text = b"# c\n[a]\nx = 1\n  2\n[b]\n  y: z\n; d\nno\n";
        assert_eq!(shown(text, ini(text)), [of(["a/x", "1\n2", "1\n  2"]), of(["b/y", "z", "z"])]);
        assert!(ini(b"\xff\xfe[\n=\n = 2\n").is_empty());
    }
}
