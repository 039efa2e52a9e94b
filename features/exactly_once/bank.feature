Feature: A bank
  Money is moved between accounts in transactions: a withdrawal here, a deposit there. Some transfers are given up halfway.
  Whoever reads committed messages only always finds the same total.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "accounts" with 3 partitions and replication factor 3
    And a transactional producer "bank" with transactional id "bank-1"

  Scenario: The total never changes for who reads committed messages, whatever crashes
    Given a read-committed consumer "auditor" in group "auditor" subscribed to "accounts"
    When producer "bank" makes transfers 1 to 50 between 10 accounts in topic "accounts"
    Then within 20 seconds consumer "auditor" finds the total unchanged by 40 transfers
    When the coordinator of transactional id "bank-1" is killed
    Then within 30 seconds the killed broker is no longer registered
    When producer "bank" makes transfers 51 to 100 between 10 accounts in topic "accounts"
    Then within 20 seconds consumer "auditor" finds the total unchanged by 80 transfers
    And no aborted message is visible to consumer "auditor"
    And every committed message is delivered exactly once, in order

  Scenario: Who reads uncommitted messages misses what was withdrawn and not deposited
    Given a read-uncommitted consumer "nosy" in group "nosy" subscribed to "accounts"
    When producer "bank" makes transfers 1 to 50 between 10 accounts in topic "accounts"
    Then within 20 seconds consumer "nosy" finds the total changed by 50 transfers
    And aborted messages are visible to consumer "nosy"
