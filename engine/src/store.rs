//! Where contents wait until they are examined: small ones in memory up to a budget, the others in unlinked files of our own.
//!
//! A user's file is read once, through `Read`, and never mapped: it may shrink under us. Only our own segments are mapped.

use crate::Fault;
use doorward_contain::Segment;
use doorward_model::stage::{self, Stage};
use doorward_model::{Digest, Limits};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Keeps the bytes of contents that wait.
pub struct Store {
    memory_bytes_max: u64,
    spill_bytes_max: u64,
    memory_bytes: AtomicU64,
    spill_bytes: AtomicU64,
    open: Mutex<Option<Shared>>,
    directory: PathBuf,
}

/// Bytes after which a segment of the spill is closed and the next one begun, so that examined parts are given back.
const SEGMENT_BYTES: u64 = 64 << 20;

/// A content up to this size waits in memory if the budget allows; a larger one always waits in a segment, which a worker maps.
pub const SMALL_BYTES: usize = 1 << 20;

/// A segment that may still grow while parts of it are read.
pub type Shared = Arc<RwLock<Segment>>;

/// Bytes of one waiting content.
pub enum Stored {
    /// In memory; counted against the budget until dropped.
    Memory(Kept),
    /// In a segment.
    Spilled {
        /// The segment.
        segment: Shared,
        /// Offset of the first byte.
        offset: u64,
        /// Bytes.
        len: u64,
        /// Counted against the spill's limit until dropped.
        _counted: Counted,
    },
}

/// Bytes in memory, counted while they are kept.
pub struct Kept {
    /// The bytes.
    pub bytes: Box<[u8]>,
    _counted: Counted,
}

/// A share of a budget, given back when dropped.
pub struct Counted {
    store: Arc<Store>,
    bytes: u64,
    spilled: bool,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let total = if self.spilled { &self.store.spill_bytes } else { &self.store.memory_bytes };
        total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Stored {
    /// Bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(kept) => kept.bytes.len() as u64,
            Self::Spilled { len, .. } => *len,
        }
    }

    /// A copy of the bytes.
    ///
    /// # Errors
    /// The segment cannot be mapped.
    pub fn load(&self) -> std::io::Result<Vec<u8>> {
        Ok(match self {
            Self::Memory(kept) => kept.bytes.to_vec(),
            Self::Spilled { segment, offset, len, .. } => {
                let segment = segment.read().unwrap_or_else(PoisonError::into_inner);
                segment.map(*offset..*offset + *len)?.to_vec()
            }
        })
    }
}

impl Store {
    /// A store within the limits; spills to files in `directory`.
    pub fn new(limits: &Limits, directory: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            memory_bytes_max: limits.memory_bytes_max,
            spill_bytes_max: limits.spill_bytes_max,
            memory_bytes: AtomicU64::new(0),
            spill_bytes: AtomicU64::new(0),
            open: Mutex::new(None),
            directory,
        })
    }

    /// Where contents wait on disk.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Begins a content whose bytes come in pieces.
    pub fn writer(self: &Arc<Self>) -> Writer {
        Writer { store: Arc::clone(self), hash: Sha256::new(), small: Vec::new(), own: None, len: 0 }
    }

    /// Keeps a whole content.
    ///
    /// # Errors
    /// The spill's limit or its disk is used up.
    pub fn keep(self: &Arc<Self>, bytes: &[u8]) -> Result<(Digest, Stored), Fault> {
        let mut writer = self.writer();
        writer.write(bytes)?;
        writer.finish()
    }

    fn count(self: &Arc<Self>, bytes: u64, spilled: bool) -> Counted {
        let total = if spilled { &self.spill_bytes } else { &self.memory_bytes };
        total.fetch_add(bytes, Ordering::Relaxed);
        Counted { store: Arc::clone(self), bytes, spilled }
    }

    fn segment(&self) -> Result<Segment, Fault> {
        Segment::create(&self.directory).map_err(|error| Fault::spill(&self.directory, &error))
    }

    /// Appends a small content to the segment that is open.
    fn spill(self: &Arc<Self>, bytes: &[u8]) -> Result<Stored, Fault> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |segment: &Shared| segment.read().unwrap_or_else(PoisonError::into_inner).len() >= SEGMENT_BYTES;
        let segment = match open.take() {
            Some(segment) if !is_full(&segment) => segment,
            _ => Arc::new(RwLock::new(self.segment()?)),
        };
        let appended = segment.write().unwrap_or_else(PoisonError::into_inner).append(bytes);
        let offset = appended.map_err(|error| Fault::spill(&self.directory, &error))?;
        let stored = Stored::Spilled {
            segment: Arc::clone(&segment),
            offset,
            len: bytes.len() as u64,
            _counted: self.count(bytes.len() as u64, true),
        };
        *open = Some(segment);
        Ok(stored)
    }
}

