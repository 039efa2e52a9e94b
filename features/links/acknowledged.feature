Feature: A leader that is cut off, and then crashes
  What has been acknowledged by the leader alone goes with it; what two replicas have taken stays.

  Background:
    # A leader that still reached ZooKeeper would soon be the only one in sync, and nobody could lead after it.
    Given a running Kafka cluster described by "quick-failover" with settings:
      | name                    | value |
      | replica.lag.time.max.ms | 30000 |

  Scenario: With acks=1 acknowledged messages are lost
    Given a topic "orders" with 1 partition and replication factor 3
    And a producer "hasty" with settings:
      | name | value |
      | acks | 1     |
    And an idempotent producer "careful"
    And producer "careful" sends messages numbered 1 to 100 to topic "orders"
    When the leader of partition 0 of topic "orders" is cut off from its followers
    And producer "hasty" sends messages numbered 101 to 200 to topic "orders"
    And the leader of partition 0 of topic "orders" is killed
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    When all faults are healed
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 100, each once
    And some acknowledged messages are lost

  Scenario: With acks=all and two replicas in sync none is lost
    Given a topic "orders" with 1 partition, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And a producer process "shop" that sends 2000 numbered messages to topic "orders" at 200 messages per second
    And within 20 seconds producer process "shop" has sent 200 messages
    When the leader of partition 0 of topic "orders" is cut off from its followers
    And the leader of partition 0 of topic "orders" is killed
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    And within 60 seconds producer process "shop" has sent everything
    When all faults are healed
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 2000, each once
    And no acknowledged message is lost
