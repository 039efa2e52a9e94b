Feature: What a topic holds
  Messages of a transaction count once it is committed, and its markers never do.

  Background:
    Given a running Kafka cluster
    And a topic "orders" with 1 partition and replication factor 3
    And a transactional producer "p" with transactional id "shop"

  Scenario: Committed messages count at once, and their markers do not
    When producer "p" sends 10 numbered messages to topic "orders" in transactions of 5
    Then topic "orders" holds 10 messages

  Scenario: Messages of a transaction that is open or aborted do not count
    When producer "p" begins a transaction
    And producer "p" sends 3 numbered messages to topic "orders"
    Then topic "orders" holds 0 messages
    When producer "p" aborts the transaction
    Then topic "orders" holds 0 messages
