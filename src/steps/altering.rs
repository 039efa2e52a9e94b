//! Command lines of Kafka's tools that change what holds for the whole cluster: settings of brokers, quotas, users,
//! access rules. A scenario that runs one has its cluster for itself.

/// Where a tool is told to change something, and what makes that a matter of the whole cluster.
struct Alters {
    /// The tool, and its class without the package.
    tool: [&'static str; 2],
    /// One of these words is in the command line.
    words: &'static [&'static str],
    /// It is no matter of the whole cluster for topics of the scenario's own.
    own_topics: bool,
}

const ALTERS: &[Alters] = &[
    Alters { tool: ["kafka-configs", "ConfigCommand"], words: &["--alter"], own_topics: true },
    Alters {
        tool: ["kafka-topics", "TopicCommand"],
        words: &["--alter", "--delete", "--create"],
        own_topics: true,
    },
    Alters { tool: ["kafka-acls", "AclCommand"], words: &["--add", "--remove"], own_topics: false },
    Alters {
        tool: ["kafka-reassign-partitions", "ReassignPartitionsCommand"],
        words: &["--throttle", "--replica-alter-log-dirs-throttle"],
        own_topics: false,
    },
    Alters {
        tool: ["kafka-leader-election", "LeaderElectionCommand"],
        words: &["--all-topic-partitions"],
        own_topics: false,
    },
    Alters {
        tool: ["kafka-delegation-tokens", "DelegationTokenCommand"],
        words: &["--create", "--renew", "--expire"],
        own_topics: false,
    },
    Alters {
        tool: ["kafka-features", "FeatureCommand"],
        words: &["upgrade", "downgrade", "disable", "--upgrade-all", "--downgrade-all"],
        own_topics: false,
    },
    Alters {
        tool: ["zookeeper-shell", "ZooKeeperMain"],
        words: &[
            "create",
            "set",
            "delete",
            "deleteall",
            "rmr",
            "setAcl",
            "setquota",
            "delquota",
            "reconfig",
        ],
        own_topics: false,
    },
];

/// How the topics begin that brokers make for themselves.
const INTERNAL: &str = "__";

/// Whether this command line changes what holds for the whole cluster.
pub fn alters_cluster(line: &str) -> bool {
    let Ok(words) = shell_words::split(line) else { return false };
    let mut words = words.iter().map(String::as_str);
    let Some(name) = words.next().map(|name| name.strip_suffix(".sh").unwrap_or(name)) else {
        return false;
    };
    let name = match name {
        "kafka-run-class" => words.next().and_then(|class| class.rsplit('.').next()),
        name => Some(name),
    };
    let words: Vec<&str> = words.flat_map(|word| word.splitn(2, '=')).collect();
    ALTERS.iter().any(|it| {
        let is_it = name.is_some_and(|name| it.tool.contains(&name));
        let does = it.words.iter().any(|word| words.contains(word));
        is_it && does && !(it.own_topics && is_of_own_topics(&words))
    })
}

/// Whether a command line is about topics that a scenario has made.
fn is_of_own_topics(words: &[&str]) -> bool {
    let value_of = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied()
    };
    let is_of_topics = value_of("--entity-type").is_none_or(|kind| kind == "topics");
    let topic = value_of("--topic").or(value_of("--entity-name"));
    is_of_topics && topic.is_some_and(|topic| !topic.starts_with(INTERNAL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_for_the_whole_cluster_is_told_from_what_does_not() {
        for (line, alters) in [
            ("kafka-configs --alter --entity-type brokers --entity-default --add-config a=b", true),
            ("kafka-configs.sh --alter --entity-type=users --entity-name u --add-config a=b", true),
            ("kafka-configs --alter --broker 1 --add-config a=b", true),
            ("kafka-configs --describe --entity-type brokers --entity-name 1", false),
            ("kafka-configs --alter --entity-type topics --entity-name t --add-config a=b", false),
            ("kafka-configs --alter --topic t --add-config a=b", false),
            ("kafka-configs --alter --topic __consumer_offsets --add-config a=b", true),
            ("kafka-topics --create --topic t --partitions 1", false),
            ("kafka-topics --alter --topic __transaction_state --partitions 9", true),
            ("kafka-acls --add --allow-principal User:a --topic t", true),
            ("kafka-acls --list", false),
            ("kafka-run-class kafka.admin.ConfigCommand --alter --entity-type clients", true),
            ("kafka-run-class kafka.tools.GetOffsetShell --topic t", false),
            ("kafka-reassign-partitions --execute --throttle 100", true),
            ("zookeeper-shell ZOOKEEPER set /config/x y", true),
            ("zookeeper-shell ZOOKEEPER get /config/x", false),
        ] {
            assert_eq!(alters_cluster(line), alters, "{line}");
        }
    }
}
