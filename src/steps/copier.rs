//! Copiers: they consume, transform and produce, in processes of their own. Several of them with one name are
//! one group. What can happen to their processes is told in `client_process.rs`.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::{Parameter, given, then, when};

use super::client_process::{await_told, ended_of};
use super::meaning::{Action, Meaning};
use super::parameter::{
    CopierName, CopiersName, Count, Messages, NewCopierName, NewCopiersName, Period, TopicName,
};
use super::table;
use super::world::{Told as _, World};
use crate::client::backlog::{Backlog, ReadUpTo};
use crate::client::process::clients::Kind;
use crate::client::process::library::Configured;
use crate::client::process::task::{Copy, Copying, Work};
use crate::client::settings::Settings;
use crate::client::together;
use crate::cluster::listener::CLIENT;
use crate::distribution::Version;
use crate::fault::{ClientFault, ClientTarget};
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

const INTERVAL: Duration = Duration::from_millis(50);

/// How long copiers may take until the group has given each its partitions: as long as the session of one that
/// was killed, and some more.
const JOIN_LIMIT: Duration = Duration::from_secs(60);

/// How copiers commit results and offsets, as a sentence says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(
    name = "copying",
    regex = r"committing offsets in (?:its|their) transactions(?: by group id alone)?|committing offsets outside (?:its|their) transactions|with a producer for each partition"
)]
pub struct HowCopied(pub(super) Copying);

impl FromStr for HowCopied {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(match text {
            _ if text.ends_with("by group id alone") => Copying::ByGroupIdAlone,
            _ if text.starts_with("committing offsets in ") => Copying::InTransactions,
            _ if text.starts_with("committing offsets outside ") => Copying::OutsideTransactions,
            "with a producer for each partition" => Copying::ProducerPerPartition,
            _ => return Err(format!("{text:?} is no way to copy")),
        }))
    }
}

/// Starts a copier: a process that reads committed messages of one topic and writes each, in transactions, to
/// another. Waits, at most a minute, until it has its partitions. Its group is named after it.
///
/// - `committing offsets in its transactions`: exactly once; from Kafka 2.5 on also when partitions move from one
///   copier to another
/// - `committing offsets in its transactions by group id alone`: as clients did before KIP-447; a copier that has
///   lost its partitions may still commit
/// - `with a producer for each partition`: as clients had to do before KIP-447; exactly once
/// - `committing offsets outside its transactions`: by the consumer, afterwards; a crash in between makes
///   duplicates
///
/// It has the defaults of librdkafka, but for session.timeout.ms, which is 6 seconds, and auto.offset.reset, which
/// is earliest. A producer of which nothing is heard for 20 seconds gives way to a new one with the same
/// transactional id, and the copier goes on where the group has come to.
///
/// ```gherkin
/// Given a copier "cp" from "topic1" to "topic2" committing offsets in its transactions
/// ```
/// ```gherkin
/// Given a copier "cp" from "topic1" to "topic2" with a producer for each partition
/// ```
#[given(expr = "a copier {string} from {string} to {string} {copying}")]
async fn start_one(
    world: &mut World,
    name: NewCopierName,
    from: TopicName,
    to: TopicName,
    how: HowCopied,
) -> Result<(), StepFailure> {
    let route = Route { from: &from, to: &to, how };
    start(world, alone(&name), route, &Configured::librdkafka(Settings::default())).await
}

/// Starts a copier with settings of its own, any that librdkafka knows for its producer or its consumer; else as
/// `a copier "cp" from "topic1" to "topic2" committing offsets in its transactions` does.
///
/// ```gherkin
/// Given a copier "cp" from "topic1" to "topic2" committing offsets in its transactions with settings:
///   | name                 | value |
///   | max.poll.interval.ms | 8000  |
/// ```
#[given(expr = "a copier {string} from {string} to {string} {copying} with settings:")]
async fn start_with_settings(
    world: &mut World,
    name: NewCopierName,
    from: TopicName,
    to: TopicName,
    how: HowCopied,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let route = Route { from: &from, to: &to, how };
    let settings = table::client_settings(step, together::Kind::Copier)?;
    start(world, alone(&name), route, &Configured::librdkafka(settings)).await
}

/// Starts several copiers in one group, "cp-1", "cp-2" …, and waits, at most a minute, until they share all
/// partitions; else as `a copier "cp" from "topic1" to "topic2" committing offsets in its transactions` does.
///
/// ```gherkin
/// Given 3 copiers "cp" from "topic1" to "topic2" committing offsets in their transactions
/// ```
#[given(expr = "{count} copiers {string} from {string} to {string} {copying}")]
async fn start_several(
    world: &mut World,
    count: Count,
    name: NewCopiersName,
    from: TopicName,
    to: TopicName,
    how: HowCopied,
) -> Result<(), StepFailure> {
    let route = Route { from: &from, to: &to, how };
    let configured = Configured::librdkafka(Settings::default());
    start(world, several(count, &name), route, &configured).await
}

