@slow
Feature: A refused batch in one partition, a lost answer in another
  The leader of "orders" refuses the first batches, as its follower is not in sync, and the ones behind them for their
  sequence numbers. librdkafka takes that for a reason to begin a new epoch (its issue 4953). Meanwhile nothing is heard of
  a message in "audit", which is there: it is sent again, under the new epoch, and the broker takes it for another one.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition, replication factor 2 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And a topic "audit" with 1 partition and replication factor 1

  Scenario Outline: With <in flight> under way <what>
    Given a producer "p" with settings:
      | name                                  | value       |
      | enable.idempotence                    | true        |
      | max.in.flight.requests.per.connection | <in flight> |
      # Longer than the answers of the leader are late, and shorter than the one of broker 3.
      | socket.timeout.ms                     | 15000       |
      | request.timeout.ms                    | 14000       |
    When the replicas of topic "orders" are moved to brokers 1 and 2
    And the replicas of topic "audit" are moved to broker 3
    Then within 30 seconds the replicas of topic "orders" are on brokers 1 and 2
    And within 30 seconds the replicas of topic "audit" are on broker 3
    # Before its first message a broker knows nothing of a producer, and takes whatever sequence number comes first.
    When producer "p" sends 1 numbered message to topic "orders"
    And producer "p" sends 1 numbered message to topic "audit"
    And every follower of partition 0 of topic "orders" is paused
    And within 60 seconds partition 0 of topic "orders" has 1 replica in sync
    And the response to the next produce request to the leader of partition 0 of topic "orders" is delayed by 12 seconds
    And the response to the next produce request to broker 3 is delayed by 25 seconds
    And producer "p" keeps sending 1 message per second to topic "orders"
    And every follower of partition 0 of topic "orders" is resumed
    And producer "p" sends messages numbered 2 to 2 to topic "audit"
    Then within 30 seconds every fault has had its effect
    And within 20 seconds 5 more messages of producer "p" are acknowledged
    When producer "p" stops sending
    Then <verdict>

    Examples:
      | in flight | what             | verdict                                                     |
      | 5         | it is there twice | there are duplicates                                        |
      | 1         | it is there once | every committed message is delivered exactly once, in order |
