Feature: Zombies
  A client hangs in the middle of its work, others take over, and it comes back as if nothing had happened.

  Background:
    Given a running Kafka cluster described by "quick-failover"

  Scenario: A producer that hangs is fenced by its successor
    Given a topic "orders" with 3 partitions and replication factor 3
    And a producer process "p" with transactional id "tx-1" that sends 300 numbered messages to topic "orders" in transactions of 100 at 50 messages per second
    When within 30 seconds producer process "p" is paused halfway through a batch
    And a producer process "p2" starts with transactional id "tx-1" and sends 300 numbered messages to topic "orders" in transactions of 100
    Then within 30 seconds producer process "p2" has sent everything
    # So it has not heard of its successor.
    And producer process "p" still hangs
    When producer process "p" is resumed
    Then within 10 seconds producer process "p" is fenced
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 300, each once
    And every committed message is delivered exactly once, in order

  Scenario: A copier that hangs is fenced by the one that takes over its partition
    Given a topic "topic1" with 2 partitions and replication factor 3
    And a topic "topic2" with 2 partitions and replication factor 3
    And 2 copiers "cp" from "topic1" to "topic2" with a producer for each partition
    And a producer process "p" that sends 1000 numbered messages to topic "topic1" at 200 messages per second
    When within 30 seconds copier "cp-1" is paused halfway through a batch
    Then within 30 seconds copier "cp-2" reads every partition of topic "topic1"
    And within 30 seconds producer process "p" has sent everything
    And within 30 seconds copiers "cp" have copied everything
    When copier "cp-1" is resumed
    Then within 10 seconds copier "cp-1" is fenced
    When a consumer "audit" reads topic "topic2" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 1000, each once
    And every committed message is delivered exactly once, in order
