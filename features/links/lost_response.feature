Feature: A produce response that is lost
  The broker has written the message and the producer does not know. It sends it again: whether that makes a
  duplicate depends on idempotence.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3

  Scenario: Without idempotence the message is there twice
    Given a producer "p"
    And the response to the next produce request of producer "p" is lost
    When producer "p" sends 1 numbered message to topic "orders"
    And within 10 seconds every fault has had its effect
    And a consumer "c" reads topic "orders" from the beginning
    Then within 20 seconds consumer "c" receives exactly in this order:
      | value |
      | 1     |
      | 1     |
    And there are duplicates

  Scenario: With idempotence it is there once
    Given an idempotent producer "p"
    And the response to the next produce request of producer "p" is lost
    When producer "p" sends 1 numbered message to topic "orders"
    And within 10 seconds every fault has had its effect
    And a consumer "c" reads topic "orders" from the beginning
    Then within 20 seconds consumer "c" receives the numbers 1 to 1, each once
    And every committed message is delivered exactly once, in order
