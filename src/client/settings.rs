//! Settings of clients: any that librdkafka knows; an unknown one is an error with the nearest name.

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::suggestion;
use crate::nearest::nearest;
use crate::topology::Access;

/// Every setting that librdkafka 2.12 documents, one a line, from its CONFIGURATION.md.
const SETTINGS: &str = include_str!("settings.txt");

/// Librdkafka's name for the number of requests under way on a connection.
const IN_FLIGHT: [&str; 2] = ["max.in.flight.requests.per.connection", "max.in.flight"];

/// Names and values in the order in which they were given; a later one wins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(Vec<(String, String)>);

impl Settings {
    /// Adds or replaces a setting.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// Adds what a client needs to connect, where that is not given.
    #[must_use]
    pub fn at(mut self, access: &Access) -> Self {
        for (name, value) in access.settings() {
            if self.get(name).is_none() {
                self = self.with(name, value);
            }
        }
        self
    }

    /// Adds all of `others`, which win over those that are there.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.0.extend_from_slice(&others.0);
        self
    }

    /// The settings that every client of trial begins with. Of a topic or a cluster that is a moment old, a
    /// broker may not know the leader yet; librdkafka asks again only when its metadata is due, which is after
    /// 5 minutes by default.
    pub fn of_every_client() -> Self {
        Self::default().with("topic.metadata.refresh.interval.ms", "1000")
    }

    /// These, with one request at a time on a connection if they make a producer that is idempotent without
    /// transactions and do not say how many. With more, librdkafka (2.12) raises the producer's epoch when a batch
    /// is refused because the one before it was, and what other partitions may have got already it sends under the
    /// new epoch, which no broker takes for the same (its issue 4953; features/exactly_once/epoch_bump.feature).
    #[must_use]
    pub fn with_safe_retries(self) -> Self {
        // As librdkafka reads it.
        let is_true =
            |value: &str| ["true", "t", "1"].iter().any(|it| it.eq_ignore_ascii_case(value));
        let idempotent = self.get("enable.idempotence").is_some_and(is_true);
        match idempotent && self.get("transactional.id").is_none() {
            true => self.with_default_in_flight("1"),
            false => self,
        }
    }

    /// These, with so many requests under way on a connection if they do not say how many.
    #[must_use]
    pub fn with_default_in_flight(self, requests: &str) -> Self {
        match IN_FLIGHT.iter().any(|name| self.get(name).is_some()) {
            true => self,
            false => self.with(IN_FLIGHT[0], requests),
        }
    }

    /// The value in force, if one was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A librdkafka configuration with these settings, each checked.
    ///
    /// # Errors
    /// [`SettingError`] for the first setting that librdkafka does not know or whose value it refuses.
    pub fn config(&self) -> Result<ClientConfig, SettingError> {
        let mut config = ClientConfig::new();
        // The client's own complaints about brokers that are down are no findings.
        config.set_log_level(RDKafkaLogLevel::Critical);
        config.extend(self.0.iter().cloned());
        config.create_native_config().map(|_| config).map_err(|error| SettingError::from(&error))
    }
}

impl FromIterator<(String, String)> for Settings {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(settings: I) -> Self {
        Self(settings.into_iter().collect())
    }
}

/// A setting that librdkafka does not take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingError {
    /// There is no such setting.
    #[error("librdkafka has no setting {name:?}{}", suggestion(.nearest))]
    Unknown {
        /// As given.
        name: String,
        /// The most similar name, if one is similar.
        nearest: Option<String>,
    },
    /// The value is not one that the setting can have.
    #[error("the setting {name:?} cannot be {value:?}: {why}")]
    Value {
        /// The setting.
        name: String,
        /// As given.
        value: String,
        /// As librdkafka says it.
        why: String,
    },
    /// The settings do not go together, or the client could not be made with them.
    #[error("no client can be made with these settings: {0}")]
    Together(String),
}

impl From<&KafkaError> for SettingError {
    fn from(error: &KafkaError) -> Self {
        match error {
            KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, _, name, _) => {
                let nearest = nearest(name, SETTINGS.lines()).map(str::to_owned);
                Self::Unknown { name: name.clone(), nearest }
            }
            KafkaError::ClientConfig(_, why, name, value) => {
                let (name, value, why) = (name.clone(), value.clone(), why.clone());
                Self::Value { name, value, why }
            }
            KafkaError::ClientCreation(why) => Self::Together(why.clone()),
            other => Self::Together(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_gives_what_the_author_did_not() {
        let access = Access::plaintext("a:1,b:2");
        let given = Settings::default().with("security.protocol", "ssl").at(&access);
        assert_eq!(given.get("bootstrap.servers"), Some("a:1,b:2"));
        assert_eq!(given.get("security.protocol"), Some("ssl"));
        let config = Settings::default().at(&access).config().expect("librdkafka takes it");
        assert_eq!(config.get("security.protocol"), Some("PLAINTEXT"));
    }

    #[test]
    fn an_unknown_setting_is_an_error_with_the_nearest_name() {
        let error = Settings::default().with("enable.idempotense", "true").config().unwrap_err();
        assert_eq!(
            error.to_string(),
            "librdkafka has no setting \"enable.idempotense\"; did you mean \"enable.idempotence\"?"
        );
    }

    #[test]
    fn idempotence_alone_has_one_request_under_way() {
        let in_flight = |given: &[(&str, &str)]| {
            let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let settings = given.collect::<Settings>().with_safe_retries();
            settings.config().expect("they go together");
            settings.get(IN_FLIGHT[0]).or(settings.get(IN_FLIGHT[1])).map(str::to_owned)
        };
        let idempotent = ("enable.idempotence", "true");
        assert_eq!(in_flight(&[idempotent]).as_deref(), Some("1"));
        assert_eq!(in_flight(&[("enable.idempotence", "True")]).as_deref(), Some("1"));
        assert_eq!(in_flight(&[idempotent, ("max.in.flight", "5")]).as_deref(), Some("5"));
        assert_eq!(in_flight(&[idempotent, (IN_FLIGHT[0], "3")]).as_deref(), Some("3"));
        assert_eq!(in_flight(&[idempotent, ("transactional.id", "t")]), None);
        assert_eq!(in_flight(&[("enable.idempotence", "false")]), None);
        assert_eq!(in_flight(&[]), None);
    }

    #[test]
    fn a_value_of_the_wrong_type_is_an_error() {
        let error = Settings::default().with("linger.ms", "soon").config().unwrap_err();
        assert!(matches!(error, SettingError::Value { name, .. } if name == "linger.ms"));
    }

    #[test]
    fn every_name_that_may_be_suggested_is_known() {
        for name in SETTINGS.lines() {
            let error = Settings::default().with(name, "no value that is right").config().err();
            assert!(!matches!(error, Some(SettingError::Unknown { .. })), "{name} is not known");
        }
    }

    #[test]
    fn a_later_setting_wins() {
        let given = Settings::default().with("acks", "1");
        let settings = Settings::default().with("acks", "all").and(&given);
        assert_eq!(settings.get("acks"), Some("1"));
        assert_eq!(settings.config().expect("both known").get("acks"), Some("1"));
    }
}
