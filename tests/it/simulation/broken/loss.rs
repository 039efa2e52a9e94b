//! What was acknowledged is not there.

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::history::line::{End, Operation, State};

use super::{Row, effective, forget, reads_of, sees_uncommitted, victim};
use crate::simulation::kafka::MessageId;
use crate::simulation::world::World;

pub const ALL: &[Row] = &[
    ("nobody ever reads it", &[Anomaly::LostWrite], never_read),
    ("it is gone after somebody read it", &[Anomaly::LostWrite], gone_later),
    ("that is told besides", &[Anomaly::TruncatedRead], gone_later),
    ("only read_uncommitted readers see it", &[Anomaly::LostWrite], only_uncommitted),
    ("it is in the mirror only", &[Anomaly::LostWrite], only_in_mirror),
    ("the end of the log is cut off", &[Anomaly::Unseen, Anomaly::LostWrite], cut_off),
    ("a half of a transaction is gone", &[Anomaly::TornTransaction], torn),
    ("a half of a transaction of unknown end is gone", &[Anomaly::TornTransaction], torn_unknown),
];

fn never_read(world: &mut World) -> bool {
    let Some(message) = victim(world, |_, _| true) else { return false };
    forget(world, message, |_, _, _| true);
    true
}

/// When the last round of final reads began.
fn last_round_ns(world: &World) -> u64 {
    let last = world.lines.iter().rfind(|recorded| recorded.by.starts_with("final"));
    let last = last.map_or("", |recorded| recorded.by.as_str());
    let committed = |name: &str| !sees_uncommitted(world, name);
    let first = if committed(last) {
        last.to_owned()
    } else {
        let before = world.lines.iter().rfind(|it| it.by.starts_with("final") && it.by != last);
        before.map_or(String::new(), |recorded| recorded.by.clone())
    };
    let line = world.lines.iter().find(|recorded| recorded.by == first);
    line.map_or(u64::MAX, |recorded| recorded.at_ns)
}

fn gone_later(world: &mut World) -> bool {
    let round_ns = last_round_ns(world);
    let seen = |world: &World, message| reads_of(world, message).iter().any(|it| it.1 < round_ns);
    let Some(message) = victim(world, seen) else { return false };
    forget(world, message, |_, _, at_ns| at_ns >= round_ns);
    true
}

fn only_uncommitted(world: &mut World) -> bool {
    let seen = |world: &World, message| {
        reads_of(world, message).iter().any(|(client, _)| sees_uncommitted(world, client))
    };
    let Some(message) = victim(world, seen) else { return false };
    forget(world, message, |world, client, _| !sees_uncommitted(world, client));
    true
}

fn only_in_mirror(world: &mut World) -> bool {
    if !world.plan.mirror {
        return false;
    }
    let mirror = world.logs_of("mirror")[0];
    let copies: Vec<MessageId> =
        world.kafka.logs[mirror].entries.iter().filter_map(|entry| entry.message).collect();
    let Some(message) = victim(world, |_, message| copies.contains(&message)) else {
        return false;
    };
    let id = world.messages[message].id.clone();
    for recorded in &mut world.lines {
        for batch in recorded.line.batches.iter_mut().filter(|batch| &*batch.topic != "mirror") {
            batch.records.retain(|record| record.message.as_deref() != Some(&*id));
        }
    }
    true
}

fn cut_off(world: &mut World) -> bool {
    let round_ns = last_round_ns(world);
    let is_last = |world: &World, message: MessageId| {
        let log = &world.kafka.logs[world.messages[message].log];
        let last = log.entries.iter().rev().find_map(|entry| entry.message);
        last == Some(message) && reads_of(world, message).iter().any(|(_, at_ns)| *at_ns < round_ns)
    };
    let Some(message) = victim(world, is_last) else { return false };
    let (log, end) = (world.messages[message].log, world.messages[message].offset.unwrap_or(0));
    forget(world, message, |_, _, at_ns| at_ns >= round_ns);
    let (topic, number) = (world.name_of(log), world.kafka.logs[log].number);
    for recorded in world.lines.iter_mut().filter(|recorded| recorded.at_ns >= round_ns) {
        let line = &mut recorded.line;
        if line.topic.as_deref() == Some(topic) && line.partition == Some(number) {
            if line.state == Some(State::FinalRead) {
                for field in [&mut line.to, &mut line.high_watermark, &mut line.last_stable] {
                    *field = field.map(|offset| offset.min(end));
                }
            }
            if line.state == Some(State::Replica) {
                line.to = line.to.map(|to| to.min(end));
                line.records.retain(|record| record.offset < end);
            }
        }
    }
    true
}

/// A message of a committed transaction that has others.
fn half(world: &mut World) -> Option<MessageId> {
    let all = effective(world);
    victim(world, |world, message| {
        let id = world.messages[message].transaction;
        let others = all.iter().filter(|other| world.messages[**other].transaction == id);
        id.is_some() && others.count() > 1
    })
}

fn torn(world: &mut World) -> bool {
    let Some(message) = half(world) else { return false };
    forget(world, message, |_, _, _| true);
    true
}

fn torn_unknown(world: &mut World) -> bool {
    let Some(message) = half(world) else { return false };
    let id = world.messages[message].transaction.unwrap_or(0);
    let transaction = world.kafka.transactions[id].clone();
    let mut commits = Vec::new();
    for recorded in world.lines.iter_mut().filter(|it| it.by == transaction.client) {
        let line = &mut recorded.line;
        let commits_it =
            line.start == Some(Operation::Commit) && line.transaction == Some(transaction.number);
        commits.extend(line.id.filter(|_| commits_it));
        if line.end == Some(End::Ok) && line.id.is_some_and(|id| commits.contains(&id)) {
            line.end = Some(End::Unknown);
        }
    }
    forget(world, message, |_, _, _| true);
    true
}
