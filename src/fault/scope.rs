//! What faults act on.

use std::ops::Deref;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::FaultError;
use crate::cluster::Cluster;
use crate::event::id::NodeId;
use crate::runtime::RuntimeError;
use crate::scenario::context::Context;
use crate::scenario::do_nothing::DoNothing;
use crate::scenario::names::Names;

/// What faults of a scenario act on: its context, with references to what is passed on most.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    context: &'a Context,
    /// The cluster that the scenario has for itself.
    pub cluster: &'a Cluster,
    /// The scenario's names in it.
    pub names: &'a Names,
    /// Which of the faults do nothing.
    pub do_nothing: DoNothing,
}

impl Deref for Scope<'_> {
    type Target = Context;

    fn deref(&self) -> &Context {
        self.context
    }
}

impl<'a> Scope<'a> {
    /// The scope of all faults of a scenario.
    pub fn of(context: &'a Context) -> Self {
        let Context { cluster, names, do_nothing, .. } = context;
        Self { context, cluster, names, do_nothing: *do_nothing }
    }
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
