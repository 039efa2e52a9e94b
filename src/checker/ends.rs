//! Final reads: which readers each of them is of, and what those have found.

use rustc_hash::{FxHashMap, FxHashSet};

use super::final_lines::Lines;
pub use super::final_lines::{Covered, FinalLine, Level};
use super::history::{
    ClientId, History, Isolation, MessageId, NO_OFFSET, NONE, PartitionId, ReadRow, clock_of,
    is_before,
};

/// The final reads of every partition.
#[derive(Debug, Default)]
pub struct Ends {
    lines: Vec<Lines>,
    /// For each message, and each level, the last of its partition's final reads that found it, from 1; saturating.
    found: [Vec<u8>; 2],
}

impl Ends {
    pub(super) fn new(history: &History, first_read: &[ReadRow]) -> Self {
        let mut lines = vec![Lines::default(); history.partitions.len()];
        for found in &history.final_reads {
            lines[found.partition as usize].all.push(FinalLine::new(found));
        }
        lines.iter_mut().for_each(|lines| sort(&mut lines.all));
        let mut ends = Self { lines, found: [Vec::new(), Vec::new()] };
        let finals: Vec<bool> = history.clients.iter().map(|client| client.final_reader).collect();
        if finals.contains(&true) && !history.final_reads.is_empty() {
            ends.find(history, first_read, &finals);
        }
        ends.lines.iter_mut().for_each(Lines::index);
        ends
    }

    /// The last final read that covers an offset, or would have found a message of unknown offset, and was not made
    /// before a time for certain.
    pub fn last_covering(
        &self,
        partition: PartitionId,
        which: Covered,
        offset: u64,
        since_ns: u64,
    ) -> Option<usize> {
        let lines = &self.lines[partition as usize];
        let (cover, unknown) = lines.covers.get(which.place())?;
        let known = if offset == NO_OFFSET { *unknown } else { cover.last(offset) };
        lines.last(since_ns, known, |line| which.is_in(line, offset))
    }

    /// The last final read that was not made before a time for certain.
    pub fn last_since(&self, partition: PartitionId, since_ns: u64) -> Option<&FinalLine> {
        let lines = &self.lines[partition as usize];
        let last = lines.last(since_ns, lines.all.len().checked_sub(1), |_| true);
        last.map(|last| &lines.all[last])
    }

    /// Whether one that was not made before a time for certain came to the high watermark.
    pub fn is_complete_since(&self, partition: PartitionId, since_ns: u64) -> bool {
        let lines = &self.lines[partition as usize];
        lines.last(since_ns, lines.complete, FinalLine::is_complete).is_some()
    }

    /// Of the final reads that were not made before a time for certain the one with the highest high watermark.
    pub fn highest_since(&self, partition: PartitionId, since_ns: u64) -> Option<&FinalLine> {
        let lines = &self.lines[partition as usize];
        let since = |line: &FinalLine| !is_before(line.at_ns, since_ns);
        if !lines.on_one_clock {
            let later = lines.all.iter().filter(|line| since(line));
            return later.max_by_key(|line| line.high_watermark);
        }
        let first = lines.all.partition_point(|line| !since(line));
        lines.highest_from.get(first).map(|highest| &lines.all[*highest])
    }

    /// The highest first offset that any final read found.
    pub fn log_start(&self, partition: PartitionId) -> Option<u64> {
        let lines = &self.lines[partition as usize];
        (!lines.all.is_empty()).then_some(lines.log_start)
    }

    /// The final reads of a partition, the last one last.
    pub fn of(&self, partition: PartitionId) -> &[FinalLine] {
        &self.lines[partition as usize].all
    }

    /// Whether a final read of a partition, counted from 0, or a later one, found a message.
    pub fn found(&self, level: Level, message: MessageId, line: usize) -> bool {
        let found = self.found[level as usize].get(message as usize).copied().unwrap_or(0);
        usize::from(found) > line.min(usize::from(u8::MAX) - 1)
    }

