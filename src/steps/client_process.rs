//! What happens to clients in processes of their own: they are killed, hang, come back, and are refused. None of it
//! disturbs the cluster: groups, transactional ids and topics are the scenario's own, so other scenarios on the
//! same cluster see nothing of it.
//!
//! *Halfway through a batch* is between its two halves: the results are written and the offsets are not committed
//! yet; for a client that commits first, the other way round; for a producer in transactions, everything of the
//! transaction is sent and it is not committed.

use std::collections::BTreeSet;
use std::sync::Arc;

use cucumber::{given, then, when};

use super::meaning::Action;
use super::parameter::{Period, TopicName};
use super::world::{Told as _, World};
use crate::client::process::{ClientProcess, ClientStatus};
use crate::event::node_state::NodeState;
use crate::fault::{ClientFault, ClientTarget};
use crate::scenario::failure::StepFailure;

/// Longer ones are slips of the pen.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(600);

/// Kills the process of a client with SIGKILL: it crashes, wherever it is.
///
/// ```gherkin
/// When copier "cp" is killed
/// ```
#[given(expr = "{client} is killed")]
#[when(expr = "{client} is killed")]
async fn kill(world: &mut World, client: ClientTarget) -> Result<(), StepFailure> {
    world.perform(means_kill(&client)).await
}

pub(crate) fn means_kill(client: &ClientTarget) -> Action {
    Action::OfClient { what: ClientFault::Kill, target: client.clone() }
}

/// Has a client end in an orderly way: it finishes its batch and leaves its group. One that has not ended after 30
/// seconds is killed, and the scenario is inconclusive.
///
/// ```gherkin
/// When standalone consumer "s" is stopped
/// ```
#[given(expr = "{client} is stopped")]
#[when(expr = "{client} is stopped")]
async fn stop(world: &mut World, client: ClientTarget) -> Result<(), StepFailure> {
    world.perform(means_stop(&client)).await
}

pub(crate) fn means_stop(client: &ClientTarget) -> Action {
    Action::OfClient { what: ClientFault::Stop, target: client.clone() }
}

/// Pauses the process of a client with SIGSTOP: it keeps its connections and sends nothing, not even heartbeats.
///
/// ```gherkin
/// When producer process "p" is paused
/// ```
#[given(expr = "{client} is paused")]
#[when(expr = "{client} is paused")]
async fn pause(world: &mut World, client: ClientTarget) -> Result<(), StepFailure> {
    world.perform(means_pause(&client)).await
}

pub(crate) fn means_pause(client: &ClientTarget) -> Action {
    Action::OfClient { what: ClientFault::Pause, target: client.clone() }
}

/// Resumes the process of a client that is paused: a zombie, if others have taken over its work meanwhile.
///
/// ```gherkin
/// When copier "cp" is resumed
/// ```
#[given(expr = "{client} is resumed")]
#[when(expr = "{client} is resumed")]
async fn resume(world: &mut World, client: ClientTarget) -> Result<(), StepFailure> {
    world.perform(means_resume(&client)).await
}

pub(crate) fn means_resume(client: &ClientTarget) -> Action {
    Action::ResumeClient(client.clone())
}

/// Starts a client that has ended again: a new process that does the same, with the same group, transactional id
/// and database. A producer process begins with message 1.
///
/// ```gherkin
/// When copier "cp" is started again
/// ```
#[given(expr = "{client} is started again")]
#[when(expr = "{client} is started again")]
async fn start_again(world: &mut World, client: ClientTarget) -> Result<(), StepFailure> {
    world.perform(means_start_again(&client)).await
}

pub(crate) fn means_start_again(client: &ClientTarget) -> Action {
    Action::StartClientAgain(client.clone())
}

