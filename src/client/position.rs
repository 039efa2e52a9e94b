//! Where a consumer begins to read that begins at the end of the log. Its group gives it partitions first; the
//! library asks the brokers for their ends only then, and what is sent before they have answered is not read. Only
//! the library's statistics show when they have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::TopicPartitionList;
use serde::Deserialize;

use super::settings::Settings;

/// How often the library reports its statistics, in milliseconds.
const INTERVAL_MS: &str = "50";

/// The state in its statistics of a partition that is read from a known offset.
const ACTIVE: &str = "active";

/// Whether a consumer with these settings begins at the end of a partition from which its group has read nothing.
pub fn begins_at_end(settings: &Settings) -> bool {
    settings
        .get("auto.offset.reset")
        .is_some_and(|value| ["latest", "largest", "end"].contains(&value))
}

/// These settings, with statistics if somebody must wait for the consumer to know where it begins.
#[must_use]
pub fn with_statistics(settings: Settings) -> Settings {
    match begins_at_end(&settings) {
        true => settings.with("statistics.interval.ms", INTERVAL_MS),
        false => settings,
    }
}

/// The partitions of which a consumer knows where it reads.
#[derive(Debug, Default)]
pub struct Positions {
    /// It begins at the end; others read what is sent before they have asked all the same.
    matter: bool,
    known: Mutex<BTreeSet<(String, i32)>>,
}

impl Positions {
    /// None yet, of a consumer with these settings.
    pub fn of(settings: &Settings) -> Self {
        Self { matter: begins_at_end(settings), known: Mutex::default() }
    }

    /// Whether it begins at the end, so that somebody must wait until it knows where that is.
    pub fn matter(&self) -> bool {
        self.matter
    }

    /// Takes in the library's statistics.
    pub fn take_in(&self, statistics: &[u8]) {
        if !self.matter {
            return;
        }
        // A later one may be as it should be.
        let Ok(told) = serde_json::from_slice::<Statistics>(statistics) else { return };
        let active = told.topics.into_iter().flat_map(|(topic, it)| {
            let active = it.partitions.into_values().filter(|it| it.fetch_state == ACTIVE);
            active.map(move |it| (topic.clone(), it.partition))
        });
        *self.lock() = active.collect();
    }

    /// Forgets everything of an earlier assignment.
    pub fn forget(&self) {
        self.lock().clear();
    }

    /// Whether it knows where it reads in each of these partitions.
    pub fn has_all(&self, assigned: &TopicPartitionList) -> bool {
        let known = self.lock();
        let knows = |topic: &str, partition| known.contains(&(topic.to_owned(), partition));
        !self.matter || assigned.elements().iter().all(|it| knows(it.topic(), it.partition()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<(String, i32)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The library's statistics, as far as they are read here.
#[derive(Debug, Deserialize)]
struct Statistics {
    #[serde(default)]
    topics: BTreeMap<String, TopicStatistics>,
}

#[derive(Debug, Deserialize)]
struct TopicStatistics {
    partitions: BTreeMap<String, PartitionStatistics>,
}

#[derive(Debug, Deserialize)]
struct PartitionStatistics {
    partition: i32,
    fetch_state: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(reset: &str) -> Settings {
        Settings::default().with("auto.offset.reset", reset)
    }

    fn assigned(partitions: &[i32]) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition("clicks", *partition);
        }
        list
    }

    #[test]
    fn every_partition_must_be_read_from_an_offset() {
        let positions = Positions::of(&settings("latest"));
        assert!(!positions.has_all(&assigned(&[0])));
        let statistics = br#"{"ts":1,"topics":{"clicks":{"topic":"clicks","partitions":{
            "0":{"partition":0,"fetch_state":"active"},
            "1":{"partition":1,"fetch_state":"offset-wait"},
            "-1":{"partition":-1,"fetch_state":"none"}}}}}"#;
        positions.take_in(statistics);
        assert!(positions.has_all(&assigned(&[0])));
        assert!(!positions.has_all(&assigned(&[0, 1])));
        positions.forget();
        assert!(!positions.has_all(&assigned(&[0])));
        assert!(positions.has_all(&assigned(&[])), "nothing to know");
    }

    #[test]
    fn a_consumer_that_begins_at_the_beginning_needs_no_statistics() {
        for (reset, waits) in [("earliest", false), ("latest", true), ("end", true)] {
            let with = with_statistics(settings(reset));
            assert_eq!(with.get("statistics.interval.ms").is_some(), waits, "{reset}");
            assert_eq!(Positions::of(&with).has_all(&assigned(&[0])), !waits, "{reset}");
            with.config().expect("settings that librdkafka knows");
        }
    }
}
