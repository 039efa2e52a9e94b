//! Who may do what to a topic: access control lists (ACLs) over Kafka's protocol, asked of each broker, as each
//! decides by what it knows itself.
//!
//! All listeners are without authentication, so every client is the same principal to Kafka, `User:ANONYMOUS`. The
//! lists are for everybody (`User:*`). Brokers copy partitions and coordinate by another right (`ClusterAction`), which
//! these lists do not touch. The requests are of version 0, which every Kafka from 0.11 to 3.9 understands.

use std::collections::BTreeMap;
use std::io;

use futures::FutureExt as _;
use futures::future::try_join_all;

use super::metadata::{Reader, ask};
use super::{Cluster, ClusterError};
use crate::event::id::BrokerId;
use crate::topology::Address;

const DESCRIBE_ACLS: i16 = 29;
const CREATE_ACLS: i16 = 30;
const DELETE_ACLS: i16 = 31;

/// `ResourceType.TOPIC`
const TOPIC: i8 = 2;

/// `AclOperation.ANY`, `AclPermissionType.ANY`
const ANY: i8 = 1;

/// `AclOperation.ALL`
const ALL: i8 = 2;

/// Everybody, and from everywhere.
const EVERYBODY: &str = "User:*";
const EVERYWHERE: &str = "*";

/// `SECURITY_DISABLED`
const SECURITY_DISABLED: i16 = 54;

/// What can be denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Reading.
    Read,
    /// Writing.
    Write,
}

/// `AclPermissionType`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Permission {
    Deny,
    Allow,
}

/// A line of a list, for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// `AclOperation`
    operation: i8,
    permission: Permission,
}

impl Operation {
    /// `AclOperation`
    fn code(self) -> i8 {
        match self {
            Self::Read => 3,
            Self::Write => 4,
        }
    }

    fn denied(self) -> Entry {
        Entry { operation: self.code(), permission: Permission::Deny }
    }
}

impl Permission {
    fn code(self) -> i8 {
        match self {
            Self::Deny => 2,
            Self::Allow => 3,
        }
    }

    fn read(code: i8) -> Option<Self> {
        [Self::Deny, Self::Allow].into_iter().find(|it| it.code() == code)
    }
}

/// A topic with any list allows nothing but what the list allows.
const REST: Entry = Entry { operation: ALL, permission: Permission::Allow };

impl Cluster {
    /// Denies everybody an access to a topic, and nothing else. Brokers learn it a moment later:
    /// [`Cluster::denied_by_broker`].
    ///
    /// # Errors
    /// When no broker answers, or the brokers have no authorizer.
    pub async fn deny(&self, topic: &str, operation: Operation) -> Result<(), ClusterError> {
        self.change_acls(CREATE_ACLS, creations(topic, &[REST, operation.denied()])).await
    }

    /// Takes back what [`Cluster::deny`] has done.
    ///
    /// # Errors
    /// As [`Cluster::deny`].
    pub async fn allow_again(&self, topic: &str, operation: Operation) -> Result<(), ClusterError> {
        self.change_acls(DELETE_ACLS, deletion(topic, Some(operation.denied()))).await
    }

    /// Removes every list of a topic.
    ///
    /// # Errors
    /// As [`Cluster::deny`].
    pub async fn remove_acls(&self, topic: &str) -> Result<(), ClusterError> {
        self.change_acls(DELETE_ACLS, deletion(topic, None)).await
    }

    /// Whether each broker that runs and answers denies everybody this access to the topic.
    ///
    /// # Errors
    /// When the runtime does not say which brokers run.
    pub async fn denied_by_broker(
        &self,
        topic: &str,
        operation: Operation,
    ) -> Result<BTreeMap<BrokerId, bool>, ClusterError> {
        let asked = self.broker_addresses().map(async |(id, broker)| {
            let runs = self.runs(id.into()).await?;
            let entries = if runs { entries(broker, topic).await.ok() } else { None };
            Ok::<_, ClusterError>(entries.map(|it| (id, it.contains(&operation.denied()))))
        });
        Ok(try_join_all(asked).await?.into_iter().flatten().collect())
    }

    async fn change_acls(&self, api: i16, body: io::Result<Vec<u8>>) -> Result<(), ClusterError> {
        // No topic has a name that is too long for the protocol.
        let body = body.map_err(|error| ClusterError::NoBroker(error.to_string()))?;
        self.ask_brokers(|broker| change(broker, api, &body).boxed()).await
    }
}

/// Asks a broker to create or to delete.
async fn change(broker: &Address, api: i16, body: &[u8]) -> io::Result<()> {
    let answer = ask(broker, api, 0, body).await?;
    let mut answer = Reader(&answer);
    let _throttled_ms = answer.int32()?;
    for _ in 0..answer.int32()? {
        refused(answer.int16()?, answer.string()?)?;
        if api == DELETE_ACLS {
            for _ in 0..answer.int32()? {
                refused(answer.int16()?, answer.string()?)?;
                let (_topic, _name) = (answer.int8()?, answer.string()?);
                read_entry(&mut answer)?;
            }
        }
    }
    Ok(())
}

