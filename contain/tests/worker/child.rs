//! What the started programs do: a worker that obeys one-word requests, and two parents.

use std::fs;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process::{Command, ExitCode};
use std::time::Duration;

use doorward_contain::{Caps, Channel, Confinement, Segment, Worker, confine, map_fd, own_program, spill_folder};

/// Serves requests `VERB:REST` until the parent has no more.
pub fn worker(way: &str) -> ExitCode {
    let Ok(mut channel) = Channel::from_worker() else { return ExitCode::from(3) };
    if way == "nobody" {
        // SAFETY: no memory is involved. Without effect unless the tests run as root.
        unsafe {
            libc::setgroups(0, std::ptr::null());
            libc::setgid(65_534);
            libc::setuid(65_534);
        }
    }
    let confinement = if way == "free" { Confinement::default() } else { confine(channel.caps()).unwrap() };
    channel.say(confinement).unwrap();
    let mut frame = Vec::new();
    while let Ok(Some(fds)) = channel.receive_into(&mut frame) {
        let split = frame.iter().position(|&byte| byte == b':').unwrap_or(frame.len());
        let (verb, rest) = frame.split_at(split);
        let (verb, rest) = (str::from_utf8(verb).unwrap(), rest.get(1..).unwrap_or(&[]));
        match verb {
            "echo" => channel.send(rest).unwrap(),
            "take" => channel.send(&[]).unwrap(),
            "give" => (0..numbers(rest)[0]).for_each(|_| channel.send(&vec![7; numbers(rest)[1]]).unwrap()),
            "half" => {
                channel.send(b"first").unwrap();
                channel.flush().unwrap();
                end(str::from_utf8(rest).unwrap());
            }
            _ if end(verb) => {}
            _ => {
                let outcome = attempt(verb, str::from_utf8(rest).unwrap(), &fds);
                let text = outcome.unwrap_or_else(|error| format!("{:?} {}", error.kind(), error.raw_os_error().unwrap_or(0)));
                channel.send(text.as_bytes()).unwrap();
            }
        }
    }
    ExitCode::SUCCESS
}

fn numbers(text: &[u8]) -> Vec<usize> {
    str::from_utf8(text).unwrap().split(',').map(|number| number.parse().unwrap()).collect()
}

