//! How often something has met a fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what has met one fault on its links: pieces of data that were kept, connections unanswered or reset,
/// closings told late, calls lost or late. Cheap to clone; all clones are the same counter.
#[derive(Debug, Clone, Default)]
pub struct Met(Arc<AtomicU64>);

impl Met {
    /// How often so far.
    pub fn times(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Once more.
    pub(super) fn once(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The same counter, not an equal one.
impl PartialEq for Met {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
