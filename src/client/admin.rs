//! Topics, their messages and settings through Kafka's admin API.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigEntry, ConfigSource, NewPartitions, NewTopic,
    ResourceSpecifier, TopicReplication, TopicResult,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::settings::Settings;
use super::{ClientError, blocking};
use crate::cluster::metadata::{Topics, described};
use crate::event::id::BrokerId;
use crate::topology::Access;
use crate::wait::{Seen, WaitError, until};

/// The limit for one request. Creating a topic waits for its leaders within it.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// How long a change waits for the controller. A request that is under way ends by its own limit.
const CONTROLLER_LIMIT: Duration = Duration::from_secs(35);

/// A setting of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dynamic {
    /// Name of the setting.
    pub name: String,
    /// Its value; none where the broker keeps that to itself.
    pub value: Option<String>,
    /// Whether it was given to this broker, or to all, while it ran; none where it was not.
    pub is_own: Option<bool>,
}

/// An admin client. It connects when it is first asked something.
#[derive(Clone)]
pub struct Admin {
    inner: Arc<AdminClient<DefaultClientContext>>,
}

impl Admin {
    /// A client of a cluster.
    ///
    /// # Errors
    /// When librdkafka cannot make a client.
    pub fn new(access: &Access) -> Result<Self, ClientError> {
        let config = Settings::of_every_client().at(access).config()?;
        let inner = config.create().map_err(|error| ClientError::new("start a client", &error))?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Creates a topic and waits until the controller has made it.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the broker's reason.
    pub async fn create_topic(
        &self,
        name: &str,
        partitions: i32,
        replication_factor: i32,
        settings: &[(String, String)],
    ) -> Result<(), ClientError> {
        let replication = TopicReplication::Fixed(replication_factor);
        let mut topic = NewTopic::new(name, partitions, replication);
        for (name, value) in settings {
            topic = topic.set(name, value);
        }
        self.by_controller(async || {
            let answer = self.inner.create_topics([&topic], &options()).await;
            only(&format!("create topic {name:?}"), answer)
        })
        .await
    }

    /// Gives a topic so many partitions in all, and waits until the controller has made the new ones.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the broker's reason.
    pub async fn grow_topic(&self, name: &str, partitions: usize) -> Result<(), ClientError> {
        let wanted = NewPartitions::new(name, partitions);
        self.by_controller(async || {
            let answer = self.inner.create_partitions([&wanted], &options()).await;
            only(&format!("add partitions to topic {name:?}"), answer)
        })
        .await
    }

    /// Whether the controller would let a topic of this name be made: there is none, and a former one is
    /// deleted to its last trace.
    ///
    /// # Errors
    /// When the controller refuses for another reason.
    pub async fn is_free(&self, name: &str) -> Result<bool, ClientError> {
        let topic = NewTopic::new(name, 1, TopicReplication::Fixed(1));
        let options = options().operation_timeout(None::<Duration>).validate_only(true);
        let answer = self.by_controller(async || {
            only("ask for a name", self.inner.create_topics([&topic], &options).await)
        });
        match answer.await {
            Ok(()) => Ok(true),
            Err(error) if error.code() == Some(RDKafkaErrorCode::TopicAlreadyExists.into()) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Deletes a topic and waits until the controller has forgotten it.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the broker's reason.
    pub async fn delete_topic(&self, name: &str) -> Result<(), ClientError> {
        self.delete_topics(&[name]).await
    }

    /// Deletes topics and waits until the controller has forgotten them.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the broker's reason for the first that it does not delete.
    pub async fn delete_topics(&self, names: &[&str]) -> Result<(), ClientError> {
        self.by_controller(async || {
            let answer = self.inner.delete_topics(names, &options()).await;
            let answer = answer.map_err(|error| ClientError::new("delete topics", &error))?;
            let refused = answer.into_iter().find_map(Result::err);
            refused.map_or(Ok(()), |(name, code)| {
                let doing = format!("delete topic {name:?}");
                Err(ClientError::Refused { doing, code: code.into() })
            })
        })
        .await
    }

    /// Deletes the messages of a partition before an offset and waits until every replica in sync has.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the broker's reason.
    pub async fn delete_records(
        &self,
        topic: &str,
        partition: i32,
        before: i64,
    ) -> Result<(), ClientError> {
        let doing = format!("delete messages of topic {topic:?}");
        let failed = |error: &KafkaError| ClientError::new(&doing, error);
        let mut places = TopicPartitionList::new();
        let offset = Offset::Offset(before);
        places.add_partition_offset(topic, partition, offset).map_err(|error| failed(&error))?;
        let answer = self.inner.delete_records(&places, &options()).await;
        let answer = answer.map_err(|error| failed(&error))?;
        answer.elements().iter().try_for_each(|element| element.error()).map_err(|it| failed(&it))
    }

    /// Every topic of the cluster. Asks for all, since asking for one may create it.
    ///
    /// # Errors
    /// When no broker answers.
    pub async fn topics(&self) -> Result<Topics, ClientError> {
        let inner = Arc::clone(&self.inner);
        blocking("list the topics", move || {
            let metadata = inner.inner().fetch_metadata(None, REQUEST_LIMIT)?;
            Ok(metadata.topics().iter().map(described).collect())
        })
        .await
    }

    /// The offsets of a partition: the first that is there, and the one that the next message gets.
    ///
    /// # Errors
    /// When its leader does not answer.
    pub async fn offsets(&self, topic: &str, partition: i32) -> Result<(i64, i64), ClientError> {
        let (inner, topic) = (Arc::clone(&self.inner), topic.to_owned());
        blocking("ask for the offsets", move || {
            inner.inner().fetch_watermarks(&topic, partition, REQUEST_LIMIT)
        })
        .await
    }

    /// Every setting of a broker as the broker itself reports it; none where it keeps the value to itself.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub async fn broker_settings(
        &self,
        broker: BrokerId,
    ) -> Result<BTreeMap<String, Option<String>>, ClientError> {
        self.settings(&format!("broker {broker}"), ResourceSpecifier::Broker(broker.0)).await
    }

    /// Every setting of a broker as the broker itself reports it, and whether it was given while the broker ran:
    /// before Kafka 1.1 none can be.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub async fn dynamic_settings(&self, broker: BrokerId) -> Result<Vec<Dynamic>, ClientError> {
        let of = format!("broker {broker}");
        let entries = self.entries(&of, ResourceSpecifier::Broker(broker.0)).await?;
        let dynamic = entries.into_iter().map(|entry| Dynamic {
            is_own: match entry.source {
                ConfigSource::DynamicBroker => Some(true),
                ConfigSource::DynamicDefaultBroker => Some(false),
                _ => None,
            },
            name: entry.name,
            value: entry.value,
        });
        Ok(dynamic.collect())
    }

    /// Every setting in force for a topic, its own and those that it takes from the broker.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when there is no such topic.
    pub async fn topic_settings(
        &self,
        topic: &str,
    ) -> Result<BTreeMap<String, Option<String>>, ClientError> {
        self.settings(&format!("topic {topic:?}"), ResourceSpecifier::Topic(topic)).await
    }

    /// Sets some settings of a topic, and leaves the others that it has of its own as they are.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the broker's reason.
    pub async fn change_topic(
        &self,
        topic: &str,
        settings: &[(String, String)],
    ) -> Result<(), ClientError> {
        let (of, resource) = (format!("topic {topic:?}"), ResourceSpecifier::Topic(topic));
        let there = self.entries(&of, resource).await?;
        // The request takes away what it does not name. Before 1.1, brokers return the topic's own settings only by
        // their not being defaults.
        let own = |it: &&ConfigEntry| {
            matches!(it.source, ConfigSource::DynamicTopic | ConfigSource::Unknown)
        };
        let mut wanted = AlterConfig::new(ResourceSpecifier::Topic(topic));
        for entry in there.iter().filter(own) {
            if let Some(value) = &entry.value {
                wanted = wanted.set(&entry.name, value);
            }
        }
        for (name, value) in settings {
            wanted = wanted.set(name, value);
        }
        let doing = format!("change the settings of {of}");
        let answer = self.inner.alter_configs([&wanted], &options()).await;
        match answer.map_err(|error| ClientError::new(&doing, &error))?.pop() {
            Some(Ok(_)) => Ok(()),
            Some(Err((_, code))) => Err(ClientError::Refused { doing, code: code.into() }),
            None => Err(ClientError::Failed { doing, why: "the answer is empty".into() }),
        }
    }

    async fn settings(
        &self,
        of: &str,
        resource: ResourceSpecifier<'_>,
    ) -> Result<BTreeMap<String, Option<String>>, ClientError> {
        let entries = self.entries(of, resource).await?;
        Ok(entries.into_iter().map(|entry| (entry.name, entry.value)).collect())
    }

    async fn entries(
        &self,
        of: &str,
        resource: ResourceSpecifier<'_>,
    ) -> Result<Vec<ConfigEntry>, ClientError> {
        let doing = format!("read the settings of {of}");
        let answer = self.inner.describe_configs([&resource], &options()).await;
        let mut answer = answer.map_err(|error| ClientError::new(&doing, &error))?;
        match answer.pop() {
            Some(Ok(found)) => Ok(found.entries),
            Some(Err(code)) => Err(ClientError::Refused { doing, code: code.into() }),
            None => Err(ClientError::Failed { doing, why: "the answer is empty".into() }),
        }
    }

    /// Asks again while the broker that is asked is no longer the controller, or not yet. Kafka's own clients do
    /// the same; librdkafka looks for the controller again every 10 seconds only, or when it is asked for
    /// metadata.
    async fn by_controller(
        &self,
        ask: impl AsyncFn() -> Result<(), ClientError>,
    ) -> Result<(), ClientError> {
        let not_controller = Some(RDKafkaErrorCode::NotController.into());
        let answer = until(CONTROLLER_LIMIT, Duration::from_millis(200), async || {
            match ask().await {
                Err(error) if error.code() == not_controller => {
                    let seen = error.to_string();
                    // Its answer does not matter.
                    drop(self.topics().await);
                    Ok(Seen::NotYet(seen))
                }
                answer => answer.map(Seen::Ready),
            }
        });
        answer.await.map_err(|error| match error {
            WaitError::Failed(error) => error,
            WaitError::TimedOut { seen, .. } => {
                ClientError::Failed { doing: "find the controller".into(), why: seen }
            }
        })
    }

    /// Ends the client.
    ///
    /// # Errors
    /// When its thread panicked.
    pub async fn close(self) -> Result<(), ClientError> {
        // Dropping it joins a thread of the library.
        blocking("close the client", move || {
            drop(self);
            Ok(())
        })
        .await
    }
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Admin")
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(REQUEST_LIMIT)).operation_timeout(Some(REQUEST_LIMIT))
}

fn only(doing: &str, answer: Result<Vec<TopicResult>, KafkaError>) -> Result<(), ClientError> {
    match answer.map_err(|error| ClientError::new(doing, &error))?.pop() {
        Some(Ok(_)) => Ok(()),
        Some(Err((_, code))) => {
            Err(ClientError::Refused { doing: doing.into(), code: code.into() })
        }
        None => Err(ClientError::Failed { doing: doing.into(), why: "the answer is empty".into() }),
    }
}
