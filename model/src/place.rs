//! Places: where a content was met.

use crate::{Digest, Span};
use serde::{Deserialize, Serialize};

/// Index of a [`Node`] in [`crate::Tree::nodes`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// Index of a [`crate::Content`] in [`crate::Tree::contents`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ContentId(pub u32);

/// A place: one name in one container. Several nodes may share a content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The container, `None` for a root.
    pub parent: Option<NodeId>,
    /// How the container yielded it.
    pub step: Step,
    /// Its name in the container, as the container's bytes have it; empty for layers and for a root. Of a payload that code
    /// decodes, a name for the language that runs it.
    pub name: Box<[u8]>,
    /// What the container says of it. Claims, not truths.
    pub meta: Meta,
    /// Its content; `None` for directories, links and whatever could not be read.
    pub content: Option<ContentId>,
}

/// How a container yielded a child.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// A path on the command line, or standard input; counted from 0 in the order given.
    Root {
        /// Position among the roots.
        index: u32,
    },
    /// A member of an archive or of a directory.
    Member {
        /// Position in the container, counted from 0.
        index: u32,
    },
    /// The one content of a compression layer (gzip, xz, ...).
    Layer,
    /// Bytes that no structure of the container accounts for.
    Carved {
        /// Where they stand in the container.
        from: Span,
    },
    /// A payload written in the container in some encoding.
    Decoded {
        /// The encoded text in the container, or the code that decodes it.
        from: Span,
        /// The codec, as `doorward formats` lists it; for what code decodes, all that it does, first to last: `base64 > zlib`.
        codec: Box<str>,
    },
}

/// What a container says of a member.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// The kind of file.
    pub kind: Kind,
    /// Unix permission bits, where the container has them.
    pub mode: Option<u32>,
    /// Owner's number, where the container has it.
    pub uid: Option<u64>,
    /// Group's number, where the container has it.
    pub gid: Option<u64>,
    /// Where a symbolic or hard link points, as the container's bytes have it. Never followed.
    pub link_target: Option<Box<[u8]>>,
}

/// Kinds of members.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A hard link to another member.
    Hardlink,
    /// A character or block device, a FIFO, a socket or something unknown: named, never read.
    Special,
}

/// The part of a member's name that may decide how its bytes are read: its whole lower-cased base name where that is a
/// well-known one, else its lower-cased extension, else empty. At most 32 bytes.
///
/// Two places of one content share their facts only where their hints agree.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Hint(pub Box<str>);

/// What a root is, without its name: a report must not depend on where its input lay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Root {
    /// Kind of the root.
    pub kind: Kind,
    /// SHA-256 of a file's bytes; for a directory of its sorted list of members' paths and digests.
    pub digest: Option<Digest>,
    /// Bytes in it; for a directory the sum over its files.
    pub bytes: u64,
}
