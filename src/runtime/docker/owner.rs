//! Whose a container or a network is. Everything that trial makes on an engine carries labels, and only
//! what carries them is ever removed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, RemoveContainerOptionsBuilder,
};
use tokio::sync::RwLock;
use tokio::task::JoinError;

use super::engine::{CONFLICT, Engine, NOT_FOUND, refused, status};
use crate::event::run_id::RunId;
use crate::runtime::RuntimeError;
use crate::runtime::provider::IsAlive;
use crate::wait::{self, Seen};

/// Name of the run that made it.
const RUN: &str = "kafka-trial.run";
/// The state folder of that run: runs of other users or other state folders are not ours to judge.
const STATE: &str = "kafka-trial.state";
/// The cluster within the run.
const CLUSTER: &str = "kafka-trial.cluster";

/// How long removal may take; seen to take under a second for six nodes.
const REMOVE_LIMIT: Duration = Duration::from_secs(60);
const REMOVE_INTERVAL: Duration = Duration::from_millis(10);

/// The owner of a cluster's containers and network.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    /// The run.
    pub(super) run: RunId,
    /// Its state folder.
    pub(super) state: PathBuf,
    /// Name of the cluster, unique within the run.
    pub(super) cluster: String,
    /// Whatever makes something on the engine holds a read lock; the removal takes the write lock and so waits for it.
    making: Arc<RwLock<()>>,
}

impl Owner {
    /// The owner of `cluster` of `run`, whose state folder is `state`.
    pub(super) fn new(run: RunId, state: &Path, cluster: &str) -> Self {
        let making = Arc::default();
        Self { run, state: state.to_owned(), cluster: cluster.to_owned(), making }
    }

    /// Lets the engine make something to its end, also when nobody waits for it any more: what is being made
    /// while a start is interrupted would otherwise appear after everything was removed.
    pub(super) async fn make<T: Send + 'static>(
        &self,
        making: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let held = Arc::clone(&self.making).read_owned().await;
        let made = tokio::spawn(async move {
            let made = making.await;
            drop(held);
            made
        });
        match made.await.map_err(JoinError::try_into_panic) {
            Ok(made) => made,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // Only the end of the whole program cancels it.
            Err(Err(_)) => std::future::pending().await,
        }
    }

    /// Labels of everything that belongs to the cluster.
    pub(super) fn labels(&self) -> HashMap<String, String> {
        [
            (RUN, self.run.to_string()),
            (STATE, self.state.display().to_string()),
            (CLUSTER, self.cluster.clone()),
        ]
        .map(|(label, value)| (label.to_owned(), value))
        .into()
    }

    /// Name on the engine of something that belongs to the cluster. Names are unique on an engine.
    pub(super) fn name(&self, what: impl std::fmt::Display) -> String {
        format!("kafka-trial-{}-{}-{what}", self.run, self.cluster)
    }

    /// Kills and removes everything with the cluster's labels, also what was made while nobody waited for
    /// the engine's answer.
    ///
    /// # Errors
    /// When the engine refuses, or something is still there after a minute.
    pub(super) async fn remove_all(&self, engine: &Engine) -> Result<(), RuntimeError> {
        let labels: Vec<_> =
            self.labels().iter().map(|(label, value)| format!("{label}={value}")).collect();
        // Once this is held, nothing is being made any more.
        let _nothing = self.making.write().await;
        let removal = wait::until(REMOVE_LIMIT, REMOVE_INTERVAL, || async {
            let containers = Found::containers(engine, &labels).await?;
            if !containers.is_empty() {
                let left = containers.len();
                remove_containers(engine, containers).await?;
                return Ok(Seen::NotYet(format!("{left} containers were there")));
            }
            let networks = Found::networks(engine, &labels).await?;
            remove_networks(engine, networks).await?;
            Ok::<_, RuntimeError>(Seen::Ready(()))
        });
        removal.await.map_err(|error| match error {
            wait::WaitError::Failed(error) => error,
            timeout @ wait::WaitError::TimedOut { .. } => refused(format!(
                "remove the containers of cluster {}",
                self.cluster
            ))(timeout.to_string()),
        })
    }
}

/// Removes what runs that are dead left on the engine: containers and networks labelled with our state
/// folder whose run is not alive, and nothing else. Returns how many were removed.
///
/// # Errors
/// When the engine refuses.
pub async fn sweep(
    engine: &Engine,
    state: &Path,
    is_alive: &IsAlive<'_>,
) -> Result<usize, RuntimeError> {
    let ours = [format!("{STATE}={}", state.display())];
    let dead = |found: Vec<Found>| -> Vec<Found> {
        // Without the label of a run it is not of our making, whatever its other labels say.
        found.into_iter().filter(|it| it.run.as_deref().is_some_and(|run| !is_alive(run))).collect()
    };
    let containers = dead(Found::containers(engine, &ours).await?);
    let networks = dead(Found::networks(engine, &ours).await?);
    let count = containers.len() + networks.len();
    remove_containers(engine, containers).await?;
    remove_networks(engine, networks).await?;
    Ok(count)
}

/// A container or a network on the engine.
struct Found {
    id: String,
    run: Option<String>,
}

impl Found {
    async fn containers(engine: &Engine, labels: &[String]) -> Result<Vec<Self>, RuntimeError> {
        let filters = HashMap::from([("label", labels.to_vec())]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let list = engine.client.list_containers(Some(options)).await;
        let list = list.map_err(refused("list containers"))?;
        Ok(list.into_iter().filter_map(|it| Self::new(it.id, it.labels)).collect())
    }

    async fn networks(engine: &Engine, labels: &[String]) -> Result<Vec<Self>, RuntimeError> {
        let filters = HashMap::from([("label", labels.to_vec())]);
        let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
        let list = engine.client.list_networks(Some(options)).await;
        let list = list.map_err(refused("list networks"))?;
        Ok(list.into_iter().filter_map(|it| Self::new(it.id, it.labels)).collect())
    }

    fn new(id: Option<String>, labels: Option<HashMap<String, String>>) -> Option<Self> {
        Some(Self { id: id?, run: labels.and_then(|mut labels| labels.remove(RUN)) })
    }
}

async fn remove_containers(engine: &Engine, found: Vec<Found>) -> Result<(), RuntimeError> {
    let removals = found.iter().map(|container| {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        engine.client.remove_container(&container.id, Some(options))
    });
    all_gone(join_all(removals).await, "remove a container")
}

async fn remove_networks(engine: &Engine, found: Vec<Found>) -> Result<(), RuntimeError> {
    let removals = found.iter().map(|network| engine.client.remove_network(&network.id));
    all_gone(join_all(removals).await, "remove a network")
}

/// What is gone already, or is being removed by somebody else, is no error.
fn all_gone(answers: Vec<Result<(), Error>>, doing: &str) -> Result<(), RuntimeError> {
    answers.into_iter().try_for_each(|answer| match answer {
        Err(error) if matches!(status(&error), Some(NOT_FOUND | CONFLICT)) => Ok(()),
        answer => answer.map_err(refused(doing)),
    })
}
