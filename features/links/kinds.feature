Feature: Links fail in many ways
  Whatever becomes of the bytes between a leader, its followers and its producer: each message is there once.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And an idempotent producer "shop"
    And producer "shop" keeps sending 100 messages per second to topic "orders"
    And within 20 seconds 100 more messages of producer "shop" are acknowledged

  Scenario Outline: Between brokers: <fault>
    When <fault>
    Then within 20 seconds <effect>
    When all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    And within 30 seconds 100 more messages of producer "shop" are acknowledged
    When producer "shop" stops sending
    Then every committed message is delivered exactly once, in order

    Examples:
      | fault                                                                               | effect                                               |
      | nothing from the leader of partition 0 of topic "orders" reaches its followers      | partition 0 of topic "orders" has 1 replica in sync  |
      | the leader of partition 0 of topic "orders" is cut off from its followers by resets | partition 0 of topic "orders" has 1 replica in sync  |
      | the brokers each hear another majority                                              | partition 0 of topic "orders" has 1 replica in sync  |
      | the brokers are split into a minority and a majority                                | every fault has had its effect                       |

  Scenario Outline: On the way of the messages: <fault>
    When <fault>
    Then within 20 seconds every fault has had its effect
    And within 30 seconds 100 more messages of producer "shop" are acknowledged
    When producer "shop" stops sending
    Then every committed message is delivered exactly once, in order

    Examples:
      | fault                                                                                                     |
      | connections between producer "shop" and the leader of partition 0 of topic "orders" are reset after 10 KB |
      | 50 milliseconds to 150 milliseconds of delay are added between producer "shop" and every broker           |
      | 100 milliseconds of delay are added from the leader of partition 0 of topic "orders" to its followers     |
      | the next 2 produce requests of producer "shop" are lost                                                   |
      | the next produce request to the leader of partition 0 of topic "orders" is lost                           |
      | the next 2 produce requests of producer "shop" arrive 5 seconds after their connections were reset        |
      | the next 2 Fetch requests of a follower of partition 0 of topic "orders" are lost                         |
      | the response to the next Fetch request to the leader of partition 0 of topic "orders" is lost             |
      | the links between the leader of partition 0 of topic "orders" and its followers are limited to 500 kbit/s |

  Scenario: A producer learns late that the leader is gone
    When closing of connections between producer "shop" and every broker is noticed 3 seconds late
    And the leader of partition 0 of topic "orders" is stopped
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    And within 20 seconds every fault has had its effect
    And within 60 seconds 100 more messages of producer "shop" are acknowledged
    When all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    When producer "shop" stops sending
    Then every committed message is delivered exactly once, in order
