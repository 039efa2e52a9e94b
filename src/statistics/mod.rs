//! What the machine, every node and trial itself use, at an interval: CPU, memory, disks, network, and the
//! processes that use most. What nmon shows, for a cluster.
//!
//! Counters are read twice and set against each other, so the first snapshot comes one interval after the
//! first reading. CPU is in percent of one core.

pub mod machine;
pub mod sampler;
pub mod sockets;
pub mod usage;
