//! Lines that are no operations: events, what was looked up, declarations.

use std::collections::VecDeque;

use super::{Assembler, missing, need, row_number};
use crate::checker::history::{
    ClientId, End, Fault, FinalRead, Flow, GroupOffset, Isolation, Limits, LogStart, NEVER,
    NO_OFFSET, NONE, OffsetKind, Replica, ReplicaRecord, Stored, TopicLife, TopicSettings, Turn,
    Watermark,
};
use crate::history::line::{Declare, Happening, Line, Place, State};

impl Assembler {
    pub(super) fn event(&mut self, event: Happening, line: &Line<'_>) -> Result<(), String> {
        match event {
            Happening::Assign | Happening::Revoke | Happening::Crash | Happening::Seek => {
                let client = self.client(need(line.client.as_deref(), "client")?);
                let before = row_number(self.history.reads.len())?;
                let seek = event == Happening::Seek;
                let (at_ns, part) = (self.now_ns, self.part);
                if event == Happening::Crash {
                    self.history.crashes.push((client, at_ns));
                }
                let turn = |partition| Turn { before, at_ns, part, client, partition, seek };
                if line.partitions.is_empty() {
                    self.history.turns.push(turn(NONE));
                }
                for Place { topic, partition, .. } in &line.partitions {
                    let partition = self.partition(topic, Some(*partition));
                    self.history.turns.push(turn(partition));
                }
            }
            Happening::Reset => self.group_offset(OffsetKind::Reset, line)?,
            Happening::Process => {
                let client = self.client(need(line.client.as_deref(), "client")?);
                let source = self.message(need(line.source.as_deref(), "source")?)?;
                let group =
                    line.group.as_ref().map_or(NONE, |group| self.history.names.intern(group));
                let at_ns = self.now_ns;
                self.history.results.push(Stored { source, client, group, at_ns });
            }
            Happening::Fault => {
                let what = self.history.names.intern(need(line.fault.as_deref(), "fault")?);
                let from_ns = self.now_ns;
                let fault = Fault { what, from_ns, to_ns: NEVER, without_effect: false };
                self.active_faults.entry(what).or_default().push_back(self.history.faults.len());
                self.history.faults.push(fault);
            }
            Happening::Heal => {
                let name = need(line.fault.as_deref(), "fault")?;
                let what = self.history.names.intern(name);
                let first = self.active_faults.get_mut(&what).and_then(VecDeque::pop_front);
                let fault = first.and_then(|row| self.history.faults.get_mut(row));
                let fault = fault.ok_or_else(|| format!("fault `{name}` is not active"))?;
                fault.to_ns = self.now_ns;
                fault.without_effect = need(line.evidence.as_deref(), "evidence")?.is_empty();
            }
            Happening::TopicCreated | Happening::TopicDeleted => {
                let topic = self.history.names.intern(need(line.topic.as_deref(), "topic")?);
                let id = line.topic_id.as_ref().map(|id| self.history.names.intern(id));
                let (at_ns, created) = (self.now_ns, event == Happening::TopicCreated);
                self.history.topic_lives.push(TopicLife { topic, id, at_ns, created });
            }
            Happening::RecordsDeleted => {
                let partition = self.place(line)?;
                let offset = line.offset.ok_or_else(|| missing("offset"))?;
                let at_ns = self.now_ns;
                self.history.log_starts.push(LogStart { partition, at_ns, offset });
            }
            Happening::PartitionsAdded => {
                // Every partition is judged by what was sent to it and read from it, whenever it came to be.
                self.topic(need(line.topic.as_deref(), "topic")?);
                line.partitions_count.ok_or_else(|| missing("partitions_count"))?;
            }
        }
        Ok(())
    }

    pub(super) fn group_offset(&mut self, kind: OffsetKind, line: &Line<'_>) -> Result<(), String> {
        let (group, partition) = (need(line.group.as_deref(), "group")?, self.place(line)?);
        let offset = match kind {
            OffsetKind::Reset => line.offset.unwrap_or(NO_OFFSET),
            _ => line.offset.ok_or_else(|| missing("offset"))?,
        };
        let group = self.history.names.intern(group);
        self.history.group_offsets.push(GroupOffset {
            group,
            partition,
            offset,
            start_ns: self.now_ns,
            end_ns: self.now_ns,
            client: NONE,
            transaction: NONE,
            outcome: End::Ok,
            kind,
        });
        Ok(())
    }

    pub(super) fn state(&mut self, state: State, line: &Line<'_>) -> Result<(), String> {
        let high_watermark = || line.high_watermark.ok_or_else(|| missing("high_watermark"));
        match state {
            State::GroupOffset => return self.group_offset(OffsetKind::Observed, line),
            State::FinalRead => {
                let client = line.client.as_ref().map_or(NONE, |client| self.client(client));
                let found = FinalRead {
                    client,
                    at_ns: self.now_ns,
                    before: row_number(self.history.reads.len())?,
                    part: self.part,
                    partition: self.place(line)?,
                    log_start: line.log_start.unwrap_or(0),
                    to: line.to.ok_or_else(|| missing("to"))?,
                    high_watermark: high_watermark()?,
                    last_stable: line.last_stable.unwrap_or(NO_OFFSET),
                };
                self.history.final_reads.push(found);
            }
            State::Watermarks => {
                let sample = Watermark {
                    partition: self.place(line)?,
                    at_ns: self.now_ns,
                    last_stable: line.last_stable.ok_or_else(|| missing("last_stable"))?,
                    high_watermark: high_watermark()?,
                };
                self.history.watermarks.push(sample);
            }
            State::Replica => self.replica(line)?,
        }
        Ok(())
    }

