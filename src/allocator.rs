//! The allocator of every program of this package, and of the C libraries in it
//! (`unprefixed_malloc_on_supported_platforms`).
//!
//! A producer at full speed has a hundred thousand messages under way, each in several small pieces that one
//! thread allocates and another frees. glibc's allocator took a third of the CPU time of such a producer, and
//! mimalloc keeps a heap for each of librdkafka's threads (docs/performance.md).

use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What is freed goes back to the kernel within a second, also in arenas that nobody uses any more: a run that
/// goes on with little would otherwise keep what its largest load took. NUL-terminated text, read once when
/// the program starts (jemalloc's manual, "TUNING").
#[expect(unsafe_code, reason = "jemalloc looks for a symbol of this name")]
#[unsafe(export_name = "malloc_conf")]
pub static OPTIONS: Option<&'static std::ffi::c_char> = {
    const TEXT: &std::ffi::CStr = c"background_thread:true,dirty_decay_ms:1000";
    // SAFETY: the pointer is to a constant, which lives as long as the program.
    Some(unsafe { &*TEXT.as_ptr() })
};
