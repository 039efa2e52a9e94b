//! Real clusters, as scenarios are performed on them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::cluster::{Cluster, health};
use crate::error::UserError;
use crate::event::stream::Events;
use crate::plan::{Batch, Planned};
use crate::run::clear_topics::clear_topics;
use crate::run::ending::Ending;
use crate::run::perform::{RunContext, perform};
use crate::run::stage::Stage;
use crate::run::under_test::{Attempt, Starter, UnderTest};
use crate::runtime::Capability;

/// How long a cluster that was disturbed may take to be healthy again before it is replaced.
const HEALING_LIMIT: Duration = Duration::from_secs(60);

/// Starts the clusters of a run on its stage.
#[derive(Debug)]
pub struct KafkaClusters<'a> {
    /// Where they are started.
    pub stage: &'a Stage,
    /// What their scenarios get.
    pub run: Arc<RunContext>,
}

/// A cluster that is up.
#[derive(Debug)]
pub struct KafkaCluster {
    cluster: Arc<Cluster>,
    run: Arc<RunContext>,
}

impl KafkaCluster {
    /// The cluster, where it stays after the run.
    pub fn into_cluster(self) -> Arc<Cluster> {
        self.cluster
    }

    fn events(&self) -> &Events {
        &self.run.events
    }
}

#[async_trait(?Send)]
impl Starter for KafkaClusters<'_> {
    type Cluster = KafkaCluster;

    async fn start(&self, batch: &Batch, name: &str) -> Result<KafkaCluster, UserError> {
        let cluster = self.stage.start(batch.cluster.clone(), name, batch.needs_links()).await?;
        Ok(KafkaCluster { cluster, run: Arc::clone(&self.run) })
    }
}

#[async_trait(?Send)]
impl UnderTest for KafkaCluster {
    fn lacks(&self, needed: Capability) -> Option<String> {
        let runtime = self.cluster.runtime();
        match runtime.capabilities().remove(&needed) {
            Some(there) => there.err(),
            None => Some(format!("the {} runtime has no {needed:?}", runtime.kind())),
        }
    }

    async fn heal(&self) -> bool {
        let name = self.cluster.name();
        if let Some(why) = self.cluster.why_unfit() {
            self.events().phase(name, format!("replaced: {why}"));
            return false;
        }
        match health::heal(&self.cluster, HEALING_LIMIT).await {
            Ok(()) => true,
            Err(error) => {
                self.events().phase(name, format!("not healthy again, replaced: {error}"));
                false
            }
        }
    }

    async fn is_as_it_was(&self) -> bool {
        let why = match self.cluster.left_changed().await {
            Some(changed) if changed.is_empty() => return true,
            Some(changed) => format!("a scenario has left changed: {}", changed.join(", ")),
            None => {
                let quorum = self.cluster.quorum().name();
                format!("no {quorum} says what scenarios have left")
            }
        };
        self.events().phase(self.cluster.name(), format!("replaced: {why}"));
        false
    }

    /// A topic that cannot be removed makes faults last longer and does no other harm, so it is only reported.
    async fn clear_topics(&self) {
        if let Err(error) = clear_topics(&self.cluster).await {
            let phase = format!("topics of ended scenarios stay: {error}");
            self.events().phase(self.cluster.name(), phase);
        }
    }

    async fn perform(
        &self,
        batch: &Batch,
        scenarios: &[&Planned],
        attempt: Attempt,
    ) -> Vec<Ending> {
        let chosen = |it: &Planned| scenarios.iter().any(|chosen| chosen.id == it.id);
        perform(batch, chosen, &self.cluster, &self.run, attempt).await
    }

    async fn stop(&self) -> Result<(), UserError> {
        Ok(self.cluster.stop().await?)
    }
}
