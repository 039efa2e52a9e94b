//! What is read and looked at once a load has ended.

use kafka_trial::history::line::{Declare, End, Isolation, Line, Operation, Record, State};
use rand::RngExt as _;

use super::kafka::LogId;
use super::plan::Copying;
use super::world::{Actor, World};

/// The topics whose ends are read: those that somebody has sent to.
fn read_at_the_end(world: &World) -> Vec<LogId> {
    let topics = world.kafka.topics.iter().filter(|topic| topic.name != "mirror");
    topics.flat_map(|topic| topic.logs.clone()).collect()
}

/// Fresh readers read every partition, under both levels; or some of them.
pub fn final_round(world: &mut World, partial: bool) {
    let mut logs = read_at_the_end(world);
    if partial {
        let keep = world.below(logs.len()) + 1;
        logs.truncate(keep);
    }
    let levels = [Isolation::ReadCommitted, Isolation::ReadUncommitted];
    let both = !world.kafka.transactions.is_empty() || world.one_in(3);
    for isolation in levels.into_iter().take(1 + usize::from(both)) {
        let name = world.name("final");
        let line = Line {
            declare: Some(Declare::Client),
            client: Some(name.clone().into()),
            isolation: Some(isolation),
            final_reader: Some(true),
            ..Line::default()
        };
        world.record(&name, line);
        for log in &logs {
            read(world, &name, *log, isolation == Isolation::ReadCommitted);
        }
    }
}

fn read(world: &mut World, client: &str, log: LogId, committed: bool) {
    let (start, last_stable, end) = {
        let log = &world.kafka.logs[log];
        (log.start, log.last_stable(), log.end)
    };
    let to = if committed { last_stable } else { end };
    let mut position = start;
    while position < to {
        let limit = world.random.random_range(1..20);
        let op = world.start(client, Operation::Poll, Line::default());
        let (found, next) = world.kafka.fetch(log, position, committed, limit);
        position = next;
        let batches = if found.is_empty() { vec![] } else { vec![world.batch(log, &found)] };
        world.end(client, op, End::Ok, Line { batches, ..Line::default() });
    }
    let named = !world.plan.sparse;
    let line = Line {
        client: named.then(|| client.to_owned().into()),
        to: Some(to),
        high_watermark: Some(end),
        log_start: Some(start),
        last_stable: Some(last_stable),
        ..world.about(log, Some(State::FinalRead))
    };
    world.record("", line);
}

/// The logs of all replicas.
pub fn dump(world: &mut World) {
    for log in read_at_the_end(world) {
        for broker in 1..=3 {
            let of = &world.kafka.logs[log];
            let records = of.entries.iter().map(|entry| match entry.message {
                Some(message) => Record {
                    digest: Some(world.messages[message].digest),
                    ..world.as_record(entry.offset, message)
                },
                None => Record { offset: entry.offset, message: None, digest: None },
            });
            let line = Line {
                broker: Some(broker),
                records: records.collect(),
                from: Some(of.start),
                to: Some(of.end),
                ..world.about(log, Some(State::Replica))
            };
            world.record("", line);
        }
    }
}

/// Everything is worked off, read and looked at.
pub fn finish(world: &mut World) {
    world.drains = true;
    (world.plan.errors, world.plan.crashes) = (false, false);
    if world.plan.copying != Copying::None {
        world.wake_copiers();
        world.run();
    }
    for row in 0..world.actors.len() {
        let mut actor = world.actors[row].take();
        if let Some(Actor::Consumer(consumer)) = &mut actor
            && consumer.is_standalone()
        {
            consumer.drain(world);
        }
        world.actors[row] = actor;
    }
    if !world.plan.no_final_reads {
        let partial = world.plan.partial;
        final_round(world, partial);
    }
    if world.plan.dumps {
        dump(world);
    }
}
