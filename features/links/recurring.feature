Feature: Brokers that are cut off again and again
  Their times and targets are drawn from the run's seed.

  Scenario: Nothing is lost while one broker after another is cut off from the others
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And an idempotent producer "shop"
    And producer "shop" keeps sending 100 messages per second to topic "orders"
    When every 3 to 5 seconds a random broker is cut off from the other brokers for 2 seconds, for 12 seconds
    And within 60 seconds the background faults have ended
    And within 30 seconds 100 more messages of producer "shop" are acknowledged
    And producer "shop" stops sending
    Then within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order
