//! Finds every occurrence of many byte strings in one pass: a filter of three-byte windows, then a comparison.
//!
//! Of each literal one window of three bytes is chosen, the rarest by a rough model of source text and machine code. A table
//! of 16 KiB has a row for each hash of a window and in it a bit for each byte that may follow: so it says for every position
//! whether a literal may stand there, with no dependency from byte to byte, which an automaton cannot avoid. It is blind to
//! the case of letters; the comparison is not.
//! Not handled: literals of fewer than [`WINDOW_BYTES`] bytes, which [`Literals::new`] refuses.

/// Bytes in a window; no literal may be shorter.
pub(crate) const WINDOW_BYTES: usize = 3;

/// Windows that lie whole, with the byte behind them, in eight bytes.
const BLOCK: usize = 5;
const ROWS: usize = 2048;
const FOLD: u64 = 0x2020_2020_2020_2020;
/// An odd number with well mixed bits: 2^64 divided by the golden ratio.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// A set of literals, compiled.
pub(crate) struct Literals {
    /// For each row the bytes that may follow its windows.
    filter: Box<[u64; ROWS]>,
    /// Where the entries of each row start; one more than there are rows.
    starts: Vec<usize>,
    entries: Vec<Entry>,
    texts: Vec<Text>,
}

/// A byte string to find.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text {
    /// Its bytes.
    pub bytes: Box<[u8]>,
    /// Letters match whatever their case; ASCII only.
    pub ignore_case: bool,
}

/// What is compared where the filter says yes.
struct Entry {
    /// The first eight bytes of the literal, folded where its case does not matter.
    head: u64,
    /// Which bits of them count.
    mask: u64,
    /// Which bits are set before the comparison.
    fold: u64,
    /// Where the window stands in the literal.
    offset: usize,
    /// Index of the literal.
    literal: usize,
}

impl Literals {
    /// Compiles literals; the index of each is the number under which it is found.
    pub(crate) fn new(texts: Vec<Text>) -> Result<Self, String> {
        let mut load = vec![0_u32; ROWS];
        let mut filter = Box::new([0_u64; ROWS]);
        let mut placed = Vec::with_capacity(texts.len());
        for (literal, text) in texts.iter().enumerate() {
            let short = || format!("the literal {:?} has fewer than {WINDOW_BYTES} bytes", String::from_utf8_lossy(&text.bytes));
            let (offset, window) = rarest_window(&text.bytes, &load).ok_or_else(short)?;
            let row = row_of(head_of(window) | FOLD);
            if let Some(load) = load.get_mut(row) {
                *load = load.saturating_add(1);
            }
            if let Some(row) = filter.get_mut(row) {
                let followed = window.len() > WINDOW_BYTES;
                *row |= if followed { 1_u64.wrapping_shl(next_of(head_of(window) | FOLD)) } else { u64::MAX };
            }
            placed.push((row, Entry::new(text, offset, literal)));
        }
        placed.sort_by_key(|(row, entry)| (*row, entry.literal));
        let starts = (0..=ROWS).map(|row| placed.partition_point(|(of, _)| *of < row)).collect();
        let entries = placed.into_iter().map(|(_, entry)| entry).collect();
        Ok(Self { filter, starts, entries, texts })
    }

    /// Calls `found` with the number and the start of every occurrence of every literal, overlapping ones too, in order of
    /// their windows.
    pub(crate) fn each(&self, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut at = 0_usize;
        // One load serves the windows that lie in it whole.
        for block in bytes.windows(8).step_by(BLOCK) {
            let Ok(block) = <[u8; 8]>::try_from(block) else { break };
            let word = u64::from_le_bytes(block) | FOLD;
            let hits =
                self.test(word) | self.test(word >> 8) | self.test(word >> 16) | self.test(word >> 24) | self.test(word >> 32);
            if hits & 1 != 0 {
                self.compare_block(bytes, at, word, &mut found);
            }
            at = at.wrapping_add(BLOCK);
        }
        while at < bytes.len() {
            self.compare(bytes, at, &mut found);
            at = at.saturating_add(1);
        }
    }

