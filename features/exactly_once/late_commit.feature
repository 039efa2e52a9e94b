Feature: A commit that arrives twice
  The first copy of a commit hangs in the network, the second is answered, the next transaction begins - and then the first
  copy arrives. Up to Kafka 3.x it has the same producer id and epoch as the transaction that is open now, so the
  coordinator commits that one, half as it is (KIP-890). There is no setting against it.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And a transactional producer "shop" with transactional id "tx-1"
    And a read-committed consumer "billing" in group "billing" subscribed to "orders"
    And producer "shop" begins a transaction
    And producer "shop" sends messages numbered 1 to 10 to topic "orders"

  Scenario: It commits the next transaction, which is still open
    When the next EndTxn request of producer "shop" arrives 10 seconds after its connection was reset
    And producer "shop" commits the transaction
    And producer "shop" begins a transaction
    And producer "shop" sends messages numbered 11 to 20 to topic "orders"
    And within 20 seconds every fault has had its effect
    Then within 30 seconds consumer "billing" receives the numbers 1 to 20, each once
    And the history shows precommitted-read

  Scenario: A commit that arrives once leaves the next transaction alone
    When producer "shop" commits the transaction
    And producer "shop" begins a transaction
    And producer "shop" sends messages numbered 11 to 20 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 10, each once
    And consumer "billing" receives no message within 2 seconds
    And the history shows no precommitted-read
