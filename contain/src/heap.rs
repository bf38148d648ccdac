//! The heap of a process whose memory is bounded.

/// The allocator of the command and of its workers; as `#[global_allocator]` of a program.
pub use mimalloc::MiMalloc as Heap;

/// Runs before the program's first allocation.
///
/// The allocator takes address space from the kernel 1 GiB at a time and, where the kernel lends more than it has, makes all of
/// it writable at once. Nothing of it is used by that, but every writable byte counts for [`Caps::memory_bytes`]. A worker
/// starts without environment, so no variable can say this to the allocator.
///
/// [`Caps::memory_bytes`]: crate::Caps::memory_bytes
extern "C" fn write_on_demand() {
    // SAFETY: the allocator's own way to set an option; it stores a number and allocates nothing.
    unsafe { libmimalloc_sys::mi_option_set(ARENA_EAGER_COMMIT, 0) };
}

/// `mi_option_arena_eager_commit` of `mimalloc.h`, the same in versions 2 and 3; the crate has no name for it.
const ARENA_EAGER_COMMIT: libmimalloc_sys::mi_option_t = 4;

// SAFETY: what the loader expects in this section is the address of a function, and this one needs nothing of the runtime.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = write_on_demand;