/// Takes the bytes of one content, hashes and keeps them.
pub struct Writer {
    store: Arc<Store>,
    hash: Sha256,
    small: Vec<u8>,
    /// The segment of a content that is too large for memory.
    own: Option<Segment>,
    len: u64,
}

impl Writer {
    /// Takes more bytes.
    ///
    /// # Errors
    /// The spill's limit or its disk is used up.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        stage::during(Stage::Hash, "", bytes.len(), || self.hash.update(bytes));
        self.len += bytes.len() as u64;
        if self.own.is_none() && self.small.len() + bytes.len() <= SMALL_BYTES {
            self.small.extend_from_slice(bytes);
            return Ok(());
        }
        let store = &self.store;
        if store.spill_bytes.load(Ordering::Relaxed) + self.len > store.spill_bytes_max {
            return Err(Fault::spill_limit(store.spill_bytes_max));
        }
        let fault = |error| Fault::spill(&store.directory, &error);
        if self.own.is_none() {
            let mut segment = store.segment()?;
            segment.append(&self.small).map_err(fault)?;
            self.small = Vec::new();
            self.own = Some(segment);
        }
        if let Some(segment) = &mut self.own {
            segment.append(bytes).map_err(fault)?;
        }
        Ok(())
    }

    /// Ends the content.
    ///
    /// # Errors
    /// The spill's disk is used up.
    pub fn finish(self) -> Result<(Digest, Stored), Fault> {
        let Self { store, hash, small, own, len } = self;
        let digest = Digest(hash.finalize().into());
        if let Some(segment) = own {
            let _counted = store.count(len, true);
            return Ok((digest, Stored::Spilled { segment: Arc::new(RwLock::new(segment)), offset: 0, len, _counted }));
        }
        let waiting = store.memory_bytes.load(Ordering::Relaxed);
        if waiting + len > store.memory_bytes_max {
            return Ok((digest, store.spill(&small)?));
        }
        let _counted = store.count(len, false);
        Ok((digest, Stored::Memory(Kept { bytes: small.into_boxed_slice(), _counted })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(memory: u64, spill: u64) -> Limits {
        Limits { memory_bytes_max: memory, spill_bytes_max: spill, ..Limits::default() }
    }

    fn content(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn bytes_come_back_wherever_they_waited() {
        let store = Store::new(&limits(100, 64 << 20), std::env::temp_dir());
        for len in [0, 1, 90, 200, SMALL_BYTES, SMALL_BYTES + 1, 3 << 20] {
            let bytes = content(len);
            let (digest, stored) = store.keep(&bytes).unwrap();
            assert_eq!(digest, Digest(Sha256::digest(&bytes).into()));
            assert_eq!((stored.len(), stored.load().unwrap() == bytes), (len as u64, true), "{len} bytes");
            assert_eq!(matches!(stored, Stored::Memory(_)), len <= 100, "{len} bytes");
        }
        assert_eq!(store.memory_bytes.load(Ordering::Relaxed) + store.spill_bytes.load(Ordering::Relaxed), 0, "all given back");
    }

    #[test]
    fn small_contents_share_a_segment_and_keep_their_own_bytes() {
        let store = Store::new(&limits(0, 64 << 20), std::env::temp_dir());
        let kept: Vec<_> = (1..50).map(|len| (content(len), store.keep(&content(len)).unwrap().1)).collect();
        let segments: std::collections::BTreeSet<_> = kept
            .iter()
            .map(|(_, stored)| match stored {
                Stored::Spilled { segment, .. } => Arc::as_ptr(segment) as usize,
                Stored::Memory(_) => panic!("there is no memory for it"),
            })
            .collect();
        assert_eq!(segments.len(), 1);
        assert!(kept.iter().all(|(bytes, stored)| stored.load().unwrap() == *bytes));
    }

    #[test]
    fn a_full_spill_is_the_operators_fault() {
        let store = Store::new(&limits(0, 1 << 20), std::env::temp_dir());
        let Err(fault) = store.keep(&content(3 << 20)) else { panic!("it holds more than its limit") };
        assert!(fault.to_string().contains("--spill-bytes-max"));
        let missing = Store::new(&limits(0, 64 << 20), PathBuf::from("/nonexistent"));
        let Err(fault) = missing.keep(&content(3 << 20)) else { panic!("there is no such folder") };
        assert!(fault.to_string().contains("/nonexistent"));
    }
}
