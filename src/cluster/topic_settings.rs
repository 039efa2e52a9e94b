//! Settings in force for a topic that bear on what may be lost: its own, else those of the brokers. Brokers take
//! them from the quorum, so this is what they do from then on, also while no broker answers.

use std::collections::BTreeMap;

use super::properties::Properties;
use super::spec::ClusterSpec;
use crate::event::Settings;
use crate::event::id::BrokerId;

/// Settings as the quorum keeps them for a topic, a broker, or all brokers.
pub type Kept = BTreeMap<String, String>;

/// What the quorum keeps for brokers: for all of them under no id.
pub type KeptOfBrokers = BTreeMap<Option<BrokerId>, Kept>;

/// Settings in force for a topic. Where brokers differ it has the value that promises least, since any of them may
/// come to lead. None is a setting that cannot be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicSettings {
    /// `min.insync.replicas`
    pub min_insync_replicas: Option<u32>,
    /// `unclean.leader.election.enable`
    pub unclean_election: Option<bool>,
    /// `message.format.version`, as the version of record batches
    pub message_format: Option<u8>,
    /// `cleanup.policy`: `delete`, `compact` or `compact,delete`
    pub cleanup_policy: Option<String>,
    /// `retention.ms`, -1 for no limit
    pub retention_ms: Option<i64>,
    /// `retention.bytes`, -1 for no limit
    pub retention_bytes: Option<i64>,
    /// `delete.retention.ms`
    pub delete_retention_ms: Option<i64>,
}

impl TopicSettings {
    /// Settings of a topic, as brokers have them.
    pub fn told(settings: &BTreeMap<String, Option<String>>) -> Self {
        Self::of(&|name, _| settings.get(name).cloned().flatten())
    }

    /// Those in force for a topic with these of its own, in a cluster made like this.
    pub fn in_force(own: &Kept, of_brokers: &KeptOfBrokers, spec: &ClusterSpec) -> Self {
        let known = Properties::of_brokers(spec.kafka());
        let of_each = spec.brokers().keys().map(|id| {
            let kept = [Some(*id), None].map(|id| of_brokers.get(&id));
            let broker = OfBroker { kept, written: spec.broker_settings(*id), known: &known };
            Self::of(&|name, names| own.get(name).cloned().or_else(|| broker.value(names)))
        });
        let mut settings = of_each.reduce(Self::and).unwrap_or_default();
        // From 3.0 on there is one format, whatever the setting says (KIP-724).
        if spec.kafka().version.line() >= (3, 0) {
            settings.message_format = Some(2);
        }
        settings
    }

    fn of(find: &Find<'_>) -> Self {
        let number = |name: &str, of_broker: &[(&str, i64)]| -> Option<i64> {
            find(name, of_broker)?.parse().ok()
        };
        let retention = [
            ("log.retention.ms", 1),
            ("log.retention.minutes", 60_000),
            ("log.retention.hours", 60 * 60_000),
        ];
        let min_isr = [("min.insync.replicas", 1)];
        let unclean = [("unclean.leader.election.enable", 1)];
        let format = [("log.message.format.version", 1)];
        let deleted = [("log.cleaner.delete.retention.ms", 1)];
        let cleanup = find("cleanup.policy", &[("log.cleanup.policy", 1)]);
        Self {
            min_insync_replicas: number("min.insync.replicas", &min_isr)
                .and_then(|value| u32::try_from(value).ok()),
            unclean_election: find("unclean.leader.election.enable", &unclean)
                .map(|value| value.eq_ignore_ascii_case("true")),
            message_format: find("message.format.version", &format).map(|it| batch_version(&it)),
            cleanup_policy: cleanup.map(|policies| ordered(policies.split(','))),
            // Any negative value is no limit.
            retention_ms: number("retention.ms", &retention).map(|value| value.max(-1)),
            retention_bytes: number("retention.bytes", &[("log.retention.bytes", 1)])
                .map(|value| value.max(-1)),
            delete_retention_ms: number("delete.retention.ms", &deleted),
        }
    }

    fn and(self, other: Self) -> Self {
        let shorter = |one: Option<i64>, other: Option<i64>| {
            let limits = [one?, other?].into_iter().filter(|limit| *limit >= 0);
            Some(limits.min().unwrap_or(-1))
        };
        let (one, two) = (self.cleanup_policy, other.cleanup_policy);
        Self {
            min_insync_replicas: self.min_insync_replicas.min(other.min_insync_replicas),
            unclean_election: self.unclean_election.max(other.unclean_election),
            message_format: self.message_format.min(other.message_format),
            cleanup_policy: one
                .zip(two)
                .map(|(one, two)| ordered(one.split(',').chain(two.split(',')))),
            retention_ms: shorter(self.retention_ms, other.retention_ms),
            retention_bytes: shorter(self.retention_bytes, other.retention_bytes),
            delete_retention_ms: self.delete_retention_ms.min(other.delete_retention_ms),
        }
    }
}

/// Finds a setting of a topic by its name there, else by the names that it has at a broker, with what these count.
type Find<'a> = dyn Fn(&str, &[(&str, i64)]) -> Option<String> + 'a;

/// Settings of one broker.
struct OfBroker<'a> {
    /// Its own in the quorum, and those of all brokers.
    kept: [Option<&'a Kept>; 2],
    /// Those of its file.
    written: Settings,
    known: &'a Properties,
}

