Feature: Topics get partitions
  A topic can grow, and its groups share out what is new.

  Background:
    Given a running Kafka cluster
    And a topic "orders" with 3 partitions and replication factor 3
    And a producer "p"

  Scenario: New partitions are written and read at once
    Given a consumer "c" in group "billing" subscribed to "orders"
    And producer "p" sends 30 numbered messages to topic "orders"
    When topic "orders" has 6 partitions from now on
    Then within 10 seconds topic "orders" has 6 partitions with 3 replicas each
    When producer "p" sends to topic "orders":
      | value | partition |
      | new   | 3         |
      | new   | 5         |
    And within 30 seconds consumer "c" reads every partition of topic "orders"
    Then within 20 seconds consumer "c" receives 32 messages

  Scenario: A consumer that comes later reads all of them
    When topic "orders" has 4 partitions from now on
    And producer "p" sends 100 numbered messages to topic "orders" with 50 keys
    And a consumer "late" reads topic "orders" from the beginning
    Then topic "orders" exists
    And within 10 seconds topic "orders" has 4 partitions
    And within 20 seconds consumer "late" receives the numbers 1 to 100, each once
    And topic "orders" holds 100 messages
