Feature: What a broker remembers of a producer
  By the last sequence numbers of a producer a broker tells a message that comes again from a new one. Up to Kafka 2.3 it
  forgets a producer when the last of its messages is deleted, by retention or by DeleteRecords. From 2.4 on it remembers
  it for as long as a transactional id, 7 days (KAFKA-7190, KIP-360).

  @slow
  Scenario: Kafka 0.11 forgets an idle producer whose messages have expired, and refuses its next message
    Given a running Kafka 0.11.0.3 cluster described by "quick-failover" with settings:
      | name                            | value |
      | log.retention.check.interval.ms | 1000  |
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name         | value |
      | retention.ms | 5000  |
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 10 to topic "orders"
    # A broker looks for old messages from half a minute after its start on.
    Then within 60 seconds partition 0 of topic "orders" begins at offset 10
    # Kafka 1.0 to 2.3 say UNKNOWN_PRODUCER_ID, after which a producer may begin anew; 0.11 has no such error.
    And producer "shop" fails to send a message to topic "orders" with "OUT_OF_ORDER_SEQUENCE_NUMBER"
    And producer "shop" fails to send a message to topic "orders" with "_FATAL"

  @slow
  Scenario: Kafka 2.5 remembers an idle producer whose messages have expired
    Given a running Kafka 2.5.0 cluster described by "quick-failover" with settings:
      | name                            | value |
      | log.retention.check.interval.ms | 1000  |
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name         | value |
      | retention.ms | 5000  |
    And an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    When producer "shop" sends messages numbered 1 to 10 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 10, each once
    And within 60 seconds partition 0 of topic "orders" begins at offset 10
    When producer "shop" sends messages numbered 11 to 20 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 20, each once
    And every committed message is delivered exactly once, in order

  Scenario: Kafka 0.11 takes a message that comes once more after it was deleted for a new one
    Given a running Kafka 0.11.0.3 cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    When the next produce request of producer "shop" arrives 10 seconds after its connection was reset
    And producer "shop" sends messages numbered 1 to 1 to topic "orders"
    Then within 10 seconds consumer "billing" receives the numbers 1 to 1, each once
    When the message before offset 1 of partition 0 of topic "orders" is deleted
    Then within 5 seconds partition 0 of topic "orders" begins at offset 1
    And within 20 seconds every fault has had its effect
    And within 30 seconds consumer "billing" receives exactly in this order:
      | value |
      | 1     |
      | 1     |
    And there are duplicates

  Scenario: Kafka 2.5 knows a message that comes once more after it was deleted
    Given a running Kafka 2.5.0 cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    When the next produce request of producer "shop" arrives 10 seconds after its connection was reset
    And producer "shop" sends messages numbered 1 to 1 to topic "orders"
    Then within 10 seconds consumer "billing" receives the numbers 1 to 1, each once
    When the message before offset 1 of partition 0 of topic "orders" is deleted
    Then within 5 seconds partition 0 of topic "orders" begins at offset 1
    And within 20 seconds every fault has had its effect
    And consumer "billing" receives no message within 5 seconds
    When producer "shop" sends messages numbered 2 to 10 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 10, each once
    And every committed message is delivered exactly once, in order
