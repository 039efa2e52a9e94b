Feature: Clients are held to their quotas
  A broker that gets more than a client's quota, over the last 10 seconds, has the client wait. A message of these
  producers takes about 27 bytes, so 5 KB/s are some 1900 messages in 10 seconds. What was sent at once is forgotten
  at once, 11 seconds later, and as much may then be sent at once again: in 10 seconds there may be up to twice as many.
  Messages that wait do so in the client, where they fill batches: a request that is on its way already counts in full,
  and the broker answers one after another.

  Background:
    Given a running Kafka cluster
    And a topic "orders" with 1 partition and replication factor 3
    And a producer "p" with settings:
      | name                                  | value |
      | batch.num.messages                    | 50    |
      | max.in.flight.requests.per.connection | 1     |

  Scenario: A producer is held to its quota until it is lifted
    When the quota of producer "p" is 5 KB/s
    And producer "p" keeps sending 1000 messages per second to topic "orders"
    # What may be sent at once is gone by then.
    And within 60 seconds 2500 more messages of producer "p" are acknowledged
    Then at most 4000 more messages of producer "p" are acknowledged within 10 seconds
    When the quota of producer "p" is lifted
    # Held to its quota it would have some 4600 in that time.
    Then within 20 seconds 6000 more messages of producer "p" are acknowledged

  Scenario: A consumer is held to its quota and falls behind
    Given a consumer "c" in group "billing" subscribed to "orders" with settings:
      | name                    | value |
      | auto.commit.interval.ms | 500   |
    When the quota of consumer "c" is 2 KB/s
    And producer "p" keeps sending 1000 messages per second to topic "orders"
    Then within 60 seconds group "billing" lags behind by at least 3000 messages
