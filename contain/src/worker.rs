//! The parent's end of a worker process: start it, ask it, lose it.
//!
//! The worker is a program with a socket as its standard input, no environment, `/` as its folder, a process group of its
//! own and nothing on its standard output. It dies with this process, and it is killed and reaped when dropped or lost.

use std::fmt;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::caps::{Caps, Confinement};
use crate::wire::{self, Bad, Inbound};

/// The program that runs, as a path that stays true if its file is replaced meanwhile.
#[must_use]
pub fn own_program() -> &'static Path {
    Path::new("/proc/self/exe")
}

/// Why a worker is no more. It is dead and reaped by the time this is returned, and every later call returns the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It ended by itself or by a signal; one of the two is set.
    Died {
        /// Exit code.
        code: Option<i32>,
        /// Signal: 6 is a panic or failed allocation, 9 often the kernel's memory killer, 31 a forbidden system call.
        signal: Option<i32>,
    },
    /// It did not answer before the deadline.
    TimedOut,
    /// It broke the protocol, or the socket failed.
    Broken(String),
}

impl fmt::Display for Lost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Died { signal: Some(signal), .. } => write!(out, "the worker died of signal {signal}"),
            Self::Died { code, .. } => write!(out, "the worker exited with code {}", code.unwrap_or(-1)),
            Self::TimedOut => out.write_str("the worker did not answer in time"),
            Self::Broken(detail) => write!(out, "the worker broke the protocol: {detail}"),
        }
    }
}

impl std::error::Error for Lost {}

/// One worker process, seen from its parent.
pub struct Worker {
    line: Line,
    inbound: Inbound,
    frame_bytes_max: usize,
    confinement: Option<Confinement>,
    lost: Option<Lost>,
}

