//! What keeps the state of a cluster and elects its controller.

pub mod zookeeper;