    fn find(&mut self, history: &History, first_read: &[ReadRow], finals: &[bool]) {
        let mut read_by_anybody = vec![false; history.partitions.len()];
        let mut positions: Positions = FxHashMap::default();
        let mut rounds: FxHashMap<(PartitionId, usize, Level), Round> = FxHashMap::default();
        let mut places = Places::new(history);
        for (row, poll) in history.reads.poll.iter().enumerate() {
            let partition = history.reads.partition[row];
            let reader = history.polls[*poll as usize].client;
            read_by_anybody[partition as usize] = true;
            if !finals[reader as usize] || self.lines[partition as usize].all.is_empty() {
                continue;
            }
            let at = places.line_of(&self.lines[partition as usize], row);
            let level = level_of(history, reader);
            let offset = history.reads.offset[row];
            rounds.entry((partition, at, level)).or_default().add(reader, offset);
            let before = positions.insert((partition, reader), (offset, at));
            let line = self.lines[partition as usize].all.get_mut(at);
            if let Some(line) = line.filter(|line| [NONE, reader].contains(&line.client)) {
                match before {
                    Some((_, same)) if same == at => {}
                    Some((last, _)) if last < offset => {
                        line.is_read_from(level, last.saturating_add(1))
                    }
                    _ => line.is_read_from(level, line.log_start),
                }
            }
        }
        let mut places = Places::new(history);
        for (row, poll) in history.reads.poll.iter().enumerate() {
            let partition = history.reads.partition[row];
            let reader = history.polls[*poll as usize].client;
            if !finals[reader as usize] || self.lines[partition as usize].all.is_empty() {
                continue;
            }
            let at = places.line_of(&self.lines[partition as usize], row);
            let message = history.reads.message[row];
            if home(history, first_read, message).is_some_and(|home| home != partition) {
                continue;
            }
            let level = level_of(history, reader);
            let line = self.lines[partition as usize].all.get(at);
            let of_other = line.is_some_and(|line| ![NONE, reader].contains(&line.client));
            let overtaken = rounds
                .get(&(partition, at, level))
                .is_some_and(|round| round.overtakes(reader, history.reads.offset[row]));
            // What another final reader, or one before, has found was there before this final read.
            let number = if of_other || overtaken { at } else { at + 1 };
            let found = &mut self.found[level as usize];
            if found.is_empty() {
                found.resize(history.messages.len(), 0);
            }
            let found = &mut found[message as usize];
            *found = (*found).max(u8::try_from(number).unwrap_or(u8::MAX));
        }
        self.name(history, &positions, &read_by_anybody);
    }

    /// Says of the final reads that found nothing whose they are.
    fn name(&mut self, history: &History, positions: &Positions, read_by_anybody: &[bool]) {
        let has = |level| {
            history.clients.iter().any(|client| client.final_reader && client.isolation == level)
        };
        let committed = has(Isolation::ReadCommitted);
        // For each partition how far the final readers of each level came, as far as they found anything.
        let mut came = vec![[0; 2]; history.partitions.len()];
        for ((partition, reader), (last, _)) in positions {
            let came = &mut came[*partition as usize][level_of(history, *reader) as usize];
            *came = last.saturating_add(1).max(*came);
        }
        for (partition, lines) in (0..).zip(&mut self.lines) {
            let came = came[partition as usize];
            // Somebody who is not called a final reader may have read it.
            let named = came != [0; 2] || !read_by_anybody[partition as usize];
            for line in lines.all.iter_mut().filter(|line| line.is_unnamed()) {
                let start = line.log_start;
                if line.client != NONE {
                    let last = positions.get(&(partition, line.client));
                    let from = last.map_or(start, |(last, _)| last.saturating_add(1));
                    line.is_read_from(level_of(history, line.client), from);
                } else if named {
                    let level = match committed && line.to <= line.last_stable {
                        true => Level::Committed,
                        false => Level::Uncommitted,
                    };
                    line.is_read_from(level, came[level as usize].max(start));
                }
            }
        }
    }
}

