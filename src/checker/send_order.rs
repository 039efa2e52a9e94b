//! The order of a producer's messages in a partition: that of its sends.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Compared;
use super::against_time::against_time;
use super::allowed::{Fact, Facts};
use super::findings::Findings;
use super::history::{End, History, NEVER, NO_OFFSET, NONE, PartitionId, SendRow, is_before};
use super::index::Index;
use super::settings::span;

/// Of two acknowledged sends of one producer to one partition, the later one has the greater offset. So it has if they
/// are of two producers and the later one began when the earlier one had been acknowledged: logs only grow at the end.
/// A place that somebody read counts as one that was acknowledged.
pub fn nonmonotonic_send(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let mut found = FxHashSet::default();
    let mut compared = backward_sends(index, findings, false, &mut found);
    let others = against_time(index, findings, &mut found);
    compared.subjects += others;
    compared.compared += others;
    compared
}

/// So it has within one transaction.
pub fn internal_nonmonotonic_send(index: &Index<'_>, findings: &mut Findings) -> Compared {
    backward_sends(index, findings, true, &mut FxHashSet::default())
}

fn backward_sends(
    index: &Index<'_>,
    findings: &mut Findings,
    internal: bool,
    found: &mut FxHashSet<usize>,
) -> Compared {
    let history = index.history;
    let sends = &history.sends;
    let mut last: FxHashMap<(u32, PartitionId), usize> = FxHashMap::default();
    let mut compared = Compared::default();
    for row in 0..sends.len() {
        let known = history.partitions[sends.partition[row] as usize].number.is_some();
        if sends.outcome[row] != End::Ok || sends.offset[row] == NO_OFFSET || !known {
            continue;
        }
        if !internal {
            // Each is compared with all that were acknowledged before it began, whoever sent them.
            compared.count();
        }
        let place = (sends.client[row], sends.partition[row]);
        let Some(before) = last.insert(place, row) else { continue };
        let together =
            sends.transaction[row] != NONE && sends.transaction[row] == sends.transaction[before];
        let (early, late) =
            (u32::try_from(before).unwrap_or(NONE), u32::try_from(row).unwrap_or(NONE));
        if together != internal || !is_sent_before(history, early, late) {
            continue;
        }
        if internal {
            compared.count();
        }
        if sends.offset[row] < sends.offset[before] {
            found.insert(row);
            // It was appended before it was acknowledged, and may have been lost in between.
            let span = span(sends.start_ns[before], sends.end_ns[row]);
            findings.add(
                facts(index, sends.partition[row], (early, late), span),
                sends.offset[before] - sends.offset[row],
                || {
                    let text = format!(
                        "{} sent {} and then {} to {}, which came to offsets {} and {}",
                        index.producer(late),
                        index.message(sends.message[before]),
                        index.message(sends.message[row]),
                        index.partition(sends.partition[row]),
                        sends.offset[before],
                        sends.offset[row],
                    );
                    index.example_of_send(late, text)
                },
            );
        }
    }
    compared
}

/// Whether one send of a client was handed over before another one for certain. A file is in order; between files only
/// times say so.
fn is_sent_before(history: &History, one: SendRow, other: SendRow) -> bool {
    if history.part_of_send(one) == history.part_of_send(other) {
        return one < other;
    }
    is_before(history.sends.start_ns[one as usize], history.sends.start_ns[other as usize])
}

fn is_of_same_transaction(history: &History, one: SendRow, other: SendRow) -> bool {
    let of = |send: SendRow| history.sends.transaction[send as usize];
    of(one) != NONE && of(one) == of(other)
}

/// In one partition the messages of one producer are read, by ascending offset, in the order of their
/// sends. Of a duplicate its lowest place counts. A send with unknown outcome may still arrive later, so
/// it is never the one that is out of order, but in one transaction, where brokers see to the order.
pub fn reordered(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    // For each client the partition last seen and the latest send read there.
    let mut latest: Vec<(PartitionId, SendRow)> = vec![(NONE, NONE); history.clients.len()];
    let mut compared = Compared::default();
    for read in index.reads.all() {
        let message = history.reads.message[*read as usize];
        let send = history.send_of[message as usize];
        if send == NONE || index.first_read[message as usize] != *read {
            continue;
        }
        compared.count();
        let acknowledged = history.sends.offset[send as usize];
        let partition = history.reads.partition[*read as usize];
        let client = history.clients[history.sends.client[send as usize] as usize];
        let is_first_gone = acknowledged == NO_OFFSET
            && history.sends.outcome[send as usize] == End::Ok
            && !client.idempotence
            && index.log_start_by(partition, NEVER) > 0;
        if acknowledged < history.reads.offset[*read as usize] || is_first_gone {
            // A copy, whose first place nobody has read.
            continue;
        }
        let (seen_in, before) = &mut latest[history.sends.client[send as usize] as usize];
        if *seen_in != partition || is_sent_before(history, *before, send) {
            (*seen_in, *before) = (partition, send);
        } else if (history.sends.outcome[send as usize] != End::Unknown
            || is_of_same_transaction(history, send, *before))
            && is_sent_before(history, send, *before)
        {
            let before = *before;
            let read_ns = history.poll_of(*read).end_ns;
            let span = span(history.sends.start_ns[send as usize], read_ns);
            let distance = u64::from(before.abs_diff(send));
            findings.add(facts(index, partition, (before, send), span), distance, || {
                let text = format!(
                    "{} sent {} before {}, but it is behind it, in {}",
                    index.producer(send),
                    index.message(message),
                    index.message(history.sends.message[before as usize]),
                    index.place(partition, history.reads.offset[*read as usize]),
                );
                index.example_of_read(*read, text)
            });
        }
    }
    compared
}

/// What may excuse that of two sends the later one is before the earlier one in a partition.
pub(super) fn facts(
    index: &Index<'_>,
    partition: PartitionId,
    (early, late): (SendRow, SendRow),
    span: (u64, u64),
) -> Facts {
    let sends = &index.history.sends;
    let client = |send: SendRow| index.history.clients[sends.client[send as usize] as usize];
    let clients = [client(early), client(late)];
    let sent = |send: SendRow| (sends.start_ns[send as usize], sends.end_ns[send as usize]);
    Facts::default()
        .with(Fact::NotIdempotent, clients.iter().any(|client| !client.idempotence))
        .with(Fact::InFlightAboveOne, clients.iter().any(|client| client.max_in_flight > 1))
        .with(Fact::AcksNotAll, clients.iter().any(|client| client.acks != -1))
        .with_elections(index, partition, span, sent(early))
        .with_elections(index, partition, span, sent(late))
}
