//! The world of a history: Kafka, who uses it, what happens when, and what is recorded of it.

use std::collections::BTreeMap;

use kafka_trial::history::line::{Batch, End, Happening, Line, Operation, Place, Record, State};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::admin::Deed;
use super::consumer::{Consumer, Spot};
use super::copier::Copier;
use super::kafka::{Fate, Kafka, LogId, MessageId, Topic, TopicId, TransactionId};
use super::plan::Plan;
use super::producer::Producer;

const MS: u64 = 1_000_000;

/// A message, and what its producer knows of it.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub digest: u32,
    pub key: u32,
    pub tombstone: bool,
    pub client: String,
    pub log: LogId,
    pub transaction: Option<TransactionId>,
    pub source: Option<MessageId>,
    pub outcome: Option<End>,
    /// Where it was acknowledged, if that was recorded.
    pub offset: Option<u64>,
    pub start_ns: u64,
    pub end_ns: u64,
}

/// A line, when it was written and by whom.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub at_ns: u64,
    /// The client; empty for what is no client's.
    pub by: String,
    pub line: Line<'static>,
}

/// Something that will happen.
#[derive(Debug)]
pub enum Event {
    /// An actor goes on.
    Step(usize),
    /// The coordinator gets a request, or its time-out runs out.
    Decide(TransactionId, Fate),
    /// A marker arrives in a log, or at the groups' coordinator.
    Mark(TransactionId, Option<LogId>),
    /// A batch arrives that its producer has given up, or arrives again.
    Append(MessageId, Option<TransactionId>),
    Do(Deed),
}

/// Who does something.
#[derive(Debug)]
pub enum Actor {
    Producer(Producer),
    Consumer(Consumer),
    Copier(Copier),
}

#[derive(Debug)]
pub struct World {
    pub plan: Plan,
    pub random: StdRng,
    pub kafka: Kafka,
    pub messages: Vec<Message>,
    pub lines: Vec<Recorded>,
    pub actors: Vec<Option<Actor>>,
    /// Members of groups: who has which partition.
    pub owners: BTreeMap<(&'static str, Spot), usize>,
    /// Copiers and standalone consumers work everything off.
    pub drains: bool,
    /// Where messages are that a producer sent again to a leader that lacked them.
    pub moved: BTreeMap<MessageId, u64>,
    /// How far the mirror is.
    pub mirrored: u64,
    pub now_ns: u64,
    queue: BTreeMap<(u64, u64), Event>,
    events: u64,
    ids: BTreeMap<String, u64>,
    names: usize,
}

impl World {
    pub fn new(seed: u64, plan: impl FnOnce(&mut StdRng) -> Plan) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        Self {
            plan: plan(&mut random),
            random,
            kafka: Kafka::default(),
            messages: Vec::new(),
            lines: Vec::new(),
            actors: Vec::new(),
            owners: BTreeMap::new(),
            drains: false,
            moved: BTreeMap::new(),
            mirrored: 0,
            now_ns: 1_000 * MS,
            queue: BTreeMap::new(),
            events: 0,
            ids: BTreeMap::new(),
            names: 0,
        }
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.random.random_range(0..end)
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A name that nobody else has.
    pub fn name(&mut self, what: &str) -> String {
        self.names += 1;
        format!("{what}{}", self.names)
    }

    pub fn add_topic(&mut self, name: &'static str, partitions: u32, compacted: bool) -> TopicId {
        let id = self.kafka.topics.len();
        let topic = Topic { name, logs: vec![], incarnation: 0, compacted, unsafe_now: false };
        self.kafka.topics.push(topic);
        (0..partitions).for_each(|_| self.kafka.add_log(id));
        id
    }

    pub fn topic(&self, name: &str) -> TopicId {
        self.kafka.topics.iter().position(|topic| topic.name == name).expect("a topic")
    }

    pub fn logs_of(&self, name: &str) -> Vec<LogId> {
        self.kafka.topics[self.topic(name)].logs.clone()
    }

    // What happens.

    pub fn later(&mut self, event: Event) {
        let delay = self.random.random_range(MS / 10..4 * MS);
        self.after(delay, event);
    }

    pub fn after(&mut self, delay_ns: u64, event: Event) {
        self.events += 1;
        self.queue.insert((self.now_ns + delay_ns, self.events), event);
    }

    pub fn add_actor(&mut self, actor: Actor) {
        self.actors.push(Some(actor));
        self.later(Event::Step(self.actors.len() - 1));
    }

