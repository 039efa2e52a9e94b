//! Transactions: how they end, and what proves that they were open.

use super::{Assembler, CONTRADICTIONS, merge};
use crate::checker::history::{End, NEVER, NONE, Transaction, TransactionId, is_before};

impl Assembler {
    pub(super) fn end_commit(&mut self, id: TransactionId, start_ns: u64, end: End) {
        let now_ns = self.now_ns;
        let row = &mut self.history.transactions[id as usize];
        merge(&mut row.commit, end);
        if end != End::Failed && (row.commit_start_ns == NEVER || start_ns < row.commit_start_ns) {
            row.commit_start_ns = start_ns;
        }
        if end == End::Ok {
            row.end_ns = row.end_ns.min(now_ns);
        }
    }

    pub(super) fn end_abort(&mut self, id: TransactionId, start_ns: u64, end: End) {
        let now_ns = self.now_ns;
        let row = &mut self.history.transactions[id as usize];
        merge(&mut row.abort, end);
        if end != End::Failed && (row.abort_start_ns == NEVER || start_ns < row.abort_start_ns) {
            row.abort_start_ns = start_ns;
        }
        if end == End::Ok {
            row.end_ns = row.end_ns.min(now_ns);
        }
    }

    /// A commit that took effect says as well that the transaction was open. One that was tried before, and has no end or
    /// an unknown one, may have taken effect instead.
    pub(super) fn commits_are_done(&mut self) {
        for (id, start_ns, end_ns) in std::mem::take(&mut self.committed) {
            let row = &self.history.transactions[id as usize];
            if row.commit_start_ns == start_ns && row.abort_start_ns == NEVER {
                self.done_in(id, (start_ns, end_ns), End::Ok);
            }
        }
    }

    /// An operation in a transaction has ended: what took effect says that the transaction was open when it began.
    pub(super) fn done_in(&mut self, id: TransactionId, (start_ns, end_ns): (u64, u64), end: End) {
        if id == NONE || end != End::Ok {
            return;
        }
        let row = &mut self.history.transactions[id as usize];
        row.first_done_ns = row.first_done_ns.min(end_ns);
        if row.alive_ns == 0 || is_before(row.alive_ns, start_ns) {
            row.alive_ns = start_ns;
        }
    }

    pub(super) fn tell_double_ends(&mut self) {
        let both = |row: &&Transaction| row.commit == Some(End::Ok) && row.abort == Some(End::Ok);
        let history = &self.history;
        let told = history.transactions.iter().filter(both).map(|row| {
            let client = history.names.get(history.clients[row.client as usize].name);
            format!("transaction {} of {client} was committed and aborted", row.number)
        });
        for told in told.take(CONTRADICTIONS).collect::<Vec<_>>() {
            self.contradict(told);
        }
    }
}
