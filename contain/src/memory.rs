//! A content in memory that workers may share: a sealed memfd (memfd_create(2)).
//!
//! Sealed against shrinking, growing and writing, so that mapping it is sound whoever holds it.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use crate::segment::{Mapped, map_fd};

/// Bytes in memory, which nobody can change.
pub struct Memory {
    file: OwnedFd,
    len: u64,
}

impl Memory {
    /// Copies the bytes there.
    pub fn of(parts: &[&[u8]]) -> io::Result<Self> {
        // SAFETY: the name ends with a zero byte and outlives the call.
        let fd = unsafe { libc::memfd_create(c"doorward".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
        if fd == -1 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        let mut file = unsafe { File::from_raw_fd(fd) };
        for part in parts {
            file.write_all(part)?;
        }
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE | libc::F_SEAL_SEAL;
        // SAFETY: no memory is involved.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { file: file.into(), len: parts.iter().map(|part| part.len() as u64).sum() })
    }

    /// Its length, in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A descriptor to be passed to a worker.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// All its bytes, mapped.
    pub fn map(&self) -> io::Result<Mapped> {
        map_fd(self.fd(), 0, self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_change_what_is_kept() {
        let memory = Memory::of(&[b"one ", b"", b"two"]).unwrap();
        assert_eq!((&*memory.map().unwrap(), memory.len(), memory.is_empty()), (&b"one two"[..], 7, false));
        let file = File::from(memory.fd().try_clone_to_owned().unwrap());
        assert!(file.set_len(1).is_err());
        assert!(file.set_len(100).is_err());
        assert!(std::os::unix::fs::FileExt::write_at(&file, b"x", 0).is_err());
        assert_eq!(&*memory.map().unwrap(), b"one two");
        assert!(Memory::of(&[]).unwrap().map().unwrap().is_empty());
    }
}
