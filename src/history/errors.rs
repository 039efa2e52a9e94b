//! Which errors say that an operation certainly had no effect: one table, each row with its reason.
//!
//! The checker believes `failed` without doubt, so a row may say so only where the broker cannot have
//! appended, committed or stored anything, now or later. All else is unknown.

use super::line::End;

/// What an error says about its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It did not happen, even if the client had tried before.
    None,
    /// This attempt did not happen; an attempt before it may have.
    NoneOfThisAttempt,
    /// It may have happened, or may still happen.
    Possible,
}

/// One row of the table.
#[derive(Debug)]
#[expect(dead_code, reason = "the name and the reason are for readers of the table")]
pub struct Row {
    /// Kafka's code if positive, librdkafka's (`RD_KAFKA_RESP_ERR__…`) if negative.
    pub code: i32,
    /// Name of the error in its library.
    pub name: &'static str,
    /// What it says.
    pub effect: Effect,
    /// Why the effect follows from the error.
    pub reason: &'static str,
}

const fn row(code: i32, name: &'static str, effect: Effect, reason: &'static str) -> Row {
    Row { code, name, effect, reason }
}

const REFUSED: &str =
    "a property of the request itself: every attempt is refused before the append";
const DENIED: &str = "authorization comes before everything else and is the same for every attempt";
const NOT_HERE: &str =
    "the broker refuses before the append, but the leader before may have appended";
const FENCED: &str =
    "the coordinator or leader refuses the old epoch, but an earlier attempt may have come through";
const LOST: &str = "the request may have arrived before the connection or the patience ended";
const NOT_SENT: &str = "the client library refused the call; nothing was sent";
const GROUP: &str = "the coordinator checks the generation before it stores offsets";

