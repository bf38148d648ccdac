//! How much memory processes take, for the bench: parent plus workers, anonymous plus shared.
//!
//! Sources: getrusage(2), and `/proc/PID/status` and `/proc/PID/task/TID/children` of proc(5). Mapped files (`RssFile`:
//! the program itself, segments) are page cache that the kernel may take back, so they are told apart and left out of
//! [`ProcMemory::private_bytes`]. Sealed memory that parent and worker both have mapped counts in each of them.

use std::fs;
use std::io;

/// Peaks of resident memory that the kernel kept, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peak {
    /// Of this process.
    pub own: u64,
    /// Of the largest child that was reaped (not their sum). A child that never grew shows its parent's size at the time it
    /// was started: sample [`proc_memory`] where that matters.
    pub largest_child: u64,
}

/// Peaks of this process and of its largest child.
#[must_use]
pub fn peak_memory_bytes() -> Peak {
    let peak = |who| {
        // SAFETY: all zeros is a valid `rusage`, which is ours and outlives the call.
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            libc::getrusage(who, &raw mut usage);
            usage
        };
        u64::try_from(usage.ru_maxrss).unwrap_or(0).saturating_mul(1024)
    };
    Peak { own: peak(libc::RUSAGE_SELF), largest_child: peak(libc::RUSAGE_CHILDREN) }
}

/// Resident memory of one process now, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcMemory {
    /// Anonymous: heap and stacks.
    pub anonymous: u64,
    /// Shared: memfd, tmpfs and shared anonymous mappings.
    pub shared: u64,
    /// Mapped files.
    pub file: u64,
    /// The most that all three together ever were.
    pub peak: u64,
}

impl ProcMemory {
    /// What the bench counts: anonymous plus shared.
    #[must_use]
    pub fn private_bytes(&self) -> u64 {
        self.anonymous.saturating_add(self.shared)
    }
}

/// Resident memory of a process; an error if there is no such process. A process that has ended but is not reaped has none.
pub fn proc_memory(pid: u32) -> io::Result<ProcMemory> {
    Ok(parse_status(&fs::read_to_string(format!("/proc/{pid}/status"))?))
}

fn parse_status(text: &str) -> ProcMemory {
    let mut memory = ProcMemory::default();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let field = match name {
            "RssAnon" => &mut memory.anonymous,
            "RssShmem" => &mut memory.shared,
            "RssFile" => &mut memory.file,
            "VmHWM" => &mut memory.peak,
            _ => continue,
        };
        let kibibytes = value.trim().strip_suffix("kB").and_then(|number| number.trim().parse::<u64>().ok());
        *field = kibibytes.unwrap_or(0).saturating_mul(1024);
    }
    memory
}

/// Children of a process, in ascending order; none where it has ended or the kernel does not tell.
#[must_use]
pub fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let mut pids: Vec<u32> = lists.flat_map(|list| list.split_whitespace().flat_map(str::parse).collect::<Vec<u32>>()).collect();
    pids.sort_unstable();
    pids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_read_by_name() {
        let text = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 9 kB\nRssAnon:\t     100 kB\nRssFile:\t  7 kB\nRssShmem:\t 3 kB\n";
        let expected = ProcMemory { anonymous: 100 << 10, shared: 3 << 10, file: 7 << 10, peak: 2048 << 10 };
        assert_eq!(parse_status(text), expected);
        assert_eq!(expected.private_bytes(), 103 << 10);
        assert_eq!(parse_status("State:\tZ (zombie)\nRssAnon: many kB\n"), ProcMemory::default());
    }

    #[test]
    fn this_process_has_a_size() {
        let before = proc_memory(std::process::id()).unwrap();
        let block = vec![1_u8; 64 << 20];
        let after = proc_memory(std::process::id()).unwrap();
        assert!(after.anonymous >= before.anonymous + (48 << 20), "{before:?} {after:?}");
        assert!(peak_memory_bytes().own >= 64 << 20);
        assert!(after.peak >= 64 << 20);
        drop(block);
        assert!(proc_memory(u32::MAX).is_err());
        assert!(children(u32::MAX).is_empty());
    }
}
