//! Reads batches from a topic, in a group or from given offsets, and distinguishes what the group did between
//! them.

use std::cell::Cell;
use std::sync::MutexGuard;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::{Offset, TopicPartitionList};

use super::control::Control;
use super::log::{Log, places};
use super::trouble::{self, Trouble};
use super::turns::{BeforeAssignment, Place, Turn, Turns};
use crate::client::identity;
use crate::client::position::{Positions, with_statistics};
use crate::client::process::task::{Report, Task};
use crate::client::settings::Settings;
use crate::history::line::{Line, Operation};
use crate::history::recorder::monotonic_ns;

/// Messages in a batch at most.
const MOST: usize = 100;

/// The longest wait for a batch.
const PATIENCE: Duration = Duration::from_millis(100);

/// The longest wait of a batch that has begun for more.
const MORE: Duration = Duration::from_millis(5);

/// The limit for one question to a broker.
const QUESTION_LIMIT: Duration = Duration::from_secs(10);

/// A consumer that commits nothing by itself.
pub struct Reader {
    consumer: BaseConsumer<Turns>,
    /// Partitions that were not reported to the run yet: it does not know where it reads in all of them.
    untold: Cell<Option<Vec<i32>>>,
}

/// One message that was read.
#[derive(Debug, Clone)]
pub struct Input {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    /// Its identity.
    pub message: String,
}

/// The result of one look.
#[derive(Default)]
pub struct Batch {
    /// When it began, on the machine's monotonic clock.
    pub began_ns: u64,
    /// Read before the turns, and not to be processed: the position is set anew.
    pub passed_over: Vec<Input>,
    /// The change of the assignment.
    pub turns: Vec<Turn>,
    /// To be processed.
    pub inputs: Vec<Input>,
    /// The member of the group that has read them, and its generation; none without a group.
    pub member: Option<ConsumerGroupMetadata>,
}

impl Reader {
    /// Joins the group. `before_assignment` is called in the middle of each rebalance, before the committed
    /// offsets are looked up.
    pub fn in_group(
        task: &Task,
        topic: &str,
        group: &str,
        before_assignment: Option<BeforeAssignment>,
    ) -> Result<Self, Trouble> {
        let reader = Self::new(task, group, before_assignment)?;
        let subscribed = reader.consumer.subscribe(&[topic]);
        subscribed.map_err(|error| trouble::failed("subscribe", &error))?;
        Ok(reader)
    }

    /// Reads every partition of the topic from the offset that `next` has for it, or from its beginning.
    pub fn from(
        task: &Task,
        topic: &str,
        next: impl Fn(i32) -> Option<i64>,
    ) -> Result<Self, Trouble> {
        // librdkafka wants a group's name even where no group is joined.
        let reader = Self::new(task, "trial-without-group", None)?;
        let metadata = reader.consumer.fetch_metadata(Some(topic), QUESTION_LIMIT);
        let metadata = metadata.map_err(|error| trouble::failed("find the partitions", &error))?;
        let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
        let mut list = TopicPartitionList::new();
        let mut places = Vec::new();
        for partition in partitions {
            let next = next(partition.id());
            let offset = next.map_or(Offset::Beginning, Offset::Offset);
            let added = list.add_partition_offset(topic, partition.id(), offset);
            added.map_err(|error| trouble::failed("choose a partition", &error))?;
            places.push((topic.to_owned(), partition.id(), next));
        }
        let assigned = reader.consumer.assign(&list);
        assigned.map_err(|error| trouble::failed("take the partitions", &error))?;
        reader.turns().push(Turn::Assigned(places));
        Ok(reader)
    }

    /// Knows of the group and does not join it.
    pub fn outside(task: &Task, group: &str) -> Result<Self, Trouble> {
        Self::new(task, group, None)
    }

    /// The member of its group that it is, and its generation; none before it has joined.
    pub fn member(&self) -> Result<ConsumerGroupMetadata, Trouble> {
        self.consumer.group_metadata().ok_or_else(no_group)
    }

    fn new(
        task: &Task,
        group: &str,
        before_assignment: Option<BeforeAssignment>,
    ) -> Result<Self, Trouble> {
        let settings = settings(task, group);
        let turns = Turns::new(before_assignment, Positions::of(&settings));
        let config = settings.config();
        let config = config.map_err(|error| Trouble::Failed(error.to_string()))?;
        let consumer = config.create_with_context(turns);
        let consumer = consumer.map_err(|error| trouble::failed("start the consumer", &error))?;
        Ok(Self { consumer, untold: Cell::default() })
    }

