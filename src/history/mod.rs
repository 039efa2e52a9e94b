//! Histories: what every client did and what came of it, line by line, as `docs/history.md` describes.
//!
//! [`recorder`] writes them while things happen, [`load`] reads them back into the columns that
//! [`crate::checker`] judges. [`scenario`] is the folder of them that a scenario has. None knows anything of
//! clusters or of a particular client.

pub(crate) mod activity;
pub mod assemble;
mod cursor;
pub(crate) mod digest;
pub(crate) mod errors;
pub(crate) mod header;
pub mod line;
pub mod load;
mod ordered;
mod part;
mod parts_in_time;
mod plain;
pub(crate) mod reader;
mod record;
pub mod recorder;
pub(crate) mod refused;
pub(crate) mod scenario;
pub mod send;
mod step;
mod writer;

/// The version of the format that this program writes and the only one that it reads.
pub const VERSION: u32 = 1;

/// The value of `format` in the header of every history.
pub const FORMAT: &str = "kafka-trial-history";