impl OfBroker<'_> {
    /// The value of the first of these names that is set, else that has a default; a number times what the name
    /// counts.
    fn value(&self, names: &[(&str, i64)]) -> Option<String> {
        let counted = |value: &str, unit: i64| match (unit, value.parse::<i64>()) {
            (1, _) | (_, Err(_)) => value.to_owned(),
            (unit, Ok(number)) => number.saturating_mul(unit).to_string(),
        };
        let mut given = self.kept.iter().flatten().copied().chain([&self.written]);
        let found = given.find_map(|given| {
            names.iter().find_map(|(name, unit)| Some(counted(given.get(*name)?, *unit)))
        });
        found.or_else(|| {
            names.iter().find_map(|(name, unit)| {
                // Newer versions print what a number means behind it.
                let default = self.known.get(name)?.default;
                let default = default.split(' ').next()?;
                (!["", "null"].contains(&default)).then(|| counted(default, *unit))
            })
        })
    }
}

/// Policies once each, in the order of the alphabet.
fn ordered<'a>(policies: impl Iterator<Item = &'a str>) -> String {
    let mut policies: Vec<_> =
        policies.map(str::trim).filter(|policy| !policy.is_empty()).collect();
    policies.sort_unstable();
    policies.dedup();
    policies.join(",")
}

/// Version of record batches of a `message.format.version` such as `0.10.2-IV0`.
fn batch_version(format: &str) -> u8 {
    let numbers = format.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    match numbers.collect::<Vec<_>>().as_slice() {
        [0, 0..=9, ..] => 0,
        [0, 10, ..] => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(settings: &[(&str, &str)]) -> Kept {
        settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn spec(settings: &[(&str, &str)]) -> ClusterSpec {
        let spec = ClusterSpec::named("three-broker", std::path::Path::new("")).expect("shipped");
        let settings = settings.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        spec.with_settings(settings.collect()).expect("known")
    }

    #[test]
    fn without_any_setting_kafkas_defaults_are_in_force() {
        for kafka in ["0.11.0.3", "2.5.0", "3.9.2"] {
            let spec = spec(&[]).with_kafka(kafka).expect("known");
            let found = TopicSettings::in_force(&kept(&[]), &KeptOfBrokers::new(), &spec);
            let expected = TopicSettings {
                min_insync_replicas: Some(1),
                unclean_election: Some(false),
                message_format: Some(2),
                cleanup_policy: Some("delete".into()),
                retention_ms: Some(604_800_000),
                retention_bytes: Some(-1),
                delete_retention_ms: Some(86_400_000),
            };
            assert_eq!(found, expected, "{kafka}");
        }
    }

    #[test]
    fn a_topic_wins_over_a_broker_it_over_all_brokers_and_they_over_its_file() {
        let spec = spec(&[("log.retention.minutes", "7"), ("min.insync.replicas", "3")]);
        let all = (None, kept(&[("log.retention.ms", "5000"), ("min.insync.replicas", "2")]));
        let found = |own: &[(&str, &str)], of_brokers| {
            TopicSettings::in_force(&kept(own), &of_brokers, &spec)
        };
        let written = found(&[], KeptOfBrokers::new());
        assert_eq!((written.retention_ms, written.min_insync_replicas), (Some(420_000), Some(3)));
        let dynamic = found(&[], KeptOfBrokers::from([all.clone()]));
        assert_eq!((dynamic.retention_ms, dynamic.min_insync_replicas), (Some(5000), Some(2)));
        let own = found(
            &[("retention.ms", "-1"), ("cleanup.policy", "delete, compact")],
            KeptOfBrokers::from([all]),
        );
        assert_eq!(own.retention_ms, Some(-1));
        assert_eq!(own.cleanup_policy.as_deref(), Some("compact,delete"));
    }

    #[test]
    fn where_brokers_differ_the_least_promise_is_in_force() {
        let one = kept(&[("unclean.leader.election.enable", "true"), ("log.retention.ms", "9")]);
        let of_brokers = KeptOfBrokers::from([(Some(BrokerId(2)), one)]);
        let found = TopicSettings::in_force(&kept(&[]), &of_brokers, &spec(&[]));
        assert_eq!(found.unclean_election, Some(true));
        assert_eq!(found.retention_ms, Some(9));
        let unlimited = kept(&[("log.retention.ms", "-1")]);
        let of_brokers = KeptOfBrokers::from([(Some(BrokerId(2)), unlimited)]);
        let found = TopicSettings::in_force(&kept(&[]), &of_brokers, &spec(&[]));
        assert_eq!(found.retention_ms, Some(604_800_000));
    }

    #[test]
    fn what_brokers_tell_is_read_alike() {
        let told = [("cleanup.policy", Some("compact")), ("retention.ms", Some("60000"))];
        let told = told.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        let found = TopicSettings::told(&BTreeMap::from(told));
        assert_eq!(found.cleanup_policy.as_deref(), Some("compact"));
        assert_eq!((found.retention_ms, found.unclean_election), (Some(60_000), None));
    }

    #[test]
    fn batches_have_versions_of_their_own() {
        let formats = ["0.9.0", "0.10.2-IV0", "0.11.0-IV2", "2.5-IV0", "3.0-IV1"];
        assert_eq!(formats.map(batch_version), [0, 1, 2, 2, 2]);
    }
}
