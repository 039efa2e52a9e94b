Feature: Clusters of other shapes
  Several brokers on a host, several data folders in a broker, a ZooKeeper that is not the bundled one.

  Scenario: Five brokers on three hosts serve one topic together
    Given a running Kafka cluster described by "five-brokers-on-three-nodes"
    And a topic "wide" with 5 partitions and replication factor 5
    Then within 10 seconds brokers 1, 2, 3, 4 and 5 are registered
    And within 10 seconds topic "wide" has 5 partitions with 5 replicas each
    And within 10 seconds the leaders of topic "wide" are on 5 brokers

  Scenario: Brokers that share a host have settings of their own
    Given a running Kafka cluster described by "five-brokers-on-three-nodes"
    Then broker 1 runs with settings:
      | name        | value |
      | broker.id   | 1     |
      | broker.rack | a     |
    And broker 5 runs with settings:
      | name        | value |
      | broker.id   | 5     |
      | broker.rack | b     |

  Scenario: A broker spreads its data over two folders
    Given a running Kafka cluster described by "two-log-dirs"
    And a topic "spread" with 4 partitions and replication factor 3
    And a producer "p"
    And a consumer "c" reading topic "spread" from the beginning
    When producer "p" sends 100 numbered messages to topic "spread"
    Then every broker keeps its data in 2 folders
    And within 20 seconds consumer "c" receives the numbers 1 to 100, each once

  Scenario: Kafka works with an independent ZooKeeper 3.6.1
    Given a running Kafka cluster described by "independent-zookeeper"
    And a topic "orders" with 3 partitions and replication factor 3
    And a producer "p"
    And a consumer "c" reading topic "orders" from the beginning
    When producer "p" sends 100 numbered messages to topic "orders"
    Then within 10 seconds 1 ZooKeeper leads and 2 follow
    And within 20 seconds consumer "c" receives the numbers 1 to 100, each once
