//! What a content is recognised by in another place, without its bytes: its parts, in order.

use crate::{Digest, Tree};
use serde::{Deserialize, Serialize};

/// Bytes of a part's hash: the first half of a SHA-256, so that nobody finds two parts of one hash.
pub const HASH_BYTES: usize = 16;

/// The first half of a SHA-256.
pub type Hash = [u8; HASH_BYTES];

/// The prints of one content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prints {
    /// Whether the parts are lines of text; else pieces of bytes that are cut where their content says.
    pub is_text: bool,
    /// In order, without gap or overlap: their lengths sum up to that of the content.
    pub parts: Vec<Part>,
    /// Of parts with a keyword that version control fills in when it exports: the part's number, and the hash of the line
    /// without the keyword. Sorted.
    pub keywords: Vec<(u32, Hash)>,
    /// Of parts with what may have been filled in: the same.
    pub filled: Vec<(u32, Hash)>,
    /// Of a list of files with their digests, what it lists.
    pub listed: Vec<(Box<[u8]>, Digest)>,
    /// Hashes of the names in it that could be those of files, sorted.
    pub names: Vec<Hash>,
    /// Of a manifest, the hashes of the words in it, sorted.
    pub words: Vec<Hash>,
    /// Of a manifest, its values: each with where it stands in the document.
    pub values: Vec<Part>,
}

/// One part of a content, or one value of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Over a line without its line ending, or over all of a piece.
    pub hash: Hash,
    /// Bytes, with the line ending.
    pub len: u32,
    /// Bytes that are not blank, at most 255: short parts say little of where they come from.
    pub weight: u8,
    /// Whether a line ends with it.
    pub ends_line: bool,
    /// Who else may have written it.
    pub writer: Writer,
}

/// Who may have written a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Writer {
    /// An author.
    Author,
    /// A packager: of the form that one writes here, and nothing runs it.
    Packager,
    /// A packager, if the source's manifest has this word.
    Named(Hash),
    /// A packager, if the shipment has a file of this name.
    Path(Hash),
}

/// A tree that was opened and not observed, with the prints of its contents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Indexed {
    /// Places and contents; no facts.
    pub tree: Tree,
    /// By content; absent of containers, of what is too large, and of what the other side has as it is.
    pub prints: Vec<Option<Box<Prints>>>,
}
