//! Errors by the names that Kafka's own documentation uses.

use std::fmt;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::{native, suggestion};
use crate::nearest::nearest;

/// An error of the Kafka protocol, or one of the client library's own (below -1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode(i32);

impl ErrorCode {
    /// The code that a librdkafka error carries, if it carries one.
    pub fn of(error: &KafkaError) -> Option<Self> {
        match error {
            KafkaError::Transaction(error) => Some(error.code().into()),
            // rdkafka's own conversion leaves this one out.
            KafkaError::AdminOp(code) => Some((*code).into()),
            error => error.rdkafka_error_code().map(Self::from),
        }
    }

    /// Kafka's own name (`MESSAGE_TOO_LARGE`), or librdkafka's (`_MSG_TIMED_OUT`) for an error that no
    /// broker has sent.
    pub fn name(self) -> String {
        let known = PROTOCOL_ERRORS.iter().find(|(code, _)| *code == self.0);
        known.map_or_else(|| native::error_name(self.0), |(_, name)| (*name).to_owned())
    }

    /// As in the protocol; the client library's own are below -1.
    pub fn number(self) -> i32 {
        self.0
    }

    /// One sentence for people, as librdkafka has it.
    pub fn explanation(self) -> String {
        native::error_text(self.0)
    }

    /// Reads a name: Kafka's own, or librdkafka's, which differs for a few (`MSG_SIZE_TOO_LARGE`).
    ///
    /// # Errors
    /// [`UnknownErrorName`] with the nearest name.
    pub fn parse(name: &str) -> Result<Self, UnknownErrorName> {
        let protocol = PROTOCOL_ERRORS.iter().find(|(_, known)| *known == name);
        if let Some((code, _)) = protocol {
            return Ok(Self(*code));
        }
        native::error_codes().find(|code| native::error_name(*code) == name).map(Self).ok_or_else(
            || {
                let names: Vec<_> = native::error_codes().map(|code| Self(code).name()).collect();
                let nearest = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
                UnknownErrorName { name: name.into(), nearest }
            },
        )
    }
}

impl From<RDKafkaErrorCode> for ErrorCode {
    fn from(code: RDKafkaErrorCode) -> Self {
        Self(code as i32)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.explanation())
    }
}

/// There is no error of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no Kafka error named {name:?}{}", suggestion(.nearest))]
pub struct UnknownErrorName {
    /// As given.
    pub name: String,
    /// The most similar name, if one is similar.
    pub nearest: Option<String>,
}

