//! What the metadata log amounts to: brokers, topics, settings, as controllers have agreed on them.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::record::{Change, Record, Resource};
use crate::cluster::topic_settings::{Kept, KeptOfBrokers};
use crate::event::id::BrokerId;

/// Types of what a setting is of, as Kafka numbers them (`ConfigResource.Type`).
const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// The state after the records so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Image {
    brokers: BTreeMap<BrokerId, Registered>,
    topics: BTreeMap<Uuid, Topic>,
    settings: BTreeMap<Resource, Settings>,
    standing: BTreeMap<String, Vec<u8>>,
    /// As it was before changes began of which all count or none.
    before: Option<Box<Image>>,
}

/// A broker that has registered.
#[derive(Debug, Clone, Copy)]
struct Registered {
    epoch: i64,
    fenced: bool,
}

/// A topic and its partitions.
#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) created_ms: i64,
    /// When a partition was last added.
    pub(super) written_ms: i64,
    pub(super) partitions: BTreeMap<i32, Partition>,
}

/// A partition as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Partition {
    pub(super) leader: Option<BrokerId>,
    pub(super) replicas: Vec<BrokerId>,
    pub(super) isr: Vec<BrokerId>,
    pub(super) eligible: Vec<BrokerId>,
    pub(super) last_known_eligible: Vec<BrokerId>,
}

/// Settings, and when they were last written, in milliseconds since 1970.
#[derive(Debug, Clone, Default)]
struct Settings {
    kept: Kept,
    written_ms: i64,
}

impl Image {
    /// Takes over a record that was written at this time, in milliseconds since 1970.
    pub(super) fn apply(&mut self, record: Record, time_ms: i64) {
        match record {
            Record::Broker { broker, epoch, fenced } => {
                self.brokers.insert(broker, Registered { epoch, fenced });
            }
            Record::BrokerGone(broker) => {
                self.brokers.remove(&broker);
            }
            Record::Fenced { broker, fenced } => {
                if let Some(known) = self.brokers.get_mut(&broker) {
                    known.fenced = fenced;
                }
            }
            Record::Topic { name, id } => {
                let partitions = BTreeMap::new();
                let topic = Topic { name, created_ms: time_ms, written_ms: time_ms, partitions };
                self.topics.insert(id, topic);
            }
            Record::TopicGone(id) => {
                if let Some(topic) = self.topics.remove(&id) {
                    self.settings.remove(&(TOPIC, topic.name));
                }
            }
            Record::Partition { topic, partition, state } => {
                if let Some(topic) = self.topics.get_mut(&topic) {
                    topic.written_ms = topic.written_ms.max(time_ms);
                    topic.partitions.entry(partition).or_default().change(state);
                }
            }
            Record::Changed { topic, partition, change } => {
                let topic = self.topics.get_mut(&topic);
                if let Some(known) = topic.and_then(|it| it.partitions.get_mut(&partition)) {
                    known.change(change);
                }
            }
            Record::NoneEligible { topic } => {
                let topics =
                    self.topics.values_mut().filter(|it| it.name == topic || topic.is_empty());
                for known in topics.flat_map(|topic| topic.partitions.values_mut()) {
                    known.eligible.clear();
                    known.last_known_eligible.clear();
                }
            }
            Record::Setting { of, name, value } => {
                let settings = self.settings.entry(of).or_default();
                settings.written_ms = time_ms;
                match value {
                    Some(value) => settings.kept.insert(name, value),
                    None => settings.kept.remove(&name),
                };
            }
            Record::Standing { name, value } => {
                match value {
                    Some(value) => self.standing.insert(name, value),
                    None => self.standing.remove(&name),
                };
            }
            Record::Begin => self.before = Some(Box::new(self.clone())),
            Record::End => self.before = None,
            Record::Abort => {
                if let Some(before) = self.before.take() {
                    *self = *before;
                }
            }
            Record::Other => {}
        }
    }

