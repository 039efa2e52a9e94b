//! What faults act on.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::{DoNothing, FaultError};
use crate::cluster::Cluster;
use crate::event::id::NodeId;
use crate::event::scenario::ScenarioId;
use crate::event::stream::Events;
use crate::history::scenario::ScenarioHistory;
use crate::runtime::RuntimeError;
use crate::steps::names::Names;

/// What faults of a scenario act on.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The cluster that the scenario has for itself.
    pub cluster: &'a Cluster,
    /// The scenario's names in it.
    pub names: &'a Names,
    /// Where faults are reported.
    pub events: &'a Events,
    /// The scenario.
    pub scenario: &'a ScenarioId,
    /// Seed of everything random.
    pub seed: u64,
    /// Which of its faults do nothing.
    pub do_nothing: DoNothing,
    /// The history of the scenario, which has its faults.
    pub history: &'a ScenarioHistory,
}

impl Scope<'_> {
    /// The scope of one fault.
    pub(in crate::fault) fn of_fault(self, number: usize) -> Self {
        Self { do_nothing: self.do_nothing.of_fault(number), ..self }
    }

    /// Whether faults act in it.
    pub(in crate::fault) fn acts(self) -> bool {
        !self.do_nothing.any()
    }

    /// Runs a script beside the data of a node, and returns what it has printed. `doing` completes "failed to …".
    pub(in crate::fault) async fn shell(
        self,
        node: NodeId,
        doing: &str,
        script: &str,
        arguments: &[String],
    ) -> Result<String, FaultError> {
        let output = self.cluster.runtime().shell(node, script, arguments).await?;
        match output.code {
            0 => Ok(output.stdout),
            _ => Err(FaultError::from(RuntimeError::Failed {
                doing: doing.into(),
                source: output.stderr.trim().to_owned().into(),
            })),
        }
    }

    /// Chance, drawn from the run's seed, the scenario, and a number that is another one for each use.
    pub(in crate::fault) fn dice(self, number: u64) -> StdRng {
        let place = format!("{}:{}", self.scenario.file.display(), self.scenario.line);
        let place = u64::from(crc32fast::hash(place.as_bytes()));
        StdRng::seed_from_u64(self.seed ^ (place << 16) ^ number)
    }
}

/// A scope that lives as long as a task in the background needs it.
#[derive(Debug, Clone)]
pub struct OwnedScope {
    /// As in [`Scope`].
    pub cluster: Arc<Cluster>,
    /// As in [`Scope`].
    pub names: Arc<Names>,
    /// As in [`Scope`].
    pub events: Events,
    /// As in [`Scope`].
    pub scenario: ScenarioId,
    /// As in [`Scope`].
    pub seed: u64,
    /// As in [`Scope`].
    pub do_nothing: DoNothing,
    /// As in [`Scope`].
    pub history: Arc<ScenarioHistory>,
}

impl OwnedScope {
    /// What faults act on.
    pub fn borrowed(&self) -> Scope<'_> {
        Scope {
            cluster: &self.cluster,
            names: &self.names,
            events: &self.events,
            scenario: &self.scenario,
            seed: self.seed,
            do_nothing: self.do_nothing,
            history: &self.history,
        }
    }
}
