//! Executes a plan: a cluster for each batch, its scenarios on it, everything cleared away in the end.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt as _;

use crate::cluster::Cluster;
use crate::distribution::Cache;
use crate::error::UserError;
use crate::event::run_id::RunId;
use crate::event::status::Status;
use crate::event::stream::{Events, millis};
use crate::event::{Event, FORMAT};
use crate::exit_code::ExitCode;
use crate::owned::interrupt::{Interrupt, Interrupts};
use crate::owned::sweep;
use crate::plan::Plan;
use crate::plan::feature_file::SourceText;
use crate::report::{Baseline, Reporters, Verbosity, link_latest};
use crate::run::durations::Durations;
use crate::run::ending::Ending;
use crate::run::kafka_cluster::{KafkaCluster, KafkaClusters};
use crate::run::options::Options;
pub use crate::run::outcome::Outcome;
use crate::run::perform::{RunContext, panic_text};
use crate::run::runner::Runner;
use crate::run::spread::Spread;
use crate::run::stage::Stage;
use crate::run::{capacity, held};
use crate::runtime::registry;
use crate::scenario::do_nothing::DoNothing;

/// Executes the plan, and compares with an earlier run if there is one.
///
/// # Errors
/// When the machine lacks what the runtime needs, the run's folders cannot be made, or something is left
/// behind that cannot be removed.
pub async fn execute(
    plan: &Plan,
    options: &Options,
    baseline: Option<Baseline>,
) -> Result<Outcome, UserError> {
    let mut run = Run::prepare(plan, options, baseline).await?;
    let performed = run.perform().await;
    run.clear(performed).await
}

/// A run that is prepared: its folders are there, its events are reported, and no cluster is started.
struct Run<'a> {
    plan: &'a Plan,
    options: &'a Options,
    began: Instant,
    interrupts: Interrupts,
    /// How many clusters are used at the same time.
    clusters: usize,
    /// How long scenarios took in the earlier run.
    recorded: Durations,
    context: Arc<RunContext>,
    stage: Stage,
    events: Events,
    reporters: Reporters,
}

/// What was performed, also where it was interrupted.
struct Performed {
    endings: Vec<Ending>,
    /// Clusters that are still up and were to be kept.
    kept: Vec<Arc<Cluster>>,
    ended: Result<(), UserError>,
}

impl<'a> Run<'a> {
    /// Finds a runtime, sees that the machine has room, and makes the folders of the run.
    async fn prepare(
        plan: &'a Plan,
        options: &'a Options,
        baseline: Option<Baseline>,
    ) -> Result<Self, UserError> {
        let began = Instant::now();
        let do_nothing = DoNothing::from_environment()?;
        let interrupts = Interrupts::listen()?;
        let (provider, because) = registry::find(options.runtime).await?;
        for batch in &plan.batches {
            provider.check_java(batch.cluster.kafka())?;
        }
        let cache = Cache::of_user()?;
        let clusters = capacity::check(plan, options, provider.as_ref(), &cache).await?;
        let id = RunId::new();
        let seed = options.seed.unwrap_or_else(rand::random);
        let recorded = Durations::recorded(baseline.as_ref().map(|it| it.report.as_ref()));
        let (events, stream) = Events::channel();
        let out = out_folder(options, &id)?;
        let reporters =
            Reporters::start(stream, &out, Verbosity::from(options.verbosity), baseline)?;
        let kind = provider.kind();
        let logs = out.join("logs");
        let stage = Stage::set(id.clone(), cache.clone(), provider, events.clone(), logs).await?;
        events.emit(Event::RunStarted {
            format: FORMAT,
            trial: env!("CARGO_PKG_VERSION").to_owned(),
            run: id,
            arguments: options.arguments(kind),
            shard: options.shard,
            plan: plan.fingerprint.clone(),
            faults_do_nothing: do_nothing.any(),
            seed,
            runtime: kind,
            because,
            scenarios: plan.selected,
        });
        for SourceText { path, text, .. } in &plan.sources {
            events.emit(Event::FeatureRead { file: path.clone(), text: text.to_string() });
        }
        let context = Arc::new(RunContext {
            events: events.clone(),
            cache,
            folder: Arc::clone(stage.run()),
            histories: out.join("history"),
            seed,
            do_nothing,
        });
        Ok(Self {
            plan,
            options,
            began,
            interrupts,
            clusters,
            recorded,
            context,
            stage,
            events,
            reporters,
        })
    }

