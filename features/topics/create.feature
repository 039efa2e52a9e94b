Feature: Creating topics
  A topic gets the partitions, replicas and settings that were asked for, or a clear refusal.

  Background:
    Given a running Kafka cluster

  Scenario Outline: A topic with <partitions> partitions and <replicas> replicas
    When topic "orders" is created with <partitions> partitions and replication factor <replicas>
    Then within 10 seconds topic "orders" exists
    And within 10 seconds topic "orders" has <partitions> partitions with <replicas> replicas each
    And within 30 seconds topic "orders" is fully replicated

    Examples:
      | partitions | replicas |
      | 1          | 1        |
      | 1          | 3        |
      | 3          | 3        |
      | 12         | 2        |

  Scenario: The leaders of a topic are spread over the brokers
    Given a topic "orders" with 6 partitions and replication factor 3
    Then within 10 seconds the leaders of topic "orders" are on 3 brokers

  Scenario: A topic has settings of its own and takes the others from the broker
    Given a topic "latest" with 1 partition, replication factor 3 and settings:
      | name           | value   |
      | cleanup.policy | compact |
      | retention.ms   | 60000   |
    Then topic "latest" has settings:
      | name                | value    |
      | cleanup.policy      | compact  |
      | retention.ms        | 60000    |
      | compression.type    | producer |

  Scenario: More replicas than brokers are refused
    Then creating topic "orders" with 1 partition and replication factor 4 fails with "INVALID_REPLICATION_FACTOR"
    And topic "orders" does not exist

  Scenario: No replica at all is refused
    Then creating topic "orders" with 1 partition and replication factor 0 fails with "INVALID_REPLICATION_FACTOR"

  Scenario: No partition at all is refused
    Then creating topic "orders" with 0 partitions and replication factor 3 fails with "INVALID_PARTITIONS"
    And topic "orders" does not exist

  Scenario: A topic that exists is not made again
    Given a topic "orders" with 2 partitions and replication factor 3
    Then creating topic "orders" with 5 partitions and replication factor 3 fails with "TOPIC_ALREADY_EXISTS"
    And within 10 seconds topic "orders" has 2 partitions with 3 replicas each

  Scenario Outline: The name <name> is refused
    Then creating topic "<name>" with 1 partition and replication factor 3 fails with "INVALID_TOPIC_EXCEPTION"

    Examples:
      | name      |
      | two words |
      | a/b       |
      | naïve     |
      | .         |
      | ..        |

  Scenario: A setting that a topic cannot have is refused
    Then creating topic "orders" with 1 partition and replication factor 3 fails with "INVALID_CONFIG" for settings:
      | name              | value |
      | retention.minutes | 5     |
    And topic "orders" does not exist
