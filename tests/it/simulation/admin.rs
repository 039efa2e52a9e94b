//! What is done to a cluster from outside of its clients, and what somebody looks up.

use kafka_trial::history::line::{Declare, Happening, Line, State};
use rand::RngExt as _;

use super::ending;
use super::kafka::{Fate, LogId};
use super::world::{Actor, Event, World};

/// Something that somebody does.
#[derive(Debug, Clone, Copy)]
pub enum Deed {
    /// Old records go.
    Retention,
    DeleteRecords,
    /// The topic is deleted and made anew.
    Recreate,
    AddPartition,
    Compact,
    /// The topic's end may get lost from now on, or no more.
    Loosen(bool),
    /// It does get lost.
    Lose,
    Rebalance,
    Reset,
    Mirror,
    Look,
    Dump,
    FinalRound,
    Pause,
    Fault(bool),
}

impl World {
    pub fn do_deed(&mut self, deed: Deed) {
        if !self.is_possible(deed) {
            self.later(Event::Do(deed));
            return;
        }
        match deed {
            Deed::Retention => {
                let log = self.any_log("orders");
                let (start, end) = (self.kafka.logs[log].start, self.kafka.logs[log].end);
                let offset = self.random.random_range(start..=end);
                self.kafka.logs[log].delete_before(offset);
            }
            Deed::DeleteRecords => self.delete_records(),
            Deed::Recreate => self.recreate(),
            Deed::AddPartition => self.add_partition(),
            Deed::Compact => {
                let log = self.any_log("table");
                let (messages, old) = (&self.messages, self.random.random_bool(0.5));
                self.kafka.compact(log, |message| {
                    let message = &messages[message];
                    (message.key, message.tombstone && old)
                });
            }
            Deed::Loosen(on) => self.loosen(on),
            Deed::Lose => self.lose(),
            Deed::Rebalance => self.rebalance(),
            Deed::Reset => self.reset(),
            Deed::Mirror => self.mirror(),
            Deed::Look => self.look(),
            Deed::Dump => ending::dump(self),
            Deed::FinalRound => ending::final_round(self, false),
            Deed::Pause => self.pause(),
            Deed::Fault(on) => self.fault(on),
        }
    }

    fn is_possible(&self, deed: Deed) -> bool {
        match deed {
            Deed::Recreate | Deed::Dump => self.is_quiet(),
            Deed::Pause => {
                !self.waits()
                    && !self.actors.iter().flatten().any(|it| match it {
                        Actor::Producer(producer) => producer.is_sending(),
                        _ => false,
                    })
            }
            Deed::Rebalance | Deed::Reset => {
                !self.waits()
                    && !self.actors.iter().flatten().any(|it| match it {
                        Actor::Consumer(consumer) => consumer.is_busy(),
                        Actor::Copier(copier) => copier.is_busy(),
                        Actor::Producer(_) => false,
                    })
            }
            _ => true,
        }
    }

    pub fn any_log(&mut self, topic: &str) -> LogId {
        let logs = self.logs_of(topic);
        logs[self.below(logs.len())]
    }

    fn delete_records(&mut self) {
        let log = self.any_log("orders");
        let (start, end) = (self.kafka.logs[log].start, self.kafka.logs[log].last_stable());
        let offset = self.random.random_range(start..=end.max(start));
        self.kafka.logs[log].delete_before(offset);
        let event = Some(Happening::RecordsDeleted);
        let line = Line { event, offset: Some(offset), ..self.about(log, None) };
        self.record("", line);
    }

    fn recreate(&mut self) {
        let topic = self.topic("temporary");
        let event = |world: &World, event| {
            let topic = &world.kafka.topics[topic];
            let topic_id = Some(format!("{}-{}", topic.name, topic.incarnation).into());
            Line { event: Some(event), topic: Some(topic.name.into()), topic_id, ..Line::default() }
        };
        let line = event(self, Happening::TopicDeleted);
        self.record("", line);
        self.kafka.topics[topic].incarnation += 1;
        let logs = std::mem::take(&mut self.kafka.topics[topic].logs);
        self.kafka.committed.retain(|(_, log), _| !logs.contains(log));
        let partitions = logs.len();
        (0..partitions).for_each(|_| self.kafka.add_log(topic));
        let line = event(self, Happening::TopicCreated);
        self.record("", line);
    }

