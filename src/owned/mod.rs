//! What a run has started on this machine, and what ends it: the folder of the run with a record of its processes, the
//! processes, the guard that outlives the run, and signals to the run.

pub(crate) mod guard;
pub mod interrupt;
pub mod process;
pub mod run_folder;
pub mod signal;
pub(crate) mod sweep;
