//! Snapshots: what was used in one interval.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::id::NodeId;

/// What was used in one interval. Rates are per second, sizes in bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    /// From 1, in the scenario.
    pub number: u32,
    /// Milliseconds since the last one.
    pub interval_ms: u64,
    /// The machine.
    pub machine: Machine,
    /// Every node that runs.
    pub nodes: BTreeMap<NodeId, Used>,
    /// This process.
    pub runner: Used,
}

/// What was used of this machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Each core.
    pub cores: Vec<Core>,
    /// Memory at the end of the interval.
    pub memory: Memory,
    /// Each network interface.
    pub interfaces: BTreeMap<String, Interface>,
    /// Each disk.
    pub disks: BTreeMap<String, Disk>,
    /// The processes that used most CPU.
    pub top: Vec<Top>,
}

/// What a core did, in percent of its time; it was idle in the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Core {
    /// In user mode.
    pub user: f64,
    /// In the kernel.
    pub system: f64,
    /// Idle, while a disk was at work for somebody.
    pub wait: f64,
    /// Given to other machines by the hypervisor.
    pub steal: f64,
}

// The fields are named as in `/proc/meminfo`.
/// Memory, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    pub total: u64,
    pub free: u64,
    pub available: u64,
    pub cached: u64,
    pub buffers: u64,
    pub active: u64,
    pub inactive: u64,
    pub swap_total: u64,
    pub swap_free: u64,
}

/// A network interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interface {
    /// Bytes received.
    pub received: f64,
    /// Bytes sent.
    pub sent: f64,
}

/// A disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Disk {
    /// Bytes read.
    pub read: f64,
    /// Bytes written.
    pub written: f64,
    /// Share of the time in which it was at work.
    pub busy_percent: f64,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Top {
    /// Its number.
    pub pid: i32,
    /// Name of its program, of at most 15 letters.
    pub command: String,
    /// What it used.
    #[serde(flatten)]
    pub used: Used,
}

impl Top {
    /// CPU in user mode and in the kernel, in percent of one core.
    pub fn cpu(&self) -> f64 {
        self.used.user_percent + self.used.system_percent
    }
}

/// What was used between two readings, per second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Used {
    /// CPU in user mode, in percent of one core.
    pub user_percent: f64,
    /// CPU in the kernel, in percent of one core.
    pub system_percent: f64,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes read from disks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_read: Option<f64>,
    /// Bytes written to disks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_written: Option<f64>,
    /// Bytes received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<f64>,
    /// Bytes sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<f64>,
}
