Feature: Many messages at once
  What a small cluster takes in and gives out, with proof that every message is on the disk of every replica.

  Background:
    Given a running Kafka cluster

  # A tenth of the guide's test below, for every run.
  Scenario: Sixteen producers and four consumers
    Given a topic "load" with 12 partitions and replication factor 3
    And statistics are taken every 1 second
    And 4 consumers of group "readers" keep reading topic "load"
    When 16 producers send 6400 messages of 1 KB each to topic "load"
    Then within 60 seconds every message of the load on topic "load" is received exactly once
    And within 10 seconds every replica of topic "load" holds all messages of the load
    And every replica of topic "load" has grown by the bytes that were sent and at most 5 percent more
    And within 10 seconds 1 snapshot of the statistics was taken
    And trial itself used at most 300 MB of memory

  # The guide's test: 16 producers with 64 000 messages of 1 KB each are 1 GB of messages, 3 GB on disk.
  @full
  Scenario: A gigabyte from sixteen producers
    Given a topic "load" with 12 partitions and replication factor 3
    And statistics are taken every 2 seconds
    And 4 consumers of group "readers" keep reading topic "load"
    When 16 producers send 64000 messages of 1 KB each to topic "load"
    Then within 60 seconds every message of the load on topic "load" is received exactly once
    And within 10 seconds every replica of topic "load" holds all messages of the load
    And every replica of topic "load" has grown by the bytes that were sent and at most 5 percent more
    And at least 5000 messages per second were sent to topic "load"
    And at least 5000 messages per second were received from topic "load"
    And every broker used at most 800 MB of memory
    And trial itself used at most 300 MB of memory

  Scenario: Producers in processes of their own
    Given a topic "load" with 3 partitions and replication factor 3
    When 3 producers send 5000 messages of 1 KB each to topic "load" with settings:
      | name   | value     |
      | run in | processes |
    And 2 consumers of group "readers" read everything from topic "load" within 30 seconds
    Then within 10 seconds every replica of topic "load" holds all messages of the load
