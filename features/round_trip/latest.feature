Feature: Reading from the end of the log on
  A consumer with auto.offset.reset=latest receives what is sent once the step that starts it has ended, and nothing
  that was sent before.

  Background:
    Given a running Kafka cluster
    And a topic "clicks" with 6 partitions and replication factor 3
    And a producer "web"
    And producer "web" sends messages numbered 1 to 60 to topic "clicks"

  Scenario: One consumer has all partitions
    When a consumer "tail" in group "tails" subscribes to "clicks" with settings:
      | name              | value  |
      | auto.offset.reset | latest |
    And producer "web" sends messages numbered 61 to 120 to topic "clicks"
    Then within 20 seconds consumer "tail" receives the numbers 61 to 120, each once

  Scenario: Two consumers of a group share them
    When a consumer "one" in group "tails" subscribes to "clicks" with settings:
      | name              | value  |
      | auto.offset.reset | latest |
    And a consumer "two" in group "tails" subscribes to "clicks" with settings:
      | name              | value  |
      | auto.offset.reset | latest |
    And producer "web" sends messages numbered 61 to 120 to topic "clicks"
    Then within 20 seconds consumers "one" and "two" together receive the numbers 61 to 120, each once

  Scenario: One takes over what the other has left
    When a consumer "one" in group "tails" subscribes to "clicks" with settings:
      | name              | value  |
      | auto.offset.reset | latest |
    And a consumer "two" in group "tails" subscribes to "clicks" with settings:
      | name              | value  |
      | auto.offset.reset | latest |
    And consumer "one" is closed
    And within 30 seconds consumer "two" reads every partition of topic "clicks"
    And producer "web" sends messages numbered 61 to 120 to topic "clicks"
    Then within 20 seconds consumer "two" receives the numbers 61 to 120, each once

  Scenario: A copier copies what is sent once it was started
    Given a topic "copies" with 1 partition and replication factor 3
    And a copier "cp" from "clicks" to "copies" committing offsets in its transactions with settings:
      | name              | value  |
      | auto.offset.reset | latest |
    When producer "web" sends messages numbered 61 to 120 to topic "clicks"
    And a consumer "c" reads topic "copies" from the beginning
    Then within 30 seconds consumer "c" receives the numbers 61 to 120, each once
