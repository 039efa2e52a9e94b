//! The C library's allocator, which librdkafka uses and Rust as well.

/// Keeps memory small while many clients run: by default glibc has eight pools for each core, threads spread over
/// them, and what is freed in one is of no use to another. The guide's load (16 producers, 4 consumers) takes a
/// sixth less with two, at the same speed.
///
/// To be called before threads are started. Does nothing where the C library is another.
pub fn share_pools() {
    #[cfg(target_env = "gnu")]
    #[expect(unsafe_code, reason = "libc has no safe wrapper of it")]
    // SAFETY: sets a parameter of the allocator; no thread runs yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
    }
}
