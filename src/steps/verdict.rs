//! Verdicts: what the checker finds in everything that was recorded. These are the only sentences that judge
//! histories.
//!
//! Each begins with a final read, of at most 60 seconds for each topic: fresh readers read every partition
//! that a recorded client has sent to, up to the last stable offset and up to the high watermark. What nobody
//! says in a sentence is not judged: a scenario without a verdict has its history in the results, and
//! `trial verify` judges it at any time.

use cucumber::then;

use super::anomalies::{clean, described, listed, none_of, some_of};
use super::judgement::judge;
use super::parameter::{AnomalyName, ConsumerName, Period, TopicName};
use super::replicas::{ReplicasCompared, compare_replicas};
use super::world::World;
use crate::checker::anomaly::Anomaly;
use crate::checker::isolation::void_reads_of;
use crate::event::Event;
use crate::event::failure::FailureKind;
use crate::history::line::{Declare, Line};
use crate::scenario::failure::StepFailure;

/// What exactly once, in order, rules out, whatever the settings would allow.
const EXACTLY_ONCE: [Anomaly; 10] = [
    Anomaly::LostWrite,
    Anomaly::Unseen,
    Anomaly::Duplicate,
    Anomaly::InconsistentOffset,
    Anomaly::TornTransaction,
    Anomaly::Reordered,
    Anomaly::Phantom,
    Anomaly::Corrupt,
    Anomaly::Unprocessed,
    Anomaly::Reprocessed,
];

/// Expects that every message that was acknowledged (and whose transaction, if any, was committed) is there
/// at the end, whatever the settings would allow, and that no other promise of Kafka was broken. Nothing
/// acknowledged is inconclusive.
///
/// ```gherkin
/// Then no acknowledged message is lost
/// ```
#[then(expr = "no acknowledged message is lost")]
async fn nothing_lost(world: &mut World) -> Result<(), StepFailure> {
    let judgement = judge(world).await?;
    let none_of = [Anomaly::LostWrite, Anomaly::Unseen];
    advised(world, clean(&judgement.report, &none_of, "acknowledged messages"))
}

/// Expects that messages were lost that had been acknowledged: for settings that do not promise better.
///
/// ```gherkin
/// Then some acknowledged messages are lost
/// ```
#[then(expr = "some acknowledged messages are lost")]
async fn something_lost(world: &mut World) -> Result<(), StepFailure> {
    found(world, &[Anomaly::LostWrite, Anomaly::Unseen], "no acknowledged message was lost").await
}

/// Expects each acknowledged message, in a committed transaction or in none, to be there once, in the order in which
/// its producer sent it, with its content. Transactions are seen whole or not at all. No other promise of Kafka was
/// broken.
///
/// ```gherkin
/// Then every committed message is delivered exactly once, in order
/// ```
#[then(expr = "every committed message is delivered exactly once, in order")]
async fn exactly_once(world: &mut World) -> Result<(), StepFailure> {
    let judgement = judge(world).await?;
    advised(world, clean(&judgement.report, &EXACTLY_ONCE, "committed messages"))
}

/// Expects that the consumer has seen no message of an aborted transaction, of one that nobody committed, or
/// of one before its commit began. Inconclusive where there was no such message to see, or the consumer has
/// read nothing.
///
/// ```gherkin
/// Then no aborted message is visible to consumer "c"
/// ```
#[then(expr = "no aborted message is visible to consumer {string}")]
async fn nothing_aborted(world: &mut World, name: ConsumerName) -> Result<(), StepFailure> {
    let seen = aborted(world, &name).await?;
    if seen.is_empty() {
        return Ok(());
    }
    Err(StepFailure::expectation(format!(
        "consumer {name:?} saw {} messages that were not committed{}",
        seen.len(),
        world.shown(listed(seen.iter().map(String::as_str)))
    )))
}

/// Expects that the consumer has seen messages of aborted transactions, as read-uncommitted ones may.
///
/// ```gherkin
/// Then aborted messages are visible to consumer "c"
/// ```
#[then(expr = "aborted messages are visible to consumer {string}")]
async fn something_aborted(world: &mut World, name: ConsumerName) -> Result<(), StepFailure> {
    if aborted(world, &name).await?.is_empty() {
        let message = format!("consumer {name:?} saw committed messages only");
        return Err(StepFailure::expectation(message));
    }
    expected(world, vec![Anomaly::AbortedRead, Anomaly::PrecommittedRead])
}

/// Expects that some message is there more than once: for settings that do not promise better.
///
/// ```gherkin
/// Then there are duplicates
/// ```
#[then(expr = "there are duplicates")]
async fn duplicates(world: &mut World) -> Result<(), StepFailure> {
    found(world, &[Anomaly::Duplicate], "no message is there more than once").await
}

/// Expects that messages of one producer are not in the order in which it sent them: for settings that do not
/// promise better.
///
/// ```gherkin
/// Then messages are reordered
/// ```
#[then(expr = "messages are reordered")]
async fn reordered(world: &mut World) -> Result<(), StepFailure> {
    found(world, &[Anomaly::Reordered], "every producer's messages are in order").await
}

/// Expects the checker to find an anomaly by its name, allowed or not: lost-write, unseen, truncated-read, duplicate,
/// inconsistent-offset, aborted-read, precommitted-read, unstable-read, read-before-send, torn-transaction, poll-skip,
/// internal-poll-skip, nonmonotonic-poll, internal-nonmonotonic-poll, nonmonotonic-send, internal-nonmonotonic-send,
/// reordered, phantom, corrupt, offset-regression, uncommitted-offset, unprocessed, reprocessed, dirty-write-cycle,
/// circular-information-flow, stuck, unavailable, replica-divergence.
///
/// ```gherkin
/// Then the history shows torn-transaction
/// ```
#[then(expr = "the history shows {anomaly}")]
async fn shows(world: &mut World, anomaly: AnomalyName) -> Result<(), StepFailure> {
    let AnomalyName(anomaly) = anomaly;
    found(world, &[anomaly], &format!("the history does not show {anomaly}")).await
}

