//! Room in the columns for rows to come.

use super::Assembler;
use crate::checker::messages::room;

impl Assembler {
    /// Makes room for so many times what this file has had so far. Columns that grow bit by bit are copied each time,
    /// and leave holes in memory; room for too much has no memory before it is used.
    pub(in super::super) fn make_room(&mut self, times: f64) {
        let Some(part) = self.history.parts.last() else { return };
        // A little more: a column that is full doubles.
        let more = |rows: usize, before: u32| {
            let rows = rows.saturating_sub(before as usize) as f64;
            (rows * (times - 1.0) * 1.05) as usize
        };
        let sends = more(self.history.sends.len(), part.sends);
        let reads = more(self.history.reads.len(), part.reads);
        self.history.sends.make_room(sends);
        self.history.reads.make_room(reads);
        room(&mut self.history.send_of, sends);
        self.history.messages.make_room(sends);
    }
}
