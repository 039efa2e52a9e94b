//! Atomicity: a transaction is seen whole or not at all.

use super::Compared;
use super::allowed::{Fact, Facts};
use super::compaction::Removed;
use super::ends::{Covered, Level};
use super::findings::Findings;
use super::history::{End, Fate, NEVER, NO_OFFSET, NONE, SendRow};
use super::index::Index;
use super::uncommitted::arrived_alone;

/// Of a transaction that was committed, or may have been, all acknowledged messages are readable at the end
/// or none is. What the last final read under read_committed found counts; where none came, what read_committed
/// consumers got, or, once a commit is certain, anybody. Messages that were removed or that nobody came to are left out.
pub fn torn_transaction(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut tallies = vec![Tally::default(); history.transactions.len()];
    for (row, id) in history.sends.transaction.iter().enumerate() {
        if *id == NONE || history.sends.outcome[row] == End::Failed {
            continue;
        }
        let send = u32::try_from(row).unwrap_or(NONE);
        let tally = &mut tallies[*id as usize];
        tally.sent += 1;
        match readable(index, send) {
            Some(Seen { missing: false, .. }) => tally.readable += 1,
            // One that may never have arrived proves nothing by being away.
            Some(Seen { at_ns, .. }) if history.sends.outcome[row] == End::Ok => {
                tally.missing += 1;
                (tally.example, tally.at_ns) = (send, at_ns);
            }
            _ => {}
        }
    }
    let arrived = arrived_alone(index);
    let mut compared = Compared::default();
    for (id, (transaction, tally)) in (0..).zip(history.transactions.iter().zip(&tallies)) {
        if !matches!(index.fate(id), Fate::Committed | Fate::Unknown) {
            continue;
        }
        // One without messages is whole.
        let whole = tally.sent == 0 && transaction.fate() == Fate::Committed;
        compared.subjects += u64::from(tally.sent > 0 || whole);
        compared.compared += u64::from(tally.readable + tally.missing > 0 || whole);
        // Its offsets are part of it.
        let arrived = tally.readable == 0 && arrived.contains(&id);
        if (tally.readable > 0 || arrived) && tally.missing > 0 {
            let facts = super::loss::facts(index, tally.example, tally.at_ns)
                .with(Fact::OffsetsArrived, arrived);
            findings.add(facts.without_acks(), u64::from(tally.missing), || {
                let text = format!(
                    "{}: {} messages are readable{}, {} are not, such as {} in {}",
                    index.transaction(id),
                    tally.readable,
                    if arrived { ", and its offsets" } else { "" },
                    tally.missing,
                    index.message(history.sends.message[tally.example as usize]),
                    index.place(
                        history.sends.partition[tally.example as usize],
                        history.sends.offset[tally.example as usize],
                    ),
                );
                index.example_of_send(tally.example, text)
            });
        }
    }
    compared
}

/// What a read_committed consumer finds at the place of a message.
struct Seen {
    missing: bool,
    /// When that was found, or [`NEVER`].
    at_ns: u64,
}

/// Whether read_committed consumers get a message; `None` where nobody can say.
fn readable(index: &Index<'_>, send: SendRow) -> Option<Seen> {
    let sends = &index.history.sends;
    let (end_ns, message) = (sends.end_ns[send as usize], sends.message[send as usize]);
    let (partition, offset) = index.place_of(send);
    let committed = index.fate_of_send(send) == Some(Fate::Committed);
    let read = index.is_read_committed(message) || (committed && index.is_read(message));
    index.history.partitions[partition as usize].number?;
    if read && index.is_settled(partition, offset) {
        return Some(Seen { missing: false, at_ns: NEVER });
    }
    let lines = index.final_lines(partition);
    let line = index.covering(send, Covered::By(Level::Committed));
    let last = index.ends.last_since(partition, end_ns);
    let by_level = if committed { Level::Uncommitted } else { Level::Committed };
    let unnamed = || {
        let line = index.covering(send, Covered::UnnamedStable).filter(|_| offset != NO_OFFSET);
        line.map(|line| lines[line].at_ns)
    };
    let passed_ns = index.passed_ns(send, by_level).or_else(unnamed);
    let by_ns = passed_ns.filter(|_| !read).unwrap_or(NEVER);
    let (missing, at_ns) = if let Some(line) = line {
        (!index.ends.found(Level::Committed, message, line), lines[line].at_ns)
    } else if last.is_some_and(|last| offset < last.log_start)
        && offset < index.log_start_by(partition, by_ns)
    {
        return None;
    } else if let Some(last) = index.ends.ends_before(partition, offset, end_ns) {
        (true, last.at_ns)
    } else if read {
        (false, NEVER)
    } else {
        (true, passed_ns?)
    };
    if missing
        && (index.may_be_deleted_by(send, at_ns)
            || index.removed_by_cleaner(send, at_ns) != Removed::No)
    {
        return None;
    }
    Some(Seen { missing, at_ns })
}

#[derive(Debug, Clone, Copy)]
struct Tally {
    /// Sends that did not fail.
    sent: u32,
    readable: u32,
    missing: u32,
    /// One of the missing, and when that was found.
    example: SendRow,
    at_ns: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self { sent: 0, readable: 0, missing: 0, example: NONE, at_ns: NEVER }
    }
}

impl Facts {
    /// Transactions always ask for all replicas, whatever was declared.
    fn without_acks(self) -> Self {
        self.without(Fact::AcksNotAll)
    }
}
