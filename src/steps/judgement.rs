//! Judging a scenario: everything is read once more by fresh readers, then the checker says what it finds in
//! the history. `verdict.rs` has the sentences.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::world::World;
use crate::checker::check;
use crate::checker::history::History;
use crate::checker::ledger::{LedgerRow, ledger};
use crate::checker::report::Report;
use crate::client::admin::Admin;
use crate::client::final_read::FinalRead;
use crate::cluster::listener::CLIENT;
use crate::cluster::topic_settings::TopicSettings;
use crate::error::UserError;
use crate::event::Event;
use crate::history::line::{Declare, Line};
use crate::history::load::{LoadError, Loader};
use crate::history::recorder::{Flush, Recorder};
use crate::history::scenario::{FINAL_READS, ScenarioHistory};
use crate::scenario::failure::StepFailure;
use crate::scenario::topic_watch::{AT_A_VERDICT, with};
use crate::wait::{Seen, until};

/// How long the final read of a topic may take, with all that it needs.
const READING_LIMIT: Duration = Duration::from_secs(60);

const INTERVAL: Duration = Duration::from_millis(100);

/// What the checker says of a scenario so far.
#[derive(Debug)]
pub struct Judgement {
    /// The history, final reads included; names are those of the cluster.
    pub history: History,
    /// What was found in it; names are those of the author.
    pub report: Report,
    /// What the history was like then.
    state: State,
}

/// Whether anything was recorded since.
#[derive(Debug, PartialEq, Eq)]
struct State {
    lines: u64,
    files: Vec<(PathBuf, u64)>,
}

/// Judges what was recorded up to now; what was judged already is not judged again. Reports it as
/// [`Event::HistoryJudged`].
///
/// # Errors
/// Inconclusive, when nothing was recorded, or a partition cannot be read to its end.
pub async fn judge(world: &mut World) -> Result<Arc<Judgement>, StepFailure> {
    world.record_results()?;
    world.record_programs()?;
    world.environment()?.topics.look(AT_A_VERDICT).await;
    let recorded = Arc::clone(world.history()?);
    let state = state(&recorded).await?;
    if let Some(before) = world.judgement().filter(|before| before.state == state) {
        return Ok(before);
    }
    let files: Vec<PathBuf> = state.files.iter().map(|(file, _)| file.clone()).collect();
    let folder = recorded.folder();
    let (Some(folder), false) = (folder, files.is_empty()) else {
        return Err(StepFailure::inconclusive("no client of this scenario was recorded"));
    };
    let loader = blocking(move || read(Loader::default(), &files)).await??;
    let final_reads = folder.join(FINAL_READS);
    let recorder = Recorder::create(&final_reads, Some(recorded.name()), Flush::Soon)?;
    let topics = loader.topics_sent_to();
    let read_all = read_everything(world, &topics, loader.has_transactions(), &recorder).await;
    // Clients that go on may have sent meanwhile what the final readers have seen.
    let (state, loader) = match self::state(&recorded).await? {
        same if same == state => (state, loader),
        later => {
            let files: Vec<PathBuf> = later.files.iter().map(|(file, _)| file.clone()).collect();
            (later, blocking(move || read(Loader::default(), &files)).await??)
        }
    };
    let judged = blocking(move || {
        recorder.finish()?;
        let history = read(loader, &[final_reads])?.finish();
        let report = check(&history);
        let ledger = ledger(&history);
        Ok::<_, StepFailure>((history, report, ledger))
    });
    let (history, report, ledger) = judged.await??;
    let report = report.with_texts(|text| world.shown(text));
    let named = |row: LedgerRow| LedgerRow { topic: world.shown(&row.topic), ..row };
    let ledger: Vec<_> = ledger.into_iter().map(named).collect();
    let environment = world.environment()?;
    environment.events.emit(Event::HistoryJudged {
        scenario: environment.scenario.clone(),
        history: folder,
        report: Box::new(report.clone()),
        ledger,
        clock_offset_ms: history.wall_offset_ms,
    });
    // Told first: what there is may explain why not everything could be read.
    read_all?;
    let judgement = Arc::new(Judgement { history, report, state });
    world.keep_judgement(Arc::clone(&judgement));
    Ok(judgement)
}

async fn state(recorded: &Arc<ScenarioHistory>) -> Result<State, StepFailure> {
    let recorded = Arc::clone(recorded);
    blocking(move || {
        let lines = recorded.recorder()?.lines();
        let sized = |file: PathBuf| {
            // A file that has gone by then is told when it is read.
            let size = file.metadata().map_or(0, |found| found.len());
            (file, size)
        };
        Ok(State { lines, files: recorded.files()?.into_iter().map(sized).collect() })
    })
    .await?
}

/// Reads every topic to its end, having declared its settings.
async fn read_everything(
    world: &mut World,
    topics: &[String],
    transactions: bool,
    recorder: &Recorder,
) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let cluster = Arc::clone(world.cluster()?);
    let access = cluster.access(&CLIENT);
    let known = until(READING_LIMIT, INTERVAL, || async {
        Ok::<_, StepFailure>(match cluster.topics().await {
            Ok(known) => Seen::Ready(known),
            Err(error) => Seen::NotYet(error.to_string()),
        })
    });
    let known = known.await.map_err(|error| cannot_read(world, &error))?;
    for topic in topics {
        // What was deleted with its topic cannot be found any more; the checker says what that leaves open.
        let Some(partitions) = known.get(topic) else { continue };
        declare_settings(&admin, topic, recorder)
            .await
            .map_err(|error| cannot_read(world, &error))?;
        let partitions: Vec<i32> = partitions.iter().map(|partition| partition.id).collect();
        let read = FinalRead {
            access: &access,
            topic,
            partitions: &partitions,
            transactions,
            limit: READING_LIMIT,
        };
        read.record(recorder).await.map_err(|error| cannot_read(world, &error))?;
    }
    Ok(())
}

/// States what the broker says of a topic: what is allowed depends on it.
async fn declare_settings(
    admin: &Admin,
    topic: &str,
    recorder: &Recorder,
) -> Result<(), crate::wait::WaitError<StepFailure>> {
    let settings = until(READING_LIMIT, INTERVAL, || async {
        Ok::<_, StepFailure>(match admin.topic_settings(topic).await {
            Ok(settings) => Seen::Ready(settings),
            Err(error) => Seen::NotYet(error.to_string()),
        })
    })
    .await?;
    let line = Line { topic: Some(topic.into()), ..Line::default() };
    recorder.declare(Declare::Topic, with(line, &TopicSettings::told(&settings)));
    Ok(())
}

fn cannot_read(world: &World, error: &impl ToString) -> StepFailure {
    let why = world.shown(error.to_string());
    StepFailure::inconclusive(format!("not everything could be read in the end: {why}"))
}

fn read(mut loader: Loader, files: &[PathBuf]) -> Result<Loader, StepFailure> {
    for path in files {
        let file = File::open(path).map_err(|error| broken(LoadError::io(path, error)))?;
        loader.read(path, file).map_err(broken)?;
    }
    Ok(loader)
}

/// A history that clients of trial have written can be read; one of a program may be wrong.
fn broken(error: LoadError) -> StepFailure {
    StepFailure::inconclusive(UserError::from(error).in_full())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StepFailure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| StepFailure::inconclusive(format!("the checker panicked: {panic}")))
}
