//! What a worker gives up before it reads any input: files, network, processes, privileges, and memory beyond its share.
//!
//! Four walls, each of which holds without the others: resource limits (setrlimit(2)), no capabilities and no way to gain
//! any (capabilities(7), PR_SET_NO_NEW_PRIVS), landlock (<https://landlock.io>) and a system call filter (`seccomp.rs`).
//! Not handled: time (the parent's deadlines do that) and what the parent passes in by file descriptor, which stays open.

use std::fs;
use std::io;

use landlock::{ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus, Scope};

use crate::caps::{Caps, Confinement};
use crate::seccomp;

/// Confines this process for good. Call it while it has a single thread, since landlock binds only the threads that descend
/// from the calling one; threads with any stack size may be started afterwards where `caps.threads` says so.
///
/// A wall that this kernel does not offer is missing from the answer, and no error. The only errors are the caller's own.
pub fn confine(caps: &Caps) -> io::Result<Confinement> {
    if fs::read_dir("/proc/self/task").map_or(0, Iterator::count) > 1 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "confine a worker before it starts threads"));
    }
    die_before_the_parent();
    let rlimits = limit_resources(caps);
    let unprivileged = drop_privileges();
    let landlock = forbid_paths();
    let seccomp = seccomp::install(caps.threads);
    Ok(Confinement { rlimits, unprivileged, landlock, seccomp })
}

/// When memory runs out, the kernel shall take the worker, whose work can be done again. As good as it gets: no wall.
fn die_before_the_parent() {
    let _ = fs::write("/proc/self/oom_score_adj", "500");
}

fn limit_resources(caps: &Caps) -> bool {
    let address_bytes = caps.memory_bytes.saturating_add(caps.mapped_bytes).saturating_add(address_bytes_now());
    let mut all_set = true;
    // Processes are counted together with threads, and for all processes of the user: the only useful number is none.
    let processes = if caps.threads { None } else { Some((libc::RLIMIT_NPROC, 0)) };
    let limits = [
        (libc::RLIMIT_CORE, 0),
        (libc::RLIMIT_FSIZE, 0),
        (libc::RLIMIT_NOFILE, u64::from(caps.open_files_max)),
        (libc::RLIMIT_DATA, caps.memory_bytes),
        (libc::RLIMIT_AS, address_bytes),
    ];
    for (resource, most) in limits.into_iter().chain(processes) {
        let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: `now` is ours and outlives the call.
        let known = unsafe { libc::getrlimit(resource, &raw mut now) } == 0;
        let most = if known { most.min(now.rlim_max) } else { most };
        let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
        // SAFETY: `limit` outlives the call.
        all_set &= unsafe { libc::setrlimit(resource, &raw const limit) } == 0;
    }
    // Where standard error is kept and is a file, a panic message shall fail, not kill.
    // SAFETY: no handler of ours is installed; ignoring a signal touches no memory.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    all_set
}

/// Address space in use, in bytes: code, stacks and the loader's mappings, which are no fault of the input.
fn address_bytes_now() -> u64 {
    const UNKNOWN: u64 = 1 << 30;
    let pages = fs::read_to_string("/proc/self/statm").ok().and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    pages.map_or(UNKNOWN, |pages| pages.saturating_mul(crate::segment::page_bytes()))
}

fn drop_privileges() -> bool {
    /// `_LINUX_CAPABILITY_VERSION_3` of capget(2): two words for each of the three sets.
    const VERSION_3: u32 = 0x2008_0522;
    let header: [u32; 2] = [VERSION_3, 0];
    let none = [0_u32; 6];
    // SAFETY: both arrays are laid out as `cap_user_header_t` and two `cap_user_data_t`, and outlive the call.
    let dropped = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) } == 0;
    // SAFETY: no memory is involved. Not dumpable: RLIMIT_CORE does not bind core dumps that are piped to a program, and
    // such a dump would leave the input on disk.
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        dropped && libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    }
}

/// Forbids everything that landlock can forbid and allows nothing back. The version in force.
fn forbid_paths() -> Option<u32> {
    /// The newest version that the landlock crate knows; the crate takes away what the kernel does not know.
    const NEWEST: ABI = ABI::V10;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(NEWEST)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self)
        .ok()?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => None,
        (_, LandlockStatus::Available { effective_abi, .. }) => u32::try_from(effective_abi as i32).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Landlock binds a thread and its descendants, so a test can try it without the other walls.
    #[test]
    fn landlock_alone_keeps_paths_and_ports_out_of_reach() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            assert!(fs::File::open("/proc/self/status").is_ok());
            let Some(version) = forbid_paths() else { return };
            let denied = Some(io::ErrorKind::PermissionDenied);
            assert_eq!(fs::File::open("/proc/self/status").err().map(|error| error.kind()), denied);
            assert_eq!(fs::read_dir("/").err().map(|error| error.kind()), denied);
            assert_eq!(fs::write(std::env::temp_dir().join("doorward-landlock"), "x").err().map(|error| error.kind()), denied);
            if version >= 4 {
                assert_eq!(std::net::TcpStream::connect(address).err().map(|error| error.kind()), denied);
                assert_eq!(std::net::TcpListener::bind("127.0.0.1:0").err().map(|error| error.kind()), denied);
            }
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_process_with_several_threads_is_refused() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || held.recv());
        assert_eq!(confine(&Caps::default()).err().map(|error| error.kind()), Some(io::ErrorKind::InvalidInput));
        drop(hold);
        assert!(other.join().unwrap().is_err());
    }

    #[test]
    fn the_address_space_in_use_is_known() {
        assert!((1 << 20..1 << 40).contains(&address_bytes_now()));
    }
}
