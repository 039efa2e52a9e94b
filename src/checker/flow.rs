//! Consume, transform, produce: each input has one result.

use rustc_hash::FxHashMap;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::compaction::Removed;
use super::findings::Findings;
use super::flow_results::{Results, Tally};
use super::group_progress::Progress;
use super::history::{
    ClientId, Fate, Flow, MessageId, NEVER, NO_OFFSET, NONE, PartitionId, ReadRow,
};
use super::index::Index;
use super::intern::TextId;
use super::old_members::OldMembers;

/// Every input that the flow's group has committed past has a result.
pub fn unprocessed(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let progress = Progress::new(index);
    let old_members = OldMembers::new(index);
    each_input(index, |flow, input| {
        if input.results.sure > 0 {
            return;
        }
        let (partition, offset) = index.history.reads.place(input.read);
        let of = progress.of(flow.group, partition);
        let past_ns = of.and_then(|of| of.past_since_ns(offset));
        let behind = past_ns.is_none();
        let removed = input.removed(index, behind, past_ns.unwrap_or(NEVER));
        // Where its log lost its end, the group may be left behind what was written there anew.
        let cut = index.is_cut_below(partition, offset.saturating_add(1));
        let facts = facts(index, flow, partition)
            .with(Fact::FlowBehind, behind)
            .with(Fact::AcksNotAll, cut || input.results.lost_without_acks)
            .with(Fact::MadeAnew, old_members.may_go_on(index, partition, flow.group))
            .with(Fact::ResultUnknown, input.results.perhaps > 0)
            .with(Fact::Reset, of.is_some_and(|of| of.was_moved_over(offset)))
            .with(Fact::InputRemoved, removed == Some(true))
            .with(Fact::InputPerhapsRemoved, removed == Some(false));
        findings.add(facts, 0, || index.example_of_read(input.read, input.describe(index, flow)));
    })
}

/// No input has more than one result, or one for each record where it is there more than once. Results of transactions
/// that were aborted do not count. A group that was reset works off again what is behind that.
pub fn reprocessed(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let progress = Progress::new(index);
    each_input(index, |flow, input| {
        if input.results.sure <= input.copies {
            return;
        }
        let (partition, _) = index.history.reads.place(input.read);
        let Tally { span, sure, .. } = input.results;
        let again = progress
            .of(flow.group, partition)
            .map_or(0, |of| of.moved_back_between(input.highest, span, sure));
        let reset = input.results.sure <= input.copies.saturating_mul(again.saturating_add(1));
        // A group that is thrown back begins anew, wherever the log was cut.
        let cut = index.is_cut_below(partition, NO_OFFSET);
        let facts =
            facts(index, flow, partition).with(Fact::Reset, reset).with(Fact::AcksNotAll, cut);
        findings.add(facts, u64::from(input.results.sure), || {
            index.example_of_read(input.read, input.describe(index, flow))
        });
    })
}

/// One message of a flow's input.
struct Input<'i> {
    /// A read of it.
    read: ReadRow,
    /// At how many places it is known to have been.
    copies: u32,
    /// The last of them, to which a reset may have gone back alone.
    highest: u64,
    results: Tally,
    /// Clients of the flow's group that were recorded.
    clients: &'i [ClientId],
}

/// Calls back for each input of each flow. Inputs are the messages that somebody read and that were not aborted.
fn each_input(index: &Index<'_>, mut judge: impl FnMut(&Flow, &Input<'_>)) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    if history.flows.is_empty() {
        return compared;
    }
    let copies = copies(index);
    let groups = clients_of_groups(index);
    let results = Results::new(index);
    let inputs = inputs(index);
    for flow in &history.flows {
        let from = history.topics[flow.from as usize].name;
        let clients = groups.get(&flow.group).map_or(&[][..], Vec::as_slice);
        for read in inputs.get(&from).into_iter().flatten() {
            compared.count();
            let (_, offset) = history.reads.place(*read);
            let message = history.reads.message[*read as usize];
            let (copies, highest) = copies.get(&message).copied().unwrap_or((1, offset));
            let results = results.of(index, flow, message);
            judge(flow, &Input { read: *read, copies, highest, results, clients });
        }
        // A flow of whose input nothing was read has something to compare, and compared nothing.
        compared.subjects += 1;
    }
    compared
}

/// For each name of a topic that a flow reads from a read of each of its messages that was not aborted.
fn inputs(index: &Index<'_>) -> FxHashMap<TextId, Vec<ReadRow>> {
    let history = index.history;
    let from = history.flows.iter().map(|flow| history.topics[flow.from as usize].name);
    let mut inputs: FxHashMap<TextId, Vec<ReadRow>> = from.map(|it| (it, Vec::new())).collect();
    for read in index.first_read.iter().filter(|read| **read != NONE) {
        let (partition, _) = history.reads.place(*read);
        let send = history.send_of[history.reads.message[*read as usize] as usize];
        let fate = (send != NONE).then(|| index.fate_of_send(send)).flatten();
        if matches!(fate, None | Some(Fate::Committed))
            && let Some(inputs) = inputs.get_mut(&index.topic_name(partition))
        {
            inputs.push(*read);
        }
    }
    inputs
}

