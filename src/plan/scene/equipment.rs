//! What a sentence asks of nodes that their description does not give them: a log directory, a disk or a clock of
//! their own, hosts enough to be split, an authorizer.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::cluster::spec::{BrokerSpec, ClusterSpec};
use crate::event::id::HostId;
use crate::fault::link::LEAST_HOSTS;
use crate::plan::scene::quoted::{NUMBERS, numbered};
use crate::topology::Role;

/// Words that ask for what is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// What there is instead, and how to get it.
    pub why: String,
    /// Where they are in the sentence.
    pub place: Range<usize>,
}

/// What the sentence asks for and no node that it can mean has.
pub fn lacking(sentence: &str, spec: &ClusterSpec) -> Option<Lacking> {
    // A pattern that is known to be right; if it were not, the steps would find the mistake later.
    static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let dir = r"^(?<dir>log directory (?<number>\d+)) of (?<of_dir>.+) fails$";
        let disk = r"^(?<disk>the disks? of (?<of_disk>.+)) (?:is|are) full$";
        let clock = r"^(?<clock>the clocks? of (?<of_clock>.+)) (?:is|are) moved ";
        let split = r"^the (?<split>brokers|ZooKeepers) (?:are split into|each hear) ";
        let others = format!(
            r"\b(?<these>(?:broker|ZooKeeper)s? {NUMBERS}).*(?<others>the other (?:brokers|ZooKeepers))"
        );
        let access = r"^(?<access>(?:writing to|reading(?: from)?) topic) .+ is (?:denied|allowed|granted) to ";
        Regex::new(&format!("{dir}|{disk}|{clock}|{split}|{others}|{access}")).ok()
    });
    let asked = ASKED.as_ref()?.captures(sentence)?;
    let named = |name| asked.name(name).map(|found| found.as_str());
    let lacks = |name, why| Some(Lacking { why, place: asked.name(name)?.range() });
    if let (Some(number), Some(target)) = (named("number"), named("of_dir")) {
        let number: u32 = number.parse().ok()?;
        let has = |broker: &BrokerSpec| number <= broker.log_dirs;
        let (who, broker) = without(spec, target, has)?;
        let there = broker.log_dirs;
        return lacks(
            "dir",
            format!("{who} has {there}; its description says `log_dirs: {there}`"),
        );
    }
    if let Some(target) = named("of_disk") {
        let (who, _) = without(spec, target, |broker| broker.disk_mib.is_some())?;
        let why = format!(
            "{who} has no disk of its own; its description gives it one with `disk: 64 MB`"
        );
        return lacks("disk", why);
    }
    if let Some(target) = named("of_clock") {
        let (who, _) = without(spec, target, |broker| broker.movable_clock)?;
        let why = format!(
            "the clock of {who} cannot be moved; its description allows it with `movable_clock: true`"
        );
        return lacks("clock", why);
    }
    if named("access").is_some() {
        let asks = |id| spec.broker_settings(id).contains_key("authorizer.class.name");
        let id = spec.brokers().keys().copied().find(|id| !asks(*id))?;
        let why = format!(
            "broker {id} asks no authorizer; its description has it do so with `authorizer: true`, as that of \
             \"authorizer\" does"
        );
        return lacks("access", why);
    }
    let topology = spec.topology();
    if let (Some(these), Some(others)) = (named("these"), named("others")) {
        let (kind, places) = numbered(these);
        let all = match others {
            "the other brokers" => topology.with_role(Role::Broker).count(),
            _ => topology.with_role(Role::ZooKeeper).count(),
        };
        let of_kind = if others.contains(kind) { places.len() } else { 0 };
        let why = format!("the cluster has no {}", others.trim_start_matches("the "));
        return if of_kind >= all { lacks("others", why) } else { None };
    }
    let role = match named("split")? {
        "brokers" => Role::Broker,
        _ => Role::ZooKeeper,
    };
    let hosts: BTreeSet<HostId> = topology.with_role(role).map(|(_, host)| host).collect();
    let why = format!(
        "they are on {} host(s); a minority and a majority need at least {LEAST_HOSTS}",
        hosts.len()
    );
    if hosts.len() < LEAST_HOSTS { lacks("split", why) } else { None }
}

