//! Settings of topics, as they were when they mattered: a declaration holds from its time on.

use rustc_hash::{FxHashMap, FxHashSet};

use super::allowed::{Fact, Facts};
use super::clock::{before, between};
use super::history::{CleanupPolicy, History, NEVER, PartitionId, TopicSettings, is_before};
use super::index::Index;
use super::intern::TextId;

/// What was declared of each topic, by its row, and of all of one name.
#[derive(Debug)]
pub struct Settings {
    topics: FxHashMap<u32, Declared>,
    names: FxHashMap<TextId, Declared>,
    lives: FxHashSet<TextId>,
}

/// What was declared of one topic.
#[derive(Debug, Default)]
struct Declared {
    unclean: Timeline,
    min_isr_below_two: Timeline,
    old_format: Timeline,
    compacts: Timeline,
    /// The shortest time for which a tombstone stays.
    delete_retention_ms: Option<u64>,
    /// The shortest time after which retention removes something.
    retention_ms: Option<u64>,
    /// It was declared, and each time so, that nothing is removed: by policy, by time, by size.
    compacts_only: Always,
    keeps_for_ever: Always,
    keeps_any_size: Always,
}

/// Whether something was declared, and each time in the same way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Always {
    #[default]
    Undeclared,
    Yes,
    No,
}

impl Always {
    fn see(&mut self, declared: Option<bool>) {
        match declared {
            None => {}
            Some(true) if *self != Self::No => *self = Self::Yes,
            Some(_) => *self = Self::No,
        }
    }
}

impl Declared {
    fn declare(&mut self, it: &TopicSettings) {
        self.unclean.declare(it.at_ns, it.unclean_election);
        self.min_isr_below_two.declare(it.at_ns, it.min_insync_replicas.map(|isr| isr < 2));
        self.old_format.declare(it.at_ns, it.message_format.map(|format| format < 2));
        let compacts = |policy| policy != CleanupPolicy::Delete;
        self.compacts.declare(it.at_ns, it.cleanup_policy.map(compacts));
        let shortest = self.delete_retention_ms.into_iter().chain(it.delete_retention_ms);
        self.delete_retention_ms = shortest.min();
        let retention_ms = it.retention_ms.and_then(|ms| u64::try_from(ms).ok());
        self.retention_ms = self.retention_ms.into_iter().chain(retention_ms).min();
        self.compacts_only.see(it.cleanup_policy.map(|it| it == CleanupPolicy::Compact));
        self.keeps_for_ever.see(it.retention_ms.map(|ms| ms < 0));
        self.keeps_any_size.see(it.retention_bytes.map(|bytes| bytes < 0));
    }
}

/// Since when a setting had a value of which it matters whether it holds.
#[derive(Debug, Default)]
struct Timeline {
    /// When it was declared, in the order of time.
    times: Vec<u64>,
    /// How many of these, and of all before, had that value.
    held: Vec<u32>,
}

impl Timeline {
    fn declare(&mut self, at_ns: u64, holds: Option<bool>) {
        if let Some(holds) = holds {
            let before = self.held.last().copied().unwrap_or(0);
            self.times.push(at_ns);
            self.held.push(before + u32::from(holds));
        }
    }

    /// Whether it may have held at some time in a span; before the first declaration it does not.
    fn may_have(&self, from_ns: u64, to_ns: u64) -> bool {
        // Of those before the span all but the last are replaced.
        let earlier = before(&self.times, from_ns);
        let in_force = match earlier.is_empty() {
            true => from_ns,
            false => self.times[earlier.end - 1],
        };
        let held = |end: usize| end.checked_sub(1).map_or(0, |last| self.held[last]);
        between(&self.times, in_force, to_ns).any(|places| held(places.start) < held(places.end))
    }
}

/// Who may remove records of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleanup {
    /// It is not declared.
    Undeclared,
    /// Retention alone.
    Delete,
    /// The cleaner, which keeps the last message of each key.
    Compact,
}

impl Settings {
    pub(super) fn new(history: &History) -> Self {
        let mut sorted: Vec<&TopicSettings> = history.topic_settings.iter().collect();
        sorted.sort_by_key(|settings| settings.at_ns);
        let mut topics: FxHashMap<u32, Declared> = FxHashMap::default();
        let mut names: FxHashMap<TextId, Declared> = FxHashMap::default();
        for it in sorted {
            topics.entry(it.log).or_default().declare(it);
            names.entry(it.topic).or_default().declare(it);
        }
        let ids = history.topic_settings.iter().filter(|it| it.id.is_some()).map(|it| it.topic);
        let lives = history.topic_lives.iter().map(|life| life.topic).chain(ids);
        Self { topics, names, lives: lives.collect() }
    }

    /// Whether an unclean election may have taken place in a span of time.
    pub fn unclean(&self, topic: u32, (from_ns, to_ns): (u64, u64)) -> bool {
        self.topics.get(&topic).is_some_and(|of| of.unclean.may_have(from_ns, to_ns))
    }

