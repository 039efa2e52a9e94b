//! Replication settings against the number of brokers: what could never be satisfied is a mistake, not
//! something to find out from a cluster that does not come up.

use super::settings::{Part, SettingMistake};
use crate::event::Settings;

/// Settings that count replicas, none of which can be more than there are brokers.
const COUNTS: &[&str] = &[
    "default.replication.factor",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "min.insync.replicas",
    "transaction.state.log.min.isr",
];

/// Number of replicas in sync that a write needs, and the number of replicas there are.
const PAIRS: &[(&str, &str)] = &[
    ("min.insync.replicas", "default.replication.factor"),
    ("transaction.state.log.min.isr", "transaction.state.log.replication.factor"),
];

/// Checks the settings that the author gave; values that are no numbers are left to others.
pub fn check(settings: &Settings, brokers: usize) -> Vec<SettingMistake> {
    let number = |name: &str| settings.get(name).and_then(|text| text.trim().parse::<usize>().ok());
    let mistake = |name: &str, what: String, help: &str| SettingMistake {
        name: name.to_owned(),
        part: Part::Value,
        what,
        help: help.to_owned(),
        nearest: None,
    };
    let mut mistakes = Vec::new();
    for name in COUNTS {
        if let Some(count) = number(name).filter(|count| *count > brokers) {
            let plural = if brokers == 1 { "broker" } else { "brokers" };
            let what = format!("{name} is {count}, but the cluster has {brokers} {plural}");
            mistakes.push(mistake(name, what, "each replica is on a broker of its own"));
        }
    }
    for (needed, there) in PAIRS {
        if let (Some(least), Some(factor)) = (number(needed), number(there))
            && least > factor
            && least <= brokers
        {
            let what = format!("{needed} is {least}, but {there} is {factor}");
            mistakes.push(mistake(needed, what, "no write with acks=all could ever succeed"));
        }
    }
    mistakes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(settings: &[(&str, &str)], brokers: usize) -> Vec<String> {
        let settings = settings.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        check(&settings, brokers).into_iter().map(|mistake| mistake.what).collect()
    }

    #[test]
    fn more_replicas_than_brokers_are_refused() {
        assert_eq!(
            mistakes(&[("default.replication.factor", "4")], 3),
            ["default.replication.factor is 4, but the cluster has 3 brokers"]
        );
        assert!(mistakes(&[("default.replication.factor", "3")], 3).is_empty());
    }

    #[test]
    fn more_replicas_in_sync_than_replicas_are_refused() {
        assert_eq!(
            mistakes(&[("default.replication.factor", "2"), ("min.insync.replicas", "3")], 3),
            ["min.insync.replicas is 3, but default.replication.factor is 2"]
        );
        assert!(mistakes(&[("min.insync.replicas", "3")], 3).is_empty());
    }
}
