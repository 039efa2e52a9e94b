Feature: A ZooKeeper that crashes
  Brokers go on with another ZooKeeper; clients do not notice.

  Background:
    Given a running Kafka cluster

  Scenario: A broker keeps working when the ZooKeeper that it talks to is killed
    Given a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "p"
    And a consumer "c" in group "readers" subscribed to "orders"
    And producer "p" sends messages numbered 1 to 50 to topic "orders"
    When the ZooKeeper that broker 1 is connected to is killed
    And producer "p" sends messages numbered 51 to 100 to topic "orders"
    Then within 30 seconds consumer "c" receives the numbers 1 to 100, each once
    And within 60 seconds broker 1 is connected to a ZooKeeper
    And within 60 seconds every broker is registered
    And within 10 seconds 1 ZooKeeper leads and 1 follows
    And within 60 seconds topic "later" can be created with 3 partitions and replication factor 3
    And within 10 seconds topic "later" has 3 partitions with 3 replicas each

  Scenario: A ZooKeeper that comes back joins the ensemble again
    When ZooKeeper 1 is killed
    Then within 30 seconds 1 ZooKeeper leads and 1 follows
    When ZooKeeper 1 is started again
    Then within 60 seconds 1 ZooKeeper leads and 2 follow
