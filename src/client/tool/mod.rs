//! Kafka's own command-line tools, as each version spells them.

mod arguments;
mod complaint;
mod table;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

pub use self::arguments::Naming;
pub use self::complaint::complaint;
use self::table::{Address, At, LEFT_OUT, TOOLS, Tool, Whose};
use super::suggestion;
use crate::distribution::Version;
use crate::nearest::nearest;
use crate::runtime::JavaCommand;
use crate::topology::Access;

/// Where the tools of a cluster connect to, and how that cluster's version spells it.
#[derive(Debug, Clone)]
pub struct ToolTarget {
    /// Version of Kafka: `2.5.0`.
    pub kafka: Version,
    /// What `BOOTSTRAP` stands for.
    pub brokers: Access,
    /// What `ZOOKEEPER` stands for.
    pub zookeeper: String,
}

/// A command line of a tool that there is: `kafka-topics --list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolLine {
    written: String,
    words: Vec<String>,
}

/// A command line that names no tool.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ToolError {
    /// Quotes do not match.
    #[error("the command {0:?} has a quote that is not closed")]
    Quotes(String),
    /// There is no such tool.
    #[error("there is no tool {name:?}{}; there are {}", suggestion(.nearest), listed(TOOLS.iter()))]
    Unknown {
        /// As given.
        name: String,
        /// The most similar name, if one is similar.
        nearest: Option<String>,
    },
    /// There is one, and it is nothing for a step.
    #[error("{name} cannot be run by a step: {why}")]
    LeftOut {
        /// Name of the tool.
        name: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// The version of Kafka does not have it.
    #[error("Kafka {kafka} has no such tool: {tool}; it has {there}")]
    OtherVersion {
        /// The version.
        kafka: Version,
        /// When the tool came and went.
        tool: String,
        /// The tools of the version.
        there: String,
    },
    /// `kafka-run-class` without a class.
    #[error("kafka-run-class needs the name of a class")]
    NoClass,
}

const RUN_CLASS: &str = "kafka-run-class";

impl ToolLine {
    /// Whether it asks ZooKeeper, whatever the version.
    pub fn asks_zookeeper(&self) -> bool {
        let is_its_tool = self.words.first().is_some_and(|name| name.starts_with("zookeeper-"));
        is_its_tool || self.words.iter().any(|word| word.contains("ZOOKEEPER"))
    }
}

impl FromStr for ToolLine {
    type Err = ToolError;

    fn from_str(line: &str) -> Result<Self, ToolError> {
        let words = shell_words::split(line).map_err(|_| ToolError::Quotes(line.to_owned()))?;
        let line = Self { written: line.to_owned(), words };
        match line.name() {
            RUN_CLASS if line.words.len() < 2 => Err(ToolError::NoClass),
            RUN_CLASS => Ok(line),
            name => find(name).map(|_| line.clone()),
        }
    }
}

/// As the author wrote it.
impl fmt::Display for ToolLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl ToolLine {
    /// As the author wrote it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether one of its words, or the value of an option, reads like this.
    pub fn has_word(&self, wanted: &str) -> bool {
        self.words.iter().any(|word| word.split('=').any(|part| part == wanted))
    }

    fn name(&self) -> &str {
        let name = self.words.first().map(String::as_str).unwrap_or_default();
        name.strip_suffix(".sh").unwrap_or(name)
    }

    /// Whether a version of Kafka has the tool.
    ///
    /// # Errors
    /// [`ToolError::OtherVersion`] where it has not.
    pub fn check(&self, kafka: Version) -> Result<(), ToolError> {
        let Ok(tool) = find(self.name()) else { return Ok(()) };
        if tool.is_in(kafka.line()) {
            return Ok(());
        }
        let there = TOOLS.iter().filter(|tool| tool.is_in(kafka.line()));
        let (tool, there) = (tool.to_string(), listed(there));
        Err(ToolError::OtherVersion { kafka, tool, there })
    }