pub(crate) fn means_start_several(
    count: &Count,
    name: &NewCopiersName,
    _: &TopicName,
    _: &TopicName,
    _: &HowCopied,
) -> Meaning {
    Meaning::StartsCopiers { count: count.0, name: name.to_string() }
}

/// Whether a machine bears so many.
pub(crate) fn check_start_several(
    count: &Count,
    _: &str,
    _: &TopicName,
    _: &TopicName,
    _: &HowCopied,
) -> Result<(), String> {
    match count.0 {
        1..=100 => Ok(()),
        _ => Err("there can be 1 to 100 copiers".into()),
    }
}

/// Waits until this copier has copied so many messages since it was started.
///
/// ```gherkin
/// When within 30 seconds copier "cp" has copied 100 messages
/// ```
#[given(expr = "within {duration} copier {string} has copied {messages} message(s)")]
#[when(expr = "within {duration} copier {string} has copied {messages} message(s)")]
#[then(expr = "within {duration} copier {string} has copied {messages} message(s)")]
async fn has_copied(
    world: &mut World,
    limit: Period,
    name: CopierName,
    count: Messages,
) -> Result<(), StepFailure> {
    let target = ClientTarget { kind: Kind::Copier, name: name.into() };
    await_told(world, &target, limit, |told| match told.done {
        done if done >= count.0 => Ok(()),
        done => Err(format!("{target} has copied {done} messages")),
    })
    .await
}

/// Waits until the group of the copiers has committed the offset of every committed message in the topic that
/// they read.
///
/// ```gherkin
/// Then within 60 seconds copiers "cp" have copied everything
/// ```
/// ```gherkin
/// Then within 60 seconds copier "cp" has copied everything
/// ```
#[given(expr = "within {duration} copier(s) {string} has/have copied everything")]
#[when(expr = "within {duration} copier(s) {string} has/have copied everything")]
#[then(expr = "within {duration} copier(s) {string} has/have copied everything")]
async fn have_copied_everything(
    world: &mut World,
    limit: Period,
    name: CopiersName,
) -> Result<(), StepFailure> {
    let copiers = world.clients_together(Kind::Copier, &name)?;
    let work = copiers.iter().find_map(|(_, client)| match &client.task().work {
        Work::Copy(work) => Some(work),
        _ => None,
    });
    let Some(Copy { from, group, .. }) = work else {
        return Err(StepFailure::usage(format!("there is no copier {name:?}")));
    };
    let access = world.cluster()?.access(&CLIENT);
    let names = world.names()?;
    let backlog = Backlog::new(&access, group, from)?;
    until(limit.0, INTERVAL, || async {
        let left = match backlog.first(ReadUpTo::Committed).await {
            Ok(None) => return Ok(Seen::Ready(())),
            Ok(Some(place)) => format!("{place} is not copied yet"),
            Err(error) => error.to_string(),
        };
        ended_of(&copiers)?;
        Ok::<_, StepFailure>(Seen::NotYet(left))
    })
    .await
    .told(names)
}

/// Kills each of the copiers with SIGKILL and starts it again; the next one is killed when the one before has its
/// partitions.
///
/// ```gherkin
/// When copiers "cp" are killed and started again one after another
/// ```
#[given(expr = "copiers {string} are killed and started again one after another")]
#[when(expr = "copiers {string} are killed and started again one after another")]
async fn bounce_hard(world: &mut World, name: CopiersName) -> Result<(), StepFailure> {
    bounce(world, &name, ClientFault::Kill).await
}

pub(crate) fn means_bounce_hard(_: &str) -> Meaning {
    Meaning::Bounce
}

/// Stops each of the copiers, so that it finishes its batch and leaves the group, and starts it again; the next
/// one is stopped when the one before has its partitions.
///
/// ```gherkin
/// When copiers "cp" are stopped and started again one after another
/// ```
#[given(expr = "copiers {string} are stopped and started again one after another")]
#[when(expr = "copiers {string} are stopped and started again one after another")]
async fn bounce_clean(world: &mut World, name: CopiersName) -> Result<(), StepFailure> {
    bounce(world, &name, ClientFault::Stop).await
}

pub(crate) fn means_bounce_clean(_: &str) -> Meaning {
    Meaning::Bounce
}

/// Expects each of the copiers to run in another process than the one that it was first started in.
///
/// ```gherkin
/// Then copiers "cp" run in new processes
/// ```
#[then(expr = "copier(s) {string} run(s) in (a )new process(es)")]
async fn run_in_new_processes(world: &mut World, name: CopiersName) -> Result<(), StepFailure> {
    for (target, client) in world.clients_together(Kind::Copier, &name)? {
        if client.task().client == target.name || !client.state().is_alive() {
            let state = client.state();
            return Err(StepFailure::expectation(format!(
                "{target} was not started again, or is not running: {state:?}"
            )));
        }
    }
    Ok(())
}