/// Ways to end badly; false if the verb is none.
fn end(verb: &str) -> bool {
    /// The worker's socket: the first descriptor that it opened.
    const SOCKET: i32 = 3;
    match verb {
        "abort" => std::process::abort(),
        "panic" => panic!("noise"),
        "exit" => std::process::exit(7),
        // SAFETY: raises the signal of a bad access with no access made.
        "segv" => unsafe {
            libc::signal(libc::SIGSEGV, libc::SIG_DFL);
            libc::raise(libc::SIGSEGV);
        },
        "loop" => loop {
            std::hint::spin_loop();
        },
        "deep" => {
            std::hint::black_box(dig(1));
        }
        "deaf" => {
            // SAFETY: nothing in this process uses the descriptor afterwards.
            unsafe { libc::close(SOCKET) };
            loop {
                std::thread::sleep(Duration::from_secs(1));
            }
        }
        "boast" => write_raw(SOCKET, &[0xFF; 8]),
        "fragment" => {
            write_raw(SOCKET, &[9, 0, 0, 0, 0, 0, 0, 0, b'x']);
            std::process::exit(0);
        }
        "trickle" => {
            write_raw(SOCKET, &[0, 0, 0x10, 0, 0, 0, 0, 0]);
            loop {
                write_raw(SOCKET, b"x");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        _ => return false,
    }
    true
}

/// Recurses until the stack is used up.
#[allow(unconditional_recursion)]
fn dig(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    dig(depth + 1) + room[7]
}

fn write_raw(fd: i32, bytes: &[u8]) {
    // SAFETY: `bytes` outlives the call.
    unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
}

/// Things that a confined worker may or may not do.
fn attempt(verb: &str, rest: &str, fds: &[OwnedFd]) -> io::Result<String> {
    let done = |answer: i64| if answer == -1 { Err(io::Error::last_os_error()) } else { Ok("done".to_owned()) };
    match verb {
        "map" => {
            let [offset, len] = numbers(rest.as_bytes())[..] else { panic!("offset and length") };
            let bytes = map_fd(fds[0].as_fd(), offset as u64, len as u64)?;
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        "fds" => return Ok(fds.len().to_string()),
        "open-fds" => return Ok((0..1024).filter(|&fd| is_open(fd)).count().to_string()),
        "hog" => return Ok(hog(rest.parse().unwrap())),
        "open" => drop(fs::File::open(rest)?),
        "list" => drop(fs::read_dir(rest)?),
        "write" => fs::write(rest, "x")?,
        "remove" => fs::remove_file(rest)?,
        "spawn" => drop(Command::new("/bin/true").spawn()?),
        "tcp" => drop(TcpStream::connect(rest)?),
        "listen" => drop(TcpListener::bind("127.0.0.1:0")?),
        "thread" => {
            let big = std::thread::Builder::new().stack_size(64 << 20).name("big".to_owned());
            let sum = big.spawn(|| (0..1000_u64).map(|number| vec![number; 100][7]).sum::<u64>())?;
            return Ok(sum.join().unwrap().to_string());
        }
        _ => return raw_attempt(verb, fds).map_or_else(|| Ok(format!("no such verb: {verb}")), done),
    }
    Ok("done".to_owned())
}

fn raw_attempt(verb: &str, fds: &[OwnedFd]) -> Option<i64> {
    let first = fds.first().map_or(-1, |fd| fd.as_raw_fd());
    let limit = libc::rlimit { rlim_cur: 1 << 40, rlim_max: 1 << 40 };
    let nothing = std::ptr::null_mut::<libc::c_void>();
    let (read_write, private) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: system calls with valid or null pointers; new mappings are never used.
    Some(unsafe {
        match verb {
            "exec" => i64::from(libc::execve(c"/bin/true".as_ptr(), [std::ptr::null()].as_ptr(), [std::ptr::null()].as_ptr())),
            "fork" => libc::fork().into(),
            "ptrace" => libc::ptrace(libc::PTRACE_TRACEME, 0, nothing, nothing),
            "udp" => libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0).into(),
            "kill-parent" => libc::kill(libc::getppid(), 0).into(),
            "kill-all" => libc::kill(-1, 0).into(),
            "memfd" => libc::memfd_create(c"x".as_ptr(), 0).into(),
            "dup-of-limits" => libc::setrlimit(libc::RLIMIT_DATA, &raw const limit).into(),
            "executable" => libc::mmap(nothing, 4096, libc::PROT_READ | libc::PROT_EXEC, private, -1, 0) as i64,
            "shared" => libc::mmap(nothing, 4096, read_write, libc::MAP_SHARED | libc::MAP_ANONYMOUS, -1, 0) as i64,
            "map-writable" => libc::mmap(nothing, 4096, read_write, libc::MAP_SHARED, first, 0) as i64,
            "write-fd" => libc::write(first, c"x".as_ptr().cast(), 1) as i64,
            "shorten-fd" => libc::ftruncate(first, 0).into(),
            "chdir" => libc::chdir(c"/tmp".as_ptr()).into(),
            _ => return None,
        }
    })
}

fn is_open(fd: i32) -> bool {
    // SAFETY: no memory is involved.
    unsafe { libc::fcntl(fd, libc::F_GETFD) != -1 }
}

/// Takes and touches this many MiB; dies if it may not.
fn hog(mebibytes: usize) -> String {
    let blocks: Vec<Vec<u8>> = (0..mebibytes).map(|index| vec![index as u8 | 1; 1 << 20]).collect();
    blocks.iter().filter(|block| block[4096] != 0).count().to_string()
}

/// Starts a worker, sends it into an endless loop, prints its id and waits to be killed.
pub fn middle() {
    let mut worker = Worker::spawn(own_program(), &["worker", "confined"], &Caps::default()).unwrap();
    worker.confinement(None).unwrap();
    worker.send(b"loop", &[], None).unwrap();
    println!("{}", worker.pid());
    io::stdout().flush().unwrap();
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Starts a worker that panics.
pub fn noisy(stderr_kept: bool) -> ExitCode {
    let mut worker = Worker::spawn(own_program(), &["worker", "confined"], &Caps { stderr_kept, ..Caps::default() }).unwrap();
    worker.send(b"panic", &[], None).unwrap();
    if worker.receive(None).is_err() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Spills more than this process may write, as onto a full disk.
pub fn full() {
    let limit = libc::rlimit { rlim_cur: 1 << 20, rlim_max: 1 << 20 };
    // SAFETY: `limit` outlives the call; ignoring a signal touches no memory.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
    }
    let folder = spill_folder();
    let mut segment = Segment::create(&folder).unwrap();
    assert_eq!(segment.append(&[1; 600 << 10]).unwrap(), 0);
    let error = segment.append(&[2; 600 << 10]).unwrap_err().to_string();
    assert!(error.contains(&folder.display().to_string()) && error.contains("make room"), "{error}");
    assert_eq!(segment.len(), 600 << 10);
    assert_eq!(segment.append(b"fits").unwrap(), 600 << 10);
    let mapped = segment.map(0..segment.len()).unwrap();
    assert!(mapped.starts_with(&[1; 600 << 10]) && mapped.ends_with(b"fits"));
}
