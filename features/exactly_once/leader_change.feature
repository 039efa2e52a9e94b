Feature: Leaders change while an idempotent producer sends
  The next leader has the producer's sequence numbers in its own log, so it knows what it has got already.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |

  Scenario Outline: The leader crashes and comes back, with <in flight> under way
    Given a producer "shop" with settings:
      | name                                  | value       |
      | enable.idempotence                    | true        |
      | max.in.flight.requests.per.connection | <in flight> |
    And producer "shop" keeps sending 300 messages per second to topic "orders"
    And within 20 seconds 200 more messages of producer "shop" are acknowledged
    When the leader of partition 0 of topic "orders" is killed
    Then within 30 seconds partition 0 of topic "orders" has a new leader
    And within 30 seconds 300 more messages of producer "shop" are acknowledged
    When the killed broker is started again
    Then within 60 seconds topic "orders" is fully replicated
    When producer "shop" stops sending
    Then every committed message is delivered exactly once, in order
    And the replicas of topic "orders" are identical
    And topic "orders" was unavailable for writes for at most 20 seconds

    Examples:
      | in flight |
      | 1         |
      | 5         |
