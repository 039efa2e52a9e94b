//! Polls: the records they returned, and those that returned none.

use super::{Assembler, need, row_number};
use crate::checker::history::{ClientId, EmptyPolls, NONE, Poll, TransactionId};
use crate::history::step::Step;

/// Polls in vain that are so far apart are not one attempt: 5 seconds.
const APART_NS: u64 = 5_000_000_000;

impl Assembler {
    pub(super) fn end_poll(
        &mut self,
        client: ClientId,
        start_ns: u64,
        transaction: TransactionId,
        step: &Step<'_>,
    ) -> Result<(), String> {
        let in_vain = &mut self.in_vain[client as usize];
        if step.batches.iter().all(|batch| batch.records.is_empty()) {
            let end_ns = self.now_ns;
            let rows = &mut self.history.empty_polls;
            match rows.get_mut(*in_vain as usize) {
                Some(row) if start_ns.abs_diff(row.end_ns) < APART_NS => row.end_ns = end_ns,
                _ => {
                    *in_vain = row_number(rows.len())?;
                    rows.push(EmptyPolls { client, start_ns, end_ns });
                }
            }
            return Ok(());
        }
        *in_vain = NONE;
        let poll = row_number(self.history.polls.len())?;
        self.history.polls.push(Poll { client, transaction, start_ns, end_ns: self.now_ns });
        for batch in step.batches.iter() {
            let partition = self.partition(&batch.topic, Some(batch.partition));
            for record in &batch.records {
                row_number(self.history.reads.len())?;
                let message =
                    self.message(need(record.message.as_deref(), "message of a polled record")?)?;
                let reads = &mut self.history.reads;
                reads.message.push(message);
                reads.partition.push(partition);
                reads.offset.push(record.offset);
                reads.poll.push(poll);
                reads.digest.push(record.digest);
            }
        }
        Ok(())
    }
}
