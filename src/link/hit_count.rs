//! How often a fault of links has had an effect.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what one fault has affected on its links: pieces of data that were kept, connections unanswered or reset,
/// closings reported late, calls lost or late. Cheap to clone; all clones are the same counter.
#[derive(Debug, Clone, Default)]
pub struct HitCount(Arc<AtomicU64>);

impl HitCount {
    /// How often so far.
    pub fn times(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Once more.
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The same counter, not an equal one.
impl PartialEq for HitCount {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
