//! Readers of final reads: to which of these what they have read belongs, and when they began.

use rustc_hash::{FxHashMap, FxHashSet};

use super::final_lines::{FinalLine, Level, Lines};
use super::history::{ClientId, History, Isolation, NEVER, NONE, PartitionId, clock_of, is_before};

pub(super) fn level_of(history: &History, client: ClientId) -> Level {
    match history.clients[client as usize].isolation {
        Isolation::ReadCommitted => Level::Committed,
        Isolation::ReadUncommitted => Level::Uncommitted,
    }
}

/// Finds the final read that each record of a final reader belongs to: the first one after it.
pub(super) struct Places<'h> {
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
    pub(super) fn new(history: &'h History) -> Self {
        let in_part = history.final_reads.iter().map(|it| (it.partition, it.part)).collect();
        Self { history, in_part, part: 0, before: FxHashMap::default() }
    }

    /// The final read of the next record: what is not after the record before is not after this one.
    pub(super) fn line_of(&mut self, lines: &Lines, row: usize) -> usize {
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
pub(super) struct Round {
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
    pub(super) fn add(&mut self, reader: ClientId, offset: u64) {
        if self.last != reader {
            *self = Self { last: reader, from: offset, to: offset };
        }
        (self.from, self.to) = (self.from.min(offset), self.to.max(offset));
    }

    /// Whether a later reader came to the place as well.
    pub(super) fn overtakes(&self, reader: ClientId, offset: u64) -> bool {
        self.last != reader && (self.from..=self.to).contains(&offset)
    }
}

/// When final readers began to read for the next of their final reads.
pub(super) struct Beginnings {
    /// Before which rows final reads stand, in order, and whose they are.
    lines: Vec<(u32, ClientId)>,
    /// How many of these are behind, and for each client, or [`NONE`], the last of its own.
    behind: usize,
    last: FxHashMap<ClientId, usize>,
    /// For each reader after which final read it began, and when.
    began: FxHashMap<ClientId, (usize, u64)>,
    part: u32,
    /// For each final read, by the row that it stands before and its reader, when that began.
    pub(super) of_line: FxHashMap<(u32, ClientId), u64>,
    /// When the first reader of each level in each file began.
    pub(super) first: FxHashMap<(u32, Level), u64>,
}

impl Beginnings {
    pub(super) fn new(history: &History) -> Self {
        let lines = history.final_reads.iter().map(|it| (it.before, it.client));
        let mut lines: Vec<_> = lines.collect();
        lines.sort_unstable();
        Self {
            lines,
            behind: 0,
            last: FxHashMap::default(),
            began: FxHashMap::default(),
            part: 0,
            of_line: FxHashMap::default(),
            first: FxHashMap::default(),
        }
    }

    /// Passes the final reads that stand before a row. Those of one reader that follow each other are of one round.
    pub(super) fn pass(&mut self, row: u32) {
        while let Some((before, _)) = self.lines.get(self.behind).copied().filter(|it| it.0 <= row)
        {
            let length = self.lines[self.behind..].partition_point(|(at, _)| *at == before);
            let together = self.behind..self.behind + length;
            for (_, client) in &self.lines[together.clone()] {
                let began =
                    self.began.get(client).filter(|(after, _)| *after == self.last(*client));
                if let Some((_, began_ns)) = began {
                    self.of_line.insert((before, *client), *began_ns);
                }
            }
            self.behind = together.end;
            for (_, client) in &self.lines[together] {
                self.last.insert(*client, self.behind);
            }
        }
    }

    /// The last final read so far that a reader may have made.
    fn last(&self, client: ClientId) -> usize {
        let last = |client| self.last.get(&client).copied().unwrap_or(0);
        last(NONE).max(last(client))
    }

    /// When the reader of the next record began.
    pub(super) fn of(&mut self, history: &History, row: usize) -> u64 {
        let poll = history.polls[history.reads.poll[row] as usize];
        let row = u32::try_from(row).unwrap_or(NONE);
        while history.parts.get(self.part as usize).is_some_and(|next| next.reads <= row) {
            self.part += 1;
        }
        self.pass(row);
        let after = self.last(poll.client);
        let began = self.began.entry(poll.client).or_insert((after, poll.start_ns));
        if began.0 != after {
            *began = (after, poll.start_ns);
        }
        let level = level_of(history, poll.client);
        self.first.entry((self.part, level)).or_insert(poll.start_ns);
        began.1
    }
}

/// When others than final readers read the partitions.
pub(super) struct Others {
    /// For each partition when the last poll ended, by the one clock of all of them, or [`NEVER`]; `None` without any.
    last_ns: Vec<Option<u64>>,
}

impl Others {
    pub(super) fn new(history: &History) -> Self {
        Self { last_ns: vec![None; history.partitions.len()] }
    }

    pub(super) fn read(&mut self, history: &History, row: usize) {
        let end_ns = history.polls[history.reads.poll[row] as usize].end_ns;
        let last = &mut self.last_ns[history.reads.partition[row] as usize];
        *last = Some(match *last {
            Some(last) if clock_of(last) != clock_of(end_ns) => NEVER,
            Some(last) => last.max(end_ns),
            None => end_ns,
        });
    }

    pub(super) fn are_none(&self, partition: PartitionId) -> bool {
        self.last_ns[partition as usize].is_none()
    }

    /// Whether the last of them had ended before a time for certain.
    pub(super) fn ended_before(&self, partition: PartitionId, by_ns: u64) -> bool {
        self.last_ns[partition as usize].is_some_and(|last| is_before(last, by_ns))
    }
}
