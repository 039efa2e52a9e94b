//! Consumers: members of a group, monitors that see everything, some that seek, and standalone ones.

use std::collections::BTreeMap;

use kafka_trial::history::line::{
    Batch, Declare, End, Happening, Isolation, Line, Operation, Place,
};
use rand::RngExt as _;

use super::kafka::{LogId, MessageId, TopicId};
use super::world::{Actor, World};

/// A partition by its name: it outlives its log.
pub type Spot = (TopicId, u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Member,
    Monitor,
    Seeker,
    /// It stores the result of each message.
    Standalone,
}

#[derive(Debug)]
pub struct Consumer {
    pub name: String,
    pub kind: Kind,
    pub group: &'static str,
    pub positions: BTreeMap<Spot, u64>,
    /// `auto.offset.reset` is latest.
    latest: bool,
    /// How many polls it still makes.
    left: u32,
    poll: Option<Poll>,
    commit: Option<Commit>,
    died: bool,
}

#[derive(Debug)]
struct Poll {
    op: u64,
    found: Option<(Vec<Batch<'static>>, Vec<MessageId>)>,
}

#[derive(Debug)]
struct Commit {
    op: u64,
    offsets: Vec<(LogId, u64)>,
    end: Option<End>,
}

impl Consumer {
    /// Adds a consumer of these partitions, at their beginnings; a member gets its own by a rebalance.
    pub fn add(world: &mut World, kind: Kind, group: &'static str, spots: &[Spot]) -> usize {
        let left = world.random.random_range(3..9);
        Self::add_with(world, kind, group, spots, left)
    }

    fn add_with(
        world: &mut World,
        kind: Kind,
        group: &'static str,
        spots: &[Spot],
        left: u32,
    ) -> usize {
        let name = world.name(match kind {
            Kind::Member => "c",
            Kind::Monitor => "u",
            Kind::Seeker => "s",
            Kind::Standalone => "d",
        });
        if kind == Kind::Monitor {
            let line = Line {
                declare: Some(Declare::Client),
                client: Some(name.clone().into()),
                isolation: Some(Isolation::ReadUncommitted),
                ..Line::default()
            };
            world.record(&name, line);
        }
        let latest = kind != Kind::Standalone && world.one_in(3);
        let positions = spots.iter().map(|spot| (*spot, 0)).collect();
        if kind == Kind::Seeker {
            turn(world, &name, Happening::Assign, spots);
        }
        let (poll, commit) = (None, None);
        let consumer =
            Self { name, kind, group, positions, latest, left, poll, commit, died: false };
        world.add_actor(Actor::Consumer(consumer));
        world.actors.len() - 1
    }

    pub fn is_busy(&self) -> bool {
        !self.died && (self.poll.is_some() || self.commit.is_some())
    }

    pub fn has_died(&self) -> bool {
        self.died
    }

    pub fn is_standalone(&self) -> bool {
        self.kind == Kind::Standalone
    }

    pub fn step(&mut self, world: &mut World, row: usize) -> bool {
        if self.died {
            return false;
        }
        let dying = self.kind == Kind::Member && world.plan.crashes;
        if dying && world.one_in(60) {
            self.die(world, row);
            return false;
        }
        if let Some(poll) = self.poll.take() {
            self.go_on_polling(world, poll);
        } else if let Some(commit) = self.commit.take() {
            self.go_on_committing(world, commit);
        } else if self.left == 0 {
            return false;
        } else if self.kind == Kind::Seeker && world.one_in(4) {
            self.seek(world);
        } else if self.kind == Kind::Member && !self.positions.is_empty() && world.one_in(3) {
            self.start_commit(world);
        } else {
            self.left -= 1;
            let op = world.start(&self.name, Operation::Poll, Line::default());
            self.poll = Some(Poll { op, found: None });
        }
        true
    }

    fn go_on_polling(&mut self, world: &mut World, mut poll: Poll) {
        match poll.found {
            None => {
                poll.found = Some(self.fetch(world));
                self.poll = Some(poll);
            }
            Some((batches, messages)) => {
                world.end(&self.name, poll.op, End::Ok, Line { batches, ..Line::default() });
                if self.kind == Kind::Standalone {
                    self.process(world, &messages);
                }
            }
        }
    }

    fn fetch(&mut self, world: &mut World) -> (Vec<Batch<'static>>, Vec<MessageId>) {
        let (mut batches, mut messages) = (Vec::new(), Vec::new());
        for (spot, position) in &mut self.positions {
            if world.one_in(3) {
                continue;
            }
            let log = world.kafka.topics[spot.0].logs[spot.1 as usize];
            let limit = world.random.random_range(1..6);
            let from = in_range(world, log, *position, self.latest);
            let (found, next) = world.kafka.fetch(log, from, self.kind != Kind::Monitor, limit);
            *position = next;
            if !found.is_empty() {
                messages.extend(found.iter().map(|(_, message)| *message));
                batches.push(world.batch(log, &found));
            }
        }
        (batches, messages)
    }

