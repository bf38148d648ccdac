//! Frames on a Unix stream socket: the system calls, the header, and a read buffer. Shared by both ends.
//!
//! File descriptors travel as `SCM_RIGHTS` (unix(7)) with the first bytes of their frame, so they have always arrived by
//! the time its header has been read.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// Most file descriptors that one frame may carry.
pub const FDS_PER_FRAME_MAX: usize = 16;

/// Length of the bytes and count of the descriptors, `u32` each.
pub(crate) const HEADER_BYTES: usize = 8;

/// One read fills at most this much; longer frames are read straight to where they belong.
pub(crate) const BUFFER_BYTES: usize = 256 << 10;

/// Most pieces that the kernel takes in one call.
const PARTS_PER_CALL_MAX: usize = 1024;

/// Room for the ancillary data of [`FDS_PER_FRAME_MAX`] descriptors, aligned as `cmsghdr` wants it.
type Ancillary = [u64; 16];
const _: () = assert!(size_of::<libc::cmsghdr>() + 8 + FDS_PER_FRAME_MAX * size_of::<RawFd>() <= size_of::<Ancillary>());

/// The header of a frame.
pub(crate) fn header(bytes: usize, fds: usize) -> io::Result<[u8; HEADER_BYTES]> {
    let too_large = |_| io::Error::new(io::ErrorKind::InvalidInput, "a frame is too large");
    let mut header = [0; HEADER_BYTES];
    header[..4].copy_from_slice(&u32::try_from(bytes).map_err(too_large)?.to_le_bytes());
    header[4..].copy_from_slice(&u32::try_from(fds).map_err(too_large)?.to_le_bytes());
    Ok(header)
}

/// Sends all parts; `send` is asked again and again for some of the rest, and for the descriptors only until bytes went out.
pub(crate) fn send_all<E>(
    mut parts: &mut [IoSlice<'_>],
    mut fds: &[BorrowedFd<'_>],
    mut send: impl FnMut(&[IoSlice<'_>], &[BorrowedFd<'_>]) -> Result<usize, E>,
) -> Result<(), E> {
    IoSlice::advance_slices(&mut parts, 0);
    while !parts.is_empty() {
        let sent = send(&parts[..parts.len().min(PARTS_PER_CALL_MAX)], fds)?;
        fds = &[];
        IoSlice::advance_slices(&mut parts, sent);
    }
    Ok(())
}

/// One `sendmsg`. Never raises SIGPIPE.
pub(crate) fn send_some(socket: BorrowedFd<'_>, parts: &[IoSlice<'_>], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
    debug_assert!(fds.len() <= FDS_PER_FRAME_MAX);
    let mut ancillary: Ancillary = Default::default();
    // SAFETY: all zeros is a valid `msghdr` (null pointers, zero lengths).
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    // `IoSlice` is guaranteed to be laid out as `iovec`, and `sendmsg` does not write through it.
    message.msg_iov = parts.as_ptr().cast_mut().cast();
    message.msg_iovlen = parts.len() as _;
    if !fds.is_empty() {
        let bytes = size_of_val(fds);
        message.msg_control = ancillary.as_mut_ptr().cast();
        // SAFETY: these three only compute sizes and pointers; the header and `bytes` of data fit in `ancillary`, as
        // asserted beside its type, and `BorrowedFd` is laid out as `RawFd`.
        unsafe {
            message.msg_controllen = libc::CMSG_SPACE(bytes as _) as _;
            let control = libc::CMSG_FIRSTHDR(&raw const message);
            (*control).cmsg_level = libc::SOL_SOCKET;
            (*control).cmsg_type = libc::SCM_RIGHTS;
            (*control).cmsg_len = libc::CMSG_LEN(bytes as _) as _;
            std::ptr::copy_nonoverlapping(fds.as_ptr().cast::<u8>(), libc::CMSG_DATA(control), bytes);
        }
    }
    // SAFETY: `message` points at `parts` and `ancillary`, which outlive the call.
    retry(|| unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL) })
}

/// One `recv`; 0 is the end. Descriptors sent along are dropped by the kernel.
pub(crate) fn receive_some(socket: BorrowedFd<'_>, space: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    // SAFETY: the kernel writes at most `space.len()` bytes at its start.
    retry(|| unsafe { libc::recv(socket.as_raw_fd(), space.as_mut_ptr().cast(), space.len(), 0) })
}

