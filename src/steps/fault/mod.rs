//! Steps that disturb the cluster. A scenario that uses one has the cluster for itself.

pub mod background;
pub mod clock;
pub mod disk;
pub mod link;
pub mod process;
