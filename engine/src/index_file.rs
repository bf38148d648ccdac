//! An index on disk: a line that names the format, the SHA-256 of what follows, and the tree with its prints.

use crate::Fault;
use doorward_model::prints::Indexed;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// First line of an index.
const MAGIC: &[u8] = b"doorward-index/1\n";

/// Bytes of the digest behind it.
const DIGEST_BYTES: usize = 32;

/// The index as a file has it.
pub fn write_index(indexed: &Indexed) -> Vec<u8> {
    let mut body = Vec::new();
    crate::protocol::encode(indexed, &mut body);
    [MAGIC, &Sha256::digest(&body), &body].concat()
}

/// An index that [`write_index`] wrote; `None` where the file is none.
///
/// # Errors
/// It cannot be read, or is an index and was cut or changed.
pub fn read_index(path: &Path) -> Result<Option<Indexed>, Fault> {
    let fault = |error: &std::io::Error| Fault::input(path, error);
    if !path.is_file() {
        return Ok(None);
    }
    let mut file = File::open(path).map_err(|error| fault(&error))?;
    let mut start = Vec::new();
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start).map_err(|error| fault(&error))?;
    if start != MAGIC {
        return Ok(None);
    }
    let mut rest = Vec::new();
    file.read_to_end(&mut rest).map_err(|error| fault(&error))?;
    let whole = rest.split_at_checked(DIGEST_BYTES).filter(|(digest, body)| *digest == Sha256::digest(body).as_slice());
    let indexed = whole.and_then(|(_, body)| crate::protocol::decode::<Indexed>(body).ok()).filter(is_sound);
    match indexed {
        Some(indexed) => Ok(Some(indexed)),
        None => Err(Fault::new(format!("{}: an index that was cut or changed; make it anew", path.display()))),
    }
}

/// Whether all numbers in it lead somewhere: anybody may have written the file.
fn is_sound(indexed: &Indexed) -> bool {
    let tree = &indexed.tree;
    let nodes = tree.nodes.iter().zip(0_u32..);
    let in_order = |(node, at): (&doorward_model::Node, u32)| {
        node.parent.is_none_or(|parent| parent.0 < at)
            && node.content.is_none_or(|content| (content.0 as usize) < tree.contents.len())
    };
    nodes.into_iter().all(in_order)
        && indexed.prints.len() == tree.contents.len()
        && tree.place_problems.iter().all(|(node, _)| (node.0 as usize) < tree.nodes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_or_changed_index_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.index");
        let bytes = write_index(&Indexed::default());
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read_index(&path)
        };
        assert_eq!(read(&bytes).unwrap(), Some(Indexed::default()));
        assert!(read(&bytes[..bytes.len() - 1]).is_err());
        let mut changed = bytes.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(read(&changed).is_err());
        assert_eq!(read(b"PK\x03\x04").unwrap(), None);
    }
}
