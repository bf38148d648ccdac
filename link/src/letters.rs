//! How names are made alike before they are compared: without separators, and with letters that are taken for one another.
//!
//! Shared with the build, which prepares the popular names the same way. Names are ASCII: registries allow nothing else.

/// The name as its registry compares it: small letters, and on PyPI runs of `-`, `_` and `.` as one `-`.
pub(crate) fn normal(name: &str, is_python: bool) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.trim().chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            '-' | '_' | '.' if is_python => {
                if !normal.ends_with('-') {
                    normal.push('-');
                }
            }
            c => normal.push(c),
        }
    }
    normal
}

/// Whether a character parts the words of a name.
pub(crate) fn parts(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | '/' | '@')
}

/// The name without its separators.
pub(crate) fn squashed(name: &str) -> String {
    name.chars().filter(|c| !parts(*c)).collect()
}

/// The squashed name with digits as the letters that they look like, `rn` as `m`, `vv` as `w`, `i` as `l`, and every letter
/// once where it stands several times in a row.
pub(crate) fn folded(name: &str) -> String {
    let squashed = squashed(name).replace("rn", "m").replace("vv", "w");
    let mut folded = String::with_capacity(squashed.len());
    for c in squashed.chars() {
        let like = match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            c => c,
        };
        if !folded.ends_with(like) {
            folded.push(like);
        }
    }
    folded
}

/// One bit for each letter that a name has; digits and all else share a few.
pub(crate) fn mask(name: &str) -> u32 {
    name.bytes().fold(0, |mask, b| mask | 1 << (b % 32))
}
