//! Copiers and consumer processes on Kafka's own client library. What sentences say of a copier or a consumer process
//! holds for them as well.

use cucumber::gherkin::Step;
use cucumber::{given, when};

use super::copier::{self, HowCopied, Route, alone, several};
use super::meaning::Meaning;
use super::parameter::{
    Count, GroupName, JavaLibrary, NewConsumerProcessName, NewCopierName, NewCopiersName, TopicName,
};
use super::world::World;
use super::{consumer_process, table};
use crate::client::java::{self, JavaClientError, settings};
use crate::client::process::library::{Configured, Library};
use crate::client::settings::Settings;
use crate::scenario::failure::StepFailure;

/// Starts a copier on Kafka's own client library, in a JVM: of the cluster's version (`Java`), or of any other one
/// (`Java 3.9.2`). It has the defaults of the library, but for session.timeout.ms, which is 6 seconds,
/// auto.offset.reset, which is earliest, max.poll.records, which is 100, and max.block.ms, which is 10 seconds; else
/// as `a copier "cp" from "topic1" to "topic2" committing offsets in its transactions`. A library older than 2.5 names
/// only the group when it commits offsets in transactions.
///
/// ```gherkin
/// Given a Java copier "cp" from "topic1" to "topic2" committing offsets in its transactions
/// ```
/// ```gherkin
/// Given a Java 2.5.0 copier "cp" from "topic1" to "topic2" with a producer for each partition
/// ```
#[given(expr = "a {java} copier {string} from {string} to {string} {copying}")]
async fn copy(
    world: &mut World,
    library: JavaLibrary,
    name: NewCopierName,
    from: TopicName,
    to: TopicName,
    how: HowCopied,
) -> Result<(), StepFailure> {
    let configured = on_java(world, &library, Settings::default()).await?;
    copier::start(world, alone(&name), Route { from: &from, to: &to, how }, &configured).await
}

/// Starts a copier on Kafka's own client library with settings of its own, any that its producers or consumers know;
/// else as `a Java copier "cp" from "topic1" to "topic2" committing offsets in its transactions` does.
///
/// ```gherkin
/// Given a Java copier "cp" from "topic1" to "topic2" committing offsets in its transactions with settings:
///   | name             | value |
///   | max.poll.records | 20    |
/// ```
#[given(expr = "a {java} copier {string} from {string} to {string} {copying} with settings:")]
async fn copy_with_settings(
    world: &mut World,
    library: JavaLibrary,
    name: NewCopierName,
    from: TopicName,
    to: TopicName,
    how: HowCopied,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let settings = table::java_settings(step, settings::Kind::Copier)?;
    let configured = on_java(world, &library, settings).await?;
    copier::start(world, alone(&name), Route { from: &from, to: &to, how }, &configured).await
}

/// Starts several copiers on Kafka's own client library in one group, "cp-1", "cp-2" …, and waits, at most a minute,
/// until they share all partitions.
///
/// ```gherkin
/// Given 3 Java copiers "cp" from "topic1" to "topic2" committing offsets in their transactions
/// ```
#[given(expr = "{count} {java} copiers {string} from {string} to {string} {copying}")]
async fn copy_together(
    world: &mut World,
    count: Count,
    library: JavaLibrary,
    name: NewCopiersName,
    from: TopicName,
    to: TopicName,
    how: HowCopied,
) -> Result<(), StepFailure> {
    let configured = on_java(world, &library, Settings::default()).await?;
    let route = Route { from: &from, to: &to, how };
    copier::start(world, several(count, &name), route, &configured).await
}

pub(crate) fn means_copy_together(
    count: &Count,
    _: &JavaLibrary,
    name: &NewCopiersName,
    _: &TopicName,
    _: &TopicName,
    _: &HowCopied,
) -> Meaning {
    Meaning::StartsCopiers { count: count.0, name: name.to_string() }
}

/// Whether a machine bears so many JVMs.
pub(crate) fn check_copy_together(
    count: &Count,
    _: &JavaLibrary,
    _: &str,
    _: &TopicName,
    _: &TopicName,
    _: &HowCopied,
) -> Result<(), String> {
    match count.0 {
        1..=20 => Ok(()),
        _ => Err("there can be 1 to 20 copiers on Java".into()),
    }
}

/// Starts a consumer process on Kafka's own client library, in a JVM: of the cluster's version (`Java`), or of any
/// other one (`Java 3.9.2`); else as `a consumer process "c" in group "billing" that reads topic "orders"`.
///
/// ```gherkin
/// Given a Java consumer process "c" in group "billing" that reads topic "orders"
/// ```
/// ```gherkin
/// When a Java 2.5.0 consumer process "c" starts in group "billing" and reads topic "orders"
/// ```
#[given(expr = "a {java} consumer process {string} in group {string} that reads topic {string}")]
#[when(
    expr = "a {java} consumer process {string} starts in group {string} and reads topic {string}"
)]
async fn read(
    world: &mut World,
    library: JavaLibrary,
    name: NewConsumerProcessName,
    group: GroupName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let configured = on_java(world, &library, Settings::default()).await?;
    consumer_process::start(world, name.into(), &group, &topic, &configured).await
}

/// Starts a consumer process on Kafka's own client library with settings of its own, any that its consumers know; else
/// as `a Java consumer process "c" in group "billing" that reads topic "orders"` does.
///
/// ```gherkin
/// Given a Java consumer process "c" in group "billing" that reads topic "orders" with settings:
///   | name             | value |
///   | max.poll.records | 20    |
/// ```
#[given(
    expr = "a {java} consumer process {string} in group {string} that reads topic {string} with settings:"
)]
async fn read_with_settings(
    world: &mut World,
    library: JavaLibrary,
    name: NewConsumerProcessName,
    group: GroupName,
    topic: TopicName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let settings = table::java_settings(step, settings::Kind::Consumer)?;
    let configured = on_java(world, &library, settings).await?;
    consumer_process::start(world, name.into(), &group, &topic, &configured).await
}

/// Kafka's own client library, of the cluster's version unless the sentence names another one, with these settings.
pub(super) async fn on_java(
    world: &World,
    library: &JavaLibrary,
    settings: Settings,
) -> Result<Configured, StepFailure> {
    let environment = world.environment()?;
    let of_cluster = world.cluster()?.spec().kafka();
    let release = library.0.as_ref().unwrap_or(of_cluster);
    let client = java::prepare(release, &environment.cache, &environment.events).await?;
    Ok(Configured { library: Library::Java(client), settings })
}

impl From<JavaClientError> for StepFailure {
    fn from(error: JavaClientError) -> Self {
        Self::environment(error.to_string())
    }
}