    fn add_partition(&mut self) {
        let topic = self.topic("orders");
        self.kafka.add_log(topic);
        let number = u32::try_from(self.kafka.topics[topic].logs.len() - 1).expect("few");
        // Those who have to work everything off subscribe to the topic, so that they get it.
        for actor in self.actors.iter_mut().flatten() {
            match actor {
                Actor::Copier(copier) => copier.subscribe((topic, number)),
                Actor::Consumer(consumer) if consumer.is_standalone() => {
                    consumer.positions.insert((topic, number), 0);
                }
                _ => {}
            }
        }
        let count = u32::try_from(self.kafka.topics[topic].logs.len()).expect("few");
        let line = Line {
            event: Some(Happening::PartitionsAdded),
            topic: Some("orders".into()),
            partitions_count: Some(count),
            ..Line::default()
        };
        self.record("", line);
    }

    fn loosen(&mut self, on: bool) {
        let (isr, unclean) = (self.plan.min_insync_1, self.plan.unclean);
        let topic = self.topic("orders");
        self.kafka.topics[topic].unsafe_now = on;
        for log in self.logs_of("orders") {
            // What was acknowledged by two replicas stays with one of them; an unclean election may lose all.
            let end = self.kafka.logs[log].end;
            self.kafka.logs[log].safe = if unclean { 0 } else { end };
        }
        let line = Line {
            declare: Some(Declare::Topic),
            topic: Some("orders".into()),
            min_insync_replicas: isr.then_some(if on { 1 } else { 2 }),
            unclean_election: unclean.then_some(on),
            ..Line::default()
        };
        self.record("", line);
    }

    fn lose(&mut self) {
        let topic = self.topic("orders");
        if !self.kafka.topics[topic].unsafe_now {
            return;
        }
        let log = self.any_log("orders");
        let before = self.kafka.logs[log].entries.clone();
        let count = self.random.random_range(1..4);
        self.kafka.logs[log].truncate(count);
        let end = self.kafka.logs[log].end;
        for message in before.iter().filter(|it| it.offset >= end).filter_map(|it| it.message) {
            // Its producer does not know of it yet, and tries again.
            let waits = self.messages[message].outcome.is_none();
            let idempotent = !self.plan.repeating && !self.plan.acks_1 && !self.plan.crashes;
            let transaction = self.messages[message].transaction;
            let is_open =
                transaction.is_none_or(|id| self.kafka.transactions[id].fate == Fate::Open);
            if waits && idempotent && is_open && self.one_in(2) {
                let offset = self.kafka.logs[log].append(message, transaction);
                self.moved.insert(message, offset);
            }
        }
    }

    /// The mirror takes over what it has not yet.
    fn mirror(&mut self) {
        let (from, to) = (self.logs_of("orders")[0], self.logs_of("mirror")[0]);
        let (found, _) = self.kafka.fetch(from, self.mirrored, true, 100);
        for (offset, message) in found {
            self.kafka.logs[to].append(message, None);
            self.mirrored = offset + 1;
        }
    }

    /// Somebody looks at the ends of a log and at where groups are.
    fn look(&mut self) {
        let log = self.any_log("orders");
        let line = Line {
            last_stable: Some(self.kafka.logs[log].last_stable()),
            high_watermark: Some(self.kafka.logs[log].end),
            ..self.about(log, Some(State::Watermarks))
        };
        self.record("", line);
        let committed: Vec<_> =
            self.kafka.committed.iter().map(|(it, offset)| (*it, *offset)).collect();
        for ((group, log), offset) in committed {
            let group = Some(group.into());
            let state = Some(State::GroupOffset);
            let line = Line { group, offset: Some(offset), ..self.about(log, state) };
            self.record("", line);
        }
    }

    /// Nobody does anything for long, so that open transactions come to their time-outs.
    fn pause(&mut self) {
        const SECOND: u64 = 1_000_000_000;
        self.look();
        self.now_ns += 50 * SECOND;
        self.look();
        self.now_ns += 20 * SECOND;
        for id in 0..self.kafka.transactions.len() {
            if !self.kafka.transactions[id].logs.is_empty() {
                self.decide(id, Fate::Aborted);
            }
        }
        self.now_ns += 5 * SECOND;
        self.later(Event::Do(Deed::Look));
    }

    fn fault(&mut self, on: bool) {
        let event = Some(if on { Happening::Fault } else { Happening::Heal });
        let evidence = (!on).then(|| "the leader of orders/0 moved".into());
        let fault = Some("broker 1 is killed".into());
        self.record("", Line { event, fault, evidence, ..Line::default() });
    }
}
