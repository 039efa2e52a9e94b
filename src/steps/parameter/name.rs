//! Names of topics, groups, transactional ids and clients. Sentences about what is there take names that Kafka takes;
//! those about refusals take any text.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use crate::scenario::names::is_legal_topic;

/// A text of Kafka's protocol has a length of 16 bits; trial adds a tag of the scenario.
const LONGEST_TEXT: usize = 30_000;

/// A name that is checked when it is read.
macro_rules! names {
    ($($(#[$docs:meta])* $name:ident: $check:path;)*) => {$(
        $(#[$docs])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                $check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// The name of a topic that can be.
    TopicName: topic;
    /// The name of a topic that Kafka may refuse.
    AnyTopicName: any;
    /// The name of a topic whose access rules the sentence changes.
    AclTopicName: topic;
    /// The name of a group that can be.
    GroupName: group;
    /// A transactional id that can be.
    TransactionalId: transactional_id;
    /// The name of a producer that a sentence before has made.
    ProducerName: any;
    /// The name of a producer that this sentence makes.
    NewProducerName: any;
    /// The name of a producer that a sentence after this one may make.
    LaterProducerName: any;
    /// The name of a consumer that a sentence before has made.
    ConsumerName: any;
    /// The name of a consumer that this sentence makes.
    NewConsumerName: any;
    /// The name of a consumer that a sentence after this one may make.
    LaterConsumerName: any;
    /// The name of a producer process that a sentence before has made.
    ProducerProcessName: any;
    /// The name of a producer process that this sentence makes.
    NewProducerProcessName: any;
    /// The name of a consumer process that a sentence before has made.
    ConsumerProcessName: any;
    /// The name of a consumer process that this sentence makes.
    NewConsumerProcessName: any;
    /// The name of a standalone consumer that a sentence before has made.
    StandaloneName: any;
    /// The name of a standalone consumer that this sentence makes.
    NewStandaloneName: any;
    /// The name of a copier that a sentence before has made.
    CopierName: any;
    /// The name of a copier that this sentence makes.
    NewCopierName: any;
    /// The name of several copiers that this sentence makes: `cp` for those called `cp-1`, `cp-2` and so on.
    NewCopiersName: any;
    /// The name of a copier, or of several that were made together, by a sentence before.
    CopiersName: any;
}

fn any(_: &str) -> Result<(), String> {
    Ok(())
}

fn topic(name: &str) -> Result<(), String> {
    if is_legal_topic(name) {
        return Ok(());
    }
    Err("the name of a topic has 1 to 249 letters, digits, dots, underscores and hyphens, and is not . or ..".into())
}

fn group(name: &str) -> Result<(), String> {
    text("the name of a group", name)
}

fn transactional_id(id: &str) -> Result<(), String> {
    text("a transactional id", id)
}

fn text(what: &str, text: &str) -> Result<(), String> {
    match text.len() {
        1..=LONGEST_TEXT => Ok(()),
        0 => Err(format!("{what} cannot be empty")),
        _ => Err(format!("{what} has at most 30 000 bytes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kafka_refuses_is_refused() {
        assert_eq!("orders.v2_a-b".parse::<TopicName>().as_deref(), Ok("orders.v2_a-b"));
        for illegal in ["", ".", "..", "two words", "a/b", "ü", &"a".repeat(260)] {
            assert!(illegal.parse::<TopicName>().is_err(), "{illegal}");
        }
        assert_eq!("any group: ü".parse::<GroupName>().as_deref(), Ok("any group: ü"));
        for illegal in ["", &"a".repeat(40_000)] {
            assert!(illegal.parse::<GroupName>().is_err());
            assert!(illegal.parse::<TransactionalId>().is_err());
        }
    }
}
