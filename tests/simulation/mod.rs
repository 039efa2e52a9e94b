//! A small Kafka that keeps all its promises, and the history of clients that use it.

use std::collections::BTreeMap;

use kafka_trial::history::line::{
    Batch, Declare, End, Happening, Isolation, Line, Operation, Place, Record, State,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Lines of a history, without the header.
pub type Lines = Vec<Line<'static>>;

/// A topic, and a partition in it.
pub type At = (&'static str, u32);

/// One offset of a log.
#[derive(Debug, Clone)]
struct Slot {
    /// `None` for a marker.
    message: Option<(String, u32)>,
    transaction: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Open,
    Committed,
    Aborted,
}

/// A producer's or copier's open transaction.
#[derive(Debug, Clone, Copy)]
struct Open {
    id: usize,
    number: u64,
}

#[derive(Debug)]
pub struct Simulation {
    pub lines: Lines,
    random: StdRng,
    now_ns: u64,
    ids: BTreeMap<String, u64>,
    messages: u32,
    logs: BTreeMap<At, Vec<Slot>>,
    fates: Vec<Fate>,
    /// Partitions that a transaction wrote to.
    touched: Vec<Vec<At>>,
    open: BTreeMap<String, Open>,
    numbers: BTreeMap<String, u64>,
    positions: BTreeMap<(String, At), u64>,
    owners: BTreeMap<At, String>,
    committed: BTreeMap<At, u64>,
    copied: BTreeMap<At, u64>,
}

pub const PARTITIONS: [At; 3] = [("orders", 0), ("orders", 1), ("orders", 2)];
pub const OUT: At = ("out", 0);
/// A chance at which a send is acknowledged.
const GOES_WELL: u32 = 19;
const GROUP: &str = "readers";

impl Simulation {
    /// Runs `steps` random steps and ends with final reads and dumps.
    pub fn run(seed: u64, steps: usize) -> Self {
        let mut logs: BTreeMap<At, Vec<Slot>> = PARTITIONS.iter().map(|at| (*at, vec![])).collect();
        logs.insert(OUT, vec![]);
        let mut simulation = Self {
            lines: Vec::new(),
            random: StdRng::seed_from_u64(seed),
            now_ns: 1_000_000_000,
            ids: BTreeMap::new(),
            messages: 0,
            logs,
            fates: Vec::new(),
            touched: Vec::new(),
            open: BTreeMap::new(),
            numbers: BTreeMap::new(),
            positions: BTreeMap::new(),
            owners: PARTITIONS.iter().map(|at| (*at, "c0".to_owned())).collect(),
            committed: BTreeMap::new(),
            copied: BTreeMap::new(),
        };
        simulation.declare();
        simulation.prologue();
        for _ in 0..steps {
            simulation.step();
        }
        simulation.finish();
        simulation
    }

    /// Adds a line with the next point in time.
    pub fn add(&mut self, line: Line<'static>) {
        self.now_ns += self.random.random_range(1..2_000_000);
        self.lines.push(Line { mono_ns: Some(self.now_ns), ..line });
    }

    /// Adds a start and gives its number.
    pub fn start(&mut self, client: &str, operation: Operation, line: Line<'static>) -> u64 {
        let id = self.ids.entry(client.to_owned()).or_default();
        *id += 1;
        let id = *id;
        let client = Some(client.to_owned().into());
        self.add(Line { start: Some(operation), client, id: Some(id), ..line });
        id
    }

    /// Adds an end.
    pub fn end(&mut self, client: &str, id: u64, end: End, line: Line<'static>) {
        let client = Some(client.to_owned().into());
        self.add(Line { end: Some(end), client, id: Some(id), ..line });
    }

    fn declare(&mut self) {
        let client = |name: &str| Line {
            declare: Some(Declare::Client),
            client: Some(name.to_owned().into()),
            ..Line::default()
        };
        let isolation = Some(Isolation::ReadUncommitted);
        self.add(Line { isolation, ..client("u0") });
        self.add(Line { final_reader: Some(true), ..client("final") });
        self.add(Line {
            declare: Some(Declare::Flow),
            topic: Some("orders".into()),
            to_topic: Some("out".into()),
            group: Some("copiers".into()),
            ..Line::default()
        });
        self.add(Line {
            declare: Some(Declare::Limits),
            stuck_ms: Some(60_000),
            writes_unavailable_ms: Some(60_000),
            reads_unavailable_ms: Some(60_000),
            ..Line::default()
        });
    }

    /// What every history has, so that every anomaly has something to be injected into.
    fn prologue(&mut self) {
        self.send_as("p0", PARTITIONS[0], None, None, GOES_WELL);
        self.begin("t0");
        for at in PARTITIONS {
            self.send("t0", at);
        }
        self.commit("t0");
        self.send_as("p0", PARTITIONS[0], None, None, GOES_WELL);
        self.send_as("p0", PARTITIONS[0], None, None, GOES_WELL);
        self.copy(PARTITIONS[0]);
    }

    fn step(&mut self) {
        let at = PARTITIONS[self.random.random_range(0..PARTITIONS.len())];
        let number = self.random.random_range(0..3);
        match self.random.random_range(0..20) {
            0..5 => self.send(&format!("p{number}"), at),
            5..11 => {
                let client = format!("t{number}");
                match (self.open.contains_key(&client), self.random.random_range(0..10)) {
                    (false, _) => self.begin(&client),
                    (true, 0..6) => self.send(&client, at),
                    (true, 6..9) => self.commit(&client),
                    (true, _) => self.abort(&client),
                }
            }
            11..15 => self.poll_as_group(at),
            15 => self.rebalance(at),
            16 => {
                let end = self.logs[&at].len() as u64;
                self.poll("u0", at, end, None);
            }
            17 => self.watermarks(at),
            _ => self.copy(at),
        }
    }

    fn send(&mut self, client: &str, at: At) {
        let open = self.open.get(client).copied();
        let chance = self.random.random_range(0..20);
        self.send_as(client, at, open, None, chance);
    }

    fn send_as(
        &mut self,
        client: &str,
        at: At,
        open: Option<Open>,
        source: Option<String>,
        chance: u32,
    ) {
        self.messages += 1;
        let (message, digest) = (format!("m{}", self.messages), self.random.random());
        let fields = Line {
            topic: Some(at.0.into()),
            partition: Some(at.1),
            message: Some(message.clone().into()),
            digest: Some(digest),
            transaction: open.map(|open| open.number),
            source: source.map(Into::into),
            ..Line::default()
        };
        let id = self.start(client, Operation::Send, fields);
        // In a transaction an error would forbid the commit, so there all goes well.
        let (written, end) = match chance {
            0 if open.is_none() => (false, End::Failed),
            1 if open.is_none() => (false, End::Unknown),
            2 if open.is_none() => (true, End::Unknown),
            _ => (true, End::Ok),
        };
        let log = self.logs.get_mut(&at).expect("a log");
        let offset = log.len() as u64;
        if written {
            let transaction = open.map(|open| open.id);
            log.push(Slot { message: Some((message, digest)), transaction });
        }
        if let Some(open) = open {
            self.touched[open.id].push(at);
        }
        let offset = (end == End::Ok).then_some(offset);
        self.end(client, id, end, Line { offset, ..Line::default() });
    }

    fn begin(&mut self, client: &str) {
        let number = self.numbers.entry(client.to_owned()).or_default();
        *number += 1;
        let open = Open { id: self.fates.len(), number: *number };
        self.fates.push(Fate::Open);
        self.touched.push(Vec::new());
        self.open.insert(client.to_owned(), open);
        self.in_transaction(client, open, Operation::Begin, End::Ok);
    }

    fn in_transaction(&mut self, client: &str, open: Open, operation: Operation, end: End) {
        let transaction = Some(open.number);
        let id = self.start(client, operation, Line { transaction, ..Line::default() });
        self.end(client, id, end, Line::default());
    }

    fn commit(&mut self, client: &str) {
        let Some(open) = self.open.remove(client) else { return };
        let (fate, end) = match self.random.random_range(0..12) {
            0 => (Fate::Committed, End::Unknown),
            1 => (Fate::Aborted, End::Unknown),
            2 => (Fate::Aborted, End::Failed),
            _ => (Fate::Committed, End::Ok),
        };
        // The first transaction of all is the one that anomalies are injected into.
        let (fate, end) = if open.id == 0 { (Fate::Committed, End::Ok) } else { (fate, end) };
        self.in_transaction(client, open, Operation::Commit, end);
        self.resolve(open, fate);
    }

    fn abort(&mut self, client: &str) {
        let Some(open) = self.open.remove(client) else { return };
        self.in_transaction(client, open, Operation::Abort, End::Ok);
        self.resolve(open, Fate::Aborted);
    }

    /// Writes the markers.
    fn resolve(&mut self, open: Open, fate: Fate) {
        self.fates[open.id] = fate;
        let mut touched = self.touched[open.id].clone();
        touched.sort_unstable();
        touched.dedup();
        for at in touched {
            let marker = Slot { message: None, transaction: None };
            self.logs.get_mut(&at).expect("a log").push(marker);
        }
    }

    fn last_stable(&self, at: At) -> u64 {
        let open = |slot: &Slot| slot.transaction.is_some_and(|id| self.fates[id] == Fate::Open);
        self.logs[&at].iter().position(open).unwrap_or(self.logs[&at].len()) as u64
    }

    /// What a consumer sees from an offset up to another, at most `limit` records.
    fn records(&self, at: At, from: u64, to: u64, committed: bool) -> Vec<Record<'static>> {
        let slots = self.logs[&at].iter().enumerate().take(to as usize).skip(from as usize);
        slots
            .filter(|(_, slot)| {
                let aborted = |id: usize| self.fates[id] != Fate::Committed;
                !(committed && slot.transaction.is_some_and(aborted))
            })
            .filter_map(|(offset, slot)| {
                let (message, digest) = slot.message.clone()?;
                Some(Record {
                    offset: offset as u64,
                    message: Some(message.into()),
                    digest: Some(digest),
                })
            })
            .collect()
    }

    /// Polls from the client's position; `end` is as far as its isolation level lets it see.
    fn poll(
        &mut self,
        client: &str,
        at: At,
        end: u64,
        transaction: Option<u64>,
    ) -> Vec<Record<'static>> {
        let from = self.positions.get(&(client.to_owned(), at)).copied().unwrap_or(0);
        let mut records = self.records(at, from, end, client != "u0");
        let limit = self.random.random_range(1..8);
        let position = if records.len() > limit { records[limit].offset } else { end };
        records.truncate(limit);
        self.positions.insert((client.to_owned(), at), position.max(from));
        let line = Line { transaction, ..Line::default() };
        let id = self.start(client, Operation::Poll, line);
        let batch = Batch { topic: at.0.into(), partition: at.1, records: records.clone() };
        let batches = if records.is_empty() { vec![] } else { vec![batch] };
        self.end(client, id, End::Ok, Line { batches, ..Line::default() });
        records
    }

    fn poll_as_group(&mut self, at: At) {
        let owner = self.owners[&at].clone();
        self.poll(&owner, at, self.last_stable(at), None);
        if self.random.random_bool(0.5) {
            let next = self.positions[&(owner.clone(), at)];
            let id = self.start(&owner, Operation::CommitOffsets, offsets(GROUP, at, next));
            self.end(&owner, id, End::Ok, Line::default());
            self.committed.insert(at, next);
        }
    }

    fn rebalance(&mut self, at: At) {
        let new = format!("c{}", self.random.random_range(0..3));
        let old = self.owners.insert(at, new.clone()).expect("an owner");
        for (client, event) in [(old, Happening::Revoke), (new.clone(), Happening::Assign)] {
            let partitions = vec![place(at, None)];
            let client = Some(client.into());
            self.add(Line { event: Some(event), client, partitions, ..Line::default() });
        }
        let committed = self.committed.get(&at).copied().unwrap_or(0);
        self.positions.insert((new, at), committed);
    }

    /// One transaction of the copier, which owns all partitions.
    fn copy(&mut self, at: At) {
        let client = "cp";
        self.begin(client);
        let open = self.open[client];
        let inputs = self.poll(client, at, self.last_stable(at), Some(open.number));
        for input in &inputs {
            let source = input.message.as_ref().map(|message| message.to_string());
            self.send_as(client, OUT, Some(open), source, GOES_WELL);
        }
        let next = self.positions[&(client.to_owned(), at)];
        let line = Line { transaction: Some(open.number), ..offsets("copiers", at, next) };
        let id = self.start(client, Operation::SendOffsets, line);
        self.end(client, id, End::Ok, Line::default());
        self.open.remove(client);
        // The prologue's copy is committed, so that there is a result.
        if self.copied.is_empty() || self.random.random_bool(0.8) {
            self.in_transaction(client, open, Operation::Commit, End::Ok);
            self.resolve(open, Fate::Committed);
            self.copied.insert(at, next);
        } else {
            self.in_transaction(client, open, Operation::Abort, End::Ok);
            self.resolve(open, Fate::Aborted);
            let back = self.copied.get(&at).copied().unwrap_or(0);
            self.positions.insert((client.to_owned(), at), back);
            let (event, partitions) = (Some(Happening::Seek), vec![place(at, None)]);
            self.add(Line { event, client: Some(client.into()), partitions, ..Line::default() });
        }
    }

    fn watermarks(&mut self, at: At) {
        let (last_stable, high_watermark) =
            (Some(self.last_stable(at)), Some(self.logs[&at].len() as u64));
        let state = Some(State::Watermarks);
        self.add(Line { last_stable, high_watermark, ..partition(at, state) });
    }

    fn finish(&mut self) {
        for client in ["t0", "t1", "t2"] {
            self.abort(client);
        }
        for at in PARTITIONS {
            // The copier works everything off.
            while self.copied.get(&at).copied().unwrap_or(0) < self.logs[&at].len() as u64 {
                self.copy(at);
            }
        }
        for at in [PARTITIONS[0], PARTITIONS[1], PARTITIONS[2], OUT] {
            let end = self.logs[&at].len() as u64;
            while self.positions.get(&("final".to_owned(), at)).copied().unwrap_or(0) < end {
                self.poll("final", at, end, None);
            }
            let line = Line {
                to: Some(end),
                high_watermark: Some(end),
                ..partition(at, Some(State::FinalRead))
            };
            self.add(line);
            for broker in 1..=3 {
                let slots = self.logs[&at].iter().enumerate();
                let records = slots.map(|(offset, slot)| Record {
                    offset: offset as u64,
                    message: slot.message.as_ref().map(|(message, _)| message.clone().into()),
                    digest: slot.message.as_ref().map(|(_, digest)| *digest),
                });
                let records = records.collect();
                let (from, to) = (Some(0), Some(end));
                let state = Some(State::Replica);
                self.add(Line { broker: Some(broker), from, to, records, ..partition(at, state) });
            }
        }
    }

    /// Lets time pass before the next line.
    pub fn pass(&mut self, seconds: u64) {
        self.now_ns += seconds * 1_000_000_000;
    }

    /// The end of a partition's log.
    pub fn end_of(&self, at: At) -> u64 {
        self.logs[&at].len() as u64
    }
}

/// A line about a partition.
pub fn partition(at: At, state: Option<State>) -> Line<'static> {
    Line { state, topic: Some(at.0.into()), partition: Some(at.1), ..Line::default() }
}

/// A partition in a list.
pub fn place(at: At, offset: Option<u64>) -> Place<'static> {
    Place { topic: at.0.into(), partition: at.1, offset }
}

/// An offset to commit.
pub fn offsets(group: &str, at: At, offset: u64) -> Line<'static> {
    let partitions = vec![place(at, Some(offset))];
    Line { group: Some(group.to_owned().into()), partitions, ..Line::default() }
}

/// Lines as a file has them.
pub fn to_text(lines: &Lines) -> Vec<u8> {
    let mut text = b"{\"format\":\"kafka-trial-history\",\"version\":1}\n".to_vec();
    for line in lines {
        serde_json::to_writer(&mut text, line).expect("JSON");
        text.push(b'\n');
    }
    text
}
