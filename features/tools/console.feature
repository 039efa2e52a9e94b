Feature: Kafka's own command-line tools
  What the tools do on one node can be seen on the others. Each version of Kafka has a spelling of its own;
  trial adds the option that is right for it, unless the command has one.

  Background:
    Given a running Kafka cluster

  Scenario: A topic that is made on one broker is listed on another
    When "kafka-topics --create --topic made-on-one --partitions 1 --replication-factor 3" runs on broker 1
    Then "kafka-topics --list" on broker 2 prints the line "made-on-one"
    And within 10 seconds topic "made-on-one" has 1 partition with 3 replicas each

  Scenario: A topic is described as it is
    Given a topic "described" with 2 partitions and replication factor 3
    Then "kafka-topics --describe --topic described" on broker 3 prints "PartitionCount: 2"
    And "kafka-topics --describe --topic described" on broker 3 prints "ReplicationFactor: 3"

  Scenario: A topic that is deleted on one broker is gone on another
    Given a topic "gone" with 1 partition and replication factor 3
    When "kafka-topics --delete --topic gone" runs on broker 1
    Then within 90 seconds "kafka-topics --list" on broker 2 no longer prints the line "gone"

  Scenario: More replicas than brokers are refused
    Then "kafka-topics --create --topic too-safe --partitions 1 --replication-factor 4" on broker 1 fails with "larger than available brokers"
    And topic "too-safe" does not exist

  Scenario: What is typed into a producer on one node is printed by consumers on the others
    Given a topic "chat" with 1 partition and replication factor 3
    When "kafka-console-producer --topic chat --request-timeout-ms 30000" runs on broker 1 with input:
      """
      hello
      is anybody there?
      good bye
      """
    Then "kafka-console-consumer --topic chat --from-beginning --max-messages 3" on broker 2 prints exactly:
      """
      hello
      is anybody there?
      good bye
      """
    And "kafka-console-consumer --topic chat --from-beginning --max-messages 3" on broker 3 prints exactly:
      """
      hello
      is anybody there?
      good bye
      """

  Scenario: What a console producer sends reaches any other client
    Given a topic "mixed" with 1 partition and replication factor 3
    And a consumer "c" in group "readers" subscribed to "mixed"
    When "kafka-console-producer --topic mixed --request-timeout-ms 30000 --property parse.key=true --property key.separator=:" runs on broker 3 with input:
      """
      ada:Lovelace
      alan:Turing
      """
    Then within 20 seconds consumer "c" receives exactly in this order:
      | key  | value    |
      | ada  | Lovelace |
      | alan | Turing   |

  Scenario: The tool for groups shows the offsets of a group
    Given a topic "counted" with 1 partition and replication factor 3
    And a producer "p"
    And a consumer "c" in group "counters" subscribed to "counted"
    When producer "p" sends 7 numbered messages to topic "counted"
    And within 20 seconds consumer "c" receives the numbers 1 to 7, each once
    And consumer "c" commits its offsets
    And consumer "c" is closed
    Then "kafka-consumer-groups --timeout 30000 --describe --group counters" on broker 1 prints "counted 0 7 7 0"
