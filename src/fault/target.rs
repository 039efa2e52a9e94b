//! The nodes that a fault is aimed at: by number, by role, or by chance.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use cucumber::Parameter;

use super::participle::Participle;
use crate::cluster::metadata::CoordinatorOf;
use crate::event::id::{BrokerId, NodeId, ZooKeeperId};

/// The pattern of a [`Target`]: a macro, so that other parameters can be made with it.
macro_rules! target_words {
    () => {
        r#"brokers? \d+(?:(?:, | and )(?:broker )?\d+)*|ZooKeepers? \d+(?:(?:, | and )(?:ZooKeeper )?\d+)*|(?:the leader|a follower|every follower|every replica) of partition \d+ of topic "[^"]*"|the controller|the coordinator of (?:group|transactional id) "[^"]*"|the ZooKeeper leader|a ZooKeeper follower|the ZooKeeper that broker \d+ is connected to|(?:every|all) (?:brokers?|ZooKeepers?)|a random broker|the (?:killed|stopped|paused|restarted) (?:brokers?|ZooKeepers?)"#
    };
}
pub(super) use target_words;

const NOT_IN_BACKGROUND: &str =
    "faults in the background do not know whom a fault has hit: name nodes by number or by role";

/// One or more nodes, as a sentence names them.
///
/// - by number: `broker 2`, `brokers 1 and 3`, `broker 1 and broker 3`, `ZooKeeper 1`, `ZooKeeper 1 and ZooKeeper 2`
/// - by role: `the leader of partition 0 of topic "orders"`, `a follower of …`, `every follower of …`, `every
///   replica of …`, `the controller`, `the coordinator of group "g"`, `the coordinator of transactional id "tx"`,
///   `the ZooKeeper leader`, `a ZooKeeper follower`, `the ZooKeeper that broker 1 is connected to`, `every
///   broker`, `every ZooKeeper`
/// - by chance: `a random broker`
/// - by what happened to them: `the killed broker`, `the stopped brokers`, `the paused ZooKeeper`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) said: String,
    pub(super) who: Who,
}

/// What the words of a target mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Brokers(Vec<BrokerId>),
    ZooKeepers(Vec<ZooKeeperId>),
    Replica { role: Role, partition: i32, topic: String },
    Controller,
    Coordinator { of: CoordinatorOf, name: String },
    ZooKeeperLeader,
    ZooKeeperFollower,
    ZooKeeperOf(BrokerId),
    EveryBroker,
    EveryZooKeeper,
    RandomBroker,
    Hit { done: Participle, zookeepers: bool },
}

/// Whom a target means, as far as its words say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Nodes by number, each with the place of the number in the words.
    Nodes(Vec<(NodeId, Range<usize>)>),
    /// All of a kind.
    All,
    /// Those that a fault before has hit, as in `the killed broker`.
    Hit {
        /// What was done.
        done: Participle,
        /// Whether it is `the killed brokers`.
        several: bool,
    },
    /// A role, or chance: any node of the kind.
    Any,
}

/// What a role, as in `the leader of partition 0 of topic "orders"`, is a role in; each part with its place in the
/// words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleIn<'a> {
    /// A partition.
    Partition {
        /// The author's name of the topic.
        topic: &'a str,
        /// Where it is, with its quotes.
        topic_place: Range<usize>,
        /// The number of the partition.
        partition: i32,
        /// Where it is.
        partition_place: Range<usize>,
        /// Where it is said that they follow, if they do.
        follower_place: Option<Range<usize>>,
    },
    /// Coordination.
    Coordination {
        /// The group or transactional id that it coordinates.
        of: CoordinatorOf,
        /// The author's name of it.
        name: &'a str,
        /// Where it is, with its quotes.
        place: Range<usize>,
    },
}

/// What a broker is to a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Leader,
    Follower,
    EveryFollower,
    EveryReplica,
}

/// Written by hand, as the derive takes no constant.
impl Parameter for Target {
    const NAME: &'static str = "target";
    const REGEX: &'static str = target_words!();
}

impl Target {
    /// `every broker`.
    pub(super) fn every_broker() -> Self {
        Self { said: "every broker".into(), who: Who::EveryBroker }
    }

    /// Whom it means, as far as its words say, each with its place in them.
    pub fn named(&self) -> Named {
        match &self.who {
            Who::Brokers(_) | Who::ZooKeepers(_) => Named::Nodes(self.nodes()),
            Who::EveryBroker | Who::EveryZooKeeper => Named::All,
            Who::Hit { done, .. } => Named::Hit { done: *done, several: self.said.ends_with('s') },
            _ => Named::Any,
        }
    }

