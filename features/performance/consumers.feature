Feature: Consumers of loads
  How fast a cluster gives out what it has, for as long and no faster than it is asked to.

  Background:
    Given a running Kafka cluster
    And a topic "load" with 6 partitions and replication factor 3

  Scenario: Consumers in processes of their own follow a load
    Given 3 consumers of group "readers" keep reading topic "load" with settings:
      | name   | value     |
      | run in | processes |
    When 2 producers send 5000 messages of 1 KB each to topic "load"
    Then within 30 seconds every message of the load on topic "load" is received exactly once
    And 50 percent of the messages from topic "load" were received within 10 seconds

  Scenario: What was sent before is read in processes as well
    Given 2 producers send 5000 messages of 1 KB each to topic "load"
    When 3 consumers of group "readers" read everything from topic "load" within 30 seconds with settings:
      | name       | value     |
      | run in     | processes |
      | check.crcs | true      |
    Then at least 100 messages per second were received from topic "load"

  Scenario Outline: No more is read in a second than was asked for, in <home>
    # Or a whole batch goes to one partition, and a consumer may have none.
    Given 2 producers send 5000 messages of 1 KB each to topic "load" with settings:
      | name                          | value |
      | sticky.partitioning.linger.ms | 0     |
    When 2 consumers of group "readers" read topic "load" for 8 seconds with settings:
      | name                | value     |
      | messages per second | 500       |
      | warm-up             | 3 seconds |
      | run in              | <home>    |
    Then at least 400 messages per second were received from topic "load"
    And at most 550 messages per second were received from topic "load"

    Examples:
      | home      |
      | threads   |
      | processes |

  Scenario: For a while, as fast as it goes
    Given 2 producers keep sending 500 messages of 1 KB per second to topic "load"
    When 2 consumers of group "readers" read topic "load" for 5 seconds
    And the load on topic "load" stops
    Then at least 200 messages per second were received from topic "load"
    And 50 percent of the messages from topic "load" were received within 1 second
