//! Tests whose own process matters.
//!
//! A run in this process starts this program again: as its guard (`guard …`) and as client processes (`client …`).
//! Tests are selected by such a word, so no test here has one of them in its name.

mod coordinator;
#[path = "../it/support/leftovers.rs"]
mod leftovers;
mod panics;

use std::sync::RwLock;

/// Held for reading by tests that start programs, for writing by one that needs that no program is started meanwhile.
static STARTING: RwLock<()> = RwLock::new(());
