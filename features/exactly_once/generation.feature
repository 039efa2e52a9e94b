Feature: The group's generation
  From Kafka 2.5 on a copier tells the coordinator which generation of its group it belongs to when it adds offsets to a
  transaction (KIP-447), so that one that has lost its partitions is refused.

  Scenario: A copier that hangs loses its partitions, and its commit is refused
    Given a running Kafka 2.5.0 cluster described by "quick-failover"
    And a topic "topic1" with 2 partitions and replication factor 3
    And a topic "topic2" with 2 partitions and replication factor 3
    And 2 copiers "cp" from "topic1" to "topic2" committing offsets in their transactions
    And a producer process "p" that sends 1000 numbered messages to topic "topic1" at 200 messages per second
    When within 30 seconds copier "cp-1" is paused halfway through a batch
    Then within 30 seconds copier "cp-2" reads every partition of topic "topic1"
    And within 30 seconds producer process "p" has sent everything
    And within 30 seconds copiers "cp" have copied everything
    When copier "cp-1" is resumed
    Then within 20 seconds the commit of copier "cp-1" is refused
    When a consumer "audit" reads topic "topic2" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 1000, each once
    And every committed message is delivered exactly once, in order

  Scenario: A copier that takes too long over a batch is thrown out of its group, and its commit is refused
    Given a running Kafka 2.5.0 cluster described by "quick-failover"
    And a topic "topic1" with 2 partitions and replication factor 3
    And a topic "topic2" with 2 partitions and replication factor 3
    And a copier "cp" from "topic1" to "topic2" committing offsets in its transactions with settings:
      | name                 | value |
      | max.poll.interval.ms | 6000  |
    And a producer process "p" that sends 1000 numbered messages to topic "topic1" at 200 messages per second
    When within 30 seconds copier "cp" takes 10 seconds over a batch
    Then within 20 seconds the commit of copier "cp" is refused
    And within 30 seconds producer process "p" has sent everything
    And within 30 seconds copier "cp" has copied everything
    When a consumer "audit" reads topic "topic2" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 1000, each once
    And every committed message is delivered exactly once, in order

  Scenario Outline: <who> commits although it has lost its partitions
    Given a running Kafka <version> cluster described by "quick-failover"
    And a topic "topic1" with 2 partitions and replication factor 3
    And a topic "topic2" with 2 partitions and replication factor 3
    And 2 copiers "cp" from "topic1" to "topic2" <way>
    And a producer process "p" that sends 1000 numbered messages to topic "topic1" at 200 messages per second
    When within 30 seconds copier "cp-1" is paused halfway through a batch
    Then within 30 seconds copier "cp-2" reads every partition of topic "topic1"
    And within 30 seconds producer process "p" has sent everything
    And within 30 seconds copiers "cp" have copied everything
    When copier "cp-1" is resumed
    Then within 20 seconds copier "cp-1" has copied 1 message
    And within 60 seconds copiers "cp" have copied everything
    And the history shows reprocessed

    Examples:
      | who                                | version  | way                                                        |
      | A copier that names its group only | 2.5.0    | committing offsets in their transactions by group id alone |
      | Before Kafka 2.5 any copier        | 0.11.0.3 | committing offsets in their transactions                   |
