//! What the loads of a scenario ask of brokers and disks, read from its sentences before anything starts.

use std::collections::HashMap;
use std::ops::Range;

use cucumber::gherkin::Step;

use crate::cluster::properties::Properties;
use crate::cluster::spec::ClusterSpec;
use crate::plan::scene::spoken::Spoken;
use crate::steps::meaning::{Meaning, Sends};
use crate::steps::mention::Mention;

/// What Kafka's format takes of a message beside its value, when it is alone in its batch: 61 bytes of the batch
/// and some of the record.
const OVERHEAD: usize = 70;

/// The largest request of a producer of librdkafka, unless it is set.
const LIBRDKAFKA_LARGEST: u64 = 1_000_000;

/// Memory of a client of a load in a process of its own, in bytes, as seen.
const PROCESS: u64 = 40_000_000;

/// Messages of a load that are too large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLarge {
    /// The step, by its place in the scenario.
    pub step: usize,
    /// The size in its sentence.
    pub place: Range<usize>,
    /// As written.
    pub size: String,
    /// What takes less.
    pub why: String,
}

/// What the loads of a scenario come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    /// Room on the machine; none where there is no load.
    pub room: Option<Room>,
    /// Messages that no broker will take.
    pub too_large: Vec<TooLarge>,
}

/// Room that loads take on the machine, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Room {
    /// On the disks of all brokers together, where that is known before.
    pub disk: u64,
    /// Memory of clients in processes of their own; those in threads are part of trial.
    pub memory: u64,
}

/// Goes through the sentences of a scenario on this cluster.
pub fn demand(sentences: &[Spoken<'_>], cluster: &ClusterSpec) -> Demand {
    let mut topics = HashMap::new();
    let mut demand = Demand::default();
    for (index, spoken) in sentences.iter().enumerate() {
        match &spoken.meaning {
            Some(Meaning::CreatesTopic { name, replicas, .. }) => {
                let largest = setting(spoken.step, "max.message.bytes");
                let largest = largest.and_then(|value| value.parse().ok());
                let replicas = replicas.as_usize() as u64;
                topics.insert(name, Topic { replicas, largest });
            }
            Some(Meaning::Reads(reads)) if runs_in_processes(spoken.step) => {
                let room = demand.room.get_or_insert_default();
                let processes = u64::from(reads.consumers);
                room.memory = room.memory.saturating_add(processes * PROCESS);
            }
            Some(Meaning::Sends(sends)) => {
                let load = Load::of(sends, spoken.step);
                let topic = topics.get(&sends.topic);
                let replicas =
                    topic.map_or(3, |topic| topic.replicas).min(cluster.brokers().len() as u64);
                let room = demand.room.get_or_insert_default();
                room.disk = room.disk.saturating_add(load.bytes().saturating_mul(replicas));
                room.memory = room.memory.saturating_add(load.processes * PROCESS);
                let largest = topic.and_then(|topic| topic.largest).or_else(|| largest(cluster));
                let size = spoken.mentions.iter().find(|it| it.mention == Mention::MessageSize);
                if let (Some(why), Some(size)) = (load.refused(largest), size) {
                    let place = size.place.clone();
                    let size = spoken.text[place.clone()].to_owned();
                    demand.too_large.push(TooLarge { step: index, place, size, why });
                }
            }
            _ => {}
        }
    }
    demand
}

/// What the producers of a load come to.
#[derive(Debug)]
struct Load<'a> {
    topic: &'a str,
    /// Of all producers together.
    messages: u64,
    /// Of each message.
    size: usize,
    producer_takes: u64,
    /// Producers with a process of their own.
    processes: u64,
}

impl<'a> Load<'a> {
    fn of(Sends { producers, each, topic }: &'a Sends, step: &Step) -> Self {
        let producers = u64::from(*producers);
        let messages = match (each.number, each.rate) {
            (Some(number), _) => producers.saturating_mul(number),
            (None, Some(rate)) => {
                // One that goes on until it is stopped has no size that is known before.
                let seconds = each.time.map_or(0, |time| time.as_secs());
                ((rate * producers as f64).round() as u64).saturating_mul(seconds)
            }
            (None, None) => 0,
        };
        let set = setting(step, "message.max.bytes").and_then(|value| value.parse().ok());
        Self {
            topic,
            messages,
            size: each.size,
            producer_takes: set.unwrap_or(LIBRDKAFKA_LARGEST),
            processes: if runs_in_processes(step) { producers } else { 0 },
        }
    }

    fn bytes(&self) -> u64 {
        self.messages.saturating_mul(self.size as u64)
    }

