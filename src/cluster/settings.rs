//! Whether a setting is one that the program knows, and has a value that it takes.

mod tables;

use thiserror::Error;

pub(super) use self::tables::Own;
use self::tables::{BROKER_OWN, SYNONYMS};
use super::properties::{Kind, Properties, Property};
use crate::nearest::nearest;

/// What is wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}")]
pub struct SettingMistake {
    /// The setting's name as given.
    pub name: String,
    /// Which of the two is wrong, so that a caller can mark it.
    pub part: Part,
    /// What is wrong.
    pub what: String,
    /// How to fix it; may be empty.
    pub help: String,
    /// The known name that was probably meant.
    pub nearest: Option<String>,
}

/// The two parts of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The name of the setting.
    Name,
    /// Its value.
    Value,
}

/// Checks one setting of a broker.
///
/// # Errors
/// When the name is unknown or trial's own, or the value is not of its type or range.
pub fn check_broker(known: &Properties, name: &str, value: &str) -> Result<(), SettingMistake> {
    refuse_own(BROKER_OWN, name)?;
    let synonym = SYNONYMS.iter().find(|(topic, _)| *topic == name).map(|(_, broker)| *broker);
    check(known, name, value, synonym.map(|broker| ("a broker", broker)))
}

/// Checks one setting of a topic.
///
/// # Errors
/// When the name is unknown, or the value is not of its type or range.
pub fn check_topic(known: &Properties, name: &str, value: &str) -> Result<(), SettingMistake> {
    let topic = SYNONYMS.iter().find(|(_, broker)| *broker == name).map(|(topic, _)| *topic);
    check(known, name, value, topic.map(|topic| ("a topic", topic)))
}

/// Refuses a setting that trial computes.
pub(super) fn refuse_own(table: &[Own], name: &str) -> Result<(), SettingMistake> {
    match table.iter().find(|(names, _)| names.contains(&name)) {
        Some((_, help)) => Err(own(name, help)),
        None => Ok(()),
    }
}

/// That a setting is trial's own, and what to write instead.
pub(super) fn own(name: &str, help: &str) -> SettingMistake {
    SettingMistake {
        name: name.to_owned(),
        part: Part::Name,
        what: format!("{name} is set by trial itself"),
        help: help.to_owned(),
        nearest: None,
    }
}

/// Checks the name and the value. A synonym is whose setting was meant, and how it is called there.
pub(super) fn check(
    known: &Properties,
    name: &str,
    value: &str,
    synonym: Option<(&str, &str)>,
) -> Result<(), SettingMistake> {
    let Some(property) = known.get(name) else {
        let nearest = synonym.map(|it| it.1).or_else(|| nearest(name, known.names()));
        let help = match (synonym, nearest) {
            (Some((whose, its)), _) => format!("for {whose} it is called {its}"),
            (None, Some(near)) => format!("did you mean {near}?"),
            (None, None) => String::new(),
        };
        return Err(SettingMistake {
            name: name.to_owned(),
            part: Part::Name,
            what: format!("{} knows no setting {name}", known.program),
            help,
            nearest: nearest.map(str::to_owned),
        });
    };
    property.takes(value.trim()).map_err(|expected| SettingMistake {
        name: name.to_owned(),
        part: Part::Value,
        what: format!("{name} is {expected}, not \"{value}\""),
        help: match &*property.default {
            "null" | "" | "\"\"" => String::new(),
            default => format!("its default is {default}"),
        },
        nearest: None,
    })
}

