//! Producers: one message after the other or several in flight, in transactions or not.

use std::collections::VecDeque;

use kafka_trial::history::line::{Declare, End, Line};
use rand::RngExt as _;

use super::finish::Finish;
use super::kafka::{Fate, TopicId, TransactionId};
use super::sending::{Open, Send, acknowledge, arrive, begin, start_send};
use super::world::{Actor, Event, World};

#[derive(Debug)]
pub struct Producer {
    name: String,
    topics: Vec<TopicId>,
    settings: Settings,
    left: u32,
    pending: VecDeque<Send>,
    open: Option<Open>,
    /// How many messages the transaction still gets, and whether one of them went wrong.
    wanted: u32,
    doomed: bool,
    finish: Option<Finish>,
    /// The transaction before, which has to be over.
    previous: Option<TransactionId>,
    number: u64,
}

#[derive(Debug, Clone, Copy)]
struct Settings {
    transactional: bool,
    idempotent: bool,
    in_flight: usize,
    acks: i16,
}

impl Producer {
    pub fn add(world: &mut World, topics: Vec<TopicId>, transactional: bool) {
        let repeating = world.plan.repeating && !transactional && world.one_in(2);
        let acks_1 = world.plan.acks_1 && !transactional && world.one_in(2);
        let settings = Settings {
            transactional,
            idempotent: !repeating && !acks_1,
            in_flight: world.below(4) + 1,
            acks: if acks_1 { 1 } else { -1 },
        };
        let left = world.plan.messages;
        Self::add_with(world, topics, settings, left, None);
    }

    fn add_with(
        world: &mut World,
        topics: Vec<TopicId>,
        settings: Settings,
        left: u32,
        previous: Option<TransactionId>,
    ) {
        let name = world.name(if settings.transactional { "t" } else { "p" });
        let line = Line {
            declare: Some(Declare::Client),
            client: Some(name.clone().into()),
            idempotence: Some(settings.idempotent),
            max_in_flight: Some(u32::try_from(settings.in_flight).expect("few")),
            acks: Some(settings.acks),
            ..Line::default()
        };
        world.record(&name, line);
        world.add_actor(Actor::Producer(Self {
            name,
            topics,
            settings,
            left,
            pending: VecDeque::new(),
            open: None,
            wanted: 0,
            doomed: false,
            finish: None,
            previous,
            number: 0,
        }));
    }

    pub fn is_busy(&self) -> bool {
        self.open.is_some() || !self.pending.is_empty()
    }

    pub fn is_sending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Does one thing; false when there is nothing more to do.
    pub fn step(&mut self, world: &mut World) -> bool {
        if let Some(mut finish) = self.finish.take() {
            if finish.step(world, &self.name) {
                self.finish = Some(finish);
                return true;
            }
            self.previous = Some(finish.open.id);
            self.open = None;
            return if finish.dies { self.die(world, finish.open) } else { true };
        }
        if world.plan.crashes && self.is_busy() && world.one_in(40) {
            let open = self.open.take();
            return match open {
                Some(open) => self.die(world, open),
                None => self.crash(world),
            };
        }
        let waiting = self.pending.iter().position(|send| !send.arrived);
        let ending = self.pending.front().is_some_and(|send| send.arrived);
        match world.below(3) {
            0 if waiting.is_some() => self.arrive(world),
            1 if ending => self.acknowledge(world),
            _ if self.can_send() => self.send(world),
            _ if waiting.is_some() => self.arrive(world),
            _ if ending => self.acknowledge(world),
            _ => return self.turn(world),
        }
        true
    }

    fn can_send(&self) -> bool {
        let in_flight = self.pending.len() < self.settings.in_flight;
        in_flight && self.left > 0 && (!self.settings.transactional || self.wanted > 0)
    }

    /// Nothing is in flight: begins or ends a transaction.
    fn turn(&mut self, world: &mut World) -> bool {
        if let Some(open) = self.open {
            self.finish = Some(Finish::new(world, open, self.doomed));
            return true;
        }
        if self.left == 0 || !self.settings.transactional {
            return false;
        }
        if self.previous.is_some_and(|id| !world.kafka.is_over(id)) {
            return true;
        }
        self.number += 1;
        let open = begin(world, &self.name, self.number);
        self.open = Some(open);
        self.doomed = false;
        self.wanted = world.random.random_range(1..4);
        if world.plan.only_empty_transactions || world.plan.empty_transactions && world.one_in(3) {
            self.left -= 1;
            self.wanted = 0;
        }
        true
    }

    fn send(&mut self, world: &mut World) {
        self.left -= 1;
        self.wanted = self.wanted.saturating_sub(1);
        let topic = self.topics[world.below(self.topics.len())];
        let logs = world.kafka.topics[topic].logs.clone();
        let log = logs[world.below(logs.len())];
        let mut send = start_send(world, &self.name, log, self.open, None);
        if world.plan.errors && world.one_in(8) {
            (send.end, send.arrives) = match world.below(3) {
                0 => (End::Failed, false),
                1 => (End::Unknown, true),
                _ => (End::Unknown, false),
            };
            self.doomed = true;
        } else if self.settings.acks == 1 && world.one_in(6) {
            send.arrives = false;
        }
        self.pending.push_back(send);
    }

    fn arrive(&mut self, world: &mut World) {
        let waiting: Vec<usize> =
            (0..self.pending.len()).filter(|at| !self.pending[*at].arrived).collect();
        // A batch that is tried again while others are in flight arrives behind them.
        let overtakes = !self.settings.idempotent && world.one_in(3);
        let at = waiting[if overtakes { world.below(waiting.len()) } else { 0 }];
        let settings = self.settings;
        let send = &mut self.pending[at];
        arrive(world, send);
        self.doomed |= send.end != End::Ok;
        let send = &mut self.pending[at];
        if !settings.idempotent && world.one_in(4) && send.end != End::Failed {
            // It is tried again, although it had arrived or may still arrive.
            if world.one_in(2) {
                world.later(Event::Append(send.message, None));
            } else if send.arrives {
                let log = world.messages[send.message].log;
                send.offset = Some(world.kafka.logs[log].append(send.message, None));
            }
        }
    }

    fn acknowledge(&mut self, world: &mut World) {
        let send = self.pending.pop_front().expect("a send");
        acknowledge(world, &self.name, &send);
    }

    /// Its process dies with a transaction that is not certainly over. The next one of its name fences it.
    fn die(&mut self, world: &mut World, open: Open) -> bool {
        self.open = None;
        self.pending.clear();
        if world.plan.left_open {
            return false;
        }
        world.after(20_000_000, Event::Decide(open.id, Fate::Aborted));
        self.previous = Some(open.id);
        self.crash(world)
    }

    fn crash(&mut self, world: &mut World) -> bool {
        world.crash(&self.name);
        for send in self.pending.drain(..) {
            if !send.arrived && send.arrives && world.random.random_bool(0.5) {
                // The batch was on the wire.
                let log = world.messages[send.message].log;
                world.kafka.logs[log].append(send.message, None);
            }
        }
        if self.left > 0 {
            let topics = std::mem::take(&mut self.topics);
            Self::add_with(world, topics, self.settings, self.left, self.previous);
        }
        false
    }
}
