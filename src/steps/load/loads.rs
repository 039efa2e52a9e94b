//! The loads of one scenario, by the author's name of their topic.

use std::collections::BTreeMap;

use crate::client::ClientError;
use crate::cluster::replica::Replicas;
use crate::event::Event;
use crate::event::measured::{Amount, Direction, Measured};
use crate::load::book::Received;
use crate::load::ids::Ids;
use crate::load::receivers::Receivers;
use crate::load::senders::Senders;
use crate::scenario::failure::StepFailure;
use crate::steps::world::World;

/// The loads of one scenario.
#[derive(Debug, Default)]
pub struct Loads {
    producers: u32,
    topics: BTreeMap<String, TopicLoad>,
}

/// What loads have done to a topic.
#[derive(Debug, Default)]
pub struct TopicLoad {
    /// At work now.
    pub senders: Option<Senders>,
    /// How many producers the last load had.
    pub producers: u32,
    /// What the last load that has ended has sent.
    pub sent: Option<Measured>,
    /// Messages of all loads that were acknowledged.
    pub acknowledged: Ids,
    /// Messages of all loads that were handed to the client library: those that may be in the topic.
    pub handed_over: Ids,
    /// What was acknowledged of all loads, by partition.
    pub partitions: BTreeMap<i32, Amount>,
    /// What the replicas held before the first load.
    pub before: Option<Replicas>,
    /// At work now.
    pub receivers: Option<Receivers>,
    /// What was measured of consumers that have ended.
    pub received: Option<Measured>,
    /// The messages that they had received.
    pub book: Option<Received>,
}

impl Loads {
    /// The number of the first of so many new producers; no two of a scenario have the same.
    pub fn take_numbers(&mut self, producers: u32) -> u32 {
        let first = self.producers + 1;
        self.producers += producers;
        first
    }

    /// What loads have done to a topic, or will do.
    pub fn of(&mut self, topic: &str) -> &mut TopicLoad {
        self.topics.entry(topic.to_owned()).or_default()
    }

    /// What loads have done to a topic.
    ///
    /// # Errors
    /// Usage, when there was no load on it.
    pub fn on(&self, topic: &str) -> Result<&TopicLoad, StepFailure> {
        self.topics.get(topic).ok_or_else(|| {
            let known: Vec<_> = self.topics.keys().map(|name| format!("{name:?}")).collect();
            StepFailure::usage(match known.as_slice() {
                [] => format!("there was no load on topic {topic:?}, nor on another"),
                known => format!(
                    "there was no load on topic {topic:?}; there was one on {}",
                    known.join(", ")
                ),
            })
        })
    }

    /// Stops everything and waits for its end.
    pub async fn close(&mut self) -> Vec<ClientError> {
        let mut errors = Vec::new();
        for load in self.topics.values_mut() {
            if let Some(senders) = load.senders.take() {
                senders.stop();
                errors.extend(senders.end().await.err());
            }
            if let Some(receivers) = load.receivers.take() {
                errors.extend(receivers.end().await.err());
            }
        }
        errors
    }
}

impl TopicLoad {
    /// What was sent: of the load at work, or of the last one.
    ///
    /// # Errors
    /// Inconclusive, when nothing was measured.
    pub fn sent(&self, topic: &str) -> Result<Measured, StepFailure> {
        let running = self.senders.as_ref().map(|senders| senders.meter().measured());
        measured(running.or_else(|| self.sent.clone()), topic, "sent to")
    }

    /// What was received: by consumers at work, or by the last ones.
    ///
    /// # Errors
    /// Inconclusive, when nothing was measured.
    pub fn received(&self, topic: &str) -> Result<Measured, StepFailure> {
        let running = self.receivers.as_ref().map(Receivers::measured);
        measured(running.or_else(|| self.received.clone()), topic, "received from")
    }
}

/// Keeps what a load has measured with the scenario.
///
/// # Errors
/// Environment, when the scenario has none.
pub fn tell(
    world: &World,
    topic: &str,
    direction: Direction,
    clients: u32,
    measured: &Measured,
) -> Result<(), StepFailure> {
    let environment = world.environment()?;
    environment.events.emit(Event::LoadMeasured {
        scenario: environment.scenario.clone(),
        topic: topic.to_owned(),
        direction,
        clients,
        measured: Box::new(measured.clone()),
    });
    Ok(())
}

fn measured(found: Option<Measured>, topic: &str, done: &str) -> Result<Measured, StepFailure> {
    found.filter(|it| it.messages > 0).ok_or_else(|| {
        StepFailure::inconclusive(format!("no message was {done} topic {topic:?} and measured"))
    })
}
