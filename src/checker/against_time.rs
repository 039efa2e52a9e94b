//! Sends that began when another message was at a greater offset already: logs only grow at the end.

use rustc_hash::FxHashSet;

use super::allowed::Fact;
use super::clock::is_on_clock;
use super::findings::Findings;
use super::history::{End, NO_OFFSET, NONE, PartitionId, ReadRow, SendRow, is_before};
use super::index::Index;
use super::send_order::facts;
use super::settings::span;

/// A message that was at a place by a time.
#[derive(Debug, Clone, Copy)]
struct There {
    send: SendRow,
    offset: u64,
    by_ns: u64,
    /// Somebody had read it; otherwise it was acknowledged.
    read: bool,
}

/// Finds sends that began after another message is known to have been at a greater offset: as it was acknowledged, or
/// somebody had read it. Returns how many sends were compared that were not acknowledged with an offset.
pub(super) fn against_time(
    index: &Index<'_>,
    findings: &mut Findings,
    found: &mut FxHashSet<usize>,
) -> u64 {
    let history = index.history;
    let mut others = 0;
    let mut here: Vec<There> = Vec::new();
    for partition in (0..).take(history.partitions.len()) {
        // From the end of the log: of all that is behind, what was there first.
        let mut first: Option<There> = None;
        let mut acknowledged = index.acknowledged.of(partition).iter().rev().copied().peekable();
        let reads = index.reads.of(partition).iter().rev().copied();
        let mut reads = reads.filter(|row| is_first_of_a_send(index, *row)).peekable();
        loop {
            let offsets = [
                acknowledged.peek().map(|row| history.sends.offset[*row as usize]),
                reads.peek().map(|row| history.reads.offset[*row as usize]),
            ];
            let Some(offset) = offsets.into_iter().flatten().max() else { break };
            here.clear();
            while let Some(send) =
                acknowledged.next_if(|row| history.sends.offset[*row as usize] == offset)
            {
                let by_ns = history.sends.end_ns[send as usize];
                here.push(There { send, offset, by_ns, read: false });
            }
            while let Some(row) = reads.next_if(|row| history.reads.offset[*row as usize] == offset)
            {
                let there = read_at(index, row, offset);
                others += u64::from(!is_acknowledged_somewhere(index, there.send));
                here.push(there);
            }
            if let Some(early) = first {
                for late in &here {
                    judge(index, partition, (early, late.send, offset), found, findings);
                }
            }
            // Without a clock the lines of two clients have no order in time.
            for there in here.iter().filter(|there| is_on_clock(there.by_ns)) {
                if first.is_none_or(|first| there.by_ns < first.by_ns) {
                    first = Some(*there);
                }
            }
        }
    }
    others
}

fn is_first_of_a_send(index: &Index<'_>, row: ReadRow) -> bool {
    let message = index.history.reads.message[row as usize] as usize;
    index.first_read[message] == row && index.history.send_of[message] != NONE
}

fn is_acknowledged_somewhere(index: &Index<'_>, send: SendRow) -> bool {
    let sends = &index.history.sends;
    let row = send as usize;
    let partition = index.history.partitions[sends.partition[row] as usize];
    sends.outcome[row] == End::Ok && sends.offset[row] != NO_OFFSET && partition.number.is_some()
}

fn read_at(index: &Index<'_>, row: ReadRow, offset: u64) -> There {
    let history = index.history;
    let send = history.send_of[history.reads.message[row as usize] as usize];
    let sends = &history.sends;
    let read_ns = history.poll_of(row).end_ns;
    let ended_ns = sends.end_ns[send as usize];
    // What is there once was there when it was acknowledged, though nobody said where.
    let once = sends.offset[send as usize] == NO_OFFSET
        && sends.outcome[send as usize] == End::Ok
        && history.clients[sends.client[send as usize] as usize].idempotence;
    match once && is_on_clock(ended_ns) && (ended_ns < read_ns || !is_on_clock(read_ns)) {
        true => There { send, offset, by_ns: ended_ns, read: false },
        false => There { send, offset, by_ns: read_ns, read: true },
    }
}

fn judge(
    index: &Index<'_>,
    partition: PartitionId,
    (early, late, offset): (There, SendRow, u64),
    found: &mut FxHashSet<usize>,
    findings: &mut Findings,
) {
    let sends = &index.history.sends;
    // Of nearly all sends this is what is not so.
    if !is_before(early.by_ns, sends.start_ns[late as usize]) {
        return;
    }
    let transaction = |send: SendRow| sends.transaction[send as usize];
    let together = transaction(late) != NONE && transaction(late) == transaction(early.send);
    if together || early.send == late || !found.insert(late as usize) {
        return;
    }
    let span = span(sends.start_ns[early.send as usize], sends.end_ns[late as usize]);
    let facts = facts(index, partition, (early.send, late), span).without(Fact::InFlightAboveOne);
    findings.add(facts, early.offset - offset, || {
        let (how, message) = (
            if early.read { "been read" } else { "been acknowledged" },
            index.message(sends.message[early.send as usize]),
        );
        let text = format!(
            "{} sent {} to {} when {message} of {} had {how} there, and they came to offsets {offset} and {}",
            index.producer(late),
            index.message(sends.message[late as usize]),
            index.partition(partition),
            index.producer(early.send),
            early.offset,
        );
        index.example_of_send(late, text)
    });
}