/// One `recvmsg`; 0 is the end. Descriptors sent along are queued, closed on exec.
pub(crate) fn receive_some_with_fds(
    socket: BorrowedFd<'_>,
    space: &mut [MaybeUninit<u8>],
    fds: &mut VecDeque<OwnedFd>,
) -> io::Result<usize> {
    let mut ancillary: Ancillary = Default::default();
    let mut part = libc::iovec { iov_base: space.as_mut_ptr().cast(), iov_len: space.len() };
    // SAFETY: all zeros is a valid `msghdr`.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = ancillary.as_mut_ptr().cast();
    message.msg_controllen = size_of::<Ancillary>() as _;
    // SAFETY: `message` points at `part` and `ancillary`, which outlive the call, with their true lengths.
    let got = retry(|| unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC) })?;
    // SAFETY: the kernel filled `ancillary` up to `msg_controllen` with whole headers; the walk stays inside. Each
    // descriptor in an SCM_RIGHTS message is new in this process and belongs to nobody else.
    unsafe {
        let mut control = libc::CMSG_FIRSTHDR(&raw const message);
        while !control.is_null() {
            if (*control).cmsg_level == libc::SOL_SOCKET && (*control).cmsg_type == libc::SCM_RIGHTS {
                let bytes = (*control).cmsg_len as usize - libc::CMSG_LEN(0) as usize;
                let data = libc::CMSG_DATA(control).cast::<RawFd>();
                for index in 0..bytes / size_of::<RawFd>() {
                    fds.push_back(OwnedFd::from_raw_fd(data.add(index).read_unaligned()));
                }
            }
            control = libc::CMSG_NXTHDR(&raw const message, control);
        }
    }
    if message.msg_flags & libc::MSG_CTRUNC != 0 {
        return Err(io::Error::other("file descriptors were lost: too many are open"));
    }
    Ok(got)
}

