Feature: Rolling restarts
  Every broker is restarted, one after another, while clients work.

  Scenario: Members of a settled group keep their partitions, and nothing is lost
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 4 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And a consumer "a" in group "billing" subscribed to "orders"
    And a consumer "b" in group "billing" subscribed to "orders"
    And within 30 seconds consumers "a" and "b" share the partitions of topic "orders"
    And a producer process "shop" that sends 6000 numbered messages to topic "orders" at 300 messages per second
    When all brokers are restarted one after another
    Then all brokers run in new processes
    And within 60 seconds producer process "shop" has sent everything
    And within 30 seconds consumers "a" and "b" together receive the numbers 1 to 6000, each once
    And consumer "a" has kept its partitions since the first fault
    And consumer "b" has kept its partitions since the first fault
    And every committed message is delivered exactly once, in order

  @full
  Scenario: Five rolling restarts, and members of a settled group still have their partitions
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 4 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And a consumer "a" in group "billing" subscribed to "orders"
    And a consumer "b" in group "billing" subscribed to "orders"
    And within 30 seconds consumers "a" and "b" share the partitions of topic "orders"
    And a producer process "shop" that sends 12000 numbered messages to topic "orders" at 150 messages per second
    When all brokers are restarted one after another
    And all brokers are restarted one after another
    And all brokers are restarted one after another
    And all brokers are restarted one after another
    And all brokers are restarted one after another
    Then all brokers run in new processes
    And within 60 seconds producer process "shop" has sent everything
    And within 30 seconds consumers "a" and "b" together receive the numbers 1 to 12000, each once
    And consumer "a" has kept its partitions since the first fault
    And consumer "b" has kept its partitions since the first fault
    And every committed message is delivered exactly once, in order

  Scenario: Brokers are restarted without waiting for replicas, and nothing is lost
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 4 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And a producer process "shop" that sends 4000 numbered messages to topic "orders" at 300 messages per second
    When all brokers are restarted one after another without waiting for replicas
    Then all brokers run in new processes
    And within 60 seconds topic "orders" is fully replicated
    And within 60 seconds producer process "shop" has sent everything
    And every committed message is delivered exactly once, in order