/// Waits until the client is halfway through a batch and kills it there with SIGKILL: the results are written, the
/// offsets are not committed (or the other way round, for a client that commits first).
///
/// ```gherkin
/// When within 30 seconds copier "cp" is killed halfway through a batch
/// ```
#[given(expr = "within {duration} {client} is killed halfway through a batch")]
#[when(expr = "within {duration} {client} is killed halfway through a batch")]
async fn kill_halfway(
    world: &mut World,
    limit: Period,
    client: ClientTarget,
) -> Result<(), StepFailure> {
    world.perform(means_kill_halfway(&limit, &client)).await
}

pub(crate) fn means_kill_halfway(limit: &Period, client: &ClientTarget) -> Action {
    Action::OfClient { what: ClientFault::KillHalfway(limit.0), target: client.clone() }
}

/// Waits until the client is halfway through a batch and pauses it there with SIGSTOP. When it is resumed it goes
/// on with the other half, whatever has happened meanwhile.
///
/// ```gherkin
/// When within 30 seconds copier "cp-1" is paused halfway through a batch
/// ```
#[given(expr = "within {duration} {client} is paused halfway through a batch")]
#[when(expr = "within {duration} {client} is paused halfway through a batch")]
async fn pause_halfway(
    world: &mut World,
    limit: Period,
    client: ClientTarget,
) -> Result<(), StepFailure> {
    world.perform(means_pause_halfway(&limit, &client)).await
}

pub(crate) fn means_pause_halfway(limit: &Period, client: &ClientTarget) -> Action {
    Action::OfClient { what: ClientFault::PauseHalfway(limit.0), target: client.clone() }
}

/// Waits until the client is halfway through a batch and has it do nothing there for this time, at most 10
/// minutes. Its client library goes on, so its group hears from it; beyond max.poll.interval.ms it leaves the
/// group.
///
/// ```gherkin
/// When within 30 seconds standalone consumer "s" takes 8 seconds over a batch
/// ```
#[given(expr = "within {duration} {client} takes {duration} over a batch")]
#[when(expr = "within {duration} {client} takes {duration} over a batch")]
async fn dawdle(
    world: &mut World,
    limit: Period,
    client: ClientTarget,
    time: Period,
) -> Result<(), StepFailure> {
    world.perform(means_dawdle(&limit, &client, &time)).await
}

pub(crate) fn means_dawdle(limit: &Period, client: &ClientTarget, time: &Period) -> Action {
    let what = ClientFault::Dawdle { limit: limit.0, time: time.0 };
    Action::OfClient { what, target: client.clone() }
}

/// Whether a batch can take so long.
pub(crate) fn check_dawdle(_: &Period, _: &ClientTarget, time: &Period) -> Result<(), String> {
    match time.0 > LONGEST {
        true => Err("a batch takes more than 0 seconds and at most 10 minutes".into()),
        false => Ok(()),
    }
}

/// Expects that the client's process has ended, as it does when it was killed.
///
/// ```gherkin
/// Then copier "cp" is not running
/// ```
#[when(expr = "{client} is not running")]
#[then(expr = "{client} is not running")]
async fn not_running(world: &mut World, client: ClientTarget) -> Result<(), StepFailure> {
    match world.client(&client)?.state() {
        NodeState::Exited { .. } => Ok(()),
        state => Err(StepFailure::expectation(format!("{client} has not ended: {state:?}"))),
    }
}

/// Expects that the client's process hangs, as it does from when it was paused until it is resumed.
///
/// ```gherkin
/// Then producer process "p" still hangs
/// ```
#[when(expr = "{client} still hangs")]
#[then(expr = "{client} still hangs")]
async fn still_hangs(world: &mut World, client: ClientTarget) -> Result<(), StepFailure> {
    match world.client(&client)?.state() {
        NodeState::Paused { .. } => Ok(()),
        state => Err(StepFailure::expectation(format!("{client} does not hang: {state:?}"))),
    }
}