    /// The nodes that have their number in its words, each with the place of the number.
    pub fn nodes(&self) -> Vec<(NodeId, Range<usize>)> {
        let nodes = match self.who {
            Who::ZooKeeperOf(broker) => vec![broker.into()],
            _ => self.numbered(),
        };
        // Names of topics and groups may have numbers as well.
        match nodes.is_empty() {
            true => Vec::new(),
            false => nodes.into_iter().zip(places_of_numbers(&self.said)).collect(),
        }
    }

    /// What it is a role in, where it is a role in something that has a name.
    pub fn role_in(&self) -> Option<RoleIn<'_>> {
        let from = |words: &str| self.said.find(words).map(|at| at + words.len());
        match &self.who {
            Who::Replica { role, partition, topic } => {
                let number = from(" of partition ")?;
                let name = from(" of topic ")?;
                let follows = matches!(role, Role::Follower | Role::EveryFollower);
                let start = if *role == Role::Follower { "a ".len() } else { 0 };
                Some(RoleIn::Partition {
                    topic,
                    topic_place: name..self.said.len(),
                    partition: *partition,
                    partition_place: number..name - " of topic ".len(),
                    follower_place: follows.then(|| start..number - " of partition ".len()),
                })
            }
            Who::Coordinator { of, name } => {
                let place = self.said.find('"')?..self.said.len();
                Some(RoleIn::Coordination { of: *of, name, place })
            }
            _ => None,
        }
    }

    /// The nodes that it names by number; none where it does not.
    pub(super) fn numbered(&self) -> Vec<NodeId> {
        match &self.who {
            Who::Brokers(ids) => ids.iter().copied().map(NodeId::from).collect(),
            Who::ZooKeepers(ids) => ids.iter().copied().map(NodeId::from).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it is left to chance.
    pub(super) fn is_random(&self) -> bool {
        self.who == Who::RandomBroker
    }

    /// Whether it is one or more ZooKeepers.
    pub fn is_of_zookeepers(&self) -> bool {
        match &self.who {
            Who::ZooKeepers(_)
            | Who::ZooKeeperLeader
            | Who::ZooKeeperFollower
            | Who::ZooKeeperOf(_)
            | Who::EveryZooKeeper => true,
            Who::Hit { zookeepers, .. } => *zookeepers,
            Who::Brokers(_)
            | Who::Replica { .. }
            | Who::Controller
            | Who::Coordinator { .. }
            | Who::EveryBroker
            | Who::RandomBroker => false,
        }
    }

    /// Refuses ZooKeepers, where a fault is of brokers.
    ///
    /// # Errors
    /// What to write instead.
    pub fn check_brokers(&self) -> Result<(), String> {
        match self.is_of_zookeepers() {
            true => Err(format!("this is for brokers, and {} is none", self.said)),
            false => Ok(()),
        }
    }

    /// Refuses nodes that a fault has hit. Faults in the background do not know the faults before them.
    ///
    /// # Errors
    /// What to write instead.
    pub fn check_in_background(&self) -> Result<(), String> {
        match self.who {
            Who::Hit { .. } => Err(NOT_IN_BACKGROUND.into()),
            _ => Ok(()),
        }
    }

    /// Whether it is all brokers, or all ZooKeepers.
    pub(super) fn is_every_one_of(&self, zookeepers: bool) -> bool {
        let all = if zookeepers { Who::EveryZooKeeper } else { Who::EveryBroker };
        self.who == all
    }

    /// Where it is the leader of a partition, every follower of that.
    pub(super) fn every_follower(&self) -> Option<Self> {
        let Who::Replica { role: Role::Leader, partition, topic } = &self.who else { return None };
        let said = format!("every follower of partition {partition} of topic {topic:?}");
        let role = Role::EveryFollower;
        let who = Who::Replica { role, partition: *partition, topic: topic.clone() };
        Some(Self { said, who })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(said: &str) -> Result<Self, String> {
        let who = read(said).ok_or_else(|| format!("{said:?} names no node"))?;
        Ok(Self { said: said.to_owned(), who })
    }
}

fn read(said: &str) -> Option<Who> {
    let role = [
        ("the leader of partition ", Role::Leader),
        ("a follower of partition ", Role::Follower),
        ("every follower of partition ", Role::EveryFollower),
        ("every replica of partition ", Role::EveryReplica),
    ];
    for (words, role) in role {
        if let Some(rest) = said.strip_prefix(words) {
            let (partition, topic) = rest.split_once(" of topic ")?;
            let (partition, topic) = (partition.parse().ok()?, unquoted(topic));
            return Some(Who::Replica { role, partition, topic });
        }
    }
    let coordinator = [
        ("the coordinator of group ", CoordinatorOf::Group),
        ("the coordinator of transactional id ", CoordinatorOf::TransactionalId),
    ];
    for (words, of) in coordinator {
        if let Some(name) = said.strip_prefix(words) {
            return Some(Who::Coordinator { of, name: unquoted(name) });
        }
    }
    if let Some(rest) = said.strip_prefix("the ZooKeeper that broker ") {
        return Some(Who::ZooKeeperOf(BrokerId(numbers(rest).ok()?.first().copied()?)));
    }
    Some(match said {
        "the controller" => Who::Controller,
        "the ZooKeeper leader" => Who::ZooKeeperLeader,
        "a ZooKeeper follower" => Who::ZooKeeperFollower,
        "a random broker" => Who::RandomBroker,
        "every broker" | "all brokers" => Who::EveryBroker,
        "every ZooKeeper" | "all ZooKeepers" => Who::EveryZooKeeper,
        _ if said.starts_with("the ") => {
            let (done, kind) = said.strip_prefix("the ")?.split_once(' ')?;
            Who::Hit { done: done.parse().ok()?, zookeepers: kind.starts_with("ZooKeeper") }
        }
        _ if said.starts_with("broker") => {
            Who::Brokers(numbers(said).ok()?.into_iter().map(BrokerId).collect())
        }
        _ if said.starts_with("ZooKeeper") => {
            let ids = numbers::<u8>(said).ok()?;
            Who::ZooKeepers(ids.into_iter().map(ZooKeeperId).collect())
        }
        _ => return None,
    })
}

/// Where the numbers in a list of nodes are, each once.
pub fn places_of_numbers(said: &str) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for word in said.split(|letter: char| !letter.is_ascii_digit()) {
        let place = at..at + word.len();
        at = place.end + 1;
        let is_known = |known: &Range<usize>| said[known.clone()] == *word;
        if !word.is_empty() && !places.iter().any(is_known) {
            places.push(place);
        }
    }
    places
}

/// The numbers in a list of nodes, each once.
fn numbers<N: FromStr + PartialEq>(said: &str) -> Result<Vec<N>, N::Err> {
    let words = said.split(|letter: char| !letter.is_ascii_digit());
    let mut numbers = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        let number = word.parse()?;
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(said: &str) -> Who {
        let whole = regex::Regex::new(&format!("^(?:{})$", Target::REGEX)).expect("a pattern");
        assert!(whole.is_match(said), "{said:?} is no target");
        said.parse::<Target>().expect("a target").who
    }

    #[test]
    fn reads_numbers() {
        assert_eq!(who("broker 2"), Who::Brokers(vec![BrokerId(2)]));
        let three = Who::Brokers([1, 2, 3].map(BrokerId).to_vec());
        assert_eq!(who("brokers 1, 2 and 3"), three);
        assert_eq!(who("broker 1, broker 2 and broker 3"), three);
        let both = Who::ZooKeepers([1, 2].map(ZooKeeperId).to_vec());
        assert_eq!(who("ZooKeeper 1 and ZooKeeper 2"), both);
        assert_eq!(who("ZooKeepers 1 and 2"), both);
    }

    #[test]
    fn a_node_named_twice_is_one() {
        assert_eq!(who("brokers 1 and 1"), Who::Brokers(vec![BrokerId(1)]));
    }

    #[test]
    fn a_number_that_no_node_can_have_is_refused() {
        assert!("ZooKeeper 256".parse::<Target>().is_err());
        assert!("broker 9999999999".parse::<Target>().is_err());
    }

    #[test]
    fn reads_roles() {
        let topic = String::from("orders");
        assert_eq!(
            who("every follower of partition 3 of topic \"orders\""),
            Who::Replica { role: Role::EveryFollower, partition: 3, topic }
        );
        let of = CoordinatorOf::TransactionalId;
        assert_eq!(
            who("the coordinator of transactional id \"tx-1\""),
            Who::Coordinator { of, name: "tx-1".into() }
        );
        assert_eq!(
            who("the ZooKeeper that broker 1 is connected to"),
            Who::ZooKeeperOf(BrokerId(1))
        );
        assert_eq!(who("all ZooKeepers"), Who::EveryZooKeeper);
    }

    #[test]
    fn reads_what_happened_before() {
        let done = Participle::Killed;
        assert_eq!(who("the killed brokers"), Who::Hit { done, zookeepers: false });
    }

    #[test]
    fn whom_a_fault_has_hit_is_unknown_in_the_background() {
        let check = |said: &str| said.parse::<Target>().expect("a target").check_in_background();
        assert!(check("the paused ZooKeeper").is_err());
        for known in ["broker 1", "the controller", "a random broker"] {
            assert_eq!(check(known), Ok(()), "{known}");
        }
    }
}
