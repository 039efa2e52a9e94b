Feature: Large messages
  A message may be as large as the topic allows; a larger one is refused and nothing of it is kept.

  Background:
    Given a running Kafka cluster

  Scenario: A message just below the limit that brokers have by default
    Given a topic "large" with 1 partition and replication factor 3
    And a producer "p"
    And a consumer "c" reading topic "large" from the beginning
    When producer "p" sends a message of 990 KB to topic "large"
    Then within 20 seconds consumer "c" receives the message of 990 KB

  Scenario Outline: A message of <size> where the topic and the producer allow it
    Given a topic "larger" with 1 partition, replication factor 3 and settings:
      | name              | value    |
      | max.message.bytes | 10000000 |
    And a producer "p" with settings:
      | name              | value    |
      | message.max.bytes | 10000000 |
    And a consumer "c" reading topic "larger" from the beginning
    When producer "p" sends a message of <size> to topic "larger"
    Then within 30 seconds consumer "c" receives the message of <size>
    And within 30 seconds topic "larger" is fully replicated

    Examples:
      | size  |
      | 1 MB  |
      | 1 MiB |
      | 5 MB  |

  Scenario: A message that is larger than the topic allows is refused by the broker
    Given a topic "small" with 1 partition, replication factor 3 and settings:
      | name              | value |
      | max.message.bytes | 10000 |
    And a producer "p"
    Then producer "p" fails to send a message of 20 KB to topic "small" with "MESSAGE_TOO_LARGE"
    And topic "small" holds 0 messages

  Scenario: A message that is larger than the producer allows does not leave it
    Given a topic "orders" with 1 partition and replication factor 3
    And a producer "p" with settings:
      | name              | value |
      | message.max.bytes | 10000 |
    Then producer "p" fails to send a message of 20 KB to topic "orders" with "MSG_SIZE_TOO_LARGE"
    And topic "orders" holds 0 messages
