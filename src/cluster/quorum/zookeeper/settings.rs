//! The settings of a ZooKeeper: which there are, which trial computes, and what it sets where the fixture says nothing.
//!
//! ZooKeeper prints none; `properties.tsv` is written by hand from `QuorumPeerConfig.parseProperties` and the system
//! properties named in the administrator's guides, with the lines in which each is known.

use crate::cluster::defaults::known_only;
use crate::cluster::properties::Properties;
use crate::cluster::settings::{self, Own, SettingMistake};
use crate::distribution::{Line, Version};
use crate::event::Settings;

const PROPERTIES: &str = include_str!("properties.tsv");

/// Beginnings of names that ZooKeeper hands to its parts without knowing them.
const PREFIXES: &[&str] = &["authProvider.", "metricsProvider.", "ssl."];

/// Keys that trial computes, and what to write instead.
const OWN: &[Own] = &[
    (&["dataDir"], "leave it out: the folder comes from the runtime"),
    (&["dataLogDir"], "write `separate_data_log_dir: true` below `zookeepers` instead"),
    (
        &[
            "clientPort",
            "clientPortAddress",
            "secureClientPort",
            "secureClientPortAddress",
            "observerMasterPort",
        ],
        "leave it out: addresses and ports come from the runtime",
    ),
    (&["4lw.commands.whitelist"], "leave it out: trial allows all commands and asks by them"),
    (&["dynamicConfigFile"], "leave it out: the ensemble is written into zoo.cfg"),
];

/// What trial sets for every ZooKeeper.
const DEFAULTS: &[(&str, &str)] = &[
    ("tickTime", "2000"),
    ("initLimit", "10"),
    ("syncLimit", "5"),
    ("autopurge.snapRetainCount", "3"),
    ("autopurge.purgeInterval", "24"),
    // Behind links, all clients come from one address.
    ("maxClientCnxns", "0"),
    // Otherwise each ZooKeeper takes port 8080.
    ("admin.enableServer", "false"),
];

/// What a ZooKeeper of this version knows.
pub fn properties(version: Version) -> Properties {
    let line = version.line();
    let rows = PROPERTIES.lines().skip(1).filter(|row| {
        let mut lines = row.split('\t').skip(4).map(read_line);
        let since = lines.next().flatten();
        let until = lines.next().flatten();
        since <= Some(line) && until.is_none_or(|until| line <= until)
    });
    Properties::of_program(format!("ZooKeeper {version}"), rows, PREFIXES)
}

/// A line as the table has it: `3.5`.
fn read_line(cell: &str) -> Option<Line> {
    let (major, minor) = cell.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// What trial sets for a ZooKeeper that knows these properties.
pub fn defaults(known: &Properties) -> Settings {
    known_only(known, DEFAULTS.iter().map(|(name, value)| (*name, (*value).to_owned())))
}

/// Checks one key.
///
/// # Errors
/// When the name is unknown or trial's own, or the value is not of its type or range.
pub fn check(known: &Properties, name: &str, value: &str) -> Result<(), SettingMistake> {
    if ["server.", "group.", "weight."].iter().any(|prefix| name.starts_with(prefix)) {
        let help = "leave it out: the ensemble is made of `count` or `ids` below `zookeepers`";
        return Err(settings::own(name, help));
    }
    settings::refuse_own(OWN, name)?;
    settings::check(known, name, value, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: &str) -> Properties {
        properties(version.parse().expect("a version"))
    }

    #[test]
    fn each_line_knows_its_own_keys() {
        let has = |version, name| of(version).get(name).is_some();
        assert!(has("3.4.10", "tickTime") && has("3.8.4", "tickTime"));
        assert!(!has("3.4.10", "admin.enableServer") && has("3.5.7", "admin.enableServer"));
        assert!(!has("3.6.1", "leader.maxConcurrentSnapshots"));
        assert!(!has("3.5.7", "enforceQuota") && has("3.8.4", "enforceQuota"));
        assert!(has("3.6.1", "metricsProvider.httpPort"));
        assert!(PROPERTIES.lines().all(|row| row.split('\t').count() == 6));
    }

    #[test]
    fn every_default_is_a_setting_that_an_author_could_have_written() {
        let known = of("3.8.4");
        for (name, value) in defaults(&known) {
            assert_eq!(check(&known, &name, &value), Ok(()));
        }
    }

    #[test]
    fn a_default_that_the_version_does_not_know_is_left_out() {
        assert!(!defaults(&of("3.4.10")).contains_key("admin.enableServer"));
    }

    #[test]
    fn what_trial_computes_is_refused_with_the_field_to_use() {
        let known = of("3.5.7");
        let mistake = check(&known, "server.1", "a:1:2").expect_err("refused");
        assert!(mistake.help.contains("count"));
        assert!(check(&known, "dataDir", "/x").is_err());
        assert_eq!(check(&known, "forceSync", "no"), Ok(()));
    }
}
