//! Worker processes: everything that touches hostile bytes runs in one. Knows nothing but the model's limits.
//!
//! Bytes go in and bytes come out; what they mean is the engine's business. Reading order: [`Caps`] (what a worker may
//! use), [`Worker`] (the parent's end), [`Channel`] (the worker's end), [`confine()`] (what the worker gives up before it
//! reads any input), [`Segment`] and [`Memory`] (large contents, shared by file descriptor), [`proc_memory`] (measuring).
//!
//! **The protocol** is a strict exchange, and that is why it cannot deadlock: the parent sends one request fully and then
//! reads replies; the worker reads one request fully and then replies. A parent that sends a second request before it has
//! read the replies to the first may block until its deadline. A frame is a length and a count of file descriptors (`u32`,
//! little-endian, each) and the bytes; descriptors travel from parent to worker only.
//!
//! Not handled: limits on CPU share (a worker may use one core for as long as its deadline lets it), and kernels other than
//! Linux. Where a kernel lacks a mechanism the worker still runs, and [`Confinement`] says what does not hold.

#![cfg(target_os = "linux")]
// The one crate of the product that speaks to the kernel by hand. Each use has its reason beside it.
#![allow(unsafe_code)]
#![deny(clippy::undocumented_unsafe_blocks)]

mod caps;
mod channel;
mod confine;
mod heap;
mod memory;
mod seccomp;
mod segment;
mod usage;
mod wire;
mod worker;

pub use caps::{Caps, Confinement};
pub use channel::Channel;
pub use confine::confine;
pub use heap::Heap;
pub use memory::Memory;
pub use segment::{Mapped, Segment, map_fd, spill_folder};
pub use usage::{Peak, ProcMemory, children, peak_memory_bytes, proc_memory};
pub use wire::FDS_PER_FRAME_MAX;
pub use worker::{Lost, Worker, own_program};
