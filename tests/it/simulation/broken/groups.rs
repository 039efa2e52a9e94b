//! Committed offsets, and the results of inputs.

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::history::line::{End, Happening, Line, Operation, State};

use super::{Row, any, append, forget, log_with, reads_of, transact, victim};
use crate::simulation::consumer::{Spot, offsets_line, turn};
use crate::simulation::kafka::{LogId, MessageId};
use crate::simulation::plan::Copying;
use crate::simulation::world::World;

pub const ALL: &[Row] = &[
    ("a group's commits go back", &[Anomaly::OffsetRegression], commits_back),
    ("so they do before their client seeks", &[Anomaly::OffsetRegression], back_before_seek),
    ("a group is found before its commit", &[Anomaly::OffsetRegression], found_before),
    ("a group is found beyond the end of the log", &[Anomaly::OffsetRegression], beyond),
    ("a group is found where a commit failed", &[Anomaly::UncommittedOffset], failed_commit),
    (
        "a group is found where a transaction was aborted",
        &[Anomaly::UncommittedOffset],
        aborted_commit,
    ),
    ("a result is gone", &[Anomaly::Unprocessed], result_lost),
    ("a result was never made", &[Anomaly::Unprocessed], result_not_made),
    ("an input has a second result", &[Anomaly::Reprocessed], result_twice),
    ("a standalone group stores no result", &[Anomaly::Unprocessed], not_stored),
    ("a standalone group stores one twice", &[Anomaly::Reprocessed], stored_twice),
];

fn commit(world: &mut World, group: &str, log: LogId, offset: u64) {
    let line = offsets_line(world, group, &[(log, offset)]);
    world.at_once("new", Operation::CommitOffsets, End::Ok, line);
}

fn commits_back(world: &mut World) -> bool {
    let Some(log) = log_with(world, 2) else { return false };
    let end = world.kafka.logs[log].end;
    commit(world, "new-group", log, end);
    commit(world, "new-group", log, end - 1);
    true
}

fn back_before_seek(world: &mut World) -> bool {
    let Some(log) = log_with(world, 2) else { return false };
    let spot: Spot = (world.kafka.logs[log].topic, world.kafka.logs[log].number);
    commits_back(world);
    turn(world, "new", Happening::Seek, &[spot]);
    true
}

fn look(world: &mut World, group: &'static str, log: LogId, offset: u64) {
    let group = Some(group.into());
    let line = Line { group, offset: Some(offset), ..world.about(log, Some(State::GroupOffset)) };
    world.record("", line);
}

fn found_before(world: &mut World) -> bool {
    let Some(log) = log_with(world, 2) else { return false };
    let end = world.kafka.logs[log].end;
    commit(world, "new-group", log, end - 1);
    commit(world, "new-group", log, end);
    look(world, "new-group", log, end - 1);
    true
}

fn beyond(world: &mut World) -> bool {
    let Some(log) = log_with(world, 2) else { return false };
    let end = world.kafka.logs[log].end;
    commit(world, "new-group", log, end + 5);
    append(world, log, vec![]);
    true
}

fn failed_commit(world: &mut World) -> bool {
    let Some(log) = log_with(world, 2) else { return false };
    let end = world.kafka.logs[log].end;
    commit(world, "new-group", log, end - 2);
    let line = offsets_line(world, "new-group", &[(log, end - 1)]);
    world.at_once("new", Operation::CommitOffsets, End::Failed, line);
    look(world, "new-group", log, end - 1);
    true
}

fn aborted_commit(world: &mut World) -> bool {
    let Some(log) = log_with(world, 2) else { return false };
    let end = world.kafka.logs[log].end;
    commit(world, "new-group", log, end - 2);
    transact(world, "newer", Operation::Begin);
    let line = offsets_line(world, "new-group", &[(log, end - 1)]);
    let line = Line { transaction: Some(1), ..line };
    world.at_once("newer", Operation::SendOffsets, End::Ok, line);
    transact(world, "newer", Operation::Abort);
    look(world, "new-group", log, end - 1);
    true
}

/// A result that is there, of an input that the copier has committed past.
fn result(world: &mut World) -> Option<MessageId> {
    if world.plan.copying != Copying::ExactlyOnce {
        return None;
    }
    victim(world, |world, message| {
        world.messages[message].source.is_some() && !reads_of(world, message).is_empty()
    })
}

fn result_lost(world: &mut World) -> bool {
    let Some(message) = result(world) else { return false };
    forget(world, message, |_, _, _| true);
    true
}

fn result_not_made(world: &mut World) -> bool {
    let Some(message) = result(world) else { return false };
    forget(world, message, |_, _, _| true);
    let (client, id) = (world.messages[message].client.clone(), world.messages[message].id.clone());
    let is_start = |line: &Line<'_>| line.start.is_some() && line.message.as_deref() == Some(&*id);
    let start = world.lines.iter().find(|it| is_start(&it.line)).expect("a start");
    let op = start.line.id;
    world.lines.retain(|it| it.by != client || it.line.id != op);
    true
}

fn result_twice(world: &mut World) -> bool {
    let Some(message) = result(world) else { return false };
    let (source, log) = (world.messages[message].source, world.messages[message].log);
    let end = world.kafka.logs[log].end;
    let from = world.lines.len();
    let again = super::send(world, "new", log, Some(end), None);
    let source = source.map(|source| world.messages[source].id.clone().into());
    world.lines[from].line.source = source;
    let record = world.as_record(end, again);
    append(world, log, vec![record]);
    true
}

fn results_stored(world: &World) -> Vec<usize> {
    let is_result = |row: &usize| world.lines[*row].line.event == Some(Happening::Process);
    (0..world.lines.len()).filter(is_result).collect()
}

fn not_stored(world: &mut World) -> bool {
    let Some(row) = any(world, &results_stored(world)) else { return false };
    world.lines.remove(row);
    true
}

fn stored_twice(world: &mut World) -> bool {
    let Some(row) = any(world, &results_stored(world)) else { return false };
    let mut again = world.lines[row].clone();
    again.at_ns += 1;
    world.lines.insert(row + 1, again);
    true
}