fn retry(mut call: impl FnMut() -> isize) -> io::Result<usize> {
    loop {
        match usize::try_from(call()) {
            Ok(count) => return Ok(count),
            Err(_) => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
}

/// Waits until the socket is ready for `events` or has ended, at most this long; whether it is.
pub(crate) fn poll(socket: BorrowedFd<'_>, events: libc::c_short, milliseconds: libc::c_int) -> io::Result<libc::c_short> {
    let mut asked = libc::pollfd { fd: socket.as_raw_fd(), events, revents: 0 };
    // SAFETY: one `pollfd`, and the count says so.
    match unsafe { libc::poll(&raw mut asked, 1, milliseconds) } {
        -1 => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            error => Err(error),
        },
        _ => Ok(asked.revents),
    }
}

/// What keeps a frame from being read whole.
pub(crate) enum Bad<E> {
    /// The reader failed.
    Read(E),
    /// The stream ended inside a frame.
    Cut,
    /// The header claims more than a frame may hold.
    TooLarge,
}

/// The read buffer of one end.
pub(crate) struct Inbound {
    buffer: Box<[MaybeUninit<u8>]>,
    start: usize,
    end: usize,
}

impl Inbound {
    pub(crate) fn new() -> Self {
        Self { buffer: Box::new_uninit_slice(BUFFER_BYTES), start: 0, end: 0 }
    }

    /// Reads one frame into `into`, replacing what it holds. Returns the count of descriptors that belong to it, or `None`
    /// where the stream ends before a frame. `read` must return the count of bytes that it wrote at the front, 0 at the end.
    pub(crate) fn frame<E>(
        &mut self,
        into: &mut Vec<u8>,
        bytes_max: usize,
        mut read: impl FnMut(&mut [MaybeUninit<u8>]) -> Result<usize, E>,
    ) -> Result<Option<usize>, Bad<E>> {
        into.clear();
        while self.end - self.start < HEADER_BYTES {
            if !self.fill(&mut read)? {
                return if self.start == self.end { Ok(None) } else { Err(Bad::Cut) };
            }
        }
        let (header, _) = self.buffered().split_first_chunk::<HEADER_BYTES>().ok_or(Bad::Cut)?;
        let [a, b, c, d, e, f, g, h] = *header;
        let bytes = u32::from_le_bytes([a, b, c, d]) as usize;
        let fds = u32::from_le_bytes([e, f, g, h]) as usize;
        self.start += HEADER_BYTES;
        if bytes > bytes_max || fds > FDS_PER_FRAME_MAX || into.try_reserve_exact(bytes).is_err() {
            return Err(Bad::TooLarge);
        }
        self.take(into, bytes);
        while into.len() < bytes {
            let missing = bytes - into.len();
            if missing < BUFFER_BYTES / 2 {
                if !self.fill(&mut read)? {
                    return Err(Bad::Cut);
                }
                self.take(into, missing);
                continue;
            }
            let got = read(&mut into.spare_capacity_mut()[..missing]).map_err(Bad::Read)?;
            if got == 0 {
                return Err(Bad::Cut);
            }
            // SAFETY: `read` wrote `got` bytes at the front of the spare room, no more than `missing` of them.
            unsafe { into.set_len(into.len() + got.min(missing)) };
        }
        Ok(Some(fds))
    }

    fn buffered(&self) -> &[u8] {
        // SAFETY: `fill` moves `end` over bytes that were written, and `start <= end <= buffer.len()` always holds.
        unsafe { self.buffer[self.start..self.end].assume_init_ref() }
    }

    fn take(&mut self, into: &mut Vec<u8>, bytes: usize) {
        let count = bytes.min(self.end - self.start);
        into.extend_from_slice(&self.buffered()[..count]);
        self.start += count;
    }

    fn fill<E>(&mut self, read: &mut impl FnMut(&mut [MaybeUninit<u8>]) -> Result<usize, E>) -> Result<bool, Bad<E>> {
        // Less than a header is left over when more is asked for, so moving it is cheap.
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let got = read(&mut self.buffer[self.end..]).map_err(Bad::Read)?;
        self.end = (self.end + got).min(self.buffer.len());
        Ok(got > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads all frames of a stream that arrives in pieces of `step` bytes.
    fn frames(stream: &[u8], step: usize) -> (Vec<Vec<u8>>, bool) {
        let (mut inbound, mut rest, mut got, mut frame) = (Inbound::new(), stream, Vec::new(), Vec::new());
        loop {
            let read = |space: &mut [MaybeUninit<u8>]| {
                let count = step.min(rest.len()).min(space.len());
                for (to, from) in space.iter_mut().zip(&rest[..count]) {
                    to.write(*from);
                }
                rest = &rest[count..];
                Ok::<usize, ()>(count)
            };
            match inbound.frame(&mut frame, 1 << 20, read) {
                Ok(Some(_)) => got.push(frame.clone()),
                Ok(None) => return (got, true),
                Err(_) => return (got, false),
            }
        }
    }

    fn stream(lengths: &[usize]) -> (Vec<u8>, Vec<Vec<u8>>) {
        let bodies: Vec<Vec<u8>> = lengths.iter().map(|&length| (0..length).map(|index| (index % 251) as u8).collect()).collect();
        let mut stream = Vec::new();
        for body in &bodies {
            stream.extend(header(body.len(), 0).unwrap());
            stream.extend(body);
        }
        (stream, bodies)
    }

    #[test]
    fn frames_survive_any_cutting() {
        let (stream, bodies) = stream(&[0, 1, 7, 8, 9, 300_000, 0, 131_072, 262_136, 262_144, 5]);
        for step in [1, 3, 7, 8, 4096, 131_071, 262_144, usize::MAX] {
            assert_eq!(frames(&stream, step), (bodies.clone(), true), "{step}");
        }
    }

    #[test]
    fn a_cut_or_boastful_stream_is_an_error() {
        let (stream, bodies) = stream(&[3, 5]);
        assert_eq!(frames(&stream[..stream.len() - 1], 4), (bodies[..1].to_vec(), false));
        assert_eq!(frames(&stream[..HEADER_BYTES + 3 + 2], 4), (bodies[..1].to_vec(), false));
        assert_eq!(frames(&header((1 << 20) + 1, 0).unwrap(), 4), (Vec::new(), false));
        assert_eq!(frames(&header(0, FDS_PER_FRAME_MAX + 1).unwrap(), 4), (Vec::new(), false));
    }

    #[test]
    fn parts_go_out_in_order_and_descriptors_once() {
        let bodies: Vec<Vec<u8>> = (0..3000_u32).map(|index| index.to_le_bytes().to_vec()).collect();
        let mut parts: Vec<IoSlice<'_>> = bodies.iter().map(|body| IoSlice::new(body)).collect();
        let (mut sent, mut with_fds) = (Vec::new(), 0);
        let stdin = io::stdin();
        let fds = [std::os::fd::AsFd::as_fd(&stdin)];
        send_all(&mut parts, &fds, |parts, fds| {
            with_fds += fds.len();
            assert!(parts.len() <= PARTS_PER_CALL_MAX);
            let all: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
            let count = all.len().min(777);
            sent.extend_from_slice(&all[..count]);
            Ok::<usize, ()>(count)
        })
        .unwrap();
        assert_eq!((sent, with_fds), (bodies.concat(), 1));
    }
}