/// Code and name of every error of the protocol, from `org.apache.kafka.common.protocol.Errors` of
/// kafka-clients 3.9.2.
#[rustfmt::skip]
const PROTOCOL_ERRORS: &[(i32, &str)] = &[
    (-1, "UNKNOWN_SERVER_ERROR"),
    (0, "NONE"),
    (1, "OFFSET_OUT_OF_RANGE"),
    (2, "CORRUPT_MESSAGE"),
    (3, "UNKNOWN_TOPIC_OR_PARTITION"),
    (4, "INVALID_FETCH_SIZE"),
    (5, "LEADER_NOT_AVAILABLE"),
    (6, "NOT_LEADER_OR_FOLLOWER"),
    (7, "REQUEST_TIMED_OUT"),
    (8, "BROKER_NOT_AVAILABLE"),
    (9, "REPLICA_NOT_AVAILABLE"),
    (10, "MESSAGE_TOO_LARGE"),
    (11, "STALE_CONTROLLER_EPOCH"),
    (12, "OFFSET_METADATA_TOO_LARGE"),
    (13, "NETWORK_EXCEPTION"),
    (14, "COORDINATOR_LOAD_IN_PROGRESS"),
    (15, "COORDINATOR_NOT_AVAILABLE"),
    (16, "NOT_COORDINATOR"),
    (17, "INVALID_TOPIC_EXCEPTION"),
    (18, "RECORD_LIST_TOO_LARGE"),
    (19, "NOT_ENOUGH_REPLICAS"),
    (20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND"),
    (21, "INVALID_REQUIRED_ACKS"),
    (22, "ILLEGAL_GENERATION"),
    (23, "INCONSISTENT_GROUP_PROTOCOL"),
    (24, "INVALID_GROUP_ID"),
    (25, "UNKNOWN_MEMBER_ID"),
    (26, "INVALID_SESSION_TIMEOUT"),
    (27, "REBALANCE_IN_PROGRESS"),
    (28, "INVALID_COMMIT_OFFSET_SIZE"),
    (29, "TOPIC_AUTHORIZATION_FAILED"),
    (30, "GROUP_AUTHORIZATION_FAILED"),
    (31, "CLUSTER_AUTHORIZATION_FAILED"),
    (32, "INVALID_TIMESTAMP"),
    (33, "UNSUPPORTED_SASL_MECHANISM"),
    (34, "ILLEGAL_SASL_STATE"),
    (35, "UNSUPPORTED_VERSION"),
    (36, "TOPIC_ALREADY_EXISTS"),
    (37, "INVALID_PARTITIONS"),
    (38, "INVALID_REPLICATION_FACTOR"),
    (39, "INVALID_REPLICA_ASSIGNMENT"),
    (40, "INVALID_CONFIG"),
    (41, "NOT_CONTROLLER"),
    (42, "INVALID_REQUEST"),
    (43, "UNSUPPORTED_FOR_MESSAGE_FORMAT"),
    (44, "POLICY_VIOLATION"),
    (45, "OUT_OF_ORDER_SEQUENCE_NUMBER"),
    (46, "DUPLICATE_SEQUENCE_NUMBER"),
    (47, "INVALID_PRODUCER_EPOCH"),
    (48, "INVALID_TXN_STATE"),
    (49, "INVALID_PRODUCER_ID_MAPPING"),
    (50, "INVALID_TRANSACTION_TIMEOUT"),
    (51, "CONCURRENT_TRANSACTIONS"),
    (52, "TRANSACTION_COORDINATOR_FENCED"),
    (53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"),
    (54, "SECURITY_DISABLED"),
    (55, "OPERATION_NOT_ATTEMPTED"),
    (56, "KAFKA_STORAGE_ERROR"),
    (57, "LOG_DIR_NOT_FOUND"),
    (58, "SASL_AUTHENTICATION_FAILED"),
    (59, "UNKNOWN_PRODUCER_ID"),
    (60, "REASSIGNMENT_IN_PROGRESS"),
    (61, "DELEGATION_TOKEN_AUTH_DISABLED"),
    (62, "DELEGATION_TOKEN_NOT_FOUND"),
    (63, "DELEGATION_TOKEN_OWNER_MISMATCH"),
    (64, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED"),
    (65, "DELEGATION_TOKEN_AUTHORIZATION_FAILED"),
    (66, "DELEGATION_TOKEN_EXPIRED"),
    (67, "INVALID_PRINCIPAL_TYPE"),
    (68, "NON_EMPTY_GROUP"),
    (69, "GROUP_ID_NOT_FOUND"),
    (70, "FETCH_SESSION_ID_NOT_FOUND"),
    (71, "INVALID_FETCH_SESSION_EPOCH"),
    (72, "LISTENER_NOT_FOUND"),
    (73, "TOPIC_DELETION_DISABLED"),
    (74, "FENCED_LEADER_EPOCH"),
    (75, "UNKNOWN_LEADER_EPOCH"),
    (76, "UNSUPPORTED_COMPRESSION_TYPE"),
    (77, "STALE_BROKER_EPOCH"),
    (78, "OFFSET_NOT_AVAILABLE"),
    (79, "MEMBER_ID_REQUIRED"),
    (80, "PREFERRED_LEADER_NOT_AVAILABLE"),
    (81, "GROUP_MAX_SIZE_REACHED"),
    (82, "FENCED_INSTANCE_ID"),
    (83, "ELIGIBLE_LEADERS_NOT_AVAILABLE"),
    (84, "ELECTION_NOT_NEEDED"),
    (85, "NO_REASSIGNMENT_IN_PROGRESS"),
    (86, "GROUP_SUBSCRIBED_TO_TOPIC"),
    (87, "INVALID_RECORD"),
    (88, "UNSTABLE_OFFSET_COMMIT"),
    (89, "THROTTLING_QUOTA_EXCEEDED"),
    (90, "PRODUCER_FENCED"),
    (91, "RESOURCE_NOT_FOUND"),
    (92, "DUPLICATE_RESOURCE"),
    (93, "UNACCEPTABLE_CREDENTIAL"),
    (94, "INCONSISTENT_VOTER_SET"),
    (95, "INVALID_UPDATE_VERSION"),
    (96, "FEATURE_UPDATE_FAILED"),
    (97, "PRINCIPAL_DESERIALIZATION_FAILURE"),
    (98, "SNAPSHOT_NOT_FOUND"),
    (99, "POSITION_OUT_OF_RANGE"),
    (100, "UNKNOWN_TOPIC_ID"),
    (101, "DUPLICATE_BROKER_REGISTRATION"),
    (102, "BROKER_ID_NOT_REGISTERED"),
    (103, "INCONSISTENT_TOPIC_ID"),
    (104, "INCONSISTENT_CLUSTER_ID"),
    (105, "TRANSACTIONAL_ID_NOT_FOUND"),
    (106, "FETCH_SESSION_TOPIC_ID_ERROR"),
    (107, "INELIGIBLE_REPLICA"),
    (108, "NEW_LEADER_ELECTED"),
    (109, "OFFSET_MOVED_TO_TIERED_STORAGE"),
    (110, "FENCED_MEMBER_EPOCH"),
    (111, "UNRELEASED_INSTANCE_ID"),
    (112, "UNSUPPORTED_ASSIGNOR"),
    (113, "STALE_MEMBER_EPOCH"),
    (114, "MISMATCHED_ENDPOINT_TYPE"),
    (115, "UNSUPPORTED_ENDPOINT_TYPE"),
    (116, "UNKNOWN_CONTROLLER_ID"),
    (117, "UNKNOWN_SUBSCRIPTION_ID"),
    (118, "TELEMETRY_TOO_LARGE"),
    (119, "INVALID_REGISTRATION"),
    (120, "TRANSACTION_ABORTABLE"),
    (121, "INVALID_RECORD_STATE"),
    (122, "SHARE_SESSION_NOT_FOUND"),
    (123, "INVALID_SHARE_SESSION_EPOCH"),
    (124, "FENCED_STATE_EPOCH"),
    (125, "INVALID_VOTER_KEY"),
    (126, "DUPLICATE_VOTER"),
    (127, "VOTER_NOT_FOUND"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_of_errors_as_the_broker_does() {
        assert_eq!(
            ErrorCode::from(RDKafkaErrorCode::InvalidReplicationFactor).name(),
            "INVALID_REPLICATION_FACTOR"
        );
        assert_eq!(
            ErrorCode::from(RDKafkaErrorCode::InvalidTopic).name(),
            "INVALID_TOPIC_EXCEPTION"
        );
        assert_eq!(ErrorCode::from(RDKafkaErrorCode::MessageTimedOut).name(), "_MSG_TIMED_OUT");
    }

    #[test]
    fn reads_both_names_of_an_error() {
        let too_large = ErrorCode::from(RDKafkaErrorCode::MessageSizeTooLarge);
        assert_eq!(ErrorCode::parse("MESSAGE_TOO_LARGE"), Ok(too_large));
        assert_eq!(ErrorCode::parse("MSG_SIZE_TOO_LARGE"), Ok(too_large));
    }

    #[test]
    fn suggests_the_nearest_name() {
        let unknown = ErrorCode::parse("INVALID_REPLICATION_FACTER").unwrap_err();
        assert_eq!(unknown.nearest.as_deref(), Some("INVALID_REPLICATION_FACTOR"));
    }
}
