//! What a run holds while it lasts: its folder, its clusters, and what they are made from. Whatever
//! happens, [`Stage::clear`] is called in the end.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::cluster::Cluster;
use crate::cluster::place::Place;
use crate::cluster::properties::Properties;
use crate::cluster::spec::ClusterSpec;
use crate::distribution::{self, Cache, Distribution, Release, cache};
use crate::error::UserError;
use crate::event::run_id::RunId;
use crate::event::stream::Events;
use crate::owned::guard::Guard;
use crate::owned::run_folder::RunFolder;
use crate::runtime::provider::{ClusterPlace, Provider};
use crate::runtime::{Runtime, leftovers};

/// Where clusters of a run are started, and what must be cleared away after it.
#[derive(Debug)]
pub struct Stage {
    run: Arc<RunFolder>,
    cache: Cache,
    provider: Arc<dyn Provider>,
    events: Events,
    logs: PathBuf,
    places: Mutex<Vec<Arc<Place>>>,
    /// Held while images and archives are made, which clusters that start at the same time share.
    preparing: Mutex<()>,
    guard: Mutex<Option<Guard>>,
}

impl Stage {
    /// Makes the folder of this run, then sweeps what killed runs have left.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub async fn set(
        id: RunId,
        cache: Cache,
        provider: Arc<dyn Provider>,
        events: Events,
        logs: PathBuf,
    ) -> Result<Self, UserError> {
        let state = cache.state().to_owned();
        let run = RunFolder::create(&state, id).map_err(|error| {
            UserError::environment(
                format!("the folder of the run cannot be made below {}", state.display()),
                "make it writable, or set TRIAL_CACHE_DIR (or TRIAL_STATE_DIR) to a folder that is",
            )
            .because(error)
        })?;
        leftovers::clear(&state, Some(provider.as_ref())).await;
        let guard = Guard::start(&state, run.id());
        let guard = guard.inspect_err(|error| tracing::warn!(%error, "the run has no guard")).ok();
        let places = Mutex::new(Vec::new());
        let preparing = Mutex::new(());
        let guard = Mutex::new(guard);
        Ok(Self { run: Arc::new(run), cache, provider, events, logs, places, preparing, guard })
    }

    /// The run's folder.
    pub fn run(&self) -> &Arc<RunFolder> {
        &self.run
    }

    /// Makes the runtimes of clusters.
    pub fn provider(&self) -> &dyn Provider {
        self.provider.as_ref()
    }

    /// The per-user cache.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Starts a cluster and waits until it is up. `name` is the cluster's own in this run. Without links, all
    /// reach each other directly, which costs nothing.
    ///
    /// # Errors
    /// When its distributions cannot be had or it does not come up; nothing of it is left then.
    pub async fn start(
        &self,
        spec: ClusterSpec,
        name: &str,
        with_links: bool,
    ) -> Result<Arc<Cluster>, UserError> {
        self.provider.check_java(spec.kafka())?;
        let kafka = distribution::fetch(spec.kafka(), &self.cache, &self.events).await?;
        let zookeeper = distribution::fetch(spec.zookeeper(), &self.cache, &self.events).await?;
        let spec = self.certain(spec, &kafka).await?;
        let runtime = self.runtime(name, &[kafka.clone(), zookeeper.clone()]).await?;
        let nodes = spec.topology().nodes().map(|(node, _)| node).collect();
        let place = Arc::new(Place::new(runtime, nodes, self.logs.join(name)));
        self.places.lock().await.push(Arc::clone(&place));
        match Cluster::start(spec, place, with_links, &kafka, &zookeeper, &self.events).await {
            Ok(cluster) => Ok(Arc::new(cluster)),
            Err(error) => {
                Err(self.because_of_the_cache(error.into(), vec![kafka, zookeeper]).await)
            }
        }
    }

    /// The same cluster, its settings checked by what the jars say of them where trial has no list for their version.
    async fn certain(
        &self,
        spec: ClusterSpec,
        kafka: &Distribution,
    ) -> Result<ClusterSpec, UserError> {
        if Properties::are_certain(spec.kafka()) {
            return Ok(spec);
        }
        let on = self.provider.as_ref();
        let release = Release::with_asked_lists(kafka, on, &self.cache, &self.events).await?;
        spec.with_release(release)
    }

    /// The reason why a cluster did not start, if it is that jars or class-data archives in the cache are broken. They
    /// are taken away then.
    async fn because_of_the_cache(&self, error: UserError, of: Vec<Distribution>) -> UserError {
        let cache = self.cache.clone();
        let broken = cache::blocking(move || distribution::discard_broken(&cache, &of)).await;
        match broken {
            Ok(broken) if !broken.is_empty() => {
                let what = format!(
                    "the cluster did not start, and its files are broken: {}",
                    broken.join("; ")
                );
                let help = "they are taken out of the cache: run again, and they are fetched again";
                UserError::environment(what, help).because(error)
            }
            Ok(_) => error,
            Err(other) => UserError::from(other).because(error),
        }
    }

    async fn runtime(
        &self,
        name: &str,
        distributions: &[Distribution],
    ) -> Result<Arc<dyn Runtime>, UserError> {
        let _alone = self.preparing.lock().await;
        let (run, cache, events) = (&self.run, &self.cache, &self.events);
        self.provider.place(ClusterPlace { run, name, distributions, cache, events }).await
    }

    /// Clears away every cluster of the run that is still there, and the run's folder.
    ///
    /// # Errors
    /// When something is left behind; the run's guard and the next run sweep it.
    pub async fn clear(&self) -> Result<(), UserError> {
        let places = std::mem::take(&mut *self.places.lock().await);
        for end in futures::future::join_all(places.iter().map(|place| place.clear())).await {
            end?;
        }
        self.run.remove().map_err(|error| {
            let folder = self.run.path().display();
            UserError::environment(format!("{folder} cannot be removed"), "remove it by hand")
                .because(error)
        })?;
        if let Some(guard) = self.guard.lock().await.take() {
            guard.dismiss();
        }
        Ok(())
    }
}
