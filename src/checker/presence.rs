//! Whether what was sent is there at the end. That somebody has read it is not enough: the last final read that
//! came to its place decides, for each isolation level.

use std::ops::Range;

use super::compaction::Removed;
use super::ends::{Covered, Level};
use super::history::{NEVER, NO_OFFSET, PartitionId, SendRow, is_before};
use super::index::Index;

/// Where a message is at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    There,
    /// It was there, and retention, the cleaner or somebody removed it, as they may.
    Removed,
    /// It may have been removed; only a fact is missing.
    PerhapsRemoved(Removed),
    /// It is not there.
    Gone(Gone),
    /// Nobody has come to its place yet.
    Late(Late),
}

/// How a message is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// The log ends before its place; otherwise its place was passed over.
    pub beyond: bool,
    /// When that was found, or [`NEVER`] where it is not known.
    pub at_ns: u64,
    /// The log begins behind its place, although nothing was to be removed.
    pub before_start: bool,
}

/// Why a message may only be late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// Nobody has read as far.
    Behind,
    /// It lies beyond the last stable offset, though every transaction has ended.
    BeyondStable,
    /// Its offset is not known, and the beginning of the log was deleted.
    NoPlace,
}

/// Somebody was at a message's place without finding it.
#[derive(Debug, Clone, Copy)]
struct Missed {
    /// When that had happened, or [`NEVER`] where that is not known.
    at_ns: u64,
    /// It was a read_committed consumer.
    by_committed: bool,
}

