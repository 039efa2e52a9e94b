Feature: Brokers that fail all the time
  Faults go on in the background while clients work. Their times and targets are drawn from the run's seed.

  @slow
  Scenario: Nothing is lost while one broker after another crashes
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And an idempotent producer "shop"
    When every 2 to 4 seconds a random broker is killed and started again, for 10 seconds
    And producer "shop" sends messages numbered 1 to 2000 to topic "orders"
    And within 180 seconds the background faults have ended
    And producer "shop" sends messages numbered 2001 to 4000 to topic "orders"
    Then within 60 seconds topic "orders" is fully replicated
    And the background faults have left at least 1 broker in a new process
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 30 seconds consumer "audit" receives the numbers 1 to 4000, each once and in order in each partition
    And every committed message is delivered exactly once, in order

  Scenario: Nothing is lost while one broker after another is restarted
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And an idempotent producer "shop"
    And producer "shop" keeps sending 100 messages per second to topic "orders"
    When every 1 second a random broker is restarted, for 2 seconds
    And within 60 seconds the background faults have ended
    And within 30 seconds 100 more messages of producer "shop" are acknowledged
    And producer "shop" stops sending
    Then the background faults have left at least 1 broker in a new process
    And within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order

  Scenario: A broker hangs for longer than its session, and nothing is lost
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    # librdkafka would wait a minute for the answer of the broker that hangs before it asks another.
    And a producer "shop" with settings:
      | name               | value |
      | enable.idempotence | true  |
      | socket.timeout.ms  | 2000  |
    And producer "shop" keeps sending 100 messages per second to topic "orders"
    When every 1 second broker 2 is paused for 6 seconds, for 1 second
    Then within 20 seconds broker 2 is no longer registered
    And within 30 seconds the background faults have ended
    And within 20 seconds broker 2 is registered again
    And within 30 seconds 100 more messages of producer "shop" are acknowledged
    When producer "shop" stops sending
    Then within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order
