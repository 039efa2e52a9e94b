//! Correct histories that are broken in one way each. What must be found then is said by name.

mod cluster;
mod content;
mod groups;
mod isolation;
mod loss;
mod order;

use std::collections::BTreeMap;

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::history::line::{Batch, Declare, End, Isolation, Line, Operation, Record, State};
use rand::RngExt as _;

use super::kafka::{LogId, MessageId, TransactionId};
use super::world::{Recorded, World};

/// A way to break a history.
pub struct Break {
    pub name: &'static str,
    /// At least one of these is found.
    pub found_as: &'static [Anomaly],
    /// Breaks it; false where there is nothing that could be broken so.
    pub apply: fn(&mut World) -> bool,
}

/// All ways.
pub fn all() -> Vec<Break> {
    let of = [loss::ALL, order::ALL, isolation::ALL, groups::ALL, content::ALL, cluster::ALL];
    let all = of.into_iter().flatten();
    all.map(|(name, found_as, apply)| Break { name, found_as, apply: *apply }).collect()
}

/// One row of the lists in the modules.
type Row = (&'static str, &'static [Anomaly], fn(&mut World) -> bool);

/// What is known of a transaction by what its client recorded.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    committed: bool,
    aborted: bool,
    /// When its client first tried to end it.
    finish_ns: Option<u64>,
    /// When its first commit began that did not fail.
    commit_ns: Option<u64>,
}

/// Any of these.
fn any<T: Clone>(world: &mut World, of: &[T]) -> Option<T> {
    (!of.is_empty()).then(|| of[world.below(of.len())].clone())
}

fn known(world: &World, id: TransactionId) -> Known {
    let transaction = &world.kafka.transactions[id];
    let mut known = Known::default();
    let mut started: BTreeMap<u64, (Operation, u64)> = BTreeMap::new();
    for Recorded { at_ns, line, .. } in
        world.lines.iter().filter(|recorded| recorded.by == transaction.client)
    {
        let id = line.id.unwrap_or(0);
        if let Some(operation @ (Operation::Commit | Operation::Abort)) = line.start
            && line.transaction == Some(transaction.number)
        {
            started.insert(id, (operation, *at_ns));
            known.finish_ns.get_or_insert(*at_ns);
        }
        let (Some(end), Some((operation, start_ns))) = (line.end, started.get(&id)) else {
            continue;
        };
        if *operation == Operation::Commit && end != End::Failed {
            known.commit_ns.get_or_insert(*start_ns);
        }
        known.committed |= *operation == Operation::Commit && end == End::Ok;
        known.aborted |= *operation == Operation::Abort && end == End::Ok;
    }
    known
}

/// Messages of ordinary topics that were acknowledged with their offset, and committed if need be, and are where
/// they were acknowledged.
fn effective(world: &World) -> Vec<MessageId> {
    let is_effective = |id: &MessageId| {
        let message = &world.messages[*id];
        let topic = world.name_of(message.log);
        let committed = message.transaction.is_none_or(|id| known(world, id).committed);
        (topic == "orders" || topic == "out")
            && message.outcome == Some(End::Ok)
            && message.offset.is_some()
            && committed
    };
    (0..world.messages.len()).filter(is_effective).collect()
}

/// An effective one.
fn victim(world: &mut World, fits: impl Fn(&World, MessageId) -> bool) -> Option<MessageId> {
    let found: Vec<_> = effective(world).into_iter().filter(|id| fits(world, *id)).collect();
    any(world, &found)
}

/// Clients that declared to see everything.
fn sees_uncommitted(world: &World, client: &str) -> bool {
    world.lines.iter().any(|recorded| {
        recorded.by == client && recorded.line.isolation == Some(Isolation::ReadUncommitted)
    })
}

/// Takes a message out of all polls that fit: given are the client and the time.
fn forget(
    world: &mut World,
    message: MessageId,
    fits: impl Fn(&World, &str, u64) -> bool,
) -> usize {
    let id = world.messages[message].id.clone();
    let chosen: Vec<usize> = (0..world.lines.len())
        .filter(|row| fits(world, &world.lines[*row].by, world.lines[*row].at_ns))
        .collect();
    let mut count = 0;
    for row in chosen {
        for batch in &mut world.lines[row].line.batches {
            let before = batch.records.len();
            batch.records.retain(|record| record.message.as_deref() != Some(&*id));
            count += before - batch.records.len();
        }
        world.lines[row].line.batches.retain(|batch| !batch.records.is_empty());
    }
    count
}

