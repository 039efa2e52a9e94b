Feature: Consume, transform, produce
  Copiers read one topic and write to another. They crash at the worst moment: the results of a batch are written, the
  offsets of its input are not committed.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "topic1" with 3 partitions and replication factor 3
    And a topic "topic2" with 3 partitions and replication factor 3

  Scenario Outline: A copier crashes between its results and its offsets, <way>, and copies each message once
    Given a copier "cp" from "topic1" to "topic2" <way>
    And a producer process "p" that sends 1500 numbered messages to topic "topic1" at 250 messages per second
    When within 30 seconds copier "cp" has copied 1 message
    And within 30 seconds copier "cp" is killed halfway through a batch
    Then copier "cp" is not running
    When copier "cp" is started again
    Then within 30 seconds producer process "p" has sent everything
    And within 60 seconds copier "cp" has copied everything
    When a consumer "audit" reads topic "topic2" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 1500, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | way                                    |
      | committing offsets in its transactions |
      | with a producer for each partition     |

  Scenario: With offsets outside of the transactions the batch is copied twice
    Given a copier "cp" from "topic1" to "topic2" committing offsets outside its transactions
    And a producer process "p" that sends 1500 numbered messages to topic "topic1" at 250 messages per second
    When within 30 seconds copier "cp" has copied 1 message
    And within 30 seconds copier "cp" is killed halfway through a batch
    And copier "cp" is started again
    Then within 30 seconds producer process "p" has sent everything
    And within 60 seconds copier "cp" has copied everything
    And the history shows reprocessed
    And no acknowledged message is lost