    /// The next messages, or none when none come soon.
    pub fn batch(&self) -> Result<Batch, Trouble> {
        let mut batch = Batch { began_ns: monotonic_ns(), ..Batch::default() };
        let mut patience = PATIENCE;
        while batch.inputs.len() < MOST {
            let polled = self.consumer.poll(patience);
            let turns = std::mem::take(&mut *self.turns());
            if !turns.is_empty() {
                batch.turns.extend(turns);
                batch.passed_over.append(&mut batch.inputs);
            }
            match polled {
                None => break,
                Some(Ok(message)) => batch.inputs.push(Input::of(&message)),
                Some(Err(error @ KafkaError::MessageConsumptionFatal(_))) => {
                    return Err(trouble::failed("read", &error));
                }
                // Brokers that are down, a group that is being rebalanced: librdkafka goes on by itself.
                Some(Err(_)) => {}
            }
            patience = MORE;
        }
        batch.member = self.consumer.group_metadata();
        Ok(batch)
    }

    /// Reports to the run which partitions are read now, if that has changed with this batch or before, and where to
    /// begin is known for all of them.
    pub fn tell(&self, batch: &Batch, control: &Control) -> Result<(), Trouble> {
        let Some(partitions) = batch.partitions().or(self.untold.take()) else { return Ok(()) };
        let assigned = self.consumer.assignment();
        let assigned = assigned.map_err(|error| trouble::failed("find its partitions", &error))?;
        match self.consumer.context().positions.has_all(&assigned) {
            true => control.report(&Report::Assigned(partitions)),
            false => self.untold.set(Some(partitions)),
        }
        Ok(())
    }

    /// Goes back to the beginning of a batch whose transaction was aborted. Partitions that the group has
    /// taken away meanwhile are others' business.
    pub fn go_back(&self, inputs: &[Input]) -> Result<(), Trouble> {
        self.seek(beginnings(inputs))
    }

    /// Goes to where the group has come to in the partitions of a batch, of whose transaction nobody knows whether
    /// it was committed.
    pub fn go_to_committed(&self, inputs: &[Input]) -> Result<(), Trouble> {
        let mut places = beginnings(inputs);
        let mut list = TopicPartitionList::new();
        for (topic, partition, _) in &places {
            list.add_partition(topic, *partition);
        }
        let committed = self.consumer.committed_offsets(list, QUESTION_LIMIT);
        let committed = committed.map_err(|error| trouble::failed("find its offsets", &error))?;
        for (topic, partition, offset) in &mut places {
            let found = committed.find_partition(topic, *partition).map(|it| it.offset());
            *offset = match found {
                Some(Offset::Offset(next)) => Some(next),
                _ => None,
            };
        }
        self.seek(places)
    }

    /// Goes to these offsets, or the beginning.
    fn seek(&self, places: Vec<Place>) -> Result<(), Trouble> {
        let mut sought = Vec::new();
        for place in places {
            let (topic, partition, offset) = &place;
            let offset = offset.map_or(Offset::Beginning, Offset::Offset);
            match self.consumer.seek(topic, *partition, offset, QUESTION_LIMIT) {
                Ok(()) => sought.push(place),
                Err(error) if self.has(topic, *partition)? => {
                    return Err(trouble::failed("go back", &error));
                }
                Err(_) => {}
            }
        }
        if !sought.is_empty() {
            self.turns().push(Turn::Sought(sought));
        }
        Ok(())
    }

    /// Whether a partition is assigned to it.
    fn has(&self, topic: &str, partition: i32) -> Result<bool, Trouble> {
        let assigned = self.consumer.assignment();
        let assigned = assigned.map_err(|error| trouble::failed("find its partitions", &error))?;
        Ok(assigned.find_partition(topic, partition).is_some())
    }