async fn bounce(world: &mut World, name: &str, how: ClientFault) -> Result<(), StepFailure> {
    for (target, _) in world.clients_together(Kind::Copier, name)? {
        world.perform(Action::OfClient { what: how, target: target.clone() }).await?;
        world.perform(Action::StartClientAgain(target.clone())).await?;
        await_share(world, &target).await?;
    }
    Ok(())
}

/// From where to where copiers copy, and how, in the author's words.
pub(super) struct Route<'a> {
    /// The topic that they read.
    pub from: &'a str,
    /// The topic that they write to.
    pub to: &'a str,
    /// How they commit.
    pub how: HowCopied,
}

/// The name of a group of copiers, and the name of each.
pub(super) struct Members<'a> {
    together: &'a str,
    names: Vec<String>,
}

/// A copier of its own.
pub(super) fn alone(name: &str) -> Members<'_> {
    Members { together: name, names: vec![name.to_owned()] }
}

/// Copiers in one group.
pub(super) fn several(count: Count, name: &str) -> Members<'_> {
    let names = (1..=count.0).map(|number| format!("{name}-{number}")).collect();
    Members { together: name, names }
}

/// Starts copiers and waits until they share all partitions.
pub(super) async fn start(
    world: &mut World,
    members: Members<'_>,
    route: Route<'_>,
    configured: &Configured,
) -> Result<(), StepFailure> {
    let Members { together, names } = members;
    let Route { from, to, how: HowCopied(copying) } = route;
    let partitions: BTreeSet<i32> =
        super::described::described(world, from).await?.iter().map(|it| it.id).collect();
    if names.len() > partitions.len() {
        return Err(StepFailure::usage(format!(
            "{} copiers cannot share {} partitions of topic {from:?}",
            names.len(),
            partitions.len()
        )));
    }
    let known = world.names()?;
    let (topic, to_topic, group) = (known.topic(from), known.topic(to), known.group(together));
    let generations =
        knows_generations(world.cluster()?.kafka()) && configured.library.knows_generations();
    let is_exactly_once = copying.is_exactly_once(generations || names.len() == 1);
    world.declare_flow(&topic, Some(&to_topic), &group, is_exactly_once)?;
    for name in &names {
        let id = if copying == Copying::ProducerPerPartition { together } else { name.as_str() };
        let work = Work::Copy(Copy {
            from: topic.clone(),
            to: to_topic.clone(),
            group: group.clone(),
            transactional_id: world.names()?.transactional_id(id),
            copying,
        });
        world.start_client(name.clone(), work, configured).await?;
    }
    let world = &*world;
    until(JOIN_LIMIT, INTERVAL, || async {
        let mut shares = Vec::new();
        for name in &names {
            let client = world.client(&ClientTarget { kind: Kind::Copier, name: name.clone() })?;
            client.ended().map_or(Ok(()), Err)?;
            shares.push(client.status().partitions.unwrap_or_default());
        }
        let shared = shares.iter().all(|share| !share.is_empty())
            && shares.iter().flatten().copied().collect::<BTreeSet<_>>() == partitions;
        Ok::<_, StepFailure>(match shared {
            true => Seen::Ready(()),
            false => Seen::NotYet(format!("{names:?} have the partitions {shares:?} of {from:?}")),
        })
    })
    .await
    .told(world.names()?)
}

/// Waits until a copier that was started again has partitions.
async fn await_share(world: &World, target: &ClientTarget) -> Result<(), StepFailure> {
    let has_share = |partitions: Option<Vec<i32>>| partitions.is_some_and(|it| !it.is_empty());
    await_told(world, target, Period(JOIN_LIMIT), |told| match has_share(told.partitions.clone()) {
        true => Ok(()),
        false => Err(format!("{target} was given no partitions")),
    })
    .await
}

/// Whether the group's coordinator gets, and checks, the generation that commits: from Kafka 2.5 on (KIP-447).
fn knows_generations(kafka: Version) -> bool {
    kafka.line() >= (2, 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_way_to_copy() {
        let pattern = regex::Regex::new(&format!("^(?:{})$", HowCopied::REGEX)).expect("valid");
        for (text, copying) in [
            ("committing offsets in its transactions", Copying::InTransactions),
            ("committing offsets in their transactions by group id alone", Copying::ByGroupIdAlone),
            ("committing offsets outside its transactions", Copying::OutsideTransactions),
            ("with a producer for each partition", Copying::ProducerPerPartition),
        ] {
            assert!(pattern.is_match(text), "{text}");
            assert_eq!(text.parse(), Ok(HowCopied(copying)));
        }
    }

    #[test]
    fn coordinators_know_generations_from_2_5_on() {
        let know = |version: &&str| knows_generations(version.parse().expect("a version"));
        assert!(["2.5.0", "2.10.1", "3.9.2"].iter().all(know));
        assert!(!["0.11.0.3", "2.4.1"].iter().any(know));
    }
}
