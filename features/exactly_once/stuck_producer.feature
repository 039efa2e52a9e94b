@slow
Feature: A producer of which nothing is heard
  A copier that waits for its commit cannot know whether the coordinator has it. After 20 seconds it puts a new producer
  with the same transactional id in the place of the one that waits: that settles the transaction, one way or the other.
  The copier goes on where the group has come to, and copies each message once.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "topic1" with 3 partitions and replication factor 3
    And a topic "topic2" with 3 partitions and replication factor 3

  Scenario Outline: <late> comes when it is too late, <way>
    Given a copier "cp" from "topic1" to "topic2" <way>
    And a producer process "p" that sends 1500 numbered messages to topic "topic1" at 250 messages per second
    When within 30 seconds copier "cp" has copied 1 message
    And <call> of copier "cp" is delayed by 40 seconds
    Then within 40 seconds the commit of copier "cp" is refused
    And within 30 seconds producer process "p" has sent everything
    And within 60 seconds copier "cp" has copied everything
    When a consumer "audit" reads topic "topic2" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 1500, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | late                      | call                                    | way                                    |
      | The answer to the commit  | the response to the next EndTxn request | committing offsets in its transactions |
      | The commit                | the next EndTxn request                 | with a producer for each partition     |
