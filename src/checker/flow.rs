//! Consume, transform, produce: each input has one result.

use rustc_hash::FxHashMap;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::findings::Findings;
use super::history::{End, Fate, Flow, NONE, OffsetKind, PartitionId, ReadRow};
use super::index::Index;
use super::intern::TextId;

/// Every input that the flow's group has committed past has a result.
pub fn unprocessed(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let committed = committed(index);
    each_input(index, |flow, read, results| {
        if results > 0 {
            return;
        }
        let (partition, offset) = index.history.reads.place(read);
        let behind = committed.get(&(flow.group, partition)).is_none_or(|next| *next <= offset);
        let facts = facts(flow).with(Fact::FlowBehind, behind);
        findings.add(facts, 0, || index.example_of_read(read, describe(index, flow, read, 0)));
    })
}

/// No input has more than one result. Results of transactions that were aborted do not count.
pub fn reprocessed(index: &Index<'_>, findings: &mut Findings) -> Compared {
    each_input(index, |flow, read, results| {
        if results > 1 {
            findings.add(facts(flow), u64::from(results), || {
                index.example_of_read(read, describe(index, flow, read, results))
            });
        }
    })
}

/// Calls back for each input of each flow with one read of it and the number of its results.
/// Inputs are the messages that somebody read and that were not aborted.
fn each_input(index: &Index<'_>, mut judge: impl FnMut(&Flow, ReadRow, u32)) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    for flow in &history.flows {
        let results = results(index, flow);
        for read in index.first_read.iter().filter(|read| **read != NONE) {
            let (partition, _) = history.reads.place(*read);
            let message = history.reads.message[*read as usize] as usize;
            let send = history.send_of[message];
            let fate = (send != NONE).then(|| history.fate_of_send(send)).flatten();
            if history.partitions[partition as usize].topic == flow.from
                && matches!(fate, None | Some(Fate::Committed))
            {
                compared.count();
                judge(flow, *read, results[message]);
            }
        }
        // A flow of whose input nothing was read has something to compare, and compared nothing.
        compared.subjects += 1;
    }
    compared
}

/// For each message the number of results that were made from it.
fn results(index: &Index<'_>, flow: &Flow) -> Vec<u32> {
    let history = index.history;
    let mut results = vec![0; history.messages.len()];
    match flow.to {
        None => history.results.iter().for_each(|(source, _)| results[*source as usize] += 1),
        Some(to) => {
            for (row, source) in history.sends.source.iter().enumerate() {
                let partition = history.sends.partition[row];
                if *source != NONE
                    && history.partitions[partition as usize].topic == to
                    && is_there(index, u32::try_from(row).unwrap_or(NONE))
                {
                    results[*source as usize] += 1;
                }
            }
        }
    }
    results
}

/// Whether a result is there at the end: somebody read it, or nobody looked and it was acknowledged. One of a
/// transaction of which nobody knows whether it was committed is there if it is readable at the end.
fn is_there(index: &Index<'_>, send: u32) -> bool {
    let history = index.history;
    let fate = history.fate_of_send(send);
    let looked = index.ends[history.sends.partition[send as usize] as usize].read;
    let acknowledged = history.sends.outcome[send as usize] == End::Ok;
    match fate {
        Some(Fate::Aborted | Fate::Open) => false,
        Some(Fate::Unknown) => index.is_readable_at_end(history.sends.message[send as usize]),
        _ if index.is_read(history.sends.message[send as usize]) => true,
        None | Some(Fate::Committed) => !looked && acknowledged,
    }
}

/// How far each group came in each partition: its highest offset for certain.
fn committed(index: &Index<'_>) -> FxHashMap<(TextId, PartitionId), u64> {
    let history = index.history;
    let mut highest = FxHashMap::default();
    for offset in &history.group_offsets {
        let certain = offset.kind != OffsetKind::Reset
            && offset.outcome == End::Ok
            && (offset.transaction == NONE
                || history.transactions[offset.transaction as usize].fate() == Fate::Committed);
        if certain {
            let highest = highest.entry((offset.group, offset.partition)).or_default();
            *highest = offset.offset.max(*highest);
        }
    }
    highest
}

fn facts(flow: &Flow) -> Facts {
    Facts::default().with(Fact::NotExactlyOnce, !flow.exactly_once)
}

fn describe(index: &Index<'_>, flow: &Flow, read: ReadRow, results: u32) -> String {
    let (partition, offset) = index.history.reads.place(read);
    let results = if results == 0 { "no result".into() } else { format!("{results} results") };
    let to = flow.to.map(|topic| index.history.topics[topic as usize].name);
    format!(
        "{} in {} has {results}{}",
        index.message(index.history.reads.message[read as usize]),
        index.place(partition, offset),
        to.map(|name| format!(" in {}", index.name(name))).unwrap_or_default(),
    )
}
