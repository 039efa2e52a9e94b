//! Turns that were recorded in another file than the polls they stand between are placed by time.

use rustc_hash::FxHashMap;

use super::Assembler;
use crate::checker::history::{ClientId, NONE, Turn, clock_of, is_before};

impl Assembler {
    /// Lines of one file are in order; between files only times say what was before what. A turn that may stand
    /// anywhere is before [`NONE`].
    pub(super) fn place_turns(&mut self) {
        if self.history.parts.len() < 2 || self.history.turns.is_empty() {
            return;
        }
        let turns = std::mem::take(&mut self.history.turns);
        let mut polls: FxHashMap<ClientId, Vec<u32>> =
            turns.iter().map(|turn| (turn.client, Vec::new())).collect();
        let mut first_rows = vec![0; self.history.polls.len() + 1];
        for (row, poll) in (0..).zip(&self.history.reads.poll) {
            first_rows[*poll as usize + 1] = row + 1;
        }
        for (row, poll) in (0..).zip(&self.history.polls) {
            if let Some(polls) = polls.get_mut(&poll.client) {
                polls.push(row);
            }
        }
        let mut placed = Vec::with_capacity(turns.len());
        for turn in turns {
            self.place_turn(turn, &polls[&turn.client], &first_rows, &mut placed);
        }
        placed.sort_by_key(|turn| turn.before);
        self.history.turns = placed;
    }

    fn place_turn(&self, turn: Turn, polls: &[u32], first_rows: &[u32], placed: &mut Vec<Turn>) {
        let part = |poll: &u32| {
            let row = first_rows[*poll as usize];
            self.history.parts.partition_point(|part| part.reads <= row)
        };
        if polls.iter().all(|poll| part(poll) == turn.part as usize) {
            placed.push(turn);
            return;
        }
        let poll = |row: &u32| self.history.polls[*row as usize];
        let alike = |row: &u32| {
            let times = poll(row);
            part(row) == part(&polls[0])
                && [times.start_ns, times.end_ns].map(clock_of) == [clock_of(turn.at_ns); 2]
        };
        if !polls.iter().all(alike) {
            placed.push(Turn { before: NONE, ..turn });
            return;
        }
        let next = polls.iter().find(|row| !is_before(poll(row).end_ns, turn.at_ns));
        let Some(next) = next else {
            placed.push(Turn { before: NONE - 1, ..turn });
            return;
        };
        placed.push(Turn { before: first_rows[*next as usize], ..turn });
        if is_before(poll(next).start_ns, turn.at_ns) {
            // It came during the poll: before its records, or behind them.
            placed.push(Turn { before: first_rows[*next as usize + 1], ..turn });
        }
    }
}
