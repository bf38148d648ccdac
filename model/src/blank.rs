//! Names without what every release changes: version numbers and hashes.

/// The beginnings of what may follow a version number: `1.0rc1`, `2.0-beta.3`, `1.4.post2`.
const SUFFIXES: [&[u8]; 7] = [b"a", b"b", b"c", b"rc", b"pre", b"dev", b"post"];

/// Fewest and most hexadecimal digits that are taken for one hash.
const HASH_DIGITS: std::ops::RangeInclusive<usize> = 7..=128;

/// A path in which each version number and each hash is `#`. What is equal here is the same place in two releases.
///
/// A version has at least two numbers; a hash has at least seven hexadecimal digits, of which one is no letter.
pub fn blanked(path: &[u8]) -> Vec<u8> {
    without_hashes(&without_versions(path))
}

fn without_versions(path: &[u8]) -> Vec<u8> {
    let mut blank = Vec::with_capacity(path.len());
    let mut at = 0;
    while let Some(&byte) = path.get(at) {
        let digits_at = at + usize::from(byte == b'v');
        if let Some(end) = version_end(path, digits_at) {
            blank.push(b'#');
            at = end;
            continue;
        }
        // A run of digits that begins no version has none inside it either.
        let end = if byte.is_ascii_digit() { digits_end(path, at) } else { at + 1 };
        blank.extend_from_slice(&path[at..end]);
        at = end;
    }
    blank
}

/// Where the version that begins at an offset ends.
fn version_end(path: &[u8], start: usize) -> Option<usize> {
    let mut end = digits_end(path, start);
    let mut numbers = usize::from(end > start);
    while numbers > 0 && path.get(end) == Some(&b'.') && digits_end(path, end + 1) > end + 1 {
        end = digits_end(path, end + 1);
        numbers += 1;
    }
    if numbers < 2 {
        return None;
    }
    loop {
        let at = end + usize::from(path.get(end).is_some_and(|byte| b"._+-".contains(byte)));
        let rest = path.get(at..).unwrap_or_default();
        let Some(suffix) = SUFFIXES.iter().find(|suffix| rest.starts_with(suffix)) else { return Some(end) };
        let behind = at + suffix.len();
        end = digits_end(path, behind + usize::from(path.get(behind).is_some_and(|byte| b"._-".contains(byte))));
    }
}

fn digits_end(path: &[u8], start: usize) -> usize {
    let rest = path.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn without_hashes(path: &[u8]) -> Vec<u8> {
    let mut blank = Vec::with_capacity(path.len());
    for run in path.chunk_by(|a, b| a.is_ascii_hexdigit() == b.is_ascii_hexdigit()) {
        for part in run.chunks(*HASH_DIGITS.end()) {
            let is_hash = part.len() >= *HASH_DIGITS.start() && part[0].is_ascii_hexdigit();
            match is_hash && part.iter().any(u8::is_ascii_digit) {
                true => blank.push(b'#'),
                false => blank.extend_from_slice(part),
            }
        }
    }
    blank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_hashes_are_blanked() {
        let same: &[&[&str]] = &[
            &["lib-1.2.3/a.js", "lib-1.10.0/a.js", "lib-2.0.0-rc.1/a.js", "lib-v2.0/a.js", "lib-3.0.0b2/a.js"],
            &["dist/app.3f2a91bc.js", "dist/app.0011aabbccdd.js"],
            &["pkg/facade.js"],
            &["pkg/python3/utf8.py"],
        ];
        for (at, group) in same.iter().enumerate() {
            for path in *group {
                assert_eq!(blanked(path.as_bytes()), blanked(group[0].as_bytes()), "{path}");
            }
            for other in &same[at + 1..] {
                assert_ne!(blanked(other[0].as_bytes()), blanked(group[0].as_bytes()));
            }
        }
        assert_eq!(blanked(b"pkg/facade.js"), b"pkg/facade.js", "letters alone are no hash");
    }
}
