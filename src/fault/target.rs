//! The nodes that a fault is aimed at: by number, by role, or by chance.

mod words;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use cucumber::Parameter;

pub use self::words::places_of_numbers;
use super::group::Group;
use super::participle::Participle;
use crate::cluster::metadata::CoordinatorOf;
use crate::event::id::{BrokerId, ControllerId, NodeId, ZooKeeperId};

/// The pattern of a [`Target`]: a macro, so that other parameters can be made with it.
macro_rules! target_words {
    () => {
        r#"brokers? \d+(?:(?:, | and )(?:broker )?\d+)*|controllers? \d+(?:(?:, | and )(?:controller )?\d+)*|ZooKeepers? \d+(?:(?:, | and )(?:ZooKeeper )?\d+)*|(?:the leader|a follower|every follower|every replica) of partition \d+ of topic "[^"]*"|the (?:active )?controller|a standby controller|the coordinator of (?:group|transactional id) "[^"]*"|the ZooKeeper leader|a ZooKeeper follower|the ZooKeeper that broker \d+ is connected to|(?:every|all) (?:brokers?|controllers?|ZooKeepers?)|a random broker|the (?:killed|stopped|paused|restarted) (?:brokers?|controllers?|ZooKeepers?)"#
    };
}
pub(super) use target_words;

const NOT_IN_BACKGROUND: &str =
    "faults in the background do not know whom a fault has hit: name nodes by number or by role";

/// One or more nodes, as a sentence names them.
///
/// - by number: `broker 2`, `brokers 1 and 3`, `broker 1 and broker 3`, `ZooKeeper 1`, `ZooKeeper 1 and ZooKeeper 2`,
///   `controller 101`, `controllers 101 and 102`
/// - by role: `the leader of partition 0 of topic "orders"`, `a follower of …`, `every follower of …`, `every
///   replica of …`, `the controller`, `the coordinator of group "g"`, `the coordinator of transactional id "tx"`,
///   `the ZooKeeper leader`, `a ZooKeeper follower`, `the ZooKeeper that broker 1 is connected to`, `every
///   broker`, `every ZooKeeper`; without ZooKeeper `the active controller`, `a standby controller`, `every controller`
/// - by chance: `a random broker`
/// - by what happened to them: `the killed broker`, `the stopped brokers`, `the paused ZooKeeper`,
///   `the killed controller`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) said: String,
    pub(super) who: Who,
}

/// What the words of a target mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Brokers(Vec<BrokerId>),
    Controllers(Vec<ControllerId>),
    ZooKeepers(Vec<ZooKeeperId>),
    Replica {
        role: Role,
        partition: i32,
        topic: String,
    },
    Controller,
    /// That of KRaft, which is active.
    ActiveController,
    StandbyController,
    Coordinator {
        of: CoordinatorOf,
        name: String,
    },
    ZooKeeperLeader,
    ZooKeeperFollower,
    ZooKeeperOf(BrokerId),
    Every(Group),
    RandomBroker,
    Hit {
        done: Participle,
        group: Group,
    },
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
        Self { said: "every broker".into(), who: Who::Every(Group::Brokers) }
    }

    /// Whom it means, as far as its words say, each with its place in them.
    pub fn named(&self) -> Named {
        match &self.who {
            Who::Brokers(_) | Who::Controllers(_) | Who::ZooKeepers(_) => {
                Named::Nodes(self.nodes())
            }
            Who::Every(_) => Named::All,
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
            Who::Controllers(ids) => ids.iter().copied().map(NodeId::from).collect(),
            Who::ZooKeepers(ids) => ids.iter().copied().map(NodeId::from).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it is left to chance.
    pub(super) fn is_random(&self) -> bool {
        self.who == Who::RandomBroker
    }

    /// The kind of nodes that it is. The controller is one of the brokers with ZooKeeper, and a node of its own or a
    /// broker without.
    pub fn group(&self) -> Group {
        match &self.who {
            Who::ZooKeepers(_)
            | Who::ZooKeeperLeader
            | Who::ZooKeeperFollower
            | Who::ZooKeeperOf(_) => Group::ZooKeepers,
            Who::Controllers(_) | Who::ActiveController | Who::StandbyController => {
                Group::Controllers
            }
            Who::Every(group) | Who::Hit { group, .. } => *group,
            Who::Brokers(_)
            | Who::Replica { .. }
            | Who::Controller
            | Who::Coordinator { .. }
            | Who::RandomBroker => Group::Brokers,
        }
    }

    /// Refuses nodes of another kind, where a fault is of brokers.
    ///
    /// # Errors
    /// What to write instead.
    pub fn check_brokers(&self) -> Result<(), String> {
        match self.group() {
            Group::Brokers => Ok(()),
            Group::Controllers | Group::ZooKeepers => {
                Err(format!("this is for brokers, and {} is none", self.said))
            }
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

    /// Whether it is all nodes of a kind.
    pub(super) fn is_every_one_of(&self, group: Group) -> bool {
        self.who == Who::Every(group)
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
        let who = words::read(said).ok_or_else(|| format!("{said:?} names no node"))?;
        Ok(Self { said: said.to_owned(), who })
    }
}
