//! Clusters that outlive the scenarios or the command that started them.

pub mod background_cluster;
pub mod held;