    /// Lowest bit 1 where a literal's window may stand in the lower bytes of `window`; the other bits say nothing.
    #[inline(always)]
    fn test(&self, window: u64) -> u64 {
        let row = self.filter.get(row_of(window)).copied().unwrap_or_default();
        row.wrapping_shr(next_of(window))
    }

    #[inline(never)]
    fn compare_block(&self, bytes: &[u8], at: usize, word: u64, found: &mut impl FnMut(usize, usize)) {
        for (step, shift) in (0..BLOCK).zip([0_u32, 8, 16, 24, 32]) {
            if self.test(word.wrapping_shr(shift)) & 1 != 0 {
                self.compare(bytes, at.saturating_add(step), found);
            }
        }
    }

    /// Compares the literals whose window may stand at `at`.
    fn compare(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(usize, usize)) {
        let Some([a, b, c]) = bytes.get(at..).and_then(|rest| rest.first_chunk()) else { return };
        let row = row_of(u64::from_le_bytes([*a, *b, *c, 0, 0, 0, 0, 0]) | FOLD);
        let (Some(from), Some(to)) = (self.starts.get(row), self.starts.get(row.saturating_add(1))) else { return };
        for entry in self.entries.get(*from..*to).unwrap_or_default() {
            let Some(start) = at.checked_sub(entry.offset) else { continue };
            let Some(rest) = bytes.get(start..) else { continue };
            if (head_of(rest) | entry.fold) & entry.mask != entry.head {
                continue;
            }
            let Some(text) = self.texts.get(entry.literal) else { continue };
            let Some(there) = rest.get(..text.bytes.len()) else { continue };
            if *there == *text.bytes || (text.ignore_case && there.eq_ignore_ascii_case(&text.bytes)) {
                found(entry.literal, start);
            }
        }
    }
}

impl Entry {
    fn new(text: &Text, offset: usize, literal: usize) -> Self {
        let (mut fold, mut mask) = ([0_u8; 8], [0_u8; 8]);
        for ((byte, fold), mask) in text.bytes.iter().zip(&mut fold).zip(&mut mask) {
            *mask = 0xff;
            if text.ignore_case && byte.is_ascii_alphabetic() {
                *fold = 0x20;
            }
        }
        let (fold, mask) = (u64::from_le_bytes(fold), u64::from_le_bytes(mask));
        Self { head: (head_of(&text.bytes) | fold) & mask, mask, fold, offset, literal }
    }
}

/// The first eight bytes; zeros where there are fewer.
fn head_of(bytes: &[u8]) -> u64 {
    if let Some(head) = bytes.first_chunk::<8>() {
        return u64::from_le_bytes(*head);
    }
    let mut head = [0; 8];
    head.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(head)
}

/// The row of a window, which stands in the lowest three bytes.
#[inline(always)]
fn row_of(window: u64) -> usize {
    usize::try_from((window << 40).wrapping_mul(MIX) >> 53).unwrap_or_default()
}

/// The bit in its row for the byte behind a window; the bit's number is taken modulo 64.
#[inline(always)]
fn next_of(window: u64) -> u32 {
    u32::from(u8::try_from(window >> 24 & 63).unwrap_or_default())
}

