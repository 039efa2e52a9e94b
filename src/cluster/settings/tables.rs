//! Settings that are refused with advice: those that trial computes itself, those that brokers know by
//! another name.

/// Names, and what to do instead.
pub type Own = (&'static [&'static str], &'static str);

/// Broker properties that trial computes, and what to write instead.
pub const BROKER_OWN: &[Own] = &[
    (
        &["broker.id", "broker.id.generation.enable"],
        "write `ids: [1, 2, 3]` below `brokers` instead",
    ),
    (&["log.dirs", "log.dir"], "write `log_dirs: 2` below `brokers` or one of its `each` instead"),
    (
        &["zookeeper.connect"],
        "every broker is given all ZooKeepers; their number is `count` below `zookeepers`",
    ),
    (
        &[
            "listeners",
            "advertised.listeners",
            "listener.security.protocol.map",
            "inter.broker.listener.name",
            "security.inter.broker.protocol",
            "control.plane.listener.name",
            "host.name",
            "port",
            "advertised.host.name",
            "advertised.port",
        ],
        "leave it out: addresses and listeners come from the runtime",
    ),
    (
        &[
            "process.roles",
            "node.id",
            "controller.quorum.voters",
            "controller.quorum.bootstrap.servers",
            "controller.listener.names",
            "metadata.log.dir",
        ],
        "leave it out: it follows from `controllers`",
    ),
];

/// Names of topic configurations and of clients' settings with another name at the broker
/// (Kafka's `kafka.server.KafkaConfig` and `TopicConfig`).
pub const SYNONYMS: &[(&str, &str)] = &[
    ("cleanup.policy", "log.cleanup.policy"),
    ("delete.retention.ms", "log.cleaner.delete.retention.ms"),
    ("file.delete.delay.ms", "log.segment.delete.delay.ms"),
    ("flush.messages", "log.flush.interval.messages"),
    ("flush.ms", "log.flush.interval.ms"),
    ("index.interval.bytes", "log.index.interval.bytes"),
    ("max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"),
    ("max.message.bytes", "message.max.bytes"),
    ("message.downconversion.enable", "log.message.downconversion.enable"),
    ("message.format.version", "log.message.format.version"),
    ("message.timestamp.difference.max.ms", "log.message.timestamp.difference.max.ms"),
    ("message.timestamp.type", "log.message.timestamp.type"),
    ("min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio"),
    ("min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms"),
    ("partitions", "num.partitions"),
    ("preallocate", "log.preallocate"),
    ("replication.factor", "default.replication.factor"),
    ("retention.bytes", "log.retention.bytes"),
    ("retention.ms", "log.retention.ms"),
    ("segment.bytes", "log.segment.bytes"),
    ("segment.index.bytes", "log.index.size.max.bytes"),
    ("segment.jitter.ms", "log.roll.jitter.ms"),
    ("segment.ms", "log.roll.ms"),
];
