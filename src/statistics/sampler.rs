//! Takes snapshots in the background.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::task::JoinHandle;

use super::machine::{self, Reading};
use super::sockets::Tally;
use super::usage::Usage;
use crate::cluster::Cluster;
use crate::event::id::NodeId;
use crate::event::snapshot::{Snapshot, Used};
use crate::event::stream::millis;
use crate::wait;

/// Takes snapshots until it is dropped, or has taken as many as it was asked for.
#[derive(Debug)]
pub struct Sampler {
    task: JoinHandle<()>,
    taken: Arc<Mutex<Taken>>,
}

/// What was seen over all snapshots so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taken {
    /// How many snapshots.
    pub snapshots: u32,
    /// The most memory of each node, in bytes.
    pub memory: BTreeMap<NodeId, u64>,
    /// The most memory of this process, in bytes.
    pub runner_memory: u64,
    /// Why there is no further snapshot.
    pub failed: Option<String>,
}

/// Counters of everything at one moment.
#[derive(Debug)]
struct Counters {
    machine: Reading,
    nodes: BTreeMap<NodeId, Usage>,
    runner: Usage,
}

impl Sampler {
    /// Begins: the first snapshot comes one interval from now, and each is handed to `tell`.
    pub fn start(
        cluster: Arc<Cluster>,
        interval: Duration,
        snapshots: Option<u32>,
        mut tell: impl FnMut(Snapshot) + Send + 'static,
    ) -> Self {
        let taken = Arc::<Mutex<Taken>>::default();
        let keep = Arc::clone(&taken);
        let task = tokio::spawn(async move {
            let ended = run(&cluster, interval, snapshots, |snapshot| {
                keep.lock().unwrap_or_else(PoisonError::into_inner).add(&snapshot);
                tell(snapshot);
            });
            if let Err(error) = ended.await {
                keep.lock().unwrap_or_else(PoisonError::into_inner).failed = Some(error);
            }
        });
        Self { task, taken }
    }

    /// What was seen so far.
    pub fn taken(&self) -> Taken {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Taken {
    fn add(&mut self, snapshot: &Snapshot) {
        self.snapshots += 1;
        for (node, used) in &snapshot.nodes {
            let most = self.memory.entry(*node).or_default();
            *most = used.memory.max(*most);
        }
        self.runner_memory = self.runner_memory.max(snapshot.runner.memory);
    }
}

async fn run(
    cluster: &Cluster,
    interval: Duration,
    snapshots: Option<u32>,
    mut tell: impl FnMut(Snapshot),
) -> Result<(), String> {
    let traffic = Arc::default();
    let mut before = Counters::read(cluster, &traffic).await?;
    let mut due = Instant::now() + interval;
    for number in 1..=snapshots.unwrap_or(u32::MAX) {
        wait::pause(due.saturating_duration_since(Instant::now())).await;
        let after = Counters::read(cluster, &traffic).await?;
        tell(after.since(&before, number));
        before = after;
        // Where reading takes longer than the interval, snapshots come later rather than all at once.
        due = (due + interval).max(Instant::now());
    }
    Ok(())
}

impl Counters {
    /// `traffic` is what this process has sent and received at earlier readings.
    async fn read(cluster: &Cluster, traffic: &Arc<Mutex<Tally>>) -> Result<Self, String> {
        let nodes = cluster.nodes().map(async |node| {
            // A node that is down uses nothing.
            Some((node, cluster.runtime().usage(node).await.ok()?))
        });
        let nodes = join_all(nodes).await.into_iter().flatten().collect();
        let traffic = Arc::clone(traffic);
        let own = tokio::task::spawn_blocking(move || {
            let pid = i32::try_from(std::process::id()).map_err(|error| error.to_string())?;
            let mut traffic = traffic.lock().unwrap_or_else(PoisonError::into_inner);
            let usage = Usage { network: traffic.count(pid).ok(), ..machine::of_pid(pid)? };
            Ok::<_, String>((Reading::take()?, usage))
        });
        let (machine, runner) = own.await.map_err(|error| error.to_string())??;
        Ok(Self { machine, nodes, runner })
    }

    fn since(&self, before: &Self, number: u32) -> Snapshot {
        let time = self.machine.time_since(&before.machine);
        let nodes: BTreeMap<NodeId, Used> = self
            .nodes
            .iter()
            .filter_map(|(node, now)| Some((*node, now.since(before.nodes.get(node)?, time))))
            .collect();
        Snapshot {
            number,
            interval_ms: millis(time),
            machine: self.machine.since(&before.machine),
            nodes,
            runner: self.runner.since(&before.runner, time),
        }
    }
}
