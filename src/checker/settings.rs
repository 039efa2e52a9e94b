//! Settings of topics, as they were when they mattered: a declaration holds from its time on.

use rustc_hash::{FxHashMap, FxHashSet};

use super::allowed::{Fact, Facts};
use super::history::{CleanupPolicy, History, NEVER, PartitionId, TopicSettings, is_before};
use super::index::Index;
use super::intern::TextId;

/// What was declared of each topic, by its name.
#[derive(Debug)]
pub struct Settings<'h> {
    topics: FxHashMap<TextId, Vec<&'h TopicSettings>>,
    lives: FxHashSet<TextId>,
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

impl<'h> Settings<'h> {
    pub(super) fn new(history: &'h History) -> Self {
        let mut topics: FxHashMap<TextId, Vec<&TopicSettings>> = FxHashMap::default();
        for settings in &history.topic_settings {
            topics.entry(settings.topic).or_default().push(settings);
        }
        for declared in topics.values_mut() {
            declared.sort_by_key(|settings| settings.at_ns);
        }
        let ids = history.topic_settings.iter().filter(|it| it.id.is_some()).map(|it| it.topic);
        let lives = history.topic_lives.iter().map(|life| life.topic).chain(ids);
        Self { topics, lives: lives.collect() }
    }

    /// Whether a setting may have had such a value at some time in a span; `undeclared` is its value before the
    /// first declaration.
    fn may_have<T: Copy>(
        &self,
        topic: TextId,
        (from_ns, to_ns): (u64, u64),
        get: impl Fn(&TopicSettings) -> Option<T>,
        undeclared: T,
        is: impl Fn(T) -> bool,
    ) -> bool {
        let declared = self.topics.get(&topic).map_or(&[][..], Vec::as_slice);
        let declared = declared.iter().filter_map(|it| get(it).map(|value| (it.at_ns, value)));
        // Sorted by time, so each is replaced by the next one of the same clock.
        let declared: Vec<(u64, T)> = declared.collect();
        let replaced = |at_ns: u64| {
            declared.iter().any(|(later, _)| is_before(at_ns, *later) && is_before(*later, from_ns))
        };
        let holds = |at_ns: u64| !is_before(to_ns, at_ns) && !replaced(at_ns);
        let in_the_beginning = declared.iter().all(|(at_ns, _)| !is_before(*at_ns, from_ns));
        (in_the_beginning && is(undeclared))
            || declared.iter().any(|(at_ns, value)| holds(*at_ns) && is(*value))
    }

    /// Whether an unclean election may have taken place in a span of time.
    pub fn unclean(&self, topic: TextId, span: (u64, u64)) -> bool {
        self.may_have(topic, span, |it| it.unclean_election, false, |unclean| unclean)
    }

    /// Whether a message that was sent in a span of time may have been on its leader alone.
    pub fn min_isr_below_two(&self, topic: TextId, span: (u64, u64)) -> bool {
        self.may_have(topic, span, |it| it.min_insync_replicas, 2, |number| number < 2)
    }

    /// Whether record batches may have been older than version 2 at some time.
    pub fn old_format(&self, topic: TextId) -> bool {
        self.may_have(topic, (0, u64::MAX), |it| it.message_format, 2, |format| format < 2)
    }

    /// Who may have removed records in a span of time.
    pub fn cleanup(&self, topic: TextId, span: (u64, u64)) -> Cleanup {
        let declared = self.topics.get(&topic).into_iter().flatten();
        if !declared.into_iter().any(|it| it.cleanup_policy.is_some()) {
            return Cleanup::Undeclared;
        }
        let compacts = |policy| policy != CleanupPolicy::Delete;
        match self.may_have(topic, span, |it| it.cleanup_policy, CleanupPolicy::Delete, compacts) {
            true => Cleanup::Compact,
            false => Cleanup::Delete,
        }
    }

    /// For how long a tombstone stays, where that was declared.
    pub fn delete_retention_ms(&self, topic: TextId) -> Option<u64> {
        self.topics.get(&topic)?.iter().filter_map(|it| it.delete_retention_ms).min()
    }

    /// Whether it was declared that retention removes nothing.
    pub fn keeps_everything(&self, topic: TextId) -> bool {
        let Some(declared) = self.topics.get(&topic) else { return false };
        let always = |holds: fn(&TopicSettings) -> Option<bool>| {
            let mut values = declared.iter().filter_map(|it| holds(it)).peekable();
            values.peek().is_some() && values.all(|holds| holds)
        };
        let compacts = always(|it| it.cleanup_policy.map(|it| it == CleanupPolicy::Compact));
        let for_ever = always(|it| it.retention_ms.map(|ms| ms < 0))
            && always(|it| it.retention_bytes.map(|bytes| bytes < 0));
        compacts || for_ever
    }

    /// Whether it was declared that retention removes something.
    pub fn may_expire(&self, topic: TextId) -> bool {
        let declared = self.topics.get(&topic).into_iter().flatten();
        let limits = declared.flat_map(|it| [it.retention_ms, it.retention_bytes]);
        limits.flatten().any(|limit| limit >= 0)
    }

    /// Whether anything is told of when the topic was created or deleted.
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
        let topic = index.topic_name(partition);
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
