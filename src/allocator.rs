//! The allocator of every program of this package, and of the C libraries in it
//! (`unprefixed_malloc_on_supported_platforms`).
//!
//! A producer at full speed has a hundred thousand messages under way, each in several small pieces that one
//! thread allocates and another frees. glibc's allocator took a third of the CPU time of such a producer.

use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;