    pub(super) fn replica(&mut self, line: &Line<'_>) -> Result<(), String> {
        let partition = self.place(line)?;
        let broker = line.broker.ok_or_else(|| missing("broker"))?;
        let from = line.from.ok_or_else(|| missing("from"))?;
        let to = line.to.ok_or_else(|| missing("to"))?;
        let first = row_number(self.history.replica_records.len())?;
        let mut last = None;
        for record in &line.records {
            if let Some(last) = last.filter(|last| *last >= record.offset) {
                return Err(format!("offset {} after offset {last}", record.offset));
            }
            if !(from..to).contains(&record.offset) {
                return Err(format!("offset {} is not from {from} to {to}", record.offset));
            }
            last = Some(record.offset);
            let message = record.message.as_ref().map(|message| self.message(message));
            let message = message.transpose()?.unwrap_or(NONE);
            self.history.replica_records.push(ReplicaRecord {
                offset: record.offset,
                message,
                digest: record.digest,
            });
        }
        let rows = (first, row_number(self.history.replica_records.len())?);
        let at_ns = self.now_ns;
        self.history.replicas.push(Replica { partition, broker, from, to, rows, at_ns });
        Ok(())
    }

    pub(super) fn declare(&mut self, declare: Declare, line: &Line<'_>) -> Result<(), String> {
        match declare {
            Declare::Client => {
                let id = self.client(need(line.client.as_deref(), "client")?);
                self.declare_client(id, line);
            }
            Declare::Topic => {
                let name = need(line.topic.as_deref(), "topic")?;
                let settings = TopicSettings {
                    log: self.topic(name),
                    topic: self.history.names.intern(name),
                    id: line.topic_id.as_ref().map(|id| self.history.names.intern(id)),
                    at_ns: self.now_ns,
                    min_insync_replicas: line.min_insync_replicas,
                    unclean_election: line.unclean_election,
                    message_format: line.message_format,
                    cleanup_policy: line.cleanup_policy,
                    retention_ms: line.retention_ms,
                    retention_bytes: line.retention_bytes,
                    delete_retention_ms: line.delete_retention_ms,
                };
                self.history.topic_settings.push(settings);
            }
            Declare::Flow => {
                let flow = Flow {
                    from: self.topic(need(line.topic.as_deref(), "topic")?),
                    to: line.to_topic.as_ref().map(|topic| self.topic(topic)),
                    group: self.history.names.intern(need(line.group.as_deref(), "group")?),
                    exactly_once: line.exactly_once.unwrap_or(true),
                };
                self.history.flows.push(flow);
            }
            Declare::Limits => {
                let limits = Limits {
                    topic: line.topic.as_ref().map(|topic| self.topic(topic)),
                    stuck_ms: line.stuck_ms,
                    writes_unavailable_ms: line.writes_unavailable_ms,
                    reads_unavailable_ms: line.reads_unavailable_ms,
                };
                self.history.limits.push(limits);
            }
        }
        Ok(())
    }
}

/// What lines have declared of a client.
#[derive(Debug, Default)]
pub(super) struct Declared {
    isolation: Option<Isolation>,
    idempotence: Option<bool>,
    max_in_flight: Option<u32>,
    acks: Option<i16>,
    transaction_timeout_ms: Option<u64>,
    final_reader: Option<bool>,
}

impl Assembler {
    /// A client has the same settings as long as it lives. Of two that contradict each other, the one that promises
    /// less counts, whichever came first.
    fn declare_client(&mut self, id: ClientId, line: &Line<'_>) {
        let client = &mut self.history.clients[id as usize];
        let declared = self.declared.entry(id).or_default();
        let mut contradicted = false;
        let promise = |isolation: &Isolation| *isolation == Isolation::ReadCommitted;
        contradicted |=
            set(&mut client.isolation, &mut declared.isolation, line.isolation, promise);
        contradicted |=
            set(&mut client.idempotence, &mut declared.idempotence, line.idempotence, |it| *it);
        let fewer = |number: &u32| std::cmp::Reverse(*number);
        contradicted |=
            set(&mut client.max_in_flight, &mut declared.max_in_flight, line.max_in_flight, fewer);
        contradicted |=
            set(&mut client.acks, &mut declared.acks, line.acks, |acks| (*acks == -1, *acks));
        let sooner = |ms: &u64| std::cmp::Reverse(*ms);
        contradicted |= set(
            &mut client.transaction_timeout_ms,
            &mut declared.transaction_timeout_ms,
            line.transaction_timeout_ms,
            sooner,
        );
        contradicted |=
            set(&mut client.final_reader, &mut declared.final_reader, line.final_reader, |it| *it);
        // Producers switch idempotence off by themselves where other settings do not go with it.
        if declared.idempotence.is_none() {
            client.idempotence = client.acks == -1 && client.max_in_flight <= 5;
        }
        if contradicted {
            let name = self.history.names.get(self.history.clients[id as usize].name);
            let told =
                format!("client {name} was declared with settings that contradict each other");
            if !self.history.contradictions.contains(&told) {
                self.history.contradictions.push(told);
            }
        }
    }
}

/// Sets what is new; whether it contradicts what was declared before. The smaller `promise` counts then.
fn set<T: Copy + PartialEq, P: Ord>(
    setting: &mut T,
    declared: &mut Option<T>,
    value: Option<T>,
    promise: impl Fn(&T) -> P,
) -> bool {
    let Some(value) = value else { return false };
    let before = declared.replace(value);
    let kept = before.filter(|before| promise(before) <= promise(&value)).unwrap_or(value);
    *declared = Some(kept);
    *setting = kept;
    before.is_some_and(|before| before != value)
}