    /// Why nobody would take its messages.
    fn refused(&self, largest: Option<u64>) -> Option<String> {
        let needed = (self.size + OVERHEAD) as u64;
        if needed > self.producer_takes {
            let takes = self.producer_takes;
            return Some(format!(
                "a producer takes {takes} bytes with what the format needs; set message.max.bytes in the table of \
                 the load"
            ));
        }
        let largest = largest.filter(|largest| needed > *largest)?;
        Some(format!(
            "topic \"{}\" takes {largest} bytes with what the format needs; set max.message.bytes for the topic, or \
             message.max.bytes for the cluster",
            self.topic
        ))
    }
}

/// A topic as the sentence that creates it has it.
#[derive(Debug)]
struct Topic {
    replicas: u64,
    largest: Option<u64>,
}

/// Whether each client of the load has a process of its own.
fn runs_in_processes(step: &Step) -> bool {
    setting(step, "run in") == Some("processes")
}

/// The largest batch that every broker takes, unless the topic has a setting of its own.
fn largest(cluster: &ClusterSpec) -> Option<u64> {
    let known = Properties::of_brokers(cluster.kafka());
    let default = known.get("message.max.bytes").map(|property| property.default.into_owned());
    let of_brokers = cluster.brokers().keys().filter_map(|id| {
        let set = cluster.broker_settings(*id).get("message.max.bytes").cloned();
        set.or_else(|| default.clone())?.parse().ok()
    });
    of_brokers.min()
}

/// A value in the table of settings below a step.
fn setting<'a>(step: &'a Step, name: &str) -> Option<&'a str> {
    let rows = &step.table.as_ref()?.rows;
    let row = rows.iter().skip(1).rfind(|row| row.first().is_some_and(|cell| cell == name))?;
    row.get(1).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::spec;
    use crate::gherkin::feature::steps_of;
    use crate::plan::matching::Matcher;

    fn demand_of(steps: &str) -> Demand {
        let mut matcher = Matcher::default();
        let steps = steps_of(steps);
        let sentences = steps.iter().map(|step| {
            let call = matcher.find(step).unwrap_or_else(|why| panic!("{step}: {why:?}"));
            Spoken::new(step, &call)
        });
        let sentences: Vec<_> = sentences.collect();
        let cluster = ClusterSpec::named(spec::DEFAULT, spec::FOLDER.as_ref()).expect("shipped");
        demand(&sentences, &cluster)
    }

    #[test]
    fn loads_take_disk_on_every_replica() {
        let found = demand_of(
            "Given a topic \"a\" with 1 partition and replication factor 2\n\
             When 16 producers send 64 000 messages of 1 KB each to topic \"a\"\n\
             And 1 producer sends 100 messages of 1 KB per second to topic \"b\" for 2 minutes\n\
             And 2 producers keep sending 100 messages of 1 KB per second to topic \"a\"\n",
        );
        let disk = 2 * 1_024_000_000 + 3 * 12_000_000;
        assert_eq!(found.room, Some(Room { disk, memory: 0 }));
        assert_eq!(found.too_large, []);
        assert_eq!(
            demand_of("Given a topic \"a\" with 1 partition and replication factor 2\n").room,
            None
        );
    }

    #[test]
    fn clients_in_processes_take_memory() {
        let found = demand_of(
            "When 256 producers keep sending 100 messages of 1 KB per second to topic \"a\" with settings:\n\
             | name | value |\n| run in | processes |\n",
        );
        assert_eq!(found.room, Some(Room { disk: 0, memory: 256 * PROCESS }));
        let reading = "Given 40 consumers of group \"g\" keep reading topic \"a\" with settings:\n";
        let found = demand_of(&format!("{reading}| name | value |\n| run in | processes |\n"));
        assert_eq!(found.room, Some(Room { disk: 0, memory: 40 * PROCESS }));
        let found = demand_of(&format!("{reading}| name | value |\n| run in | threads |\n"));
        assert_eq!(found.room, None);
    }

    #[test]
    fn messages_that_nobody_takes_are_found() {
        let load = "When 1 producer sends 1 message of 1 MB each to topic \"a\"";
        let found = demand_of(&format!("{load}\n"));
        let [TooLarge { step: 0, size, why, .. }] = &found.too_large[..] else {
            panic!("{found:?}")
        };
        assert_eq!(size, "1 MB");
        assert!(why.starts_with("a producer takes 1000000 bytes"), "{why}");
        let larger = "with settings:\n| name | value |\n| message.max.bytes | 2000000 |\n";
        assert_eq!(demand_of(&format!("{load} {larger}")).too_large, []);
        let load = "When 1 producer sends 1 message of 1.5 MB each to topic \"a\"";
        let found = demand_of(&format!("{load} {larger}"));
        assert!(found.too_large[0].why.starts_with("topic \"a\" takes 1048588"), "{found:?}");
        let topic = "Given a topic \"a\" with 1 partition, replication factor 3 and settings:\n\
            | name | value |\n| max.message.bytes | 2000000 |\n";
        assert_eq!(demand_of(&format!("{topic}{load} {larger}")).too_large, []);
    }
}
