//! Closer looks at formats whose magic is short, or that several share.

use crate::fields::{be16, be32, le16, le32, le64, offset, size32, slice, stands_at};

/// lzma alone: properties 0x5d, a dictionary that is a power of two or the sum of two, a size that is unknown or likely.
pub(super) fn lzma(bytes: &[u8]) -> bool {
    let dictionary = le32(bytes, 1).is_some_and(|size| size.count_ones() <= 2 && size >= 1 << 12);
    dictionary && le64(bytes, 5).is_some_and(|size| size == u64::MAX || size < 1 << 40) && bytes.get(13) == Some(&0)
}

/// Unix compress: bits in the flags that have a meaning.
pub(super) fn compress(bytes: &[u8]) -> bool {
    bytes.get(2).is_some_and(|flags| flags & 0x60 == 0 && (9..=16).contains(&(flags & 0x1f)))
}

/// A Windows program: the second header stands where the first says.
pub(super) fn pe(bytes: &[u8]) -> bool {
    le32(bytes, 0x3c).is_some_and(|at| stands_at(bytes, size32(at), b"PE\0\0"))
}

/// A DOS program: a header of a likely length, and not text.
pub(super) fn dos(bytes: &[u8]) -> bool {
    let header = slice(bytes, 0, 28);
    header
        .is_some_and(|header| header.contains(&0) && le16(header, 8).is_some_and(|paragraphs| (1..0x1000).contains(&paragraphs)))
}

/// Fat Mach-O and Java class share a magic; a fat file holds few architectures, and class files begin at version 45.
pub(super) fn mach_o(bytes: &[u8]) -> bool {
    bytes.first() != Some(&0xca) || be32(bytes, 4).is_some_and(|count| count < 40)
}

/// A Java class, by its version.
pub(super) fn java_class(bytes: &[u8]) -> bool {
    be16(bytes, 6).is_some_and(|version| (45..200).contains(&version))
}

/// Python bytecode, by the numbers that its versions have had.
pub(super) fn pyc(bytes: &[u8]) -> bool {
    le16(bytes, 0).is_some_and(
        |version| matches!(version, 3000..=3999 | 20_121..=20_130 | 50_428 | 50_823 | 60_202 | 60_717 | 62_011..=62_300),
    )
}

pub(super) fn webp(bytes: &[u8]) -> bool {
    stands_at(bytes, 8, b"WEBP")
}

pub(super) fn bmp(bytes: &[u8]) -> bool {
    stands_at(bytes, 6, &[0, 0, 0, 0])
        && le32(bytes, 14).is_some_and(|header| matches!(header, 12 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// An icon: its first picture stands inside the file.
pub(super) fn ico(bytes: &[u8]) -> bool {
    let inside = |at: Option<u32>| at.is_some_and(|at| at >= 22 && u64::from(at) < offset(bytes.len()));
    le16(bytes, 4).is_some_and(|count| (1..256).contains(&count)) && inside(le32(bytes, 18))
}

/// A pickle of protocol 2 or above, which ends with a stop.
pub(super) fn pickle(bytes: &[u8]) -> bool {
    matches!(bytes.get(1), Some(2..=5)) && bytes.last() == Some(&b'.') && bytes.len() > 3
}

/// Length of the header and of the value of a DER element that fills the content.
fn sequence(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = *bytes.get(1)?;
    Some(match first {
        0..=0x7f => (2, usize::from(first)),
        0x81 => (3, usize::from(*bytes.get(2)?)),
        0x82 => (4, usize::from(be16(bytes, 2)?)),
        0x83 => (5, size32(be32(bytes, 1)? & 0x00ff_ffff)),
        _ => return None,
    })
}

fn fills(bytes: &[u8]) -> Option<usize> {
    let (header, length) = sequence(bytes)?;
    (header.saturating_add(length) == bytes.len()).then_some(header)
}

/// A private key: a version number, then an integer or the algorithm, or the key itself (PKCS #1, PKCS #8, SEC 1).
pub(super) fn der_key(bytes: &[u8]) -> bool {
    let inside = fills(bytes).and_then(|header| bytes.get(header..)).unwrap_or_default();
    match inside {
        [2, 1, 0, 0x02 | 0x30, ..] => bytes.len() > 40,
        [2, 1, 1, 0x04, ..] => true,
        _ => false,
    }
}

/// A certificate or a signature: a sequence that fills the content and begins with a sequence or an object identifier.
pub(super) fn der(bytes: &[u8]) -> bool {
    let inside = fills(bytes).and_then(|header| bytes.get(header..)).unwrap_or_default();
    matches!(inside, [0x30, 0x81..=0x83, ..] | [0x06, 9, 0x2a, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_magics_are_told_apart() {
        let class = [&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61][..], &[0; 20]].concat();
        let fat = [&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2][..], &[0; 40]].concat();
        assert!(java_class(&class) && !mach_o(&class));
        assert!(mach_o(&fat) && !java_class(&fat));
        assert!(pyc(&[0xcb, 0x0d, b'\r', b'\n']) && !pyc(b"ab\r\n"));
        assert!(pickle(b"\x80\x04K\x01.") && !pickle(b"\x80\x04K\x01"));
        assert!(!dos(b"MZ is the name of a text that is long enough for a header"));
        assert!(!der(b"0\x82\x00\x02ab") && der(b"0\x82\x00\x05\x30\x81abc"));
    }
}
