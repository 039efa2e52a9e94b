//! When a log may last have grown: what a final read found of it after that holds for all the time since.

use super::by_partition::by_partition;
use super::final_lines::Lines;
use super::history::{Fate, History, NEVER, is_before};

/// For each partition the end of the last send to it, or of that send's transaction, whose marker takes an offset;
/// [`NEVER`] where one may still arrive.
fn last_growth(history: &History) -> Vec<Option<u64>> {
    let sends = &history.sends;
    let ended_ns = |row: usize| {
        let transaction = history.transactions.get(sends.transaction[row] as usize);
        let marker_ns = transaction.map_or(0, |it| match it.fate() {
            Fate::Committed | Fate::Aborted => it.end_ns,
            Fate::Open | Fate::Unknown => NEVER,
        });
        Some(sends.end_ns[row].max(marker_ns))
    };
    by_partition(history, ended_ns, u64::max)
}

/// A final reader asks for the end of the log when it begins, and says so when it is done: a line counts from its
/// reader's beginning on, but where the log did not grow in between.
pub(super) fn tell_quiet_logs(history: &History, lines: &mut [Lines]) {
    let last_ns = last_growth(history);
    for (lines, last_ns) in lines.iter_mut().zip(last_ns) {
        let last_ns = last_ns.unwrap_or(0);
        for line in lines.all.iter_mut().filter(|line| is_before(last_ns, line.began_ns)) {
            line.began_ns = line.at_ns;
        }
    }
}