/// The lists of a topic, as a broker knows them.
async fn entries(broker: &Address, topic: &str) -> io::Result<Vec<Entry>> {
    let answer = ask(broker, DESCRIBE_ACLS, 0, &filter(topic, None)?).await?;
    let mut answer = Reader(&answer);
    let _throttled_ms = answer.int32()?;
    refused(answer.int16()?, answer.string()?)?;
    let mut entries = Vec::new();
    for _ in 0..answer.int32()? {
        let (_topic, _name) = (answer.int8()?, answer.string()?);
        for _ in 0..answer.int32()? {
            entries.extend(read_entry(&mut answer)?);
        }
    }
    Ok(entries)
}

/// An entry, if it is one for everybody.
fn read_entry(answer: &mut Reader<'_>) -> io::Result<Option<Entry>> {
    let (principal, host) = (answer.string()?, answer.string()?);
    let (operation, permission) = (answer.int8()?, answer.int8()?);
    let of_everybody =
        principal.as_deref() == Some(EVERYBODY) && host.as_deref() == Some(EVERYWHERE);
    let entry = Permission::read(permission).map(|permission| Entry { operation, permission });
    Ok(entry.filter(|_| of_everybody))
}

fn refused(code: i16, why: Option<String>) -> io::Result<()> {
    match code {
        0 => Ok(()),
        SECURITY_DISABLED => Err(io::Error::other("it has no authorizer")),
        code => {
            let why = why.unwrap_or_default();
            Err(io::Error::other(format!("it refused with error {code}: {why}")))
        }
    }
}

fn creations(topic: &str, entries: &[Entry]) -> io::Result<Vec<u8>> {
    let mut body = i32::try_from(entries.len()).map_err(io::Error::other)?.to_be_bytes().to_vec();
    for Entry { operation, permission } in entries {
        body.extend(TOPIC.to_be_bytes());
        for text in [topic, EVERYBODY, EVERYWHERE] {
            body.extend(string(text)?);
        }
        body.extend([operation.to_be_bytes(), permission.code().to_be_bytes()].concat());
    }
    Ok(body)
}

/// Of one entry of the topic, or of all.
fn deletion(topic: &str, only: Option<Entry>) -> io::Result<Vec<u8>> {
    Ok([&1_i32.to_be_bytes()[..], &filter(topic, only)?].concat())
}

fn filter(topic: &str, only: Option<Entry>) -> io::Result<Vec<u8>> {
    const NULL: i16 = -1;
    let mut body = TOPIC.to_be_bytes().to_vec();
    body.extend(string(topic)?);
    match only {
        Some(_) => body.extend([string(EVERYBODY)?, string(EVERYWHERE)?].concat()),
        None => body.extend([NULL.to_be_bytes(), NULL.to_be_bytes()].concat()),
    }
    let (operation, permission) =
        only.map_or((ANY, ANY), |entry| (entry.operation, entry.permission.code()));
    body.extend([operation.to_be_bytes(), permission.to_be_bytes()].concat());
    Ok(body)
}

fn string(text: &str) -> io::Result<Vec<u8>> {
    let length = i16::try_from(text.len()).map_err(io::Error::other)?;
    Ok([&length.to_be_bytes()[..], text.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_creation_is_spelt_as_the_protocol_has_it() {
        let body = creations("t", &[Operation::Write.denied()]).expect("short names");
        let expected = [
            &[0, 0, 0, 1, 2, 0, 1][..],
            b"t",
            &[0, 6],
            b"User:*",
            &[0, 1],
            b"*",
            &[4, 2], // WRITE, DENY
        ];
        assert_eq!(body, expected.concat());
    }

    #[test]
    fn a_filter_for_all_leaves_who_open() {
        let all = filter("t", None).expect("a short name");
        assert_eq!(all, [&[2, 0, 1][..], b"t", &[255, 255, 255, 255, 1, 1]].concat());
        let one = filter("t", Some(Operation::Read.denied())).expect("a short name");
        assert_eq!(
            one,
            [&[2, 0, 1][..], b"t", &[0, 6], b"User:*", &[0, 1], b"*", &[3, 2]].concat()
        );
    }

    #[test]
    fn only_what_is_for_everybody_counts() {
        let entry = |who: &str| {
            let text = |text| string(text).expect("a short text");
            [text(who), text("*"), vec![4, 2]].concat()
        };
        let read = |bytes: &[u8]| read_entry(&mut Reader(bytes)).expect("an entry");
        assert_eq!(read(&entry("User:*")), Some(Operation::Write.denied()));
        assert_eq!(read(&entry("User:ada")), None);
        assert!(read_entry(&mut Reader(&entry("User:*")[..9])).is_err());
    }

    #[test]
    fn a_broker_without_authorizer_says_so() {
        let error = refused(SECURITY_DISABLED, None).expect_err("refused");
        assert_eq!(error.to_string(), "it has no authorizer");
        assert!(refused(0, None).is_ok());
    }
}
