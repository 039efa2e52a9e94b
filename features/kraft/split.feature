Feature: Controllers that do not hear each other, or whom brokers do not hear
  They run, and the network between them is split.

  Background:
    Given a running Kafka 4.4.0 cluster described by "kraft-quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"

  Scenario: The majority goes on, and an active controller in the minority resigns
    When the active controller is cut off from the other controllers
    Then within 30 seconds there is a new controller
    And within 60 seconds topic "later" can be created with 3 partitions and replication factor 3
    When all faults are healed
    Then within 30 seconds 1 controller leads and 2 follow
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 30 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order

  Scenario: A broker that no controller hears is fenced, and others lead in its place
    When the leader of partition 0 of topic "orders" is cut off from the controllers
    Then within 30 seconds partition 0 of topic "orders" has a new leader
    When all faults are healed
    Then within 30 seconds every broker is registered
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order

  # It does not know that another leads, so it takes what need not be replicated, for as long as the cut lasts.
  Scenario: What a fenced leader accepts with acks=1 is lost
    Given a producer "hasty" with settings:
      | name | value |
      | acks | 1     |
    And producer "hasty" sends messages numbered 101 to 110 to topic "orders"
    When the leader of partition 0 of topic "orders" is cut off from the controllers
    Then within 30 seconds partition 0 of topic "orders" has a new leader
    When producer "hasty" sends messages numbered 111 to 150 to topic "orders"
    And all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    And some acknowledged messages are lost
