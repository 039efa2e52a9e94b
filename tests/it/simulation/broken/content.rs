//! What is read is what was sent, and was sent before.

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::history::line::Record;

use super::{Row, any, append, log_with, move_to, poll, readable, victim};
use crate::simulation::world::World;

pub const ALL: &[Row] = &[
    ("a message is read that nobody sent", &[Anomaly::Phantom], nobody_sent),
    ("a message is read from another partition", &[Anomaly::Phantom], other_partition),
    ("a message is read before it is sent", &[Anomaly::ReadBeforeSend], before_sent),
    ("a checksum differs", &[Anomaly::Corrupt], corrupt),
    ("a checksum of 0 becomes 1", &[Anomaly::Corrupt], corrupt_zero),
];

fn nobody_sent(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let offset = world.kafka.logs[log].end;
    append(world, log, vec![Record { offset, message: Some("ghost".into()), digest: None }]);
    true
}

fn other_partition(world: &mut World) -> bool {
    let logs = world.logs_of("orders");
    let Some(message) = victim(world, |world, message| logs.contains(&world.messages[message].log))
    else {
        return false;
    };
    let others: Vec<_> =
        logs.iter().filter(|log| **log != world.messages[message].log).copied().collect();
    let Some(log) = any(world, &others) else { return false };
    let record = world.as_record(world.kafka.logs[log].end, message);
    append(world, log, vec![record]);
    true
}

fn before_sent(world: &mut World) -> bool {
    let Some(message) =
        victim(world, |world, message| world.messages[message].transaction.is_none())
    else {
        return false;
    };
    let (log, offset, start_ns) = {
        let message = &world.messages[message];
        (message.log, message.offset.unwrap_or(0), message.start_ns)
    };
    let from = world.lines.len();
    poll(world, "new", log, &[(offset, message)]);
    move_to(world, from, start_ns - 10);
    true
}

fn corrupt(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let (_, message) = readable(world, log)[0];
    change_digest(world, message, |digest| digest ^ 0x8000_0000);
    true
}

fn corrupt_zero(world: &mut World) -> bool {
    let Some(log) = log_with(world, 1) else { return false };
    let (_, message) = readable(world, log)[0];
    let id = world.messages[message].id.clone();
    for recorded in &mut world.lines {
        if recorded.line.start.is_some() && recorded.line.message.as_deref() == Some(&*id) {
            recorded.line.digest = Some(0);
        }
    }
    change_digest(world, message, |_| 1);
    true
}

fn change_digest(world: &mut World, message: usize, change: impl Fn(u32) -> u32) {
    let id = world.messages[message].id.clone();
    for batch in world.lines.iter_mut().flat_map(|it| &mut it.line.batches) {
        for record in &mut batch.records {
            if record.message.as_deref() == Some(&*id) {
                record.digest = record.digest.map(&change);
            }
        }
    }
}
