//! What trial sets where the fixture says nothing: small clusters that start and fail over quickly, alike
//! in all versions. The fixture's own settings always win, and only names that the version knows are set.

use super::properties::Properties;
use super::spec::Metadata;
use crate::distribution::Version;
use crate::event::Settings;

/// For every broker. Topic and group internals are small because they are created on first use, in the
/// middle of somebody's scenario; threads and buffers because six JVMs share the machine.
const BROKER: &[(&str, &str)] = &[
    // Topics come from the scenario; one that appears by itself hides a misspelt name.
    ("auto.create.topics.enable", "false"),
    // Off in 0.11.
    ("delete.topic.enable", "true"),
    ("offsets.topic.num.partitions", "5"),
    ("transaction.state.log.num.partitions", "5"),
    // A group of one need not wait three seconds for others to join.
    ("group.initial.rebalance.delay.ms", "0"),
    ("num.network.threads", "2"),
    ("num.io.threads", "4"),
    ("background.threads", "2"),
    // The default of 128 MB is a third of the heap.
    ("log.cleaner.dedupe.buffer.size", "16777216"),
    // The default until 2.4; 30 seconds since. A silent follower leaves the ISR after this time.
    ("replica.lag.time.max.ms", "10000"),
    // A broker that stops while others are down retries, by default after five seconds.
    ("controlled.shutdown.retry.backoff.ms", "1000"),
];

/// For every broker of a cluster with ZooKeepers.
const WITH_ZOOKEEPER: &[(&str, &str)] = &[
    // Brokers may start while the ZooKeepers still elect; a broker that gives up exits.
    ("zookeeper.connection.timeout.ms", "30000"),
    // The default until 2.4; 18 seconds since. A dead broker is missed after this time.
    ("zookeeper.session.timeout.ms", "6000"),
];

/// For every broker and controller of a cluster without ZooKeepers.
const WITH_KRAFT: &[(&str, &str)] = &[
    // The default is 9 seconds. A dead broker is missed after this time, as with ZooKeeper.
    ("broker.session.timeout.ms", "6000"),
    // The default is 2 seconds.
    ("broker.heartbeat.interval.ms", "1000"),
];

/// Replication of broker-made topics: at most this many replicas, and this many of them in sync.
const REPLICATION: &[(&str, usize)] = &[
    ("default.replication.factor", 3),
    ("offsets.topic.replication.factor", 3),
    ("transaction.state.log.replication.factor", 3),
    ("transaction.state.log.min.isr", 2),
];

/// Settings of a broker in a cluster of this many.
pub fn of_broker(known: &Properties, brokers: usize, metadata: Metadata) -> Settings {
    let replication =
        REPLICATION.iter().map(|(name, most)| (*name, (*most).min(brokers).to_string()));
    let of_quorum = match metadata {
        Metadata::ZooKeeper => WITH_ZOOKEEPER,
        Metadata::KRaft => WITH_KRAFT,
    };
    let fixed = BROKER.iter().chain(of_quorum).map(|(name, value)| (*name, (*value).to_owned()));
    known_only(known, fixed.chain(replication))
}

/// Settings of a broker that asks Kafka's own authorizer.
pub fn of_authorizer(kafka: Version, metadata: Metadata) -> Settings {
    let class = match metadata {
        // KIP-801
        Metadata::KRaft => "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        // KIP-504
        Metadata::ZooKeeper if kafka.line() >= (2, 4) => "kafka.security.authorizer.AclAuthorizer",
        Metadata::ZooKeeper => "kafka.security.auth.SimpleAclAuthorizer",
    };
    let settings = [("authorizer.class.name", class), ("allow.everyone.if.no.acl.found", "true")];
    settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Those of these settings that a program knows.
pub(super) fn known_only<'a>(
    known: &Properties,
    settings: impl Iterator<Item = (&'a str, String)>,
) -> Settings {
    settings
        .filter(|(name, _)| known.get(name).is_some())
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::settings::check_broker;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    #[test]
    fn every_default_is_a_setting_that_an_author_could_have_written() {
        for (version, metadata) in [
            (version("0.11.0.3"), Metadata::ZooKeeper),
            (version("2.5.0"), Metadata::ZooKeeper),
            (version("3.9.2"), Metadata::ZooKeeper),
            (version("3.9.2"), Metadata::KRaft),
            (version("4.4.0"), Metadata::KRaft),
        ] {
            let known = Properties::of_broker(version).in_world(metadata);
            let settings = of_broker(&known, 3, metadata);
            for (name, value) in &settings {
                assert_eq!(check_broker(&known, name, value), Ok(()));
            }
            let of_quorum = 2;
            // 4.0 has no controlled.shutdown.retry.backoff.ms.
            let gone = usize::from(version.line() >= (4, 0));
            let all = BROKER.len() + REPLICATION.len() + of_quorum - gone;
            assert_eq!(settings.len(), all, "{version}");
        }
    }

    #[test]
    fn each_version_has_its_authorizer() {
        let standard = "org.apache.kafka.metadata.authorizer.StandardAuthorizer";
        for (version, metadata, class) in [
            ("0.11.0.3", Metadata::ZooKeeper, "kafka.security.auth.SimpleAclAuthorizer"),
            ("2.5.0", Metadata::ZooKeeper, "kafka.security.authorizer.AclAuthorizer"),
            ("3.9.2", Metadata::ZooKeeper, "kafka.security.authorizer.AclAuthorizer"),
            ("3.9.2", Metadata::KRaft, standard),
            ("4.4.0", Metadata::KRaft, standard),
        ] {
            let version = version.parse().expect("a version");
            assert_eq!(of_authorizer(version, metadata)["authorizer.class.name"], class);
            let known = Properties::of_broker(version);
            for (name, value) in of_authorizer(version, metadata) {
                assert_eq!(check_broker(&known, &name, &value), Ok(()));
            }
        }
    }

    #[test]
    fn a_single_broker_replicates_to_itself_only() {
        let known = Properties::of_broker(version("2.5.0"));
        for metadata in [Metadata::ZooKeeper, Metadata::KRaft] {
            let settings = of_broker(&known, 1, metadata);
            assert_eq!(settings["offsets.topic.replication.factor"], "1");
            assert_eq!(settings["transaction.state.log.min.isr"], "1");
        }
    }
}
