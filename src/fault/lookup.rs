//! Which nodes a target means at the moment of a fault. Roles are looked up. The lookup waits while the cluster
//! elects.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use super::target::{Role, Target, Who};
use super::{FaultError, Injected, Scope};
use crate::cluster::ClusterError;
use crate::cluster::metadata::{CoordinatorOf, Partition};
use crate::event::id::{BrokerId, NodeId};
use crate::event::node_state::Mode;
use crate::topology::Role as TopologyRole;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// How long an election may take: brokers miss a leader after their session's time-out, 18 s by default.
const ELECTION_LIMIT: Duration = Duration::from_secs(30);

impl Target {
    /// The nodes that it means now; never empty. It waits for an election of its role that is under way.
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
            until(ELECTION_LIMIT, EFFECT_LOOK, look).await.map_err(|error| match error {
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
            | Who::ActiveController
            | Who::StandbyController
            | Who::Coordinator { .. }
            | Who::ZooKeeperLeader
            | Who::ZooKeeperFollower
            | Who::ZooKeeperOf(_) => true,
            Who::Brokers(_)
            | Who::Controllers(_)
            | Who::ZooKeepers(_)
            | Who::Every(_)
            | Who::RandomBroker
            | Who::Hit { .. } => false,
        }
    }

    /// The nodes that it means at this moment; may be none.
    async fn look(&self, scope: Scope<'_>, past: &[Injected]) -> Result<Vec<NodeId>, FaultError> {
        let cluster = scope.cluster;
        Ok(match &self.who {
            Who::Brokers(ids) => ids.iter().copied().map(NodeId::from).collect(),
            Who::Controllers(ids) => {
                ids.iter().map(|id| cluster.spec().node_of_controller(*id)).collect()
            }
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
            Who::StandbyController => {
                let active = cluster.controller().await?;
                let all = cluster.spec().topology();
                let mut others = Vec::new();
                for (node, _) in all.with_role(TopologyRole::Controller) {
                    let is_alive = cluster.state(node).await?.is_alive();
                    others.extend((is_alive && active != Some(node)).then_some(node));
                }
                others.choose(&mut scope.dice(past.len() as u64)).copied().into_iter().collect()
            }
            Who::Controller | Who::ActiveController => {
                cluster.controller().await?.into_iter().collect()
            }
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
                cluster.member_of(*broker).await?.into_iter().collect()
            }
            Who::Every(group) => {
                let topology = cluster.spec().topology();
                topology.with_role(group.role()).map(|(node, _)| node).collect()
            }
            Who::RandomBroker => {
                let mut alive = Vec::new();
                for id in cluster.brokers() {
                    if cluster.state(id.into()).await?.is_alive() {
                        alive.push(NodeId::from(id));
                    }
                }
                alive.choose(&mut scope.dice(past.len() as u64)).copied().into_iter().collect()
            }
            Who::Hit { done, group } => {
                let topology = cluster.spec().topology();
                let group: Vec<_> =
                    topology.with_role(group.role()).map(|(node, _)| node).collect();
                let is_meant = |node: &NodeId| group.contains(node);
                let hit = past.iter().rev().filter(|it| it.fault.is_called(*done));
                let hit = hit.map(|it| it.hit.nodes().iter().copied().filter(is_meant));
                hit.map(Iterator::collect::<Vec<_>>).find(|it| !it.is_empty()).unwrap_or_default()
            }
        })
    }

    fn check(&self, scope: Scope<'_>, node: NodeId) -> Result<(), FaultError> {
        if scope.cluster.nodes().any(|known| known == node) {
            return Ok(());
        }
        let there: Vec<_> = scope.cluster.nodes().map(|node| node.to_string()).collect();
        let there = there.join(", ");
        Err(FaultError::NoTarget(format!("the cluster has no {node}; it has {there}")))
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

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

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
