//! Joins starts with their ends and turns lines into the rows of a [`History`].

mod facts;
mod incarnations;
mod names;
mod pending;
mod polls;
mod room;
mod transactions;
mod turns;

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use pending::{AllPending, Pending};

use super::line::{End, Line, Operation};
use super::step::Step;
use crate::checker::clock::{is_on_clock, on_clock, place_in_file};
use crate::checker::history::{
    ClientId, GroupOffset, History, NEVER, NO_OFFSET, NONE, OffsetKind, PartStart, PartitionId,
    TransactionId, is_before,
};
use crate::checker::intern::Interner;

/// How many contradictions are reported.
const CONTRADICTIONS: usize = 5;

/// A history in the making. Errors are fragments that complete "line N: …".
#[derive(Debug, Default)]
pub struct Assembler {
    history: History,
    /// Names of clients; their numbers are rows of clients.
    clients: Interner,
    /// Rows of clients that were named before, by the last bytes of their names.
    recent_clients: [ClientId; 16],
    topics: FxHashMap<u32, u32>,
    /// The row of the topic that was named last.
    last_topic: u32,
    partitions: FxHashMap<(u32, Option<u32>), PartitionId>,
    /// Partitions that were named before, by their numbers.
    recent_partitions: [PartitionId; 16],
    transactions: FxHashMap<(ClientId, u64), TransactionId>,
    /// The last id of each client, and in which file that was.
    last_id: Vec<(u32, u64)>,
    pending: AllPending,
    /// Commits that ended with ok: of which transaction, from when to when.
    committed: Vec<(TransactionId, u64, u64)>,
    /// For each client its last row of empty polls, until it polls something.
    in_vain: Vec<u32>,
    /// Clients that were declared, with what the first line said.
    declared: FxHashMap<ClientId, facts::Declared>,
    /// Rows of faults that were not healed yet, by their names, the oldest first.
    active_faults: FxHashMap<u32, VecDeque<usize>>,
    now_ns: u64,
    /// The number of this file, from 1, and of its lines so far.
    part: u32,
    line: u64,
    /// First declaration of a topic in this file.
    first_setting: usize,
}

impl Assembler {
    /// A further file begins. Until a line has a time, lines have only their places in it.
    pub fn begin_part(&mut self) {
        self.part += 1;
        self.line = 0;
        self.now_ns = place_in_file(u64::from(self.part), 0);
        self.first_setting = self.history.topic_settings.len();
        let row = |length: usize| u32::try_from(length).unwrap_or(NONE);
        let (sends, reads) = (row(self.history.sends.len()), row(self.history.reads.len()));
        self.history.parts.push(PartStart { sends, reads });
    }

    /// The time of a line.
    fn tick(&mut self, mono_ns: Option<u64>, wall_ms: Option<u64>) {
        self.line += 1;
        if let (Some(mono), Some(wall), None) = (mono_ns, wall_ms, self.history.wall_offset_ms) {
            self.history.wall_offset_ms =
                Some(wall.cast_signed().wrapping_sub((mono / 1_000_000).cast_signed()));
        }
        let was_on_clock = is_on_clock(self.now_ns);
        self.now_ns = match mono_ns {
            Some(mono_ns) => on_clock(mono_ns),
            None if was_on_clock => on_clock(self.now_ns + 1),
            None => place_in_file(u64::from(self.part), self.line),
        };
        if !was_on_clock && is_on_clock(self.now_ns) {
            // What a file declares before its first time holds from the beginning.
            for settings in &mut self.history.topic_settings[self.first_setting..] {
                settings.at_ns = 0;
            }
        }
    }

    /// Keeps lines that cannot all be true; of many the first few will do.
    fn contradict(&mut self, told: String) {
        if self.history.contradictions.len() < CONTRADICTIONS {
            self.history.contradictions.push(told);
        }
    }

    /// Keeps something that the verdict should mention.
    pub fn note(&mut self, note: String) {
        self.history.notes.push(note);
    }

    /// Adds one line behind the header.
    ///
    /// # Errors
    /// What is missing or does not fit the lines before.
    pub fn add(&mut self, line: &Line<'_>) -> Result<(), String> {
        self.tick(line.mono_ns, line.wall_ms);
        match (line.start, line.end, line.event, line.state, line.declare) {
            (Some(operation), None, None, None, None) => self.start(operation, &Step::of(line)),
            (None, Some(end), None, None, None) => self.end(end, &Step::of(line)),
            (None, None, Some(event), None, None) => self.event(event, line),
            (None, None, None, Some(state), None) => self.state(state, line),
            (None, None, None, None, Some(declare)) => self.declare(declare, line),
            (None, None, None, None, None) => {
                Err("a line needs one of start, end, event, state and declare".into())
            }
            _ => Err("a line can have only one of start, end, event, state and declare".into()),
        }
    }

