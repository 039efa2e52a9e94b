//! Copiers: for each input they write one result, with it as source.

use std::collections::BTreeMap;

use kafka_trial::history::line::{End, Happening, Line, Operation};
use rand::RngExt as _;

use super::consumer::{Spot, in_range, offsets_line, turn};
use super::finish::Finish;
use super::kafka::{Fate, LogId, MessageId, TransactionId};
use super::sending::{Open, acknowledge, arrive, begin, start_send};
use super::world::{Actor, Event, World};

pub const GROUP: &str = "copiers";

#[derive(Debug)]
pub struct Copier {
    name: String,
    exactly_once: bool,
    positions: BTreeMap<Spot, u64>,
    /// It has to ask where its group is, once the transaction before is over.
    lost: bool,
    previous: Option<TransactionId>,
    number: u64,
    rounds: u32,
    work: Option<Work>,
    finish: Option<Finish>,
    died: bool,
}

/// What it has taken on.
#[derive(Debug)]
struct Work {
    open: Option<Open>,
    inputs: Vec<MessageId>,
    offsets: Vec<(LogId, u64)>,
}

impl Copier {
    pub fn add(world: &mut World, exactly_once: bool, spots: &[Spot]) {
        let rounds = world.random.random_range(1..5);
        Self::add_with(world, exactly_once, spots.iter().copied(), rounds, None);
    }

    fn add_with(
        world: &mut World,
        exactly_once: bool,
        spots: impl Iterator<Item = Spot>,
        rounds: u32,
        previous: Option<TransactionId>,
    ) {
        let name = world.name("k");
        let positions = spots.map(|spot| (spot, 0)).collect();
        let (work, finish, lost) = (None, None, true);
        world.add_actor(Actor::Copier(Self {
            name,
            exactly_once,
            positions,
            lost,
            previous,
            number: 0,
            rounds,
            work,
            finish,
            died: false,
        }));
    }

    pub fn is_busy(&self) -> bool {
        self.work.is_some() || self.finish.is_some()
    }

    pub fn step(&mut self, world: &mut World) -> bool {
        if self.died {
            return false;
        }
        if let Some(finish) = self.finish.take() {
            return self.go_on_finishing(world, finish);
        }
        if let Some(work) = self.work.take() {
            return self.go_on_working(world, work);
        }
        if self.previous.is_some_and(|id| !world.kafka.is_over(id)) {
            return true;
        }
        if self.lost {
            self.ask(world);
        }
        if self.is_done(world) {
            return false;
        }
        self.rounds = self.rounds.saturating_sub(1);
        self.take_on(world);
        true
    }

    fn is_done(&self, world: &World) -> bool {
        let behind = |(spot, position): (&Spot, &u64)| {
            let log = world.kafka.topics[spot.0].logs[spot.1 as usize];
            *position < world.kafka.logs[log].last_stable()
        };
        let works = if world.drains { self.positions.iter().any(behind) } else { self.rounds > 0 };
        !works
    }

    /// Goes on where the group is.
    fn ask(&mut self, world: &mut World) {
        self.lost = false;
        for (spot, position) in &mut self.positions {
            let log = world.kafka.topics[spot.0].logs[spot.1 as usize];
            *position = world.kafka.committed.get(&(GROUP, log)).copied().unwrap_or(0);
        }
        let spots: Vec<Spot> = self.positions.keys().copied().collect();
        let event = if self.number > 0 { Happening::Seek } else { Happening::Assign };
        turn(world, &self.name, event, &spots);
    }

    /// A partition of its topic was added.
    pub fn subscribe(&mut self, spot: Spot) {
        self.positions.insert(spot, 0);
    }

    /// Somebody resets the group while this copier is not in it.
    pub fn reset(&mut self) {
        self.lost = true;
    }

    fn take_on(&mut self, world: &mut World) {
        let (name, exactly_once) = (self.name.clone(), self.exactly_once);
        let begins_first = !(world.plan.polls_first && world.one_in(2));
        self.number += 1;
        let mut open = (exactly_once && begins_first).then(|| begin(world, &name, self.number));
        let transaction = exactly_once.then_some(self.number);
        let op = world.start(&name, Operation::Poll, Line { transaction, ..Line::default() });
        let (mut batches, mut inputs, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
        for (spot, position) in &mut self.positions {
            let log = world.kafka.topics[spot.0].logs[spot.1 as usize];
            let limit = world.random.random_range(1..5);
            let from = in_range(world, log, *position, false);
            let (found, next) = world.kafka.fetch(log, from, true, limit);
            *position = next;
            offsets.push((log, next));
            if !found.is_empty() {
                inputs.extend(found.iter().map(|(_, message)| *message));
                batches.push(world.batch(log, &found));
            }
        }
        world.end(&name, op, End::Ok, Line { batches, ..Line::default() });
        if exactly_once && !begins_first {
            open = Some(begin(world, &name, self.number));
        }
        inputs.reverse();
        self.work = Some(Work { open, inputs, offsets });
    }

    fn go_on_working(&mut self, world: &mut World, mut work: Work) -> bool {
        let name = self.name.clone();
        if world.plan.crashes && !world.drains && world.one_in(30) {
            return self.die(world, work.open);
        }
        if let Some(input) = work.inputs.pop() {
            let out = world.logs_of("out")[0];
            let mut send = start_send(world, &name, out, work.open, Some(input));
            arrive(world, &mut send);
            acknowledge(world, &name, &send);
            self.work = Some(work);
            return true;
        }
        let line = offsets_line(world, GROUP, &work.offsets);
        let Some(open) = work.open else {
            world.at_once(&name, Operation::CommitOffsets, End::Ok, line);
            for (log, offset) in work.offsets {
                world.kafka.committed.insert((GROUP, log), offset);
            }
            return true;
        };
        let line = Line { transaction: Some(open.number), ..line };
        let is_open = world.kafka.transactions[open.id].fate == Fate::Open;
        let end = if is_open { End::Ok } else { End::Failed };
        world.at_once(&name, Operation::SendOffsets, end, line);
        let offsets = work.offsets.iter().map(|(log, offset)| (GROUP, *log, *offset));
        world.kafka.transactions[open.id].offsets = offsets.collect();
        self.finish = Some(Finish::new(world, open, false));
        true
    }

    fn go_on_finishing(&mut self, world: &mut World, mut finish: Finish) -> bool {
        let open = finish.open;
        if finish.step(world, &self.name) {
            self.finish = Some(finish);
            return true;
        }
        self.previous = Some(open.id);
        if finish.dies {
            return self.die(world, Some(open));
        }
        if world.kafka.transactions[open.id].fate == Fate::Aborted {
            self.lost = true;
        }
        true
    }

    fn die(&mut self, world: &mut World, open: Option<Open>) -> bool {
        self.died = true;
        world.crash(&self.name);
        if let Some(open) = open {
            world.after(20_000_000, Event::Decide(open.id, Fate::Aborted));
        }
        let previous = open.map(|open| open.id).or(self.previous);
        let spots: Vec<Spot> = self.positions.keys().copied().collect();
        Self::add_with(world, self.exactly_once, spots.into_iter(), self.rounds, previous);
        false
    }
}
