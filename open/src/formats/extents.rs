//! Where formats without an opener end by their own account: what stands behind is carved. `None` where they do not tell.

use crate::fields::{be16, be32, le32, size32, slice, stands_at};

/// PNG: chunks up to the one that ends the image (<https://www.w3.org/TR/png-3/>).
pub(super) fn png(bytes: &[u8]) -> Option<usize> {
    let mut at: usize = 8;
    loop {
        let length = size32(be32(bytes, at)?);
        let end = at.checked_add(12)?.checked_add(length)?;
        slice(bytes, at, end.checked_sub(at)?)?;
        if stands_at(bytes, at.checked_add(4)?, b"IEND") {
            return Some(end);
        }
        at = end;
    }
}

/// JPEG: segments, then scans up to the marker that ends the image (ITU T.81).
pub(super) fn jpeg(bytes: &[u8]) -> Option<usize> {
    let mut at: usize = 2;
    loop {
        let marker = *bytes.get(at.checked_add(1)?).filter(|_| bytes.get(at) == Some(&0xff))?;
        at = match marker {
            0xd9 => return at.checked_add(2),
            0xff => at.checked_add(1)?,
            0x01 | 0xd0..=0xd8 => at.checked_add(2)?,
            _ => at.checked_add(2)?.checked_add(be16(bytes, at.checked_add(2)?)?.into())?,
        };
        if marker == 0xda {
            at = scan_end(bytes, at)?;
        }
    }
}

/// The next marker behind a scan: stuffed bytes and restarts belong to the scan.
fn scan_end(bytes: &[u8], at: usize) -> Option<usize> {
    let ends = memchr::memchr_iter(0xff, bytes.get(at..)?).filter_map(|found| found.checked_add(at));
    ends.into_iter().find(|found| {
        found.checked_add(1).and_then(|next| bytes.get(next)).is_some_and(|next| !matches!(next, 0 | 0xd0..=0xd7 | 0xff))
    })
}

/// GIF: blocks up to the trailer (<https://www.w3.org/Graphics/GIF/spec-gif89a.txt>).
pub(super) fn gif(bytes: &[u8]) -> Option<usize> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3_usize << (flags & 7).saturating_add(1) };
    let mut at = 13_usize.checked_add(table(*bytes.get(10)?))?;
    loop {
        at = match *bytes.get(at)? {
            0x3b => return at.checked_add(1),
            0x21 => sub_blocks_end(bytes, at.checked_add(2)?)?,
            0x2c => {
                let flags = *bytes.get(at.checked_add(9)?)?;
                sub_blocks_end(bytes, at.checked_add(11)?.checked_add(table(flags))?)?
            }
            _ => return None,
        };
    }
}

fn sub_blocks_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        let length = *bytes.get(at)?;
        at = at.checked_add(1)?.checked_add(length.into())?;
        if length == 0 {
            return Some(at);
        }
    }
}

/// RIFF: one chunk, padded to an even length.
pub(super) fn riff(bytes: &[u8]) -> Option<usize> {
    let end = size32(le32(bytes, 4)?).checked_add(8)?;
    (end <= bytes.len()).then_some(end.checked_next_multiple_of(2)?)
}

/// SQLite: pages of one size (<https://www.sqlite.org/fileformat.html>).
pub(super) fn sqlite(bytes: &[u8]) -> Option<usize> {
    let page = match be16(bytes, 16)? {
        1 => 65_536,
        page => usize::from(page),
    };
    let end = page.checked_mul(size32(be32(bytes, 28)?))?;
    (end > 0 && end <= bytes.len()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_know_their_end() {
        let png_file = b"\x89PNG\r\n\x1a\n\0\0\0\x02tEXtab....\0\0\0\0IENDxxxxTRAILING".as_slice();
        assert_eq!(png(png_file), Some(png_file.len() - 8));
        assert_eq!(png(&png_file[..20]), None);
        let jpeg_file = b"\xff\xd8\xff\xe0\0\x04ab\xff\xda\0\x02\x01\xff\0\x02\xff\xd9REST".as_slice();
        assert_eq!(jpeg(jpeg_file), Some(jpeg_file.len() - 4));
        assert_eq!(jpeg(&jpeg_file[..12]), None);
        let gif_file = b"GIF89a\x01\0\x01\0\0\0\0\x21\xfe\x02ab\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x01L\0\x3bREST".as_slice();
        assert_eq!(gif(gif_file), Some(gif_file.len() - 4));
        assert_eq!(riff(b"RIFF\x05\0\0\0WEBPx\0REST"), Some(14));
        assert_eq!(riff(b"RIFF\xff\0\0\0WEBP"), None);
    }
}