/// Expects the checker to look for an anomaly and not to find it, allowed or not. The names are those of
/// `the history shows …`.
///
/// ```gherkin
/// Then the history shows no duplicate
/// ```
#[then(expr = "the history shows no {anomaly}")]
async fn shows_no(world: &mut World, anomaly: AnomalyName) -> Result<(), StepFailure> {
    let judgement = judge(world).await?;
    advised(world, none_of(&judgement.report, anomaly.0))
}

/// Expects that while messages were being sent to the topic, some send was acknowledged at least this often.
/// A topic to which nothing was sent is inconclusive.
///
/// ```gherkin
/// Then topic "orders" was unavailable for writes for at most 15 seconds
/// ```
#[then(expr = "topic {string} was unavailable for writes for at most {duration}")]
async fn available(world: &mut World, topic: TopicName, limit: Period) -> Result<(), StepFailure> {
    let unique = world.names()?.topic(&topic);
    let limit_ms = u64::try_from(limit.0.as_millis()).unwrap_or(u64::MAX);
    let line = Line {
        topic: Some(unique.into()),
        writes_unavailable_ms: Some(limit_ms),
        ..Line::default()
    };
    world.history()?.recorder()?.declare(Declare::Limits, line);
    let judgement = judge(world).await?;
    let gaps = &judgement.report.availability;
    let gap = gaps.iter().find(|found| *found.topic == *topic).and_then(|it| it.longest_write_gap);
    let Some(gap) = gap else {
        let message = format!("nothing was sent to topic {topic:?}, so nothing is known of it");
        return Err(StepFailure::inconclusive(message));
    };
    let gap_ms = gap.ns / 1_000_000;
    let said = format!("for {gap_ms} ms no send to topic {topic:?} was acknowledged");
    if gap_ms > limit_ms {
        return Err(StepFailure::expectation(said));
    }
    world.note(said)
}

/// Expects all replicas of every partition to hold the same, byte for byte, up to the high watermark: the same
/// batches at the same offsets, of the same leader epochs, with the same checksums. They are read from the
/// brokers' disks into the history. To be said when nothing is sent any more and the topic is fully replicated;
/// replicas of a compacted topic may differ by what each broker has compacted already.
///
/// ```gherkin
/// Then the replicas of topic "orders" are identical
/// ```
#[then(expr = "the replicas of topic {string} are identical")]
async fn identical(world: &mut World, topic: TopicName) -> Result<(), StepFailure> {
    let ReplicasCompared { batches, check } = compare_replicas(world, &topic).await?;
    if check.found() > 0 {
        return Err(StepFailure::expectation(described(&[&check])));
    }
    world.note(format!("{batches} batches of all replicas of topic {topic:?} were compared"))
}

/// Expects replicas of some partition to hold different batches at the same offsets: for versions and formats
/// that do not promise better. They are read as for `the replicas of topic "orders" are identical`.
///
/// ```gherkin
/// Then the replicas of topic "orders" differ
/// ```
#[then(expr = "the replicas of topic {string} differ")]
async fn differ(world: &mut World, topic: TopicName) -> Result<(), StepFailure> {
    let ReplicasCompared { batches, check } = compare_replicas(world, &topic).await?;
    if check.violations + check.allowed > 0 {
        expected(world, vec![check.anomaly])?;
        return world.note(described(&[&check]));
    }
    Err(StepFailure::expectation(format!(
        "all replicas of topic {topic:?} hold the same {batches} batches"
    )))
}

/// The history shows one of these.
async fn found(world: &mut World, any_of: &[Anomaly], otherwise: &str) -> Result<(), StepFailure> {
    let judgement = judge(world).await?;
    let shown = advised(world, some_of(&judgement.report, any_of, otherwise))?;
    expected(world, shown.iter().map(|check| check.anomaly).collect())?;
    world.note(described(&shown))
}

/// Adds to an inconclusive verdict what the scenario can do about it.
fn advised<T>(world: &World, judged: Result<T, StepFailure>) -> Result<T, StepFailure> {
    judged.map_err(|failure| match (failure.kind, world.still_sending()) {
        (FailureKind::Inconclusive, Some(producer)) => StepFailure::inconclusive(format!(
            "{}\nproducer {producer:?} was still sending: let it stop before the verdict, as in: \
             When producer {producer:?} stops sending",
            failure.message
        )),
        _ => failure,
    })
}

/// Tells that the history shows what a sentence has expected.
fn expected(world: &World, anomalies: Vec<Anomaly>) -> Result<(), StepFailure> {
    let environment = world.environment()?;
    let scenario = environment.scenario.clone();
    environment.events.emit(Event::AnomaliesExpected { scenario, anomalies });
    Ok(())
}

/// What a consumer has seen that was not committed.
async fn aborted(world: &mut World, name: &str) -> Result<Vec<String>, StepFailure> {
    let Some(recorded) = world.consumer(name)?.recorded_as() else {
        return Err(StepFailure::inconclusive(format!("consumer {name:?} was not recorded")));
    };
    let judgement = judge(world).await?;
    let found = void_reads_of(&judgement.history, &recorded);
    if found.void == 0 || found.read == 0 {
        return Err(StepFailure::inconclusive(format!(
            "{} messages were not committed and consumer {name:?} has read {} records, so nothing was compared",
            found.void, found.read
        )));
    }
    Ok(found.seen)
}
