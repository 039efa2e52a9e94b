//! What the run gives a scenario.

use std::sync::Arc;

use cucumber::step::Collection;

use crate::cluster::Cluster;
use crate::distribution::Cache;
use crate::event::scenario::ScenarioId;
use crate::event::stream::Events;
use crate::fault::{DoNothing, OwnedScope, Scope};
use crate::history::scenario::ScenarioHistory;
use crate::owned::run_folder::RunFolder;
use crate::scenario::topic_watch::TopicWatch;
use crate::scenario::watch::Watch;
use crate::steps::names::Names;
use crate::steps::world::World;

/// What the run gives a scenario before its first step.
#[derive(Debug)]
pub struct Environment {
    /// The cluster that it runs on, perhaps side by side with other scenarios.
    pub cluster: Arc<Cluster>,
    /// Its names in that cluster.
    pub names: Arc<Names>,
    /// Where it tells what happens.
    pub events: Events,
    /// Which scenario it is.
    pub id: ScenarioId,
    /// What its sentences call.
    pub steps: Arc<Collection<World>>,
    /// Seed of everything random in it.
    pub seed: u64,
    /// Which of its faults do nothing, to see that the scenario depends on them.
    pub do_nothing: DoNothing,
    /// Tells how the cluster changes, where the scenario disturbs it.
    pub watch: Option<Watch>,
    /// Has its history tell what becomes of its topics.
    pub topics: TopicWatch,
    /// Whether its clients come in over links.
    pub by_links: bool,
    /// The per-user cache, where virtual environments of client programs are kept.
    pub cache: Cache,
    /// The folder of the run, which owns the processes that a scenario starts.
    pub folder: Arc<RunFolder>,
    /// What its clients do and what comes of it.
    pub history: Arc<ScenarioHistory>,
}

impl Environment {
    /// What faults act on.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope {
            cluster: &self.cluster,
            names: &self.names,
            events: &self.events,
            scenario: &self.id,
            seed: self.seed,
            do_nothing: self.do_nothing,
            history: &self.history,
        }
    }

    /// What faults in the background act on.
    pub(super) fn owned_scope(&self) -> OwnedScope {
        OwnedScope {
            cluster: Arc::clone(&self.cluster),
            names: Arc::clone(&self.names),
            events: self.events.clone(),
            scenario: self.id.clone(),
            seed: self.seed,
            do_nothing: self.do_nothing,
            history: Arc::clone(&self.history),
        }
    }
}
