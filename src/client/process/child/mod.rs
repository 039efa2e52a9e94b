//! The process of a client: what `trial client` does. It has no executor, so its calls may block.

mod consumer;
mod control;
mod copier;
mod deliveries;
mod group_consumer;
mod log;
mod producer;
pub(in crate::client) mod reader;
pub(in crate::client) mod sender;
mod trouble;
mod turns;

use std::io::BufRead;

use self::control::Control;
use self::log::Log;
use self::trouble::Trouble;
use super::task::{Report, Task, Work};
use crate::error::UserError;
use crate::history::line::{Isolation, Line};

/// Works at the task until the run orders it to stop, or its input ends because the run is gone.
///
/// # Errors
/// Environment, when its history cannot be written.
/// The client reports what the cluster does to it on standard output. That is no error.
pub fn work(task: &Task, input: impl BufRead + Send + 'static) -> Result<(), UserError> {
    let control = Control::listen(input);
    let mut log = Log::create(task)
        .map_err(|error| UserError::environment("no history can be written", "").because(error))?;
    let ended = match &task.work {
        Work::Produce(work) => producer::run(task, work, &control, &mut log),
        Work::Copy(work) => copier::run(task, work, &control, &mut log),
        Work::Consume(work) => group_consumer::run(task, work, &control, &mut log),
        Work::Process(work) => consumer::run(task, work, &control, &mut log),
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
