Feature: A topic that is deleted and made anew is another topic
  Its log begins at offset 0 again. What was in the old one went with it and is not lost; what the new one has
  acknowledged must be there.

  Background:
    Given a running Kafka cluster
    And a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "before"
    And producer "before" sends messages numbered 1 to 40 to topic "orders"
    And a consumer "early" reading topic "orders" from the beginning
    When within 20 seconds consumer "early" receives the numbers 1 to 40, each once
    And consumer "early" is closed

  Scenario: Steps delete it and make it anew
    When topic "orders" is deleted
    Then within 30 seconds topic "orders" no longer exists
    When topic "orders" is created with 2 partitions and replication factor 3
    And an idempotent producer "after" starts
    And producer "after" sends messages numbered 41 to 60 to topic "orders"
    And a consumer "late" reads topic "orders" from the beginning
    Then within 20 seconds consumer "late" receives the numbers 41 to 60, each once
    And no acknowledged message is lost
    And every committed message is delivered exactly once, in order
    And the history shows no inconsistent-offset

  Scenario: Kafka's tool does
    When "kafka-topics --delete --topic orders" runs on broker 1
    Then within 60 seconds topic "orders" no longer exists
    When "kafka-topics --create --topic orders --partitions 1 --replication-factor 3" runs on broker 2
    Then within 20 seconds topic "orders" is fully replicated
    When an idempotent producer "after" starts
    And producer "after" sends messages numbered 41 to 60 to topic "orders"
    Then no acknowledged message is lost
    And every committed message is delivered exactly once, in order

  Scenario: Partitions are added while messages are sent
    Given a producer process "shop" that sends 2000 numbered messages to topic "orders" at 500 messages per second
    And within 20 seconds producer process "shop" has sent 300 messages
    When "kafka-topics --alter --topic orders --partitions 4" runs on broker 3
    Then within 20 seconds topic "orders" has 4 partitions with 3 replicas each
    And within 30 seconds producer process "shop" has sent everything
    And every committed message is delivered exactly once, in order
