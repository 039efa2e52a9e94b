Feature: Fencing
  A transactional id belongs to one producer at a time. Another one that starts with it takes over: the open transaction
  of the one before is aborted, and whatever that one still tries is refused.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And a topic "payments" with 1 partition and replication factor 3
    And a read-committed consumer "billing" in group "billing" subscribed to "orders"
    And a transactional producer "shop" with transactional id "tx-1"
    And producer "shop" begins a transaction
    And producer "shop" sends messages numbered 1 to 10 to topic "orders"

  Scenario: The old producer cannot commit
    When another producer "successor" starts with transactional id "tx-1"
    And producer "successor" begins a transaction
    And producer "successor" sends messages numbered 11 to 20 to topic "orders"
    And producer "successor" commits the transaction
    Then producer "shop" is fenced
    And within 20 seconds consumer "billing" receives the numbers 11 to 20, each once
    And no aborted message is visible to consumer "billing"
    And every committed message is delivered exactly once, in order

  Scenario: It cannot send
    When another producer "successor" starts with transactional id "tx-1"
    And producer "successor" begins a transaction
    And producer "successor" sends messages numbered 11 to 20 to topic "orders"
    And producer "successor" commits the transaction
    Then producer "shop" is fenced when it sends a message to topic "orders"
    And within 20 seconds consumer "billing" receives the numbers 11 to 20, each once
    And no acknowledged message is lost

  Scenario: It cannot add a partition to its transaction
    When another producer "successor" starts with transactional id "tx-1"
    And producer "successor" begins a transaction
    And producer "successor" sends messages numbered 11 to 20 to topic "orders"
    And producer "successor" commits the transaction
    Then producer "shop" is fenced when it sends a message to topic "payments"
    And within 20 seconds consumer "billing" receives the numbers 11 to 20, each once
    And no acknowledged message is lost

  Scenario: It cannot add offsets to its transaction
    Given a producer "bank"
    And producer "bank" sends 5 numbered messages to topic "payments"
    And a read-committed consumer "till" in group "till" subscribed to "payments"
    When within 20 seconds consumer "till" receives the numbers 1 to 5, each once
    And another producer "successor" starts with transactional id "tx-1"
    And producer "successor" begins a transaction
    And producer "successor" sends messages numbered 11 to 20 to topic "orders"
    And producer "successor" commits the transaction
    Then producer "shop" is fenced when it adds the offsets of consumer "till"
    And within 20 seconds consumer "billing" receives the numbers 11 to 20, each once
    And no acknowledged message is lost
