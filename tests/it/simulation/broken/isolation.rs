//! What consumers see of transactions.

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::history::line::{End, Operation};

use super::{
    Row, any, append, known, log_with, move_to, poll, sees_uncommitted, send, transact, victim,
};
use crate::simulation::kafka::{Fate, LogId, MessageId};
use crate::simulation::world::World;

pub const ALL: &[Row] = &[
    ("a message of an aborted transaction is read", &[Anomaly::AbortedRead], aborted),
    ("a message is read whose send failed", &[Anomaly::AbortedRead], failed),
    ("so it is by a read_uncommitted reader", &[Anomaly::AbortedRead], failed_uncommitted),
    ("an abort went well, and its messages are read", &[Anomaly::AbortedRead], abort_of_unknown),
    ("a message is read before its commit", &[Anomaly::PrecommittedRead], precommitted),
    (
        "a message is read between a commit that failed and the next",
        &[Anomaly::PrecommittedRead],
        between_commits,
    ),
    ("a record behind an open transaction is read", &[Anomaly::UnstableRead], behind_open),
    ("a transaction reads what it wrote", &[Anomaly::PrecommittedRead], own),
    ("two transactions read each other", &[Anomaly::CircularInformationFlow], circle),
];

/// What is in ordinary logs of transactions: log, offset, message.
fn written(world: &World) -> Vec<(LogId, u64, MessageId)> {
    let logs: Vec<LogId> = world.logs_of("orders");
    let entries = logs.iter().flat_map(|log| {
        world.kafka.logs[*log].entries.iter().map(move |entry| (*log, entry.offset, entry.message))
    });
    let messages = entries.filter_map(|(log, offset, message)| Some((log, offset, message?)));
    messages.filter(|it| world.messages[it.2].transaction.is_some()).collect()
}

fn aborted(world: &mut World) -> bool {
    let mut found = written(world);
    found.retain(|(_, _, message)| {
        let id = world.messages[*message].transaction.unwrap_or(0);
        known(world, id).aborted && world.kafka.transactions[id].fate == Fate::Aborted
    });
    let Some((log, offset, message)) = any(world, &found) else { return false };
    poll(world, "new", log, &[(offset, message)]);
    true
}

fn failed_send(world: &mut World) -> Option<MessageId> {
    let is_failed = |id: &MessageId| {
        let message = &world.messages[*id];
        message.outcome == Some(End::Failed) && world.name_of(message.log) == "orders"
    };
    let found: Vec<_> = (0..world.messages.len()).filter(is_failed).collect();
    any(world, &found)
}

fn failed(world: &mut World) -> bool {
    let Some(message) = failed_send(world) else { return false };
    let log = world.messages[message].log;
    let record = world.as_record(world.kafka.logs[log].end, message);
    append(world, log, vec![record]);
    true
}

/// Outside of transactions there is nothing that read_uncommitted would excuse.
fn failed_uncommitted(world: &mut World) -> bool {
    let Some(message) = failed_send(world) else { return false };
    if world.messages[message].transaction.is_some() {
        return false;
    }
    let monitor = world.lines.iter().find(|it| sees_uncommitted(world, &it.by));
    let Some(monitor) = monitor.map(|it| it.by.clone()) else { return false };
    let log = world.messages[message].log;
    poll(world, &monitor, log, &[(world.kafka.logs[log].end, message)]);
    true
}

/// The coordinator refuses to abort what it has begun to commit.
fn abort_of_unknown(world: &mut World) -> bool {
    let mut found = written(world);
    found.retain(|(_, _, message)| {
        let id = world.messages[*message].transaction.unwrap_or(0);
        let known = known(world, id);
        world.kafka.transactions[id].fate == Fate::Committed && !known.committed
    });
    let Some((_, _, message)) = any(world, &found) else { return false };
    let id = world.messages[message].transaction.unwrap_or(0);
    let transaction = world.kafka.transactions[id].clone();
    let mut aborts = Vec::new();
    for recorded in world.lines.iter_mut().filter(|it| it.by == transaction.client) {
        let line = &mut recorded.line;
        let aborts_it =
            line.start == Some(Operation::Abort) && line.transaction == Some(transaction.number);
        aborts.extend(line.id.filter(|_| aborts_it));
        if line.end == Some(End::Failed) && line.id.is_some_and(|id| aborts.contains(&id)) {
            line.end = Some(End::Ok);
        }
    }
    !aborts.is_empty()
}

