//! Performs scenarios with cucumber: hands each its cluster before its first step, and turns what cucumber
//! tells into events.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use cucumber::event::{self, Cucumber as CucumberEvent, StepError};
use cucumber::runner::basic::ScenarioType;
use cucumber::{Event as Stamped, World as _, cli, gherkin, parser, runner, writer};
use futures::FutureExt as _;

use crate::cluster::Cluster;
use crate::distribution::Cache;
use crate::event::Event;
use crate::event::failure::FailureKind;
use crate::event::scenario::{Description, Execution, ScenarioId};
use crate::event::status::Status;
use crate::event::stream::{Events, millis};
use crate::history::scenario::ScenarioHistory;
use crate::owned::run_folder::RunFolder;
use crate::plan::{Batch, Planned};
use crate::run::ending::Ending;
use crate::run::step;
use crate::run::under_test::Attempt;
use crate::runtime::Capability;
use crate::scenario::context::Context;
use crate::scenario::do_nothing::DoNothing;
use crate::scenario::failure::StepFailure;
use crate::scenario::names::Names;
use crate::steps::world::{Environment, World};

/// What all scenarios of a run are performed with.
#[derive(Debug)]
pub struct RunContext {
    /// Where events go.
    pub events: Events,
    /// The per-user cache.
    pub cache: Cache,
    /// The folder of the run.
    pub folder: Arc<RunFolder>,
    /// Where the histories of scenarios go.
    pub histories: PathBuf,
    /// Seed of the run.
    pub seed: u64,
    /// Which faults do nothing.
    pub do_nothing: DoNothing,
}

impl RunContext {
    fn of_scenario(
        &self,
        cluster: &Arc<Cluster>,
        planned: &Planned,
        execution: Execution,
    ) -> Context {
        let id = &planned.id;
        let histories = execution.folder(&self.histories);
        let history = ScenarioHistory::new(&histories, &id.file, id.line, &id.name);
        Context {
            cluster: Arc::clone(cluster),
            names: Names::new(&tag(id, execution)),
            events: self.events.clone(),
            scenario: id.clone(),
            seed: execution.seed(self.seed),
            do_nothing: self.do_nothing,
            by_links: planned.needs.contains(&Capability::ClientLinks),
            cache: self.cache.clone(),
            folder: Arc::clone(&self.folder),
            history: Arc::new(history),
        }
    }
}

/// Performs the chosen scenarios of a batch on one cluster and returns how each ended; where the attempt fails fast,
/// some may be missing.
pub async fn perform(
    batch: &Batch,
    which: impl Fn(&Planned) -> bool,
    cluster: &Arc<Cluster>,
    run: &Arc<RunContext>,
    attempt: Attempt,
) -> Vec<Ending> {
    let chosen = batch.scenarios.iter().filter(|planned| which(planned));
    let planned: HashMap<_, _> =
        chosen.map(|planned| (key(&planned.feature, &planned.scenario), planned.clone())).collect();
    let ids = planned.iter().map(|(key, planned)| (key.clone(), planned.id.clone())).collect();
    let features = batch.features(&which);
    let Attempt { execution, concurrency, fail_fast } = attempt;
    let steps = Arc::new(World::collection());
    let events = run.events.clone();
    let writer = EventWriter { ids, events, running: HashMap::new(), endings: Vec::new() };
    let (cluster, run) = (Arc::clone(cluster), Arc::clone(run));
    let runner = runner::Basic::<World>::default()
        .steps(step::told())
        .max_concurrent_scenarios(Some(concurrency))
        .which_scenario(|_, _, _| ScenarioType::Concurrent)
        // Or a tag that happens to begin with "retry" would turn retries on.
        .retry_options(|_, _, _, _| None)
        .before(move |feature, _, scenario, world| {
            if let Some(planned) = planned.get(&key(feature, scenario)) {
                let context = Arc::new(run.of_scenario(&cluster, planned, execution));
                run.events.emit(Event::ScenarioStarted {
                    scenario: planned.id.clone(),
                    about: Box::new(Description::from(planned)),
                    execution,
                    seed: context.seed,
                    place: Some(cluster.place_name()),
                });
                world.environment =
                    Some(Environment::begin(context, Arc::clone(&steps), planned.disturbs));
            }
            futures::future::ready(()).boxed_local()
        })
        .after(|_, _, _, ended, world| {
            let passed = matches!(ended, event::ScenarioFinished::StepPassed);
            async move {
                let failures = match world {
                    Some(world) => {
                        let failures = world.close().await;
                        for failure in &failures {
                            // Without a cluster nobody waits for it.
                            world.note(format!("after the last step: {}", failure.message)).ok();
                        }
                        world.tell_clients().await;
                        world.tell_logs(passed).await;
                        failures
                    }
                    None => Vec::new(),
                };
                // A panic reports what could not be judged, as cucumber takes nothing else. What cannot be
                // healed or closed is found when the cluster is proven healthy, and worth knowing.
                let inconclusive = |it: &&StepFailure| it.kind == FailureKind::Inconclusive;
                if let Some(failure) = failures.iter().find(inconclusive) {
                    std::panic::resume_unwind(Box::new(failure.to_string()));
                }
            }
            .boxed_local()
        });
    let runner = if fail_fast { runner.fail_fast() } else { runner };
    let writer =
        cucumber::Cucumber::<World, _, _, _, _, cli::Empty>::custom(Parsed, runner, writer)
            .with_cli(cli::Opts {
                re_filter: None,
                tags_filter: None,
                parser: cli::Empty,
                runner: runner::basic::Cli::default(),
                writer: cli::Empty,
                custom: cli::Empty,
            })
            .run(features)
            .await;
    writer.endings
}

