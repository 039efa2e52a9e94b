//! Kafka's own tools: every script in the folder `bin` of a release, with the main class that it runs.

use std::fmt;

use super::complaint::{DELETED_RECORDS, Heard, IN_GENERAL};
use crate::distribution::Line;

/// A tool.
#[derive(Debug)]
pub struct Tool {
    /// As its script is named, without `.sh`.
    pub name: &'static str,
    /// The first version that has it; [`ALWAYS`] for one that is older than what trial knows.
    pub since: Line,
    /// The first version that no longer has it.
    pub until: Option<Line>,
    /// The main class, newest first, each with the first version that has it there.
    pub classes: &'static [(Line, &'static str)],
    /// The arguments that name its cluster, newest first, each with the first version that spells it so.
    pub told: &'static [(Line, &'static [Address])],
    /// The lines that are complaints, though the tool ends with exit code 0.
    pub heard: Heard,
}

/// An argument that names the cluster of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Address {
    /// As the option is spelt; empty for an argument without one.
    pub option: &'static str,
    /// Its value.
    pub whose: Whose,
    /// Its place.
    pub at: At,
    /// Options that an author may give in its place.
    pub or: &'static [&'static str],
}

/// Whose addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Brokers, for tools.
    Brokers,
    /// ZooKeepers.
    ZooKeepers,
}

/// The place of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Behind all others.
    End,
    /// Before all others, since a command follows that has options of its own.
    Begin,
    /// Before all others, unless the first one is an address.
    First,
    /// As a property among the values of the option: `--producer-props bootstrap.servers=…`.
    Property(&'static str),
}

/// A version that trial takes as the oldest.
pub const ALWAYS: Line = (0, 0);

const INSTEAD: &[&str] = &[
    "--bootstrap-server",
    "--bootstrap-servers",
    "--bootstrap-controller",
    "--broker-list",
    "--zookeeper",
];

const fn by(option: &'static str, whose: Whose) -> Address {
    Address { option, whose, at: At::End, or: INSTEAD }
}

const BOOTSTRAP: Address = by("--bootstrap-server", Whose::Brokers);
const BROKER_LIST: Address = by("--broker-list", Whose::Brokers);
const ZOOKEEPER: Address = by("--zookeeper", Whose::ZooKeepers);
const AT_BEGIN: Address = Address { at: At::Begin, ..BOOTSTRAP };

type Spelling = &'static [(Line, &'static [Address])];

const NOT_TOLD: Spelling = &[];
const BY_BROKERS: Spelling = &[(ALWAYS, &[BOOTSTRAP])];
const BEFORE_A_COMMAND: Spelling = &[(ALWAYS, &[AT_BEGIN])];
const BY_ZOOKEEPER: Spelling = &[(ALWAYS, &[ZOOKEEPER])];
const BROKER_LIST_BEFORE_2_5: Spelling = &[((2, 5), &[BOOTSTRAP]), (ALWAYS, &[BROKER_LIST])];
const BROKER_LIST_BEFORE_3_0: Spelling = &[((3, 0), &[BOOTSTRAP]), (ALWAYS, &[BROKER_LIST])];
const ZOOKEEPER_BEFORE_2_2: Spelling = &[((2, 2), &[BOOTSTRAP]), (ALWAYS, &[ZOOKEEPER])];
const ZOOKEEPER_BEFORE_2_5: Spelling = &[((2, 5), &[BOOTSTRAP]), (ALWAYS, &[ZOOKEEPER])];
const ZOOKEEPER_BEFORE_2_6: Spelling = &[((2, 6), &[BOOTSTRAP]), (ALWAYS, &[ZOOKEEPER])];
/// Its `--broker-list` has ids, not addresses.
const OF_LOG_DIRS: Spelling = &[(ALWAYS, &[Address { or: &[], ..BOOTSTRAP }])];
const OF_ACLS: Spelling = &[
    ((2, 0), &[Address { or: &["--authorizer-properties"], ..BOOTSTRAP }]),
    (
        ALWAYS,
        &[Address {
            option: "--authorizer-properties",
            whose: Whose::ZooKeepers,
            at: At::Property("zookeeper.connect"),
            or: &[],
        }],
    ),
];
const OF_PRODUCER_PERF_TEST: Spelling = &[(
    ALWAYS,
    &[Address {
        option: "--producer-props",
        whose: Whose::Brokers,
        at: At::Property("bootstrap.servers"),
        or: &["--bootstrap-server"],
    }],
)];
const OF_STREAMS: Spelling = &[
    ((1, 0), &[by("--bootstrap-servers", Whose::Brokers)]),
    (
        ALWAYS,
        &[
            Address { or: &[], ..by("--bootstrap-servers", Whose::Brokers) },
            Address { or: &[], ..ZOOKEEPER },
        ],
    ),
];
const OF_SHELL: Spelling =
    &[(ALWAYS, &[Address { option: "-server", whose: Whose::ZooKeepers, at: At::First, or: &[] }])];
