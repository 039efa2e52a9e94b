//! The client's file of the history.

use rdkafka::error::KafkaError;

use super::reader::{Batch, Input};
use super::turns::Turn;
use crate::client::error_code::ErrorCode;
use crate::client::process::task::Task;
use crate::history::errors::end_of;
use crate::history::line::{self, End, Happening, Line, Operation, Place, Record};
use crate::history::recorder::{ClientRecorder, Flush, OperationId, Recorder, RecorderError};
use crate::history::send::Outgoing;

/// Records what this client does; a line is with the system before what follows it can have an effect.
#[derive(Debug)]
pub struct Log {
    recorder: Recorder,
    client: ClientRecorder,
    sent: u64,
    transactions: u64,
}

impl Log {
    /// Creates the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(task: &Task) -> Result<Self, RecorderError> {
        let recorder = Recorder::create(&task.file, Some(&task.history), Flush::Always)?;
        let client = recorder.client(&task.client, super::declaration(task));
        Ok(Self { recorder, client, sent: 0, transactions: 0 })
    }

    /// The client's name in the history.
    pub fn client(&self) -> &str {
        self.client.name()
    }

    /// For delivery reports.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The identity of the next message to send.
    pub fn next_message(&mut self) -> String {
        self.sent += 1;
        format!("{}-{}", self.client.name(), self.sent)
    }

    /// The number of the next transaction.
    pub fn next_transaction(&mut self) -> u64 {
        self.transactions += 1;
        self.transactions
    }

    /// An operation starts.
    pub fn start(&mut self, operation: Operation, fields: Line<'_>) -> OperationId {
        self.client.start(operation, fields)
    }

    /// A message is about to be sent.
    pub fn start_send(&mut self, message: &Outgoing<'_>) -> OperationId {
        self.client.start_send(message)
    }

    /// An operation has ended like this.
    pub fn end(&self, operation: OperationId, result: &Result<(), KafkaError>) {
        match result {
            Ok(()) => self.client.end(operation, End::Ok, Line::default()),
            Err(error) => self.client.end(operation, end(error), with_error(error)),
        }
    }

    /// The client has read a batch, for this transaction if for one.
    pub fn read(&mut self, batch: &Batch, transaction: Option<u64>) {
        self.poll(batch.began_ns, &batch.passed_over, None);
        for turn in &batch.turns {
            let (what, partitions) = match turn {
                Turn::Assigned(partitions) => (Happening::Assign, partitions),
                Turn::Revoked(partitions) => (Happening::Revoke, partitions),
                Turn::Sought(partitions) => (Happening::Seek, partitions),
            };
            if !partitions.is_empty() {
                self.client.event(what, Line { partitions: places(partitions), ..Line::default() });
            }
        }
        self.poll(batch.began_ns, &batch.inputs, transaction);
    }

    fn poll(&mut self, began_ns: u64, inputs: &[Input], transaction: Option<u64>) {
        if inputs.is_empty() {
            return;
        }
        let began = Line { mono_ns: Some(began_ns), transaction, ..Line::default() };
        let poll = self.client.start(Operation::Poll, began);
        let batches = line::Batch::by_partition(inputs.iter().map(|input| {
            let record = Record {
                offset: u64::try_from(input.offset).unwrap_or_default(),
                message: Some(input.message.as_str().into()),
                digest: None,
            };
            let partition = u32::try_from(input.partition).unwrap_or_default();
            (input.topic.as_str(), partition, record)
        }));
        self.client.end(poll, End::Ok, Line { batches, ..Line::default() });
    }

    /// Closes the file.
    ///
    /// # Errors
    /// When something could not be written.
    pub fn finish(&self) -> Result<(), RecorderError> {
        self.recorder.finish()
    }
}

/// Partitions as a line has them.
pub fn places(partitions: &[(String, i32, Option<i64>)]) -> Vec<Place<'_>> {
    let place = |(topic, partition, offset): &(String, i32, Option<i64>)| Place {
        topic: topic.clone().into(),
        partition: u32::try_from(*partition).unwrap_or_default(),
        offset: offset.and_then(|offset| u64::try_from(offset).ok()),
    };
    partitions.iter().map(place).collect()
}

/// How an operation ended that ended with this error.
pub fn end(error: &KafkaError) -> End {
    // librdkafka repeats by itself what it may repeat, so no error is certain to be that of the only attempt.
    ErrorCode::of(error).map_or(End::Unknown, |code| end_of(code.number(), false))
}

/// A line that names the error.
pub fn with_error(error: &KafkaError) -> Line<'static> {
    let name = ErrorCode::of(error).map_or_else(|| error.to_string(), ErrorCode::name);
    Line { error: Some(name.into()), ..Line::default() }
}
