//! The arguments of a tool: what stands for addresses, and names of the author's that are others in the cluster.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// The names that the author writes, as they are in the cluster.
pub trait Naming {
    /// A topic; one that Kafka does not allow stays as it is.
    fn topic(&self, author: &str) -> String;
    /// A group.
    fn group(&self, author: &str) -> String;
    /// A transactional id.
    fn transactional_id(&self, author: &str) -> String;
}

/// Options with topics.
const TOPICS: [&str; 11] = [
    "topic",
    "topics",
    "topic-list",
    "topic-partitions",
    "input-topics",
    "intermediate-topics",
    "internal-topics",
    "include",
    "whitelist",
    "topic-white-list",
    "topics-include",
];

/// Options with groups.
const GROUPS: [&str; 3] = ["group", "group-id", "application-id"];

/// Options with properties of clients.
const PROPERTIES: [&str; 5] =
    ["consumer-property", "producer-property", "producer-props", "property", "command-property"];

/// Every word with the names of the cluster, whichever way its option is written: `--topic orders`, `--topic=orders`,
/// `-topic orders`.
pub fn named(words: &[String], naming: &impl Naming) -> Vec<String> {
    // A prefix of the author's names is one of those in the cluster as well.
    if words.iter().any(|word| word.eq_ignore_ascii_case("prefixed")) {
        return words.to_vec();
    }
    let mut types = values(words, "entity-type").into_iter();
    let mut entity = String::new();
    let mut current = String::new();
    let mut named = Vec::new();
    for word in words {
        let Some(option) = option(word) else {
            if current == "entity-name" {
                entity = types.next().unwrap_or_default();
            }
            named.push(value(&current, word, &entity, naming));
            continue;
        };
        match word.split_once('=') {
            Some((written, given)) => {
                if option == "entity-name" {
                    entity = types.next().unwrap_or_default();
                }
                named.push(format!("{written}={}", value(option, given, &entity, naming)));
                current.clear();
            }
            None => {
                current = option.to_owned();
                named.push(word.clone());
            }
        }
    }
    named
}

/// The input of a tool that reads a file of JSON, with the names of the cluster.
pub fn named_input(words: &[String], input: String, naming: &impl Naming) -> String {
    static TOPIC: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"("topic"\s*:\s*")([^"]*)""#).ok());
    let reads_json =
        words.iter().filter_map(|word| option(word)).any(|it| it.ends_with("json-file"));
    match TOPIC.as_ref().filter(|_| reads_json) {
        None => input,
        Some(topic) => {
            let with_name =
                |found: &Captures<'_>| format!("{}{}\"", &found[1], naming.topic(&found[2]));
            topic.replace_all(&input, with_name).into_owned()
        }
    }
}

/// The option that a word begins, without hyphens and value; none for a value, which may be a negative number.
pub fn option(word: &str) -> Option<&str> {
    let bare = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    let name = bare.split('=').next().unwrap_or_default();
    name.starts_with(|letter: char| letter.is_ascii_alphabetic()).then_some(name)
}

/// All values of an option, in their order.
fn values(words: &[String], wanted: &str) -> Vec<String> {
    let of = |(index, word): (usize, &String)| {
        let value = match word.split_once('=') {
            Some((_, value)) => value,
            None => words.get(index + 1)?,
        };
        (option(word) == Some(wanted)).then(|| value.to_owned())
    };
    words.iter().enumerate().filter_map(of).collect()
}

fn value(option: &str, value: &str, entity: &str, naming: &impl Naming) -> String {
    match option {
        _ if TOPICS.contains(&option) => topics(value, naming),
        _ if GROUPS.contains(&option) => naming.group(value),
        _ if PROPERTIES.contains(&option) => property(value, naming),
        "transactional-id" => naming.transactional_id(value),
        "entity-name" if entity == "topics" => naming.topic(value),
        "entity-name" if entity == "groups" => naming.group(value),
        _ => paths(value, naming),
    }
}

/// `orders`, `orders:0,1`, `orders:0,payments:1-2` and `orders|payments`.
fn topics(value: &str, naming: &impl Naming) -> String {
    let mut partitions = false;
    let parts = value.split_inclusive([',', '|']).map(|part| {
        let (name, end) = match part.strip_suffix([',', '|']) {
            Some(name) => (name, &part[name.len()..]),
            None => (part, ""),
        };
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if partitions && is_number {
            return part.to_owned();
        }
        match name.split_once(':') {
            Some((name, of)) => {
                partitions = true;
                format!("{}:{of}{end}", naming.topic(name))
            }
            None => {
                partitions = false;
                format!("{}{end}", naming.topic(name))
            }
        }
    });
    parts.collect()
}

fn property(value: &str, naming: &impl Naming) -> String {
    match value.split_once('=') {
        Some(("group.id", group)) => format!("group.id={}", naming.group(group)),
        Some(("transactional.id", id)) => {
            format!("transactional.id={}", naming.transactional_id(id))
        }
        _ => value.to_owned(),
    }
}

/// Where ZooKeeper keeps what is known of topics.
fn paths(value: &str, naming: &impl Naming) -> String {
    static NODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(^|\s)(/(?:brokers|config)/topics/|/admin/delete_topics/)([^/\s]+)").ok()
    });
    let with_name =
        |found: &Captures<'_>| format!("{}{}{}", &found[1], &found[2], naming.topic(&found[3]));
    match NODE.as_ref() {
        Some(node) => node.replace_all(value, with_name).into_owned(),
        None => value.to_owned(),
    }
}

