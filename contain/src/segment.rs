//! Contents on disk: append-only files of our own, without a name, which may be mapped and shared with workers.
//!
//! Mapping is sound here and nowhere else in the product, because nobody but this process can shorten or rewrite the file:
//! it is created by us, unlinked at once, only ever appended to, and shared through a descriptor that cannot write.
//! Not handled: a disk that fails under a mapping. The kernel then kills whoever reads it.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::ops::{Deref, Range};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use memmap2::{Mmap, MmapOptions};

/// Where segments go by default: the system's temporary folder, or `/var/tmp` if the former lives in memory.
#[must_use]
pub fn spill_folder() -> PathBuf {
    let usual = std::env::temp_dir();
    let durable = PathBuf::from("/var/tmp");
    if is_in_memory(&usual) && durable.is_dir() && !is_in_memory(&durable) { durable } else { usual }
}

fn is_in_memory(folder: &Path) -> bool {
    /// Magic numbers of statfs(2): tmpfs and ramfs.
    const IN_MEMORY: [i64; 2] = [0x0102_1994, 0x8584_58F6];
    let Ok(path) = std::ffi::CString::new(folder.as_os_str().as_bytes()) else { return false };
    // SAFETY: all zeros is a valid `statfs`.
    let mut about: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: `path` ends with a zero byte and `about` is ours; both outlive the call.
    let known = unsafe { libc::statfs(path.as_ptr(), &raw mut about) } == 0;
    // The type of the field differs between C libraries; the magic numbers are 32 bits wide.
    known && IN_MEMORY.contains(&(about.f_type as i64 & 0xFFFF_FFFF))
}

/// An append-only file without a name.
pub struct Segment {
    writer: Option<File>,
    reader: File,
    len: u64,
    folder: PathBuf,
}

impl Segment {
    /// A new, empty segment on the disk that holds `folder`.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let fail = |error: io::Error| advise(folder, &error);
        for attempt in 0_u64.. {
            let path = folder.join(format!(".doorward-{:016x}", RandomState::new().hash_one(attempt)));
            let writer = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(writer) => writer,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => continue,
                Err(error) => return Err(fail(error)),
            };
            let reader = File::open(&path);
            std::fs::remove_file(&path).map_err(fail)?;
            let reader = reader.map_err(fail)?;
            let (wrote, read) = (writer.metadata().map_err(fail)?, reader.metadata().map_err(fail)?);
            if (wrote.dev(), wrote.ino()) != (read.dev(), read.ino()) {
                return Err(fail(io::Error::other("somebody replaced a file of ours")));
            }
            return Ok(Self { writer: Some(writer), reader, len: 0, folder: folder.to_owned() });
        }
        Err(fail(io::ErrorKind::AlreadyExists.into()))
    }

    /// Appends bytes and returns where they start. After an error the segment is as long as before.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let Some(writer) = &self.writer else { return Err(advise(&self.folder, &io::Error::other("the segment is sealed"))) };
        let start = self.len;
        writer.write_all_at(bytes, start).map_err(|error| advise(&self.folder, &error))?;
        self.len = start.saturating_add(bytes.len() as u64);
        Ok(start)
    }

    /// Ends appending.
    pub fn seal(&mut self) {
        self.writer = None;
    }

    /// Its length, in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing was appended yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A descriptor that can read and map, but not write: to be passed to a worker.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }

    /// The bytes of a range, mapped.
    pub fn map(&self, range: Range<u64>) -> io::Result<Mapped> {
        if range.start > range.end || range.end > self.len {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the range is not in the segment"));
        }
        map_fd(self.fd(), range.start, range.end - range.start)
    }

    /// Copies bytes out, where mapping a few would cost more.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.reader.read_exact_at(buffer, offset)
    }
}

fn advise(folder: &Path, error: &io::Error) -> io::Error {
    let advice = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "; make room there, or set TMPDIR to a folder with more"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotFound => {
            "; set TMPDIR to a folder that can be written"
        }
        _ => "",
    };
    io::Error::new(error.kind(), format!("cannot keep opened bytes in {}: {error}{advice}", folder.display()))
}

