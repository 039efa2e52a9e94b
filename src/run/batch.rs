//! A cluster and the scenarios that it takes: those that do not disturb it side by side, others one at a time.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::UserError;
use crate::event::scenario::Execution;
use crate::event::status::Status;
use crate::plan::{Batch, Planned};
use crate::run::ending::Ending;
use crate::run::options::KeepCluster;
use crate::run::runner::Runner;
use crate::run::under_test::{Attempt, Starter, UnderTest as _};
use crate::scenario::failure::StepFailure;

/// How many undisturbing scenarios run side by side where nothing else is asked for.
const CONCURRENCY: usize = 8;

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
pub struct Running<'a, S: Starter> {
    batch: &'a Batch,
    names: &'a ClusterNames,
    runner: &'a Runner<'a, S>,
    /// None once a replacement did not come up.
    cluster: Option<S::Cluster>,
    /// A scenario has disturbed it since it was last proven healthy.
    disturbed: bool,
    endings: Vec<Ending>,
}

impl<'a, S: Starter> Running<'a, S> {
    /// Starts a cluster for the batch.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(
        batch: &'a Batch,
        names: &'a ClusterNames,
        runner: &'a Runner<'a, S>,
    ) -> Result<Self, UserError> {
        let cluster = Some(runner.starter.start(batch, &names.next()).await?);
        Ok(Self { batch, names, runner, cluster, disturbed: false, endings: Vec::new() })
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
    pub fn end(self) -> (Option<S::Cluster>, bool) {
        (self.cluster, self.endings.iter().any(Ending::is_bad))
    }

    /// Scenarios that the runtime can run; the others end here with the reason, once.
    fn skip<'p>(&mut self, job: &Job<'p>) -> Vec<&'p Planned> {
        let Some(cluster) = &self.cluster else { return job.scenarios.clone() };
        let mut able = Vec::new();
        for scenario in &job.scenarios {
            let lacking = || scenario.needs.iter().find_map(|needed| cluster.lacks(*needed));
            match scenario.elsewhere.clone().or_else(lacking) {
                None => able.push(*scenario),
                Some(_) if job.repetition > 1 => {}
                Some(reason) => {
                    let failure = StepFailure::environment(reason);
                    let once = Execution::default();
                    self.endings.push(self.runner.end(scenario, Status::Skipped, failure, once));
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
        for attempt in 1..=self.runner.options.retry + 1 {
            if left.is_empty() || self.is_over() {
                break;
            }
            let execution = Execution { repetition, attempt };
            if let Err(error) = self.make_healthy().await? {
                ended.extend(self.runner.unable(&left, &error, execution));
                break;
            }
            let concurrency = self.runner.options.concurrency.unwrap_or(CONCURRENCY);
            ended.extend(self.perform(&left, execution, concurrency).await);
            let bad = |it: &Ending| it.is_bad() && attempt <= self.runner.options.retry;
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
        for attempt in 1..=self.runner.options.retry + 1 {
            if self.is_over() || (attempt > 1 && !ended.iter().any(Ending::is_bad)) {
                break;
            }
            let execution = Execution { repetition, attempt };
            if let Err(error) = self.make_healthy().await? {
                ended = self.runner.unable(&[scenario], &error, execution);
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
        // An attempt that fails is not the end while there are others.
        let fail_fast = self.runner.options.fail_fast && self.runner.options.retry == 0;
        let attempt = Attempt { execution, concurrency, fail_fast };
        cluster.perform(self.batch, scenarios, attempt).await
    }

    /// Heals the cluster, or replaces it, also where a scenario has left settings that hold for all of it. The inner
    /// error is that of a replacement that did not come up.
    async fn make_healthy(&mut self) -> Result<Result<(), UserError>, UserError> {
        if let Some(cluster) = &self.cluster {
            let is_well = !self.disturbed || cluster.heal().await;
            if is_well && cluster.is_as_it_was().await {
                return Ok(Ok(()));
            }
            cluster.stop().await?;
            self.cluster = None;
        }
        match self.runner.starter.start(self.batch, &self.names.next()).await {
            Ok(cluster) => self.cluster = Some(cluster),
            Err(error) => return Ok(Err(error)),
        }
        Ok(Ok(()))
    }

    /// Removes what ended scenarios have left, unless somebody wants to look at it.
    async fn clear_topics(&self) {
        let Some(cluster) = &self.cluster else { return };
        if self.runner.options.keep_cluster == KeepCluster::Never {
            cluster.clear_topics().await;
        }
    }

    /// Whether nothing more is to be started.
    fn is_over(&self) -> bool {
        self.runner.options.fail_fast && self.endings.iter().any(Ending::is_bad)
    }
}