impl Index<'_> {
    /// Where an acknowledged message is that read_committed consumers are to see.
    pub fn presence(&self, send: SendRow) -> Presence {
        let sends = &self.history.sends;
        let row = send as usize;
        let (partition, offset) = self.place_of(send);
        let message = sends.message[row];
        if self.history.partitions[partition as usize].number.is_none() {
            return Presence::Late(Late::Behind);
        }
        if self.is_settled(partition, offset) && self.is_read_committed(message) {
            return Presence::There;
        }
        let lines = self.final_lines(partition);
        let end_ns = sends.end_ns[row];
        let gone = |at_ns| Gone { beyond: false, at_ns, before_start: false };
        let mut there = [false; 2];
        for level in [Level::Committed, Level::Uncommitted] {
            let Some(last) = self.covering(send, Covered::By(level)) else { continue };
            if !self.ends.found(level, message, last) {
                return self.unless_removed(send, gone(lines[last].at_ns));
            }
            there[level as usize] = true;
        }
        let ends_before = self.ends.ends_before(partition, offset, end_ns);
        if there[0] && ends_before.is_none() {
            return Presence::There;
        }
        let read = there[1] || self.is_read(message);
        let missed = self.missed(send, read);
        if let Some(presence) = self.removed_from_start(send, missed.map_or(NEVER, |it| it.at_ns)) {
            return presence;
        }
        if let Some(last) = ends_before {
            return Presence::Gone(Gone { beyond: true, at_ns: last.at_ns, before_start: false });
        }
        let last = self.ends.last_since(partition, end_ns);
        if last.is_some() && self.is_replaced(send) {
            return self.unless_removed(send, gone(NEVER));
        }
        if self.is_read_committed(message) {
            return Presence::There;
        }
        let by_committed = missed.filter(|missed| missed.by_committed);
        if self.history.topic_of(partition).is_deleted() && by_committed.is_none() {
            // It went with its topic, and nobody needs to have come to it.
            return Presence::Removed;
        }
        if let Some(missed) = by_committed {
            return self.unless_removed(send, gone(missed.at_ns));
        }
        if read {
            let beyond = last.filter(|last| last.last_stable <= offset && offset != NO_OFFSET);
            return match beyond.is_some_and(|it| !self.may_be_held_back(partition, it.at_ns)) {
                true => Presence::Late(Late::BeyondStable),
                false => Presence::There,
            };
        }
        if let Some(missed) = missed {
            return self.unless_removed(send, gone(missed.at_ns));
        }
        let no_place = offset == NO_OFFSET && last.is_some_and(|line| line.is_complete());
        Presence::Late(if no_place { Late::NoPlace } else { Late::Behind })
    }

    /// For each partition the offsets that are in the log whenever somebody looks, and at which nothing but having been
    /// read tells of a message: no final reader of a known level came to them, and none was replaced or deleted.
    pub(super) fn settled(&self) -> Vec<Range<u64>> {
        let mut settled: Vec<_> = (0..)
            .zip(&self.deletions)
            .map(|(partition, deletions)| match deletions.are_none() {
                true => self.ends.in_every_unnamed(partition),
                false => 0..0,
            })
            .collect();
        self.replaced.keys().for_each(|(partition, _)| settled[*partition as usize] = 0..0);
        settled
    }

    /// Whether an offset is one of these.
    pub(super) fn is_settled(&self, partition: PartitionId, offset: u64) -> bool {
        self.settled[partition as usize].contains(&offset)
    }

    /// The last final read that would have found a message, and may have been made after its acknowledgement.
    pub(super) fn covering(&self, send: SendRow, which: Covered) -> Option<usize> {
        let sends = &self.history.sends;
        let (start_ns, end_ns) = (sends.start_ns[send as usize], sends.end_ns[send as usize]);
        match self.place_of(send) {
            (partition, NO_OFFSET) => self.ends.last_whole(partition, which, (start_ns, end_ns)),
            (partition, offset) => self.ends.last_covering(partition, which, offset, end_ns),
        }
    }

    /// Who was at the place of a message without finding it, other than final readers.
    fn missed(&self, send: SendRow, read: bool) -> Option<Missed> {
        let message = self.history.sends.message[send as usize];
        if self.is_read_committed(message) {
            return None;
        }
        if let Some(at_ns) = self.passed_ns(send, Level::Committed) {
            return Some(Missed { at_ns, by_committed: true });
        }
        if read {
            return None;
        }
        let unnamed = self.covering(send, Covered::Unnamed);
        let (partition, _) = self.place_of(send);
        let at_ns = unnamed
            .map(|line| self.final_lines(partition)[line].at_ns)
            .or_else(|| self.passed_ns(send, Level::Uncommitted))?;
        Some(Missed { at_ns, by_committed: false })
    }

    /// When a consumer had passed over the place of a message, [`NEVER`] where that is not known; `None` if none has.
    pub(super) fn passed_ns(&self, send: SendRow, level: Level) -> Option<u64> {
        let (partition, offset) = self.place_of(send);
        if offset == NO_OFFSET {
            return None;
        }
        let passed = match level {
            Level::Committed => self.runs.pass_committed(partition, offset),
            Level::Uncommitted => self.runs.pass(partition, offset),
        };
        let start_ns = self.history.sends.start_ns[send as usize];
        let at_ns = passed.then(|| self.runs.passed_ns(partition, offset, level))?;
        // Then something else had been there.
        Some(if is_before(at_ns, start_ns) { NEVER } else { at_ns })
    }

    /// Whether it was below the beginning of the log by a time.
    fn removed_from_start(&self, send: SendRow, by_ns: u64) -> Option<Presence> {
        let sends = &self.history.sends;
        let (partition, offset) = self.place_of(send);
        let ended_ns = sends.end_ns[send as usize];
        if offset == NO_OFFSET {
            return None;
        }
        if self.may_be_deleted_by(send, by_ns) {
            return Some(Presence::Removed);
        }
        if by_ns != NEVER && offset >= self.log_start_by(partition, by_ns) {
            return None;
        }
        let last = self.ends.last_since(partition, ended_ns)?;
        (offset < last.log_start).then(|| {
            match self.settings.keeps_everything(self.topic(partition)) {
                true => {
                    Presence::Gone(Gone { beyond: false, at_ns: last.at_ns, before_start: true })
                }
                false => Presence::Removed,
            }
        })
    }

    fn unless_removed(&self, send: SendRow, gone: Gone) -> Presence {
        if self.may_be_deleted_by(send, gone.at_ns) {
            let known = self.place_of(send).1 != NO_OFFSET;
            return if known { Presence::Removed } else { Presence::Late(Late::NoPlace) };
        }
        match self.removed_by_cleaner(send, gone.at_ns) {
            Removed::No if self.may_have_expired(send) => {
                Presence::PerhapsRemoved(Removed::IfExpired)
            }
            Removed::No => Presence::Gone(gone),
            Removed::Yes => Presence::Removed,
            perhaps => Presence::PerhapsRemoved(perhaps),
        }
    }

    /// Whether somebody has read its partition behind its place.
    pub(super) fn is_read_beyond(&self, send: SendRow) -> bool {
        let sends = &self.history.sends;
        let (partition, offset) = (sends.partition[send as usize], sends.offset[send as usize]);
        let last = self.reads.of(partition).last();
        last.is_some_and(|row| self.history.reads.offset[*row as usize] > offset)
    }

    /// Whether another message was the last one that was read at its place, and it was read nowhere else.
    fn is_replaced(&self, send: SendRow) -> bool {
        let sends = &self.history.sends;
        let (partition, offset) = self.place_of(send);
        let message = sends.message[send as usize];
        let last = self.replaced.get(&(partition, offset));
        if !self.is_read(message) || last.is_none_or(|last| *last == message) {
            return false;
        }
        let first = self.first_read[message as usize];
        let place = self.history.reads.offset.get(first as usize);
        place == Some(&offset)
    }
}
