@slow
Feature: Brokers that crash all the time
  Crashes go on in the background while clients work. When they come, and whom they hit, is drawn from the
  run's seed.

  Scenario: Nothing is lost while one broker after another crashes
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And an idempotent producer "shop"
    When every 2 to 4 seconds a random broker is killed and started again, for 10 seconds
    And producer "shop" sends messages numbered 1 to 2000 to topic "orders"
    And within 180 seconds the background faults have ended
    And producer "shop" sends messages numbered 2001 to 4000 to topic "orders"
    Then within 60 seconds topic "orders" is fully replicated
    And the background faults have left at least 1 broker in a new process
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 30 seconds consumer "audit" receives the numbers 1 to 4000, each once and in order in each partition
    And every committed message is delivered exactly once, in order
