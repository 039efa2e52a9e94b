//! What is followed while a scenario runs: its cluster, its topics, its clients, the logs of nodes.

pub mod activity;
pub mod logs;
pub mod topic_watch;
pub mod watch;
