Feature: Transactions
  Messages of a transaction become visible together when it is committed, and never when it is aborted.

  Background:
    Given a running Kafka cluster described by "quick-failover"

  Scenario: A committed transaction is seen whole
    Given a topic "orders" with 3 partitions and replication factor 3
    And a transactional producer "shop" with transactional id "shop-1"
    And a read-committed consumer "billing" in group "billing" subscribed to "orders"
    When producer "shop" begins a transaction
    And producer "shop" sends messages numbered 1 to 30 to topic "orders"
    Then consumer "billing" receives no message within 2 seconds
    When producer "shop" commits the transaction
    Then within 20 seconds consumer "billing" receives the numbers 1 to 30, each once
    When consumer "billing" commits its offsets
    Then every committed message is delivered exactly once, in order

  Scenario: An aborted transaction is seen by read-uncommitted consumers only
    Given a topic "orders" with 1 partition and replication factor 3
    And a transactional producer "shop" with transactional id "shop-1"
    And a read-committed consumer "billing" in group "billing" subscribed to "orders"
    And a read-uncommitted consumer "nosy" in group "nosy" subscribed to "orders"
    When producer "shop" begins a transaction
    And producer "shop" sends messages numbered 1 to 10 to topic "orders"
    And producer "shop" aborts the transaction
    And producer "shop" begins a transaction
    And producer "shop" sends messages numbered 11 to 20 to topic "orders"
    And producer "shop" commits the transaction
    Then within 20 seconds consumer "billing" receives the numbers 11 to 20, each once
    And within 20 seconds consumer "nosy" receives the numbers 1 to 20, each once
    And no aborted message is visible to consumer "billing"
    And aborted messages are visible to consumer "nosy"
    And every committed message is delivered exactly once, in order
