Feature: Who may lead when no replica is in sync
  From 4.1 on, controllers remember replicas that have all that is committed though they are no longer in sync (KIP-966).
  The last one in sync need not be the only one that may lead, and one that has lost its log does not lead.

  Background:
    Given a running Kafka 4.4.0 cluster described by "kraft-quick-failover"
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And an idempotent producer "shop"
    And producer "shop" sends 100 numbered messages to topic "orders"
    And every follower of partition 0 of topic "orders" is stopped
    And within 20 seconds partition 0 of topic "orders" has 1 replica in sync

  # With ZooKeeper it leads, and everything is lost: features/exactly_once/lost_tail.feature.
  Scenario: The last replica in sync comes back with an empty disk, and nothing is lost
    When the leader of partition 0 of topic "orders" is killed
    And the data of the killed broker is wiped
    And the killed broker is started again
    And the stopped brokers are started again
    Then within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order

  Scenario: The last replica in sync comes back with its log, and nothing is lost
    When the leader of partition 0 of topic "orders" is killed
    And the killed broker is started again
    And the stopped brokers are started again
    Then within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order
