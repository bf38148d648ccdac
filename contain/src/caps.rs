//! What a worker may use, and what came of it: the two messages that this crate itself exchanges with a worker.
//!
//! Both travel as a few fixed bytes between two processes of one program, so there is no versioning.

use doorward_model::Limits;

/// What one worker process may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Most bytes of its own memory: heap, stacks and other private writable pages.
    pub memory_bytes: u64,
    /// Most bytes of contents that it may have mapped at one time, beside its own memory.
    pub mapped_bytes: u64,
    /// Most bytes in one frame, either way.
    pub frame_bytes_max: u32,
    /// Most open file descriptors, its standard streams and its socket among them.
    pub open_files_max: u32,
    /// Whether it may start threads after it is confined.
    pub threads: bool,
    /// Whether it shares the parent's standard error; else a crash prints nothing.
    pub stderr_kept: bool,
}

impl Caps {
    /// The caps of a worker that examines one content at a time within these limits.
    #[must_use]
    pub fn of(limits: &Limits) -> Self {
        Self { memory_bytes: limits.worker_bytes_max, mapped_bytes: limits.content_bytes_max, ..Self::default() }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(CAPS_BYTES);
        bytes.extend(self.memory_bytes.to_le_bytes());
        bytes.extend(self.mapped_bytes.to_le_bytes());
        bytes.extend(self.frame_bytes_max.to_le_bytes());
        bytes.extend(self.open_files_max.to_le_bytes());
        bytes.extend([u8::from(self.threads), u8::from(self.stderr_kept)]);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (memory, rest) = bytes.split_first_chunk()?;
        let (mapped, rest) = rest.split_first_chunk()?;
        let (frame, rest) = rest.split_first_chunk()?;
        let (files, rest) = rest.split_first_chunk()?;
        let &[threads, stderr_kept] = rest else { return None };
        Some(Self {
            memory_bytes: u64::from_le_bytes(*memory),
            mapped_bytes: u64::from_le_bytes(*mapped),
            frame_bytes_max: u32::from_le_bytes(*frame),
            open_files_max: u32::from_le_bytes(*files),
            threads: threads != 0,
            stderr_kept: stderr_kept != 0,
        })
    }
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            memory_bytes: 2 << 30,
            mapped_bytes: 4 << 30,
            frame_bytes_max: 64 << 20,
            open_files_max: 64,
            threads: true,
            stderr_kept: false,
        }
    }
}

const CAPS_BYTES: usize = 26;

/// Which walls stand around a worker, as the worker itself found them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confinement {
    /// Memory, files written, core dumps and descriptors are limited.
    pub rlimits: bool,
    /// It holds no capability and cannot gain one, even if the user is root.
    pub unprivileged: bool,
    /// The kernel's landlock version in force: no path can be opened; from 4 on no TCP port, from 6 on no signal out.
    pub landlock: Option<u32>,
    /// A system call filter is in force: no new process, no socket, no open, no executable memory.
    pub seccomp: bool,
}

impl Confinement {
    /// What does not hold, one phrase each; empty where all walls stand.
    #[must_use]
    pub fn gaps(&self) -> Vec<&'static str> {
        let mut gaps = Vec::new();
        if !self.rlimits {
            gaps.push("resource limits could not be set");
        }
        if !self.unprivileged {
            gaps.push("privileges could not be dropped");
        }
        match self.landlock {
            None => gaps.push("landlock is not available: files are kept out of reach by the system call filter alone"),
            Some(0..4) => {
                gaps.push("landlock is older than version 4: the network is kept out of reach by the system call filter alone")
            }
            Some(_) => {}
        }
        if !self.seccomp {
            gaps.push("the system call filter is not available");
        }
        gaps
    }

    pub(crate) fn encode(self) -> [u8; CONFINEMENT_BYTES] {
        let landlock = self.landlock.map_or(0, |version| u8::try_from(version).unwrap_or(u8::MAX));
        [u8::from(self.rlimits), u8::from(self.unprivileged), landlock, u8::from(self.seccomp)]
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let &[rlimits, unprivileged, landlock, seccomp] = bytes else { return None };
        Some(Self {
            rlimits: rlimits != 0,
            unprivileged: unprivileged != 0,
            landlock: (landlock != 0).then_some(u32::from(landlock)),
            seccomp: seccomp != 0,
        })
    }
}

const CONFINEMENT_BYTES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_messages_survive_the_journey() {
        let caps =
            Caps { memory_bytes: 1, mapped_bytes: 2, frame_bytes_max: 3, open_files_max: 4, threads: false, stderr_kept: true };
        assert_eq!(caps.encode().len(), CAPS_BYTES);
        assert_eq!(Caps::decode(&caps.encode()), Some(caps.clone()));
        assert_eq!(Caps::decode(&caps.encode()[1..]), None);
        let walls = Confinement { rlimits: true, unprivileged: false, landlock: Some(7), seccomp: true };
        assert_eq!(Confinement::decode(&walls.encode()), Some(walls));
        assert_eq!(Confinement::decode(b""), None);
    }

    #[test]
    fn every_missing_wall_is_named() {
        let whole = Confinement { rlimits: true, unprivileged: true, landlock: Some(4), seccomp: true };
        assert!(whole.gaps().is_empty());
        assert_eq!(Confinement { landlock: Some(3), ..whole }.gaps().len(), 1);
        assert_eq!(Confinement::default().gaps().len(), 4);
    }

    #[test]
    fn caps_follow_the_limits() {
        let limits = Limits { worker_bytes_max: 5, content_bytes_max: 6, ..Limits::default() };
        let caps = Caps::of(&limits);
        assert_eq!((caps.memory_bytes, caps.mapped_bytes), (5, 6));
    }
}
