Feature: A broker whose disk was replaced
  It comes back with nothing, and gets everything from the others.

  Scenario: A follower that has lost its data gets them back
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    When a follower of partition 0 of topic "orders" is killed
    And the data of the killed broker is wiped
    Then within 20 seconds the killed broker is no longer registered
    When all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order
    And the replicas of topic "orders" are identical

  Scenario: A ZooKeeper follower that has lost its data gets it back from the leader
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "shop"
    When a ZooKeeper follower is killed
    Then within 20 seconds 1 ZooKeeper leads and 1 follows
    When the data of the killed ZooKeeper is wiped
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    And all faults are healed
    Then within 30 seconds 1 ZooKeeper leads and 2 follow
    And within 60 seconds topic "later" can be created with 3 partitions and replication factor 3
    And every committed message is delivered exactly once, in order
