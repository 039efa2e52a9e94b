//! The final reads of one partition, by what is asked of them.

use std::ops::Range;

use super::cover::Cover;
use super::history::{
    ClientId, FinalRead, NEVER, NO_OFFSET, ReadRow, clock_of, is_after, is_before,
};
use super::lowest::Lowest;

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
    /// Time of the line.
    pub at_ns: u64,
    /// When its reader began, as far as that is known: the ends of the log may have been asked for since then.
    pub(super) began_ns: u64,
    /// From where final readers of each level have read for it, or [`NO_OFFSET`] where there was none. One that has
    /// read before goes on where it was.
    from: [u64; 2],
    /// Who read, or nobody knows who.
    pub(super) client: ClientId,
    /// What was read before it stands before this row.
    pub(super) before: ReadRow,
    /// In which file it is.
    pub(super) part: u32,
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
    pub(super) fn new(found: &FinalRead) -> Self {
        Self {
            log_start: found.log_start,
            to: found.to,
            high_watermark: found.high_watermark,
            last_stable: found.last_stable,
            at_ns: found.at_ns,
            began_ns: found.at_ns,
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

    /// Its reader began at a time, unless that is of another clock.
    pub(super) fn is_begun(&mut self, began_ns: u64) {
        if clock_of(began_ns) == clock_of(self.began_ns) {
            self.began_ns = self.began_ns.min(began_ns);
        }
    }

    /// A final reader of a level began there.
    pub(super) fn is_read_from(&mut self, level: Level, offset: u64) {
        let from = &mut self.from[level as usize];
        *from = offset.min(*from);
    }
}

/// Whose ranges of offsets are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Covered {
    /// What final readers of a level have read.
    By(Level),
    /// What a reader without a name has read.
    Unnamed,
    /// The same, below the last stable offset.
    UnnamedStable,
}

impl Covered {
    const ALL: [Self; 4] = [
        Self::By(Level::Committed),
        Self::By(Level::Uncommitted),
        Self::Unnamed,
        Self::UnnamedStable,
    ];

    pub(super) fn place(self) -> usize {
        match self {
            Self::By(level) => level as usize,
            Self::Unnamed => 2,
            Self::UnnamedStable => 3,
        }
    }

    /// The offsets of one final read; what is below the beginning of the log was not to be found.
    fn range(self, line: &FinalLine) -> Range<u64> {
        let stable = line.to.min(line.last_stable);
        let from = |level: Level| line.from[level as usize].max(line.log_start);
        match self {
            // What is known of a level's place may be of the other one, where there is no common clock.
            Self::By(Level::Committed) => from(Level::Committed)..stable,
            Self::By(Level::Uncommitted) => from(Level::Uncommitted)..line.to,
            Self::Unnamed | Self::UnnamedStable if !line.is_unnamed() => NO_OFFSET..NO_OFFSET,
            Self::Unnamed => line.log_start..line.to,
            Self::UnnamedStable => line.log_start..stable,
        }
    }

    /// Whether a message at an offset would have been found.
    pub(super) fn is_in(self, line: &FinalLine, offset: u64) -> bool {
        self.range(line).contains(&offset)
    }

    /// From where on every message would have been found, wherever it is; [`NO_OFFSET`] for none.
    pub(super) fn whole_from(self, line: &FinalLine) -> u64 {
        let range = self.range(line);
        if range.end >= line.high_watermark { range.start } else { NO_OFFSET }
    }
}

/// The final reads of one partition.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    pub(super) all: Vec<FinalLine>,
    /// All are by one clock, and in its order.
    pub(super) on_one_clock: bool,
    /// For each of [`Covered::ALL`] what was covered.
    pub(super) covers: Vec<Cover>,
    /// For each of these from where on each final read was whole, the last one first.
    pub(super) whole: Vec<Lowest>,
    /// The highest high watermark so far.
    pub(super) end_so_far: Vec<u64>,
    /// For each the one with the highest high watermark from there on.
    pub(super) highest_from: Vec<usize>,
    /// The last one up to the high watermark.
    pub(super) complete: Option<usize>,
    /// The highest first offset.
    pub(super) log_start: u64,
}

impl Lines {
    /// Works out what is asked for of every message.
    pub(super) fn index(&mut self) {
        let Some(first) = self.all.first() else { return };
        let clock = clock_of(first.at_ns);
        self.on_one_clock = self.all.iter().all(|line| clock_of(line.at_ns) == clock);
        if self.on_one_clock {
            // Who has begun later has ended later.
            let mut began_ns = NEVER;
            for line in self.all.iter_mut().rev() {
                began_ns = began_ns.min(line.began_ns);
                line.began_ns = began_ns;
            }
        }
        let of_each = |which: Covered| Cover::new(self.all.iter().map(|line| which.range(line)));
        self.covers = Covered::ALL.map(of_each).into();
        let whole =
            |which: Covered| Lowest::new(self.all.iter().rev().map(|it| which.whole_from(it)));
        self.whole = Covered::ALL.map(whole).into();
        let mut end = 0;
        let ends = self.all.iter().map(|line| {
            end = end.max(line.high_watermark);
            end
        });
        self.end_so_far = ends.collect();
        let mut highest = self.all.len() - 1;
        self.highest_from = vec![highest; self.all.len()];
        for (number, line) in self.all.iter().enumerate().rev() {
            if line.high_watermark > self.all[highest].high_watermark {
                highest = number;
            }
            self.highest_from[number] = highest;
        }
        self.complete = self.all.iter().rposition(FinalLine::is_complete);
        self.log_start = self.all.iter().map(|line| line.log_start).max().unwrap_or(0);
    }

    /// The last one that would have found every message from an offset on, and that began after a time for certain.
    pub(super) fn last_whole(&self, which: Covered, from: u64, since_ns: u64) -> Option<usize> {
        let since = |line: &FinalLine| is_after(line.began_ns, since_ns);
        if !self.on_one_clock {
            let is = |line: &FinalLine| which.whole_from(line) <= from && since(line);
            return self.all.iter().rposition(is);
        }
        let whole = self.whole.get(which.place())?;
        let back = whole.first_up_to(&(0..self.all.len()), from)?;
        Some(self.all.len() - 1 - back).filter(|last| since(&self.all[*last]))
    }

    /// The last one of which something is true and that was not made before a time for certain; `known` is the last one
    /// of which it is true.
    pub(super) fn last(
        &self,
        since_ns: u64,
        known: Option<usize>,
        is: impl Fn(&FinalLine) -> bool,
    ) -> Option<usize> {
        let since = |line: &FinalLine| !is_before(line.at_ns, since_ns);
        match self.on_one_clock {
            true => known.filter(|known| since(&self.all[*known])),
            false => self.all.iter().rposition(|line| since(line) && is(line)),
        }
    }
}