    /// The brokers that are not fenced, and the epoch of each one's registration.
    pub(super) fn unfenced(&self) -> impl Iterator<Item = (BrokerId, i64)> + '_ {
        let brokers = self.brokers.iter().filter(|(_, it)| !it.fenced);
        brokers.map(|(id, it)| (*id, it.epoch))
    }

    /// The brokers that are registered and fenced.
    pub(super) fn fenced(&self) -> impl Iterator<Item = BrokerId> + '_ {
        self.brokers.iter().filter(|(_, it)| it.fenced).map(|(id, _)| *id)
    }

    /// Every topic by its id.
    pub(super) fn topics(&self) -> impl Iterator<Item = (Uuid, &Topic)> {
        self.topics.iter().map(|(id, topic)| (*id, topic))
    }

    /// By topic and partition, the replicas that are eligible to lead and those that were last, where there are some.
    pub(super) fn eligible(&self) -> BTreeMap<(String, i32), (Vec<BrokerId>, Vec<BrokerId>)> {
        let partitions = self.topics.values().flat_map(|topic| {
            topic.partitions.iter().map(|(id, it)| ((topic.name.clone(), *id), it))
        });
        let some = partitions
            .filter(|(_, it)| !it.eligible.is_empty() || !it.last_known_eligible.is_empty());
        some.map(|(id, it)| (id, (it.eligible.clone(), it.last_known_eligible.clone()))).collect()
    }

    /// A partition of a topic by its name.
    pub(super) fn partition(&self, topic: &str, partition: i32) -> Option<&Partition> {
        self.topics.values().find(|it| it.name == topic)?.partitions.get(&partition)
    }

    /// Settings of a topic of its own, and when they were last written.
    pub(super) fn of_topic(&self, topic: &str) -> (Kept, Option<i64>) {
        match self.settings.get(&(TOPIC, topic.to_owned())) {
            Some(Settings { kept, written_ms }) => (kept.clone(), Some(*written_ms)),
            None => (Kept::new(), None),
        }
    }

    /// Settings that brokers were given while they ran, and when some were last written.
    pub(super) fn of_brokers(&self) -> (KeptOfBrokers, Option<i64>) {
        let of_brokers = self.settings.iter().filter(|((kind, _), _)| *kind == BROKER);
        let mut kept = KeptOfBrokers::new();
        let mut written_ms = None;
        for ((_, name), settings) in of_brokers {
            // All brokers have no name.
            let id = if name.is_empty() { None } else { name.parse().ok() };
            if id.is_some() || name.is_empty() {
                written_ms = written_ms.max(Some(settings.written_ms));
                kept.insert(id, settings.kept.clone());
            }
        }
        (kept, written_ms)
    }

    /// What holds for all of the cluster, settings of topics aside, by what people call it.
    pub(super) fn standing(&self) -> BTreeMap<String, Vec<u8>> {
        let settings =
            self.settings.iter().filter(|((kind, _), it)| *kind != TOPIC && !it.kept.is_empty());
        let settings = settings.map(|((kind, name), settings)| {
            let of = match (*kind, name.as_str()) {
                (BROKER, "") => "all brokers".to_owned(),
                (BROKER, id) => format!("broker {id}"),
                (_, name) => name.to_owned(),
            };
            (format!("settings of {of}"), format!("{:?}", settings.kept).into_bytes())
        });
        settings.chain(self.standing.clone()).collect()
    }

    /// Topics by their names, each with what was set for it: true where nothing was changed since it was made.
    pub(super) fn settings_of_topics(&self) -> impl Iterator<Item = (&str, &Kept, bool)> {
        self.topics.values().filter_map(|topic| {
            let settings = self.settings.get(&(TOPIC, topic.name.clone()))?;
            let is_untouched = settings.written_ms <= topic.created_ms;
            Some((topic.name.as_str(), &settings.kept, is_untouched))
        })
    }
}

