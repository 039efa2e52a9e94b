Feature: A transaction that is left open
  The coordinator aborts a transaction that is open for longer than its transaction.timeout.ms. Until then everything
  behind it waits: read-committed consumers read up to the first open transaction.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And a transactional producer "shop" with transactional id "tx-1" and settings:
      | name                   | value |
      | transaction.timeout.ms | 12000 |
    And a producer "other"
    And producer "shop" begins a transaction
    And producer "shop" sends messages numbered 1 to 10 to topic "orders"
    And producer "other" sends messages numbered 11 to 20 to topic "orders"

  Scenario: It is aborted, what was behind it is read, and its producer is fenced
    Given a read-committed consumer "billing" in group "billing" subscribed to "orders"
    Then consumer "billing" receives no message within 1 second
    And within 40 seconds consumer "billing" receives the numbers 11 to 20, each once
    And producer "shop" is fenced
    And no acknowledged message is lost

  Scenario: Who reads uncommitted messages has seen it
    Given a read-uncommitted consumer "nosy" in group "nosy" subscribed to "orders"
    Then within 20 seconds consumer "nosy" receives the numbers 1 to 20, each once
    And the history shows precommitted-read