    /// Commits to Kafka that these messages are processed, and waits for the answer: why not, or nothing.
    pub fn commit(
        &self,
        log: &mut Log,
        group: &str,
        inputs: &[Input],
    ) -> Result<Result<(), String>, Trouble> {
        let next = next_offsets(inputs);
        let list = offset_list(&next)?;
        let named: Vec<Place> =
            next.into_iter().map(|(topic, id, next)| (topic, id, Some(next))).collect();
        let fields =
            Line { group: Some(group.into()), partitions: places(&named), ..Line::default() };
        let operation = log.start(Operation::CommitOffsets, fields);
        let committed = self.consumer.commit(&list, CommitMode::Sync);
        log.end(operation, &committed);
        Ok(committed.map_err(|error| trouble::text("commit offsets", &error)))
    }

    fn turns(&self) -> MutexGuard<'_, Vec<Turn>> {
        self.consumer.context().lock()
    }
}

impl Batch {
    /// The partitions that are read now, if that has changed.
    fn partitions(&self) -> Option<Vec<i32>> {
        self.turns.iter().rev().find_map(|turn| match turn {
            Turn::Assigned(places) => Some(places.iter().map(|(_, id, _)| *id).collect()),
            Turn::Revoked(_) => Some(Vec::new()),
            Turn::Sought(_) => None,
        })
    }
}

/// Its value when a consumer does not know which member of its group it is.
pub fn no_group() -> Trouble {
    Trouble::Failed("the consumer knows of no group".into())
}

/// The first of these messages in each partition.
fn beginnings(inputs: &[Input]) -> Vec<Place> {
    let mut first: Vec<Place> = Vec::new();
    for input in inputs {
        if !first.iter().any(|(_, partition, _)| *partition == input.partition) {
            first.push((input.topic.clone(), input.partition, Some(input.offset)));
        }
    }
    first
}

/// The offsets to commit once these messages are processed.
pub fn next_offsets(inputs: &[Input]) -> Vec<(String, i32, i64)> {
    let mut next: Vec<(String, i32, i64)> = Vec::new();
    for input in inputs {
        match next.iter_mut().find(|(_, partition, _)| *partition == input.partition) {
            Some((_, _, next)) => *next = input.offset + 1,
            None => next.push((input.topic.clone(), input.partition, input.offset + 1)),
        }
    }
    next
}

/// Offsets in the shape that librdkafka takes.
pub fn offset_list(next: &[(String, i32, i64)]) -> Result<TopicPartitionList, Trouble> {
    let mut list = TopicPartitionList::new();
    for (topic, partition, next) in next {
        let added = list.add_partition_offset(topic, *partition, Offset::Offset(*next));
        added.map_err(|error| trouble::failed("name the offsets", &error))?;
    }
    Ok(list)
}

fn settings(task: &Task, group: &str) -> Settings {
    // Its own settings may say by which id brokers and links know it.
    Settings::default()
        .at(&task.access)
        .with("client.id", &task.client)
        .and(&defaults(group, &task.settings))
}

/// `settings` over what every consumer in a process has, without brokers.
pub(in crate::client) fn defaults(group: &str, settings: &Settings) -> Settings {
    let settings = Settings::of_every_client()
        .with("group.id", group)
        .with("enable.auto.commit", "false")
        .with("auto.offset.reset", "earliest")
        .with("isolation.level", "read_committed")
        // The shortest that brokers allow by default: so soon a group misses a member that was killed.
        .with("session.timeout.ms", "6000")
        .with("heartbeat.interval.ms", "1000")
        .and(settings);
    with_statistics(settings)
}

impl Input {
    fn of(message: &BorrowedMessage<'_>) -> Self {
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        Self {
            topic: topic.to_owned(),
            partition,
            offset,
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            message: identity::of(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::process::task;

    fn input(partition: i32, offset: i64) -> Input {
        let (topic, message) = ("t".into(), format!("{partition}/{offset}"));
        Input { topic, partition, offset, key: None, value: None, message }
    }

    #[test]
    fn the_next_offset_is_behind_the_last_message_of_each_partition() {
        let inputs = [input(0, 5), input(1, 0), input(0, 7)];
        assert_eq!(next_offsets(&inputs), [("t".into(), 0, 8), ("t".into(), 1, 1)]);
    }

    #[test]
    fn its_own_settings_say_by_which_id_brokers_know_it() {
        let own = Settings::default().with("client.id", "copier-cp-of-this-scenario");
        let task = task::example(own);
        let settings = settings(&task, "g");
        assert_eq!(settings.get("client.id"), Some("copier-cp-of-this-scenario"));
        assert_eq!(settings.get("bootstrap.servers"), Some("127.0.0.1:1"));
    }
}
