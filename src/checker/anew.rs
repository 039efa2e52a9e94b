//! Logs that seem to have begun anew, as that of a topic does that was deleted and made again under its name.

use super::history::{NONE, PartitionId, SendRow, clock_of, is_before};
use super::index::Index;

/// A message that was the first of its log for the second time.
#[derive(Debug, Clone, Copy)]
struct Anew {
    /// When it was sent.
    start_ns: u64,
}

/// For each partition whether its log seems to have begun anew: a message was acknowledged at offset 0 after another
/// one had been acknowledged, and read there, and nothing of what was before is found at the end. Where anything is told of the
/// topic's life, that holds instead. What one partition shows is true of the whole topic, where nothing speaks
/// against it.
pub(super) fn began_anew(index: &Index<'_>) -> Vec<bool> {
    let history = index.history;
    let finals = history.clients.iter().any(|client| client.final_reader);
    let mut topics: Vec<Option<Anew>> = vec![None; history.topics.len()];
    for partition in (0..).take(history.partitions.len()) {
        let topic = history.partitions[partition as usize].topic;
        if index.settings.tells_life(history.topics[topic as usize].name) {
            continue;
        }
        if let Some(send) = first_again(index, partition) {
            let start_ns = history.sends.start_ns[send as usize];
            // The first one of the new log, whichever its partition: all that is old was there before.
            let first = topics[topic as usize].is_none_or(|it| is_before(start_ns, it.start_ns));
            if first {
                topics[topic as usize] = Some(Anew { start_ns });
            }
        }
    }
    if topics.iter().any(Option::is_some) {
        // One old message that is found at the end, and it is the same log.
        for (row, message) in history.reads.message.iter().enumerate() {
            let partition = history.reads.partition[row];
            let topic = &mut topics[history.partitions[partition as usize].topic as usize];
            let Some(anew) = topic else { continue };
            let send = history.send_of[*message as usize];
            let poll = history.polls[history.reads.poll[row] as usize];
            let is_old = send != NONE
                && is_before(history.sends.end_ns[send as usize], anew.start_ns)
                && history.sends.partition[send as usize] == partition;
            let is_final = history.clients[poll.client as usize].final_reader || !finals;
            if is_old && is_final && is_before(anew.start_ns, poll.start_ns) {
                *topic = None;
            }
        }
    }
    history.partitions.iter().map(|it| topics[it.topic as usize].is_some()).collect()
}

/// The latest send that was acknowledged at offset 0, if another one had been acknowledged before it began.
fn first_again(index: &Index<'_>, partition: PartitionId) -> Option<SendRow> {
    let sends = &index.history.sends;
    let rows = index.acknowledged.of(partition);
    let mut first: Option<SendRow> = None;
    for row in rows.iter().take_while(|row| sends.offset[**row as usize] == 0) {
        let start_ns = sends.start_ns[*row as usize];
        if first.is_none_or(|first| is_before(sends.start_ns[first as usize], start_ns)) {
            first = Some(*row);
        }
    }
    let start_ns = sends.start_ns[first? as usize];
    // Most often the first one is the earliest of all.
    let same_clock = |row: &&u32| clock_of(sends.end_ns[**row as usize]) == clock_of(start_ns);
    let ended = rows.iter().filter(same_clock).map(|row| sends.end_ns[*row as usize]).min();
    let again = ended.is_some_and(|ended| is_before(ended, start_ns));
    first.filter(|send| again && index.is_read(sends.message[*send as usize]))
}
