Feature: A log directory that fails

  Scenario: One of two log directories fails: the broker stays, its replicas there are led by others
    Given a running Kafka 2.5.0 cluster described by "quick-log-dirs"
    And a topic "orders" with 4 partitions and replication factor 3
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    When the log directory of partition 0 of topic "orders" fails on the leader of partition 0 of topic "orders"
    Then within 30 seconds partition 0 of topic "orders" has a new leader
    And within 30 seconds partition 0 of topic "orders" has 2 replicas in sync
    And within 10 seconds every broker is registered
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order

  # From 1.0 on a broker outlives a log directory (KIP-112).
  Scenario: One of two log directories fails: a broker of 0.11 halts
    Given a running Kafka 0.11.0.3 cluster described by "quick-log-dirs"
    And a topic "orders" with 4 partitions and replication factor 3
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    When the log directory of partition 0 of topic "orders" fails on broker 2
    Then within 30 seconds broker 2 is no longer registered
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order

  Scenario: The only log directory fails: the broker halts, the others serve
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    When log directory 1 of broker 3 fails
    Then within 30 seconds broker 3 is no longer registered
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order
