//! Spreads the scenarios of a run over several clusters at the same time.
//!
//! Each worker holds one cluster at most. It takes jobs of its cluster's batch while there are any, then begins
//! with the batch that has most left. One worker does all in the order of the plan.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use futures::future::try_join_all;

use crate::error::UserError;
use crate::event::scenario::Execution;
use crate::plan::{Batch, Plan, Planned};
use crate::run::batch::{ClusterNames, Job, Running};
use crate::run::durations::Durations;
use crate::run::ending::Ending;
use crate::run::options::KeepCluster;
use crate::run::runner::Runner;
use crate::run::silent_panics::SilentPanics;
use crate::run::under_test::{Starter, UnderTest};

/// How long a scenario is taken to last that no earlier run has recorded, in milliseconds.
const UNKNOWN_MS: u64 = 8_000;

/// A further cluster for a batch is worth its start where this much is left to do, in milliseconds.
const WORTH_A_START_MS: u64 = 16_000;

/// What a run has come to.
#[derive(Debug)]
pub struct Spread<C> {
    endings: RefCell<Vec<Ending>>,
    kept: RefCell<Vec<C>>,
    stopped: Cell<bool>,
}

impl<C> Default for Spread<C> {
    fn default() -> Self {
        Self { endings: RefCell::default(), kept: RefCell::default(), stopped: Cell::new(false) }
    }
}

impl<C: UnderTest> Spread<C> {
    /// How every scenario ended, in the order of the ends, and the clusters that stay.
    pub fn into_parts(self) -> (Vec<Ending>, Vec<C>) {
        (self.endings.into_inner(), self.kept.into_inner())
    }

    /// Performs the plan on so many clusters at once. With more than one, scenarios whose loads take room come
    /// last and alone: what they measure is of no use beside another cluster.
    ///
    /// # Errors
    /// When a cluster cannot be stopped.
    pub async fn perform<S: Starter<Cluster = C>>(
        &self,
        plan: &Plan,
        runner: &Runner<'_, S>,
        recorded: &Durations,
        clusters: usize,
    ) -> Result<(), UserError> {
        let numbered = plan.batches.iter().enumerate();
        let names: Vec<_> = numbered.map(|(at, batch)| ClusterNames::new(at, batch)).collect();
        if clusters == 1 {
            return self.phase(plan, (runner, recorded), &names, 1, |_| true).await;
        }
        let _silent = SilentPanics::begin();
        self.phase(plan, (runner, recorded), &names, clusters, |it| it.room.is_none()).await?;
        self.phase(plan, (runner, recorded), &names, 1, |it| it.room.is_some()).await
    }

    async fn phase<S: Starter<Cluster = C>>(
        &self,
        plan: &Plan,
        (runner, recorded): (&Runner<'_, S>, &Durations),
        names: &[ClusterNames],
        clusters: usize,
        chosen: impl Fn(&Planned) -> bool,
    ) -> Result<(), UserError> {
        let batches = plan.batches.iter().map(|batch| {
            let jobs = jobs(batch, runner.options.repeat, &chosen).into_iter();
            let mut jobs: Vec<_> = jobs.map(|job| (length(&job, recorded), job)).collect();
            if clusters > 1 {
                jobs.sort_by_key(|(ms, _)| std::cmp::Reverse(*ms));
            }
            Left::new(jobs)
        });
        let queue = RefCell::new(Queue { batches: batches.collect(), in_order: clusters == 1 });
        let work = Work { spread: self, plan, runner, names, queue: &queue };
        try_join_all((0..clusters).map(|_| work.take_jobs())).await?;
        Ok(())
    }

    fn add(&self, endings: &[Ending], fail_fast: bool) {
        if fail_fast && endings.iter().any(Ending::is_bad) {
            self.stopped.set(true);
        }
        self.endings.borrow_mut().extend_from_slice(endings);
    }
}

/// The jobs of a batch in the order of the plan: those that do not disturb first, then the others one by one.
fn jobs<'p>(batch: &'p Batch, repeat: u32, chosen: impl Fn(&Planned) -> bool) -> Vec<Job<'p>> {
    let all = batch.scenarios.iter().filter(|it| chosen(it));
    let (disturbing, quiet): (Vec<_>, Vec<_>) = all.partition(|it| it.disturbs);
    let repetitions = || 1..=repeat;
    let side_by_side = repetitions().filter(|_| !quiet.is_empty());
    let side_by_side =
        side_by_side.map(|repetition| Job { scenarios: quiet.clone(), repetition }).collect();
    let mut jobs: Vec<Job<'p>> = side_by_side;
    for repetition in repetitions() {
        jobs.extend(disturbing.iter().map(|it| Job { scenarios: vec![it], repetition }));
    }
    jobs
}

