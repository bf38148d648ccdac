//! What a content is: by its bytes first, by its hint where they leave it open, by its look where there is no hint.

use crate::formats::{Format, formats};
use crate::languages;
use std::sync::LazyLock;

/// Bytes looked at to tell text from data.
const SNIFF_BYTES: usize = 8 << 10;

/// In so many bytes of text at most one may be a control that text does not have.
const CONTROLS_ONE_IN: usize = 64;

/// The format of a content.
pub(crate) fn identify(bytes: &[u8], hint: &str) -> &'static Format {
    let table = &*TABLE;
    if bytes.is_empty() {
        return table.empty;
    }
    let first = bytes.first().map_or(0, |byte| usize::from(*byte));
    let candidates = table.by_first_byte.get(first).map_or(&[][..], Vec::as_slice);
    if let Some(format) = candidates.iter().find(|format| format.fits(bytes, hint)) {
        return format;
    }
    text(bytes, hint, table)
}

fn text(bytes: &[u8], hint: &str, table: &Table) -> &'static Format {
    let bytes = without_padding(bytes);
    let head = bytes.get(..bytes.len().min(SNIFF_BYTES)).unwrap_or_default();
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let named = |name: &str| formats().iter().find(|format| format.name == name);
    let by_hint = formats().iter().find(|format| format.is_text && !hint.is_empty() && format.hints.contains(&hint));
    let look = Look::of(head);
    // An interpreter reads its script up to the first line that it does not understand, whatever comes after.
    if let Some(format) = languages::shebang(head).and_then(named) {
        return format;
    }
    match look {
        Look::Data => table.data,
        // A program with some odd bytes in it is still run by its name.
        Look::Mixed => by_hint.filter(|format| format.group == "code").unwrap_or(table.data),
        Look::Text => {
            let vague = by_hint.is_none_or(|format| format.name == "text");
            let guessed = if vague { languages::guess(head).and_then(named) } else { None };
            guessed.or(by_hint).unwrap_or(table.text)
        }
    }
}

/// The bytes without zeros at their end, in what is small: text that was carved out of padding is text.
fn without_padding(bytes: &[u8]) -> &[u8] {
    if bytes.len() > SNIFF_BYTES {
        return bytes;
    }
    bytes.iter().rposition(|byte| *byte != 0).and_then(|last| bytes.get(..=last)).unwrap_or(bytes)
}

/// How the first bytes of a content look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Text,
    /// Mostly text, with bytes that text does not have.
    Mixed,
    Data,
}

impl Look {
    fn of(head: &[u8]) -> Self {
        let controls = count(head, is_control);
        let high = count(head, |byte| byte >= 0x80);
        let nul = memchr::memchr(0, head).is_some();
        // Text in an old 8-bit code has few bytes above ASCII; UTF-8 may have nothing else.
        let foreign = high.saturating_mul(3) > head.len() && !is_utf8(head);
        if !nul && !foreign && controls.saturating_mul(CONTROLS_ONE_IN) <= head.len() {
            Self::Text
        } else if !foreign && controls.saturating_mul(10) <= head.len() {
            Self::Mixed
        } else {
            Self::Data
        }
    }
}

/// How many bytes are of a class. Counts in bytes over short chunks, which compilers turn into vector instructions.
fn count(head: &[u8], class: impl Fn(u8) -> bool) -> usize {
    let in_chunk = |chunk: &[u8]| chunk.iter().fold(0_u8, |sum, byte| sum.wrapping_add(u8::from(class(*byte))));
    head.chunks(128).fold(0, |sum: usize, chunk| sum.saturating_add(in_chunk(chunk).into()))
}

/// Whether text does not have this control. Tab, line feed, form feed, carriage return and escape it has: terminals' colours are
/// text too.
fn is_control(byte: u8) -> bool {
    (byte < 32) & (byte != 9) & (byte != 10) & (byte != 12) & (byte != 13) & (byte != 27) | (byte == 127)
}

/// Whether a head is UTF-8, a character torn at its end apart.
fn is_utf8(head: &[u8]) -> bool {
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// The formats with a magic or a check, by the first byte that a content of theirs may have.
struct Table {
    by_first_byte: Vec<Vec<&'static Format>>,
    empty: &'static Format,
    text: &'static Format,
    data: &'static Format,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let binary: Vec<_> = formats().iter().filter(|format| !format.magic.is_empty() || format.check.is_some()).collect();
    let begins = |format: &Format, byte: u8| {
        let all = format.magic.iter().all(|(at, magic)| *at == 0 && magic.first() != Some(&byte));
        format.magic.is_empty() || !all
    };
    let row = |byte: u8| binary.iter().filter(|format| begins(format, byte)).copied().collect();
    let named = |name: &str| formats().iter().find(|format| format.name == name).unwrap_or(&crate::formats::DATA);
    Table { by_first_byte: (0..=255).map(row).collect(), empty: named("empty"), text: named("text"), data: named("data") }
});