const OF_LATENCY: Spelling =
    &[(ALWAYS, &[Address { option: "", whose: Whose::Brokers, at: At::First, or: &[] }])];
const OF_MIGRATION: Spelling = &[(ALWAYS, &[by("--zookeeper.connect", Whose::ZooKeepers)])];
const OF_REPLAY: Spelling =
    &[(ALWAYS, &[Address { or: &[], ..BROKER_LIST }, Address { or: &[], ..ZOOKEEPER }])];

const fn tool(
    name: &'static str,
    classes: &'static [(Line, &'static str)],
    told: Spelling,
) -> Tool {
    Tool { name, since: ALWAYS, until: None, classes, told, heard: IN_GENERAL }
}

const fn since(line: Line, tool: Tool) -> Tool {
    Tool { since: line, ..tool }
}

const fn until(line: Line, tool: Tool) -> Tool {
    Tool { until: Some(line), ..tool }
}

const fn hears(heard: Heard, tool: Tool) -> Tool {
    Tool { heard, ..tool }
}

/// Main classes as found in the jars of 0.11.0.3, 2.5.0, 3.9.2 and 4.0 to 4.4. Tools whose scripts came later than their classes
/// (kafka-dump-log, kafka-get-offsets, kafka-jmx, kafka-e2e-latency) are there for every version.
#[rustfmt::skip]
pub const TOOLS: &[Tool] = &[
    hears(Heard { complaints: &["^Error while (?:adding|removing) ACLs: "], ..IN_GENERAL },
        tool("kafka-acls", &[((4, 0), "org.apache.kafka.tools.AclCommand"), (ALWAYS, "kafka.admin.AclCommand")], OF_ACLS)),
    hears(Heard { complaints: &[" -> ERROR: "], ..IN_GENERAL },
        tool("kafka-broker-api-versions", &[((4, 0), "org.apache.kafka.tools.BrokerApiVersionsCommand"), (ALWAYS, "kafka.admin.BrokerApiVersionsCommand")], BY_BROKERS)),
    since((3, 7), tool("kafka-client-metrics", &[(ALWAYS, "org.apache.kafka.tools.ClientMetricsCommand")], BY_BROKERS)),
    since((2, 8), tool("kafka-cluster", &[((3, 6), "org.apache.kafka.tools.ClusterTool"), (ALWAYS, "kafka.tools.ClusterTool")], BY_BROKERS)),
    tool("kafka-configs", &[((4, 4), "org.apache.kafka.tools.ConfigCommand"), (ALWAYS, "kafka.admin.ConfigCommand")], ZOOKEEPER_BEFORE_2_5),
    hears(Heard { prints_messages: true, excused: &["TimeoutException"], ..IN_GENERAL },
        tool("kafka-console-consumer", &[((3, 9), "org.apache.kafka.tools.consumer.ConsoleConsumer"), (ALWAYS, "kafka.tools.ConsoleConsumer")], BY_BROKERS)),
    tool("kafka-console-producer", &[((4, 0), "org.apache.kafka.tools.ConsoleProducer"), (ALWAYS, "kafka.tools.ConsoleProducer")], BROKER_LIST_BEFORE_2_5),
    since((4, 1), hears(Heard { prints_messages: true, excused: &["TimeoutException"], ..IN_GENERAL },
        tool("kafka-console-share-consumer", &[(ALWAYS, "org.apache.kafka.tools.consumer.ConsoleShareConsumer")], BY_BROKERS))),
    hears(Heard { complaints: &["^Executing consumer group command failed", "' failed because ", "^Could not fetch offset from "], ..IN_GENERAL },
        tool("kafka-consumer-groups", &[((3, 9), "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"), (ALWAYS, "kafka.admin.ConsumerGroupCommand")], BY_BROKERS)),
    until((1, 0), tool("kafka-consumer-offset-checker", &[(ALWAYS, "kafka.tools.ConsumerOffsetChecker")], BY_ZOOKEEPER)),
    hears(Heard { complaints: &["Exiting before consuming the expected number of messages"], ..IN_GENERAL },
        tool("kafka-consumer-perf-test", &[((3, 9), "org.apache.kafka.tools.ConsumerPerformance"), (ALWAYS, "kafka.tools.ConsumerPerformance")], BROKER_LIST_BEFORE_2_5)),
    since((1, 1), tool("kafka-delegation-tokens", &[((3, 9), "org.apache.kafka.tools.DelegationTokenCommand"), (ALWAYS, "kafka.admin.DelegationTokenCommand")], BY_BROKERS)),
    hears(DELETED_RECORDS,
        tool("kafka-delete-records", &[((3, 9), "org.apache.kafka.tools.DeleteRecordsCommand"), (ALWAYS, "kafka.admin.DeleteRecordsCommand")], BY_BROKERS)),
    hears(Heard { prints_messages: true, ..IN_GENERAL },
        tool("kafka-dump-log", &[((4, 3), "org.apache.kafka.tools.DumpLogSegments"), (ALWAYS, "kafka.tools.DumpLogSegments")], NOT_TOLD)),
    tool("kafka-e2e-latency", &[((3, 9), "org.apache.kafka.tools.EndToEndLatency"), (ALWAYS, "kafka.tools.EndToEndLatency")], OF_LATENCY),
    since((2, 7), tool("kafka-features", &[((3, 3), "org.apache.kafka.tools.FeatureCommand"), (ALWAYS, "kafka.admin.FeatureCommand")], BEFORE_A_COMMAND)),
    hears(Heard { complaints: &["Skip getting offsets"], ..IN_GENERAL },
        tool("kafka-get-offsets", &[((3, 9), "org.apache.kafka.tools.GetOffsetShell"), (ALWAYS, "kafka.tools.GetOffsetShell")], BROKER_LIST_BEFORE_3_0)),
    since((4, 0), tool("kafka-groups", &[(ALWAYS, "org.apache.kafka.tools.GroupsCommand")], BY_BROKERS)),
    tool("kafka-jmx", &[((3, 9), "org.apache.kafka.tools.JmxTool"), (ALWAYS, "kafka.tools.JmxTool")], NOT_TOLD),
    since((2, 4), hears(Heard { complaints: &["^Error completing leader election"], ..IN_GENERAL },
        tool("kafka-leader-election", &[((3, 9), "org.apache.kafka.tools.LeaderElectionCommand"), (ALWAYS, "kafka.admin.LeaderElectionCommand")], BY_BROKERS))),
    since((1, 0), tool("kafka-log-dirs", &[((3, 9), "org.apache.kafka.tools.LogDirsCommand"), (ALWAYS, "kafka.admin.LogDirsCommand")], OF_LOG_DIRS)),
    since((3, 3), tool("kafka-metadata-quorum", &[((3, 5), "org.apache.kafka.tools.MetadataQuorumCommand"), (ALWAYS, "kafka.admin.MetadataQuorumCommand")], BEFORE_A_COMMAND)),
    until((3, 0), hears(Heard { complaints: &["^Failed to start preferred replica election", "^Error completing preferred leader election"], ..IN_GENERAL },
        tool("kafka-preferred-replica-election", &[(ALWAYS, "kafka.admin.PreferredReplicaLeaderElectionCommand")], ZOOKEEPER_BEFORE_2_2))),
    hears(Heard { complaints: &[r"^org\.apache\.kafka\.common\.(?:errors\.|KafkaException)"], ..IN_GENERAL },
        tool("kafka-producer-perf-test", &[(ALWAYS, "org.apache.kafka.tools.ProducerPerformance")], OF_PRODUCER_PERF_TEST)),
    hears(Heard { complaints: &["^Partitions reassignment failed due to ", "^Reassignment of (?:partition|replica) .* failed", "^Failed to (?:reassign partitions|alter dir for) ", "^There is an existing assignment running"], ..IN_GENERAL },
        tool("kafka-reassign-partitions", &[((3, 9), "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"), (ALWAYS, "kafka.admin.ReassignPartitionsCommand")], ZOOKEEPER_BEFORE_2_6)),
    until((2, 0), tool("kafka-replay-log-producer", &[(ALWAYS, "kafka.tools.ReplayLogProducer")], OF_REPLAY)),
    since((4, 1), tool("kafka-share-groups", &[(ALWAYS, "org.apache.kafka.tools.consumer.group.ShareGroupCommand")], BY_BROKERS)),
    until((2, 0), hears(Heard { prints_messages: true, ..IN_GENERAL },
        tool("kafka-simple-consumer-shell", &[(ALWAYS, "kafka.tools.SimpleConsumerShell")], &[(ALWAYS, &[BROKER_LIST])]))),
    since((2, 8), tool("kafka-storage", &[(ALWAYS, "kafka.tools.StorageTool")], NOT_TOLD)),
    tool("kafka-streams-application-reset", &[((3, 9), "org.apache.kafka.tools.StreamsResetter"), (ALWAYS, "kafka.tools.StreamsResetter")], OF_STREAMS),
    tool("kafka-topics", &[((3, 9), "org.apache.kafka.tools.TopicCommand"), (ALWAYS, "kafka.admin.TopicCommand")], ZOOKEEPER_BEFORE_2_2),
    since((3, 0), tool("kafka-transactions", &[((3, 9), "org.apache.kafka.tools.TransactionsCommand"), (ALWAYS, "kafka.admin.TransactionsCommand")], BEFORE_A_COMMAND)),
    hears(Heard { complaints: &[r#""success":false"#], ..IN_GENERAL },
        tool("kafka-verifiable-consumer", &[(ALWAYS, "org.apache.kafka.tools.VerifiableConsumer")], BROKER_LIST_BEFORE_2_5)),
    hears(Heard { complaints: &[r#""name":"producer_send_error""#], ..IN_GENERAL },
        tool("kafka-verifiable-producer", &[(ALWAYS, "org.apache.kafka.tools.VerifiableProducer")], BROKER_LIST_BEFORE_2_5)),
    until((4, 0), tool("zookeeper-security-migration", &[(ALWAYS, "kafka.admin.ZkSecurityMigrator")], OF_MIGRATION)),
    until((4, 0), hears(Heard {
            complaints: &[
                "^Node (?:does not exist|already exists|not empty): ", "^Authentication is not valid", "^Insufficient permission",
                "^Command failed: ", "^Command not found", "^version No is not valid", "^Ephemerals cannot have children",
                "^ZooKeeper -server host:port", "^Unable to connect to ",
            ],
            prints_messages: true, ..IN_GENERAL
        },
        tool("zookeeper-shell", &[((2, 5), "org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka"), ((1, 0), "org.apache.zookeeper.ZooKeeperMain"), (ALWAYS, "kafka.tools.ZooKeeperMainWrapper")], OF_SHELL))),
];

/// Scripts that are no tools for a step, and why.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("connect-distributed", CONNECT),
    ("connect-mirror-maker", CONNECT),
    ("connect-plugin-path", CONNECT),
    ("connect-standalone", CONNECT),
    (
        "kafka-metadata-shell",
        "it reads the files of controllers; steps and reports tell what they have agreed on",
    ),
    ("kafka-mirror-maker", ENDLESS),
    ("kafka-replica-verification", ENDLESS),
    ("kafka-server-start", STARTED),
    ("kafka-server-stop", STARTED),
    ("trogdor", ENDLESS),
    ("zookeeper-server-start", STARTED),
    ("zookeeper-server-stop", STARTED),
];

const CONNECT: &str = "Kafka Connect is not among the jars of trial; a client program can run it";
const ENDLESS: &str = "it never ends; a client program can run it";
const STARTED: &str = "trial starts and stops the nodes: `trial steps started` shows how to say it";

impl Tool {
    /// Whether a version has it.
    pub fn is_in(&self, version: Line) -> bool {
        version >= self.since && self.until.is_none_or(|until| version < until)
    }

    /// Its main class in a version.
    pub fn class(&self, version: Line) -> &'static str {
        of(self.classes, version).copied().unwrap_or_default()
    }

    /// The arguments by which a version of it takes its cluster.
    pub fn addresses(&self, version: Line) -> &'static [Address] {
        of(self.told, version).copied().unwrap_or_default()
    }
}

/// When it came and went.
impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.until {
            Some((major, minor)) => write!(f, "{} was there until {major}.{minor}", self.name),
            None => write!(f, "{} came with {}.{}", self.name, self.since.0, self.since.1),
        }
    }
}

/// The first value, newest first, that a version has.
fn of<T>(values: &'static [(Line, T)], version: Line) -> Option<&'static T> {
    values.iter().find(|(since, _)| version >= *since).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_in_order_and_each_has_a_class_in_every_version() {
        assert!(TOOLS.is_sorted_by_key(|tool| tool.name), "the list is shown to people");
        for tool in TOOLS {
            assert!(!tool.class((0, 11)).is_empty(), "{}", tool.name);
            assert!(tool.told.is_empty() || !tool.addresses((0, 11)).is_empty(), "{}", tool.name);
        }
    }

    #[test]
    fn a_tool_is_in_the_versions_that_released_it() {
        let find = |name| TOOLS.iter().find(|tool| tool.name == name).expect("a tool");
        assert!(!find("kafka-leader-election").is_in((0, 11)));
        assert!(find("kafka-leader-election").is_in((2, 5)));
        assert!(find("kafka-preferred-replica-election").is_in((2, 5)));
        assert!(!find("kafka-preferred-replica-election").is_in((3, 9)));
        assert!(find("kafka-transactions").is_in((3, 9)));
    }
}
