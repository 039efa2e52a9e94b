Feature: A copier crashes, is stopped, hangs
  Wherever it is just then: what it has not committed it does again, and each number is copied once.

  Scenario: It is killed, then stopped, then paused for a while
    Given a running Kafka cluster described by "quick-failover"
    And a topic "topic1" with 3 partitions and replication factor 3
    And a topic "topic2" with 3 partitions and replication factor 3
    And a copier "cp" from "topic1" to "topic2" committing offsets in its transactions
    And a producer process "p" that sends 4500 numbered messages to topic "topic1" at 150 messages per second
    When within 30 seconds copier "cp" has copied 100 messages
    And copier "cp" is killed
    Then copier "cp" is not running
    When copier "cp" is started again
    And within 60 seconds copier "cp" has copied 100 messages
    And copier "cp" is stopped
    Then copier "cp" is not running
    When copier "cp" is started again
    And within 60 seconds copier "cp" has copied 100 messages
    And copier "cp" is paused
    And producer process "p" is paused
    Then copier "cp" still hangs
    And producer process "p" still hangs
    When producer process "p" is resumed
    And copier "cp" is resumed
    And within 30 seconds copier "cp" is paused halfway through a batch
    And copier "cp" is resumed
    Then within 30 seconds copier "cp" has finished its batch
    And within 60 seconds producer process "p" has sent everything
    And within 60 seconds copier "cp" has copied everything
    When a consumer "audit" reads topic "topic2" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 4500, each once
    And every committed message is delivered exactly once, in order
