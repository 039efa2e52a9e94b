//! When a log may last have grown: what a final read found of it after that holds for all the time since.

use super::final_lines::Lines;
use super::history::{Fate, History, NEVER, NONE, is_before};

/// For each partition the end of the last send to it, or of that send's transaction, whose marker takes an offset;
/// [`NEVER`] where one may still arrive.
fn last_growth(history: &History) -> Vec<u64> {
    let sends = &history.sends;
    let mut last: Vec<u64> = vec![0; history.partitions.len()];
    let mut anywhere: Vec<u64> = vec![0; history.topics.len()];
    for row in 0..sends.len() {
        let transaction = sends.transaction[row];
        let ended_ns = match history.transactions.get(transaction as usize) {
            Some(it) if transaction != NONE => match it.fate() {
                Fate::Committed | Fate::Aborted => it.end_ns,
                Fate::Open | Fate::Unknown => NEVER,
            },
            _ => 0,
        };
        let of = history.partitions[sends.partition[row] as usize];
        let last = match of.number {
            Some(_) => &mut last[sends.partition[row] as usize],
            None => &mut anywhere[of.topic as usize],
        };
        *last = (*last).max(sends.end_ns[row]).max(ended_ns);
    }
    let topics = history.partitions.iter().map(|partition| partition.topic as usize);
    last.into_iter().zip(topics).map(|(last, topic)| last.max(anywhere[topic])).collect()
}

/// A final reader asks for the end of the log when it begins, and says so when it is done: a line counts from its
/// reader's beginning on, but where the log did not grow in between.
pub(super) fn tell_quiet_logs(history: &History, lines: &mut [Lines]) {
    let last_ns = last_growth(history);
    for (lines, last_ns) in lines.iter_mut().zip(last_ns) {
        for line in lines.all.iter_mut().filter(|line| is_before(last_ns, line.began_ns)) {
            line.began_ns = line.at_ns;
        }
    }
}
