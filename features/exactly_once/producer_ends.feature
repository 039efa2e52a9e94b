Feature: A producer crashes, is stopped
  What was acknowledged by then is there once, and what its successor sends as well.

  Scenario Outline: A producer is <ended> while it sends, and started again
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And a producer process "p" that sends 1000 numbered messages to topic "orders" at 500 messages per second
    When within 30 seconds producer process "p" has sent 200 messages
    And producer process "p" is <ended>
    Then producer process "p" is not running
    When producer process "p" is started again
    Then within 30 seconds producer process "p" has sent everything
    And every committed message is delivered exactly once, in order

    Examples:
      | ended   |
      | killed  |
      | stopped |
