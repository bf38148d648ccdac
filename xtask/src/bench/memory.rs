//! Peak memory of a process and its workers: anonymous plus shared, sampled while it runs.
//!
//! Mapped files are not counted: the kernel takes them back at will. Not handled: a peak between two samples.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

/// Between two samples.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits for a child and returns the largest sum that was seen, in bytes, and whether it could run.
pub fn watch(child: &mut Child) -> Result<u64, String> {
    let mut peak = 0;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            // 0 pass, 1 fail, 3 incomplete: the audit ran.
            return if matches!(status.code(), Some(0 | 1 | 3)) {
                Ok(peak)
            } else {
                Err(format!("the audit ended with {status}"))
            };
        }
        peak = peak.max(family_bytes(child.id()));
        std::thread::sleep(PAUSE);
    }
}

/// Memory of a process and all its descendants.
fn family_bytes(root: u32) -> u64 {
    let mut waiting = vec![root];
    let mut family = BTreeSet::new();
    while let Some(process) = waiting.pop() {
        if family.insert(process) {
            waiting.extend(children(process));
        }
    }
    family.into_iter().map(|process| status_bytes(&read(format!("/proc/{process}/status")))).sum()
}

fn children(process: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = tasks.map(|task| read(task.path().join("children")));
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()).collect()
}

/// A process that has just ended has no text to read.
fn read(path: impl Into<PathBuf>) -> String {
    std::fs::read_to_string(path.into()).unwrap_or_default()
}

fn status_bytes(status: &str) -> u64 {
    let field = |line: &str| {
        let amount = line.strip_prefix("RssAnon:").or_else(|| line.strip_prefix("RssShmem:"))?;
        amount.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
    };
    status.lines().filter_map(field).sum::<u64>() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anonymous_and_shared_memory_are_added() {
        let status = "Name:\tx\nVmRSS:\t 900 kB\nRssAnon:\t     100 kB\nRssFile:\t 700 kB\nRssShmem:\t      20 kB\n";
        assert_eq!(status_bytes(status), 120 * 1024);
        assert_eq!(status_bytes(""), 0);
    }

    #[test]
    fn a_process_is_seen_with_its_children() {
        let mut child = std::process::Command::new("sleep").arg("5").spawn().unwrap();
        assert!(children(std::process::id()).contains(&child.id()));
        assert!(family_bytes(std::process::id()) > 0);
        child.kill().unwrap();
        assert!(watch(&mut child).is_err());
    }
}
