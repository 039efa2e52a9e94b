Feature: Brokers that hang
  A broker is paused for longer than its ZooKeeper session and goes on as if nothing had happened. Meanwhile
  others have taken its place.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    # librdkafka would wait a minute for the answer of the broker that hangs before it asks another.
    And a producer "shop" with settings:
      | name               | value |
      | enable.idempotence | true  |
      | socket.timeout.ms  | 2000  |
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"

  Scenario: The leader hangs: another one leads, and the old one follows it when it is back
    When the leader of partition 0 of topic "orders" is paused
    Then within 20 seconds the paused broker is no longer registered
    And within 20 seconds partition 0 of topic "orders" has a new leader
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And the paused broker is resumed
    Then within 20 seconds the paused broker is registered again
    And within 60 seconds topic "orders" is fully replicated
    When producer "shop" sends messages numbered 201 to 300 to topic "orders"
    Then every committed message is delivered exactly once, in order

  Scenario: The controller hangs: another one takes over, and the old one gives in
    When the controller is paused
    Then within 20 seconds there is a new controller
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And the paused broker is resumed
    Then within 20 seconds every broker is registered
    And within 60 seconds topic "later" can be created with 3 partitions and replication factor 3
    And within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order

  Scenario: What a leader of yesterday acknowledges alone is lost
    Given a topic "clicks" with 1 partition and replication factor 3
    And a producer "hasty" with settings:
      | name              | value |
      | acks              | 1     |
      | socket.timeout.ms | 30000 |
    And producer "hasty" keeps sending 200 messages per second to topic "clicks"
    And within 20 seconds 200 more messages of producer "hasty" are acknowledged
    # What is sent to it meanwhile waits in its socket, and is acknowledged before it learns of its successor.
    When the leader of partition 0 of topic "clicks" is paused
    Then within 20 seconds partition 0 of topic "clicks" has a new leader
    When the paused broker is resumed
    Then within 60 seconds topic "clicks" is fully replicated
    When producer "hasty" stops sending
    Then some acknowledged messages are lost
