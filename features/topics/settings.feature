Feature: Settings of topics change while the cluster runs

  Background:
    Given a running Kafka cluster
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name       | value |
      | segment.ms | 60000 |
    And a producer "p"

  Scenario: A setting holds at once, and the others stay
    When topic "orders" has settings from now on:
      | name              | value |
      | max.message.bytes | 1000  |
    Then producer "p" fails to send a message of 2 KB to topic "orders" with "MESSAGE_TOO_LARGE"
    And topic "orders" has settings:
      | name              | value |
      | max.message.bytes | 1000  |
      | segment.ms        | 60000 |
    When topic "orders" has settings from now on:
      | name              | value   |
      | max.message.bytes | 1000000 |
    And producer "p" sends a message of 2 KB to topic "orders"
    Then topic "orders" holds 1 message
