//! What the cluster does to a client, and what follows from it.

use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::client::error_code::ErrorCode;

/// The reason why a client cannot go on. Each text says what failed and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The transaction or commit was refused; it can go on with the next one.
    Refused(String),
    /// Another producer with its transactional id was started.
    Fenced(String),
    /// Nothing was heard of what it had asked for; another producer may do better.
    Stuck(String),
    /// It cannot go on.
    Failed(String),
}

/// An error of a call that does not belong to a transaction.
pub fn failed(doing: &str, error: &KafkaError) -> Trouble {
    Trouble::Failed(text(doing, error))
}

/// An error of a producer, which may have been fenced.
pub fn of_producer<C: ClientContext>(
    client: &Client<C>,
    doing: &str,
    error: &KafkaError,
) -> Trouble {
    if let Some((code, _)) = client.fatal_error() {
        let text = format!("failed to {doing}: {}", ErrorCode::from(code));
        return if is_fencing(code) { Trouble::Fenced(text) } else { Trouble::Failed(text) };
    }
    match error {
        error if is_passing(error) => Trouble::Stuck(text(doing, error)),
        KafkaError::Transaction(error) if error.is_fatal() && is_fencing(error.code()) => {
            Trouble::Fenced(format!("failed to {doing}: {}", ErrorCode::from(error.code())))
        }
        KafkaError::Transaction(error) if !error.txn_requires_abort() => {
            Trouble::Failed(format!("failed to {doing}: {}", ErrorCode::from(error.code())))
        }
        error => Trouble::Refused(text(doing, error)),
    }
}

/// Whether the same call may do better the next time.
pub fn is_passing(error: &KafkaError) -> bool {
    match error {
        KafkaError::Transaction(error) => error.is_retriable(),
        error => ErrorCode::of(error) == Some(RDKafkaErrorCode::OperationTimedOut.into()),
    }
}

fn is_fencing(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Fenced
            | RDKafkaErrorCode::ProducerFenced
            | RDKafkaErrorCode::InvalidProducerEpoch
    )
}

/// What failed and how, for people.
pub fn text(doing: &str, error: &KafkaError) -> String {
    match ErrorCode::of(error) {
        Some(code) => format!("failed to {doing}: {code}"),
        None => format!("failed to {doing}: {error}"),
    }
}
