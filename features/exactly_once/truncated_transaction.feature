@slow
Feature: A replica that drops an open transaction
  The old leader has the beginning of a transaction that the new one has forgotten, and drops it when it follows.
  Before KAFKA-12153 was fixed it then looked the transaction up where its log had ended already, and gave the
  partition up: the replica was out of sync until its broker was started again. For that it takes another message,
  before the transaction, that is dropped as well. Offsets that copiers commit in transactions are in partitions like this.

  Scenario: Kafka 2.5 gives the partition up, until the broker is started again
    Given a running Kafka 2.5.0 cluster described by "quick-failover"
    And a topic "orders" with 1 partition, replication factor 2 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And a transactional producer "shop" with transactional id "shop-1"
    And a producer "hasty" with settings:
      | name | value |
      | acks | 1     |
    And a producer "careful" with settings:
      | name    | value |
      | acks    | all   |
      | retries | 0     |
    And producer "hasty" sends messages numbered 1 to 1 to topic "orders"
    And producer "hasty" sends messages numbered 2 to 2 to topic "orders"
    And producer "shop" begins a transaction
    And producer "shop" sends messages numbered 3 to 3 to topic "orders"
    When the leader of partition 0 of topic "orders" is stopped
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    When the leader of partition 0 of topic "orders" is killed
    And the last 100 bytes of partition 0 of topic "orders" are cut off on the killed broker
    And the killed broker is started again
    And producer "hasty" sends messages numbered 4 to 4 to topic "orders"
    And the stopped broker is started again
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives exactly in this order:
      | value |
      | 1     |
      | 4     |
    # Time enough to follow.
    And consumer "audit" receives no message within 5 seconds
    And producer "careful" fails to send a message to topic "orders" with "NOT_ENOUGH_REPLICAS"
    And within 1 second partition 0 of topic "orders" has 1 replica in sync
    When a follower of partition 0 of topic "orders" is restarted
    Then within 30 seconds topic "orders" is fully replicated

  Scenario: Later versions take it up
    Given a running Kafka 3.9.2 cluster described by "quick-failover"
    And a topic "orders" with 1 partition, replication factor 2 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And a transactional producer "shop" with transactional id "shop-1"
    And a producer "hasty" with settings:
      | name | value |
      | acks | 1     |
    And a producer "careful" with settings:
      | name | value |
      | acks | all   |
    And producer "hasty" sends messages numbered 1 to 1 to topic "orders"
    And producer "hasty" sends messages numbered 2 to 2 to topic "orders"
    And producer "shop" begins a transaction
    And producer "shop" sends messages numbered 3 to 3 to topic "orders"
    When the leader of partition 0 of topic "orders" is stopped
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    When the leader of partition 0 of topic "orders" is killed
    And the last 100 bytes of partition 0 of topic "orders" are cut off on the killed broker
    And the killed broker is started again
    And producer "hasty" sends messages numbered 4 to 4 to topic "orders"
    And the stopped broker is started again
    Then within 30 seconds topic "orders" is fully replicated
    When producer "careful" sends messages numbered 5 to 5 to topic "orders"