    /// Adds what a line says that has either `start` or `end`, and no other kind.
    pub(super) fn add_step(&mut self, step: &Step<'_>) -> Result<(), String> {
        self.tick(step.mono_ns, step.wall_ms);
        match (step.start, step.end) {
            (Some(operation), _) => self.start(operation, step),
            (None, Some(end)) => self.end(end, step),
            (None, None) => Err(missing("start")),
        }
    }

    /// Names of the topics that somebody has sent to.
    pub fn topics_sent_to(&self) -> Vec<String> {
        let history = &self.history;
        let mut sent_to = vec![false; history.topics.len()];
        for partition in &history.sends.partition {
            sent_to[history.partitions[*partition as usize].topic as usize] = true;
        }
        let topics = history.topics.iter().zip(sent_to).filter(|(_, sent_to)| *sent_to);
        topics.map(|(topic, _)| history.names.get(topic.name).to_owned()).collect()
    }

    /// Whether there are transactions.
    pub fn has_transactions(&self) -> bool {
        !self.history.transactions.is_empty()
    }

    /// The history; what has no end is unknown.
    pub fn finish(mut self) -> History {
        let pending = std::mem::take(&mut self.pending);
        for pending in pending.all() {
            match *pending {
                Pending::Commit { id, start_ns } => self.end_commit(id, start_ns, End::Unknown),
                Pending::Abort { id, start_ns } => self.end_abort(id, start_ns, End::Unknown),
                _ => {}
            }
        }
        let count = pending.all().count();
        if count > 0 {
            self.note(format!("operations without an end, judged as unknown: {count}"));
        }
        self.commits_are_done();
        self.tell_double_ends();
        self.split_topics();
        self.place_turns();
        self.history
    }

    fn start(&mut self, operation: Operation, step: &Step<'_>) -> Result<(), String> {
        let client = self.client(need(step.client, "client")?);
        let id = step.id.ok_or_else(|| missing("id"))?;
        let last = &mut self.last_id[client as usize];
        if last.0 == self.part && last.1 >= id {
            let name = need(step.client, "client")?;
            return Err(format!("id {id} of client `{name}` does not ascend"));
        }
        *last = (self.part, id);
        let transaction = match (operation, step.transaction) {
            (Operation::Begin, Some(number)) => self.begin(client, number)?,
            (
                Operation::Begin | Operation::Commit | Operation::Abort | Operation::SendOffsets,
                None,
            ) => {
                return Err(missing("transaction"));
            }
            (_, Some(number)) => self.transaction(client, number),
            (_, None) => NONE,
        };
        if matches!(operation, Operation::Send | Operation::SendOffsets) && transaction != NONE {
            let row = &mut self.history.transactions[transaction as usize];
            row.first_start_ns = row.first_start_ns.min(self.now_ns);
        }
        let pending = match operation {
            Operation::Send => self.start_send(client, transaction, step)?,
            Operation::Poll => Pending::Poll { start_ns: self.now_ns, transaction },
            Operation::Begin => Pending::Begin { start_ns: self.now_ns },
            Operation::Commit => Pending::Commit { id: transaction, start_ns: self.now_ns },
            Operation::Abort => Pending::Abort { id: transaction, start_ns: self.now_ns },
            Operation::SendOffsets | Operation::CommitOffsets => {
                self.start_offsets(client, transaction, step)?
            }
        };
        if !self.pending.start(client, id, pending) {
            let name = need(step.client, "client")?;
            return Err(format!("id {id} of client `{name}` has started before and not ended"));
        }
        Ok(())
    }

    fn start_send(
        &mut self,
        client: ClientId,
        transaction: TransactionId,
        step: &Step<'_>,
    ) -> Result<Pending, String> {
        let topic = need(step.topic, "topic")?;
        let partition = self.partition(topic, step.partition);
        let name = need(step.message, "message")?;
        let message = self.message(name)?;
        let row = row_number(self.history.sends.len())?;
        let send_of = &mut self.history.send_of[message as usize];
        if *send_of != NONE {
            return Err(format!(
                "message `{name}` was sent before: each send needs one of its own"
            ));
        }
        *send_of = row;
        let source = step.source.map(|source| self.message(source)).transpose()?;
        let key = step.key.map(|key| self.history.names.intern(key));
        let sends = &mut self.history.sends;
        sends.message.push(message);
        sends.partition.push(partition);
        sends.client.push(client);
        sends.transaction.push(transaction);
        sends.offset.push(NO_OFFSET);
        sends.start_ns.push(self.now_ns);
        sends.end_ns.push(NEVER);
        sends.outcome.push(End::Unknown);
        sends.digest.push(step.digest);
        if step.tombstone == Some(true) {
            sends.tombstones.push(row);
        }
        push_sparse(&mut sends.key, row, key);
        push_sparse(&mut sends.source, row, source);
        Ok(Pending::Send(row))
    }

