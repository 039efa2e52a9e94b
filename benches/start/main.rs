//! How long a cluster of three ZooKeepers and three brokers takes to start and to stop, and what a further
//! scenario costs:
//!
//! ```text
//! cargo bench --bench start                        # everything, five times
//! cargo bench --bench start -- local stock         # only these
//! cargo bench --bench start -- --repetitions 1     # a quick look
//! ```
//!
//! - `local`, `docker`: from the first process to the message with acks=all that is read back, and the
//!   stop, in each runtime. Jars, class-data archives and images are there before.
//! - `stock`: the same jars until the same message is read back, started as Kafka's own scripts and
//!   quick start do it: see [`stock`].
//! - `embedded`: three brokers and one ZooKeeper of spring-kafka-test in one JVM, until the same message is read
//!   back.
//! - `scenario`: what one more undisturbing scenario costs on a cluster that is up, one after another: a run
//!   of eleven less a run of one, divided by ten.
//!
//! All that is measured is measured in turn, once in each round, so that a machine that is busy for a while
//! spoils no single row; one round goes before that is not counted. Figures mean something on an idle
//! machine only. What a machine cannot run is skipped, and says so. However it ends, nothing is left running.

#[path = "../support/class_path.rs"]
mod class_path;
mod embedded;
#[path = "../support/failed.rs"]
mod failed;
#[path = "../support/machine.rs"]
mod machine;
#[path = "../support/median.rs"]
mod median;
mod scenario;
mod stock;
mod table;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use kafka_trial::cluster::spec::{self, ClusterSpec};
use kafka_trial::distribution::Cache;
use kafka_trial::error::UserError;
use kafka_trial::event::run_id::RunId;
use kafka_trial::event::runtime_kind::RuntimeKind;
use kafka_trial::event::stream::Events;
use kafka_trial::event::{Event, Stamped};
use kafka_trial::owned::interrupt::Interrupts;
use kafka_trial::run::stage::Stage;
use kafka_trial::runtime::registry;
use tokio::sync::mpsc::UnboundedReceiver;

use self::embedded::Embedded;
use self::failed::failed;
use self::table::Table;

#[derive(Debug, Parser)]
#[command(name = "start")]
struct Arguments {
    /// What to measure [default: everything]
    #[arg(value_enum)]
    subjects: Vec<Subject>,
    /// Rounds that are counted
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// Given by cargo bench; without it, as under cargo test, nothing is measured
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Subject {
    Local,
    Docker,
    Stock,
    Embedded,
    Scenario,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.bench {
        println!("nothing is measured: cargo bench --bench start");
        return ExitCode::SUCCESS;
    }
    match kafka_trial::cli::block_on(measure(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => kafka_trial::cli::terminal::fail(&error).into(),
    }
}

/// A runtime that this machine has, and the stream on which it tells how long things took.
#[derive(Debug)]
struct Bench {
    stage: Stage,
    events: Events,
    stream: UnboundedReceiver<Stamped>,
}

async fn measure(arguments: &Arguments) -> Result<(), UserError> {
    let mut interrupts = Interrupts::listen()?;
    let mut wanted: BTreeSet<_> = arguments.subjects.iter().copied().collect();
    if wanted.is_empty() {
        wanted.extend(Subject::value_variants());
    }
    let logs = tempfile::tempdir().map_err(|error| failed("make a folder", error))?;
    let mut local = None;
    let mut docker = None;
    if wanted.iter().any(|subject| *subject != Subject::Docker) {
        local = Bench::set(RuntimeKind::Local, logs.path()).await?;
    }
    if wanted.contains(&Subject::Docker) {
        docker = Bench::set(RuntimeKind::Docker, logs.path()).await?;
    }
    let measured = tokio::select! {
        measured = rounds(arguments, &wanted, local.as_mut(), docker.as_mut()) => measured,
        signal = interrupts.next() => Err(signal.into()),
    };
    for bench in [local, docker].into_iter().flatten() {
        bench.stage.clear().await?;
    }
    println!("\n{}", measured?);
    Ok(())
}

async fn rounds(
    arguments: &Arguments,
    wanted: &BTreeSet<Subject>,
    mut local: Option<&mut Bench>,
    mut docker: Option<&mut Bench>,
) -> Result<Table, UserError> {
    let spec = ClusterSpec::named(spec::DEFAULT, spec::FOLDER.as_ref())?;
    let mut table = Table::default();
    let embedded = match &local {
        Some(bench) if wanted.contains(&Subject::Embedded) => {
            Some(Embedded::prepare(&bench.stage).await?)
        }
        _ => None,
    };
    for round in 0..=arguments.repetitions {
        let mut note = |row: &str, took: Duration| {
            eprintln!("round {round}: {row}: {:.2} s", took.as_secs_f64());
            if round > 0 {
                table.add(row, took);
            }
        };
        for subject in wanted {
            let bench = if *subject == Subject::Docker { &mut docker } else { &mut local };
            let Some(bench) = bench else { continue };
            match subject {
                Subject::Local | Subject::Docker => {
                    let kind = bench.kind();
                    let (start, stop) = bench.start_and_stop(&spec, round).await?;
                    note(&format!("start, {kind}"), start);
                    note(&format!("stop, {kind}"), stop);
                }
                Subject::Stock => {
                    let start = stock::start(&bench.stage, &bench.events, &spec).await?;
                    note(table::STOCK, start);
                }
                Subject::Embedded => {
                    let Some(embedded) = &embedded else { continue };
                    note("start, embedded", embedded.start(&bench.stage).await?);
                }
                Subject::Scenario => {
                    for (name, steps) in scenario::KINDS {
                        note(name, scenario::cost(steps).await?);
                    }
                }
            }
        }
    }
    Ok(table)
}

impl Bench {
    /// None where the machine lacks the runtime, which is told.
    async fn set(kind: RuntimeKind, logs: &Path) -> Result<Option<Self>, UserError> {
        let provider = match registry::find(Some(kind)).await {
            Ok((provider, _)) => provider,
            Err(error) => {
                println!("skipped, {kind:?}: {}", error.in_full());
                return Ok(None);
            }
        };
        let (events, stream) = Events::channel();
        let cache = Cache::of_user()?;
        let stage =
            Stage::set(RunId::new(), cache, provider, events.clone(), logs.to_owned()).await?;
        Ok(Some(Self { stage, events, stream }))
    }

    fn kind(&self) -> String {
        self.stage.provider().kind().to_string()
    }

    async fn start_and_stop(
        &mut self,
        spec: &ClusterSpec,
        round: u32,
    ) -> Result<(Duration, Duration), UserError> {
        let cluster = self.stage.start(spec.clone(), &format!("round-{round}"), false).await?;
        cluster.stop().await?;
        let mut took = (Duration::ZERO, Duration::ZERO);
        while let Ok(event) = self.stream.try_recv() {
            match event.event {
                Event::ClusterStarted { took_ms, .. } => took.0 = Duration::from_millis(took_ms),
                Event::ClusterStopped { took_ms, .. } => took.1 = Duration::from_millis(took_ms),
                _ => {}
            }
        }
        Ok(took)
    }
}
