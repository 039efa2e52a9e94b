Feature: Groups of consumers
  The members of a group share the partitions; a group goes on where it has committed; groups do not disturb each other.

  Background:
    Given a running Kafka cluster
    And a topic "orders" with 4 partitions and replication factor 3
    And a producer "p"

  Scenario: What was sent before is read from the beginning
    Given producer "p" sends 50 numbered messages to topic "orders"
    When a consumer "late" reads topic "orders" from the beginning
    Then within 20 seconds consumer "late" receives the numbers 1 to 50, each once

  Scenario: A consumer that asks for the latest does not get what was sent before
    Given producer "p" sends 50 numbered messages to topic "orders"
    When a consumer "late" in group "latecomers" subscribes to "orders" with settings:
      | name              | value  |
      | auto.offset.reset | latest |
    Then consumer "late" receives no message within 3 seconds

  Scenario: Two consumers of a group share the work
    Given a consumer "a" in group "workers" subscribed to "orders"
    And a consumer "b" in group "workers" subscribed to "orders"
    And within 30 seconds consumers "a" and "b" share the partitions of topic "orders"
    When producer "p" sends 400 numbered messages with 40 keys to topic "orders"
    Then within 20 seconds consumers "a" and "b" together receive the numbers 1 to 400, each once

  Scenario: Two groups both get everything
    Given a consumer "billing" in group "billing" subscribed to "orders"
    And a consumer "shipping" in group "shipping" subscribed to "orders"
    When producer "p" sends 100 numbered messages to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 100, each once
    And within 20 seconds consumer "shipping" receives the numbers 1 to 100, each once

  Scenario: A group goes on where it has committed
    Given a consumer "first" in group "workers" subscribed to "orders" with settings:
      | name               | value |
      | enable.auto.commit | false |
    When producer "p" sends messages numbered 1 to 30 to topic "orders"
    And within 20 seconds consumer "first" receives the numbers 1 to 30, each once
    And consumer "first" commits its offsets
    And consumer "first" is closed
    And producer "p" sends messages numbered 31 to 50 to topic "orders"
    And a consumer "second" in group "workers" subscribes to "orders"
    Then within 20 seconds consumer "second" receives the numbers 31 to 50, each once

  Scenario: What was not committed is read again
    Given a consumer "first" in group "workers" subscribed to "orders" with settings:
      | name               | value |
      | enable.auto.commit | false |
    When producer "p" sends messages numbered 1 to 30 to topic "orders"
    And within 20 seconds consumer "first" receives the numbers 1 to 30, each once
    And consumer "first" is closed
    And a consumer "second" in group "workers" subscribes to "orders"
    Then within 20 seconds consumer "second" receives the numbers 1 to 30, each once

  Scenario: A consumer that leaves hands its partitions over
    Given a consumer "a" in group "workers" subscribed to "orders"
    And a consumer "b" in group "workers" subscribed to "orders"
    And within 30 seconds consumers "a" and "b" share the partitions of topic "orders"
    When consumer "b" is closed
    And within 30 seconds consumer "a" reads every partition of topic "orders"
    And producer "p" sends 100 numbered messages to topic "orders"
    Then within 20 seconds consumer "a" receives the numbers 1 to 100, each once
