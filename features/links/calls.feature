Feature: Single calls are lost or late
  Whoever gets no answer asks again: a producer in a transaction, a consumer, a copier, the controller.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3

  Scenario Outline: In a transaction: <fault>
    Given <fault>
    And a transactional producer "shop" with transactional id "tx-1"
    When producer "shop" begins a transaction
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    And producer "shop" commits the transaction
    Then within 20 seconds every fault has had its effect
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 100, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | fault                                                                          |
      | the next InitProducerId request of producer "shop" is lost                     |
      | the response to the next InitProducerId request of producer "shop" is lost     |
      | the next 2 AddPartitionsToTxn requests of producer "shop" are lost             |
      | the response to the next AddPartitionsToTxn request of producer "shop" is lost |

  Scenario Outline: On the way to a consumer: <fault>
    Given an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    When <fault>
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    Then within 20 seconds every fault has had its effect
    And within 20 seconds consumer "billing" receives the numbers 1 to 100, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | fault                                                                                |
      | the next 2 Fetch requests of consumer "billing" are lost                             |
      | the response to the next Fetch request of consumer "billing" is lost                 |
      | the response to the next Fetch request of consumer "billing" is delayed by 2 seconds |

  Scenario Outline: A copier adds offsets to its transaction: <fault>
    Given a topic "copies" with 1 partition and replication factor 3
    And a copier "cp" from "orders" to "copies" committing offsets in its transactions
    And an idempotent producer "shop"
    When <fault>
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    Then within 20 seconds every fault has had its effect
    And within 30 seconds copier "cp" has copied everything
    When a consumer "audit" reads topic "copies" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 100, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | fault                                                                   |
      | the next TxnOffsetCommit request of copier "cp" is lost                 |
      | the response to the next TxnOffsetCommit request of copier "cp" is lost |

  # One of the two followers may be the controller, and what that asks itself goes over no link.
  Scenario Outline: Leaders change: <fault>
    Given an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    When <fault>
    And the leader of partition 0 of topic "orders" is stopped
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    And within 20 seconds every fault has had its effect
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | fault                                                                                                                    |
      | the next LeaderAndIsr request to every follower of partition 0 of topic "orders" is lost                                 |
      | the response to the next LeaderAndIsr request to every follower of partition 0 of topic "orders" is delayed by 2 seconds |
