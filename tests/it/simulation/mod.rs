//! A small Kafka that keeps all its promises, and the histories of clients that use it: correct ones, with
//! whatever is legal.

mod admin;
pub mod broken;
pub mod consumer;
mod copier;
mod ending;
mod finish;
mod groups;
pub mod kafka;
pub mod parts;
pub mod plan;
mod producer;
mod sending;
pub mod world;

use kafka_trial::history::line::{CleanupPolicy, Declare, Line};
use rand::RngExt as _;
use rand::rngs::StdRng;

use admin::Deed;
use consumer::{Consumer, Kind, Spot, take_over};
use copier::Copier;
use plan::{Copying, Plan};
use producer::Producer;
use world::{Event, World};

const MS: u64 = 1_000_000;
const STANDALONE: [&str; 2] = ["results-1", "results-2"];

/// A correct history.
pub fn run(seed: u64, plan: impl FnOnce(&mut StdRng) -> Plan) -> World {
    let mut world = World::new(seed, plan);
    let plan = world.plan.clone();
    world.add_topic("orders", plan.partitions, false);
    declare(&mut world);
    let mut topics = vec![0];
    for (name, is_there) in [
        ("out", plan.copying != Copying::None),
        ("mirror", plan.mirror),
        ("temporary", plan.recreated),
    ] {
        if is_there {
            let topic = world.add_topic(name, 1, false);
            topics.extend((name == "temporary").then_some(topic));
        }
    }
    if plan.table {
        topics.push(world.add_topic("table", 1, true));
        world.record(
            "",
            Line {
                declare: Some(Declare::Topic),
                topic: Some("table".into()),
                cleanup_policy: Some(CleanupPolicy::Compact),
                delete_retention_ms: Some(0),
                ..Line::default()
            },
        );
    }
    (0..plan.plain).for_each(|_| Producer::add(&mut world, topics.clone(), false));
    (0..plan.transactional).for_each(|_| Producer::add(&mut world, topics.clone(), true));
    add_readers(&mut world);
    add_deeds(&mut world);
    world.run();
    ending::finish(&mut world);
    world
}

fn declare(world: &mut World) {
    let plan = world.plan.clone();
    let flow = |group: &'static str, to_topic: Option<&'static str>, exactly_once: bool| Line {
        declare: Some(Declare::Flow),
        topic: Some("orders".into()),
        to_topic: to_topic.map(Into::into),
        group: Some(group.into()),
        exactly_once: (!exactly_once).then_some(false),
        ..Line::default()
    };
    if plan.copying != Copying::None {
        let exactly_once = plan.copying == Copying::ExactlyOnce;
        world.record("", flow(copier::GROUP, Some("out"), exactly_once));
    }
    for group in STANDALONE.into_iter().take(plan.standalone) {
        world.record("", flow(group, None, true));
    }
    if plan.limits {
        let line = Line {
            declare: Some(Declare::Limits),
            stuck_ms: Some(20_000),
            writes_unavailable_ms: Some(60_000),
            reads_unavailable_ms: (!plan.pauses).then_some(60_000),
            ..Line::default()
        };
        world.record("", line);
    }
    if plan.retention {
        let line = Line {
            declare: Some(Declare::Topic),
            topic: Some("orders".into()),
            retention_ms: Some(1),
            ..Line::default()
        };
        world.record("", line);
    }
}

fn add_readers(world: &mut World) {
    let plan = world.plan.clone();
    let all: Vec<Spot> = {
        let topics = world.kafka.topics.iter().enumerate();
        let spots = topics.flat_map(|(id, topic)| (0..topic.logs.len()).map(move |at| (id, at)));
        spots.map(|(id, at)| (id, u32::try_from(at).expect("few"))).collect()
    };
    let orders: Vec<Spot> = all.iter().filter(|spot| spot.0 == 0).copied().collect();
    let members: Vec<usize> =
        (0..plan.members).map(|_| Consumer::add(world, Kind::Member, "readers", &[])).collect();
    for (at, spot) in all.iter().enumerate() {
        if let Some(row) = members.get(at % members.len().max(1)) {
            take_over(world, *row, &[*spot]);
        }
    }
    for (kind, number) in [(Kind::Monitor, plan.monitors), (Kind::Seeker, plan.seekers)] {
        for _ in 0..number {
            Consumer::add(world, kind, "", &all);
        }
    }
    for group in STANDALONE.into_iter().take(plan.standalone) {
        Consumer::add(world, Kind::Standalone, group, &orders);
    }
    if plan.copying != Copying::None {
        Copier::add(world, plan.copying == Copying::ExactlyOnce, &orders);
    }
}

/// What is done meanwhile.
fn add_deeds(world: &mut World) {
    let plan = world.plan.clone();
    let unsafe_settings = plan.min_insync_1 || plan.unclean;
    let deeds = [
        (plan.retention, Deed::Retention, 2),
        (plan.delete_records, Deed::DeleteRecords, 2),
        (plan.recreated, Deed::Recreate, 1),
        (plan.partitions_added, Deed::AddPartition, 1),
        (plan.table, Deed::Compact, 2),
        (unsafe_settings, Deed::Lose, 3),
        (plan.members > 0, Deed::Rebalance, 2),
        (plan.resets, Deed::Reset, 1),
        (plan.mirror, Deed::Mirror, 3),
        (true, Deed::Look, 3),
        (plan.dumps, Deed::Dump, 1),
        (plan.early_round, Deed::FinalRound, 1),
        (plan.pauses && !plan.left_open, Deed::Pause, 1),
    ];
    for (_, deed, times) in deeds.into_iter().filter(|(is_wanted, ..)| *is_wanted) {
        for _ in 0..times {
            let delay = world.random.random_range(5 * MS..80 * MS);
            world.after(delay, Event::Do(deed));
        }
    }
    if unsafe_settings {
        world.after(3 * MS, Event::Do(Deed::Loosen(true)));
        if world.one_in(2) {
            world.after(90 * MS, Event::Do(Deed::Loosen(false)));
        }
    }
    if plan.faults {
        world.after(10 * MS, Event::Do(Deed::Fault(true)));
        world.after(40 * MS, Event::Do(Deed::Fault(false)));
    }
}
