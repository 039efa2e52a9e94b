//! What a scenario is performed with.

use std::sync::Arc;

use crate::cluster::Cluster;
use crate::distribution::Cache;
use crate::event::scenario::ScenarioId;
use crate::event::stream::Events;
use crate::history::scenario::ScenarioHistory;
use crate::owned::run_folder::RunFolder;
use crate::scenario::do_nothing::DoNothing;
use crate::scenario::names::Names;

/// What a scenario is performed with: its steps, its faults and all that follows it share one.
#[derive(Debug)]
pub struct Context {
    /// The cluster that it runs on, perhaps side by side with other scenarios.
    pub cluster: Arc<Cluster>,
    /// Its names in that cluster.
    pub names: Names,
    /// Where it reports what happens.
    pub events: Events,
    /// Which scenario it is.
    pub scenario: ScenarioId,
    /// Seed of everything random in it.
    pub seed: u64,
    /// Which of its faults do nothing, to see that the scenario depends on them.
    pub do_nothing: DoNothing,
    /// Whether its clients come in over links.
    pub by_links: bool,
    /// The per-user cache, where virtual environments of client programs are kept.
    pub cache: Cache,
    /// The folder of the run, which owns the processes that a scenario starts.
    pub folder: Arc<RunFolder>,
    /// What its clients do and what comes of it.
    pub history: Arc<ScenarioHistory>,
}
