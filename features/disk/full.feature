Feature: A disk that is full

  Scenario: A broker whose disk is full halts, the others serve, and nothing acknowledged is lost
    Given a running Kafka cluster described by "small-disk"
    And a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    When the disk of broker 3 is full
    Then within 30 seconds broker 3 is no longer registered
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order
