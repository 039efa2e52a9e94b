//! What a consumer has seen: its messages, its partitions, its complaints. The history hears of it in the
//! order in which it happened.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdkafka::consumer::{BaseConsumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientContext, TopicPartitionList};

use super::error_code::ErrorCode;
use super::identity;
use super::message::Received;
use super::position::Positions;
use super::recording::digest_of;
use crate::history::line::{Batch, End, Happening, Line, Operation, Place, Record};
use crate::history::recorder::{ClientRecorder, OperationId};

/// Everything that a consumer has seen. The task that reads shares it with those that look.
pub(super) struct Seen {
    log: Mutex<Log>,
    pub(super) positions: Positions,
}

/// Everything that a consumer has seen so far.
pub(super) struct Log {
    /// In the order of arrival.
    pub(super) messages: Vec<Received>,
    /// When the poll of each began.
    polled_ns: Vec<u64>,
    /// For each topic and partition the offset after the last message received.
    pub(super) next: BTreeMap<(String, i32), i64>,
    pub(super) last_message: Instant,
    pub(super) has_assignment: bool,
    /// When its group last gave it partitions, or took some.
    pub(super) last_turn: Option<jiff::Timestamp>,
    pub(super) last_error: Option<ErrorCode>,
    recorder: Option<ClientRecorder>,
    group: String,
    /// How many messages the history knows, and when the poll of those after them began.
    recorded: usize,
    poll_began_ns: u64,
}

impl Seen {
    /// Nothing yet, of a consumer in a group.
    pub(super) fn new(recorder: Option<ClientRecorder>, group: &str, positions: Positions) -> Self {
        let log = Mutex::new(Log {
            messages: Vec::new(),
            polled_ns: Vec::new(),
            next: BTreeMap::new(),
            last_message: Instant::now(),
            has_assignment: false,
            last_turn: None,
            last_error: None,
            recorder,
            group: group.to_owned(),
            recorded: 0,
            poll_began_ns: 0,
        });
        Self { log, positions }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Takes what a poll that began then has returned.
    pub(super) fn returned(&mut self, read: Result<Received, KafkaError>, began_ns: u64) {
        match read {
            Ok(message) => {
                if self.messages.len() == self.recorded {
                    self.poll_began_ns = began_ns;
                }
                self.received(message, began_ns);
            }
            Err(error) => self.last_error = ErrorCode::of(&error),
        }
    }

    fn received(&mut self, message: Received, began_ns: u64) {
        let place = &message.place;
        self.next.insert((place.topic.clone(), place.partition), place.offset + 1);
        self.last_message = Instant::now();
        self.messages.push(message);
        self.polled_ns.push(began_ns);
    }

    /// Since when the library may have been committing these offsets: it reports a commit only when that has ended,
    /// after others that it began later if it had to repeat it, and begins it after the last message before the
    /// offset was returned.
    fn committing_since_ns(&self, offsets: &[Place<'_>]) -> Option<u64> {
        let since = offsets.iter().filter_map(|place| {
            let last = self.messages.iter().rposition(|message| {
                let Received { place: at, .. } = message;
                at.topic == *place.topic
                    && u32::try_from(at.partition).ok() == Some(place.partition)
                    && u64::try_from(at.offset).ok() < place.offset
            });
            self.polled_ns.get(last?).copied()
        });
        since.min()
    }

    /// Records what was received since the last time as one poll.
    pub(super) fn record_poll(&mut self) {
        let new = &self.messages[self.recorded..];
        self.recorded = self.messages.len();
        if let (Some(recorder), false) = (&mut self.recorder, new.is_empty()) {
            recorder.polled(self.poll_began_ns, batches(new));
        }
    }

    pub(super) fn recorded_as(&self) -> Option<String> {
        self.recorder.as_ref().map(|recorder| recorder.name().to_owned())
    }

    /// Records that an operation starts.
    pub(super) fn start(&mut self, operation: Operation, line: Line<'_>) -> Option<OperationId> {
        // What it rests on stands before it.
        self.record_poll();
        self.recorder.as_mut().map(|recorder| recorder.start(operation, line))
    }

    /// Records how an operation ended.
    pub(super) fn end(&self, operation: OperationId, end: End, line: Line<'_>) {
        if let Some(recorder) = &self.recorder {
            recorder.end(operation, end, line);
        }
    }

    fn turned(&mut self, event: Happening, partitions: &TopicPartitionList) {
        self.record_poll();
        self.last_turn = Some(jiff::Timestamp::now());
        if let Some(recorder) = &self.recorder {
            let partitions =
                places(partitions).into_iter().map(|place| Place { offset: None, ..place });
            recorder.event(event, Line { partitions: partitions.collect(), ..Line::default() });
        }
    }
}

/// Records of the history, by partition in the order of arrival.
pub(super) fn batches(messages: &[Received]) -> Vec<Batch<'_>> {
    Batch::by_partition(messages.iter().filter_map(|received| {
        let place = &received.place;
        let record = Record {
            offset: u64::try_from(place.offset).ok()?,
            message: Some(identity::of_received(received).into()),
            digest: Some(digest_of(&received.message)),
        };
        Some((place.topic.as_str(), u32::try_from(place.partition).ok()?, record))
    }))
}

/// Partitions with their offsets, as a history has them.
pub(super) fn places(list: &TopicPartitionList) -> Vec<Place<'static>> {
    let elements = list.elements();
    let places = elements.iter().filter_map(|element| {
        let offset = element.offset().to_raw().and_then(|offset| u64::try_from(offset).ok());
        let partition = u32::try_from(element.partition()).ok()?;
        Some(Place { topic: element.topic().to_owned().into(), partition, offset })
    });
    places.collect()
}

