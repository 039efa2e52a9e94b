//! State of the cluster at a moment: evidence that a fault took effect, and of what it led to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file_seen::FileSeen;
use super::id::{BrokerId, ControllerId, NodeId, ZooKeeperId};
use super::link_counts::Counts;
use super::node_state::{Mode, NodeState};

/// What the cluster was like at a moment. What could not be found out is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Evidence {
    /// The processes of the nodes concerned.
    #[schemars(with = "BTreeMap<String, NodeState>")]
    pub nodes: BTreeMap<NodeId, NodeState>,
    /// The client process concerned, by what it is and its name: `copier "cp"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clients: BTreeMap<String, NodeState>,
    /// The brokers registered in ZooKeeper, in KRaft those that are not fenced; none without a quorum.
    pub registered: Option<BTreeSet<BrokerId>>,
    /// The controller.
    pub controller: Option<ControllerId>,
    /// The ZooKeepers that lead or follow.
    #[schemars(with = "BTreeMap<String, Mode>")]
    pub zookeepers: BTreeMap<ZooKeeperId, Mode>,
    /// How each controller of KRaft sees itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, Mode>")]
    pub controllers: BTreeMap<ControllerId, Mode>,
    /// What the active controller of KRaft says of the quorum; none without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<QuorumSeen>,
    /// The partitions of the scenario's topics.
    pub partitions: Vec<PartitionSeen>,
    /// The links concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkSeen>,
    /// How often the fault affected something on the links: pieces of data that were kept, connections unanswered
    /// or reset, closings noticed late, calls lost or late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<u64>,
    /// The files concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileSeen>,
    /// The bytes of the data concerned.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, u64>")]
    pub data: BTreeMap<NodeId, u64>,
    /// By how many seconds the clocks concerned were ahead of that of the run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clocks: BTreeMap<BrokerId, i64>,
}

/// A link, what was wrong with it, and what had gone over it since the cluster was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkSeen {
    /// Both ends: `broker-1 → broker-2`.
    pub link: String,
    /// What was wrong with it: `silence`.
    pub effects: Vec<String>,
    /// What had gone over it.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The quorum of controllers, as the active one describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuorumSeen {
    /// The epoch in which it leads.
    pub epoch: i32,
    /// How many records of the metadata log each voter is behind.
    #[schemars(with = "BTreeMap<String, i64>")]
    pub lag: BTreeMap<ControllerId, i64>,
    /// The brokers that are registered and fenced: they serve nobody.
    pub fenced: BTreeSet<BrokerId>,
}

/// A partition as a broker and, for the replicas in sync, ZooKeeper describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionSeen {
    /// The topic as the author named it.
    pub topic: String,
    /// From 0.
    pub partition: i32,
    /// Its leader, if it had one.
    pub leader: Option<BrokerId>,
    /// The replicas in sync.
    pub isr: Vec<BrokerId>,
    /// The replicas that are not in sync and have all that is committed: they may lead (KIP-966).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elr: Vec<BrokerId>,
    /// The last that was eligible, where no replica is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last_known_elr: Vec<BrokerId>,
}

impl Evidence {
    /// The leader that a partition had; none when it had none or was not seen.
    pub fn leader(&self, topic: &str, partition: i32) -> Option<BrokerId> {
        let mut partitions = self.partitions.iter();
        partitions.find(|seen| seen.topic == topic && seen.partition == partition)?.leader
    }
}

