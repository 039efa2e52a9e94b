//! Room for clusters on this machine. Tests run side by side, and two clusters keep two cores busy: with more, nodes
//! start and answer too late.

use tokio::sync::{Semaphore, SemaphorePermit};

const CLUSTERS: u32 = 2;

static ROOM: Semaphore = Semaphore::const_new(CLUSTERS as usize);

/// Waits for room for one cluster; it is free again when what is returned is dropped.
pub fn for_a_cluster() -> SemaphorePermit<'static> {
    take(1)
}

/// Waits until no other test has a cluster: for tests with two of them, and for those that use every core.
pub fn all() -> SemaphorePermit<'static> {
    take(CLUSTERS)
}

// Each test has a thread of its own, so it may be blocked. First come, first served.
fn take(clusters: u32) -> SemaphorePermit<'static> {
    futures::executor::block_on(ROOM.acquire_many(clusters)).expect("nobody closes it")
}