/// The word with the addresses for what stands for them: `BOOTSTRAP`, alone or as in `bootstrap.servers=BOOTSTRAP`,
/// but not within another word or name.
pub fn addressed(word: &str, bootstrap: &str, zookeeper: &str) -> String {
    let is_of_name =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let mut result = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        let begins = !result.ends_with(is_of_name);
        let stands = [("BOOTSTRAP", bootstrap), ("ZOOKEEPER", zookeeper)];
        let found = stands.into_iter().find_map(|(name, address)| {
            let after = rest.strip_prefix(name)?;
            (begins && !after.starts_with(is_of_name)).then_some((after, address))
        });
        match found {
            Some((after, address)) => {
                result.push_str(address);
                rest = after;
            }
            None => {
                let mut letters = rest.chars();
                result.extend(letters.next());
                rest = letters.as_str();
            }
        }
    }
    result
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Appends `-x` to every name that Kafka allows.
    pub struct Suffixed;

    impl Naming for Suffixed {
        fn topic(&self, author: &str) -> String {
            match author.contains(['*', '$', '^', '+']) {
                true => author.to_owned(),
                false => format!("{author}-x"),
            }
        }

        fn group(&self, author: &str) -> String {
            format!("{author}-x")
        }

        fn transactional_id(&self, author: &str) -> String {
            format!("{author}-x")
        }
    }

    fn named_line(line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        named(&words, &Suffixed).join(" ")
    }

    #[test]
    fn every_way_to_write_an_option_is_understood() {
        for (line, expected) in [
            ("--topic orders", "--topic orders-x"),
            ("--topic=orders --describe", "--topic=orders-x --describe"),
            ("-topic orders", "-topic orders-x"),
            ("--topic orders:0,1", "--topic orders-x:0,1"),
            ("--topic-partitions a:0,b:1-2,c", "--topic-partitions a-x:0,b-x:1-2,c-x"),
            ("--include a|b", "--include a-x|b-x"),
            ("--include ord.*", "--include ord.*"),
            ("--topic-list a,b", "--topic-list a-x,b-x"),
            ("--group=g --topic t", "--group=g-x --topic t-x"),
            ("--group-id g", "--group-id g-x"),
            ("--transactional-id=t", "--transactional-id=t-x"),
            ("--consumer-property group.id=g", "--consumer-property group.id=g-x"),
            (
                "--producer-props acks=all transactional.id=t",
                "--producer-props acks=all transactional.id=t-x",
            ),
            ("--entity-type topics --entity-name t", "--entity-type topics --entity-name t-x"),
            ("--entity-type=topics --entity-name=t", "--entity-type=topics --entity-name=t-x"),
            ("--entity-type brokers --entity-name 1", "--entity-type brokers --entity-name 1"),
            (
                "--entity-type users --entity-name topics --entity-type clients --entity-name c",
                "--entity-type users --entity-name topics --entity-type clients --entity-name c",
            ),
            (
                "--topic t --throughput -1 --num-records 2",
                "--topic t-x --throughput -1 --num-records 2",
            ),
            ("get /brokers/topics/t/partitions", "get /brokers/topics/t-x/partitions"),
            (
                "--topic ord --resource-pattern-type prefixed",
                "--topic ord --resource-pattern-type prefixed",
            ),
        ] {
            assert_eq!(named_line(line), expected);
        }
    }

    #[test]
    fn topics_in_a_file_that_is_typed_have_the_names_of_the_cluster() {
        let words = ["--offset-json-file".to_owned(), "/dev/stdin".to_owned()];
        let input = r#"{"partitions": [{"topic": "t", "partition": 0}]}"#.to_owned();
        let expected = r#"{"partitions": [{"topic": "t-x", "partition": 0}]}"#;
        assert_eq!(named_input(&words, input.clone(), &Suffixed), expected);
        assert_eq!(named_input(&["--topic".into()], input.clone(), &Suffixed), input);
    }

    #[test]
    fn addresses_stand_alone_or_behind_a_sign_but_not_within_a_name() {
        for (word, expected) in [
            ("BOOTSTRAP", "b:1,b:2"),
            ("bootstrap.servers=BOOTSTRAP", "bootstrap.servers=b:1,b:2"),
            ("--bootstrap-server=BOOTSTRAP", "--bootstrap-server=b:1,b:2"),
            ("ZOOKEEPER/chroot", "z:1/chroot"),
            ("BOOTSTRAPPED", "BOOTSTRAPPED"),
            ("MY_BOOTSTRAP", "MY_BOOTSTRAP"),
            ("the-ZOOKEEPER-topic", "the-ZOOKEEPER-topic"),
        ] {
            assert_eq!(addressed(word, "b:1,b:2", "z:1"), expected);
        }
    }
}
