//! Final reads: which readers each of them is of, and what those have found.

use rustc_hash::FxHashMap;

use super::history::{
    ClientId, FinalRead, History, Isolation, MessageId, NO_OFFSET, NONE, PartitionId, ReadRow,
    clock_of, is_before,
};

/// One final read of a partition.
#[derive(Debug, Clone, Copy)]
pub struct FinalLine {
    /// First offset that was still there.
    pub log_start: u64,
    /// It was read up to here, exclusive.
    pub to: u64,
    /// High watermark.
    pub high_watermark: u64,
    /// Last stable offset; [`NO_OFFSET`] where it was not recorded.
    pub last_stable: u64,
    /// When.
    pub at_ns: u64,
    /// From where final readers of each level have read for it, or [`NO_OFFSET`] where there was none. One that has
    /// read before goes on where it was.
    from: [u64; 2],
    client: ClientId,
    before: ReadRow,
    part: u32,
}

/// What a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Committed messages up to the last stable offset.
    Committed = 0,
    /// Everything up to the high watermark.
    Uncommitted = 1,
}

impl FinalLine {
    fn new(found: &FinalRead) -> Self {
        Self {
            log_start: found.log_start,
            to: found.to,
            high_watermark: found.high_watermark,
            last_stable: found.last_stable,
            at_ns: found.at_ns,
            from: [NO_OFFSET; 2],
            client: found.client,
            before: found.before,
            part: found.part,
        }
    }

    /// Nobody says who read.
    pub fn is_unnamed(&self) -> bool {
        self.from == [NO_OFFSET; 2]
    }

    /// Somebody read up to the high watermark.
    pub fn is_complete(&self) -> bool {
        self.to >= self.high_watermark
    }

    /// Whether a final reader of a level would have found a message at an offset, or of unknown offset.
    pub fn covers(&self, level: Level, offset: u64) -> bool {
        // What is known of a level's place may be of the other one, where there is no common clock.
        let stable =
            level == Level::Uncommitted || offset == NO_OFFSET || offset < self.last_stable;
        stable && self.covers_from(self.from[level as usize], offset)
    }

    /// Whether a reader that nobody named would have.
    pub fn covers_unnamed(&self, offset: u64) -> bool {
        self.is_unnamed() && self.covers_from(self.log_start, offset)
    }

    fn covers_from(&self, from: u64, offset: u64) -> bool {
        match offset {
            NO_OFFSET => from == 0 && self.log_start == 0 && self.is_complete(),
            _ => (from..self.to).contains(&offset),
        }
    }

    /// A final reader of a level began there.
    fn is_read_from(&mut self, level: Level, offset: u64) {
        let from = &mut self.from[level as usize];
        *from = offset.min(*from);
    }
}

/// The final reads of every partition.
#[derive(Debug, Default)]
pub struct Ends {
    lines: Vec<Vec<FinalLine>>,
    /// For each message, and each level, the last of its partition's final reads that found it, from 1; saturating.
    found: [Vec<u8>; 2],
}

impl Ends {
    pub(super) fn new(history: &History, first_read: &[ReadRow]) -> Self {
        let mut lines = vec![Vec::new(); history.partitions.len()];
        for found in &history.final_reads {
            lines[found.partition as usize].push(FinalLine::new(found));
        }
        lines.iter_mut().for_each(|lines| sort(lines));
        let mut ends = Self { lines, found: [Vec::new(), Vec::new()] };
        let finals: Vec<bool> = history.clients.iter().map(|client| client.final_reader).collect();
        if !finals.contains(&true) || history.final_reads.is_empty() {
            return ends;
        }
        ends.find(history, first_read, &finals);
        ends
    }

    /// The final reads of a partition, the last one last.
    pub fn of(&self, partition: PartitionId) -> &[FinalLine] {
        &self.lines[partition as usize]
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
        for (row, poll) in history.reads.poll.iter().enumerate() {
            let partition = history.reads.partition[row];
            let reader = history.polls[*poll as usize].client;
            read_by_anybody[partition as usize] = true;
            if !finals[reader as usize] || self.lines[partition as usize].is_empty() {
                continue;
            }
            let at = self.line_of(history, partition, row);
            let level = level_of(history, reader);
            let offset = history.reads.offset[row];
            rounds.entry((partition, at, level)).or_default().add(reader, offset);
            let before = positions.insert((partition, reader), (offset, at));
            let line = self.lines[partition as usize].get_mut(at);
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
        for (row, poll) in history.reads.poll.iter().enumerate() {
            let partition = history.reads.partition[row];
            let reader = history.polls[*poll as usize].client;
            if !finals[reader as usize] || self.lines[partition as usize].is_empty() {
                continue;
            }
            let message = history.reads.message[row];
            if home(history, first_read, message).is_some_and(|home| home != partition) {
                continue;
            }
            let at = self.line_of(history, partition, row);
            let level = level_of(history, reader);
            let line = self.lines[partition as usize].get(at);
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

    /// The final read that a final reader's record belongs to: the first one after it.
    fn line_of(&self, history: &History, partition: PartitionId, row: usize) -> usize {
        let lines = &self.lines[partition as usize];
        let poll = history.polls[history.reads.poll[row] as usize];
        let row = u32::try_from(row).unwrap_or(NONE);
        let part = history.parts.partition_point(|part| part.reads <= row);
        let alike = |line: &FinalLine| clock_of(line.at_ns) == clock_of(poll.end_ns);
        let after = |line: &FinalLine| match line.part as usize == part {
            true => line.before > row,
            false => alike(line) && !is_before(line.at_ns, poll.end_ns),
        };
        let found = lines.iter().position(after);
        // Behind the last one, or nobody knows where.
        found.unwrap_or_else(|| match lines.iter().any(|line| line.part as usize == part) {
            true => lines.len(),
            false => lines.len() - 1,
        })
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
            for line in lines.iter_mut().filter(|line| line.is_unnamed()) {
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
