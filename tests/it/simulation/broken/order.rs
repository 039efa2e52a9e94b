//! The order of a log, of what its producers sent and of what its consumers get.

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::history::line::{Operation, Record};

use super::{
    Row, any, append, effective, end_of, log_with, poll, readable, send, transact, victim,
};
use crate::simulation::kafka::{LogId, MessageId};
use crate::simulation::world::World;

pub const ALL: &[Row] = &[
    ("the end of the log has it once more", &[Anomaly::Duplicate], duplicate),
    ("two acknowledged messages change places", &[Anomaly::InconsistentOffset], swap_known),
    ("two messages of one producer change places", &[Anomaly::Reordered], swap_unknown),
    ("somebody reads another message there", &[Anomaly::InconsistentOffset], other_message),
    ("one offset is acknowledged twice", &[Anomaly::InconsistentOffset], acknowledged_twice),
    ("a poll is repeated", &[Anomaly::NonmonotonicPoll], poll_repeated),
    ("a poll goes back", &[Anomaly::NonmonotonicPoll], poll_back),
    ("a record is repeated in a poll", &[Anomaly::InternalNonmonotonicPoll], record_repeated),
    ("records of a poll change places", &[Anomaly::InternalNonmonotonicPoll], records_swapped),
    ("a consumer passes over one", &[Anomaly::PollSkip], skipped),
    ("a consumer passes over one in a poll", &[Anomaly::InternalPollSkip], skipped_within),
    ("a later send gets a smaller offset", &[Anomaly::NonmonotonicSend], send_back),
    (
        "so does one of the same transaction",
        &[Anomaly::InternalNonmonotonicSend],
        send_back_in_transaction,
    ),
    (
        "a send gets a smaller offset than another producer's before it",
        &[Anomaly::NonmonotonicSend, Anomaly::Reordered],
        other_producer,
    ),
];

fn duplicate(world: &mut World) -> bool {
    let Some(message) = victim(world, |_, _| true) else { return false };
    let log = world.messages[message].log;
    let record = world.as_record(world.kafka.logs[log].end, message);
    append(world, log, vec![record]);
    true
}

/// Two messages of one producer, in the order in which they are in one log.
fn pair(world: &mut World) -> Option<(MessageId, MessageId)> {
    let all = effective(world);
    let pairs: Vec<(MessageId, MessageId)> = all
        .iter()
        .flat_map(|one| all.iter().map(|other| (*one, *other)))
        .filter(|(one, other)| {
            let (one, other) = (&world.messages[*one], &world.messages[*other]);
            one.log == other.log && one.client == other.client && one.offset < other.offset
        })
        .collect();
    any(world, &pairs)
}

fn swap(world: &mut World, one: MessageId, other: MessageId) {
    let records = [one, other].map(|message| world.as_record(0, message));
    for batch in world.lines.iter_mut().flat_map(|it| &mut it.line.batches) {
        for record in &mut batch.records {
            let other = match &record.message {
                it if *it == records[0].message => &records[1],
                it if *it == records[1].message => &records[0],
                _ => continue,
            };
            *record = Record { offset: record.offset, ..other.clone() };
        }
    }
}

fn swap_known(world: &mut World) -> bool {
    let Some((one, other)) = pair(world) else { return false };
    swap(world, one, other);
    true
}

fn swap_unknown(world: &mut World) -> bool {
    let Some((one, other)) = pair(world) else { return false };
    for message in [one, other] {
        end_of(world, message).offset = None;
    }
    swap(world, one, other);
    true
}

fn two(world: &mut World) -> Option<(LogId, Vec<(u64, MessageId)>)> {
    let log = log_with(world, 3)?;
    let found = readable(world, log);
    let at = world.below(found.len() - 2);
    Some((log, found[at..at + 3].to_vec()))
}

fn other_message(world: &mut World) -> bool {
    let Some((log, found)) = two(world) else { return false };
    poll(world, "new", log, &[(found[0].0, found[1].1)]);
    true
}

fn acknowledged_twice(world: &mut World) -> bool {
    let Some((log, found)) = two(world) else { return false };
    send(world, "new", log, Some(found[1].0), None);
    true
}

fn poll_repeated(world: &mut World) -> bool {
    let Some((log, found)) = two(world) else { return false };
    poll(world, "new", log, &found[..1]);
    poll(world, "new", log, &found[..1]);
    true
}

fn poll_back(world: &mut World) -> bool {
    let Some((log, found)) = two(world) else { return false };
    poll(world, "new", log, &found[1..]);
    poll(world, "new", log, &found[..1]);
    true
}

fn record_repeated(world: &mut World) -> bool {
    let Some((log, found)) = two(world) else { return false };
    poll(world, "new", log, &[found[0], found[0], found[1]]);
    true
}

fn records_swapped(world: &mut World) -> bool {
    let Some((log, found)) = two(world) else { return false };
    poll(world, "new", log, &[found[1], found[0]]);
    true
}

fn skipped(world: &mut World) -> bool {
    let Some((log, found)) = two(world) else { return false };
    poll(world, "new", log, &found[..1]);
    poll(world, "new", log, &found[2..]);
    true
}

fn skipped_within(world: &mut World) -> bool {
    let Some((log, found)) = two(world) else { return false };
    poll(world, "new", log, &[found[0], found[2]]);
    true
}

fn send_back(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let end = world.kafka.logs[log].end;
    send(world, "new", log, Some(end + 1), None);
    send(world, "new", log, Some(end), None);
    true
}

fn send_back_in_transaction(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let end = world.kafka.logs[log].end;
    transact(world, "new", Operation::Begin);
    send(world, "new", log, Some(end + 1), Some(1));
    send(world, "new", log, Some(end), Some(1));
    transact(world, "new", Operation::Commit);
    true
}

fn other_producer(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let end = world.kafka.logs[log].end;
    let early = send(world, "new", log, Some(end + 1), None);
    let late = send(world, "newer", log, Some(end), None);
    let records = vec![world.as_record(end, late), world.as_record(end + 1, early)];
    append(world, log, records);
    true
}