/// Finds the final read that each record of a final reader belongs to: the first one after it.
struct Places<'h> {
    history: &'h History,
    /// Partitions with final reads in a file.
    in_part: FxHashSet<(PartitionId, u32)>,
    /// In which file the record is.
    part: u32,
    /// For each partition and reader what was found for the record before it.
    before: FxHashMap<(PartitionId, ClientId), Place>,
}

/// The final read of one record, in which file that is, and when it was read.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: usize,
    part: u32,
    end_ns: u64,
}

impl<'h> Places<'h> {
    fn new(history: &'h History) -> Self {
        let in_part = history.final_reads.iter().map(|it| (it.partition, it.part)).collect();
        Self { history, in_part, part: 0, before: FxHashMap::default() }
    }

    /// The final read of the next record: what is not after the record before is not after this one.
    fn line_of(&mut self, lines: &Lines, row: usize) -> usize {
        let (history, lines) = (self.history, &lines.all);
        let partition = history.reads.partition[row];
        let poll = history.polls[history.reads.poll[row] as usize];
        let row = u32::try_from(row).unwrap_or(NONE);
        while history.parts.get(self.part as usize).is_some_and(|next| next.reads <= row) {
            self.part += 1;
        }
        let (part, end_ns) = (self.part, poll.end_ns);
        let alike = |line: &FinalLine| clock_of(line.at_ns) == clock_of(end_ns);
        let after = |line: &FinalLine| match line.part == part {
            true => line.before > row,
            false => alike(line) && !is_before(line.at_ns, end_ns),
        };
        let before = self.before.get(&(partition, poll.client));
        let before = before.filter(|it| it.part == part && it.end_ns <= end_ns);
        let from = before.map_or(0, |it| it.line);
        let found = lines[from..].iter().position(after).map(|found| from + found);
        // Behind the last one, or nobody knows where.
        let line = found.unwrap_or_else(|| match self.in_part.contains(&(partition, part)) {
            true => lines.len(),
            false => lines.len() - 1,
        });
        self.before.insert((partition, poll.client), Place { line, part, end_ns });
        line
    }
}

/// What final readers of one level read of a partition before one final read.
#[derive(Debug, Clone, Copy)]
struct Round {
    /// Who read last, and from where to where.
    last: ClientId,
    from: u64,
    to: u64,
}

impl Default for Round {
    fn default() -> Self {
        Self { last: NONE, from: 0, to: 0 }
    }
}

impl Round {
    fn add(&mut self, reader: ClientId, offset: u64) {
        if self.last != reader {
            *self = Self { last: reader, from: offset, to: offset };
        }
        (self.from, self.to) = (self.from.min(offset), self.to.max(offset));
    }

    /// Whether a later reader came to the place as well.
    fn overtakes(&self, reader: ClientId, offset: u64) -> bool {
        self.last != reader && (self.from..=self.to).contains(&offset)
    }
}

/// For each partition and final reader the last offset that it has read, and for which final read.
type Positions = FxHashMap<(PartitionId, ClientId), (u64, usize)>;

fn level_of(history: &History, client: ClientId) -> Level {
    match history.clients[client as usize].isolation {
        Isolation::ReadCommitted => Level::Committed,
        Isolation::ReadUncommitted => Level::Uncommitted,
    }
}

/// The partition in which a message is looked for; `None` for any.
fn home(history: &History, first_read: &[ReadRow], message: MessageId) -> Option<PartitionId> {
    let send = history.send_of[message as usize];
    if send == NONE {
        let first = first_read[message as usize];
        return history.reads.partition.get(first as usize).copied();
    }
    let partition = history.sends.partition[send as usize];
    let number = history.partitions[partition as usize].number;
    number.is_some().then_some(partition)
}

/// The order of final reads: that of time, or, where there is no common clock, that of high watermarks.
fn sort(lines: &mut [FinalLine]) {
    let clock = lines.first().map(|line| clock_of(line.at_ns));
    if lines.iter().all(|line| Some(clock_of(line.at_ns)) == clock) {
        lines.sort_by_key(|line| line.at_ns);
    } else {
        lines.sort_by_key(|line| (line.high_watermark, line.to));
    }
}
