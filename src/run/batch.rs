//! A cluster and the scenarios that it takes: those that do not disturb it side by side, others one at a time.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::cluster::{Cluster, health};
use crate::error::UserError;
use crate::event::Event;
use crate::event::scenario::{Description, Execution};
use crate::event::status::Status;
use crate::event::stream::Events;
use crate::fault::DoNothing;
use crate::plan::{Batch, Planned};
use crate::run::clear_topics::clear_topics;
use crate::run::options::{KeepCluster, Options};
use crate::run::perform::{Ending, Setting, perform};
use crate::run::stage::Stage;
use crate::runtime::Capability;
use crate::steps::failure::StepFailure;

/// How long a cluster that was disturbed may take to be healthy again before it is replaced.
const HEALING_LIMIT: Duration = Duration::from_secs(60);

/// How many undisturbing scenarios run side by side where nothing else is asked for.
const CONCURRENCY: usize = 8;

/// What batches of a run have in common.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Starts clusters.
    pub stage: &'a Stage,
    /// What was asked for.
    pub options: &'a Options,
    /// Seed of the run.
    pub seed: u64,
    /// Which faults do nothing.
    pub do_nothing: DoNothing,
    /// Where the histories of scenarios go.
    pub histories: &'a Path,
    /// Where events go.
    pub events: &'a Events,
}

/// Work that a cluster is needed for.
#[derive(Debug, Clone)]
pub struct Job<'p> {
    /// Scenarios of one batch: one that disturbs its cluster, or any number that do not.
    pub scenarios: Vec<&'p Planned>,
    /// The how many-th time, from 1.
    pub repetition: u32,
}

/// Gives the clusters of a batch their names, each once.
#[derive(Debug)]
pub struct ClusterNames {
    batch: String,
    given: AtomicUsize,
}

impl ClusterNames {
    /// For a batch by its number in the plan.
    pub fn new(number: usize, batch: &Batch) -> Self {
        let batch = format!("{:02}-{}", number + 1, batch.cluster.name);
        Self { batch, given: AtomicUsize::new(0) }
    }

    /// The next name: that of the batch, then with a number behind it.
    fn next(&self) -> String {
        match self.given.fetch_add(1, Ordering::Relaxed) {
            0 => self.batch.clone(),
            before => format!("{}-{}", self.batch, before + 1),
        }
    }
}

/// A cluster that takes the jobs of a batch, one after the other.
#[derive(Debug)]
pub struct Running<'a> {
    batch: &'a Batch,
    names: &'a ClusterNames,
    around: Surroundings<'a>,
    /// None once a replacement did not come up.
    cluster: Option<Arc<Cluster>>,
    /// A scenario has disturbed it since it was last proven healthy.
    disturbed: bool,
    endings: Vec<Ending>,
}

