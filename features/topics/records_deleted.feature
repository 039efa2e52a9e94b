Feature: Messages that somebody deletes are not lost
  An administrator may move the beginning of a log. What was before it is gone on purpose; what is behind it is judged
  as ever.

  Background:
    Given a running Kafka cluster
    And a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"

  Scenario: The admin client deletes them
    When the messages before offset 40 of partition 0 of topic "orders" are deleted
    And producer "shop" sends messages numbered 101 to 120 to topic "orders"
    And a consumer "late" reads topic "orders" from the beginning
    Then within 20 seconds consumer "late" receives the numbers 41 to 120, each once
    And no acknowledged message is lost
    And the history shows no lost-write

  Scenario: Kafka's tool does
    When "kafka-delete-records --offset-json-file /dev/stdin" runs on broker 1 with input:
      """
      {"version": 1, "partitions": [{"topic": "orders", "partition": 0, "offset": 70}]}
      """
    Then within 20 seconds partition 0 of topic "orders" begins at offset 70
    And no acknowledged message is lost
    And the history shows no lost-write

  Scenario: A consumer that was there before has read them
    Given a consumer "early" in group "early" subscribed to "orders"
    When within 20 seconds consumer "early" receives the numbers 1 to 100, each once
    # Kafka forgets a producer of whom all is deleted, and before 1.0 it refuses what it sends next (KAFKA-5793).
    And the messages before offset 90 of partition 0 of topic "orders" are deleted
    And producer "shop" sends messages numbered 101 to 120 to topic "orders"
    Then within 20 seconds consumer "early" receives the numbers 1 to 120, each once
    And no acknowledged message is lost
    And every committed message is delivered exactly once, in order
