Feature: The last replica in sync loses its log
  acks=all and min.insync.replicas protect a message as long as the replicas in sync keep what they have acknowledged. The
  last one alone may lead again, whatever is left of its log, and the others follow it (KIP-966).

  Background:
    # The followers of 0.11 stop rather than truncate what a leader does not have.
    Given a running Kafka 2.5.0 cluster described by "quick-failover"
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And an idempotent producer "shop"
    And producer "shop" sends 100 numbered messages to topic "orders"
    And every follower of partition 0 of topic "orders" is stopped
    And within 20 seconds partition 0 of topic "orders" has 1 replica in sync

  Scenario: It comes back with an empty disk, and everything is lost
    When the leader of partition 0 of topic "orders" is killed
    And the data of the killed broker is wiped
    And the killed broker is started again
    And the stopped brokers are started again
    Then within 60 seconds topic "orders" is fully replicated
    And some acknowledged messages are lost

  Scenario: It comes back with its log, and nothing is lost
    When the leader of partition 0 of topic "orders" is killed
    And the killed broker is started again
    And the stopped brokers are started again
    Then within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order