impl<'a> Running<'a> {
    /// Starts a cluster for the batch.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(
        batch: &'a Batch,
        names: &'a ClusterNames,
        around: Surroundings<'a>,
    ) -> Result<Self, UserError> {
        let cluster = start(batch, &names.next(), around).await?;
        let cluster = Some(cluster);
        Ok(Self { batch, names, around, cluster, disturbed: false, endings: Vec::new() })
    }

    /// Performs a job and returns how its scenarios ended: for each the last attempt.
    ///
    /// # Errors
    /// When a cluster cannot be stopped.
    pub async fn perform_job(&mut self, job: &Job<'_>) -> Result<&[Ending], UserError> {
        let before = self.endings.len();
        let able = self.skip(job);
        let (disturbing, quiet): (Vec<_>, Vec<_>) = able.into_iter().partition(|it| it.disturbs);
        if !quiet.is_empty() {
            self.side_by_side(&quiet, job.repetition).await?;
        }
        for scenario in disturbing {
            self.alone(scenario, job.repetition).await?;
        }
        Ok(&self.endings[before..])
    }

    /// The cluster, and whether a scenario on it did not pass.
    pub fn end(self) -> (Option<Arc<Cluster>>, bool) {
        (self.cluster, self.endings.iter().any(is_bad))
    }

    /// Scenarios that the runtime can run; the others end here with the reason, once.
    fn skip<'p>(&mut self, job: &Job<'p>) -> Vec<&'p Planned> {
        let Some(cluster) = &self.cluster else { return job.scenarios.clone() };
        let capabilities = cluster.runtime().capabilities();
        let lacking = |needed: &Capability| match capabilities.get(needed) {
            Some(Ok(())) => None,
            Some(Err(reason)) => Some(reason.clone()),
            None => Some(format!("the {} runtime has no {needed:?}", cluster.runtime().kind())),
        };
        let mut able = Vec::new();
        for scenario in &job.scenarios {
            match scenario.needs.iter().find_map(lacking) {
                None => able.push(*scenario),
                Some(_) if job.repetition > 1 => {}
                Some(reason) => {
                    let failure = StepFailure::environment(reason);
                    let once = Execution::default();
                    self.endings.push(self.around.end(scenario, Status::Skipped, failure, once));
                }
            }
        }
        able
    }

    /// Scenarios that do not disturb the cluster; those that do not pass again, as often as asked for.
    async fn side_by_side(
        &mut self,
        scenarios: &[&Planned],
        repetition: u32,
    ) -> Result<(), UserError> {
        let mut left: Vec<_> = scenarios.to_vec();
        let mut ended = Vec::new();
        for attempt in 1..=self.around.options.retry + 1 {
            if left.is_empty() || self.is_over() {
                break;
            }
            let execution = Execution { repetition, attempt };
            if let Err(error) = self.make_healthy().await? {
                ended.extend(self.around.unable(&left, &error, execution));
                break;
            }
            let concurrency = self.around.options.concurrency.unwrap_or(CONCURRENCY);
            ended.extend(self.perform(&left, execution, concurrency).await);
            let bad = |it: &Ending| is_bad(it) && attempt <= self.around.options.retry;
            let (again, done) = ended.into_iter().partition::<Vec<_>, _>(bad);
            left.retain(|planned| again.iter().any(|ending| ending.id == planned.id));
            ended = done;
        }
        self.endings.extend(ended);
        Ok(())
    }

    /// One scenario that has the cluster for itself.
    async fn alone(&mut self, scenario: &Planned, repetition: u32) -> Result<(), UserError> {
        let mut ended = Vec::new();
        for attempt in 1..=self.around.options.retry + 1 {
            if self.is_over() || (attempt > 1 && !ended.iter().any(is_bad)) {
                break;
            }
            let execution = Execution { repetition, attempt };
            if let Err(error) = self.make_healthy().await? {
                ended = self.around.unable(&[scenario], &error, execution);
                break;
            }
            self.clear_topics().await;
            self.disturbed = true;
            ended = self.perform(&[scenario], execution, 1).await;
        }
        self.endings.extend(ended);
        Ok(())
    }

    async fn perform(
        &self,
        scenarios: &[&Planned],
        execution: Execution,
        concurrency: usize,
    ) -> Vec<Ending> {
        let Some(cluster) = &self.cluster else { return Vec::new() };
        let around = self.around;
        let setting = Setting {
            cluster: Arc::clone(cluster),
            events: around.events.clone(),
            cache: around.stage.cache().clone(),
            folder: Arc::clone(around.stage.run()),
            histories: execution.folder(around.histories),
            seed: around.seed,
            execution,
            do_nothing: around.do_nothing,
            concurrency,
            // An attempt that fails is not the end while there are others.
            fail_fast: around.options.fail_fast && around.options.retry == 0,
        };
        let chosen = |it: &Planned| scenarios.iter().any(|chosen| chosen.id == it.id);
        perform(self.batch, chosen, setting).await
    }

    /// Heals the cluster, or replaces it, also where a scenario has left settings that hold for all of it. The inner
    /// error is that of a replacement that did not come up.
    async fn make_healthy(&mut self) -> Result<Result<(), UserError>, UserError> {
        if let Some(cluster) = &self.cluster {
            let events = self.around.events;
            let is_well = !self.disturbed || heal(cluster, events).await;
            if is_well && is_as_it_was(cluster, events).await {
                return Ok(Ok(()));
            }
            cluster.stop().await?;
            self.cluster = None;
        }
        match start(self.batch, &self.names.next(), self.around).await {
            Ok(cluster) => self.cluster = Some(cluster),
            Err(error) => return Ok(Err(error)),
        }
        Ok(Ok(()))
    }

    /// Removes what ended scenarios have left, unless somebody wants to look at it. What cannot be removed makes
    /// faults last longer and does no other harm, so it is only reported.
    async fn clear_topics(&self) {
        let Some(cluster) = &self.cluster else { return };
        if self.around.options.keep_cluster != KeepCluster::Never {
            return;
        }
        if let Err(error) = clear_topics(cluster).await {
            let phase = format!("topics of ended scenarios stay: {error}");
            self.around.events.phase(cluster.name(), phase);
        }
    }

    /// Whether nothing more is to be started.
    fn is_over(&self) -> bool {
        self.around.options.fail_fast && self.endings.iter().any(is_bad)
    }
}

