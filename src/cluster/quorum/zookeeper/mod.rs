//! A ZooKeeper ensemble as the quorum of a cluster.

pub mod listener;
