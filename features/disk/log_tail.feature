Feature: A broker whose disk forgets
  Replicas are there for the broker that loses what it had. They do not help where it is the last one in sync.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition, replication factor 2 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 99 to topic "orders"
    # Sent alone, it is a batch of its own, and the last one.
    And producer "shop" sends messages numbered 100 to 100 to topic "orders"
    And within 30 seconds topic "orders" is fully replicated

  Scenario Outline: A follower whose last bytes are <damage> gets them back from the leader
    When a follower of partition 0 of topic "orders" is killed
    # Started again before that, it would count as in sync with what it no longer has.
    And within 20 seconds partition 0 of topic "orders" has 1 replica in sync
    And the last 20 bytes of partition 0 of topic "orders" are <damage> on the killed broker
    And the killed broker is started again
    Then within 30 seconds topic "orders" is fully replicated
    # Now it is asked itself.
    When the leader of partition 0 of topic "orders" is killed
    Then within 30 seconds partition 0 of topic "orders" has a new leader
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 100, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | damage  |
      | cut off |
      | flipped |

  # After a crash a broker looks at the end of its logs. After a clean stop it takes them as they are, and writes on
  # behind the damage.
  Scenario Outline: A follower that was stopped cleanly keeps last bytes that are <damage>, and leads a log that ends there
    When a follower of partition 0 of topic "orders" is stopped
    And the last 20 bytes of partition 0 of topic "orders" are <damage> on the stopped broker
    And the stopped broker is started again
    Then within 30 seconds topic "orders" is fully replicated
    When producer "shop" sends messages numbered 101 to 110 to topic "orders"
    And the leader of partition 0 of topic "orders" is killed
    Then within 30 seconds partition 0 of topic "orders" has a new leader
    When a consumer "audit" in group "audit" subscribes to "orders" with settings:
      | name              | value    |
      | auto.offset.reset | earliest |
      | check.crcs        | true     |
    Then within 20 seconds consumer "audit" receives the numbers 1 to 99, each once
    And consumer "audit" receives no message within 5 seconds

    Examples:
      | damage  |
      | cut off |
      | flipped |

  # All replicas had it, and min.insync.replicas=2 was kept: it is lost all the same (KIP-966 is about that).
  Scenario: The last replica in sync loses the end of its log, and an acknowledged message is gone
    When the leader of partition 0 of topic "orders" is killed
    Then within 30 seconds partition 0 of topic "orders" has a new leader
    When the leader of partition 0 of topic "orders" is killed
    And the last 20 bytes of partition 0 of topic "orders" are cut off on the killed broker
    And the killed broker is started again
    And all faults are healed
    Then within 30 seconds topic "orders" is fully replicated
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 99, each once
    And some acknowledged messages are lost
