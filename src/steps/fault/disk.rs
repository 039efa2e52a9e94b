//! Disks that fail, fill up, or forget.

use cucumber::{given, when};

use crate::fault::disk::{DiskFault, Log, LogDir};
use crate::fault::{Fault, Target};
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Action;
use crate::steps::parameter::{Count, PartitionNumber, Size, TopicName};
use crate::steps::world::World;

/// Cuts bytes off the end of a partition's log on brokers that are down: off its last segment that is not
/// empty. What was in them is lost there, with the whole batch of messages that the first of them belongs to.
/// Brokers are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When the last 100 bytes of partition 0 of topic "orders" are cut off on broker 2
/// ```
#[given(expr = "the last {size} of partition {count} of topic {string} is/are cut off on {target}")]
#[when(expr = "the last {size} of partition {count} of topic {string} is/are cut off on {target}")]
async fn truncate(
    world: &mut World,
    size: Size,
    partition: PartitionNumber,
    topic: TopicName,
    target: Target,
) -> Result<(), StepFailure> {
    world.perform(means_truncate(&size, &partition, &topic, &target)).await
}

pub(crate) fn means_truncate(
    size: &Size,
    partition: &PartitionNumber,
    topic: &TopicName,
    target: &Target,
) -> Action {
    disk(DiskFault::Truncate { log: log(partition, topic), bytes: size.0 }, target)
}

/// Whether there is anything to be done, and whether it is for brokers.
pub(crate) fn check_truncate(
    size: &Size,
    _: &PartitionNumber,
    _: &TopicName,
    target: &Target,
) -> Result<(), String> {
    match size.0 {
        0 => Err("write at least 1 byte".into()),
        _ => target.check_brokers(),
    }
}

/// Flips a bit in each of the last bytes of a partition's log on brokers that are down: in its last segment
/// that is not empty. Their checksums no longer fit. Brokers are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When the last 10 bytes of partition 0 of topic "orders" are flipped on the killed broker
/// ```
#[given(expr = "the last {size} of partition {count} of topic {string} is/are flipped on {target}")]
#[when(expr = "the last {size} of partition {count} of topic {string} is/are flipped on {target}")]
async fn flip(
    world: &mut World,
    size: Size,
    partition: PartitionNumber,
    topic: TopicName,
    target: Target,
) -> Result<(), StepFailure> {
    world.perform(means_flip(&size, &partition, &topic, &target)).await
}

pub(crate) fn means_flip(
    size: &Size,
    partition: &PartitionNumber,
    topic: &TopicName,
    target: &Target,
) -> Action {
    disk(DiskFault::Flip { log: log(partition, topic), bytes: size.0 }, target)
}

/// As [`check_truncate`].
pub(crate) fn check_flip(
    size: &Size,
    partition: &PartitionNumber,
    topic: &TopicName,
    target: &Target,
) -> Result<(), String> {
    check_truncate(size, partition, topic, target)
}

/// Makes one of the folders in log.dirs, counted from 1, fail on brokers that run: nothing can be opened in it
/// any more, for reading or writing, whoever the broker runs as. Waits, at most 30 seconds, until each broker
/// has given the folder up or has ended. Brokers are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When log directory 1 of broker 2 fails
/// ```
#[given(expr = "log directory {count} of {target} fails")]
#[when(expr = "log directory {count} of {target} fails")]
async fn log_dir_fails(
    world: &mut World,
    number: Count,
    target: Target,
) -> Result<(), StepFailure> {
    world.perform(means_log_dir_fails(&number, &target)).await
}

pub(crate) fn means_log_dir_fails(number: &Count, target: &Target) -> Action {
    let number = u32::try_from(number.0).unwrap_or(u32::MAX);
    disk(DiskFault::LogDirFails(LogDir::Number(number)), target)
}

/// Whether there can be such a folder.
pub(crate) fn check_log_dir_fails(number: &Count, target: &Target) -> Result<(), String> {
    match number.0 {
        0 => Err("log directories are counted from 1".into()),
        _ => target.check_brokers(),
    }
}

/// Makes the folder of log.dirs fail that holds a partition, as in `log directory 1 of broker 2 fails`.
///
/// ```gherkin
/// When the log directory of partition 0 of topic "orders" fails on broker 2
/// ```
#[given(expr = "the log directory of partition {count} of topic {string} fails on {target}")]
#[when(expr = "the log directory of partition {count} of topic {string} fails on {target}")]
async fn log_dir_of_partition_fails(
    world: &mut World,
    partition: PartitionNumber,
    topic: TopicName,
    target: Target,
) -> Result<(), StepFailure> {
    world.perform(means_log_dir_of_partition_fails(&partition, &topic, &target)).await
}

pub(crate) fn means_log_dir_of_partition_fails(
    partition: &PartitionNumber,
    topic: &TopicName,
    target: &Target,
) -> Action {
    disk(DiskFault::LogDirFails(LogDir::Of(log(partition, topic))), target)
}

/// Whether it is for brokers.
pub(crate) fn check_log_dir_of_partition_fails(
    _: &PartitionNumber,
    _: &TopicName,
    target: &Target,
) -> Result<(), String> {
    target.check_brokers()
}

/// Fills the disks of brokers that run, so that nothing more fits on them, and waits, at most 30 seconds, until
/// each broker has given its log directories up or has ended. The brokers have disks of their own: their
/// fixture says `disk: 64 MB`. Brokers are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When the disk of broker 3 is full
/// ```
#[given(expr = "the disk(s) of {target} is/are full")]
#[when(expr = "the disk(s) of {target} is/are full")]
async fn full(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_full(&target)).await
}

pub(crate) fn means_full(target: &Target) -> Action {
    disk(DiskFault::Full, target)
}

/// Whether it is for brokers.
pub(crate) fn check_full(target: &Target) -> Result<(), String> {
    target.check_brokers()
}

fn disk(what: DiskFault, target: &Target) -> Action {
    Action::once(Fault::Disk { what, target: target.clone() })
}

fn log(partition: &Count, topic: &TopicName) -> Log {
    Log { topic: topic.clone().into(), partition: partition.as_i32() }
}
