//! What the consumers of a load have received.

use std::future::ready;
use std::time::Duration;

use cucumber::then;

use super::loads::tell;
use crate::client::ClientError;
use crate::event::measured::{Direction, Measured};
use crate::load::ids::{Id, Ids};
use crate::scenario::failure::StepFailure;
use crate::steps::parameter::{Period, TopicName};
use crate::steps::world::{Told as _, World};
use crate::wait::{Seen, WaitError, until};

/// How often it is looked what was received.
pub const LOOK: Duration = Duration::from_millis(50);

/// So many messages that are missing are shown.
const SHOWN: usize = 10;

/// Expects the consumers of the topic to have received every message that loads have sent to it and the
/// cluster has acknowledged, known by their ids, before the time is over; then stops them. A message that came
/// more than once is no failure.
///
/// ```gherkin
/// Then within 30 seconds every message of the load on topic "load" is received
/// ```
#[then(expr = "within {duration} every message of the load on topic {string} is received")]
async fn is_received(
    world: &mut World,
    limit: Period,
    topic: TopicName,
) -> Result<(), StepFailure> {
    all_received(world, &topic, limit.0).await
}

/// As `… is received`, and none more than once, nor one that was never sent.
///
/// ```gherkin
/// Then within 30 seconds every message of the load on topic "load" is received exactly once
/// ```
#[then(
    expr = "within {duration} every message of the load on topic {string} is received exactly once"
)]
async fn is_received_once(
    world: &mut World,
    limit: Period,
    topic: TopicName,
) -> Result<(), StepFailure> {
    all_received(world, &topic, limit.0).await?;
    let load = world.loads.on(&topic)?;
    let Some(received) = &load.book else { return Ok(()) };
    if received.duplicates > 0 {
        let examples: Vec<_> = received.examples.iter().map(Id::to_string).collect();
        return Err(StepFailure::expectation(format!(
            "{} messages of topic {topic:?} were received once more than once, {} among them",
            received.duplicates,
            examples.join(", ")
        )));
    }
    let strange: Vec<_> = received.ids.without(&load.handed_over).take(SHOWN).collect();
    if received.foreign > 0 || !strange.is_empty() {
        let strange: Vec<_> = strange.iter().map(Id::to_string).collect();
        return Err(StepFailure::expectation(format!(
            "received from topic {topic:?} what no load has sent: {} messages of no load, and {strange:?}",
            received.foreign
        )));
    }
    Ok(())
}

/// Waits until the consumers have received all that was acknowledged, ends them, and tells what is missing.
pub async fn all_received(
    world: &mut World,
    topic: &str,
    limit: Duration,
) -> Result<(), StepFailure> {
    if world.loads.on(topic)?.senders.is_some() {
        return Err(StepFailure::usage(format!(
            "the load on topic {topic:?} goes on, so nobody can have received all of it; stop it before"
        )));
    }
    let load = world.loads.of(topic);
    if load.acknowledged.count() == 0 {
        return Err(StepFailure::inconclusive(format!(
            "no message of a load was acknowledged on topic {topic:?}, so none was compared"
        )));
    }
    let Some(mut receivers) = load.receivers.take() else {
        return Err(StepFailure::usage(format!("no consumers of a load read topic {topic:?}")));
    };
    let (book, consumers) = (receivers.book().clone(), receivers.count());
    let expected = load.acknowledged.count();
    let acknowledged = &load.acknowledged;
    let waited = until(limit, LOOK, || {
        let received = book.received();
        // Messages may be there that were not acknowledged, so a count alone does not do.
        let all = received.ids.count() >= expected && acknowledged.is_within(&received.ids);
        ready(match receivers.failure() {
            Some(error) => Err(StepFailure::from(error.clone())),
            None if all => Ok(Seen::Ready(())),
            None => Ok(Seen::NotYet("there is more to come".into())),
        })
    })
    .await;
    let ended = receivers.end().await;
    let received = book.received().clone();
    let missing = missing(&load.acknowledged, &received.ids, topic, book.complaint());
    load.book = Some(received);
    keep(world, topic, consumers, ended)?;
    match waited {
        Err(WaitError::Failed(error)) => Err(error),
        // The comparison says better than the wait what is missing.
        Ok(()) | Err(WaitError::TimedOut { .. }) => {
            missing.map_or(Ok(()), |what| Err(StepFailure::expectation(what)).told(world.names()?))
        }
    }
}

/// Keeps what consumers that have ended have measured.
pub fn keep(
    world: &mut World,
    topic: &str,
    consumers: u32,
    ended: Result<Measured, ClientError>,
) -> Result<(), StepFailure> {
    let measured = ended.told(world.names()?)?;
    world.loads.of(topic).received = Some(measured.clone());
    tell(world, topic, Direction::Received, consumers, &measured)
}

/// What is missing, if anything.
fn missing(sent: &Ids, received: &Ids, topic: &str, complaint: Option<String>) -> Option<String> {
    let mut missing = sent.without(received).peekable();
    missing.peek()?;
    let shown: Vec<_> = missing.by_ref().take(SHOWN).map(|id| id.to_string()).collect();
    let (more, shown_count) = (missing.count(), shown.len());
    let (count, of) = (shown_count + more, sent.count());
    let and = if more > 0 { format!(" and {more} more") } else { String::new() };
    let said = complaint.map(|error| format!("; a consumer said last: {error}"));
    Some(format!(
        "{count} of {of} messages that topic {topic:?} has acknowledged were not received: {}{and}{}",
        shown.join(", "),
        said.unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_by_count_and_by_id() {
        let (mut sent, mut received) = (Ids::default(), Ids::default());
        sent.add_range(1, 1..=1000);
        assert_eq!(missing(&sent, &sent, "t", None), None);
        received.add_range(1, 1..=499);
        received.add_range(1, 501..=1000);
        assert_eq!(
            missing(&sent, &received, "t", Some("_TRANSPORT".into())).as_deref(),
            Some(
                "1 of 1000 messages that topic \"t\" has acknowledged were not received: 1-500; a \
                 consumer said last: _TRANSPORT"
            )
        );
        let none = missing(&sent, &Ids::default(), "t", None).expect("all are missing");
        assert!(none.starts_with("1000 of 1000") && none.ends_with("1-10 and 990 more"), "{none}");
    }
}
