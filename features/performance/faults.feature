Feature: Throughput while things break

  Scenario: A killed broker slows a load for a while
    Given a running Kafka cluster described by "quick-failover"
    And a topic "load" with 6 partitions and replication factor 3
    And 2 consumers of group "readers" keep reading topic "load"
    When 4 producers keep sending 400 messages of 1 KB per second to topic "load" with settings:
      | name               | value |
      | enable.idempotence | true  |
    And statistics are taken every 1 second
    And within 10 seconds 3 snapshots of the statistics were taken
    And the leader of partition 0 of topic "load" is killed
    And within 30 seconds partition 0 of topic "load" has a new leader
    And the killed broker is started again
    And within 60 seconds 16 snapshots of the statistics were taken
    And the load on topic "load" stops
    Then within 20 seconds after the last fault, sending to topic "load" was back at 90 percent of its earlier rate
    And within 30 seconds every message of the load on topic "load" is received exactly once
    And within 30 seconds every replica of topic "load" holds all messages of the load

  # A broker handles one request of a connection at a time, and with acks=all that takes as long as the followers
  # take. So many small requests in flight would wait for each other; one at a time gathers larger batches.
  Scenario: A leader that is far from its followers acknowledges late
    Given a running Kafka cluster
    And a topic "far" with 1 partition and replication factor 3
    When 100 milliseconds of delay are added between the leader of partition 0 of topic "far" and the other brokers
    And 2 producers send 300 messages of 1 KB per second to topic "far" for 4 seconds with settings:
      | name                                  | value |
      | max.in.flight.requests.per.connection | 1     |
    And all faults are healed
    Then 50 percent of the messages to topic "far" took at least 150 milliseconds to be acknowledged
    When 2 consumers of group "readers" read everything from topic "far" within 30 seconds
    Then within 10 seconds every replica of topic "far" holds all messages of the load

  Scenario: A follower on a slow link slows a load until the link is well again
    Given a running Kafka cluster described by "quick-failover"
    And a topic "slow" with 1 partition and replication factor 3
    When 2 producers keep sending 200 messages of 1 KB per second to topic "slow"
    And statistics are taken every 1 second
    And within 30 seconds 3 snapshots of the statistics were taken
    And 300 milliseconds of delay are added between a follower of partition 0 of topic "slow" and the leader of partition 0 of topic "slow"
    And within 30 seconds 7 snapshots of the statistics were taken
    And all faults are healed
    And within 30 seconds 12 snapshots of the statistics were taken
    And the load on topic "slow" stops
    Then 20 percent of the messages to topic "slow" took at least 250 milliseconds to be acknowledged
    And within 20 seconds after the last fault, sending to topic "slow" was back at 90 percent of its earlier rate
    When 2 consumers of group "readers" read everything from topic "slow" within 30 seconds
    Then within 10 seconds every replica of topic "slow" holds all messages of the load
