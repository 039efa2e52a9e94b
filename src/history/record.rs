//! Records in a line, as short as JSON lets them be, and text that costs no copy.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeTuple as _};

/// One record of a log: `[offset, message]` or `[offset, message, digest]`.
/// The message is `null` for a transaction marker, which only a replica's dump shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'a> {
    /// Offset.
    pub offset: u64,
    /// Identity of the message.
    pub message: Option<Text<'a>>,
    /// Checksum as in [`super::line::Line::digest`].
    pub digest: Option<u32>,
}

/// The records of one partition in one poll.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct Batch<'a> {
    /// Topic.
    pub topic: Text<'a>,
    /// Partition.
    pub partition: u32,
    /// In the order in which they were returned.
    pub records: Vec<Record<'a>>,
}

impl<'a> Batch<'a> {
    /// The records of a poll by partition, in the order in which each comes first.
    pub fn by_partition(
        records: impl IntoIterator<Item = (&'a str, u32, Record<'a>)>,
    ) -> Vec<Self> {
        let mut batches: Vec<Self> = Vec::new();
        for (topic, partition, record) in records {
            let same = |batch: &&mut Self| batch.partition == partition && &*batch.topic == topic;
            match batches.iter_mut().find(same) {
                Some(batch) => batch.records.push(record),
                None => {
                    batches.push(Self { topic: topic.into(), partition, records: vec![record] })
                }
            }
        }
        batches
    }
}

/// Things that are objects in JSON; serde's own readers take arrays of their fields as well, which other languages and
/// the schema do not.
pub(super) fn objects<'de, D, T>(source: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = Vec::<Object<T>>::deserialize(source)?;
    Ok(objects.into_iter().map(|Object(object)| object).collect())
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
    }
}

/// Text that is borrowed from the line where it has no escapes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(text.into())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(text.to_owned().into())
            }
        }
        deserializer.deserialize_str(Borrowing)
    }
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(2 + usize::from(self.digest.is_some()))?;
        tuple.serialize_element(&self.offset)?;
        tuple.serialize_element(&self.message)?;
        if let Some(digest) = self.digest {
            tuple.serialize_element(&digest)?;
        }
        tuple.end()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Record<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = Record<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[offset, message] or [offset, message, digest]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Record<'de>, A::Error> {
                let short = |length| de::Error::invalid_length(length, &self);
                let offset = list.next_element()?.ok_or_else(|| short(0))?;
                let message = list.next_element()?.ok_or_else(|| short(1))?;
                let digest = list.next_element()?;
                if list.next_element::<de::IgnoredAny>()?.is_some() {
                    return Err(short(4));
                }
                Ok(Record { offset, message, digest })
            }
        }
        deserializer.deserialize_seq(Elements)
    }
}