/// Expects the client to be fenced before the time is over: another producer with its transactional id was
/// started, so Kafka refuses it for good, and it ends.
///
/// ```gherkin
/// Then within 10 seconds producer process "p" is fenced
/// ```
#[when(expr = "within {duration} {client} is fenced")]
#[then(expr = "within {duration} {client} is fenced")]
async fn is_fenced(
    world: &mut World,
    limit: Period,
    client: ClientTarget,
) -> Result<(), StepFailure> {
    await_told(world, &client, limit, |told| match (&told.fenced, &told.failed) {
        (Some(_), _) => Ok(()),
        (None, Some(why)) => Err(format!("{client} has ended otherwise: {why}")),
        (None, None) => Err(format!("{client} is not fenced")),
    })
    .await
}

/// Expects Kafka to refuse what the client wants to commit, before the time is over: because its group has given
/// its partitions to another member, or because it was fenced.
///
/// ```gherkin
/// Then within 20 seconds the commit of copier "cp-1" is refused
/// ```
#[when(expr = "within {duration} the commit of {client} is refused")]
#[then(expr = "within {duration} the commit of {client} is refused")]
async fn commit_is_refused(
    world: &mut World,
    limit: Period,
    client: ClientTarget,
) -> Result<(), StepFailure> {
    await_told(world, &client, limit, |told| {
        match told.refused.is_empty() && told.fenced.is_none() {
            false => Ok(()),
            true => Err(format!("no commit of {client} was refused")),
        }
    })
    .await?;
    let told = world.client(&client)?.status();
    let why = told.refused.iter().chain(&told.fenced).next().cloned().unwrap_or_default();
    world.note(world.shown(format!("{client} was refused: {why}")))
}

/// Waits until a client that was paused or slow halfway through a batch has come to the end of that batch, whether
/// Kafka has taken it or not.
///
/// ```gherkin
/// When within 30 seconds copier "cp-1" has finished its batch
/// ```
#[when(expr = "within {duration} {client} has finished its batch")]
#[then(expr = "within {duration} {client} has finished its batch")]
async fn has_finished_its_batch(
    world: &mut World,
    limit: Period,
    client: ClientTarget,
) -> Result<(), StepFailure> {
    await_told(world, &client, limit, |told| match told.halted {
        false => Ok(()),
        true => Err(format!("{client} is still halfway through its batch")),
    })
    .await
}

/// Expects a client to have all partitions of the topic before the time is over.
///
/// ```gherkin
/// Then within 30 seconds copier "cp-2" reads every partition of topic "topic1"
/// ```
#[given(expr = "within {duration} {client} reads every partition of topic {string}")]
#[when(expr = "within {duration} {client} reads every partition of topic {string}")]
#[then(expr = "within {duration} {client} reads every partition of topic {string}")]
async fn reads_every_partition(
    world: &mut World,
    limit: Period,
    client: ClientTarget,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let all = super::described::described(world, &topic).await?;
    let all: BTreeSet<i32> = all.iter().map(|partition| partition.id).collect();
    await_told(world, &client, limit, |told| {
        let has: BTreeSet<i32> = told.partitions.iter().flatten().copied().collect();
        match has == all {
            true => Ok(()),
            false => {
                Err(format!("of the partitions {all:?} of topic {topic:?}, {client} has {has:?}"))
            }
        }
    })
    .await
}

/// Waits until a client has reported what is wanted.
pub(super) async fn await_told(
    world: &World,
    target: &ClientTarget,
    limit: Period,
    wanted: impl Fn(&ClientStatus) -> Result<(), String> + Send,
) -> Result<(), StepFailure> {
    world.client(target)?.until(limit.0, wanted).await.told(world.names()?)
}

/// Fails when none of these clients is left, and says why the first of them has ended.
pub(super) fn ended_of(clients: &[(ClientTarget, Arc<ClientProcess>)]) -> Result<(), StepFailure> {
    if clients.iter().any(|(_, client)| client.ended().is_none()) {
        return Ok(());
    }
    let ended = clients.iter().find_map(|(_, client)| client.ended());
    ended.map_or(Ok(()), |why| Err(why.into()))
}
