//! How this process shares its heap among its threads.

/// Lets all threads allocate from one heap. To be called before threads are started.
///
/// What lanes read is kept until the package is judged and freed by another thread: heaps of their own only fall to pieces
/// (215 beside 176 MB for a package of 20,000 contents, at the same speed). Other C libraries than glibc have one heap.
pub fn one_heap() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: sets a number of the allocator; no memory is involved.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
    }
}
