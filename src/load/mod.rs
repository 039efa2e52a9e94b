//! Loads: many producers that send many messages, many consumers that read them, and what that took.
//!
//! A load runs on threads of its own, or in processes of its own, so that what it measures is Kafka and not the
//! rest of trial. It keeps no message: each carries its id, sets of ids take a bit for each message, and
//! counts and latencies take a few bytes for each second, so that the memory of trial does not grow with
//! the number of messages.
//!
//! Latency is from the moment at which a message should have been sent to its delivery report. With a rate,
//! that moment comes from the schedule, whether or not the producer was ready: a stall of a second counts for
//! every message that was due in it (no *coordinated omission*). Without a rate, it is when the message was
//! handed to the client library.

pub(crate) mod book;
pub(crate) mod child;
pub(crate) mod content;
pub(crate) mod ids;
mod latencies;
pub(crate) mod meter;
pub(crate) mod probe;
pub mod process;
pub mod receive;
pub mod receivers;
pub(crate) mod recovery;
pub mod send;
pub mod senders;
pub(crate) mod task;
