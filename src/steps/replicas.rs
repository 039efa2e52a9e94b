//! What replicas hold, put into the history and compared.

use super::described::described;
use super::judgement::judge;
use super::world::World;
use crate::checker::anomaly::Anomaly;
use crate::checker::report::CheckReport;
use crate::cluster::segment::Batch;
use crate::history::line::{Line, Record, State};
use crate::scenario::failure::StepFailure;

/// What the replicas of a topic hold, set against each other.
pub(super) struct ReplicasCompared {
    /// Batches in all of them.
    pub(super) batches: usize,
    /// What was found.
    pub(super) check: CheckReport,
}

/// Records what every replica of a topic holds, and has the checker compare.
///
/// # Errors
/// As [`judge`]; when the topic is not there, or a broker with a replica is down; inconclusive, when there was
/// nothing to compare.
pub(super) async fn compare_replicas(
    world: &mut World,
    topic: &str,
) -> Result<ReplicasCompared, StepFailure> {
    let batches = record_replicas(world, topic).await?;
    let judgement = judge(world).await?;
    match judgement.report.of(Anomaly::ReplicaDivergence) {
        Some(check) if check.found() > 0 || (check.compared > 0 && batches > 0) => {
            Ok(ReplicasCompared { batches, check: check.clone() })
        }
        _ => Err(StepFailure::inconclusive(format!(
            "the replicas of topic {topic:?} hold {batches} batches, so nothing was compared"
        ))),
    }
}

/// Reads every replica of a topic from its broker's disk and records it; returns how many batches there are in
/// all of them.
///
/// # Errors
/// When the topic is not there, or a broker with a replica is down.
async fn record_replicas(world: &World, name: &str) -> Result<usize, StepFailure> {
    let partitions = described(world, name).await?;
    let (cluster, topic) = (world.cluster()?, world.names()?.topic(name));
    let recorder = world.history()?.recorder()?;
    let replicas = cluster.replicas(&topic).await?;
    let mut count = 0;
    for broker in cluster.brokers() {
        let mut batches = cluster.batches(broker, &topic).await?;
        for partition in partitions.iter().filter(|it| it.replicas.contains(&broker)) {
            let batches = batches.remove(&partition.id).unwrap_or_default();
            count += batches.len();
            let offsets = replicas.get(&(broker, partition.id)).map(|it| it.offsets.clone());
            let offset = |offset: i64| u64::try_from(offset).ok();
            let from = batches.first().map(|batch| batch.first);
            let to = batches.last().map(|batch| batch.last + 1);
            let fields = Line {
                broker: Some(broker.0),
                topic: Some(topic.as_str().into()),
                partition: u32::try_from(partition.id).ok(),
                from: from.or(offsets.as_ref().and_then(|it| offset(it.start))),
                to: to.or(offsets.as_ref().and_then(|it| offset(it.end))),
                records: batches.iter().map(record).collect(),
                ..Line::default()
            };
            recorder.state(State::Replica, fields);
        }
    }
    Ok(count)
}

/// A batch is known by the last of its offsets, in which old formats and new ones agree.
fn record(batch: &Batch) -> Record<'static> {
    let Batch { first, last, leader_epoch, marker, checksum } = *batch;
    let epoch = leader_epoch.map(|epoch| format!(" of leader epoch {epoch}")).unwrap_or_default();
    let what = match marker {
        true => "a transaction's marker",
        false => "a batch",
    };
    let text = format!("{what} from {first} to {last}{epoch}");
    Record { offset: last, message: Some(text.into()), digest: Some(checksum) }
}
