//! The worker's end: read a request, send replies.
//!
//! A failure here means that the parent is gone or broken; a worker then has nothing left to do and should exit quietly.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use crate::caps::{Caps, Confinement};
use crate::wire::{self, Bad, Inbound};

/// The worker's end of its socket.
pub struct Channel {
    socket: OwnedFd,
    inbound: Inbound,
    fds: VecDeque<OwnedFd>,
    outbound: Vec<u8>,
    caps: Caps,
}

impl Channel {
    /// Takes over the socket that [`crate::Worker::spawn`] left as standard input, and arranges to die with the parent.
    ///
    /// Call it first thing in `main`: it closes every other file descriptor above standard error, which can only be ones
    /// that the parent itself inherited from its own parent. Fails, touching nothing, where standard input is no socket.
    pub fn from_worker() -> io::Result<Self> {
        let stdin = io::stdin();
        if !is_stream_socket(stdin.as_fd()) {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "a worker is started by the program itself, not by hand"));
        }
        close_inherited();
        // SAFETY: no memory is involved.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        let socket = stdin.as_fd().try_clone_to_owned()?;
        // Nobody shall read the socket by reading standard input.
        let nothing = File::open("/dev/null")?;
        // SAFETY: no memory is involved; descriptor 0 stays open, on another file.
        if unsafe { libc::dup2(nothing.as_raw_fd(), 0) } == -1 {
            return Err(io::Error::last_os_error());
        }
        // A parent that died before the call above cannot be noticed by it, but it has hung up.
        if wire::poll(socket.as_fd(), 0, 0)? & libc::POLLHUP != 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut channel =
            Self { socket, inbound: Inbound::new(), fds: VecDeque::new(), outbound: Vec::new(), caps: Caps::default() };
        let mut frame = Vec::new();
        channel.receive_into(&mut frame)?;
        channel.caps = Caps::decode(&frame).ok_or(io::ErrorKind::InvalidData)?;
        channel.outbound.reserve_exact(wire::BUFFER_BYTES);
        Ok(channel)
    }

    /// What this worker may use, as its parent said.
    #[must_use]
    pub fn caps(&self) -> &Caps {
        &self.caps
    }

    /// Tells the parent which walls stand. Once, before the first reply.
    pub fn say(&mut self, confinement: Confinement) -> io::Result<()> {
        self.send(&confinement.encode())?;
        self.flush()
    }

    /// Waits for the next request, replacing what `frame` holds; the descriptors that came with it. `None` once the parent
    /// has no more. Replies still in the buffer are sent first, since the parent may be waiting for them.
    pub fn receive_into(&mut self, frame: &mut Vec<u8>) -> io::Result<Option<Vec<OwnedFd>>> {
        self.flush()?;
        let (socket, fds) = (self.socket.as_fd(), &mut self.fds);
        let read = |space: &mut [MaybeUninit<u8>]| wire::receive_some_with_fds(socket, space, fds);
        match self.inbound.frame(frame, self.caps.frame_bytes_max as usize, read) {
            Ok(Some(count)) if count <= self.fds.len() => Ok(Some(self.fds.drain(..count).collect())),
            Ok(None) => Ok(None),
            Ok(Some(_)) | Err(Bad::TooLarge) => Err(io::ErrorKind::InvalidData.into()),
            Err(Bad::Cut) => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(Bad::Read(error)) => Err(error),
        }
    }

    /// Sends one reply, at the latest with the next [`Channel::flush`] or [`Channel::receive_into`].
    pub fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        self.send_parts(&[frame])
    }

    /// Like [`Channel::send`] with one frame made of several parts.
    pub fn send_parts(&mut self, frame: &[&[u8]]) -> io::Result<()> {
        let bytes = frame.iter().map(|part| part.len()).sum::<usize>();
        if bytes > self.caps.frame_bytes_max as usize {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a reply is too large"));
        }
        let header = wire::header(bytes, 0)?;
        if self.outbound.len() + header.len() + bytes <= wire::BUFFER_BYTES {
            self.outbound.extend_from_slice(&header);
            frame.iter().for_each(|part| self.outbound.extend_from_slice(part));
            return Ok(());
        }
        let mut parts: Vec<IoSlice<'_>> = Vec::with_capacity(frame.len() + 2);
        parts.extend([IoSlice::new(&self.outbound), IoSlice::new(&header)]);
        parts.extend(frame.iter().map(|part| IoSlice::new(part)));
        write_all(self.socket.as_fd(), &mut parts)?;
        self.outbound.clear();
        Ok(())
    }

    /// Sends what waits in the buffer.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.outbound.is_empty() {
            return Ok(());
        }
        write_all(self.socket.as_fd(), &mut [IoSlice::new(&self.outbound)])?;
        self.outbound.clear();
        Ok(())
    }
}

fn write_all(socket: BorrowedFd<'_>, parts: &mut [IoSlice<'_>]) -> io::Result<()> {
    wire::send_all(parts, &[], |parts, fds| wire::send_some(socket, parts, fds))
}

fn is_stream_socket(fd: BorrowedFd<'_>) -> bool {
    let mut kind: libc::c_int = 0;
    let mut length = size_of_val(&kind) as libc::socklen_t;
    // SAFETY: `kind` has room for `length` bytes.
    let answer =
        unsafe { libc::getsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TYPE, (&raw mut kind).cast(), &raw mut length) };
    answer == 0 && kind == libc::SOCK_STREAM
}

fn close_inherited() {
    const FIRST: libc::c_uint = 3;
    // SAFETY: called before this process has opened anything, by the contract of `from_worker`, so no descriptor that is
    // closed here has an owner in it.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, 0) };
    if closed == -1 {
        for fd in 3..1024 {
            // SAFETY: as above; kernels before 5.9 lack the call. One that is not open gives an error, which is fine.
            unsafe { libc::close(fd) };
        }
    }
}
