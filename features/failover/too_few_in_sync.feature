Feature: Fewer replicas in sync than asked for
  Two replicas have to have each message, and only one is left.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And a producer "careful" with settings:
      | name    | value |
      | acks    | all   |
      | retries | 0     |

  Scenario: With acks=1 messages are accepted, with acks=all they are refused
    Given a producer "hasty" with settings:
      | name | value |
      | acks | 1     |
    When every follower of partition 0 of topic "orders" is killed
    Then within 20 seconds partition 0 of topic "orders" has 1 replica in sync
    When producer "hasty" sends messages numbered 1 to 10 to topic "orders"
    Then producer "careful" fails to send a message to topic "orders" with "NOT_ENOUGH_REPLICAS"
    And topic "orders" holds 10 messages

  # The leader has written it and waits for followers, which hang until they are given up.
  Scenario: A message can be refused and be there all the same
    # A client that knows the leader does not ask those who hang.
    Given producer "careful" sends 1 numbered message to topic "orders"
    When every follower of partition 0 of topic "orders" is paused
    Then producer "careful" fails to send a message to topic "orders" with "NOT_ENOUGH_REPLICAS_AFTER_APPEND"
    When all faults are healed
    Then within 30 seconds topic "orders" is fully replicated
    And topic "orders" holds 2 messages
