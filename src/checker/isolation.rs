//! Isolation: a read_committed consumer sees committed messages only, and only once they are.

use super::Compared;
use super::allowed::{Fact, Facts};
use super::escape::escaped;
use super::final_lines::FinalLine;
use super::findings::Findings;
use super::history::{End, Fate, History, Isolation, NEVER, NONE, ReadRow, SendRow, is_before};
use super::index::{Index, is_at_home};
use super::settings::span;

/// Jepsen's G1a. A message whose transaction was aborted is never seen by a read_committed consumer, and one whose send
/// certainly failed by nobody.
pub(super) fn aborted_read(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    for send in 0..history.sends.len() {
        if !is_void(index, u32::try_from(send).unwrap_or(NONE)) {
            continue;
        }
        compared.subjects += 1;
        // Who read all there is and got nothing has not got it.
        let lines = index.final_lines(history.sends.partition[send]);
        let is_looked_for = lines.last().is_some_and(FinalLine::is_complete);
        compared.compared += u64::from(is_looked_for);
    }
    if compared.subjects == 0 {
        return compared;
    }
    for (read, send) in reads_of_sends(index) {
        compared.compared += 1;
        if is_void(index, send) {
            // A send that certainly failed has left nothing that read_uncommitted could see.
            let failed = history.sends.outcome[send as usize] == End::Failed;
            let facts = if failed { Facts::default() } else { facts_of_aborted(index, read, send) };
            if !failed && is_final_uncommitted(index, read) {
                continue;
            }
            findings.add(facts, 0, || {
                let why = why_void(index, send).unwrap_or_default();
                index.example_of_read(read, describe(index, read, &why))
            });
        }
    }
    compared
}

/// A message of a transaction is not seen by its own transaction, nor by any read_committed consumer before
/// the commit began, nor ever if none began.
pub(super) fn precommitted_read(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    for (read, send) in reads_of_sends(index) {
        let id = history.sends.transaction[send as usize];
        if id == NONE || is_final_uncommitted(index, read) {
            continue;
        }
        compared.count();
        if let Some(why) = why_precommitted(index, read, send) {
            findings.add(facts(index, read), 0, || {
                index.example_of_read(read, describe(index, read, &why))
            });
        }
    }
    compared
}

/// What one client has seen of messages that were not committed when it saw them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VoidReads {
    /// Messages whose send failed, whose transaction was aborted, or which nobody tried to commit.
    pub void: u64,
    /// Records that the client has read.
    pub read: u64,
    /// What it saw and should not have seen as read_committed consumer.
    pub seen: Vec<String>,
}

/// Looks at one client, whatever its isolation level.
pub fn void_reads_of(history: &History, client: &str) -> VoidReads {
    let index = Index::new(history);
    let mut found = VoidReads::default();
    for send in 0..u32::try_from(history.sends.len()).unwrap_or(NONE) {
        let open = history.fate_of_send(send) == Some(Fate::Open);
        found.void += u64::from(open || is_void(&index, send));
    }
    for (read, message) in history.reads.message.iter().enumerate() {
        let read = u32::try_from(read).unwrap_or(NONE);
        if history.names.get(history.reader_of(read).name) != client {
            continue;
        }
        found.read += 1;
        let send = history.send_of[*message as usize];
        if send == NONE {
            continue;
        }
        let why = why_void(&index, send).or_else(|| why_precommitted(&index, read, send));
        found.seen.extend(why.map(|why| escaped(&describe(&index, read, &why)).into_owned()));
    }
    found
}

/// Whether nobody under read_committed may ever see it.
fn is_void(index: &Index<'_>, send: SendRow) -> bool {
    index.history.sends.outcome[send as usize] == End::Failed
        || index.history.fate_of_send(send) == Some(Fate::Aborted)
}

fn why_void(index: &Index<'_>, send: SendRow) -> Option<String> {
    if index.history.sends.outcome[send as usize] == End::Failed {
        return Some(format!("a message of {}, whose send failed", index.producer(send)));
    }
    let aborted = index.history.fate_of_send(send) == Some(Fate::Aborted);
    aborted.then(|| format!("a message of aborted {}", transaction(index, send)))
}

/// Why a message of a transaction that was not aborted should not have been seen yet.
fn why_precommitted(index: &Index<'_>, read: ReadRow, send: SendRow) -> Option<String> {
    let history = index.history;
    let id = history.sends.transaction[send as usize];
    if id == NONE {
        return None;
    }
    let transaction = history.transactions[id as usize];
    let poll = history.polls[history.reads.poll[read as usize] as usize];
    let why = if transaction.fate() == Fate::Aborted {
        return None;
    } else if poll.transaction == id {
        "which read it itself"
    } else if transaction.fate() == Fate::Open {
        "which nobody tried to commit"
    } else if is_before(poll.end_ns, transaction.commit_start_ns) {
        "before its commit began"
    } else {
        return None;
    };
    Some(format!("a message of {}, {why}", index.transaction(id)))
}

/// Reads and the sends that they are of. Whoever copies messages to another topic may copy those that were not committed.
fn reads_of_sends<'i>(index: &'i Index<'_>) -> impl Iterator<Item = (ReadRow, SendRow)> + 'i {
    let history = index.history;
    let messages = history.reads.message.iter().enumerate();
    let sends = messages.map(|(row, message)| {
        (u32::try_from(row).unwrap_or(NONE), history.send_of[*message as usize])
    });
    sends.filter(|(read, send)| *send != NONE && is_at_home(history, *read as usize, *send))
}

/// Whether a record was read by a final reader that wants to see everything.
fn is_final_uncommitted(index: &Index<'_>, read: ReadRow) -> bool {
    let reader = index.history.reader_of(read);
    reader.final_reader && reader.isolation == Isolation::ReadUncommitted
}

fn facts(index: &Index<'_>, read: ReadRow) -> Facts {
    let isolation = index.history.reader_of(read).isolation;
    Facts::default().with(Fact::ReadUncommitted, isolation == Isolation::ReadUncommitted)
}

/// The marker of the abort may be lost with the end of the log, any time since it was asked for.
fn facts_of_aborted(index: &Index<'_>, read: ReadRow, send: SendRow) -> Facts {
    let id = index.history.sends.transaction[send as usize];
    let transaction = index.history.transactions[id as usize];
    let asked_ns = transaction.abort_start_ns.min(transaction.commit_start_ns);
    let from_ns = if asked_ns == NEVER { transaction.begin_ns } else { asked_ns };
    let since = span(from_ns, index.history.poll_of(read).end_ns);
    let (partition, _) = index.history.reads.place(read);
    facts(index, read).with_elections(index, partition, since, since)
}

fn transaction(index: &Index<'_>, send: SendRow) -> String {
    index.transaction(index.history.sends.transaction[send as usize])
}

fn describe(index: &Index<'_>, read: ReadRow, why: &str) -> String {
    let (partition, offset) = index.history.reads.place(read);
    format!(
        "{} read {} from {}: {why}",
        index.reader(read),
        index.message(index.history.reads.message[read as usize]),
        index.place(partition, offset),
    )
}