/// The window, with the byte behind it where there is one, that is likely to occur least and whose row is not crowded.
fn rarest_window<'a>(bytes: &'a [u8], load: &[u32]) -> Option<(usize, &'a [u8])> {
    let last = bytes.len().checked_sub(WINDOW_BYTES)?;
    let windows = (0..=last).filter_map(|offset| {
        let window = bytes.get(offset..bytes.len().min(offset.saturating_add(WINDOW_BYTES).saturating_add(1)))?;
        let commonness = window.iter().fold(0, |sum: u32, byte| sum.saturating_add(commonness_of(*byte)));
        // Runs of one character are rules and padding.
        let run = if window.windows(2).all(|pair| pair.first() == pair.last()) { 40 } else { 0 };
        let open = if window.len() == WINDOW_BYTES { 16 } else { 0 };
        let crowd = load.get(row_of(head_of(window) | FOLD)).map_or(0, |load| load.saturating_mul(4));
        Some((commonness.saturating_add(run).saturating_add(open).saturating_add(crowd), offset, window))
    });
    windows.min_by_key(|(cost, offset, _)| (*cost, *offset)).map(|(_, offset, window)| (offset, window))
}

/// How common a byte is, roughly, as a logarithm.
fn commonness_of(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        0 | b' ' | b'e' | b't' => 12,
        b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b'\n' => 11,
        b'l' | b'c' | b'd' | b'u' | b'm' | b'p' | b'_' | b'f' | 0xff => 9,
        b'h' | b'g' | b'b' | b'.' | b',' | b'(' | b')' | b'"' | b'y' | b'\t' | b'0' | b'1' | b'=' | b';' => 8,
        b'v' | b'w' | b'k' | b'x' | b'-' | b'/' | b':' | b'\'' | b'2'..=b'9' | b'*' => 6,
        b'j' | b'q' | b'z' | 1..=8 | b'{' | b'}' | b'[' | b']' | b'<' | b'>' => 5,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(texts: &[(&str, bool)]) -> Literals {
        let texts = texts.iter().map(|(text, ignore_case)| Text { bytes: text.as_bytes().into(), ignore_case: *ignore_case });
        Literals::new(texts.collect()).unwrap()
    }

    fn found(literals: &Literals, bytes: &[u8]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        literals.each(bytes, |literal, at| found.push((at, literal)));
        found.sort();
        found
    }

    #[test]
    fn finds_overlapping_and_nested_literals_whatever_their_place() {
        let literals = compile(&[("curl", false), ("curl -s", false), ("url", false), ("POWERshell", true), ("aaa", false)]);
        #[rustfmt::skip]
        let cases: [(&str, &[(usize, usize)]); 8] = [
            ("curl -s x", &[(0, 0), (0, 1), (1, 2)]),
            ("CURL -s x", &[]),
            ("xx powerSHELL", &[(3, 3)]),
            ("powershel", &[]),
            ("aaaaa", &[(0, 4), (1, 4), (2, 4)]),
            ("ur", &[]),
            ("", &[]),
            ("................curl", &[(16, 0), (17, 2)]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(&literals, text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn agrees_with_a_plain_search_at_every_alignment() {
        let words = ["/dev/tcp/", "eval(", "nc ", "\u{0}\u{0}\u{0}", "-----BEGIN ", "Authorization", "x@[`{z", "@@@", "://"];
        let texts: Vec<(&str, bool)> = words.iter().enumerate().map(|(at, word)| (*word, at % 2 == 0)).collect();
        let literals = compile(&texts);
        for pad in 0..17 {
            let mut text = vec![b'.'; pad];
            for word in words {
                text.extend_from_slice(word.to_ascii_uppercase().as_bytes());
                text.extend_from_slice(word.as_bytes());
                text.extend_from_slice(word.to_ascii_lowercase().as_bytes());
            }
            let mut expected = Vec::new();
            for (literal, (word, ignore_case)) in texts.iter().enumerate() {
                for (at, window) in text.windows(word.len()).enumerate() {
                    if window == word.as_bytes() || (*ignore_case && window.eq_ignore_ascii_case(word.as_bytes())) {
                        expected.push((at, literal));
                    }
                }
            }
            expected.sort();
            assert_eq!(found(&literals, &text), expected, "{pad}");
        }
    }

    #[test]
    fn short_literals_are_refused() {
        assert!(Literals::new(vec![Text { bytes: (*b"nc").into(), ignore_case: false }]).is_err());
    }
}
