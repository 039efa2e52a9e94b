Feature: What one scenario changes for the whole cluster does not stay for the next
  Settings of brokers, quotas and users outlast the scenario that has set them, so its cluster is replaced. A scenario
  that changes them with one of Kafka's tools has its cluster for itself; with @alone any other has, too.

  Background:
    Given a running Kafka 2.5.0 cluster

  Scenario: A setting of all brokers is changed
    When "kafka-configs --alter --entity-type brokers --entity-default --add-config log.cleaner.delete.retention.ms=1234" runs on broker 1
    Then every broker runs with settings:
      | name                            | value |
      | log.cleaner.delete.retention.ms | 1234  |

  @alone
  Scenario: The next one sees the default
    Then every broker runs with settings:
      | name                            | value    |
      | log.cleaner.delete.retention.ms | 86400000 |

  Scenario: A quota of all clients is set
    When "kafka-configs --zookeeper ZOOKEEPER --alter --entity-type clients --entity-default --add-config producer_byte_rate=1024" runs on broker 1
    Then "kafka-configs --zookeeper ZOOKEEPER --describe --entity-type clients --entity-default" on broker 2 prints "producer_byte_rate=1024"

  @alone
  Scenario: The next one is not slowed down by it
    Given a topic "orders" with 1 partition and replication factor 3
    And a producer "p"
    When producer "p" sends a message of 900 KB to topic "orders"
    And producer "p" sends a message of 900 KB to topic "orders"
    Then topic "orders" holds 2 messages
