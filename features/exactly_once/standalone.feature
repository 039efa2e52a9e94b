Feature: Standalone consumers
  A standalone consumer keeps its results outside of Kafka, so that processing and committing are one step is its own job.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 2 partitions and replication factor 3

  Scenario: A consumer that takes too long over a batch is thrown out of its group, and its commit is refused
    Given a standalone consumer "s" of topic "orders" that commits after processing with settings:
      | name                 | value |
      | max.poll.interval.ms | 6000  |
    And a producer process "p" that sends 1000 numbered messages to topic "orders" at 200 messages per second
    When within 30 seconds standalone consumer "s" takes 10 seconds over a batch
    Then within 20 seconds the commit of standalone consumer "s" is refused
    And within 30 seconds standalone consumer "s" has processed everything

  Scenario Outline: It crashes between its results and its offsets, and <what>
    Given a standalone consumer "s" of topic "orders" that <way>
    And a producer process "p" that sends 1000 numbered messages to topic "orders" at 200 messages per second
    When within 30 seconds standalone consumer "s" has processed 1 message
    And within 30 seconds standalone consumer "s" is killed halfway through a batch
    Then standalone consumer "s" is not running
    When standalone consumer "s" is started again
    Then within 30 seconds producer process "p" has sent everything
    And within 30 seconds standalone consumer "s" has processed everything
    And <verdict>

    Examples:
      | way                             | what                             | verdict                                                     |
      | commits after processing        | processes a batch twice          | the history shows reprocessed                               |
      | commits before processing       | never processes a batch          | the history shows unprocessed                               |
      | stores offsets with its results | processes each message once      | every committed message is delivered exactly once, in order |

  Scenario Outline: It is stopped and started again, hangs for a while, and processes each message once: it <way>
    Given a standalone consumer "s" of topic "orders" that <way>
    And a producer process "p" that sends 1000 numbered messages to topic "orders" at 250 messages per second
    When within 30 seconds standalone consumer "s" has processed 100 messages
    And standalone consumer "s" is stopped
    Then standalone consumer "s" is not running
    When standalone consumer "s" is started again
    And within 30 seconds standalone consumer "s" has processed 100 messages
    And standalone consumer "s" is paused
    Then standalone consumer "s" still hangs
    When standalone consumer "s" is resumed
    Then within 30 seconds producer process "p" has sent everything
    And within 30 seconds standalone consumer "s" has processed everything
    And every committed message is delivered exactly once, in order

    Examples:
      | way                             |
      | commits after processing        |
      | stores offsets with its results |
