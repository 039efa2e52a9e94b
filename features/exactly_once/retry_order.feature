Feature: Retries while other requests are under way
  The leader refuses some batches, as its followers are not in sync, and takes the next ones, as they are again. The producer
  hears of it all late, when everything is on its way, and sends again what was refused.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |

  Scenario Outline: <what>
    Given a producer "p" with settings:
      | name                                  | value        |
      | enable.idempotence                    | <idempotent> |
      | max.in.flight.requests.per.connection | <in flight>  |
    # Before its first message a broker knows nothing of a producer, and takes whatever sequence number comes first.
    And producer "p" sends 1 numbered message to topic "orders"
    And every follower of partition 0 of topic "orders" is paused
    And within 60 seconds partition 0 of topic "orders" has 1 replica in sync
    When the response to the next produce request of producer "p" is delayed by 12 seconds
    And producer "p" keeps sending 10 messages per second to topic "orders"
    And every follower of partition 0 of topic "orders" is resumed
    Then within 30 seconds partition 0 of topic "orders" has 3 replicas in sync
    And within 20 seconds every fault has had its effect
    And within 20 seconds 30 more messages of producer "p" are acknowledged
    When producer "p" stops sending
    Then <verdict>

    Examples:
      | what                                             | idempotent | in flight | verdict                                                   |
      # So many that some are sent after the followers are back; with idempotence 5 is the most.
      | Without idempotence they come out of order      | false      | 100       | messages are reordered                                      |
      | With idempotence every retry waits for its turn | true       | 5         | every committed message is delivered exactly once, in order |
