//! Clusters that outlive the command that started them.

pub mod background_cluster;