/// What tells a scenario's names from those of others in the same cluster, and from those of its other
/// executions.
fn tag(id: &ScenarioId, execution: Execution) -> String {
    let Execution { repetition, attempt } = execution;
    let place = format!("{}:{}:{}:{repetition}:{attempt}", id.file.display(), id.line, id.name);
    format!("{:08x}", crc32fast::hash(place.as_bytes()))
}

type Key = (Option<PathBuf>, usize, String);

fn key(feature: &gherkin::Feature, scenario: &gherkin::Scenario) -> Key {
    (feature.path.clone(), scenario.position.line, scenario.name.clone())
}

/// Features that the plan has parsed already.
struct Parsed;

impl cucumber::Parser<Vec<gherkin::Feature>> for Parsed {
    type Cli = cli::Empty;
    type Output = futures::stream::Iter<std::vec::IntoIter<parser::Result<gherkin::Feature>>>;

    fn parse(self, features: Vec<gherkin::Feature>, _: cli::Empty) -> Self::Output {
        futures::stream::iter(features.into_iter().map(Ok).collect::<Vec<_>>())
    }
}

/// Reports when scenarios end and remembers how each ended; [`step`] reports their steps.
struct EventWriter {
    ids: HashMap<Key, ScenarioId>,
    events: Events,
    running: HashMap<ScenarioId, Running>,
    endings: Vec<Ending>,
}

struct Running {
    since: Instant,
    failure: Option<StepFailure>,
}

/// Every event of ours names its scenario, so any order is fine.
impl writer::Normalized for EventWriter {}

impl cucumber::Writer<World> for EventWriter {
    type Cli = cli::Empty;

    async fn handle_event(
        &mut self,
        event: parser::Result<Stamped<CucumberEvent<World>>>,
        _: &cli::Empty,
    ) {
        // The plan has parsed everything, so only cucumber's own events come.
        let Ok(event) = event.map(Stamped::into_inner) else { return };
        let CucumberEvent::Feature(feature, event) = event else { return };
        let (scenario, event) = match event {
            event::Feature::Scenario(scenario, event) => (scenario, event),
            event::Feature::Rule(_, event::Rule::Scenario(scenario, event)) => (scenario, event),
            _ => return,
        };
        if let Some(id) = self.ids.get(&key(&feature, &scenario)).cloned() {
            self.scenario(id, event.event);
        }
    }
}

impl EventWriter {
    fn scenario(&mut self, id: ScenarioId, event: event::Scenario<World>) {
        match event {
            event::Scenario::Started => {
                self.running.insert(id, Running { since: Instant::now(), failure: None });
            }
            event::Scenario::Background(_, event::Step::Failed(_, _, _, error))
            | event::Scenario::Step(_, event::Step::Failed(_, _, _, error)) => {
                let failure = match error {
                    StepError::Panic(panic) => failure_of(panic.as_ref()),
                    error => StepFailure::usage(error.to_string()),
                };
                self.fail(&id, failure);
            }
            event::Scenario::Hook(_, event::Hook::Failed(_, panic)) => {
                self.fail(&id, failure_of(panic.as_ref()));
            }
            event::Scenario::Finished => self.finish(id),
            _ => {}
        }
    }

    fn fail(&mut self, id: &ScenarioId, failure: StepFailure) {
        if let Some(running) = self.running.get_mut(id) {
            running.failure.get_or_insert(failure);
        }
    }

    fn finish(&mut self, id: ScenarioId) {
        // A scenario that cucumber retries would finish twice; the plan never asks for that.
        let Some(running) = self.running.remove(&id) else { return };
        let status = running.failure.as_ref().map_or(Status::Passed, status_of);
        self.events.emit(Event::ScenarioFinished {
            scenario: id.clone(),
            status,
            reason: running.failure.as_ref().map(|failure| failure.message.clone()),
            kind: running.failure.as_ref().map(|failure| failure.kind),
            took_ms: millis(running.since.elapsed()),
        });
        self.endings.push(Ending { id, status, failure: running.failure });
    }
}

/// How a step or scenario ends that fails like this.
pub fn status_of(failure: &StepFailure) -> Status {
    match failure.kind {
        FailureKind::Expectation => Status::Failed,
        FailureKind::Inconclusive
        | FailureKind::Environment
        | FailureKind::Usage
        | FailureKind::Bug => Status::Inconclusive,
    }
}

/// What a step or a hook has failed with, from the panic that it told cucumber by.
pub fn failure_of(panic: &(dyn std::any::Any + Send)) -> StepFailure {
    StepFailure::from_panic(&panic_text(panic))
}

/// What a panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
