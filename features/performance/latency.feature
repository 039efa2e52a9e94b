Feature: Latency at a steady rate
  Messages are due at fixed times. A stall counts for every message that was due in it, not only for the first.

  Scenario: Messages at a rate far below the limit are acknowledged soon
    Given a running Kafka cluster
    And a topic "ticks" with 6 partitions and replication factor 3
    And 2 consumers of group "watchers" keep reading topic "ticks"
    When 4 producers send 500 messages of 200 bytes per second to topic "ticks" for 12 seconds with settings:
      | name                                  | value     |
      | warm-up                               | 2 seconds |
      | max.in.flight.requests.per.connection | 1         |
    Then at least 400 messages per second were sent to topic "ticks"
    And 99 percent of the messages to topic "ticks" were acknowledged within 3 seconds
    And within 20 seconds every message of the load on topic "ticks" is received exactly once
    And 99 percent of the messages from topic "ticks" were received within 3 seconds

  Scenario: Transactions cost throughput, and not without limit
    Given a running Kafka cluster
    And a topic "plain" with 3 partitions and replication factor 3
    And a topic "transactions" with 3 partitions and replication factor 3
    When 3 producers send 5000 messages of 500 bytes each to topic "plain"
    And 3 producers send 5000 messages of 500 bytes each to topic "transactions" with settings:
      | name                     | value |
      | messages per transaction | 500   |
    Then sending to topic "transactions" was at least 0.02 times as fast as sending to topic "plain"
    When 2 consumers of group "readers" read everything from topic "transactions" within 30 seconds
    Then at least 500 messages per second were received from topic "transactions"
