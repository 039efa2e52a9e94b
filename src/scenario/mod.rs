//! What a scenario is performed with, and what is followed while it runs: its cluster, its topics, its clients, the logs of nodes.

pub mod activity;
pub mod context;
pub mod do_nothing;
pub mod failure;
pub mod logs;
pub mod names;
pub mod topic_watch;
pub mod watch;
