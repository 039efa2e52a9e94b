Feature: How far a group is behind
  Lag is what a group has not committed, counted in messages.

  Background:
    Given a running Kafka cluster
    And a topic "orders" with 3 partitions and replication factor 3

  Scenario: A group that reads and commits catches up
    Given a consumer "c" in group "billing" subscribed to "orders"
    And a producer "p"
    When producer "p" keeps sending 100 messages per second to topic "orders"
    And within 20 seconds consumer "c" has received at least 200 messages
    And producer "p" stops sending
    Then within 30 seconds group "billing" has caught up

  Scenario: A group without consumers falls behind
    Given a consumer "c" in group "billing" subscribed to "orders" with settings:
      | name               | value |
      | enable.auto.commit | false |
    And a producer "p"
    When producer "p" sends messages numbered 1 to 20 to topic "orders"
    And within 20 seconds consumer "c" receives the numbers 1 to 20, each once
    Then group "billing" lags behind by at least 20 messages
    When consumer "c" commits its offsets
    Then group "billing" lags behind by at most 0 messages
    When consumer "c" is closed
    And producer "p" sends messages numbered 21 to 60 to topic "orders"
    Then group "billing" lags behind by at least 40 messages
    And group "billing" lags behind by at most 40 messages

  Scenario: The markers of transactions are no messages
    Given a read-committed consumer "c" in group "billing" subscribed to "orders"
    And a transactional producer "p" with transactional id "tx"
    When producer "p" begins a transaction
    And producer "p" sends 30 numbered messages to topic "orders"
    And producer "p" commits the transaction
    And within 20 seconds consumer "c" receives 30 messages
    And consumer "c" commits its offsets
    Then within 10 seconds group "billing" lags behind by at most 0 messages