    /// The same in any topic of a name.
    pub fn unclean_anywhere(&self, name: TextId, (from_ns, to_ns): (u64, u64)) -> bool {
        self.names.get(&name).is_some_and(|of| of.unclean.may_have(from_ns, to_ns))
    }

    /// Whether a message that was sent in a span of time may have been on its leader alone.
    pub fn min_isr_below_two(&self, topic: u32, (from_ns, to_ns): (u64, u64)) -> bool {
        self.topics.get(&topic).is_some_and(|of| of.min_isr_below_two.may_have(from_ns, to_ns))
    }

    /// The same in any topic of a name.
    pub fn min_isr_below_two_anywhere(&self, name: TextId, (from_ns, to_ns): (u64, u64)) -> bool {
        self.names.get(&name).is_some_and(|of| of.min_isr_below_two.may_have(from_ns, to_ns))
    }

    /// Whether record batches that were written in a span of time may be older than version 2.
    pub fn old_format(&self, topic: u32, (from_ns, to_ns): (u64, u64)) -> bool {
        self.topics.get(&topic).is_some_and(|of| of.old_format.may_have(from_ns, to_ns))
    }

    /// Who may have removed records in a span of time.
    pub fn cleanup(&self, topic: u32, span: (u64, u64)) -> Cleanup {
        match self.topics.get(&topic) {
            Some(of) if !of.compacts.times.is_empty() => {
                match of.compacts.may_have(span.0, span.1) {
                    true => Cleanup::Compact,
                    false => Cleanup::Delete,
                }
            }
            _ => Cleanup::Undeclared,
        }
    }

    /// For how long a tombstone stays, where that was declared.
    pub fn delete_retention_ms(&self, topic: u32) -> Option<u64> {
        self.topics.get(&topic)?.delete_retention_ms
    }

    /// Whether it was declared that retention removes nothing.
    pub fn keeps_everything(&self, topic: u32) -> bool {
        self.topics.get(&topic).is_some_and(|of| {
            let for_ever = [of.keeps_for_ever, of.keeps_any_size] == [Always::Yes; 2];
            of.compacts_only == Always::Yes || for_ever
        })
    }

    /// Whether it was declared that retention removes something.
    pub fn may_expire(&self, topic: u32) -> bool {
        self.topics
            .get(&topic)
            .is_some_and(|of| [of.keeps_for_ever, of.keeps_any_size].contains(&Always::No))
    }

    /// After how many milliseconds retention may remove something, by the shortest that was declared.
    pub fn shortest_retention_ms(&self, topic: u32) -> Option<u64> {
        self.topics.get(&topic)?.retention_ms
    }

    /// Whether it was declared that retention removes what is more than so many bytes.
    pub fn may_expire_by_size(&self, topic: u32) -> bool {
        self.topics.get(&topic).is_some_and(|of| of.keeps_any_size == Always::No)
    }

    /// Whether the history says when the topic was created or deleted.
    pub fn tells_life(&self, topic: TextId) -> bool {
        self.lives.contains(&topic)
    }
}

/// From one time to another. What began later by the same clock, as what has not ended, is of the end; by different
/// clocks it may have been any time before.
pub(super) fn span(from_ns: u64, to_ns: u64) -> (u64, u64) {
    if is_before(to_ns, from_ns) || from_ns == NEVER { (to_ns, to_ns) } else { (from_ns, to_ns) }
}

impl Facts {
    /// With what excuses that a partition's log lost its end in a span of time: an unclean election, a leader that was
    /// alone with what was sent in another span, or a log that seems to have begun anew.
    pub(super) fn with_elections(
        self,
        index: &Index<'_>,
        partition: PartitionId,
        span: (u64, u64),
        sent: (u64, u64),
    ) -> Self {
        let topic = index.topic(partition);
        self.with(Fact::UncleanElection, index.settings.unclean(topic, span))
            .with(Fact::MinIsrBelowTwo, index.settings.min_isr_below_two(topic, sent))
            .with(Fact::SeemsAnew, index.seems_anew(partition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::clock::place_in_file;

    fn declared(at_ns: u64, min_insync_replicas: u32) -> TopicSettings {
        TopicSettings {
            topic: 0,
            log: 0,
            id: None,
            at_ns,
            min_insync_replicas: Some(min_insync_replicas),
            unclean_election: None,
            message_format: None,
            cleanup_policy: None,
            retention_ms: None,
            retention_bytes: None,
            delete_retention_ms: None,
        }
    }

    #[test]
    fn a_declaration_holds_from_its_time_until_the_next_one() {
        let topic_settings = vec![declared(10, 1), declared(20, 2)];
        let history = History { topic_settings, ..History::default() };
        let settings = Settings::new(&history);
        let weak = |from, to| settings.min_isr_below_two(0, (from, to));
        assert!(!weak(1, 5), "safe before the first");
        assert!(weak(1, 11) && weak(12, 15) && weak(15, 30));
        assert!(!weak(21, 30), "safe again");
        assert!(weak(place_in_file(1, 1), place_in_file(1, 2)), "nobody knows when that was");
    }
}