impl Worker {
    /// Starts `program`, which must open its end with [`crate::Channel::from_worker`] before it does anything else.
    /// Returns at once; the worker's start-up overlaps with whatever the parent does next.
    pub fn spawn(program: &Path, args: &[&str], caps: &Caps) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        for end in [&ours, &theirs] {
            widen(end.as_fd());
        }
        ours.set_read_timeout(Some(TICK))?;
        ours.set_write_timeout(Some(TICK))?;
        let mut command = Command::new(std::path::absolute(program)?);
        command.args(args).env_clear().current_dir("/").process_group(0);
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null());
        command.stderr(if caps.stderr_kept { Stdio::inherit() } else { Stdio::null() });
        let line = Line { child: spawn_for_life(command)?, socket: ours.into() };
        let frame_bytes_max = caps.frame_bytes_max as usize;
        let mut worker = Self { line, inbound: Inbound::new(), frame_bytes_max, confinement: None, lost: None };
        // A worker that is lost already says so on the first real call.
        let _ = worker.send(&caps.encode(), &[], None);
        Ok(worker)
    }

    /// Sends one request, and file descriptors with it (at most [`crate::FDS_PER_FRAME_MAX`]). Read all replies before the
    /// next request: see the protocol at the top of this crate.
    pub fn send(&mut self, frame: &[u8], fds: &[BorrowedFd<'_>], deadline: Option<Instant>) -> Result<(), Lost> {
        self.send_parts(&[frame], fds, deadline)
    }

    /// Like [`Worker::send`] with one frame made of several parts, which need not be copied together.
    pub fn send_parts(&mut self, frame: &[&[u8]], fds: &[BorrowedFd<'_>], deadline: Option<Instant>) -> Result<(), Lost> {
        self.alive()?;
        let bytes = frame.iter().map(|part| part.len()).sum::<usize>();
        let header = match wire::header(bytes, fds.len()) {
            Ok(header) if bytes <= self.frame_bytes_max && fds.len() <= wire::FDS_PER_FRAME_MAX => header,
            _ => return Err(self.lose(Fault::Broken("a request is too large".to_owned()))),
        };
        let mut parts: Vec<IoSlice<'_>> = Vec::with_capacity(frame.len() + 1);
        parts.push(IoSlice::new(&header));
        parts.extend(frame.iter().map(|part| IoSlice::new(part)));
        let line = &mut self.line;
        let sent = wire::send_all(&mut parts, fds, |parts, fds| {
            line.attempt(libc::POLLOUT, deadline, |socket| wire::send_some(socket, parts, fds))
        });
        sent.map_err(|fault| self.lose(fault))
    }

    /// Waits for one reply; without a deadline for as long as the worker lives.
    pub fn receive(&mut self, deadline: Option<Instant>) -> Result<Vec<u8>, Lost> {
        let mut frame = Vec::new();
        self.receive_into(&mut frame, deadline)?;
        Ok(frame)
    }

    /// Like [`Worker::receive`] into a buffer that is reused; what it holds is replaced.
    pub fn receive_into(&mut self, frame: &mut Vec<u8>, deadline: Option<Instant>) -> Result<(), Lost> {
        self.confinement(deadline)?;
        self.read_frame(frame, deadline)
    }

    /// Which walls stand around this worker. The first call waits for it to have built them.
    pub fn confinement(&mut self, deadline: Option<Instant>) -> Result<Confinement, Lost> {
        self.alive()?;
        if let Some(confinement) = self.confinement {
            return Ok(confinement);
        }
        let mut frame = Vec::new();
        self.read_frame(&mut frame, deadline)?;
        match Confinement::decode(&frame) {
            Some(confinement) => Ok(*self.confinement.insert(confinement)),
            None => Err(self.lose(Fault::Broken("its first word is not understood".to_owned()))),
        }
    }

    /// Its process id, for measuring.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.line.child.id()
    }

    fn read_frame(&mut self, frame: &mut Vec<u8>, deadline: Option<Instant>) -> Result<(), Lost> {
        self.alive()?;
        let line = &mut self.line;
        let read =
            |space: &mut [MaybeUninit<u8>]| line.attempt(libc::POLLIN, deadline, |socket| wire::receive_some(socket, space));
        let fault = match self.inbound.frame(frame, self.frame_bytes_max, read) {
            Ok(Some(0)) => return Ok(()),
            Ok(Some(_)) => Fault::Broken("it sends file descriptors".to_owned()),
            Ok(None) | Err(Bad::Cut) => Fault::Gone,
            Err(Bad::TooLarge) => Fault::Broken("a reply is too large".to_owned()),
            Err(Bad::Read(fault)) => fault,
        };
        frame.clear();
        Err(self.lose(fault))
    }

    fn alive(&self) -> Result<(), Lost> {
        self.lost.clone().map_or(Ok(()), Err)
    }

    fn lose(&mut self, fault: Fault) -> Lost {
        if matches!(fault, Fault::Gone) {
            self.line.await_death();
        }
        let ended = self.line.end();
        let lost = match fault {
            Fault::Gone => ended,
            Fault::TimedOut => Lost::TimedOut,
            Fault::Broken(detail) => Lost::Broken(detail),
        };
        self.lost.insert(lost).clone()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.lost.is_none() {
            self.line.end();
        }
    }
}

/// A blocking call on the socket returns after this long, so that deadlines and silent deaths are noticed.
const TICK: Duration = Duration::from_millis(50);

/// A reply that lies ready is still read this long after the deadline: it may have been us who slept. A worker that hung up
/// may live on this long.
const GRACE: Duration = Duration::from_secs(1);

/// Bytes that the kernel may hold in the socket, where it lets us choose.
const SOCKET_BYTES: libc::c_int = 1 << 20;

enum Fault {
    Gone,
    TimedOut,
    Broken(String),
}

/// The process and its socket.
struct Line {
    child: Child,
    socket: OwnedFd,
}

