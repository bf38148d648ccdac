//! What a content is recognised by elsewhere: hashes of its lines or pieces, of the words of a manifest, of a document's values.
//!
//! Not observed into facts: nothing here says what a content does. Reading order: this file, `packagers.rs`, `values.rs`.

mod filled;
mod packagers;
mod pieces;
mod values;

use doorward_model::prints::{HASH_BYTES, Hash, Part, Prints, Writer};
use sha2::{Digest as _, Sha256};

/// Largest content of which prints are taken; a larger one is recognised as a whole.
const PRINTED_BYTES_MAX: usize = 64 << 20;

/// Longest line that is one part; a longer one is cut into pieces.
const LINE_BYTES_MAX: usize = 2 << 10;

/// Shortest name of a file that is looked for in a text.
const NAME_BYTES_MIN: usize = 6;

/// Most words of a text that are taken for names of files.
const NAMES_MAX: usize = 2_000;

/// Bytes at the beginning of a content that say whether it is text.
const TEXT_LOOKED_AT_BYTES: usize = 8 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The prints of a content; `None` where it is empty or too large.
pub fn prints(bytes: &[u8]) -> Option<Prints> {
    if bytes.is_empty() || bytes.len() > PRINTED_BYTES_MAX {
        return None;
    }
    if !is_text(bytes) {
        let parts =
            pieces::cut(bytes).map(|piece| Part { ends_line: false, ..part(piece, piece.len(), Writer::Author) }).collect();
        return Some(Prints { parts, ..Prints::default() });
    }
    let packager = packagers::of(bytes);
    let mut prints = Prints { is_text: true, ..Prints::default() };
    for (number, line) in lines(bytes).enumerate() {
        let text = plain(line, number == 0);
        if text.len() > LINE_BYTES_MAX {
            let piece = |piece: &[u8]| Part { ends_line: piece.ends_with(b"\n"), ..part(piece, piece.len(), Writer::Author) };
            prints.parts.extend(pieces::cut(line).map(piece));
            continue;
        }
        let writer = packager.as_ref().map_or(Writer::Author, |packager| packager.writer(number, text));
        if let Some((without, at)) = filled::without(text).zip(u32::try_from(prints.parts.len()).ok()) {
            let list = if filled::has_keyword(text) { &mut prints.keywords } else { &mut prints.filled };
            list.push((at, hash(&without)));
        }
        prints.parts.push(part(text, line.len(), writer));
    }
    prints.names = names(bytes);
    prints.listed = packagers::listed(bytes);
    prints.words = packagers::words(bytes);
    prints.values = values::of(bytes);
    Some(prints)
}

/// The base names in a text that look like those of files.
fn names(bytes: &[u8]) -> Vec<Hash> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+".contains(byte);
    let words = bytes.split(|byte| !is_name(byte)).filter(|word| word.len() >= NAME_BYTES_MIN && word.contains(&b'.'));
    let mut names: Vec<Hash> = words.take(NAMES_MAX).map(hash).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The first half of the SHA-256 of these bytes.
fn hash(bytes: &[u8]) -> Hash {
    let digest = Sha256::digest(bytes);
    digest.first_chunk::<HASH_BYTES>().copied().unwrap_or_default()
}

fn part(hashed: &[u8], len: usize, writer: Writer) -> Part {
    let weight = hashed.iter().filter(|byte| !byte.is_ascii_whitespace()).take(usize::from(u8::MAX)).count();
    let weight = u8::try_from(weight).unwrap_or(u8::MAX);
    Part { hash: hash(hashed), len: u32::try_from(len).unwrap_or(u32::MAX), weight, ends_line: true, writer }
}

/// Whether bytes are lines: no NUL at their beginning.
fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.get(..TEXT_LOOKED_AT_BYTES).unwrap_or(bytes);
    memchr::memchr(0, start).is_none()
}

/// The lines with their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// A line without what says nothing of who wrote it: its end, and a byte order mark before the first.
fn plain(line: &[u8], is_first: bool) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if is_first { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hashes(text: &str) -> Vec<Hash> {
        prints(text.as_bytes()).unwrap_or_default().parts.iter().map(|part| part.hash).collect()
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_say_nothing() {
        assert_eq!(hashes("a = 1\nb = 2\n"), hashes("\u{feff}a = 1\r\nb = 2"));
        assert_ne!(hashes("a = 1\nb = 2\n"), hashes("a = 1 \nb = 2\n"), "blanks inside a line may mean something");
    }

    #[test]
    fn a_long_line_and_a_binary_are_recognised_in_pieces() {
        let mut seed = 1_u32;
        let mut noise = |count: usize| -> Vec<u8> {
            let mut next = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                u8::try_from(seed >> 24).unwrap_or_default()
            };
            (0..count).map(|_| next()).collect()
        };
        let (head, tail) = (noise(60_000), noise(60_000));
        let (before, after) = ([&head[..], &tail].concat(), [&head[..], b"planted", &tail].concat());
        let known = prints(&before).unwrap_or_default().parts;
        let changed = prints(&after).unwrap_or_default().parts;
        let foreign: usize =
            changed.iter().filter(|part| !known.iter().any(|other| other.hash == part.hash)).map(|part| part.len as usize).sum();
        assert!((7..20_000).contains(&foreign), "{foreign}");
    }

    proptest! {
        #[test]
        fn parts_cover_the_content_without_gap(bytes in proptest::collection::vec(any::<u8>(), 1..20_000)) {
            let parts = prints(&bytes).unwrap_or_default().parts;
            prop_assert_eq!(parts.iter().map(|part| part.len as usize).sum::<usize>(), bytes.len());
        }

        #[test]
        fn any_text_that_differs_has_other_prints(a in "[ -~\n]{1,200}", b in "[ -~\n]{1,200}") {
            let plain = |text: &str| text.strip_suffix('\n').unwrap_or(text).to_owned();
            prop_assert_eq!(hashes(&a) == hashes(&b), plain(&a) == plain(&b) || lines(a.as_bytes()).count() == 0);
        }
    }
}
