//! Consume, transform, produce.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::consumer::ConsumerGroupMetadata;

use super::control::Control;
use super::log::Log;
use super::reader::{self, Input, Reader};
use super::sender::{Identity, Sender};
use super::trouble::Trouble;
use super::turns::BeforeAssignment;
use crate::client::message::Message;
use crate::client::process::task::{Copy, Copying, Report, Task};
use crate::history::recorder::Recorder;

/// Copies until the run orders it to stop.
pub fn run(task: &Task, work: &Copy, control: &Control, log: &mut Log) -> Result<(), Trouble> {
    let senders = Arc::new(Senders::start(task, work, log.recorder())?);
    let for_partitions = Arc::clone(&senders);
    let before_assignment: Option<BeforeAssignment> = match work.copying {
        Copying::ProducerPerPartition => Some(Box::new(move |ids| for_partitions.take_over(ids))),
        _ => None,
    };
    let reader = Reader::in_group(task, &work.from, &work.group, before_assignment)?;
    // Only offsets that are committed in transactions are tied to a member of the group.
    let outside = match work.copying {
        Copying::InTransactions => None,
        _ => Some(Reader::outside(task, &work.group)?),
    };
    let member = |of_batch: Option<ConsumerGroupMetadata>| match &outside {
        Some(outside) => outside.member(),
        None => of_batch.ok_or_else(reader::no_group),
    };
    control.report(&Report::Ready);
    let mut copier = Copier { work, control, log, reader: &reader, done: 0 };
    while !control.is_stopping() {
        let batch = reader.batch()?;
        reader.tell(&batch, control)?;
        let senders = senders.all()?;
        if work.copying == Copying::ProducerPerPartition || batch.inputs.is_empty() {
            copier.log.read(&batch, None);
            for (partition, sender) in &senders {
                let is_of_it = |input: &&Input| Some(input.partition) == *partition;
                let inputs: Vec<_> = batch.inputs.iter().filter(is_of_it).cloned().collect();
                if !inputs.is_empty() {
                    let begun = sender.begin(copier.log);
                    copier.copy(sender, begun?, &inputs, member(None)?)?;
                }
            }
        } else if let Some(sender) = senders.values().next() {
            let transaction = sender.begin(copier.log)?;
            copier.log.read(&batch, Some(transaction));
            copier.copy(sender, transaction, &batch.inputs, member(batch.member)?)?;
        }
    }
    Ok(())
}

struct Copier<'a> {
    work: &'a Copy,
    control: &'a Control,
    log: &'a mut Log,
    reader: &'a Reader,
    done: u64,
}

impl Copier<'_> {
    /// Writes the results of these messages in a transaction that has begun, and commits results and offsets.
    /// What Kafka refuses is done again; a producer that is stuck, by another one.
    fn copy(
        &mut self,
        sender: &Sender,
        transaction: u64,
        inputs: &[Input],
        member: ConsumerGroupMetadata,
    ) -> Result<(), Trouble> {
        let mut written = self.write(sender, transaction, inputs, member);
        if let Err(Trouble::Refused(why)) = &written {
            self.control.report(&Report::Refused(why.clone()));
            match sender.abort(self.log, transaction) {
                Ok(()) => return self.reader.go_back(inputs),
                Err(trouble) => written = Err(trouble),
            }
        }
        if let Err(Trouble::Stuck(why)) = &written {
            self.control.report(&Report::Refused(why.clone()));
            sender.start_anew()?;
            return self.reader.go_to_committed(inputs);
        }
        written?;
        if self.work.copying == Copying::OutsideTransactions {
            self.control.halfway();
            if let Err(error) = self.reader.commit(self.log, &self.work.group, inputs)? {
                self.control.report(&Report::Refused(error));
                return Ok(());
            }
        }
        self.done += inputs.len() as u64;
        self.control.report(&Report::Done(self.done));
        Ok(())
    }

    fn write(
        &mut self,
        sender: &Sender,
        transaction: u64,
        inputs: &[Input],
        member: ConsumerGroupMetadata,
    ) -> Result<(), Trouble> {
        for input in inputs {
            let message = Message {
                key: input.key.clone(),
                value: input.value.clone(),
                ..Message::default()
            };
            let identity = self.log.next_message();
            let identity = Identity {
                message: &identity,
                source: Some(&input.message),
                transaction: Some(transaction),
            };
            sender.send(self.log, &self.work.to, &message, &identity)?;
        }
        sender.flush()?;
        if self.work.copying != Copying::OutsideTransactions {
            self.control.halfway();
            let next = reader::next_offsets(inputs);
            sender.send_offsets(self.log, transaction, &self.work.group, &next, member)?;
        }
        sender.commit(self.log, transaction)
    }
}

/// Producers by the partition that they are for; a single one is for all.
type ByPartition = BTreeMap<Option<i32>, Arc<Sender>>;

/// The copier's producers.
struct Senders {
    task: Task,
    transactional_id: String,
    recorder: Recorder,
    started: Mutex<Result<ByPartition, Trouble>>,
}

impl Senders {
    fn start(task: &Task, work: &Copy, recorder: &Recorder) -> Result<Self, Trouble> {
        let senders = Self {
            task: task.clone(),
            transactional_id: work.transactional_id.clone(),
            recorder: recorder.clone(),
            started: Mutex::new(Ok(ByPartition::new())),
        };
        if work.copying != Copying::ProducerPerPartition {
            let single = Sender::start(task, recorder, Some(&work.transactional_id))?;
            *senders.lock() = Ok(ByPartition::from([(None, Arc::new(single))]));
        }
        Ok(senders)
    }

    /// Starts a producer for each of these partitions, which fences whoever had them before.
    fn take_over(&self, partitions: &[i32]) {
        let start = |partition: &i32| {
            let id = format!("{}-{partition}", self.transactional_id);
            let sender = Sender::start(&self.task, &self.recorder, Some(&id))?;
            Ok((Some(*partition), Arc::new(sender)))
        };
        let started = partitions.iter().map(start).collect();
        *self.lock() = started;
    }

    fn all(&self) -> Result<ByPartition, Trouble> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Result<ByPartition, Trouble>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
