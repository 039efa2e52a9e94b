//! Where the messages of each key are, and when they were sent: a later one lets the cleaner remove those before it.

use rustc_hash::FxHashMap;

use super::history::{End, Fate, History, NEVER, NO_OFFSET, NONE, PartitionId, SendRow, clock_of};
use super::index::Index;
use super::intern::TextId;

/// The messages of all keys, by partition, key and place.
#[derive(Debug)]
pub(super) struct Compaction(Vec<Keyed>);

#[derive(Debug, Clone, Copy)]
struct Keyed {
    partition: PartitionId,
    key: TextId,
    place: u64,
    /// When it and those of its key that are behind it were sent.
    sent: Sent,
}

/// When the first and the last of some messages were sent, by the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    first_ns: u64,
    last_ns: u64,
}

impl Sent {
    fn at(at_ns: u64) -> Self {
        Self { first_ns: at_ns, last_ns: at_ns }
    }

    fn and(self, other: Self) -> Self {
        let first_ns = self.first_ns.min(other.first_ns);
        Self { first_ns, last_ns: self.last_ns.max(other.last_ns) }
    }

    /// Whether one of them may have been sent by a time. Of different clocks nothing is certain.
    pub(super) fn may_be_by(self, at_ns: u64) -> bool {
        at_ns == NEVER || self.since_ns(clock_of(at_ns)) <= at_ns
    }

    /// Since when, by a clock, one of them may have been sent.
    pub(super) fn since_ns(self, clock: u64) -> u64 {
        let only = [self.first_ns, self.last_ns].map(clock_of) == [clock; 2];
        if only { self.first_ns } else { 0 }
    }

    /// The clock by which they were sent, if it is one.
    pub(super) fn clock(self) -> Option<u64> {
        let clock = clock_of(self.first_ns);
        (clock == clock_of(self.last_ns)).then_some(clock)
    }
}

impl Compaction {
    pub(super) fn new(index: &Index<'_>) -> Self {
        let mut all = all(index);
        let of = |it: &Keyed| (it.partition, it.key);
        all.sort_unstable_by_key(|it| (of(it), it.place));
        for at in (1..all.len()).rev() {
            if of(&all[at - 1]) == of(&all[at]) {
                all[at - 1].sent = all[at - 1].sent.and(all[at].sent);
            }
        }
        Self(all)
    }

    /// When the messages of a key that are behind a place were sent; `None` without any. Without a place it may have been
    /// before all of them.
    pub(super) fn behind(
        &self,
        partition: PartitionId,
        key: TextId,
        place: Option<u64>,
    ) -> Option<Sent> {
        let from = (partition, key, place.map_or(0, |place| place.saturating_add(1)));
        let behind = self.0.partition_point(|it| (it.partition, it.key, it.place) < from);
        let first = self.0.get(behind).filter(|it| (it.partition, it.key) == (partition, key));
        first.map(|it| it.sent)
    }
}

fn all(index: &Index<'_>) -> Vec<Keyed> {
    let History { sends, reads, send_of, .. } = index.history;
    let mut all = Vec::new();
    if sends.key.is_empty() {
        return all;
    }
    let key_of = |send: SendRow| {
        let key = sends.key.get(send as usize).copied().unwrap_or(NONE);
        let void = sends.outcome[send as usize] == End::Failed
            || matches!(index.fate_of_send(send), Some(Fate::Aborted | Fate::Open));
        (key != NONE && !void).then_some(key)
    };
    // Messages that nobody found, without a known partition: for each key the last place, and when it was sent.
    let mut anywhere: FxHashMap<(PartitionId, TextId), (u64, Sent)> = FxHashMap::default();
    for row in (0..).take(sends.len()) {
        let Some(key) = key_of(row) else { continue };
        let sent = Sent::at(sends.start_ns[row as usize]);
        let (partition, place) = match index.place_of(row) {
            // Nobody knows the place of a tombstone that is gone itself.
            (partition, NO_OFFSET) if sends.tombstones.binary_search(&row).is_ok() => {
                (partition, u64::MAX)
            }
            (_, NO_OFFSET) => continue,
            known => known,
        };
        if index.history.partitions[partition as usize].number.is_some() {
            all.push(Keyed { partition, key, place, sent });
        } else {
            let last = anywhere.entry((partition, key)).or_insert((place, sent));
            *last = (last.0.max(place), last.1.and(sent));
        }
    }
    for ((partition, key), (place, sent)) in anywhere {
        let topic = index.history.partitions[partition as usize].topic;
        let others = (0..).zip(&index.history.partitions).filter(|(_, it)| it.topic == topic);
        all.extend(others.map(|(partition, _)| Keyed { partition, key, place, sent }));
    }
    // Copies of them elsewhere.
    for (row, message) in reads.message.iter().enumerate() {
        let send = send_of[*message as usize];
        let (partition, place) = (reads.partition[row], reads.offset[row]);
        if send == NONE || index.place_of(send) == (partition, place) {
            continue;
        }
        if let Some(key) = key_of(send) {
            let sent = Sent::at(sends.start_ns[send as usize]);
            all.push(Keyed { partition, key, place, sent });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::clock::place_in_file;
    use super::*;

    #[test]
    fn what_was_sent_by_one_clock_later_was_not_sent_before() {
        let sent = Sent::at(30).and(Sent::at(20));
        assert!(sent.may_be_by(20) && sent.may_be_by(NEVER) && !sent.may_be_by(19));
        assert!(sent.may_be_by(place_in_file(1, 1)), "another clock");
        let mixed = sent.and(Sent::at(place_in_file(1, 9)));
        assert!(mixed.may_be_by(1) && mixed.may_be_by(place_in_file(1, 1)));
        assert_eq!((sent.clock(), mixed.clock()), (Some(0), None));
    }

    #[test]
    fn only_those_behind_a_place_count() {
        let keyed = |key, place, at_ns| Keyed { partition: 0, key, place, sent: Sent::at(at_ns) };
        let last = keyed(1, 9, 5);
        let mut first = keyed(1, 3, 7);
        first.sent = first.sent.and(last.sent);
        let keys = Compaction(vec![keyed(0, 4, 1), first, last]);
        assert_eq!(keys.behind(0, 1, None), Some(first.sent));
        assert_eq!(keys.behind(0, 1, Some(3)), Some(Sent::at(5)));
        assert_eq!(keys.behind(0, 1, Some(9)), None);
        assert_eq!(keys.behind(1, 1, Some(0)), None);
    }
}