async fn start(
    batch: &Batch,
    name: &str,
    around: Surroundings<'_>,
) -> Result<Arc<Cluster>, UserError> {
    around.stage.start(batch.cluster.clone(), name, batch.needs_links()).await
}

/// Starts again what is down and waits until the cluster is healthy; false if it does not get so.
async fn heal(cluster: &Cluster, events: &Events) -> bool {
    if let Some(why) = cluster.why_unfit() {
        events.phase(cluster.name(), format!("replaced: {why}"));
        return false;
    }
    match health::heal(cluster, HEALING_LIMIT).await {
        Ok(()) => true,
        Err(error) => {
            events.phase(cluster.name(), format!("not healthy again, replaced: {error}"));
            false
        }
    }
}

/// Whether settings, quotas, users and access rules of the whole cluster are as when it was started.
async fn is_as_it_was(cluster: &Cluster, events: &Events) -> bool {
    let why = match cluster.left_changed().await {
        Some(changed) if changed.is_empty() => return true,
        Some(changed) => format!("a scenario has left changed: {}", changed.join(", ")),
        None => "no ZooKeeper tells what scenarios have left".into(),
    };
    events.phase(cluster.name(), format!("replaced: {why}"));
    false
}

impl Surroundings<'_> {
    /// Ends scenarios that have no cluster, with the reason.
    pub fn unable(
        self,
        scenarios: &[&Planned],
        error: &UserError,
        execution: Execution,
    ) -> Vec<Ending> {
        let failure = StepFailure::environment(error.in_full());
        let each = scenarios.iter();
        each.map(|it| self.end(it, Status::Inconclusive, failure.clone(), execution)).collect()
    }

    /// Tells of a scenario that ends without having run.
    fn end(
        self,
        scenario: &Planned,
        status: Status,
        failure: StepFailure,
        execution: Execution,
    ) -> Ending {
        self.events.emit(Event::ScenarioStarted {
            scenario: scenario.id.clone(),
            about: Box::new(Description::from(scenario)),
            execution,
            seed: execution.seed(self.seed),
            place: None,
        });
        self.events.emit(Event::ScenarioFinished {
            scenario: scenario.id.clone(),
            status,
            reason: Some(failure.message.clone()),
            kind: Some(failure.kind),
            took_ms: 0,
        });
        Ending { id: scenario.id.clone(), status, failure: Some(failure) }
    }
}

/// Whether it failed or could not be judged.
pub fn is_bad(ending: &Ending) -> bool {
    matches!(ending.status, Status::Failed | Status::Inconclusive)
}
