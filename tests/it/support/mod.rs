//! What several tests need.

pub mod chromium;
pub mod files;
pub mod golden;
pub mod leftovers;
pub mod recorded;
pub mod room;
pub mod small_disk;
pub mod trial;
