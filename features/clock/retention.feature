Feature: A broker whose clock is wrong
  Old messages are removed by the clock of the broker that has them.

  Scenario: Without a limit of time, a clock that is off by days does no harm
    Given a running Kafka cluster described by "movable-clocks"
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name         | value |
      | retention.ms | -1    |
    And an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    When the clock of the leader of partition 0 of topic "orders" is moved 8 days forward
    Then the clock of the leader of partition 0 of topic "orders" is 8 days ahead
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And the clock of the leader of partition 0 of topic "orders" is moved 16 days back
    Then the clock of the leader of partition 0 of topic "orders" is 8 days behind
    When producer "shop" sends messages numbered 201 to 300 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 300, each once and in order in each partition

  Scenario: A leader whose clock is two hours ahead removes messages of the last hour
    Given a running Kafka cluster described by "movable-clocks"
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name         | value   |
      | retention.ms | 3600000 |
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    When the clock of the leader of partition 0 of topic "orders" is moved 2 hours forward
    # A broker looks for old messages from half a minute after its start on.
    Then within 60 seconds partition 0 of topic "orders" begins at offset 100
    When all faults are healed
    And producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 101 to 200, each once
