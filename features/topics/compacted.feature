Feature: The log cleaner has been there
  Of each key Kafka keeps the last message, and those in the active segment, which its log cleaner leaves alone.

  Background:
    Given a running Kafka cluster with settings:
      | name                   | value |
      | log.cleaner.backoff.ms | 500   |
    And a topic "latest" with 2 partitions, replication factor 3 and settings:
      | name                      | value   |
      | cleanup.policy            | compact |
      | segment.ms                | 1000    |
      | min.cleanable.dirty.ratio | 0.01    |
    And a producer "p"

  Scenario: Of each key the last message is left
    When producer "p" keeps sending 200 messages per second to topic "latest" with 5 keys
    And within 30 seconds 400 more messages of producer "p" are acknowledged
    And producer "p" stops sending
    # A batch is never cut, and on a slow machine it may hold hundreds; a later one goes to another segment.
    And producer "p" keeps sending 5 messages per second to topic "latest" with 5 keys
    And within 30 seconds 20 more messages of producer "p" are acknowledged
    And producer "p" stops sending
    Then within 60 seconds topic "latest" has been compacted
    When a consumer "c" in group "readers" subscribes to "latest"
    Then within 60 seconds group "readers" has caught up
    And consumer "c" has received at least 5 messages
    And consumer "c" has received at most 100 messages

  Scenario: A topic is compacted while its producer goes on
    When producer "p" keeps sending 200 messages per second with 5 keys to topic "latest"
    Then within 60 seconds topic "latest" has been compacted
    When producer "p" stops sending
    Then within 60 seconds topic "latest" has been compacted