impl Line {
    /// Repeats `call` until it moves bytes, the deadline passes or the process is found dead.
    fn attempt(
        &mut self,
        events: libc::c_short,
        deadline: Option<Instant>,
        mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> Result<usize, Fault> {
        let mut dead = false;
        loop {
            if let Some(deadline) = deadline {
                self.await_deadline(events, deadline)?;
            }
            match call(self.socket.as_fd()) {
                Ok(count) => return Ok(count),
                Err(error) => match error.kind() {
                    // What it sent before it died is read first, hence the second round.
                    io::ErrorKind::WouldBlock if dead => return Err(Fault::Gone),
                    io::ErrorKind::WouldBlock => dead = self.is_dead(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => return Err(Fault::Gone),
                    _ => return Err(Fault::Broken(error.to_string())),
                },
            }
        }
    }

    /// Sleeps through the last stretch before the deadline, which a blocking call of one tick would overshoot.
    fn await_deadline(&self, events: libc::c_short, deadline: Instant) -> Result<(), Fault> {
        loop {
            let now = Instant::now();
            let left = deadline.saturating_duration_since(now);
            if left > TICK {
                return Ok(());
            }
            let milliseconds = libc::c_int::try_from(left.as_micros().div_ceil(1000)).unwrap_or(0);
            match wire::poll(self.socket.as_fd(), events, milliseconds) {
                Ok(0) if left.is_zero() => return Err(Fault::TimedOut),
                Ok(0) => {}
                Ok(_) if now > deadline + GRACE => return Err(Fault::TimedOut),
                Ok(_) => return Ok(()),
                Err(error) => return Err(Fault::Broken(error.to_string())),
            }
        }
    }

    /// Whether the process has ended, without reaping it: until then its id and group cannot mean anybody else.
    fn is_dead(&self) -> bool {
        // SAFETY: all zeros is a valid `siginfo_t`.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        // SAFETY: `info` is ours and outlives the call.
        let answer = unsafe { libc::waitid(libc::P_PID, self.child.id(), &raw mut info, flags) };
        // SAFETY: `waitid` succeeded, so this member of the union is the one that it filled (or left zero).
        answer == 0 && unsafe { info.si_pid() } != 0
    }

    /// Lets a process that hung up finish dying, so that its own cause of death is reported. A panic that unwinds closes the
    /// socket well before it exits.
    fn await_death(&self) {
        let patience = Instant::now() + GRACE;
        while !self.is_dead() && Instant::now() < patience {
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Kills the process with its group and reaps it.
    fn end(&mut self) -> Lost {
        if let Ok(pid) = libc::pid_t::try_from(self.child.id()) {
            // SAFETY: no memory is involved; the group was made for this child, which is not reaped yet.
            unsafe { libc::kill(-pid, libc::SIGKILL) };
        }
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => Lost::Died { code: status.code(), signal: status.signal() },
            Err(error) => Lost::Broken(error.to_string()),
        }
    }
}

fn widen(socket: BorrowedFd<'_>) {
    // The first of each pair goes beyond the system's maximum and needs privilege; whatever is granted will do.
    for options in [[libc::SO_SNDBUFFORCE, libc::SO_SNDBUF], [libc::SO_RCVBUFFORCE, libc::SO_RCVBUF]] {
        for option in options {
            let value = SOCKET_BYTES;
            let length = size_of_val(&value) as libc::socklen_t;
            // SAFETY: `value` has `length` bytes and outlives the call.
            if unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, option, (&raw const value).cast(), length) } == 0 {
                break;
            }
        }
    }
}

type Order = (Command, Sender<io::Result<Child>>);

/// Starts a process from a thread that lives as long as this process. "Die with your parent" (PR_SET_PDEATHSIG, prctl(2))
/// means the parent's *thread*: a worker started by a short-lived thread would be killed when that thread ends.
fn spawn_for_life(command: Command) -> io::Result<Child> {
    static ORDERS: Mutex<Option<Sender<Order>>> = Mutex::new(None);
    let (reply, child) = channel();
    let mut orders = ORDERS.lock().unwrap_or_else(PoisonError::into_inner);
    let sender = match &mut *orders {
        Some(sender) => sender,
        none => none.insert(start_spawner()?),
    };
    let gone = || io::Error::other("the thread that starts workers has ended");
    sender.send((command, reply)).map_err(|_| gone())?;
    drop(orders);
    child.recv().map_err(|_| gone())?
}

fn start_spawner() -> io::Result<Sender<Order>> {
    let (orders, inbox) = channel::<Order>();
    std::thread::Builder::new().name("spawner".to_owned()).spawn(move || {
        for (mut command, reply) in inbox {
            let child = command.spawn();
            // Closes our copy of the worker's end, before anybody waits for the worker's death to close it.
            drop(command);
            let _ = reply.send(child);
        }
    })?;
    Ok(orders)
}
