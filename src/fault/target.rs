//! What a fault is aimed at: nodes by number, by role, or by chance. A role is looked up at the moment of
//! the fault.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use super::{FaultError, Injected, NodeFault, Scope};
use crate::cluster::id::{BrokerId, NodeId, ZooKeeperId};
use crate::cluster::metadata::{CoordinatorOf, Partition};
use crate::cluster::{ClusterError, Mode};
use crate::wait::{Seen, WaitError, until};

/// How long an election may take: brokers miss a leader after their session's time-out, 18 s by default.
const ELECTION_LIMIT: Duration = Duration::from_secs(30);

/// How often it is looked for who is elected.
const ELECTION_LOOK: Duration = Duration::from_millis(50);

/// The pattern of a [`Target`]: a macro, so that other parameters can be made with it.
macro_rules! target_words {
    () => {
        r#"brokers? \d+(?:(?:, | and )\d+)*|ZooKeepers? \d+(?:(?:, | and )(?:ZooKeeper )?\d+)*|(?:the leader|a follower|every follower|every replica) of partition \d+ of topic "[^"]*"|the controller|the coordinator of (?:group|transactional id) "[^"]*"|the ZooKeeper leader|a ZooKeeper follower|the ZooKeeper that broker \d+ is connected to|(?:every|all) (?:brokers?|ZooKeepers?)|a random broker|the (?:killed|stopped|paused|restarted) (?:brokers?|ZooKeepers?)"#
    };
}
pub(super) use target_words;