/// One line for people.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.nodes.iter().map(|(node, state)| format!("{node} {}", shown(state)));
        let mut parts: Vec<_> = nodes.collect();
        let clients = self.clients.iter();
        parts.extend(clients.map(|(client, state)| format!("{client} {}", shown(state))));
        parts.push(match &self.registered {
            Some(registered) => format!("registered {}", BrokerId::listed(registered)),
            None => "the quorum is lost".into(),
        });
        parts.push(match self.controller {
            Some(id) => format!("controller {id}"),
            None => "no controller".into(),
        });
        parts.extend(self.quorum.iter().map(ToString::to_string));
        parts.extend(self.partitions.iter().map(ToString::to_string));
        parts.extend(self.files.iter().map(ToString::to_string));
        let data = self.data.iter();
        parts.extend(data.map(|(node, bytes)| format!("data of {node}: {bytes} bytes")));
        let clocks = self.clocks.iter();
        parts.extend(clocks.map(|(id, ahead)| format!("clock of broker {id} {ahead:+} s")));
        if !self.links.is_empty() {
            let sum = self.links.iter().fold(Counts::default(), |sum, link| sum + link.counts);
            parts.push(format!("{} links: {sum}", self.links.len()));
        }
        parts.extend(self.met.map(|times| match times {
            0 => "the fault affected nothing".into(),
            1 => "the fault took effect once".into(),
            more => format!("the fault took effect {more} times"),
        }));
        f.write_str(&parts.join("; "))
    }
}

/// As in `epoch 4; voter 102 is 3 records behind; fenced 2`.
impl fmt::Display for QuorumSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}", self.epoch)?;
        for (id, lag) in self.lag.iter().filter(|(_, lag)| **lag > 0) {
            write!(f, "; voter {id} is {lag} records behind")?;
        }
        match self.fenced.is_empty() {
            true => Ok(()),
            false => write!(f, "; fenced {}", BrokerId::listed(&self.fenced)),
        }
    }
}

impl fmt::Display for PartitionSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, leader, isr, elr, last_known_elr } = self;
        let leader = leader.map_or_else(|| "none".into(), |leader| leader.to_string());
        write!(f, "{topic}/{partition}: leader {leader}, in sync {}", BrokerId::listed(isr))?;
        if !elr.is_empty() {
            write!(f, ", eligible {}", BrokerId::listed(elr))?;
        }
        match last_known_elr.is_empty() {
            true => Ok(()),
            false => write!(f, ", last known eligible {}", BrokerId::listed(last_known_elr)),
        }
    }
}

fn shown(state: &NodeState) -> String {
    match state {
        NodeState::Running { handle } => format!("runs ({handle})"),
        NodeState::Paused { handle } => format!("is paused ({handle})"),
        NodeState::Exited { code } => format!("has ended with code {code}"),
        NodeState::NotStarted => "was never started".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::event::scenario::ScenarioId;

    #[test]
    fn reads_as_one_line() {
        let evidence = Evidence {
            nodes: [(NodeId::Broker(BrokerId(2)), NodeState::Exited { code: 137 })].into(),
            clients: BTreeMap::new(),
            registered: Some([BrokerId(1), BrokerId(3)].into()),
            controller: None,
            zookeepers: BTreeMap::new(),
            partitions: vec![PartitionSeen {
                topic: "orders".into(),
                partition: 0,
                leader: Some(BrokerId(1)),
                isr: vec![BrokerId(1)],
                elr: Vec::new(),
                last_known_elr: Vec::new(),
            }],
            ..Evidence::default()
        };
        assert_eq!(
            evidence.to_string(),
            "broker-2 has ended with code 137; registered 1, 3; no controller; orders/0: leader 1, in sync 1"
        );
        assert_eq!(evidence.leader("orders", 0), Some(BrokerId(1)));
        assert_eq!(evidence.leader("orders", 1), None);
    }

    #[test]
    fn what_is_known_of_clocks_and_zookeepers_is_read_back_from_an_event() {
        let evidence = Evidence {
            zookeepers: [(ZooKeeperId(3), Mode::Follower)].into(),
            clocks: [(BrokerId(1), 7200)].into(),
            ..Evidence::default()
        };
        let file = "features/clocks.feature".into();
        let scenario = ScenarioId { file, line: 3, name: "A clock is moved".into() };
        let healed = Event::FaultHealed { scenario, number: 1, evidence: evidence.clone().into() };
        let written = serde_json::to_string(&healed).expect("JSON");
        let read = serde_json::from_str(&written).expect("an event");
        let Event::FaultHealed { evidence: read, .. } = read else { panic!("{read:?}") };
        assert_eq!(*read, evidence);
    }
}
