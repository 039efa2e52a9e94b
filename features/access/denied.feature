Feature: Access to topics is denied
  Brokers ask Kafka's own authorizer; what no list is about is allowed.

  Background:
    Given a running Kafka cluster described by "authorizer"
    And a topic "orders" with 1 partition and replication factor 3
    And a topic "payments" with 1 partition and replication factor 3
    And an idempotent producer "p"

  Scenario: Who may not write is refused, and may write again
    When writing to topic "orders" is denied to everyone
    Then producer "p" fails to send a message to topic "orders" with "TOPIC_AUTHORIZATION_FAILED"
    When producer "p" sends 5 numbered messages to topic "payments"
    And writing to topic "orders" is allowed to everyone again
    And producer "p" sends 10 numbered messages to topic "orders"
    And a consumer "c" reads topic "orders" from the beginning
    Then within 20 seconds consumer "c" receives the numbers 1 to 10, each once

  Scenario: Who may not write may read
    Given producer "p" sends 10 numbered messages to topic "orders"
    When writing to topic "orders" is denied to everyone
    And a consumer "c" in group "billing" subscribes to "orders"
    Then within 20 seconds consumer "c" receives the numbers 1 to 10, each once

  Scenario: Who may not read gets nothing until he may
    Given a consumer "c" in group "billing" subscribed to "orders"
    When reading topic "orders" is denied to everyone
    And producer "p" sends 10 numbered messages to topic "orders"
    Then consumer "c" receives no message within 3 seconds
    When reading topic "orders" is allowed to everyone again
    Then within 30 seconds consumer "c" receives the numbers 1 to 10, each once