    /// Lets everything happen until nobody has anything left to do.
    pub fn run(&mut self) {
        while let Some(((at_ns, _), event)) = self.queue.pop_first() {
            self.now_ns = self.now_ns.max(at_ns);
            assert!(self.events < 100_000, "something waits without end: {event:?}");
            match event {
                Event::Step(row) => self.step(row),
                Event::Decide(id, fate) => self.decide(id, fate),
                Event::Mark(id, log) => self.kafka.mark(id, log),
                Event::Append(message, transaction) => {
                    let log = self.messages[message].log;
                    self.kafka.logs[log].append(message, transaction);
                }
                Event::Do(deed) => self.do_deed(deed),
            }
        }
    }

    fn step(&mut self, row: usize) {
        let mut actor = self.actors[row].take().expect("an actor");
        let goes_on = match &mut actor {
            Actor::Producer(producer) => producer.step(self),
            Actor::Consumer(consumer) => consumer.step(self, row),
            Actor::Copier(copier) => copier.step(self),
        };
        self.actors[row] = Some(actor);
        if goes_on {
            self.later(Event::Step(row));
        }
    }

    pub fn decide(&mut self, id: TransactionId, fate: Fate) {
        if self.kafka.decide(id, fate) {
            for log in self.kafka.transactions[id].logs.clone() {
                self.later(Event::Mark(id, Some(log)));
            }
            self.later(Event::Mark(id, None));
        }
    }

    /// Nobody writes, and nothing is on its way.
    pub fn is_quiet(&self) -> bool {
        let busy = |actor: &Actor| match actor {
            Actor::Producer(producer) => producer.is_busy(),
            Actor::Copier(copier) => copier.is_busy(),
            Actor::Consumer(consumer) => consumer.is_busy(),
        };
        !self.waits() && !self.actors.iter().flatten().any(busy)
    }

    /// Something is on its way to a broker, or from one to another.
    pub fn waits(&self) -> bool {
        self.queue.values().any(|event| !matches!(event, Event::Step(_) | Event::Do(_)))
    }

    /// Copiers go on that have come to their end.
    pub fn wake_copiers(&mut self) {
        let is_copier = |row: &usize| matches!(self.actors[*row], Some(Actor::Copier(_)));
        let copiers: Vec<usize> = (0..self.actors.len()).filter(is_copier).collect();
        copiers.into_iter().for_each(|row| self.later(Event::Step(row)));
    }

    // What is recorded.

    pub fn crash(&mut self, client: &str) {
        let event = Some(Happening::Crash);
        let line = Line { event, client: Some(client.to_owned().into()), ..Line::default() };
        self.record(client, line);
    }

    pub fn record(&mut self, by: &str, line: Line<'static>) {
        self.now_ns += self.random.random_range(1_000..MS / 4);
        self.lines.push(Recorded { at_ns: self.now_ns, by: by.to_owned(), line });
    }

    pub fn start(&mut self, client: &str, operation: Operation, line: Line<'static>) -> u64 {
        let id = self.ids.entry(client.to_owned()).or_default();
        *id += 1;
        let id = *id;
        let name = Some(client.to_owned().into());
        self.record(client, Line { start: Some(operation), client: name, id: Some(id), ..line });
        id
    }

    pub fn end(&mut self, client: &str, id: u64, end: End, line: Line<'static>) {
        let name = Some(client.to_owned().into());
        self.record(client, Line { end: Some(end), client: name, id: Some(id), ..line });
    }

    /// An operation that is over at once.
    pub fn at_once(&mut self, client: &str, operation: Operation, end: End, line: Line<'static>) {
        let id = self.start(client, operation, line);
        self.end(client, id, end, Line::default());
    }

    pub fn name_of(&self, log: LogId) -> &'static str {
        self.kafka.topics[self.kafka.logs[log].topic].name
    }

    /// A line about a partition.
    pub fn about(&self, log: LogId, state: Option<State>) -> Line<'static> {
        let partition = Some(self.kafka.logs[log].number);
        Line { state, topic: Some(self.name_of(log).into()), partition, ..Line::default() }
    }

    pub fn place(&self, log: LogId, offset: Option<u64>) -> Place<'static> {
        let partition = self.kafka.logs[log].number;
        Place { topic: self.name_of(log).into(), partition, offset }
    }

    pub fn batch(&self, log: LogId, found: &[(u64, MessageId)]) -> Batch<'static> {
        let records = found.iter().map(|(offset, message)| self.as_record(*offset, *message));
        let partition = self.kafka.logs[log].number;
        Batch { topic: self.name_of(log).into(), partition, records: records.collect() }
    }

    pub fn as_record(&self, offset: u64, message: MessageId) -> Record<'static> {
        let message = &self.messages[message];
        let digest = self.plan.digests.then_some(message.digest);
        Record { offset, message: Some(message.id.clone().into()), digest }
    }
}
