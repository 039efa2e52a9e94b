Feature: A broker that crashes
  Two brokers of three carry on; the third catches up when it comes back.

  Scenario: Messages are sent and received without the broker that crashed, and it catches up
    Given a running Kafka cluster
    And a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "p"
    When producer "p" sends messages numbered 1 to 50 to topic "orders"
    And broker 2 is killed
    Then within 30 seconds broker 2 is no longer registered
    When producer "p" sends messages numbered 51 to 100 to topic "orders"
    And broker 2 is started again
    Then within 60 seconds every broker is registered
    And within 60 seconds topic "orders" is fully replicated
    When a consumer "c" reads topic "orders" from the beginning
    Then within 30 seconds consumer "c" receives the numbers 1 to 100, each once
