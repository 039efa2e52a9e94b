Feature: Every order is delivered once

  Scenario: A response is lost and a broker crashes
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "shop"
    When the response to the next produce request of producer "shop" is lost
    And producer "shop" sends messages numbered 1 to 500 to topic "orders"
    And the leader of partition 0 of topic "orders" is killed
    And producer "shop" sends messages numbered 501 to 1000 to topic "orders"
    And a consumer "billing" reads topic "orders" from the beginning
    Then every committed message is delivered exactly once, in order
