//! Numbers and slices at fixed places of hostile bytes: whatever lies outside is `None`, never a panic.

/// `len` bytes from `at`, where all of them are there.
pub(crate) fn slice(bytes: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(len)?)
}

/// The bytes from `at` on; empty where `at` lies behind the end.
pub(crate) fn rest(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

/// Whether `what` stands at `at`.
pub(crate) fn stands_at(bytes: &[u8], at: usize, what: &[u8]) -> bool {
    slice(bytes, at, what.len()) == Some(what)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    slice(bytes, at, N)?.try_into().ok()
}

/// A little-endian number of 2 bytes.
pub(crate) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// A little-endian number of 4 bytes.
pub(crate) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// A little-endian number of 8 bytes.
pub(crate) fn le64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// A big-endian number of 2 bytes.
pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// A big-endian number of 4 bytes.
pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// A claimed size as an offset in memory; one too large for memory lies behind every end.
pub(crate) fn size(claimed: u64) -> usize {
    usize::try_from(claimed).unwrap_or(usize::MAX)
}

/// A 32-bit claim as an offset in memory.
pub(crate) fn size32(claimed: u32) -> usize {
    size(claimed.into())
}

/// An offset in memory as spans count.
pub(crate) fn offset(at: usize) -> u64 {
    u64::try_from(at).unwrap_or(u64::MAX)
}

/// Whether every byte is zero; looks at 64 bytes a step, since padding may be gigabytes.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    let mut chunks = bytes.chunks_exact(64);
    chunks.by_ref().all(|chunk| chunk.iter().fold(0, |all, byte| all | byte) == 0)
        && chunks.remainder().iter().all(|byte| *byte == 0)
}

/// A number in ASCII digits of `radix`, blanks and NULs around it; empty is 0.
pub(crate) fn digits(field: &[u8], radix: u64) -> Option<u64> {
    let mut value: u64 = 0;
    let mut ended = false;
    let start = field.iter().position(|byte| *byte != b' ').unwrap_or(field.len());
    for byte in rest(field, start) {
        match byte {
            b' ' | 0 => ended = true,
            b'0'..=b'9' if !ended => {
                let digit = u64::from(byte.wrapping_sub(b'0'));
                if digit >= radix {
                    return None;
                }
                value = value.checked_mul(radix)?.checked_add(digit)?;
            }
            _ => return None,
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_none() {
        assert_eq!(le32(&[1, 2, 3], 0), None);
        assert_eq!(le16(&[1, 2, 3], usize::MAX), None);
        assert_eq!(le32(&[1, 2, 3, 4, 5], 1), Some(0x0504_0302));
        assert_eq!((be16(&[1, 2], 0), be32(&[0, 0, 1, 0], 0)), (Some(258), Some(256)));
        assert!(is_zero(&[]) && is_zero(&[0; 200]) && !is_zero(&[[0; 70].as_slice(), &[1]].concat()));
    }

    #[test]
    fn digits_are_read_as_tar_and_ar_write_them() {
        for (field, radix, value) in [
            (b"0000644\0".as_slice(), 8, Some(0o644)),
            (b"   644 \0", 8, Some(0o644)),
            (b"", 8, Some(0)),
            (b"123   ", 10, Some(123)),
            (b"12a", 10, None),
            (b"8", 8, None),
            (b"1 1", 10, None),
            (b"99999999999999999999", 10, None),
        ] {
            assert_eq!(digits(field, radix), value, "{field:?}");
        }
    }
}