    fn start_offsets(
        &mut self,
        client: ClientId,
        transaction: TransactionId,
        step: &Step<'_>,
    ) -> Result<Pending, String> {
        let group = self.history.names.intern(need(step.group, "group")?);
        if step.partitions.is_empty() {
            return Err(missing("partitions"));
        }
        let from = self.history.group_offsets.len();
        for place in step.partitions {
            let offset = place.offset.ok_or_else(|| missing("offset"))?;
            let partition = self.partition(&place.topic, Some(place.partition));
            self.history.group_offsets.push(GroupOffset {
                group,
                partition,
                offset,
                start_ns: self.now_ns,
                end_ns: NEVER,
                client,
                transaction,
                outcome: End::Unknown,
                kind: OffsetKind::Committed,
            });
        }
        Ok(Pending::Offsets { from, to: self.history.group_offsets.len() })
    }

    fn end(&mut self, end: End, step: &Step<'_>) -> Result<(), String> {
        let name = need(step.client, "client")?;
        let client = self.client(name);
        let id = step.id.ok_or_else(|| missing("id"))?;
        let pending = self.pending.end(client, id).ok_or_else(|| {
            format!("nothing of client `{name}` with id {id} has started and not ended")
        })?;
        if is_before(self.now_ns, pending.start_ns(&self.history)) {
            self.contradict(format!("operation {id} of client {name} ends before it starts"));
        }
        match pending {
            Pending::Send(row) => self.end_send(row as usize, end, step),
            Pending::Poll { start_ns, transaction } => {
                return self.end_poll(client, start_ns, transaction, step);
            }
            Pending::Begin { .. } => {}
            Pending::Commit { id, start_ns } => {
                self.end_commit(id, start_ns, end);
                if end == End::Ok {
                    self.committed.push((id, start_ns, self.now_ns));
                }
            }
            Pending::Abort { id, start_ns } => self.end_abort(id, start_ns, end),
            Pending::Offsets { from, to } => {
                for row in &mut self.history.group_offsets[from..to] {
                    row.end_ns = self.now_ns;
                    row.outcome = end;
                }
                let first = self.history.group_offsets[from];
                self.done_in(first.transaction, (first.start_ns, self.now_ns), end);
            }
        }
        Ok(())
    }

    fn end_send(&mut self, row: usize, end: End, step: &Step<'_>) {
        let (transaction, start_ns) =
            (self.history.sends.transaction[row], self.history.sends.start_ns[row]);
        self.done_in(transaction, (start_ns, self.now_ns), end);
        if let Some(number) = step.partition {
            let known = self.history.partitions[self.history.sends.partition[row] as usize];
            if let Some(stated) = known.number.filter(|stated| *stated != number) {
                let message = self.history.messages.get(self.history.sends.message[row]);
                let told = format!(
                    "the send of {message} begins with partition {stated} and ends with partition {number}"
                );
                self.contradict(told);
            }
            if known.number != Some(number) {
                let partition = self.partition_of(known.topic, Some(number));
                self.history.sends.partition[row] = partition;
            }
        }
        let sends = &mut self.history.sends;
        sends.outcome[row] = end;
        sends.end_ns[row] = self.now_ns;
        if end == End::Ok {
            sends.offset[row] = step.offset.unwrap_or(NO_OFFSET);
        }
    }
}

/// The stronger of two outcomes of the same request.
fn merge(known: &mut Option<End>, new: End) {
    let strength = |end: &End| match end {
        End::Failed => 0,
        End::Unknown => 1,
        End::Ok => 2,
    };
    if known.as_ref().is_none_or(|known| strength(known) < strength(&new)) {
        *known = Some(new);
    }
}

/// Fills a column that stays empty until its first value.
fn push_sparse(column: &mut Vec<u32>, row: u32, value: Option<u32>) {
    if value.is_some() && column.is_empty() {
        column.resize(row as usize, NONE);
    }
    if value.is_some() || !column.is_empty() {
        column.push(value.unwrap_or(NONE));
    }
}

pub(super) fn missing(field: &str) -> String {
    format!("needs `{field}`")
}

pub(super) fn need<'l>(field: Option<&'l str>, name: &str) -> Result<&'l str, String> {
    field.ok_or_else(|| missing(name))
}

/// Rows are numbered with 32 bits, the last of which means "none".
pub(super) fn row_number(row: usize) -> Result<u32, String> {
    u32::try_from(row)
        .ok()
        .filter(|row| *row < NONE)
        .ok_or_else(|| format!("a history can have {} rows of one kind at most", NONE - 1))
}
