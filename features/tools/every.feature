Feature: Every tool of the version
  Names in the options are those of the author, whichever way an option is written. Each tool gets the addresses of its
  cluster in its own way.

  Scenario Outline: Options written with an equals sign, on Kafka <version>
    Given a running Kafka <version> cluster
    And a topic "parcels" with 1 partition and replication factor 3
    Then "kafka-topics --describe --topic=parcels" on broker 1 prints "ReplicationFactor: 3"

    Examples:
      | version  |
      | 0.11.0.3 |
      | 2.5.0    |
      | 3.9.2    |

  Scenario Outline: Tools that measure, on Kafka <version>
    Given a running Kafka <version> cluster
    And a topic "measured" with 1 partition and replication factor 3
    When "kafka-producer-perf-test --topic measured --num-records 10 --record-size 100 --throughput -1 --producer-props bootstrap.servers=BOOTSTRAP" runs on broker 1
    And "kafka-producer-perf-test --topic=measured --num-records 10 --record-size 100 --throughput -1 --producer-props acks=all" runs on broker 2
    And "kafka-verifiable-producer --topic measured --max-messages 5" runs on broker 3
    And "kafka-consumer-perf-test --topic measured --messages 25" runs on broker 2
    Then topic "measured" holds 25 messages

    Examples:
      | version  |
      | 0.11.0.3 |
      | 2.5.0    |
      | 3.9.2    |

  Scenario: Tools that came after 0.11
    Given a running Kafka 2.5.0 cluster
    And a topic "elected" with 1 partition and replication factor 3
    When "kafka-leader-election --election-type preferred --topic elected --partition 0" runs on broker 1
    Then "kafka-log-dirs --describe --topic-list elected --broker-list 1" on broker 1 prints "elected-0"
    And "kafka-acls --list --topic elected" on broker 1 fails with "No Authorizer is configured"

  Scenario: Tools that came after 2.5
    Given a running Kafka 3.9.2 cluster
    And a transactional producer "p" with transactional id "tool"
    When "kafka-features describe" runs on broker 1
    Then "kafka-transactions list" on broker 1 prints "tool"
    And "kafka-transactions describe --transactional-id=tool" on broker 2 prints "tool"
    And "kafka-cluster cluster-id" on broker 1 prints "Cluster ID: "
