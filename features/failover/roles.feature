Feature: Faults find those who have a role
  A coordinator, a ZooKeeper that follows, all replicas of a partition, a leader for a while: who that is, is looked up.
  A random broker is drawn from the run's seed.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"

  Scenario Outline: <who> <gone> killed, and everything comes back
    When <who> <gone> killed
    Then within 20 seconds <effect>
    When all faults are healed
    Then within 30 seconds every broker is registered
    And within 30 seconds 1 ZooKeeper leads and 2 follow
    And within 60 seconds topic "orders" is fully replicated
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    # Who is in the group may read some again: the coordinator may have taken a commit of offsets with it.
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 200, each once

    Examples:
      | who                                            | gone | effect                                      |
      | the coordinator of group "billing"             | is   | the killed broker is no longer registered   |
      | every replica of partition 0 of topic "orders" | is   | the killed brokers are no longer registered |
      | a ZooKeeper follower                           | is   | 1 ZooKeeper leads and 1 follows             |
      | a random broker                                | is   | the killed broker is no longer registered   |

  Scenario: The leader is paused for longer than its session, and another one leads
    When the leader of partition 0 of topic "orders" is paused for 8 seconds
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    And within 20 seconds every broker is registered
    And within 60 seconds topic "orders" is fully replicated
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 200, each once