impl Property {
    /// Whether the property takes the value; if not, what it takes: "a whole number of at least 1".
    fn takes(&self, value: &str) -> Result<(), String> {
        let (number, name) = match self.kind {
            Kind::Short => (value.parse::<i16>().ok().map(f64::from), "a whole number"),
            Kind::Int => (value.parse::<i32>().ok().map(f64::from), "a whole number"),
            Kind::Long => (whole(value), "a whole number"),
            Kind::Double => (value.parse::<f64>().ok().filter(|n| n.is_finite()), "a number"),
            Kind::Boolean => {
                let known = ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(value));
                return if known { Ok(()) } else { Err("true or false".into()) };
            }
            Kind::Text => return self.one_of(&[value]),
            Kind::List => return self.one_of(&value.split(',').map(str::trim).collect::<Vec<_>>()),
        };
        let (least, most) = self.range();
        let expected = match (least, most) {
            (Some(least), Some(most)) => format!("{name} from {least} to {most}"),
            (Some(least), None) => format!("{name} of at least {least}"),
            _ => name.to_owned(),
        };
        let inside = |number: f64| {
            least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
        };
        match number {
            Some(number) if inside(number) => Ok(()),
            _ => Err(expected),
        }
    }

    /// The bounds of `[1,...]` and `[0,...,65535]`.
    fn range(&self) -> (Option<f64>, Option<f64>) {
        let inner = self.valid.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let Some((least, most)) = inner.and_then(|inner| inner.split_once(",...")) else {
            return (None, None);
        };
        (least.parse().ok(), most.trim_start_matches(',').parse().ok())
    }

    /// Whether each value is among those of `[compact, delete]`.
    fn one_of(&self, values: &[&str]) -> Result<(), String> {
        let inner = self.valid.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let Some(inner) = inner else { return Ok(()) };
        let valid: Vec<_> = inner.split(", ").collect();
        if values.iter().all(|value| valid.iter().any(|known| same(known, value))) {
            return Ok(());
        }
        let kind = if self.kind == Kind::List { "a list of" } else { "one of" };
        Err(format!("{kind} {}", valid.join(", ")))
    }
}

/// A 64-bit number; as a float it may be rounded, which no bound in the lists is near enough to notice.
fn whole(value: &str) -> Option<f64> {
    value.parse::<i64>().ok().map(|number| number as f64)
}

/// Whether a value stands for a valid one; versions may be written `2.5` or `2.5.0` for `2.5-IV0`.
fn same(valid: &str, value: &str) -> bool {
    let release = valid.split("-IV").next().unwrap_or(valid);
    let is_version = valid.starts_with(|first: char| first.is_ascii_digit());
    valid == value
        || is_version
            && value
                .strip_prefix(release)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Version;

    fn broker(name: &str, value: &str) -> Result<(), SettingMistake> {
        check_broker(&Properties::of_broker(Version::new(2, 5, 0)), name, value)
    }

    fn what(name: &str, value: &str) -> String {
        broker(name, value).expect_err("refused").what
    }

    #[test]
    fn a_misspelt_name_is_answered_with_the_nearest() {
        let mistake = broker("zookeeper.session.tmeout.ms", "6000").expect_err("refused");
        assert_eq!(mistake.nearest.as_deref(), Some("zookeeper.session.timeout.ms"));
        assert_eq!(mistake.part, Part::Name);
    }

    #[test]
    fn a_topic_configuration_is_answered_with_the_broker_name() {
        let mistake = broker("retention.ms", "6000").expect_err("refused");
        assert_eq!(mistake.nearest.as_deref(), Some("log.retention.ms"));
    }

    #[test]
    fn every_synonym_is_a_name_that_the_newest_broker_knows() {
        let known = Properties::of_broker(Version::new(3, 9, 2));
        for (topic, broker) in SYNONYMS {
            assert!(known.get(broker).is_some(), "{broker}");
            assert!(known.get(topic).is_none(), "{topic}");
        }
    }

    #[test]
    fn values_are_of_their_type_and_range() {
        assert_eq!(
            what("num.network.threads", "many"),
            "num.network.threads is a whole number of at least 1, not \"many\""
        );
        assert_eq!(
            what("delete.topic.enable", "yes?"),
            "delete.topic.enable is true or false, not \"yes?\""
        );
        assert_eq!(
            what("log.cleanup.policy", "compact,shrink"),
            "log.cleanup.policy is a list of compact, delete, not \"compact,shrink\""
        );
        assert!(what("min.insync.replicas", "0").contains("at least 1"));
        assert!(what("num.partitions", "2147483648").contains("a whole number"));
        assert!(what("log.cleaner.min.cleanable.ratio", "nan").contains("a number"));
    }

    #[test]
    fn values_that_the_broker_takes_pass() {
        for (name, value) in [
            ("log.retention.ms", "-1"),
            ("delete.topic.enable", "True"),
            ("log.cleanup.policy", "compact, delete"),
            ("inter.broker.protocol.version", "2.4"),
            ("inter.broker.protocol.version", "2.5-IV0"),
            ("log.message.format.version", "0.11.0.3"),
            ("log.flush.interval.messages", "9223372036854775807"),
            ("super.users", "User:a;User:b"),
        ] {
            assert_eq!(broker(name, value), Ok(()), "{name} = {value}");
        }
        assert!(broker("inter.broker.protocol.version", "2.50").is_err());
    }

    #[test]
    fn what_trial_computes_is_refused_with_the_field_to_use() {
        assert!(broker("log.dirs", "/x").expect_err("refused").help.contains("log_dirs"));
    }
}