fn precommitted(world: &mut World) -> bool {
    let in_transaction = |world: &World, message: MessageId| {
        let message = &world.messages[message];
        message.transaction.is_some_and(|id| {
            known(world, id).finish_ns.is_some_and(|finish_ns| message.end_ns < finish_ns)
        })
    };
    let Some(message) = victim(world, in_transaction) else { return false };
    let (log, offset, end_ns) = {
        let message = &world.messages[message];
        (message.log, message.offset.unwrap_or(0), message.end_ns)
    };
    let from = world.lines.len();
    poll(world, "new", log, &[(offset, message)]);
    move_to(world, from, end_ns);
    true
}

fn between_commits(world: &mut World) -> bool {
    let tried_twice = |world: &World, message: MessageId| {
        world.messages[message].transaction.is_some_and(|id| {
            let known = known(world, id);
            let first = known.finish_ns.zip(known.commit_ns);
            first.is_some_and(|(first, commit)| first < commit)
        })
    };
    let Some(message) = victim(world, tried_twice) else { return false };
    let (log, offset) = (world.messages[message].log, world.messages[message].offset.unwrap_or(0));
    let commit_ns = known(world, world.messages[message].transaction.unwrap_or(0)).commit_ns;
    let from = world.lines.len();
    poll(world, "new", log, &[(offset, message)]);
    move_to(world, from, commit_ns.unwrap_or(0) - 10);
    true
}

/// A message outside of transactions that stands behind one of a transaction that is open for certain.
fn behind_open(world: &mut World) -> bool {
    let opened: Vec<(LogId, u64, u64, u64)> = written(world)
        .into_iter()
        .filter_map(|(log, offset, message)| {
            let message = &world.messages[message];
            let known = known(world, message.transaction?);
            // Of one that ended otherwise somebody else may have aborted it before.
            let finish_ns = known.finish_ns.filter(|_| known.committed || known.aborted)?;
            (message.outcome == Some(End::Ok)).then_some((log, offset, message.end_ns, finish_ns))
        })
        .collect();
    let is_behind = |world: &World, message: MessageId| {
        let message = &world.messages[message];
        message.transaction.is_none()
            && opened.iter().any(|(log, offset, from_ns, to_ns)| {
                message.log == *log
                    && message.offset > Some(*offset)
                    && message.end_ns.max(*from_ns) + 1_000 < *to_ns
            })
    };
    let Some(message) = victim(world, is_behind) else { return false };
    let (log, offset) = (world.messages[message].log, world.messages[message].offset.unwrap_or(0));
    let end_ns = world.messages[message].end_ns;
    let from_ns =
        opened.iter().filter(|it| it.0 == log && it.1 < offset && end_ns.max(it.2) + 1_000 < it.3);
    let from_ns = from_ns.map(|it| it.2).min().unwrap_or(0).max(end_ns);
    let from = world.lines.len();
    poll(world, "new", log, &[(offset, message)]);
    move_to(world, from, from_ns);
    true
}

fn own(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let end = world.kafka.logs[log].end;
    transact(world, "new", Operation::Begin);
    let message = send(world, "new", log, Some(end), Some(1));
    in_transaction(world, "new", log, (end, message));
    transact(world, "new", Operation::Commit);
    true
}

fn in_transaction(world: &mut World, client: &str, log: LogId, found: (u64, MessageId)) {
    let from = world.lines.len();
    poll(world, client, log, &[found]);
    world.lines[from].line.transaction = Some(1);
}

fn circle(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let end = world.kafka.logs[log].end;
    transact(world, "new", Operation::Begin);
    transact(world, "newer", Operation::Begin);
    let one = send(world, "new", log, Some(end), Some(1));
    let other = send(world, "newer", log, Some(end + 1), Some(1));
    in_transaction(world, "new", log, (end + 1, other));
    in_transaction(world, "newer", log, (end, one));
    transact(world, "new", Operation::Commit);
    transact(world, "newer", Operation::Commit);
    true
}