/// How long a job is taken to last, in milliseconds: the longest of its scenarios, as they run side by side.
fn length(job: &Job<'_>, recorded: &Durations) -> u64 {
    let of = |planned: &&Planned| recorded.of(&planned.id).unwrap_or(UNKNOWN_MS);
    job.scenarios.iter().map(of).max().unwrap_or(0)
}

/// What all workers have in common.
struct Work<'a, S: Starter> {
    spread: &'a Spread<S::Cluster>,
    plan: &'a Plan,
    runner: &'a Runner<'a, S>,
    names: &'a [ClusterNames],
    queue: &'a RefCell<Queue<'a>>,
}

impl<'a, S: Starter> Work<'a, S> {
    async fn take_jobs(&self) -> Result<(), UserError> {
        let mut held: Option<(usize, Running<'a, S>)> = None;
        while let Some((of, job)) = self.next(held.as_ref().map(|(of, _)| *of)) {
            let fits = held.as_ref().is_some_and(|(held, _)| *held == of);
            if !fits {
                if let Some((batch, running)) = held.take() {
                    self.release(batch, running).await?;
                }
                held = self.start(of, &job).await.map(|running| (of, running));
            }
            let Some((_, running)) = &mut held else { continue };
            let ended = running.perform_job(&job).await?;
            self.spread.add(ended, self.runner.options.fail_fast);
        }
        match held {
            Some((batch, running)) => self.release(batch, running).await,
            None => Ok(()),
        }
    }

    fn next(&self, held: Option<usize>) -> Option<(usize, Job<'a>)> {
        if self.spread.stopped.get() {
            return None;
        }
        self.queue.borrow_mut().next(held)
    }

    /// A cluster for the batch. Where there is none, the job goes back if others work on the batch, else
    /// all that is left of the batch ends without one.
    async fn start(&self, of: usize, job: &Job<'a>) -> Option<Running<'a, S>> {
        let (batch, names) = (&self.plan.batches[of], &self.names[of]);
        match Running::start(batch, names, self.runner).await {
            Ok(running) => Some(running),
            Err(error) => {
                let given_up = self.queue.borrow_mut().give_up(of, job.clone());
                for job in given_up {
                    let execution = Execution { repetition: job.repetition, attempt: 1 };
                    let ended = self.runner.unable(&job.scenarios, &error, execution);
                    self.spread.add(&ended, self.runner.options.fail_fast);
                }
                None
            }
        }
    }

    async fn release(&self, batch: usize, running: Running<'a, S>) -> Result<(), UserError> {
        self.queue.borrow_mut().batches[batch].workers -= 1;
        let (cluster, bad) = running.end();
        let keep = match self.runner.options.keep_cluster {
            KeepCluster::Never => false,
            KeepCluster::Failed => bad,
            KeepCluster::Always => true,
        };
        match cluster {
            Some(cluster) if keep => self.spread.kept.borrow_mut().push(cluster),
            Some(cluster) => cluster.stop().await?,
            None => {}
        }
        Ok(())
    }
}

/// Jobs that nobody has taken yet.
struct Queue<'p> {
    batches: Vec<Left<'p>>,
    /// Batches are begun in the order of the plan.
    in_order: bool,
}

/// What is left of a batch.
struct Left<'p> {
    /// Each with the time that it is taken to last, in milliseconds.
    jobs: VecDeque<(u64, Job<'p>)>,
    /// Workers that have, or start, a cluster for it.
    workers: usize,
    /// A further cluster for it did not come up, so nobody else begins with it.
    crowded: bool,
}

impl<'p> Left<'p> {
    fn new(jobs: Vec<(u64, Job<'p>)>) -> Self {
        Self { jobs: jobs.into(), workers: 0, crowded: false }
    }

    fn ms(&self) -> u64 {
        self.jobs.iter().map(|(ms, _)| ms).sum()
    }

    /// Whether a worker without a cluster for it should begin with it.
    fn wants_another(&self) -> bool {
        match self.workers {
            0 => !self.jobs.is_empty(),
            _ => !self.crowded && self.jobs.len() > 1 && self.ms() >= WORTH_A_START_MS,
        }
    }
}

impl<'p> Queue<'p> {
    /// The next job of the batch that the worker has a cluster for; else of the one that has most left, and the
    /// worker counts for that one.
    fn next(&mut self, held: Option<usize>) -> Option<(usize, Job<'p>)> {
        if let Some(of) = held
            && let Some((_, job)) = self.batches[of].jobs.pop_front()
        {
            return Some((of, job));
        }
        let wanting = self.batches.iter().enumerate().filter(|(_, it)| it.wants_another());
        // Batches that nobody works on come before others; of those with as much left, the first.
        let (of, _) = wanting.max_by_key(|(at, it)| {
            let left = if self.in_order { 0 } else { it.ms() / (it.workers as u64 + 1) };
            (it.workers == 0, left, std::cmp::Reverse(*at))
        })?;
        let left = &mut self.batches[of];
        let (_, job) = left.jobs.pop_front()?;
        left.workers += 1;
        Some((of, job))
    }

