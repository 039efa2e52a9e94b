//! The process of a client: what `trial client` does. It has no executor, so its calls may block.

mod consumer;
mod control;
mod copier;
mod deliveries;
mod log;
mod producer;
pub(in crate::client) mod reader;
pub(in crate::client) mod sender;
mod trouble;
mod turns;

use std::io::{BufRead as _, BufReader};

use self::control::Control;
use self::log::Log;
use self::trouble::Trouble;
use super::task::{Report, Task, Work};
use crate::error::UserError;
use crate::history::line::{Isolation, Line};
use crate::load::child;
use crate::load::task::LoadTask;

/// Reads the task from standard input and works at it until the run orders it to stop, or its input ends because
/// the run is gone.
///
/// # Errors
/// Usage, when the first line of the input is no task; environment, when its history cannot be written.
/// The client reports what the cluster does to it on standard output. That is no error.
pub fn main() -> Result<(), UserError> {
    let mut input = BufReader::new(std::io::stdin());
    let mut line = String::new();
    let read = input.read_line(&mut line);
    read.map_err(|error| not_started("its task cannot be read").because(error))?;
    // A client of a load keeps no history, and has no other orders than to stop.
    if let Ok(task) = serde_json::from_str::<LoadTask>(&line) {
        child::work(&task, input);
        return Ok(());
    }
    let task: Task = serde_json::from_str(&line)
        .map_err(|error| not_started("its input does not begin with a task").because(error))?;
    let control = Control::listen(input);
    let mut log = Log::create(&task)
        .map_err(|error| UserError::environment("no history can be written", "").because(error))?;
    let ended = match &task.work {
        Work::Produce(work) => producer::run(&task, work, &control, &mut log),
        Work::Copy(work) => copier::run(&task, work, &control, &mut log),
        Work::Process(work) => consumer::run(&task, work, &control, &mut log),
    };
    match ended {
        Ok(()) => {}
        Err(Trouble::Fenced(why)) => control.report(&Report::Fenced(why)),
        Err(Trouble::Refused(why) | Trouble::Stuck(why) | Trouble::Failed(why)) => {
            control.report(&Report::Failed(why))
        }
    }
    log.finish()
        .map_err(|error| UserError::environment("the history is not complete", "").because(error))
}

fn not_started(why: &str) -> UserError {
    UserError::usage(
        format!("this client was not started by a run: {why}"),
        "`trial client` is for `trial run`; write a feature with a copier, for example",
    )
}

/// The client's settings for the history.
fn declaration(task: &Task) -> Line<'static> {
    let isolation = match task.settings.get("isolation.level") {
        Some("read_uncommitted") => Isolation::ReadUncommitted,
        _ => Isolation::ReadCommitted,
    };
    // Only who sends in no transaction has one request at a time (`Settings::with_safe_retries`).
    let alone = matches!(&task.work, Work::Produce(work) if work.transactions.is_none());
    Line {
        isolation: Some(isolation),
        idempotence: Some(true),
        max_in_flight: Some(if alone { 1 } else { 5 }),
        acks: Some(-1),
        ..Line::default()
    }
}
