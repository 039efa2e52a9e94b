//! Progress, availability and replicas.

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::history::line::{End, Line, Operation, State};

use super::{Row, log_with, poll, readable, send};
use crate::simulation::kafka::{LogId, MessageId};
use crate::simulation::world::{Recorded, World};

pub const ALL: &[Row] = &[
    ("the last stable offset stays", &[Anomaly::Stuck], stuck),
    ("nothing is acknowledged for long", &[Anomaly::Unavailable], no_writes),
    ("nothing is acknowledged any more", &[Anomaly::Unavailable], no_more_writes),
    ("nothing is read for long", &[Anomaly::Unavailable], no_reads),
    ("nothing is read any more", &[Anomaly::Unavailable], no_more_reads),
    ("a replica has another checksum", &[Anomaly::ReplicaDivergence], other_checksum),
    ("a replica lacks a record", &[Anomaly::ReplicaDivergence], hole),
    ("a replica ends early", &[Anomaly::ReplicaDivergence], short),
];

fn pass(world: &mut World, seconds: u64) {
    world.now_ns += seconds * 1_000_000_000;
}

fn stuck(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let end = world.kafka.logs[log].end;
    pass(world, 200);
    for _ in 0..3 {
        let line = Line {
            last_stable: Some(end),
            high_watermark: Some(end + 1),
            ..world.about(log, Some(State::Watermarks))
        };
        world.record("", line);
        pass(world, 100);
    }
    true
}

fn no_writes(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let line = Line { message: Some("slow".into()), ..world.about(log, None) };
    let op = world.start("new", Operation::Send, line);
    pass(world, 100);
    let offset = Some(world.kafka.logs[log].end);
    world.end("new", op, End::Ok, Line { offset, ..Line::default() });
    true
}

fn no_more_writes(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let line = Line { message: Some("slow".into()), ..world.about(log, None) };
    let op = world.start("new", Operation::Send, line);
    pass(world, 100);
    world.end("new", op, End::Unknown, Line::default());
    true
}

/// Messages are acknowledged while a consumer, which got the first one, polls in vain.
fn polls_in_vain(world: &mut World) -> Option<(LogId, u64, MessageId)> {
    let log = log_with(world, 1).filter(|_| !world.plan.pauses)?;
    let first = readable(world, log)[0];
    poll(world, "newer", log, &[first]);
    let end = world.kafka.logs[log].end;
    // Gaps are told to the millisecond.
    pass(world, 1);
    let message = send(world, "new", log, Some(end), None);
    for _ in 0..40 {
        let op = world.start("newer", Operation::Poll, Line::default());
        pass(world, 2);
        world.end("newer", op, End::Ok, Line::default());
    }
    Some((log, end, message))
}

fn no_reads(world: &mut World) -> bool {
    let Some((log, offset, message)) = polls_in_vain(world) else { return false };
    poll(world, "newer", log, &[(offset, message)]);
    true
}

fn no_more_reads(world: &mut World) -> bool {
    polls_in_vain(world).is_some()
}

/// The last dump that has a message in it, of a topic that is not compacted.
fn dump(world: &mut World) -> Option<&mut Recorded> {
    let lines = world.lines.iter_mut().rev();
    let mut dumps = lines.filter(|recorded| {
        recorded.line.broker == Some(2) && recorded.line.topic.as_deref() == Some("orders")
    });
    dumps.find(|it| it.line.records.iter().any(|record| record.message.is_some()))
}

fn other_checksum(world: &mut World) -> bool {
    let Some(dump) = dump(world) else { return false };
    let record = dump.line.records.iter_mut().find(|record| record.message.is_some());
    let Some(record) = record else { return false };
    record.digest = record.digest.map(|digest| digest ^ 0x8000_0000);
    true
}

fn hole(world: &mut World) -> bool {
    let Some(dump) = dump(world) else { return false };
    dump.line.records.remove(0);
    true
}

fn short(world: &mut World) -> bool {
    let Some(dump) = dump(world) else { return false };
    let Some(last) = dump.line.records.pop() else { return false };
    dump.line.to = Some(last.offset);
    true
}
