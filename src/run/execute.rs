//! Executes a plan: a cluster for each batch, its scenarios on it, everything cleared away in the end.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::Instant;

use futures::FutureExt as _;

use crate::distribution::Cache;
use crate::error::UserError;
use crate::event::failure::FailureKind;
use crate::event::run_id::RunId;
use crate::event::status::Status;
use crate::event::stream::{Events, millis};
use crate::event::{Event, FORMAT};
use crate::exit_code::ExitCode;
use crate::fault::DoNothing;
use crate::keep::held;
use crate::owned::interrupt::{Interrupt, Interrupts};
use crate::plan::Plan;
use crate::plan::feature_file::SourceText;
use crate::report::compare::Finding;
use crate::report::{Baseline, Reporters, Verbosity, link_latest};
use crate::run::batch::Surroundings;
use crate::run::capacity;
use crate::run::options::Options;
use crate::run::perform::{Ending, panic_text};
use crate::run::spread::Spread;
use crate::run::stage::Stage;
use crate::runtime::registry;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Every scenario that was performed or given up, in the order of their ends.
    pub endings: Vec<Ending>,
    /// What they come to.
    pub code: ExitCode,
}

/// Executes the plan.
///
/// # Errors
/// When the machine lacks what the runtime needs, the run's folders cannot be made, or something is left
/// behind that cannot be removed.
pub async fn execute(plan: &Plan, options: &Options) -> Result<Outcome, UserError> {
    let began = Instant::now();
    let do_nothing = DoNothing::from_environment()?;
    let mut interrupts = Interrupts::listen()?;
    let (provider, because) = registry::find(options.runtime).await?;
    let cache = Cache::of_user()?;
    let clusters = capacity::check(plan, options, provider.as_ref(), &cache).await?;
    let id = RunId::new();
    let seed = options.seed.unwrap_or_else(rand::random);
    let (events, stream) = Events::channel();
    let out = out_folder(options, &id)?;
    let baseline = options.baseline.clone();
    let baseline = baseline.map(|report| Baseline { report, tolerance: options.tolerance });
    let reporters = Reporters::start(stream, &out, Verbosity::from(options.verbosity), baseline)?;
    let kind = provider.kind();
    let stage = Stage::set(id.clone(), cache, provider, events.clone(), out.join("logs")).await?;
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
    let spread = Spread::default();
    for SourceText { path, text, .. } in &plan.sources {
        events.emit(Event::FeatureRead { file: path.clone(), text: text.to_string() });
    }
    let histories = out.join("history");
    let around = Surroundings {
        stage: &stage,
        options,
        seed,
        do_nothing,
        histories: &histories,
        events: &events,
    };
    let work = spread.perform(plan, around, clusters);
    let ended = tokio::select! {
        ended = AssertUnwindSafe(work).catch_unwind() => {
            ended.unwrap_or_else(|panic| Err(bug(&panic_text(panic.as_ref()))))
        }
        signal = interrupts.next() => Err(signal.into()),
    };
    let (endings, kept) = spread.into_parts();
    if ended.is_ok() {
        held::hold(&kept, &events, &mut interrupts).await;
    }
    let cleared = tokio::select! {
        cleared = stage.clear() => cleared,
        signal = interrupts.next() => {
            crate::owned::sweep::kill_at_once(stage.run());
            Err(at_once(signal))
        }
    };
    // A part of a run may have nothing to do.
    let nothing = if plan.selected == 0 { Status::Passed } else { Status::Inconclusive };
    let status = endings.iter().map(|ending| ending.status).max().unwrap_or(nothing);
    events.emit(Event::RunFinished { status, took_ms: millis(began.elapsed()) });
    drop((kept, stage, events));
    let finding = reporters.finish().await?;
    match (ended, cleared) {
        (Ok(()), Ok(())) => {}
        (Err(error), Ok(())) | (Ok(()), Err(error)) => return Err(error),
        (Err(error), Err(left)) => return Err(error.with_others(vec![left])),
    }
    let code = match exit_code(&endings, options.allow_skips) {
        ExitCode::Passed if finding == Some(Finding::Regression) => ExitCode::Failed,
        // A part of a run may have nothing to do.
        ExitCode::Passed if finding == Some(Finding::NothingInCommon) && plan.selected > 0 => {
            ExitCode::Inconclusive
        }
        code => code,
    };
    Ok(Outcome { endings, code })
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

/// Failed is worse than an unable environment, which is worse than inconclusive: the first is about the
/// product, and known.
fn exit_code(endings: &[Ending], allow_skips: bool) -> ExitCode {
    let is = |status| endings.iter().any(|ending| ending.status == status);
    let environment = |ending: &Ending| {
        let kind = ending.failure.as_ref().map(|failure| failure.kind);
        ending.status == Status::Inconclusive && kind == Some(FailureKind::Environment)
    };
    let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    if is(Status::Failed) {
        ExitCode::Failed
    } else if endings.iter().any(environment) {
        ExitCode::Environment
    } else if is(Status::Inconclusive) || (is(Status::Skipped) && in_ci && !allow_skips) {
        ExitCode::Inconclusive
    } else {
        ExitCode::Passed
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::scenario::ScenarioId;
    use crate::steps::failure::StepFailure;

    fn ending(status: Status, failure: Option<StepFailure>) -> Ending {
        let id = ScenarioId { file: "a.feature".into(), line: 1, name: "a".into() };
        Ending { id, status, failure }
    }

    #[test]
    fn a_failure_is_worse_than_an_unable_environment() {
        let failed = ending(Status::Failed, Some(StepFailure::expectation("lost")));
        let unable = ending(Status::Inconclusive, Some(StepFailure::environment("no Java")));
        let unknown = ending(Status::Inconclusive, Some(StepFailure::inconclusive("nothing")));
        let passed = ending(Status::Passed, None);
        let code = |endings: &[&Ending]| {
            exit_code(&endings.iter().map(|it| (*it).clone()).collect::<Vec<_>>(), true)
        };
        assert_eq!(code(&[&passed, &failed, &unable]), ExitCode::Failed);
        assert_eq!(code(&[&passed, &unknown, &unable]), ExitCode::Environment);
        assert_eq!(code(&[&passed, &unknown]), ExitCode::Inconclusive);
        assert_eq!(code(&[&passed]), ExitCode::Passed);
    }
}
