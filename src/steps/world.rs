//! What a scenario owns: its cluster, its names, its clients.

mod clients;
mod environment;
mod faults;
mod lasting;
mod perform;
mod processes;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

pub use self::environment::Environment;
pub use self::lasting::Lasting;
pub use self::told::Told;
use super::judgement::Judgement;
use super::load::loads::Loads;
use crate::client::admin::Admin;
use crate::client::consumer::Consumer;
use crate::client::external::Program;
use crate::client::process::clients::Clients;
use crate::client::producer::Producer;
use crate::client::sending::Sending;
use crate::cluster::Cluster;
use crate::event::Event;
use crate::fault::{Background, Faults};
use crate::history::scenario::ScenarioHistory;
use crate::scenario::context::Context;
use crate::scenario::failure::StepFailure;
use crate::scenario::names::Names;
use crate::scenario::topic_watch::AT_A_STEP;
use crate::scenario::{activity, logs};
use crate::statistics::sampler::Sampler;

/// The state of one scenario. Clients are found by the names that the author gave them.
#[derive(Debug, Default, cucumber::World)]
pub struct World {
    /// Set before the first step.
    pub environment: Option<Environment>,
    admin: Option<Admin>,
    producers: BTreeMap<String, Producer>,
    consumers: BTreeMap<String, Consumer>,
    sendings: BTreeMap<String, Sending>,
    judgement: Option<Arc<Judgement>>,
    programs: BTreeMap<String, Program>,
    clients: Clients,
    flows: BTreeSet<(String, Option<String>, String)>,
    faults: Faults,
    /// Loads, by topic.
    pub loads: Loads,
    /// Takes statistics.
    pub sampler: Option<Sampler>,
    background: Vec<Background>,
    lasting: BTreeSet<Lasting>,
}

impl World {
    /// The scenario's surroundings.
    ///
    /// # Errors
    /// Environment, when the run has not set them.
    pub fn environment(&self) -> Result<&Environment, StepFailure> {
        self.environment.as_ref().ok_or_else(without_cluster)
    }

    /// The cluster.
    ///
    /// # Errors
    /// As [`World::environment`].
    pub fn cluster(&self) -> Result<&Arc<Cluster>, StepFailure> {
        Ok(&self.environment()?.cluster)
    }

    /// The names.
    ///
    /// # Errors
    /// As [`World::environment`].
    pub fn names(&self) -> Result<&Names, StepFailure> {
        Ok(&self.environment()?.names)
    }

    /// The history of the scenario.
    ///
    /// # Errors
    /// As [`World::environment`].
    pub fn history(&self) -> Result<&Arc<ScenarioHistory>, StepFailure> {
        Ok(&self.environment()?.history)
    }

    /// What the checker has said last.
    pub fn judgement(&self) -> Option<Arc<Judgement>> {
        self.judgement.clone()
    }

    /// Keeps what the checker has said.
    pub fn keep_judgement(&mut self, judgement: Arc<Judgement>) {
        self.judgement = Some(judgement);
    }

    /// Tells what the nodes have logged since shortly before the first fault, or since the beginning where
    /// faults came in the background; nothing where the cluster was not disturbed.
    pub async fn tell_logs(&self, passed: bool) {
        let Some(environment) = &self.environment else { return };
        let Environment { context, watch: Some(watch), .. } = environment else { return };
        let first = self.faults.all().first().map_or(watch.began, |first| first.at);
        let from = first - logs::AROUND;
        let Context { cluster, scenario, events, .. } = context.as_ref();
        logs::tell(cluster, from, passed, scenario, events).await;
    }

    /// Tells what the clients did. They must be closed.
    pub async fn tell_clients(&self) {
        if let Some(Environment { context, .. }) = &self.environment {
            let Context { history, names, scenario, events, .. } = context.as_ref();
            activity::tell(Arc::clone(history), names, scenario, events).await;
        }
    }

    /// A text of the cluster with the author's names in it.
    pub fn shown(&self, text: impl Display) -> String {
        let text = text.to_string();
        self.environment.as_ref().map(|found| found.names.shown(&text)).unwrap_or(text)
    }

    /// Keeps something worth knowing with the scenario.
    ///
    /// # Errors
    /// As [`World::environment`].
    pub fn note(&self, text: impl Into<String>) -> Result<(), StepFailure> {
        let environment = self.environment()?;
        let (scenario, text) = (environment.scenario.clone(), text.into());
        environment.events.emit(Event::Note { scenario, text });
        Ok(())
    }

    /// Ends the faults in the background, heals every fault, takes back what would outlive the scenario, then closes
    /// every client of the scenario, consumers first, so that they leave their groups.
    ///
    /// Returns what went wrong, also a fault that had no effect; every client is gone all the same, and
    /// the run proves the cluster healthy or replaces it.
    pub async fn close(&mut self) -> Vec<StepFailure> {
        let mut errors: Vec<StepFailure> = Vec::new();
        for background in self.background.drain(..) {
            errors.extend(background.stop().await.err());
        }
        errors.extend(self.faults.without_effect().map(StepFailure::from));
        if self.faults.any_left()
            && let Err(error) = self.heal().await
        {
            if let Some(environment) = &self.environment {
                environment.cluster.give_up(error.message.clone());
            }
            errors.push(error);
        }
        errors.extend(self.take_back().await);
        errors.extend(self.close_clients().await.into_iter().map(StepFailure::from));
        if let Some(environment) = &self.environment {
            environment.topics.look(AT_A_STEP).await;
            environment.topics.stop();
            let history = Arc::clone(&environment.history);
            let finished = tokio::task::spawn_blocking(move || history.finish()).await;
            // Nobody can say what is missing in a history that is not whole.
            let lost = finished.ok().and_then(Result::err).map(StepFailure::from);
            errors.extend(lost.map(|lost| StepFailure::inconclusive(lost.message)));
        }
        errors
    }
}

fn without_cluster() -> StepFailure {
    StepFailure::environment("the scenario was started without a cluster")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Access;

    #[test]
    fn a_client_that_was_never_started_is_a_mistake_of_the_author() {
        let failure = World::default().producer("p").unwrap_err();
        assert_eq!(
            failure,
            StepFailure::usage("there is no producer \"p\"; no producer was started")
        );
    }

    #[tokio::test]
    async fn closes_its_clients_once() {
        let mut world = World::default();
        let access = Access::plaintext("127.0.0.1:1");
        let producer = Producer::new(&access, &Default::default(), None).expect("a producer");
        world.add_producer("p".into(), producer).expect("a new name");
        assert!(world.close().await.is_empty());
        assert!(world.producer("p").is_err());
    }
}
