Feature: The spelling of old versions
  Before 2.2 kafka-topics knew ZooKeeper only, and before 2.5 the console producer wanted a list of brokers.

  Scenario: Topics by way of ZooKeeper, on Kafka 0.11
    Given a running Kafka 0.11.0.3 cluster
    When "kafka-topics --zookeeper ZOOKEEPER --create --topic old-style --partitions 1 --replication-factor 3" runs on broker 1
    Then "kafka-topics --zookeeper ZOOKEEPER --list" on broker 2 prints the line "old-style"
    And within 10 seconds topic "old-style" has 1 partition with 3 replicas each

  Scenario: A list of brokers, on Kafka 0.11
    Given a running Kafka 0.11.0.3 cluster
    And a topic "old-chat" with 1 partition and replication factor 3
    When "kafka-console-producer --broker-list BOOTSTRAP --topic old-chat --request-timeout-ms 30000" runs on broker 1 with input:
      """
      hello from the past
      """
    Then "kafka-console-consumer --bootstrap-server BOOTSTRAP --topic old-chat --from-beginning --max-messages 1" on broker 3 prints exactly:
      """
      hello from the past
      """

  Scenario: Kafka 2.5 still knows both spellings
    Given a running Kafka 2.5.0 cluster
    When "kafka-topics --zookeeper ZOOKEEPER --create --topic by-zookeeper --partitions 1 --replication-factor 3" runs on broker 1
    And "kafka-topics --bootstrap-server BOOTSTRAP --create --topic by-broker --partitions 1 --replication-factor 3" runs on broker 1
    Then "kafka-topics --bootstrap-server BOOTSTRAP --list" on broker 2 prints the line "by-zookeeper"
    And "kafka-topics --zookeeper ZOOKEEPER --list" on broker 2 prints the line "by-broker"