/// The first of the brokers named by number that has not got it; where they are named otherwise, only if no broker
/// has it.
fn without<'a>(
    spec: &'a ClusterSpec,
    target: &str,
    has: impl Fn(&BrokerSpec) -> bool,
) -> Option<(String, &'a BrokerSpec)> {
    let mut brokers = spec.brokers().iter();
    if target.starts_with("broker ") || target.starts_with("brokers ") {
        let numbers = target.split(|letter: char| !letter.is_ascii_digit());
        let named: BTreeSet<i32> = numbers.filter_map(|number| number.parse().ok()).collect();
        let (id, broker) = brokers.find(|(id, it)| named.contains(&id.0) && !has(it))?;
        return Some((format!("broker {id}"), broker));
    }
    if ["every broker", "all brokers"].contains(&target) {
        let (id, broker) = brokers.find(|(_, broker)| !has(broker))?;
        return Some((format!("broker {id}"), broker));
    }
    let (_, first) = brokers.clone().next()?;
    (!brokers.any(|(_, broker)| has(broker))).then(|| ("each broker".into(), first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str) -> ClusterSpec {
        ClusterSpec::load(format!("fixtures/clusters/{name}.yaml").as_ref()).expect("a fixture")
    }

    #[test]
    fn what_the_description_does_not_give_is_told() {
        for (sentence, fixture, words, why) in [
            (
                "log directory 2 of broker 3 fails",
                "quick-failover",
                "log directory 2",
                "broker 3 has 1;",
            ),
            (
                "log directory 3 of the controller fails",
                "quick-log-dirs",
                "log directory 3",
                "each broker has 2;",
            ),
            (
                "the disk of broker 1 is full",
                "quick-failover",
                "the disk of broker 1",
                "broker 1 has no disk",
            ),
            (
                "the clocks of brokers 1 and 2 are moved 1 hour forward",
                "small-disk",
                "the clocks of brokers 1 and 2",
                "the clock of broker 1 cannot",
            ),
            (
                "the brokers are split into a minority and a majority",
                "single",
                "brokers",
                "they are on 1 host(s)",
            ),
            (
                "the ZooKeepers each hear another majority",
                "single",
                "ZooKeepers",
                "they are on 1 host(s)",
            ),
            (
                "writing to topic \"t\" is denied to everyone",
                "three-broker",
                "writing to topic",
                "broker 1 asks no authorizer;",
            ),
            (
                "reading topic \"t\" is allowed to everyone again",
                "single",
                "reading topic",
                "broker 1 asks no authorizer;",
            ),
        ] {
            let found = lacking(sentence, &spec(fixture)).unwrap_or_else(|| panic!("{sentence}"));
            assert_eq!(&sentence[found.place.clone()], words);
            assert!(found.why.starts_with(why), "{}", found.why);
        }
    }

    #[test]
    fn where_all_are_named_there_are_no_others() {
        let cut = "broker 1 is cut off from the other brokers";
        assert!(lacking(cut, &spec("single")).is_some());
        assert_eq!(lacking(cut, &spec("quick-failover")), None);
        let all = "brokers 1, 2 and 3 are cut off from the other brokers";
        let found = lacking(all, &spec("quick-failover")).expect("a mistake");
        assert_eq!(&all[found.place], "the other brokers");
        assert_eq!(found.why, "the cluster has no other brokers");
        let other = "ZooKeepers 1, 2 and 3 are cut off from the other brokers";
        assert_eq!(lacking(other, &spec("quick-failover")), None);
    }

    #[test]
    fn what_is_there_or_may_be_is_no_mistake() {
        for (sentence, fixture) in [
            ("log directory 1 of broker 3 fails", "quick-failover"),
            ("log directory 2 of the leader of partition 0 of topic \"o\" fails", "quick-log-dirs"),
            ("the disk of broker 3 is full", "small-disk"),
            ("the disk of the controller is full", "small-disk"),
            ("the clock of broker 1 is moved 1 hour forward", "movable-clocks"),
            ("the brokers are split into a minority and a majority", "quick-failover"),
            ("broker 1 is killed", "single"),
            ("writing to topic \"t\" is denied to everyone", "authorizer"),
        ] {
            assert_eq!(lacking(sentence, &spec(fixture)), None, "{sentence}");
        }
    }
}