impl Input<'_> {
    /// Whether it was removed before the flow's group came past it; `Some(false)` where that is not sure. A group that
    /// never did will not come to it any more, whoever has tried.
    fn removed(&self, index: &Index<'_>, behind: bool, past_ns: u64) -> Option<bool> {
        let history = index.history;
        let (partition, offset) = history.reads.place(self.read);
        let send = history.send_of[history.reads.message[self.read as usize] as usize];
        let removed = if offset < index.log_start_by(partition, past_ns) {
            Removed::Yes
        } else if send == NONE {
            Removed::No
        } else {
            index.removed_by_cleaner(send, past_ns)
        };
        if removed == Removed::No {
            return None;
        }
        let rows = index.reads.of(partition);
        let at = |row: &ReadRow| history.reads.offset[*row as usize];
        let from = rows.partition_point(|row| at(row) < offset);
        let mut readers = rows[from..].iter().take_while(|row| at(row) == offset);
        // An attempt that was aborted, or may have been, came to it and does not count.
        let counts = |id: u32| id == NONE || index.fate(id) == Fate::Committed;
        let took = |row: &ReadRow| {
            let poll = history.poll_of(*row);
            self.clients.binary_search(&poll.client).is_ok() && counts(poll.transaction)
        };
        if !behind && readers.any(took) {
            return None;
        }
        Some(removed == Removed::Yes && (behind || !self.clients.is_empty()))
    }

    fn describe(&self, index: &Index<'_>, flow: &Flow) -> String {
        let (partition, offset) = index.history.reads.place(self.read);
        let results = match self.results.sure {
            0 => "no result".into(),
            results => format!("{results} results"),
        };
        let to = flow.to.map(|topic| index.history.topics[topic as usize].name);
        format!(
            "{} in {} has {results}{}",
            index.message(index.history.reads.message[self.read as usize]),
            index.place(partition, offset),
            to.map(|name| format!(" in {}", index.name(name))).unwrap_or_default(),
        )
    }
}

/// For each message that was at more than one place, at how many, and the highest offset.
fn copies(index: &Index<'_>) -> FxHashMap<u32, (u32, u64)> {
    let history = index.history;
    let mut copies: FxHashMap<u32, (u32, u64)> = FxHashMap::default();
    let mut before = None;
    for row in index.reads.all() {
        let message = history.reads.message[*row as usize];
        let place = history.reads.place(*row);
        let first = index.first_read[message as usize];
        if before.replace((place, message)) == Some((place, message)) || first == NONE {
            continue;
        }
        let first = history.reads.place(first);
        let topic = |partition: u32| history.partitions[partition as usize].topic;
        if place != first && topic(place.0) == topic(first.0) {
            let copies = copies.entry(message).or_insert((1, first.1));
            *copies = (copies.0 + 1, copies.1.max(place.1));
        }
    }
    for (message, send) in (0..).zip(&history.send_of) {
        let first = index.first_read[message as usize];
        if *send == NONE || first == NONE {
            continue;
        }
        let offset = history.sends.offset[*send as usize];
        let acknowledged = (history.sends.partition[*send as usize], offset);
        let first = history.reads.place(first);
        // Acknowledged where nobody has read it.
        if offset != NO_OFFSET
            && acknowledged.0 == first.0
            && offset != first.1
            && !is_read_at(index, message, acknowledged)
        {
            let copies = copies.entry(message).or_insert((1, first.1));
            *copies = (copies.0 + 1, copies.1.max(offset));
        }
    }
    copies
}

/// Whether anybody has read a message at a place.
fn is_read_at(index: &Index<'_>, message: MessageId, (partition, offset): (u32, u64)) -> bool {
    let reads = &index.history.reads;
    let rows = index.reads.of(partition);
    let at = |row: &ReadRow| reads.offset[*row as usize];
    let from = rows.partition_point(|row| at(row) < offset);
    let mut there = rows[from..].iter().take_while(|row| at(row) == offset);
    there.any(|row| reads.message[*row as usize] == message)
}

/// For each group the clients that have committed its offsets.
fn clients_of_groups(index: &Index<'_>) -> FxHashMap<TextId, Vec<ClientId>> {
    let mut groups: FxHashMap<TextId, Vec<ClientId>> = FxHashMap::default();
    for it in index.history.group_offsets.iter().filter(|it| it.client != NONE) {
        groups.entry(it.group).or_default().push(it.client);
    }
    for clients in groups.values_mut() {
        clients.sort_unstable();
        clients.dedup();
    }
    groups
}

/// A log may have lost its end since something was sent there, and until somebody last looked.
fn facts(index: &Index<'_>, flow: &Flow, input: PartitionId) -> Facts {
    let topic = |topic: u32| index.history.topics[topic as usize].name;
    let topics = [Some(index.topic_name(input)), flow.to.map(topic)];
    let any = |holds: &dyn Fn(TextId, (u64, u64)) -> bool| {
        topics.into_iter().flatten().any(|topic| holds(topic, index.in_use(topic)))
    };
    Facts::default()
        .with(Fact::NotExactlyOnce, !flow.exactly_once)
        .with(Fact::UncleanElection, any(&|it, span| index.settings.unclean_anywhere(it, span)))
        .with(
            Fact::MinIsrBelowTwo,
            any(&|it, span| index.settings.min_isr_below_two_anywhere(it, span)),
        )
}
