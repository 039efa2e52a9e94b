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
        let polls: FxHashMap<ClientId, Polls> = polls
            .into_iter()
            .map(|(client, rows)| (client, self.polls_of(rows, &first_rows)))
            .collect();
        let mut placed = Vec::with_capacity(turns.len());
        for turn in turns {
            self.place_turn(turn, &polls[&turn.client], &first_rows, &mut placed);
        }
        placed.sort_by_key(|turn| turn.before);
        self.history.turns = placed;
    }

    fn polls_of(&self, rows: Vec<u32>, first_rows: &[u32]) -> Polls {
        let part = |poll: u32| {
            let row = first_rows[poll as usize];
            self.history.parts.partition_point(|part| part.reads <= row)
        };
        let times = |row: u32| self.history.polls[row as usize];
        let first = rows.first().map(|first| (part(*first), clock_of(times(*first).end_ns)));
        let one_part = rows.iter().all(|row| Some(part(*row)) == first.map(|(part, _)| part));
        let one_clock = rows.iter().all(|row| {
            let clocks = [times(*row).start_ns, times(*row).end_ns].map(clock_of);
            first.is_some_and(|(_, clock)| clocks == [clock; 2])
        });
        let latest = rows.iter().scan(0, |latest, row| {
            *latest = times(*row).end_ns.max(*latest);
            Some(*latest)
        });
        let latest_ns = latest.collect();
        Polls { rows, part: first.filter(|_| one_part).map(|(part, _)| part), one_clock, latest_ns }
    }

    fn place_turn(&self, turn: Turn, polls: &Polls, first_rows: &[u32], placed: &mut Vec<Turn>) {
        if polls.rows.is_empty() || polls.part == Some(turn.part as usize) {
            placed.push(turn);
            return;
        }
        let clock = clock_of(polls.latest_ns[0]);
        if polls.part.is_none() || !polls.one_clock || clock != clock_of(turn.at_ns) {
            placed.push(Turn { before: NONE, ..turn });
            return;
        }
        // The first poll that has not ended before it.
        let next = polls.latest_ns.partition_point(|end_ns| is_before(*end_ns, turn.at_ns));
        let Some(next) = polls.rows.get(next) else {
            placed.push(Turn { before: NONE - 1, ..turn });
            return;
        };
        placed.push(Turn { before: first_rows[*next as usize], ..turn });
        if is_before(self.history.polls[*next as usize].start_ns, turn.at_ns) {
            // It came during the poll: before its records, or behind them.
            placed.push(Turn { before: first_rows[*next as usize + 1], ..turn });
        }
    }
}

/// The polls of one client.
struct Polls {
    rows: Vec<u32>,
    /// The file that all of them are in.
    part: Option<usize>,
    /// Their times are all of one clock.
    one_clock: bool,
    /// For each when it and all before it had ended.
    latest_ns: Vec<u64>,
}