impl Partition {
    fn change(&mut self, change: Change) {
        let Change { leader, replicas, isr, eligible, last_known_eligible } = change;
        if let Some(leader) = leader {
            self.leader = (leader >= 0).then_some(BrokerId(leader));
        }
        let take = |known: &mut Vec<BrokerId>, new: Option<Vec<BrokerId>>| {
            if let Some(new) = new {
                *known = new;
            }
        };
        take(&mut self.replicas, replicas);
        take(&mut self.isr, isr);
        take(&mut self.eligible, eligible);
        take(&mut self.last_known_eligible, last_known_eligible);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERS: Uuid = Uuid::from_u128(7);

    fn brokers(ids: &[i32]) -> Vec<BrokerId> {
        ids.iter().copied().map(BrokerId).collect()
    }

    fn made() -> Image {
        let mut image = Image::default();
        image.apply(Record::Topic { name: "orders".into(), id: ORDERS }, 10);
        let state = Change {
            leader: Some(1),
            replicas: Some(brokers(&[1, 2])),
            isr: Some(brokers(&[1, 2])),
            ..Change::default()
        };
        image.apply(Record::Partition { topic: ORDERS, partition: 0, state }, 10);
        image
    }

    fn setting(of: Resource, value: Option<&str>) -> Record {
        let value = value.map(str::to_owned);
        Record::Setting { of, name: "retention.ms".into(), value }
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let mut image = made();
        let eligible = Some(brokers(&[2]));
        let change = Change { leader: Some(-1), eligible, ..Change::default() };
        image.apply(Record::Changed { topic: ORDERS, partition: 0, change }, 20);
        let partition = image.partition("orders", 0).expect("the partition");
        assert_eq!((partition.leader, &partition.isr), (None, &brokers(&[1, 2])));
        let found = image.eligible();
        assert_eq!(found[&("orders".to_owned(), 0)], (brokers(&[2]), Vec::new()));
        image.apply(Record::NoneEligible { topic: "orders".into() }, 30);
        assert!(image.eligible().is_empty());
    }

    #[test]
    fn settings_go_with_their_topic_and_stay_with_brokers() {
        let mut image = made();
        image.apply(setting((TOPIC, "orders".into()), Some("7")), 20);
        image.apply(setting((BROKER, String::new()), Some("8")), 30);
        assert_eq!(image.of_topic("orders").1, Some(20));
        image.apply(Record::TopicGone(ORDERS), 40);
        assert_eq!(image.topics().count(), 0);
        assert!(image.of_topic("orders").0.is_empty());
        let (of_brokers, written_ms) = image.of_brokers();
        assert_eq!((of_brokers[&None]["retention.ms"].as_str(), written_ms), ("8", Some(30)));
        assert!(image.standing().contains_key("settings of all brokers"));
        image.apply(setting((BROKER, String::new()), None), 50);
        assert!(image.standing().is_empty());
    }

    #[test]
    fn of_changes_that_are_aborted_none_counts() {
        let mut image = made();
        image.apply(Record::Begin, 20);
        image.apply(Record::TopicGone(ORDERS), 20);
        image.apply(Record::Abort, 20);
        assert_eq!(image.topics().count(), 1);
        image.apply(Record::Begin, 30);
        image.apply(Record::TopicGone(ORDERS), 30);
        image.apply(Record::End, 30);
        assert_eq!(image.topics().count(), 0);
    }

    #[test]
    fn a_broker_that_registers_anew_has_another_epoch() {
        let mut image = Image::default();
        let broker = BrokerId(1);
        image.apply(Record::Broker { broker, epoch: 5, fenced: true }, 0);
        assert_eq!(image.fenced().collect::<Vec<_>>(), [broker]);
        image.apply(Record::Fenced { broker, fenced: false }, 0);
        assert_eq!(image.unfenced().collect::<Vec<_>>(), [(broker, 5)]);
        image.apply(Record::Broker { broker, epoch: 9, fenced: false }, 0);
        assert_eq!(image.unfenced().collect::<Vec<_>>(), [(broker, 9)]);
    }
}
