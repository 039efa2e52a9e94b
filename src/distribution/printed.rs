//! The properties that the jars of a Kafka print of themselves: asked once, and kept in the cache.

use std::sync::Arc;

use async_trait::async_trait;

use super::cache::{self, Cache, Claim, Shelf};
use super::{Distribution, Product, Release, html};
use crate::error::UserError;
use crate::event::stream::Events;

const BROKER: &str = "broker.tsv";
const TOPIC: &str = "topic.tsv";

/// The class that prints the properties of brokers.
const OF_BROKERS: &[&str] = &["kafka.server.KafkaConfig"];
/// That of topics: its name until 3.4, and since 3.5.
const OF_TOPICS: &[&str] =
    &["kafka.log.LogConfig", "org.apache.kafka.storage.internals.log.LogConfig"];

/// The fewest rows of a whole list of brokers, and of topics.
const FEWEST: [usize; 2] = [100, 20];

/// The lists of a version: a row for each property, with name, type, default and valid values, below a head.
#[derive(Debug, PartialEq, Eq)]
pub struct Printed {
    /// What brokers know.
    pub broker: String,
    /// What a topic may have.
    pub topic: String,
}

/// Where a program of the jars can run before any node does.
#[async_trait]
pub trait Prints: Send + Sync {
    /// What the main class prints on standard output, however it ends.
    async fn print(
        &self,
        distribution: &Distribution,
        main_class: &str,
        events: &Events,
    ) -> Result<String, UserError>;
}

impl Release {
    /// The same with the lists of the cache, if they are there.
    #[must_use]
    pub fn with_cached_lists(self, cache: &Cache) -> Self {
        let held = cache.entry(Shelf::Properties, &key(&self));
        let printed = held.and_then(|folder| {
            let read = |name| std::fs::read_to_string(folder.join(name)).ok();
            Some(Printed { broker: read(BROKER)?, topic: read(TOPIC)? })
        });
        Self { printed: printed.map(Arc::new), ..self }
    }

    /// The same with the lists that its jars print, asked unless they are in the cache. A version that prints none in a
    /// shape that is known keeps none, which an event tells.
    ///
    /// # Errors
    /// When the cache cannot be read or written, or the program not be run.
    pub async fn with_asked_lists(
        distribution: &Distribution,
        on: &dyn Prints,
        cache: &Cache,
        events: &Events,
    ) -> Result<Self, UserError> {
        let release = distribution.release.clone();
        if release.product != Product::Kafka {
            return Ok(release);
        }
        let subject = release.to_string();
        let waiting =
            || events.phase(&subject, "waiting for another run that asks for its settings");
        if let Claim::Vacant(vacancy) =
            cache.claim(Shelf::Properties, &key(&release), waiting).await?
        {
            events.phase(&subject, "asking its jars which settings there are, once");
            let broker = asked(distribution, on, OF_BROKERS, events).await?;
            let lists = [broker, asked(distribution, on, OF_TOPICS, events).await?];
            let whole =
                lists.iter().zip(FEWEST).all(|(list, fewest)| list.lines().count() > fewest);
            if !whole {
                let told = "its jars do not say which settings there are: those of the versions around it are taken";
                events.phase(&subject, told);
                return Ok(release);
            }
            let made = vacancy.folder().join("lists");
            let [broker, topic] = lists;
            cache::blocking(move || {
                let write = || {
                    std::fs::create_dir(&made)?;
                    std::fs::write(made.join(BROKER), broker)?;
                    std::fs::write(made.join(TOPIC), topic)
                };
                write().map_err(cache::failed("write a list of settings", &made))?;
                vacancy.fill(&made)
            })
            .await?;
        }
        let cache = cache.clone();
        Ok(cache::blocking(move || release.with_cached_lists(&cache)).await)
    }
}

/// The list that the first of these classes prints which the version has; empty for none.
async fn asked(
    distribution: &Distribution,
    on: &dyn Prints,
    classes: &[&str],
    events: &Events,
) -> Result<String, UserError> {
    for class in classes {
        let printed = on.print(distribution, class, events).await?;
        if let Some(list) = html::list(&printed).filter(|list| list.lines().count() > 1) {
            return Ok(list);
        }
    }
    Ok(String::new())
}

/// As that of the jars.
fn key(release: &Release) -> String {
    cache::key(release, &release.pom)
}