/// Who read a message, and when.
fn reads_of(world: &World, message: MessageId) -> Vec<(String, u64)> {
    let id = &world.messages[message].id;
    let has = |recorded: &&Recorded| {
        let records = recorded.line.batches.iter().flat_map(|batch| &batch.records);
        records.into_iter().any(|record| record.message.as_deref() == Some(&**id))
    };
    let found = world.lines.iter().filter(has);
    found.map(|recorded| (recorded.by.clone(), recorded.at_ns)).collect()
}

/// Changes the line with which a send ended.
fn end_of(world: &mut World, message: MessageId) -> &mut Line<'static> {
    let (client, id) = (&world.messages[message].client, &world.messages[message].id);
    let started = world
        .lines
        .iter()
        .find(|recorded| recorded.by == *client && recorded.line.message.as_deref() == Some(&**id));
    let op = started.expect("a start").line.id;
    let is_end = |it: &Recorded| it.by == *client && it.line.end.is_some() && it.line.id == op;
    let at = world.lines.iter().position(is_end).expect("an end");
    &mut world.lines[at].line
}

/// Lines that were recorded last are moved to an earlier time, in their order.
fn move_to(world: &mut World, from: usize, at_ns: u64) {
    let mut moved = world.lines.split_off(from);
    for (number, recorded) in moved.iter_mut().enumerate() {
        recorded.at_ns = at_ns + 1 + number as u64;
    }
    let at = world.lines.partition_point(|recorded| recorded.at_ns <= at_ns);
    world.lines.splice(at..at, moved);
}

/// A client that is not there yet polls this.
fn poll(world: &mut World, client: &str, log: LogId, found: &[(u64, MessageId)]) {
    let op = world.start(client, Operation::Poll, Line::default());
    let batches = vec![world.batch(log, found)];
    world.end(client, op, End::Ok, Line { batches, ..Line::default() });
}

/// The same with a record that nobody knows.
fn poll_records(world: &mut World, client: &str, log: LogId, records: Vec<Record<'static>>) {
    let op = world.start(client, Operation::Poll, Line::default());
    let batches = vec![Batch { records, ..world.batch(log, &[]) }];
    world.end(client, op, End::Ok, Line { batches, ..Line::default() });
}

/// A fresh reader finds more at the end of a log.
fn append(world: &mut World, log: LogId, records: Vec<Record<'static>>) {
    let name = world.name("final");
    let client = Some(name.clone().into());
    let (declare, final_reader) = (Some(Declare::Client), Some(true));
    world.record(&name, Line { declare, client, final_reader, ..Line::default() });
    let start = world.kafka.logs[log].start;
    let mut all: Vec<_> = readable(world, log)
        .into_iter()
        .map(|(offset, message)| world.as_record(offset, message))
        .collect();
    all.extend(records);
    let records = all;
    let end = records.last().map_or(0, |record| record.offset + 1).max(world.kafka.logs[log].end);
    poll_records(world, &name, log, records);
    let line = Line {
        to: Some(end),
        high_watermark: Some(end),
        last_stable: Some(end),
        log_start: Some(start),
        ..world.about(log, Some(State::FinalRead))
    };
    world.record("", line);
}

/// What a fresh read_committed reader gets of a log.
fn readable(world: &World, log: LogId) -> Vec<(u64, MessageId)> {
    world.kafka.fetch(log, 0, true, usize::MAX).0
}

/// A log of an ordinary topic with at least so many readable messages.
fn log_with(world: &mut World, messages: usize) -> Option<LogId> {
    let logs: Vec<LogId> = world.logs_of("orders");
    let logs: Vec<LogId> =
        logs.into_iter().filter(|log| readable(world, *log).len() >= messages).collect();
    any(world, &logs)
}

/// A new client sends something, and it ends well.
fn send(
    world: &mut World,
    client: &str,
    log: LogId,
    offset: Option<u64>,
    number: Option<u64>,
) -> MessageId {
    let id = world.messages.len();
    let mut message = world.messages[0].clone();
    message.id = format!("x{id}");
    message.digest = world.random.random_range(1..u32::MAX);
    let fields = Line {
        message: Some(message.id.clone().into()),
        digest: Some(message.digest),
        transaction: number,
        ..world.about(log, None)
    };
    let op = world.start(client, Operation::Send, fields);
    world.end(client, op, End::Ok, Line { offset, ..Line::default() });
    world.messages.push(message);
    id
}

/// A client begins or ends its transaction, which goes well.
fn transact(world: &mut World, client: &str, operation: Operation) {
    world.at_once(client, operation, End::Ok, Line { transaction: Some(1), ..Line::default() });
}
