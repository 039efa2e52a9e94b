//! The order of a producer's messages in a partition: that of its sends.

use rustc_hash::FxHashMap;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::findings::Findings;
use super::history::{End, NO_OFFSET, NONE, PartitionId, SendRow};
use super::index::Index;

/// Of two acknowledged sends of one producer to one partition, the later one has the greater offset.
pub fn nonmonotonic_send(index: &Index<'_>, findings: &mut Findings) -> Compared {
    backward_sends(index, findings, false)
}

/// So it has within one transaction.
pub fn internal_nonmonotonic_send(index: &Index<'_>, findings: &mut Findings) -> Compared {
    backward_sends(index, findings, true)
}

fn backward_sends(index: &Index<'_>, findings: &mut Findings, internal: bool) -> Compared {
    let sends = &index.history.sends;
    let mut last: FxHashMap<(u32, PartitionId), usize> = FxHashMap::default();
    let mut compared = Compared::default();
    for row in 0..sends.len() {
        if sends.outcome[row] != End::Ok || sends.offset[row] == NO_OFFSET {
            continue;
        }
        let place = (sends.client[row], sends.partition[row]);
        let Some(before) = last.insert(place, row) else { continue };
        let together =
            sends.transaction[row] != NONE && sends.transaction[row] == sends.transaction[before];
        if together != internal {
            continue;
        }
        compared.count();
        if sends.offset[row] < sends.offset[before] {
            let (early, late) =
                (u32::try_from(before).unwrap_or(NONE), u32::try_from(row).unwrap_or(NONE));
            let distance = sends.offset[before] - sends.offset[row];
            findings.add(facts(index, late), distance, || {
                let text = format!(
                    "{} sent {} and then {} to {}, which came to offsets {} and {}",
                    index.producer(late),
                    index.message(sends.message[before]),
                    index.message(sends.message[row]),
                    index.partition(sends.partition[row]),
                    sends.offset[early as usize],
                    sends.offset[row],
                );
                index.example_of_send(late, text)
            });
        }
    }
    compared
}

/// In one partition the messages of one producer are read, by ascending offset, in the order of their
/// sends. Of a duplicate its lowest place counts. A send with unknown outcome may still arrive later, so
/// it is never the one that is out of order.
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
        let partition = history.reads.partition[*read as usize];
        let (seen_in, before) = &mut latest[history.sends.client[send as usize] as usize];
        if *seen_in != partition || send > *before {
            (*seen_in, *before) = (partition, send);
        } else if history.sends.outcome[send as usize] != End::Unknown {
            let before = *before;
            findings.add(facts(index, send), u64::from(before - send), || {
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

fn facts(index: &Index<'_>, send: SendRow) -> Facts {
    let history = index.history;
    let client = history.clients[history.sends.client[send as usize] as usize];
    let topic = history.topic_of(history.sends.partition[send as usize]);
    Facts::default()
        .with(Fact::NotIdempotent, !client.idempotence)
        .with(Fact::InFlightAboveOne, client.max_in_flight > 1)
        .with(Fact::AcksNotAll, client.acks != -1)
        .with(Fact::UncleanElection, topic.unclean_election)
}
