//! A consumer of a group: it reads, and commits what it has read.

use super::control::Control;
use super::log::Log;
use super::reader::Reader;
use super::trouble::Trouble;
use crate::client::process::task::{Consume, Report, Task};

/// Reads until the run orders it to stop.
pub fn run(task: &Task, work: &Consume, control: &Control, log: &mut Log) -> Result<(), Trouble> {
    let reader = Reader::in_group(task, &work.topic, &work.group, None)?;
    control.report(&Report::Ready);
    let mut done = 0;
    while !control.is_stopping() {
        let batch = reader.batch()?;
        reader.tell(&batch, control)?;
        log.read(&batch, None);
        if batch.inputs.is_empty() {
            continue;
        }
        control.halfway();
        if let Err(why) = reader.commit(log, &work.group, &batch.inputs)? {
            control.report(&Report::Refused(why));
        }
        done += batch.inputs.len() as u64;
        control.report(&Report::Done(done));
    }
    Ok(())
}
