//! Atomicity: a transaction is seen whole or not at all.

use super::Compared;
use super::allowed::Facts;
use super::findings::Findings;
use super::history::{End, Fate, NO_OFFSET, NONE, SendRow};
use super::index::{Index, Reach};

/// Of a transaction that was committed, or may have been, all acknowledged messages are readable at the end
/// or none is. "Readable at the end" is what final readers under read_committed saw; without any, what
/// somebody saw at some time. Messages that retention deleted or that nobody came to are left out.
pub fn torn_transaction(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut tallies = vec![Tally::default(); history.transactions.len()];
    for (row, id) in history.sends.transaction.iter().enumerate() {
        if *id == NONE || history.sends.outcome[row] != End::Ok {
            continue;
        }
        let send = u32::try_from(row).unwrap_or(NONE);
        let tally = &mut tallies[*id as usize];
        if index.is_readable_at_end(history.sends.message[row]) {
            tally.readable += 1;
        } else if index.reach(send) == Reach::Passed && is_stable(index, send) {
            tally.missing += 1;
            tally.example = send;
        }
    }
    let mut compared = Compared::default();
    for (transaction, tally) in history.transactions.iter().zip(&tallies) {
        if !matches!(transaction.fate(), Fate::Committed | Fate::Unknown) {
            continue;
        }
        compared.subjects += 1;
        compared.compared += u64::from(tally.readable + tally.missing > 0);
        if tally.readable > 0 && tally.missing > 0 {
            findings.add(Facts::default(), u64::from(tally.missing), || {
                let id = history.sends.transaction[tally.example as usize];
                let text = format!(
                    "{}: {} messages are readable, {} are not, such as {} in {}",
                    index.transaction(id),
                    tally.readable,
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

/// Whether a read_committed reader can have seen the place: an open transaction before it holds it back.
fn is_stable(index: &Index<'_>, send: SendRow) -> bool {
    let sends = &index.history.sends;
    let end = index.ends[sends.partition[send as usize] as usize];
    let offset = sends.offset[send as usize];
    offset == NO_OFFSET || offset < end.last_stable
}

#[derive(Debug, Clone, Copy)]
struct Tally {
    readable: u32,
    missing: u32,
    /// One of the missing.
    example: SendRow,
}

impl Default for Tally {
    fn default() -> Self {
        Self { readable: 0, missing: 0, example: NONE }
    }
}
