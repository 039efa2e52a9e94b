//! Whether what was sent is there at the end. That somebody has read it is not enough: the last final read that
//! came to its place decides, for each isolation level.

use super::compaction::Removed;
use super::ends::{Covered, Level};
use super::history::{NEVER, NO_OFFSET, SendRow};
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

impl Index<'_> {
    /// Where an acknowledged message is that read_committed consumers are to see.
    pub fn presence(&self, send: SendRow) -> Presence {
        let sends = &self.history.sends;
        let row = send as usize;
        let (partition, offset) = (sends.partition[row], sends.offset[row]);
        let message = sends.message[row];
        if self.history.partitions[partition as usize].number.is_none() {
            let read = self.is_read(message);
            return if read { Presence::There } else { Presence::Late(Late::Behind) };
        }
        let lines = self.final_lines(partition);
        let end_ns = sends.end_ns[row];
        let gone = |at_ns| Gone { beyond: false, at_ns, before_start: false };
        let mut there = [false; 2];
        for level in [Level::Committed, Level::Uncommitted] {
            let last = self.ends.last_covering(partition, Covered::By(level), offset, end_ns);
            let Some(last) = last else { continue };
            if !self.ends.found(level, message, last) {
                return self.unless_removed(send, gone(lines[last].at_ns));
            }
            there[level as usize] = true;
        }
        let last = self.ends.last_since(partition, end_ns);
        let ends_before = last.filter(|last| offset != NO_OFFSET && offset >= last.high_watermark);
        if there[0] && ends_before.is_none() {
            return Presence::There;
        }
        if let Some(presence) = self.removed_from_start(send) {
            return presence;
        }
        if let Some(last) = ends_before {
            return Presence::Gone(Gone { beyond: true, at_ns: last.at_ns, before_start: false });
        }
        if last.is_some() && self.is_replaced(send) {
            return self.unless_removed(send, gone(NEVER));
        }
        if self.is_read_committed(message) {
            return Presence::There;
        }
        let passed = offset != NO_OFFSET && self.runs.pass_committed(partition, offset);
        if self.history.topic_of(partition).deleted && !passed {
            // It went with its topic, and nobody needs to have come to it.
            return Presence::Removed;
        }
        if passed {
            return self.unless_removed(send, gone(NEVER));
        }
        if there[1] || self.is_read(message) {
            let beyond = last.is_some_and(|last| last.last_stable <= offset && offset != NO_OFFSET);
            return match beyond && !self.may_be_held_back(partition) {
                true => Presence::Late(Late::BeyondStable),
                false => Presence::There,
            };
        }
        let unnamed = self.ends.last_covering(partition, Covered::Unnamed, offset, end_ns);
        if let Some(line) = unnamed {
            return self.unless_removed(send, gone(lines[line].at_ns));
        }
        if offset != NO_OFFSET && self.runs.pass(partition, offset) {
            return self.unless_removed(send, gone(NEVER));
        }
        let no_place = offset == NO_OFFSET && last.is_some_and(|line| line.is_complete());
        Presence::Late(if no_place { Late::NoPlace } else { Late::Behind })
    }

    /// Whether it was below the beginning of the log.
    fn removed_from_start(&self, send: SendRow) -> Option<Presence> {
        let sends = &self.history.sends;
        let (partition, offset) = (sends.partition[send as usize], sends.offset[send as usize]);
        let ended_ns = sends.end_ns[send as usize];
        if offset == NO_OFFSET {
            return None;
        }
        if offset < self.deleted_since(partition, sends.start_ns[send as usize]) {
            return Some(Presence::Removed);
        }
        let last = self.ends.last_since(partition, ended_ns)?;
        (offset < last.log_start).then(|| {
            match self.settings.keeps_everything(self.topic_name(partition)) {
                true => {
                    Presence::Gone(Gone { beyond: false, at_ns: last.at_ns, before_start: true })
                }
                false => Presence::Removed,
            }
        })
    }

    fn unless_removed(&self, send: SendRow, gone: Gone) -> Presence {
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
        let (partition, offset) = (sends.partition[send as usize], sends.offset[send as usize]);
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