    /// The program that it runs in a cluster, with `input` as its standard input.
    ///
    /// `BOOTSTRAP` and `ZOOKEEPER` in the arguments stand for the addresses; where no argument has one, the option
    /// that the version wants is added. Names of topics, groups and transactional ids in the values of options
    /// become those in the cluster, and so do topics in a file of JSON that is typed into the tool.
    ///
    /// # Errors
    /// [`ToolError`] for a tool that the version does not have.
    pub fn command(
        &self,
        target: &ToolTarget,
        naming: &impl Naming,
        input: String,
        limit: Duration,
    ) -> Result<JavaCommand, ToolError> {
        self.check(target.kafka)?;
        let version = target.kafka.line();
        let words = self.words.get(1..).unwrap_or_default();
        let (main_class, words, addresses) = if self.name() == RUN_CLASS {
            let (class, words) = words.split_first().ok_or(ToolError::NoClass)?;
            (class.clone(), words, &[] as &[Address])
        } else {
            let tool = find(self.name())?;
            (tool.class(version).to_owned(), words, tool.addresses(version))
        };
        let stdin = arguments::named_input(words, input, naming);
        let mut arguments: Vec<String> = arguments::named(words, naming);
        for address in addresses {
            told(&mut arguments, address, addresses);
        }
        let addressed = |word: &String| {
            arguments::addressed(word, &target.brokers.bootstrap, &target.zookeeper)
        };
        let arguments = arguments.iter().map(addressed).collect();
        Ok(JavaCommand { main_class, arguments, stdin, limit })
    }
}

/// Adds the argument that names the cluster of a tool, unless the author has.
fn told(arguments: &mut Vec<String>, address: &Address, all: &[Address]) {
    let Address { option, whose, at, or } = address;
    let stands = match whose {
        Whose::Brokers => "BOOTSTRAP",
        Whose::ZooKeepers => "ZOOKEEPER",
    };
    let bare = |option: &str| option.trim_start_matches('-').to_owned();
    let given: Vec<String> =
        arguments.iter().filter_map(|word| arguments::option(word)).map(bare).collect();
    let gives = |option: &str| given.contains(&bare(option));
    let by_another = |option: &&&str| !all.iter().any(|other| other.option == **option);
    if or.iter().filter(by_another).any(|option| gives(option)) {
        return;
    }
    match at {
        At::Property(key) => {
            let property = format!("{key}={stands}");
            if arguments.iter().any(|word| word.contains(&format!("{key}="))) {
                return;
            }
            let place =
                arguments.iter().position(|word| arguments::option(word) == Some(&bare(option)));
            match place {
                Some(place) => arguments.insert(place + 1, property),
                None => arguments.extend([(*option).to_owned(), property]),
            }
        }
        At::First => {
            let is_address = |word: &String| word.contains(':') || word.starts_with(stands);
            if !arguments.first().is_some_and(is_address) {
                arguments.insert(0, stands.into());
            }
            if !option.is_empty() {
                arguments.insert(0, (*option).to_owned());
            }
        }
        _ if gives(option) => {}
        At::Begin => {
            arguments.splice(0..0, [(*option).to_owned(), stands.into()]);
        }
        At::End => arguments.extend([(*option).to_owned(), stands.into()]),
    }
}

fn find(name: &str) -> Result<&'static Tool, ToolError> {
    if let Some((name, why)) = LEFT_OUT.iter().find(|(left, _)| *left == name) {
        return Err(ToolError::LeftOut { name, why });
    }
    TOOLS.iter().find(|tool| tool.name == name).ok_or_else(|| ToolError::Unknown {
        name: name.to_owned(),
        nearest: nearest(name, TOOLS.iter().map(|tool| tool.name)).map(str::to_owned),
    })
}

