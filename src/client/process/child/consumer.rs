//! A standalone consumer: it stores a result of each message in a database of its own.

use super::control::Control;
use super::log::Log;
use super::reader::{self, Batch, Input, Reader};
use super::trouble::Trouble;
use crate::client::process::store::{Next, Store, Stored};
use crate::client::process::task::{Offsets, Process, Report, Task};

/// Processes until the run orders it to stop.
pub fn run(task: &Task, work: &Process, control: &Control, log: &mut Log) -> Result<(), Trouble> {
    let mut store = Store::open(&work.store).map_err(unstored)?;
    let reader = match work.offsets {
        Offsets::WithResults => {
            let known = store.offsets().map_err(unstored)?;
            Reader::from(task, &work.topic, |partition| {
                let known = known.iter().find(|next| next.partition == partition);
                known.map(|next| next.next)
            })?
        }
        Offsets::AfterProcessing | Offsets::BeforeProcessing => {
            Reader::in_group(task, &work.topic, &work.group, None)?
        }
    };
    control.report(&Report::Ready);
    let mut done = 0;
    while !control.is_stopping() {
        let batch = reader.batch()?;
        reader.tell(&batch, control)?;
        log.read(&batch, None);
        if batch.inputs.is_empty() {
            continue;
        }
        let results = results(log, &batch);
        let committed = match work.offsets {
            Offsets::AfterProcessing => {
                store.store(&results, &[], || {}).map_err(unstored)?;
                control.halfway();
                reader.commit(log, &work.group, &batch.inputs)?
            }
            Offsets::BeforeProcessing => {
                let committed = reader.commit(log, &work.group, &batch.inputs)?;
                control.halfway();
                store.store(&results, &[], || {}).map_err(unstored)?;
                committed
            }
            Offsets::WithResults => {
                let next = next(&batch.inputs);
                store.store(&results, &next, || control.halfway()).map_err(unstored)?;
                Ok(())
            }
        };
        if let Err(why) = committed {
            control.report(&Report::Refused(why));
        }
        done += batch.inputs.len() as u64;
        control.report(&Report::Done(done));
    }
    Ok(())
}

fn results(log: &Log, batch: &Batch) -> Vec<Stored> {
    let result = |input: &Input| Stored {
        client: log.client().to_owned(),
        message: input.message.clone(),
        value: input.value.clone(),
    };
    batch.inputs.iter().map(result).collect()
}

fn next(inputs: &[Input]) -> Vec<Next> {
    let offsets = reader::next_offsets(inputs).into_iter();
    offsets.map(|(topic, partition, next)| Next { topic, partition, next }).collect()
}

fn unstored(error: rusqlite::Error) -> Trouble {
    Trouble::Failed(format!("failed to store results: {error}"))
}
