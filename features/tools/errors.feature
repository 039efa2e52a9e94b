Feature: Tools that print an error and end with exit code 0
  Some of Kafka's tools refuse what they are asked, say so in a line, and end as if they had done it. Whoever goes by the
  exit code alone believes that it is done.

  Scenario Outline: Offsets of a group that is reading cannot be reset, on Kafka <version>
    Given a running Kafka <version> cluster
    And a topic "invoices" with 1 partition and replication factor 3
    And a producer "p"
    And a consumer "c" in group "books" subscribed to "invoices"
    When producer "p" sends messages numbered 1 to 5 to topic "invoices"
    And within 20 seconds consumer "c" receives the numbers 1 to 5, each once
    And consumer "c" commits its offsets
    Then "kafka-consumer-groups --timeout=30000 --group=books --topic=invoices --reset-offsets --to-earliest --execute" on broker 2 fails with "is inactive, but the current state is Stable"
    And "kafka-consumer-groups --timeout 30000 --group books --topic invoices --reset-offsets --to-earliest --execute" on broker 2 prints "is inactive, but the current state is Stable"
    When consumer "c" is closed
    And "kafka-consumer-groups --timeout 30000 --group books --topic invoices:0 --reset-offsets --to-offset 3 --execute" runs on broker 2
    And a consumer "again" in group "books" subscribes to "invoices"
    Then within 20 seconds consumer "again" receives the numbers 4 to 5, each once

    Examples:
      | version  |
      | 0.11.0.3 |
      | 2.5.0    |
      | 3.9.2    |

  Scenario Outline: A file that is not there, on Kafka <version>
    Given a running Kafka <version> cluster
    And a topic "short" with 1 partition and replication factor 3
    When "kafka-topics --describe --topic=short" runs on broker 1
    Then "kafka-delete-records --offset-json-file /no/such/file" on broker 1 fails with "/no/such/file"
    And "kafka-get-offsets --topic=short" on broker 1 prints "short:0:0"

    Examples:
      | version  |
      | 0.11.0.3 |
      | 2.5.0    |
      | 3.9.2    |

  Scenario: A node that ZooKeeper does not have
    Given a running Kafka 0.11.0.3 cluster
    And a topic "kept" with 1 partition and replication factor 3
    Then "zookeeper-shell get /no/such/node" on broker 1 fails with "Node does not exist: /no/such/node"
    And "zookeeper-shell ZOOKEEPER ls /brokers/topics/kept" on broker 1 prints "partitions"

  Scenario: Topics in a file that is typed into a tool are those of the author
    Given a running Kafka 2.5.0 cluster
    And a topic "moved" with 1 partition and replication factor 3
    When "kafka-reassign-partitions --reassignment-json-file /dev/stdin --execute" runs on broker 1 with input:
      """
      {"version": 1, "partitions": [{"topic": "moved", "partition": 0, "replicas": [2, 3, 1]}]}
      """
    Then within 20 seconds the replicas of topic "moved" are on brokers 1, 2 and 3