fn listed<'a>(tools: impl Iterator<Item = &'a Tool>) -> String {
    let names: Vec<_> = tools.map(|tool| tool.name).chain([RUN_CLASS]).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::arguments::tests::Suffixed;
    use super::*;

    fn spelt(kafka: &str, line: &str) -> (String, String) {
        let kafka = kafka.parse().expect("a version");
        let target =
            ToolTarget { kafka, brokers: Access::plaintext("b:9092"), zookeeper: "z:2181".into() };
        let line: ToolLine = line.parse().expect("a tool");
        let command = line.command(&target, &Suffixed, String::new(), Duration::from_secs(1));
        let command = command.expect("a command");
        (command.main_class, command.arguments.join(" "))
    }

    #[test]
    fn each_version_gets_its_own_spelling() {
        let list = "kafka-topics --list";
        let old = "kafka.admin.TopicCommand".to_owned();
        assert_eq!(spelt("0.11.0.3", list), (old.clone(), "--list --zookeeper z:2181".into()));
        assert_eq!(spelt("2.5.0", list), (old, "--list --bootstrap-server b:9092".into()));
        let new = "org.apache.kafka.tools.TopicCommand".to_owned();
        assert_eq!(spelt("3.9.2", list), (new, "--list --bootstrap-server b:9092".into()));
        let (_, producer) = spelt("0.11.0.3", "kafka-console-producer --topic t");
        assert_eq!(producer, "--topic t-x --broker-list b:9092");
    }

    #[test]
    fn an_option_that_the_author_gives_stays() {
        let (_, arguments) = spelt("2.5.0", "kafka-topics.sh --zookeeper ZOOKEEPER --list");
        assert_eq!(arguments, "--zookeeper z:2181 --list");
        let (_, arguments) = spelt("2.5.0", "kafka-topics --zookeeper=ZOOKEEPER --list");
        assert_eq!(arguments, "--zookeeper=z:2181 --list");
        let (_, arguments) = spelt("2.5.0", "kafka-log-dirs --describe --broker-list 1,2");
        assert_eq!(arguments, "--describe --broker-list 1,2 --bootstrap-server b:9092");
    }

    #[test]
    fn tools_that_have_their_own_way_are_told_in_it() {
        for (kafka, line, expected) in [
            (
                "2.5.0",
                "kafka-producer-perf-test --topic t --producer-props acks=1",
                "--topic t-x --producer-props bootstrap.servers=b:9092 acks=1",
            ),
            (
                "2.5.0",
                "kafka-producer-perf-test --topic t --producer-props bootstrap.servers=BOOTSTRAP",
                "--topic t-x --producer-props bootstrap.servers=b:9092",
            ),
            (
                "2.5.0",
                "kafka-producer-perf-test --topic t",
                "--topic t-x --producer-props bootstrap.servers=b:9092",
            ),
            ("2.5.0", "zookeeper-shell ls /brokers", "-server z:2181 ls /brokers"),
            ("2.5.0", "zookeeper-shell ZOOKEEPER ls /", "-server z:2181 ls /"),
            ("3.9.2", "kafka-transactions list", "--bootstrap-server b:9092 list"),
            (
                "0.11.0.3",
                "kafka-acls --list --topic t",
                "--list --topic t-x --authorizer-properties zookeeper.connect=z:2181",
            ),
            ("2.5.0", "kafka-acls --list", "--list --bootstrap-server b:9092"),
            (
                "0.11.0.3",
                "kafka-streams-application-reset --application-id a",
                "--application-id a-x --bootstrap-servers b:9092 --zookeeper z:2181",
            ),
        ] {
            assert_eq!(spelt(kafka, line).1, expected, "{line}");
        }
    }

    #[test]
    fn names_in_options_become_names_in_the_cluster() {
        let line =
            "kafka-console-consumer --topic a --consumer-property group.id=g --from-beginning";
        let (_, arguments) = spelt("2.5.0", line);
        let expected = "--topic a-x --consumer-property group.id=g-x --from-beginning \
                        --bootstrap-server b:9092";
        assert_eq!(arguments, expected);
        let (_, arguments) = spelt("2.5.0", "kafka-run-class a.B --topic t:0,1");
        assert_eq!(arguments, "--topic t-x:0,1");
    }

    #[test]
    fn an_unknown_tool_is_an_error_with_the_nearest_name_and_the_list() {
        let error = "kafka-topic --list".parse::<ToolLine>().expect_err("no such tool");
        let error = error.to_string();
        assert!(
            error.starts_with("there is no tool \"kafka-topic\"; did you mean \"kafka-topics\"?")
        );
        assert!(error.contains("kafka-acls, ") && error.ends_with("kafka-run-class"), "{error}");
        let error = "zookeeper-server-start".parse::<ToolLine>().expect_err("no tool for a step");
        assert!(matches!(error, ToolError::LeftOut { .. }), "{error}");
        assert_eq!("kafka-run-class".parse::<ToolLine>(), Err(ToolError::NoClass));
    }

    #[test]
    fn a_tool_of_another_version_is_an_error_with_those_that_are_there() {
        let line: ToolLine =
            "kafka-leader-election --all-topic-partitions".parse().expect("a tool");
        assert_eq!(line.check(Version::new(2, 5, 0)), Ok(()));
        let error = line.check(Version::before_1(11, 0, 3)).expect_err("too old").to_string();
        assert!(error.contains("kafka-leader-election came with 2.4"), "{error}");
        assert!(!error.contains("kafka-transactions"), "{error}");
    }
}
