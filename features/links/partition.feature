Feature: A network that is split
  Packets vanish between brokers, and nobody gets an error. The side with the majority goes on, the other one falls behind.

  Scenario: A broker that the others do not hear falls out of sync, and catches up
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "p"
    When producer "p" sends messages numbered 1 to 50 to topic "orders"
    And a follower of partition 0 of topic "orders" is cut off from the other brokers
    # acks=all: they wait until the leader has given the follower up.
    And producer "p" sends messages numbered 51 to 100 to topic "orders"
    Then within 30 seconds partition 0 of topic "orders" has 2 replicas in sync
    When all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    When a consumer "c" reads topic "orders" from the beginning
    Then within 20 seconds consumer "c" receives the numbers 1 to 100, each once
