Feature: Order
  Within a partition messages stay in the order in which they were sent; a key stays in its partition.

  Background:
    Given a running Kafka cluster

  Scenario: One partition keeps the order
    Given a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "p"
    And a consumer "c" in group "readers" subscribed to "orders"
    When producer "p" sends 1000 numbered messages to topic "orders"
    Then within 30 seconds consumer "c" receives the numbers 1 to 1000, each once and in order in each partition
    And topic "orders" holds 1000 messages

  Scenario: Each of several partitions keeps its order, and each key its partition
    Given a topic "orders" with 4 partitions and replication factor 3
    And an idempotent producer "p"
    And a consumer "c" reading topic "orders" from the beginning
    When producer "p" sends 1000 numbered messages with 20 keys to topic "orders"
    Then within 30 seconds consumer "c" receives the numbers 1 to 1000, each once and in order in each partition
    And consumer "c" finds each key in one partition only

  Scenario: The sender chooses the partition
    Given a topic "orders" with 3 partitions and replication factor 3
    And a producer "p"
    And a consumer "c" reading topic "orders" from the beginning
    When producer "p" sends to topic "orders":
      | value | partition |
      | zero  | 0         |
      | one   | 1         |
      | two   | 2         |
      | two   | 2         |
    Then within 20 seconds consumer "c" receives exactly in any order:
      | value | partition |
      | zero  | 0         |
      | one   | 1         |
      | two   | 2         |
      | two   | 2         |

  Scenario: A partition that the topic does not have is refused
    Given a topic "orders" with 1 partition and replication factor 3
    And a producer "p" with settings:
      | name                              | value |
      | topic.metadata.propagation.max.ms | 2000  |
    And producer "p" sends 1 numbered message to topic "orders"
    Then producer "p" fails to send a message to partition 7 of topic "orders" with "_UNKNOWN_PARTITION"