/// One or more nodes, as a sentence names them.
///
/// - by number: `broker 2`, `brokers 1 and 3`, `ZooKeeper 1`, `ZooKeeper 1 and ZooKeeper 2`
/// - by role: `the leader of partition 0 of topic "orders"`, `a follower of …`, `every follower of …`, `every
///   replica of …`, `the controller`, `the coordinator of group "g"`, `the coordinator of transactional id "tx"`,
///   `the ZooKeeper leader`, `a ZooKeeper follower`, `the ZooKeeper that broker 1 is connected to`, `every
///   broker`, `every ZooKeeper`
/// - by chance: `a random broker`
/// - by what happened to them: `the killed broker`, `the stopped brokers`, `the paused ZooKeeper`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    said: String,
    who: Who,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
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
    Hit { by: &'static [NodeFault], zookeepers: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
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
    /// The nodes that it names by number; none where it does not.
    pub(super) fn numbered(&self) -> Vec<NodeId> {
        match &self.who {
            Who::Brokers(ids) => ids.iter().copied().map(NodeId::from).collect(),
            Who::ZooKeepers(ids) => ids.iter().copied().map(NodeId::from).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it is one or more ZooKeepers.
    pub(super) fn is_of_zookeepers(&self) -> bool {
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

    /// The nodes that it means now; never empty. While an election for its role is under way, that is waited for.
    ///
    /// # Errors
    /// [`FaultError::NoTarget`] when it means none.
    pub async fn find(
        &self,
        scope: Scope<'_>,
        past: &[Injected],
    ) -> Result<Vec<NodeId>, FaultError> {
        let look = || async move {
            let nodes = match self.look(scope, past).await {
                Err(FaultError::Cluster(
                    silent @ (ClusterError::NoQuorum | ClusterError::NoBroker(_)),
                )) if self.is_elected() => return Ok(Seen::NotYet(silent.to_string())),
                looked => looked?,
            };
            let none = || format!("there is no such node now: {self}");
            Ok(match nodes.is_empty() {
                true if self.is_elected() => Seen::NotYet(none()),
                true => return Err(FaultError::NoTarget(none())),
                false => Seen::Ready(nodes),
            })
        };
        let nodes =
            until(ELECTION_LIMIT, ELECTION_LOOK, look).await.map_err(|error| match error {
                WaitError::Failed(error) => error,
                none @ WaitError::TimedOut { .. } => FaultError::NoTarget(none.to_string()),
            })?;
        nodes.iter().try_for_each(|node| self.check(scope, *node))?;
        Ok(nodes)
    }

    /// Whether the cluster gives its role to a node by an election, so that nobody may have it for a moment.
    fn is_elected(&self) -> bool {
        match &self.who {
            Who::Replica { role, .. } => *role != Role::EveryReplica,
            Who::Controller
            | Who::Coordinator { .. }
            | Who::ZooKeeperLeader
            | Who::ZooKeeperFollower
            | Who::ZooKeeperOf(_) => true,
            Who::Brokers(_)
            | Who::ZooKeepers(_)
            | Who::EveryBroker
            | Who::EveryZooKeeper
            | Who::RandomBroker
            | Who::Hit { .. } => false,
        }
    }

    /// The nodes that it means at this moment; may be none.
    async fn look(&self, scope: Scope<'_>, past: &[Injected]) -> Result<Vec<NodeId>, FaultError> {
        let cluster = scope.cluster;
        Ok(match &self.who {
            Who::Brokers(ids) => ids.iter().copied().map(NodeId::from).collect(),
            Who::ZooKeepers(ids) => ids.iter().copied().map(NodeId::from).collect(),
            Who::Replica { role, partition, topic } => {
                let topics = cluster.topics().await?;
                let found = topics.get(&scope.names.topic(topic));
                let found = found.and_then(|all| all.iter().find(|it| it.id == *partition));
                let found = found.ok_or_else(|| {
                    FaultError::NoTarget(format!("topic {topic:?} has no partition {partition}"))
                })?;
                role.of(found, &mut scope.dice(past.len() as u64))
                    .into_iter()
                    .map(NodeId::from)
                    .collect()
            }
            Who::Controller => cluster.controller().await?.map(NodeId::from).into_iter().collect(),
            Who::Coordinator { of, name } => {
                let name = match of {
                    CoordinatorOf::Group => scope.names.group(name),
                    CoordinatorOf::TransactionalId => scope.names.transactional_id(name),
                };
                cluster.coordinator(*of, &name).await?.map(NodeId::from).into_iter().collect()
            }
            Who::ZooKeeperLeader => in_mode(scope, Mode::Leader).await?,
            Who::ZooKeeperFollower => {
                let followers = in_mode(scope, Mode::Follower).await?;
                followers.choose(&mut scope.dice(past.len() as u64)).copied().into_iter().collect()
            }
            Who::ZooKeeperOf(broker) => {
                self.check(scope, (*broker).into())?;
                cluster.zookeeper_of(*broker).await?.map(NodeId::from).into_iter().collect()
            }
            Who::EveryBroker => cluster.brokers().into_iter().map(NodeId::from).collect(),
            Who::EveryZooKeeper => cluster.zookeepers().into_iter().map(NodeId::from).collect(),
            Who::RandomBroker => {
                let mut alive = Vec::new();
                for id in cluster.brokers() {
                    if cluster.state(id.into()).await?.is_alive() {
                        alive.push(NodeId::from(id));
                    }
                }
                alive.choose(&mut scope.dice(past.len() as u64)).copied().into_iter().collect()
            }
            Who::Hit { by, zookeepers } => {
                let is_meant = |node: &NodeId| matches!(node, NodeId::ZooKeeper(_)) == *zookeepers;
                let hit = past.iter().rev().filter(|fault| fault.is_one_of(by));
                let hit = hit.map(|fault| fault.found.nodes.iter().copied().filter(is_meant));
                hit.map(Iterator::collect::<Vec<_>>).find(|it| !it.is_empty()).unwrap_or_default()
            }
        })
    }

    /// The same target, but chance has chosen: one of these brokers in place of `a random broker`.
    pub(super) fn drawn(&self, brokers: &[BrokerId], dice: &mut StdRng) -> Self {
        match (&self.who, brokers.choose(dice)) {
            (Who::RandomBroker, Some(id)) => {
                Self { said: format!("broker {id}"), who: Who::Brokers(vec![*id]) }
            }
            _ => self.clone(),
        }
    }

    fn check(&self, scope: Scope<'_>, node: NodeId) -> Result<(), FaultError> {
        if scope.cluster.nodes().any(|known| known == node) {
            return Ok(());
        }
        let there: Vec<_> = scope.cluster.nodes().map(|node| node.to_string()).collect();
        let there = there.join(", ");
        Err(FaultError::NoTarget(format!("the cluster has no {node}; it has {there}")))
    }
}

impl Role {
    fn of(self, partition: &Partition, dice: &mut StdRng) -> Vec<BrokerId> {
        let followers = || {
            // While nobody leads, nobody follows.
            let leader = partition.leader.into_iter();
            leader
                .flat_map(|leader| partition.replicas.iter().filter(move |id| **id != leader))
                .copied()
        };
        match self {
            Self::Leader => partition.leader.into_iter().collect(),
            Self::Follower => {
                followers().collect::<Vec<_>>().choose(dice).copied().into_iter().collect()
            }
            Self::EveryFollower => followers().collect(),
            Self::EveryReplica => partition.replicas.clone(),
        }
    }
}

async fn in_mode(scope: Scope<'_>, mode: Mode) -> Result<Vec<NodeId>, ClusterError> {
    let mut nodes = Vec::new();
    for id in scope.cluster.zookeepers() {
        if scope.cluster.zookeeper_mode(id).await? == mode {
            nodes.push(NodeId::from(id));
        }
    }
    Ok(nodes)
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
            let by = NodeFault::by_participle(done)?;
            Who::Hit { by, zookeepers: kind.starts_with("ZooKeeper") }
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
    use rand::SeedableRng as _;

    use super::*;

    fn who(said: &str) -> Who {
        let whole = regex::Regex::new(&format!("^(?:{})$", Target::REGEX)).expect("a pattern");
        assert!(whole.is_match(said), "{said:?} is no target");
        said.parse::<Target>().expect("a target").who
    }

    #[test]
    fn reads_numbers() {
        assert_eq!(who("broker 2"), Who::Brokers(vec![BrokerId(2)]));
        assert_eq!(who("brokers 1, 2 and 3"), Who::Brokers([1, 2, 3].map(BrokerId).to_vec()));
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
        let by = NodeFault::by_participle("killed").expect("a fault");
        assert_eq!(who("the killed brokers"), Who::Hit { by, zookeepers: false });
    }

    #[test]
    fn a_follower_is_never_the_leader() {
        let partition = Partition {
            id: 0,
            leader: Some(BrokerId(2)),
            replicas: vec![BrokerId(1), BrokerId(2), BrokerId(3)],
            isr: vec![BrokerId(2)],
        };
        for seed in 0..20 {
            let mut dice = StdRng::seed_from_u64(seed);
            let follower = Role::Follower.of(&partition, &mut dice);
            assert!([vec![BrokerId(1)], vec![BrokerId(3)]].contains(&follower), "{follower:?}");
        }
        let mut dice = StdRng::seed_from_u64(0);
        assert_eq!(Role::EveryFollower.of(&partition, &mut dice), [BrokerId(1), BrokerId(3)]);
        let leaderless = Partition { leader: None, ..partition };
        assert_eq!(Role::EveryFollower.of(&leaderless, &mut dice), []);
    }
}
