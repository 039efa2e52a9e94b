Feature: Deleting topics

  Background:
    Given a running Kafka cluster

  Scenario: A deleted topic is gone from the list
    Given a topic "short-lived" with 1 partition and replication factor 3
    When topic "short-lived" is deleted
    Then within 30 seconds topic "short-lived" no longer exists

  Scenario: A topic that was deleted can be made anew, and is empty
    Given a topic "again" with 1 partition and replication factor 3
    And a producer "p"
    And producer "p" sends 10 numbered messages to topic "again"
    When topic "again" is deleted
    Then within 30 seconds topic "again" no longer exists
    When topic "again" is created with 2 partitions and replication factor 3
    Then within 10 seconds topic "again" has 2 partitions with 3 replicas each
    And topic "again" holds 0 messages

  Scenario: A topic that never was cannot be deleted
    Then deleting topic "never-made" fails with "UNKNOWN_TOPIC_OR_PARTITION"
