@slow
Feature: Many transactions
  Background:
    Given a running Kafka cluster described by "quick-failover"

  Scenario: 100 000 records in transactions of 750
    Given a topic "orders" with 3 partitions and replication factor 3
    And a transactional producer "shop" with transactional id "tx-1"
    When producer "shop" sends 100 000 numbered messages to topic "orders" in transactions of 750
    Then every committed message is delivered exactly once, in order
