//! Paths as bytes: where they split, how they are made plain and kept short.

use std::borrow::Cow;

/// Longest path of a container that is put before the paths of its members; a longer one is shortened.
///
/// Without it, nested containers with names of 64 KB would cost their product in memory.
pub(crate) const MOUNT_BYTES_MAX: usize = 1024;

/// The name without leading `/` and `./`, trailing `/`, and empty or `.` components in between. `..` stays as it is.
pub(crate) fn plain(name: &[u8]) -> Cow<'_, [u8]> {
    let mut rest = name;
    loop {
        match rest {
            [b'/', tail @ ..] | [b'.', b'/', tail @ ..] => rest = tail,
            [head @ .., b'/'] => rest = head,
            b"." => rest = b"",
            _ => break,
        }
    }
    if !odd(rest) {
        return Cow::Borrowed(rest);
    }
    let mut plain = Vec::with_capacity(rest.len());
    for part in rest.split(|&b| b == b'/').filter(|part| !part.is_empty() && *part != b".") {
        if !plain.is_empty() {
            plain.push(b'/');
        }
        plain.extend_from_slice(part);
    }
    Cow::Owned(plain)
}

/// Whether a path has an empty or `.` component behind its first.
fn odd(path: &[u8]) -> bool {
    path.windows(2).any(|pair| pair == b"//") || path.windows(3).any(|three| three == b"/./") || path.ends_with(b"/.")
}

/// The part behind the last slash.
pub(crate) fn base(path: &[u8]) -> &[u8] {
    path.rsplit(|&b| b == b'/').next().unwrap_or(path)
}

/// The folder of a path with its slash; empty at the top.
pub(crate) fn folder(path: &[u8]) -> &[u8] {
    &path[..path.len() - base(path).len()]
}

/// The folder that holds a folder: `a/b/` gives `a/`, `a/` gives nothing.
pub(crate) fn above(path: &[u8]) -> &[u8] {
    folder(path.strip_suffix(b"/").unwrap_or(path))
}

/// What stands behind the last dot of a base name, unless the dot is its first byte; at most 16 bytes, else empty.
pub(crate) fn extension(base: &[u8]) -> Vec<u8> {
    match base.iter().rposition(|&b| b == b'.') {
        Some(dot) if dot > 0 && base.len() - dot <= 17 => base[dot + 1..].to_ascii_lowercase(),
        _ => Vec::new(),
    }
}

/// A container's path and a slash, to stand before the paths of its members. Beyond [`MOUNT_BYTES_MAX`] the middle becomes a
/// number over the whole, so that two containers stay apart.
pub(crate) fn mount(path: &[u8]) -> Box<[u8]> {
    if path.is_empty() {
        return Box::default();
    }
    if path.len() < MOUNT_BYTES_MAX {
        return [path, b"/"].concat().into();
    }
    // FNV-1a: only to tell paths apart in a report, not against collisions made on purpose.
    let number = path.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, &b| (sum ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    [&path[..256], format!("~{number:016x}~").as_bytes(), &path[path.len() - 256..], b"/"].concat().into()
}

/// A distribution's or module's name as Python compares it: lower case, runs of `-`, `_` and `.` as one `_`.
pub(crate) fn normal(name: &[u8]) -> Vec<u8> {
    let mut normal: Vec<u8> = Vec::with_capacity(name.len());
    for &byte in name {
        match byte {
            b'-' | b'_' | b'.' if normal.last() == Some(&b'_') => {}
            b'-' | b'_' | b'.' => normal.push(b'_'),
            byte => normal.push(byte.to_ascii_lowercase()),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_plain_paths() {
        for (name, expected) in [
            ("a/b", "a/b"),
            ("./a", "a"),
            ("././/a//b/./c/", "a/b/c"),
            ("/etc/passwd", "etc/passwd"),
            ("./", ""),
            ("..//x", "../x"),
            (".hidden", ".hidden"),
            ("a/.", "a"),
        ] {
            assert_eq!(plain(name.as_bytes()).as_ref(), expected.as_bytes(), "{name}");
        }
    }

    #[test]
    fn paths_split() {
        assert_eq!((folder(b"a/b/c"), base(b"a/b/c"), above(b"a/b/")), (&b"a/b/"[..], &b"c"[..], &b"a/"[..]));
        assert_eq!((folder(b"c"), above(b"a/")), (&b""[..], &b""[..]));
        assert_eq!(extension(b"X.TAR"), b"tar");
        assert!(extension(b".bashrc").is_empty() && extension(b"x.averyveryverylongsuffix").is_empty());
    }

    #[test]
    fn long_containers_are_cut_and_stay_apart() {
        let (one, two) = ([b'a'; 5000], [b'a'; 5001]);
        assert!(mount(&one).len() < MOUNT_BYTES_MAX);
        assert_ne!(mount(&one), mount(&two));
        assert_eq!(&*mount(b"x.zip"), b"x.zip/");
    }
}
