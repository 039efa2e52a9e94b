//! What loads measured, and what the machine used meanwhile.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::measured::{Direction, Measured};
use crate::event::snapshot::{Snapshot, Used};

/// What all producers of a load have sent, or all its consumers have received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadSeen {
    /// The topic, as the author named it.
    pub topic: String,
    /// Sent or received.
    pub direction: Direction,
    /// How many producers or consumers.
    pub clients: u32,
    /// When it began; before the scenario if negative.
    pub at_ms: i64,
    /// Counts, rates and latencies.
    #[serde(flatten)]
    pub measured: Measured,
}

/// What was used in one interval; rates are per second, sizes in bytes. `statistics/` of the results has more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsageSeen {
    /// When the interval ended.
    pub at_ms: u64,
    /// How long it was.
    pub interval_ms: u64,
    /// CPU of the machine, in percent of all its cores.
    pub machine_cpu_percent: f64,
    /// Memory of the machine that is still available.
    pub machine_available: u64,
    /// Every node that ran, by `broker-1`, `zookeeper-1`.
    pub nodes: BTreeMap<String, Used>,
    /// trial itself.
    pub runner: Used,
}

impl UsageSeen {
    /// From a snapshot that was taken then.
    pub fn of(at_ms: u64, snapshot: &Snapshot) -> Self {
        let cores = &snapshot.machine.cores;
        let busy: f64 = cores.iter().map(|core| core.user + core.system).sum();
        Self {
            at_ms,
            interval_ms: snapshot.interval_ms,
            machine_cpu_percent: if cores.is_empty() { 0.0 } else { busy / cores.len() as f64 },
            machine_available: snapshot.machine.memory.available,
            nodes: snapshot.nodes.iter().map(|(node, used)| (node.to_string(), *used)).collect(),
            runner: snapshot.runner,
        }
    }
}
