//! Final reads: which readers each of them is of, and what those have found.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::final_lines::Lines;
pub use super::final_lines::{Covered, FinalLine, Level};
use super::final_readers::{Beginnings, Others, Places, Round, level_of};
use super::growth::tell_quiet_logs;
use super::history::{
    ClientId, History, Isolation, MessageId, NEVER, NO_OFFSET, NONE, PartitionId, ReadRow,
    clock_of, is_after, is_before,
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
        let mut finals: Vec<bool> = history.clients.iter().map(|it| it.final_reader).collect();
        // Who is named by a final read has made it, whatever was declared.
        for found in history.final_reads.iter().filter(|found| found.client != NONE) {
            finals[found.client as usize] = true;
        }
        if finals.contains(&true) && !history.final_reads.is_empty() {
            ends.find(history, first_read, &finals);
        }
        ends.lines.iter_mut().for_each(Lines::index);
        ends
    }

    /// The last final read that covers an offset, and was not made before a time for certain.
    pub fn last_covering(
        &self,
        partition: PartitionId,
        which: Covered,
        offset: u64,
        since_ns: u64,
    ) -> Option<usize> {
        let lines = &self.lines[partition as usize];
        let cover = lines.covers.get(which.place())?;
        lines.last(since_ns, cover.last(offset), |line| which.is_in(line, offset))
    }

    /// The last final read that would have found a message of unknown offset which was sent and acknowledged at these
    /// times: it is behind what was there before.
    pub fn last_whole(
        &self,
        partition: PartitionId,
        which: Covered,
        (start_ns, end_ns): (u64, u64),
    ) -> Option<usize> {
        let from = self.end_before(partition, start_ns);
        self.lines[partition as usize].last_whole(which, from, end_ns)
    }

    /// The highest end of the log that a final read found before a time for certain.
    pub fn end_before(&self, partition: PartitionId, by_ns: u64) -> u64 {
        let lines = &self.lines[partition as usize];
        if !lines.on_one_clock {
            return 0;
        }
        let before = lines.all.partition_point(|line| is_before(line.at_ns, by_ns));
        lines.end_so_far[..before].last().copied().unwrap_or(0)
    }

    /// The last final read that was not made before a time for certain.
    pub fn last_since(&self, partition: PartitionId, since_ns: u64) -> Option<&FinalLine> {
        let lines = &self.lines[partition as usize];
        let last = lines.last(since_ns, lines.all.len().checked_sub(1), |_| true);
        last.map(|last| &lines.all[last])
    }

    /// The last final read, if it began after a time for certain and found the log ending before an offset.
    pub fn ends_before(
        &self,
        partition: PartitionId,
        offset: u64,
        since_ns: u64,
    ) -> Option<&FinalLine> {
        let last = self.last_since(partition, since_ns)?;
        let ends = offset != NO_OFFSET && offset >= last.high_watermark;
        (ends && is_after(last.began_ns, since_ns)).then_some(last)
    }

    /// Whether one that began after a time for certain came to the high watermark.
    pub fn is_complete_since(&self, partition: PartitionId, since_ns: u64) -> bool {
        let lines = &self.lines[partition as usize];
        let last = lines.last(since_ns, lines.complete, FinalLine::is_complete);
        last.is_some_and(|last| is_after(lines.all[last].began_ns, since_ns))
    }

    /// Of the final reads that began after a time for certain the one with the highest high watermark.
    pub fn highest_since(&self, partition: PartitionId, since_ns: u64) -> Option<&FinalLine> {
        let lines = &self.lines[partition as usize];
        let since = |line: &FinalLine| is_after(line.began_ns, since_ns);
        if !lines.on_one_clock {
            let later = lines.all.iter().filter(|line| since(line));
            return later.max_by_key(|line| line.high_watermark);
        }
        let first = lines.all.partition_point(|line| !since(line));
        lines.highest_from.get(first).map(|highest| &lines.all[*highest])
    }

    /// The offsets that every final read of a partition found in the log, where of none it is known who read.
    pub(super) fn in_every_unnamed(&self, partition: PartitionId) -> Range<u64> {
        let lines = &self.lines[partition as usize].all;
        if !lines.iter().all(FinalLine::is_unnamed) {
            return 0..0;
        }
        let start = lines.iter().map(|line| line.log_start).max();
        let end = lines.iter().map(|line| line.high_watermark).min();
        start.unwrap_or(0)..end.unwrap_or(NO_OFFSET)
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
        let mut others = Others::new(history);
        let mut positions: Positions = FxHashMap::default();
        let mut rounds_begin = Beginnings::new(history);
        let mut rounds: FxHashMap<(PartitionId, usize, Level), Round> = FxHashMap::default();
        let mut places = Places::new(history);
        for (row, poll) in history.reads.poll.iter().enumerate() {
            let partition = history.reads.partition[row];
            let reader = history.polls[*poll as usize].client;
            if !finals[reader as usize] {
                others.read(history, row);
                continue;
            }
            let began_ns = rounds_begin.of(history, row);
            if self.lines[partition as usize].all.is_empty() {
                continue;
            }
            let at = places.line_of(&self.lines[partition as usize], row);
            let level = level_of(history, reader);
            let offset = history.reads.offset[row];
            rounds.entry((partition, at, level)).or_default().add(reader, offset);
            let before = positions.insert((partition, reader), (offset, at));
            let line = self.lines[partition as usize].all.get_mut(at);
            if let Some(line) = line.filter(|line| [NONE, reader].contains(&line.client)) {
                line.is_begun(began_ns);
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
        rounds_begin.pass(NONE);
        for line in self.lines.iter_mut().flat_map(|lines| &mut lines.all) {
            let began_ns = rounds_begin.of_line.get(&(line.before, line.client));
            began_ns.iter().for_each(|began_ns| line.is_begun(**began_ns));
        }
        tell_quiet_logs(history, &mut self.lines);
        self.name(history, &positions, &others, &rounds_begin.first, finals);
    }

    /// Says of the final reads that found nothing whose they are.
    fn name(
        &mut self,
        history: &History,
        positions: &Positions,
        others: &Others,
        first_ns: &FxHashMap<(u32, Level), u64>,
        finals: &[bool],
    ) {
        let has = |level| {
            let clients = history.clients.iter().zip(finals);
            clients.into_iter().any(|(client, last)| *last && client.isolation == level)
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
            for line in lines.all.iter_mut().filter(|line| line.is_unnamed()) {
                let start = line.log_start;
                if line.client != NONE {
                    let last = positions.get(&(partition, line.client));
                    let from = last.map_or(start, |(last, _)| last.saturating_add(1));
                    line.is_read_from(level_of(history, line.client), from);
                    continue;
                }
                let level = match committed && line.to <= line.last_stable {
                    true => Level::Committed,
                    false => Level::Uncommitted,
                };
                // Somebody who is not called a final reader may have read it, but not before one that is began.
                let began_ns = first_ns.get(&(line.part, level)).copied().unwrap_or(NEVER);
                let is_next = is_before(began_ns, line.at_ns);
                let by_final = is_next && others.ended_before(partition, began_ns);
                if came != [0; 2] || others.are_none(partition) || by_final {
                    line.is_read_from(level, came[level as usize].max(start));
                }
                if by_final {
                    line.is_begun(began_ns);
                }
            }
        }
    }
}

/// For each partition and final reader the last offset that it has read, and for which final read.
type Positions = FxHashMap<(PartitionId, ClientId), (u64, usize)>;

/// The partition to search for a message; `None` for any.
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
