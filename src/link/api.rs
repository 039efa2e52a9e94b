//! Kafka's protocol names its requests by a number, the API key.

use std::fmt;
use std::str::FromStr;

use crate::nearest::did_you_mean;

/// The key of a kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiKey(pub i16);

/// Names by key, from Kafka's protocol guide ("Api Keys"); those that only KRaft uses are left out.
const NAMES: [(i16, &str); 52] = [
    (0, "Produce"),
    (1, "Fetch"),
    (2, "ListOffsets"),
    (3, "Metadata"),
    (4, "LeaderAndIsr"),
    (5, "StopReplica"),
    (6, "UpdateMetadata"),
    (7, "ControlledShutdown"),
    (8, "OffsetCommit"),
    (9, "OffsetFetch"),
    (10, "FindCoordinator"),
    (11, "JoinGroup"),
    (12, "Heartbeat"),
    (13, "LeaveGroup"),
    (14, "SyncGroup"),
    (15, "DescribeGroups"),
    (16, "ListGroups"),
    (17, "SaslHandshake"),
    (18, "ApiVersions"),
    (19, "CreateTopics"),
    (20, "DeleteTopics"),
    (21, "DeleteRecords"),
    (22, "InitProducerId"),
    (23, "OffsetForLeaderEpoch"),
    (24, "AddPartitionsToTxn"),
    (25, "AddOffsetsToTxn"),
    (26, "EndTxn"),
    (27, "WriteTxnMarkers"),
    (28, "TxnOffsetCommit"),
    (29, "DescribeAcls"),
    (30, "CreateAcls"),
    (31, "DeleteAcls"),
    (32, "DescribeConfigs"),
    (33, "AlterConfigs"),
    (34, "AlterReplicaLogDirs"),
    (35, "DescribeLogDirs"),
    (36, "SaslAuthenticate"),
    (37, "CreatePartitions"),
    (38, "CreateDelegationToken"),
    (39, "RenewDelegationToken"),
    (40, "ExpireDelegationToken"),
    (41, "DescribeDelegationToken"),
    (42, "DeleteGroups"),
    (43, "ElectLeaders"),
    (44, "IncrementalAlterConfigs"),
    (45, "AlterPartitionReassignments"),
    (46, "ListPartitionReassignments"),
    (47, "OffsetDelete"),
    (56, "AlterPartition"),
    (61, "DescribeProducers"),
    (65, "DescribeTransactions"),
    (66, "ListTransactions"),
];

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(key, _)| *key == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "ApiKey {}", self.0),
        }
    }
}

impl FromStr for ApiKey {
    type Err = String;

    /// By name, whatever its letter case.
    fn from_str(said: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(said));
        found.map(|(key, _)| Self(*key)).ok_or_else(|| {
            let names: Vec<_> = NAMES.iter().map(|(_, name)| *name).collect();
            let hint = did_you_mean(said, names.iter().copied());
            format!("Kafka has no request {said:?}; {hint}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_known_by_name() {
        assert_eq!("produce".parse(), Ok(ApiKey(0)));
        assert_eq!("TxnOffsetCommit".parse(), Ok(ApiKey(28)));
        assert_eq!(ApiKey(26).to_string(), "EndTxn");
    }

    #[test]
    fn an_unknown_request_shows_the_nearest() {
        let error = "EndTx".parse::<ApiKey>().unwrap_err();
        assert_eq!(error, "Kafka has no request \"EndTx\"; did you mean EndTxn?");
    }
}