/// The table.
pub const ERRORS: &[Row] = &[
    row(-1, "UNKNOWN", Effect::Possible, "the broker does not say what happened"),
    row(2, "CORRUPT_MESSAGE", Effect::NoneOfThisAttempt, "the checksum fails before the append"),
    row(3, "UNKNOWN_TOPIC_OR_PARTITION", Effect::NoneOfThisAttempt, NOT_HERE),
    row(5, "LEADER_NOT_AVAILABLE", Effect::NoneOfThisAttempt, NOT_HERE),
    row(
        6,
        "NOT_LEADER_FOR_PARTITION",
        Effect::Possible,
        "also the answer to a request whose append was done when leadership moved: it may survive",
    ),
    row(
        7,
        "REQUEST_TIMED_OUT",
        Effect::Possible,
        "the leader has appended; only the replicas' confirmation did not come in time",
    ),
    row(10, "MESSAGE_TOO_LARGE", Effect::None, REFUSED),
    row(13, "NETWORK_EXCEPTION", Effect::Possible, LOST),
    row(14, "COORDINATOR_LOAD_IN_PROGRESS", Effect::NoneOfThisAttempt, "refused while loading"),
    row(
        15,
        "COORDINATOR_NOT_AVAILABLE",
        Effect::Possible,
        "also the answer when the coordinator's append to its log failed or timed out",
    ),
    row(
        16,
        "NOT_COORDINATOR",
        Effect::Possible,
        "also the answer when the coordinator moved after it had written to its log",
    ),
    row(17, "INVALID_TOPIC_EXCEPTION", Effect::None, REFUSED),
    row(18, "RECORD_LIST_TOO_LARGE", Effect::None, REFUSED),
    row(
        19,
        "NOT_ENOUGH_REPLICAS",
        Effect::NoneOfThisAttempt,
        "checked before the append; an earlier attempt may have found enough replicas",
    ),
    row(
        20,
        "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
        Effect::Possible,
        "as the name says, the leader has appended",
    ),
    row(21, "INVALID_REQUIRED_ACKS", Effect::None, REFUSED),
    row(22, "ILLEGAL_GENERATION", Effect::NoneOfThisAttempt, GROUP),
    row(25, "UNKNOWN_MEMBER_ID", Effect::NoneOfThisAttempt, GROUP),
    row(27, "REBALANCE_IN_PROGRESS", Effect::NoneOfThisAttempt, GROUP),
    row(28, "INVALID_COMMIT_OFFSET_SIZE", Effect::None, REFUSED),
    row(29, "TOPIC_AUTHORIZATION_FAILED", Effect::None, DENIED),
    row(30, "GROUP_AUTHORIZATION_FAILED", Effect::None, DENIED),
    row(31, "CLUSTER_AUTHORIZATION_FAILED", Effect::None, DENIED),
    row(32, "INVALID_TIMESTAMP", Effect::None, REFUSED),
    row(35, "UNSUPPORTED_VERSION", Effect::None, REFUSED),
    row(43, "UNSUPPORTED_FOR_MESSAGE_FORMAT", Effect::None, REFUSED),
    row(
        45,
        "OUT_OF_ORDER_SEQUENCE_NUMBER",
        Effect::NoneOfThisAttempt,
        "the sequence is checked before the append; what it says of earlier attempts is the point in doubt",
    ),
    row(
        46,
        "DUPLICATE_SEQUENCE_NUMBER",
        Effect::Possible,
        "this attempt was dropped because an earlier one was appended",
    ),
    row(47, "INVALID_PRODUCER_EPOCH", Effect::NoneOfThisAttempt, FENCED),
    row(
        48,
        "INVALID_TXN_STATE",
        Effect::NoneOfThisAttempt,
        "the coordinator refuses, perhaps because an earlier attempt has changed the state",
    ),
    row(49, "INVALID_PRODUCER_ID_MAPPING", Effect::NoneOfThisAttempt, FENCED),
    row(
        51,
        "CONCURRENT_TRANSACTIONS",
        Effect::NoneOfThisAttempt,
        "refused while the transaction before is being completed",
    ),
    row(53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", Effect::None, DENIED),
    row(
        56,
        "KAFKA_STORAGE_ERROR",
        Effect::Possible,
        "the disk failed, before or after the record was on it",
    ),
    row(
        59,
        "UNKNOWN_PRODUCER_ID",
        Effect::NoneOfThisAttempt,
        "the broker has no state for the producer and refuses before the append",
    ),
    row(87, "INVALID_RECORD", Effect::None, REFUSED),
    row(90, "PRODUCER_FENCED", Effect::NoneOfThisAttempt, FENCED),
    row(-195, "_TRANSPORT", Effect::Possible, LOST),
    row(-192, "_MSG_TIMED_OUT", Effect::Possible, LOST),
    row(-190, "_UNKNOWN_PARTITION", Effect::None, NOT_SENT),
    row(-188, "_UNKNOWN_TOPIC", Effect::None, NOT_SENT),
    row(-185, "_TIMED_OUT", Effect::Possible, LOST),
    row(-184, "_QUEUE_FULL", Effect::None, NOT_SENT),
    row(-172, "_STATE", Effect::NoneOfThisAttempt, NOT_SENT),
    row(
        -149,
        "_INCONSISTENT",
        Effect::None,
        "a message of the transaction was not delivered, so librdkafka has not asked for the commit",
    ),
    row(
        -152,
        "_PURGE_QUEUE",
        Effect::NoneOfThisAttempt,
        "purged from the queue before it was sent; a retry is in the queue as well",
    ),
    row(-151, "_PURGE_INFLIGHT", Effect::Possible, LOST),
    row(-150, "_FATAL", Effect::NoneOfThisAttempt, NOT_SENT),
    row(-144, "_FENCED", Effect::NoneOfThisAttempt, FENCED),
];

/// The numbers, in Kafka's protocol, of the errors that certainly had no effect, whatever came before.
pub fn numbers_without_effect() -> impl Iterator<Item = i32> {
    let certain = ERRORS.iter().filter(|row| row.effect == Effect::None && row.code >= 0);
    certain.map(|row| row.code)
}

/// How an operation ended that ended with this error. `single_attempt` when the client, or its library,
/// certainly sent the request once at most; most libraries retry by themselves.
pub fn end_of(code: i32, single_attempt: bool) -> End {
    let effect =
        ERRORS.iter().find(|row| row.code == code).map_or(Effect::Possible, |row| row.effect);
    match effect {
        Effect::None => End::Failed,
        Effect::NoneOfThisAttempt if single_attempt => End::Failed,
        Effect::NoneOfThisAttempt | Effect::Possible => End::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_doubt_it_may_have_happened() {
        assert_eq!(end_of(10, false), End::Failed);
        assert_eq!(end_of(19, true), End::Failed);
        assert_eq!(end_of(19, false), End::Unknown);
        assert_eq!(end_of(20, true), End::Unknown);
        assert_eq!(end_of(12_345, true), End::Unknown);
    }

    #[test]
    fn each_code_has_one_row() {
        let mut codes: Vec<i32> = ERRORS.iter().map(|row| row.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ERRORS.len());
    }
}
