//! What is read too early: before it was sent, or beyond the last stable offset.

use super::Compared;
use super::allowed::Facts;
use super::clock::clock_of;
use super::findings::Findings;
use super::history::{End, NEVER, NONE, PartitionId, Transaction, TransactionId, is_before};
use super::index::{Index, is_committed_read, is_premature};

/// Nobody reads a message before it is sent. In practice its identity was used before, which hides losses.
pub fn read_before_send(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    for (row, message) in history.reads.message.iter().enumerate() {
        let send = history.send_of[*message as usize];
        if send == NONE {
            continue;
        }
        compared.count();
        if is_premature(history, row, send) {
            findings.add(Facts::default(), 0, || {
                let read = u32::try_from(row).unwrap_or(NONE);
                let text = format!(
                    "{} read {} from {} before {} sent it",
                    index.reader(read),
                    index.message(*message),
                    index.place(history.reads.partition[row], history.reads.offset[row]),
                    index.producer(send),
                );
                index.example_of_read(read, text)
            });
        }
    }
    compared
}

/// A read_committed consumer gets nothing behind a message whose transaction is still open: the last stable offset is
/// not beyond that message.
pub fn unstable_read(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let mut compared = Compared::default();
    if index.history.transactions.is_empty() {
        return compared;
    }
    for partition in (0..).take(index.history.partitions.len()) {
        follow(index, partition, &mut compared, findings);
    }
    compared
}

/// Two transactions with messages before a place that were open for longest, by one clock.
#[derive(Debug, Clone, Copy)]
struct OpenLongest {
    clock: u64,
    until_ns: u64,
    id: TransactionId,
    second: Option<(u64, TransactionId)>,
}

impl OpenLongest {
    fn add(&mut self, until_ns: u64, id: TransactionId) {
        if id == self.id {
            self.until_ns = self.until_ns.max(until_ns);
        } else if until_ns > self.until_ns {
            self.second = Some((self.until_ns, self.id));
            (self.until_ns, self.id) = (until_ns, id);
        } else if self.second.is_none_or(|(second, _)| until_ns > second) {
            self.second = Some((until_ns, id));
        }
    }

    /// The one that was open for longest other than a transaction.
    fn other_than(&self, id: TransactionId) -> Option<(u64, TransactionId)> {
        if self.id == id { self.second } else { Some((self.until_ns, self.id)) }
    }
}

fn follow(
    index: &Index<'_>,
    partition: PartitionId,
    compared: &mut Compared,
    findings: &mut Findings,
) {
    let history = index.history;
    let sends = &history.sends;
    let mut open: Vec<OpenLongest> = Vec::new();
    let mut acknowledged = index.acknowledged.of(partition).iter().peekable();
    for read in index.reads.of(partition) {
        let row = *read as usize;
        let offset = history.reads.offset[row];
        while let Some(send) = acknowledged.next_if(|it| sends.offset[**it as usize] < offset) {
            let id = sends.transaction[*send as usize];
            let until_ns = if id == NONE { NEVER } else { open_until(index, id) };
            if until_ns == NEVER {
                continue;
            }
            let clock = clock_of(until_ns);
            match open.iter_mut().find(|it| it.clock == clock) {
                Some(longest) => longest.add(until_ns, id),
                None => open.push(OpenLongest { clock, until_ns, id, second: None }),
            }
        }
        if !is_committed_read(history, row) {
            continue;
        }
        compared.count();
        let end_ns = history.poll_of(*read).end_ns;
        let send = history.send_of[history.reads.message[row] as usize];
        let own = sends.transaction.get(send as usize).copied().unwrap_or(NONE);
        let longest = open.iter().find(|it| it.clock == clock_of(end_ns));
        let Some((until_ns, id)) = longest.and_then(|it| it.other_than(own)) else { continue };
        if is_before(end_ns, until_ns) {
            let weak = index.since_first_sent(partition, end_ns);
            let facts = Facts::default().with_elections(index, partition, weak, weak);
            findings.add(facts, 0, || {
                let text = format!(
                    "{} read {} from {} while {}, which had written before it, was open",
                    index.reader(*read),
                    index.message(history.reads.message[row]),
                    index.place(partition, offset),
                    index.transaction(id),
                );
                index.example_of_read(*read, text)
            });
        }
    }
}

/// Until when a transaction was open for certain: something in it took effect later, or it was not to end before its
/// time-out, and nobody tried to end it. [`NEVER`] where nothing is certain.
fn open_until(index: &Index<'_>, id: TransactionId) -> u64 {
    let transaction: Transaction = index.history.transactions[id as usize];
    let alive_ns = if transaction.alive_ns == 0 { NEVER } else { transaction.alive_ns };
    // One that may have been fenced was perhaps aborted before anybody asked for it.
    if transaction.commit != Some(End::Ok) && transaction.abort != Some(End::Ok) {
        return alive_ns;
    }
    let first_end_ns = transaction.commit_start_ns.min(transaction.abort_start_ns);
    let timeout_ms = index.history.clients[transaction.client as usize].transaction_timeout_ms;
    let timeout_ns = transaction.begin_ns.saturating_add(timeout_ms.saturating_mul(1_000_000));
    let quiet_ns = first_end_ns.min(timeout_ns);
    let comparable = first_end_ns != NEVER && clock_of(quiet_ns) == clock_of(transaction.begin_ns);
    match comparable {
        true if is_before(alive_ns, quiet_ns) || alive_ns == NEVER => quiet_ns,
        _ => alive_ns,
    }
}
