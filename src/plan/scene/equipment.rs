//! What a sentence asks of nodes that their description does not give them: a log directory, a disk or a clock of
//! their own, hosts enough to be split, an authorizer.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::cluster::spec::{BrokerSpec, ClusterSpec};
use crate::event::id::{HostId, NodeId};
use crate::fault::disk::{DiskFault, LogDir};
use crate::fault::group::Group;
use crate::fault::link::{LEAST_HOSTS, LinkTarget, Side};
use crate::fault::target::Named;
use crate::fault::{Fault, Recurring, Target};
use crate::plan::scene::spoken::Spoken;
use crate::steps::meaning::Action;
use crate::steps::mention::Mention;

/// Words that ask for what is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// What there is instead, and how to get it.
    pub why: String,
    /// Where they are in the sentence.
    pub place: Range<usize>,
}

/// What the sentence asks for and no node that it can mean has.
pub fn lacking(spoken: &Spoken<'_>, spec: &ClusterSpec) -> Option<Lacking> {
    if let Some(place) = words_of_acls(spoken) {
        return Some(Lacking { why: no_authorizer(spec)?, place });
    }
    let (why, place) = match spoken.action()? {
        Action::Fault { fault, .. } | Action::Lasting { fault, .. } => match fault {
            // The words up to the number, and those up to the nodes.
            Fault::Disk { what: DiskFault::LogDirFails(LogDir::Number(number)), target } => {
                (no_log_dir(spec, *number, target)?, 0..spoken.argument(0).end)
            }
            Fault::Disk { what: DiskFault::Full, target } => {
                (no_disk(spec, target)?, 0..spoken.argument(0).end)
            }
            Fault::Clock { target, .. } => (no_clock(spec, target)?, 0..spoken.argument(0).end),
            Fault::Link { target: LinkTarget::Halves(group) | LinkTarget::Ring(group), .. } => {
                (too_few_hosts(spec, *group)?, spoken.argument(0))
            }
            Fault::Link {
                target: LinkTarget::From(from, to) | LinkTarget::Between(from, to),
                ..
            } => (no_others(spec, from.target()?, to)?, spoken.place_of(&to.to_string())),
            Fault::Disk { .. } | Fault::Node { .. } | Fault::Client(_) => return None,
        },
        Action::Background { what: Recurring::CutOff { from, .. }, target, .. } => {
            (no_others(spec, target, from)?, spoken.place_of(&from.to_string()))
        }
        _ => return None,
    };
    Some(Lacking { why, place })
}

/// The words before a topic whose access rules the sentence changes.
fn words_of_acls(spoken: &Spoken<'_>) -> Option<Range<usize>> {
    let mut mentions = spoken.mentions.iter();
    let topic = mentions.find(|it| matches!(it.mention, Mention::TopicWithAcls(_)))?;
    let before = &spoken.text[..topic.place.start];
    Some(0..before.trim_end_matches(['"', '\'', ' ']).len())
}

fn no_log_dir(spec: &ClusterSpec, number: u32, target: &Target) -> Option<String> {
    let (who, broker) = without(spec, target, |broker| number <= broker.log_dirs)?;
    let there = broker.log_dirs;
    Some(format!("{who} has {there}; its description says `log_dirs: {there}`"))
}

fn no_disk(spec: &ClusterSpec, target: &Target) -> Option<String> {
    let (who, _) = without(spec, target, |broker| broker.disk_mib.is_some())?;
    Some(format!("{who} has no disk of its own; its description gives it one with `disk: 64 MB`"))
}

fn no_clock(spec: &ClusterSpec, target: &Target) -> Option<String> {
    let (who, _) = without(spec, target, |broker| broker.movable_clock)?;
    Some(format!(
        "the clock of {who} cannot be moved; its description allows it with `movable_clock: true`"
    ))
}

fn no_authorizer(spec: &ClusterSpec) -> Option<String> {
    let asks = |id| spec.broker_settings(id).contains_key("authorizer.class.name");
    let id = spec.brokers().keys().copied().find(|id| !asks(*id))?;
    Some(format!(
        "broker {id} asks no authorizer; its description has it do so with `authorizer: true`, as that of \
         \"authorizer\" does"
    ))
}

fn too_few_hosts(spec: &ClusterSpec, group: Group) -> Option<String> {
    let topology = spec.topology();
    let hosts: BTreeSet<HostId> = topology.with_role(group.role()).map(|(_, host)| host).collect();
    let why = format!(
        "they are on {} host(s); a minority and a majority need at least {LEAST_HOSTS}",
        hosts.len()
    );
    (hosts.len() < LEAST_HOSTS).then_some(why)
}

/// Where all nodes of a kind are named by number, and the other side is the others of that kind.
fn no_others(spec: &ClusterSpec, these: &Target, other_side: &Side) -> Option<String> {
    let Named::Nodes(these) = these.named() else { return None };
    let topology = spec.topology();
    let group = other_side.others()?;
    let all: Vec<_> = topology.with_role(group.role()).map(|(node, _)| node).collect();
    let of_kind = these.iter().filter(|(node, _)| all.contains(node)).count();
    (of_kind >= all.len()).then(|| format!("the cluster has no other {}", group.all()))
}

/// The first of the brokers named by number that has not got it; where they are named otherwise, only if no broker
/// has it.
fn without<'a>(
    spec: &'a ClusterSpec,
    target: &Target,
    has: impl Fn(&BrokerSpec) -> bool,
) -> Option<(String, &'a BrokerSpec)> {
    let mut brokers = spec.brokers().iter();
    let named = match target.named() {
        Named::Nodes(nodes) => nodes,
        Named::All => {
            let (id, broker) = brokers.find(|(_, broker)| !has(broker))?;
            return Some((format!("broker {id}"), broker));
        }
        Named::Hit { .. } | Named::Any => {
            let (_, first) = brokers.clone().next()?;
            return (!brokers.any(|(_, broker)| has(broker)))
                .then(|| ("each broker".into(), first));
        }
    };
    let is_named = |id| named.iter().any(|(node, _)| *node == NodeId::Broker(id));
    let (id, broker) = brokers.find(|(id, it)| is_named(**id) && !has(it))?;
    Some((format!("broker {id}"), broker))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::scene::spoken::spoken;

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
            let found = lacking(&spoken(&[sentence])[0], &spec(fixture))
                .unwrap_or_else(|| panic!("{sentence}"));
            assert_eq!(&sentence[found.place.clone()], words);
            assert!(found.why.starts_with(why), "{}", found.why);
        }
    }

    #[test]
    fn where_all_are_named_there_are_no_others() {
        let cut = "broker 1 is cut off from the other brokers";
        assert!(lacking(&spoken(&[cut])[0], &spec("single")).is_some());
        assert_eq!(lacking(&spoken(&[cut])[0], &spec("quick-failover")), None);
        let all = "brokers 1, 2 and 3 are cut off from the other brokers";
        let found = lacking(&spoken(&[all])[0], &spec("quick-failover")).expect("a mistake");
        assert_eq!(&all[found.place], "the other brokers");
        assert_eq!(found.why, "the cluster has no other brokers");
        let other = "ZooKeepers 1, 2 and 3 are cut off from the other brokers";
        assert_eq!(lacking(&spoken(&[other])[0], &spec("quick-failover")), None);
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
            assert_eq!(lacking(&spoken(&[sentence])[0], &spec(fixture)), None, "{sentence}");
        }
    }
}
