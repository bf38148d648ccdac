//! The operator's faults: the only errors of an audit. Hostile input is never one.

use doorward_model::Problem;
use std::fmt;
use std::path::Path;

/// Why an audit could not run: what happened, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// A fault in these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// An input that cannot be opened.
    pub fn input(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {error}", shown(path)))
    }

    /// An input that is neither file, folder nor stream.
    pub fn kind(path: &Path) -> Self {
        Self(format!("{}: a device or socket cannot be audited; give a file, a folder, a FIFO or `-`", shown(path)))
    }

    /// A member of a folder that must be read whole and cannot be.
    pub fn member(path: &Path, problem: &Problem) -> Self {
        Self(format!("{}: {}", shown(path), problem.detail))
    }

    /// The spill could not be written.
    pub fn spill(directory: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: contents that wait to be examined could not be kept: {error}", shown(directory)))
    }

    /// The spill's limit is used up.
    pub fn spill_limit(max: u64) -> Self {
        Self(format!("more than {max} bytes of contents wait to be examined; raise --spill-bytes-max or audit less at once"))
    }

    /// A worker process could not be started.
    pub fn worker(program: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: a worker process could not be started: {error}", shown(program)))
    }
}

fn shown(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    doorward_model::text::visible(path.as_os_str().as_bytes())
}
