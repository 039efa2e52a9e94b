//! What the cluster refuses, by the name of the error: Kafka's own (INVALID_REPLICATION_FACTOR), or
//! librdkafka's with an underscore (_MSG_TIMED_OUT) where no broker was asked or none answered.

use cucumber::gherkin::Step;
use cucumber::then;

use super::parameter::{AnyTopicName, ContentSize, Count, ProducerName};
use super::producer::sized;
use super::table;
use super::world::{Told as _, World};
use crate::client::ClientError;
use crate::client::error_code::ErrorCode;
use crate::client::message::Message;
use crate::scenario::failure::StepFailure;

/// Tries to create a topic and expects the broker to refuse, with the error of this name.
///
/// ```gherkin
/// Then creating topic "orders" with 1 partition and replication factor 4 fails with "INVALID_REPLICATION_FACTOR"
/// ```
#[then(
    expr = "creating topic {string} with {count} partition(s) and replication factor {count} fails with {string}"
)]
async fn create_fails(
    world: &mut World,
    name: AnyTopicName,
    partitions: Count,
    replicas: Count,
    error: String,
) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let names = world.names()?;
    let (topic, partitions, replicas) =
        (names.topic(&name), partitions.as_i32(), replicas.as_i32());
    let answer = admin.create_topic(&topic, partitions, replicas, &[]).await;
    refused(&format!("topic {name:?} was created"), answer, &error).told(names)
}

/// Tries to create a topic with settings of its own and expects the broker to refuse, with the error of
/// this name.
///
/// ```gherkin
/// Then creating topic "orders" with 1 partition and replication factor 3 fails with "INVALID_CONFIG" for settings:
///   | name              | value |
///   | retention.minutes | 5     |
/// ```
#[then(
    expr = "creating topic {string} with {count} partition(s) and replication factor {count} fails with {string} for settings:"
)]
async fn create_with_settings_fails(
    world: &mut World,
    name: AnyTopicName,
    partitions: Count,
    replicas: Count,
    error: String,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let settings = table::pairs(step)?;
    let admin = world.admin()?;
    let names = world.names()?;
    let (topic, partitions, replicas) =
        (names.topic(&name), partitions.as_i32(), replicas.as_i32());
    let answer = admin.create_topic(&topic, partitions, replicas, &settings).await;
    refused(&format!("topic {name:?} was created"), answer, &error).told(names)
}

/// Tries to delete a topic and expects the broker to refuse, with the error of this name.
///
/// ```gherkin
/// Then deleting topic "never-made" fails with "UNKNOWN_TOPIC_OR_PARTITION"
/// ```
#[then(expr = "deleting topic {string} fails with {string}")]
async fn delete_fails(
    world: &mut World,
    name: AnyTopicName,
    error: String,
) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let names = world.names()?;
    let answer = admin.delete_topic(&names.topic(&name)).await;
    refused(&format!("topic {name:?} was deleted"), answer, &error).told(names)
}

/// Tries to send one message whose value has this size, and expects the error of this name.
///
/// ```gherkin
/// Then producer "p" fails to send a message of 2 MB to topic "orders" with "MESSAGE_TOO_LARGE"
/// ```
#[then(
    expr = "producer {string} fails to send a message of {content_size} to topic {string} with {string}"
)]
async fn send_size_fails(
    world: &mut World,
    name: ProducerName,
    size: ContentSize,
    topic: AnyTopicName,
    error: String,
) -> Result<(), StepFailure> {
    let message = sized(world, size).await?;
    send_fails(world, &name, &topic, message, &error).await
}

/// Tries to send one small message and expects the error of this name.
///
/// ```gherkin
/// Then producer "p" fails to send a message to topic "never-made" with "UNKNOWN_TOPIC_OR_PARTITION"
/// ```
#[then(expr = "producer {string} fails to send a message to topic {string} with {string}")]
async fn send_any_fails(
    world: &mut World,
    name: ProducerName,
    topic: AnyTopicName,
    error: String,
) -> Result<(), StepFailure> {
    send_fails(world, &name, &topic, Message::of("refused"), &error).await
}

/// Tries to send one small message to this partition and expects the error of this name.
///
/// ```gherkin
/// Then producer "p" fails to send a message to partition 7 of topic "orders" with "_UNKNOWN_PARTITION"
/// ```
#[then(
    expr = "producer {string} fails to send a message to partition {count} of topic {string} with {string}"
)]
async fn send_to_partition_fails(
    world: &mut World,
    name: ProducerName,
    partition: Count,
    topic: AnyTopicName,
    error: String,
) -> Result<(), StepFailure> {
    let message = Message { partition: Some(partition.as_i32()), ..Message::of("refused") };
    send_fails(world, &name, &topic, message, &error).await
}

async fn send_fails(
    world: &World,
    name: &str,
    topic: &str,
    message: Message,
    error: &str,
) -> Result<(), StepFailure> {
    let names = world.names()?;
    let mut outcomes = world.producer(name)?.send(&names.topic(topic), &[message]).await;
    let Some(outcome) = outcomes.pop() else {
        return Err(StepFailure::inconclusive("the producer did not report on its message"));
    };
    refused(&format!("the message was delivered to topic {topic:?}"), outcome, error).told(names)
}

/// Judges an attempt that was expected to be refused with the error of this name.
fn refused<T>(
    succeeded: &str,
    answer: Result<T, ClientError>,
    error: &str,
) -> Result<(), StepFailure> {
    let expected = ErrorCode::parse(error);
    let expected = expected.map_err(|unknown| StepFailure::usage(unknown.to_string()))?;
    match answer {
        Ok(_) => Err(StepFailure::expectation(format!("expected {error}, but {succeeded}"))),
        Err(found) if found.code() == Some(expected) => Ok(()),
        Err(found @ ClientError::Setting(_)) => Err(found.into()),
        Err(found) => Err(StepFailure::expectation(format!("expected {error}, but: {found}"))),
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::error::RDKafkaErrorCode;

    use super::*;
    use crate::event::failure::FailureKind;

    fn judged(answer: Result<(), RDKafkaErrorCode>, expected: &str) -> Result<(), StepFailure> {
        let doing = String::from("send");
        let answer = answer.map_err(|code| ClientError::Refused { doing, code: code.into() });
        refused("it was sent", answer, expected)
    }

    #[test]
    fn only_the_error_that_was_expected_will_do() {
        let too_large = RDKafkaErrorCode::MessageSizeTooLarge;
        assert_eq!(judged(Err(too_large), "MESSAGE_TOO_LARGE"), Ok(()));
        for (answer, expected) in
            [(Ok(()), "MESSAGE_TOO_LARGE"), (Err(too_large), "INVALID_CONFIG")]
        {
            assert_eq!(judged(answer, expected).unwrap_err().kind, FailureKind::Expectation);
        }
    }

    #[test]
    fn an_error_that_does_not_exist_is_a_mistake_of_the_author() {
        let failure = judged(Ok(()), "MESSAGE_TO_LARGE").unwrap_err();
        assert_eq!(failure.kind, FailureKind::Usage);
        assert!(failure.message.contains("MESSAGE_TOO_LARGE"), "{}", failure.message);
    }
}