impl ClientContext for Seen {
    fn error(&self, error: KafkaError, _reason: &str) {
        self.lock().last_error = ErrorCode::of(&error);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.positions.take_in(statistics);
    }
}

impl ConsumerContext for Seen {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        self.positions.forget();
        let mut log = self.lock();
        match rebalance {
            Rebalance::Assign(partitions) => log.turned(Happening::Assign, partitions),
            Rebalance::Revoke(partitions) => log.turned(Happening::Revoke, partitions),
            Rebalance::Error(_) => {}
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let mut log = self.lock();
        match rebalance {
            Rebalance::Assign(_) => log.has_assignment = true,
            Rebalance::Revoke(_) => log.has_assignment = false,
            Rebalance::Error(error) => log.last_error = ErrorCode::of(error),
        }
    }

    /// The offsets that the library commits by itself.
    fn commit_callback(&self, result: Result<(), KafkaError>, offsets: &TopicPartitionList) {
        let mut log = self.lock();
        match result {
            Ok(()) => {
                let mut partitions = places(offsets);
                partitions.retain(|place| place.offset.is_some());
                if partitions.is_empty() {
                    return;
                }
                let group = Some(log.group.clone().into());
                let mono_ns = log.committing_since_ns(&partitions);
                let line = Line { group, partitions, mono_ns, ..Line::default() };
                if let Some(operation) = log.start(Operation::CommitOffsets, line) {
                    log.end(operation, End::Ok, Line::default());
                }
            }
            Err(error) if error.rdkafka_error_code() != Some(RDKafkaErrorCode::NoOffset) => {
                log.last_error = ErrorCode::of(&error);
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::message::{self, Message};

    #[test]
    fn a_commit_may_have_begun_when_the_last_message_before_it_was_returned() {
        let seen = Seen::new(None, "g", Positions::default());
        let mut log = seen.lock();
        for (partition, offset, began_ns) in [(0, 0, 10), (1, 7, 20), (0, 1, 30), (0, 2, 40)] {
            let place = message::Place { topic: "t".into(), partition, offset };
            let message = Received { place, identity: None, message: Message::of("v") };
            log.returned(Ok(message), began_ns);
        }
        let at = |partition, offset| Place { topic: "t".into(), partition, offset: Some(offset) };
        assert_eq!(log.committing_since_ns(&[at(0, 2)]), Some(30));
        assert_eq!(log.committing_since_ns(&[at(0, 3)]), Some(40));
        assert_eq!(log.committing_since_ns(&[at(0, 3), at(1, 8)]), Some(20));
        assert_eq!(log.committing_since_ns(&[at(1, 7)]), None);
    }

    #[test]
    fn a_poll_has_its_records_by_partition() {
        let received = |partition, offset| Received {
            place: message::Place { topic: "t".into(), partition, offset },
            identity: Some(format!("p-{offset}")),
            message: Message::of("v"),
        };
        let messages = [received(0, 5), received(1, 0), received(0, 6)];
        let batches = batches(&messages);
        let offsets = |batch: &Batch<'_>| {
            batch.records.iter().map(|record| record.offset).collect::<Vec<_>>()
        };
        assert_eq!(batches.iter().map(offsets).collect::<Vec<_>>(), [vec![5, 6], vec![0]]);
    }
}
