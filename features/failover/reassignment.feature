@slow
Feature: Replicas move while brokers restart

  Scenario: Twenty partitions move to other brokers, and one of these crashes meanwhile
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 20 partitions and replication factor 2
    And a producer process "shop" that sends 6000 numbered messages to topic "orders" at 300 messages per second
    And within 20 seconds producer process "shop" has sent 1000 messages
    When the replicas of topic "orders" are moved to brokers 2 and 3
    And broker 2 is killed and started again at once
    Then the restarted broker runs in a new process
    And within 60 seconds the replicas of topic "orders" are on brokers 2 and 3
    When the replicas of topic "orders" are moved to brokers 1 and 2
    And broker 1 is restarted
    Then the restarted broker runs in a new process
    And within 60 seconds the replicas of topic "orders" are on brokers 1 and 2
    And within 60 seconds producer process "shop" has sent everything
    And every committed message is delivered exactly once, in order