/// Bytes of a segment or [`crate::Memory`], mapped read-only.
pub struct Mapped {
    map: Option<Mmap>,
    skipped: usize,
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.as_ref().and_then(|map| map.get(self.skipped..)).unwrap_or(&[])
    }
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Maps a range of a descriptor that the parent took from [`Segment::fd`] or [`crate::Memory::fd`]; of no other file, since
/// another's file may shrink. The offset need not be aligned.
pub fn map_fd(fd: BorrowedFd<'_>, offset: u64, len: u64) -> io::Result<Mapped> {
    if len == 0 {
        return Ok(Mapped { map: None, skipped: 0 });
    }
    let outside = || io::Error::new(io::ErrorKind::InvalidInput, "the range is not in the file");
    // Not `fstat`: C libraries make a call by path of it, which a confined worker may not do.
    // SAFETY: no memory is involved; nobody uses the position of this file.
    let size = unsafe { libc::lseek(fd.as_raw_fd(), 0, libc::SEEK_END) };
    let size = u64::try_from(size).map_err(|_| io::Error::last_os_error())?;
    if offset.checked_add(len).is_none_or(|end| end > size) {
        return Err(outside());
    }
    let skipped = offset % page_bytes();
    let (Ok(length), Ok(skip)) = (usize::try_from(len + skipped), usize::try_from(skipped)) else { return Err(outside()) };
    // SAFETY: the file is ours and nameless, is never shortened, and the bytes of the range are never written again.
    let map = unsafe { MmapOptions::new().offset(offset - skipped).len(length).map(fd.as_raw_fd())? };
    Ok(Mapped { map: Some(map), skipped: skip })
}

/// Size of a page of memory, in bytes.
pub(crate) fn page_bytes() -> u64 {
    // SAFETY: no memory is involved.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok().filter(|&bytes| bytes > 0).unwrap_or(4096)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|index| (index * 31 % 253) as u8).collect()
    }

    #[test]
    fn what_was_appended_is_mapped_again_at_any_offset() {
        let mut segment = Segment::create(&spill_folder()).unwrap();
        assert!(segment.is_empty());
        let all = pattern(3 * 4096 + 17);
        let mut at = 0;
        for piece in all.chunks(1000) {
            assert_eq!(segment.append(piece).unwrap(), at);
            at += piece.len() as u64;
        }
        segment.seal();
        assert_eq!(segment.len(), all.len() as u64);
        for (start, end) in [(0, 0), (0, 1), (0, all.len()), (1, 4096), (4095, 4097), (4096, 8192), (5000, all.len())] {
            let mapped = segment.map(start as u64..end as u64).unwrap();
            assert_eq!(&*mapped, &all[start..end], "{start}..{end}");
            let mut copied = vec![0; end - start];
            segment.read_exact_at(&mut copied, start as u64).unwrap();
            assert_eq!(copied, &all[start..end]);
        }
    }

    #[test]
    fn ranges_outside_are_refused() {
        let mut segment = Segment::create(&spill_folder()).unwrap();
        segment.append(b"0123456789").unwrap();
        for (start, end) in [(0, 11), (11, 12), (5, u64::MAX)] {
            assert!(segment.map(start..end).is_err(), "{start}..{end}");
            assert!(map_fd(segment.fd(), start, end - start).is_err(), "{start}..{end}");
        }
        assert!(map_fd(segment.fd(), u64::MAX, 2).is_err());
    }

    #[test]
    fn a_mapping_outlives_its_segment_and_sees_no_later_bytes() {
        let mut segment = Segment::create(&spill_folder()).unwrap();
        segment.append(b"first").unwrap();
        let mapped = segment.map(0..5).unwrap();
        segment.append(b"second").unwrap();
        drop(segment);
        assert_eq!(&*mapped, b"first");
    }

    #[test]
    fn the_file_has_no_name_and_its_shared_descriptor_cannot_write() {
        let folder = std::env::temp_dir().join(format!("doorward-segment-test-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut segment = Segment::create(&folder).unwrap();
        segment.append(b"kept").unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        assert!(File::from(segment.fd().try_clone_to_owned().unwrap()).write_at(b"x", 0).is_err());
        assert_eq!(segment.reader.metadata().unwrap().mode() & 0o777, 0o600);
        segment.seal();
        assert!(segment.append(b"more").is_err());
        std::fs::remove_dir(&folder).unwrap();
    }

    #[test]
    fn errors_name_the_folder_and_give_advice() {
        let error = Segment::create(Path::new("/nowhere/at/all")).err().unwrap();
        assert!(error.to_string().contains("/nowhere/at/all") && error.to_string().contains("TMPDIR"), "{error}");
        let full = advise(Path::new("/there"), &io::Error::from_raw_os_error(libc::ENOSPC));
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        assert!(full.to_string().contains("/there") && full.to_string().contains("make room"), "{full}");
    }

    #[test]
    fn memory_is_told_from_disk() {
        assert!(!is_in_memory(Path::new("/proc")));
        if Path::new("/dev/shm").is_dir() {
            assert!(is_in_memory(Path::new("/dev/shm")));
        }
    }
}
