//! What changes in a cluster while a scenario disturbs it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::id::{BrokerId, ControllerId};

/// Something in a cluster that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ClusterChange {
    /// Another node is the controller, or none.
    Controller {
        /// Before.
        from: Option<ControllerId>,
        /// Now.
        to: Option<ControllerId>,
    },
    /// A broker has registered in ZooKeeper, or its registration is gone. In KRaft: it is no longer fenced, or it is.
    Registration {
        /// Id of the broker.
        broker: BrokerId,
        /// Whether it is there now.
        registered: bool,
    },
    /// Another broker leads a partition, or none.
    Leader {
        /// The topic as the author named it.
        topic: String,
        /// From 0.
        partition: i32,
        /// Before.
        from: Option<BrokerId>,
        /// Now.
        to: Option<BrokerId>,
    },
    /// Other replicas of a partition are in sync.
    InSync {
        /// The topic as the author named it.
        topic: String,
        /// From 0.
        partition: i32,
        /// Before, in the order of the ids.
        from: Vec<BrokerId>,
        /// Now, likewise.
        to: Vec<BrokerId>,
    },
}

/// A sentence without its end, for people.
impl fmt::Display for ClusterChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |broker: &Option<BrokerId>| {
            broker.as_ref().map_or_else(|| "none".into(), |broker| format!("broker {broker}"))
        };
        match self {
            Self::Controller { from, to } => {
                let one = |id: &Option<ControllerId>| {
                    id.as_ref().map_or_else(|| "none".into(), ControllerId::to_string)
                };
                write!(f, "controller: {} after {}", one(to), one(from))
            }
            Self::Registration { broker, registered: true } => {
                write!(f, "broker {broker} has registered")
            }
            Self::Registration { broker, registered: false } => {
                write!(f, "the registration of broker {broker} is gone")
            }
            Self::Leader { topic, partition, from, to } => {
                write!(f, "leader of {topic}/{partition}: {} after {}", one(to), one(from))
            }
            Self::InSync { topic, partition, from, to } => {
                write!(
                    f,
                    "in sync in {topic}/{partition}: {} after {}",
                    BrokerId::listed(to),
                    BrokerId::listed(from)
                )
            }
        }
    }
}
