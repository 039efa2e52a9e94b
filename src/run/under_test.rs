//! What performing scenarios asks of clusters. Everything that decides about retry, replacement and the like goes
//! through these traits, so that it is tested without a cluster.

use std::fmt;

use async_trait::async_trait;

use crate::error::UserError;
use crate::event::scenario::Execution;
use crate::plan::{Batch, Planned};
use crate::run::ending::Ending;
use crate::runtime::Capability;

/// Starts the clusters of a run.
#[async_trait(?Send)]
pub trait Starter: fmt::Debug {
    /// What it starts.
    type Cluster: UnderTest;

    /// Starts a cluster for the batch. `name` is the cluster's own in this run.
    ///
    /// # Errors
    /// When it does not come up.
    async fn start(&self, batch: &Batch, name: &str) -> Result<Self::Cluster, UserError>;
}

/// A cluster on which scenarios are performed.
#[async_trait(?Send)]
pub trait UnderTest: fmt::Debug {
    /// Why the cluster lacks what a scenario needs; none where it has it.
    fn lacks(&self, needed: Capability) -> Option<String>;

    /// Starts again what is down and waits until the cluster is healthy; false if it has to be replaced.
    async fn heal(&self) -> bool;

    /// Whether settings, quotas, users and access rules of the whole cluster are as when it was started.
    async fn is_as_it_was(&self) -> bool;

    /// Removes the topics that ended scenarios have left.
    async fn clear_topics(&self);

    /// Performs these scenarios of the batch and returns how each ended; where the attempt fails fast, some may be
    /// missing.
    async fn perform(&self, batch: &Batch, scenarios: &[&Planned], attempt: Attempt)
    -> Vec<Ending>;

    /// Stops the cluster.
    ///
    /// # Errors
    /// When something is left behind.
    async fn stop(&self) -> Result<(), UserError>;
}

/// How scenarios are performed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Which repetition and attempt this is.
    pub execution: Execution,
    /// How many run side by side, at least 1.
    pub concurrency: usize,
    /// Start no further scenario once one has not passed.
    pub fail_fast: bool,
}