    /// Performs the scenarios until all have ended or a signal comes. A panic ends it as well: what was started must be
    /// cleared away in every ending.
    async fn perform(&mut self) -> Performed {
        let starter = KafkaClusters { stage: &self.stage, run: Arc::clone(&self.context) };
        let (seed, events) = (self.context.seed, &self.events);
        let runner = Runner { starter, options: self.options, seed, events };
        let spread = Spread::default();
        let work = spread.perform(self.plan, &runner, &self.recorded, self.clusters);
        let ended = tokio::select! {
            ended = AssertUnwindSafe(work).catch_unwind() => {
                ended.unwrap_or_else(|panic| Err(bug(&panic_text(panic.as_ref()))))
            }
            signal = self.interrupts.next() => Err(signal.into()),
        };
        let (endings, kept) = spread.into_parts();
        let kept = kept.into_iter().map(KafkaCluster::into_cluster).collect();
        Performed { endings, kept, ended }
    }

    /// Holds the clusters that are to be kept until a signal comes, clears everything away, and ends the reports.
    async fn clear(mut self, performed: Performed) -> Result<Outcome, UserError> {
        let Performed { endings, kept, ended } = performed;
        if ended.is_ok() {
            held::hold(&kept, &self.events, &mut self.interrupts).await;
        }
        let cleared = tokio::select! {
            cleared = self.stage.clear() => cleared,
            signal = self.interrupts.next() => {
                sweep::kill_at_once(self.stage.run());
                Err(at_once(signal))
            }
        };
        // A part of a run may have nothing to do.
        let nothing = if self.plan.selected == 0 { Status::Passed } else { Status::Inconclusive };
        let status = endings.iter().map(|ending| ending.status).max().unwrap_or(nothing);
        self.events.emit(Event::RunFinished { status, took_ms: millis(self.began.elapsed()) });
        // The stream ends with its last sender.
        drop((kept, self.stage, self.context, self.events));
        let finding = self.reporters.finish().await?;
        match (ended, cleared) {
            (Ok(()), Ok(())) => {}
            (Err(error), Ok(())) | (Ok(()), Err(error)) => return Err(error),
            (Err(error), Err(left)) => return Err(error.with_others(vec![left])),
        }
        Ok(Outcome::of(endings, finding, self.plan.selected, self.options.allow_skips))
    }
}

/// The folder of the results: as asked for, or `results/<run id>`, to which `results/latest` then leads.
fn out_folder(options: &Options, id: &RunId) -> Result<PathBuf, UserError> {
    if let Some(out) = &options.out {
        return Ok(out.clone());
    }
    let out = PathBuf::from("results").join(id.as_str());
    let linked = std::fs::create_dir_all(&out).and_then(|()| link_latest(&out));
    linked.map_err(|error| {
        let what = format!("results cannot be written to {}", out.display());
        UserError::environment(what, "choose another folder with --out").because(error)
    })?;
    Ok(out)
}

fn at_once(signal: Interrupt) -> UserError {
    UserError::new(
        ExitCode::Inconclusive,
        format!("{signal} before everything was cleared away"),
        "processes were killed; the next run removes what else is left",
    )
}

fn bug(panic: &str) -> UserError {
    UserError::environment(
        format!("trial itself has panicked, which is a bug: {panic}"),
        "everything that was started has been stopped; please report it with events.ndjson",
    )
}