    /// A worker got no cluster for this job. Returns the jobs that nobody can do now.
    fn give_up(&mut self, of: usize, job: Job<'p>) -> Vec<Job<'p>> {
        let left = &mut self.batches[of];
        left.workers -= 1;
        if left.workers > 0 {
            left.crowded = true;
            left.jobs.push_back((UNKNOWN_MS, job));
            return Vec::new();
        }
        let others = left.jobs.drain(..).map(|(_, job)| job);
        std::iter::once(job).chain(others).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(lengths: &[u64]) -> Left<'static> {
        let job = |(ms, repetition): (&u64, u32)| (*ms, Job { scenarios: Vec::new(), repetition });
        Left::new(lengths.iter().zip(1..).map(job).collect())
    }

    fn queue(batches: &[&[u64]], in_order: bool) -> Queue<'static> {
        Queue { batches: batches.iter().map(|it| left(it)).collect(), in_order }
    }

    fn taken(queue: &mut Queue<'_>, held: Option<usize>) -> Option<(usize, u32)> {
        queue.next(held).map(|(of, job)| (of, job.repetition))
    }

    #[test]
    fn one_worker_does_all_in_the_order_of_the_plan() {
        let mut queue = queue(&[&[1_000], &[90_000, 5_000], &[2_000]], true);
        let (mut held, mut done) = (None, Vec::new());
        while let Some(job) = taken(&mut queue, held) {
            held = Some(job.0);
            done.push(job);
        }
        assert_eq!(done, [(0, 1), (1, 1), (1, 2), (2, 1)]);
    }

    #[test]
    fn the_batch_with_most_left_is_begun_first_and_kept() {
        let mut queue = queue(&[&[1_000], &[9_000, 5_000], &[20_000]], false);
        assert_eq!(taken(&mut queue, None), Some((2, 1)));
        assert_eq!(taken(&mut queue, None), Some((1, 1)));
        assert_eq!(taken(&mut queue, Some(1)), Some((1, 2)));
        assert_eq!(taken(&mut queue, Some(1)), Some((0, 1)));
        assert_eq!(taken(&mut queue, Some(2)), None);
    }

    #[test]
    fn a_batch_gets_a_further_cluster_only_where_that_is_worth_its_start() {
        let mut queue = queue(&[&[8_000, 8_000, 8_000, 8_000]], false);
        assert_eq!(taken(&mut queue, None), Some((0, 1)));
        assert_eq!(taken(&mut queue, None), Some((0, 2)), "24 s are left");
        assert_eq!(taken(&mut queue, None), Some((0, 3)), "16 s are left");
        assert_eq!(taken(&mut queue, None), None, "8 s are left");
        assert_eq!(taken(&mut queue, Some(0)), Some((0, 4)));
    }

    #[test]
    fn what_gets_no_cluster_goes_to_those_who_have_one() {
        let mut queue = queue(&[&[9_000, 9_000, 9_000, 9_000]], false);
        queue.next(None).expect("the first worker's");
        let (_, job) = queue.next(None).expect("the second worker's");
        assert!(queue.give_up(0, job).is_empty());
        assert_eq!(taken(&mut queue, None), None, "no further cluster is tried");
        let mut done = Vec::new();
        while let Some((_, job)) = taken(&mut queue, Some(0)) {
            done.push(job);
        }
        assert_eq!(done, [3, 4, 2]);
    }

    #[test]
    fn without_any_cluster_all_of_the_batch_is_given_up() {
        let mut queue = queue(&[&[9_000, 8_000, 7_000], &[1_000]], false);
        let (_, job) = queue.next(None).expect("a job");
        let given_up: Vec<_> =
            queue.give_up(0, job).into_iter().map(|job| job.repetition).collect();
        assert_eq!(given_up, [1, 2, 3]);
        assert_eq!(taken(&mut queue, None), Some((1, 1)));
    }
}