    /// Stores results and the position, in one.
    fn process(&mut self, world: &mut World, messages: &[MessageId]) {
        if messages.is_empty() {
            return;
        }
        for message in messages {
            let line = Line {
                event: Some(Happening::Process),
                client: Some(self.name.clone().into()),
                source: Some(world.messages[*message].id.clone().into()),
                ..Line::default()
            };
            world.record(&self.name, line);
        }
        let offsets = self.offsets(world);
        let line = offsets_line(world, self.group, &offsets);
        world.at_once(&self.name, Operation::CommitOffsets, End::Ok, line);
        for (log, offset) in offsets {
            world.kafka.committed.insert((self.group, log), offset);
        }
    }

    /// Reads on until nothing is left.
    pub fn drain(&mut self, world: &mut World) {
        for _ in 0..200 {
            let before = self.positions.clone();
            let op = world.start(&self.name, Operation::Poll, Line::default());
            let (batches, messages) = self.fetch(world);
            world.end(&self.name, op, End::Ok, Line { batches, ..Line::default() });
            self.process(world, &messages);
            let at_end = self.positions.iter().all(|(spot, position)| {
                let log = world.kafka.topics[spot.0].logs[spot.1 as usize];
                *position >= world.kafka.logs[log].last_stable()
            });
            if at_end && before == self.positions {
                return;
            }
        }
    }

    fn offsets(&self, world: &World) -> Vec<(LogId, u64)> {
        let log = |spot: &Spot| world.kafka.topics[spot.0].logs[spot.1 as usize];
        self.positions.iter().map(|(spot, position)| (log(spot), *position)).collect()
    }

    fn start_commit(&mut self, world: &mut World) {
        let offsets = self.offsets(world);
        let line = offsets_line(world, self.group, &offsets);
        let op = world.start(&self.name, Operation::CommitOffsets, line);
        self.commit = Some(Commit { op, offsets, end: None });
    }

    fn go_on_committing(&mut self, world: &mut World, mut commit: Commit) {
        if let Some(end) = commit.end {
            world.end(&self.name, commit.op, end, Line::default());
            return;
        }
        let errors = world.plan.errors;
        let (arrives, end) = match world.below(12) {
            0 if errors => (false, End::Failed),
            1 if errors => (false, End::Unknown),
            2 if errors => (true, End::Unknown),
            _ => (true, End::Ok),
        };
        if arrives {
            for (log, offset) in &commit.offsets {
                world.kafka.committed.insert((self.group, *log), *offset);
            }
        }
        commit.end = Some(end);
        self.commit = Some(commit);
    }

    fn seek(&mut self, world: &mut World) {
        let spots: Vec<Spot> = self.positions.keys().copied().collect();
        let spot = spots[world.below(spots.len())];
        let log = &world.kafka.logs[world.kafka.topics[spot.0].logs[spot.1 as usize]];
        let (start, end) = (log.start, log.last_stable().max(log.start));
        self.positions.insert(spot, world.random.random_range(start..=end));
        turn(world, &self.name, Happening::Seek, &[spot]);
    }

    /// Its process dies; another one takes its partitions over.
    fn die(&mut self, world: &mut World, row: usize) {
        self.died = true;
        world.crash(&self.name);
        let spots: Vec<Spot> = self.positions.keys().copied().collect();
        let new = Self::add_with(world, self.kind, self.group, &[], self.left);
        world.owners.values_mut().filter(|owner| **owner == row).for_each(|owner| *owner = new);
        take_over(world, new, &spots);
    }
}

/// A member is given partitions and goes on where its group is.
pub fn take_over(world: &mut World, row: usize, spots: &[Spot]) {
    let Some(Some(Actor::Consumer(consumer))) = world.actors.get(row) else { return };
    let (name, group) = (consumer.name.clone(), consumer.group);
    turn(world, &name, Happening::Assign, spots);
    for spot in spots {
        let log = world.kafka.topics[spot.0].logs[spot.1 as usize];
        let committed = world.kafka.committed.get(&(group, log)).copied().unwrap_or(0);
        let Some(Some(Actor::Consumer(consumer))) = world.actors.get_mut(row) else { return };
        consumer.positions.insert(*spot, committed);
        world.owners.insert((group, *spot), row);
    }
}

/// Where a consumer goes on whose offset is not in the log any more.
pub fn in_range(world: &World, log: LogId, position: u64, latest: bool) -> u64 {
    let log = &world.kafka.logs[log];
    match position {
        it if (log.start..=log.end).contains(&it) => it,
        _ if latest => log.end,
        _ => log.start,
    }
}

/// What changes a client's position from outside of its polls.
pub fn turn(world: &mut World, client: &str, event: Happening, spots: &[Spot]) {
    let place = |spot: &Spot| Place {
        topic: world.kafka.topics[spot.0].name.into(),
        partition: spot.1,
        offset: None,
    };
    let partitions = spots.iter().map(place).collect();
    let name = Some(client.to_owned().into());
    let line = Line { event: Some(event), client: name, partitions, ..Line::default() };
    world.record(client, line);
}

/// Offsets to commit.
pub fn offsets_line(world: &World, group: &str, offsets: &[(LogId, u64)]) -> Line<'static> {
    let places = offsets.iter().map(|(log, offset)| world.place(*log, Some(*offset)));
    let partitions = places.collect();
    Line { group: Some(group.to_owned().into()), partitions, ..Line::default() }
}
