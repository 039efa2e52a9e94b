Feature: ZooKeepers that are gone
  Two of three serve. One alone does not, and Kafka goes on with what it knows.

  Background:
    # Without ZooKeeper a leader cannot give up a follower that lags, and stands still while it tries.
    Given a running Kafka cluster described by "quick-failover" with settings:
      | name                    | value |
      | replica.lag.time.max.ms | 30000 |
    And a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"

  Scenario Outline: The ZooKeeper leader is <gone>: another one is elected, and every broker is registered with it
    When the ZooKeeper leader is <gone>
    Then within 20 seconds 1 ZooKeeper leads and 1 follows
    # Sessions may have ended meanwhile, and what needs one is refused until there is a new one.
    And within 60 seconds topic "later" can be created with 3 partitions and replication factor 3
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And all faults are healed
    Then within 30 seconds 1 ZooKeeper leads and 2 follow
    And within 30 seconds every broker is registered
    And within 20 seconds consumer "billing" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | gone    |
      | killed  |
      | stopped |
      | paused  |

  Scenario: One ZooKeeper after another is restarted, and Kafka goes on
    When all ZooKeepers are restarted one after another
    Then all ZooKeepers run in new processes
    And within 30 seconds 1 ZooKeeper leads and 2 follow
    And within 30 seconds every broker is registered
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order

  Scenario: Without a quorum leaders serve, and with the quorum everything is back
    When ZooKeeper 1 and ZooKeeper 2 are killed
    Then within 10 seconds 0 ZooKeepers lead and 0 follow
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 200, each once
    When all faults are healed
    Then within 30 seconds 1 ZooKeeper leads and 2 follow
    And within 30 seconds every broker is registered
    And within 30 seconds topic "orders" is fully replicated
    And within 60 seconds topic "afterwards" can be created with 3 partitions and replication factor 3
    When producer "shop" sends messages numbered 201 to 300 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 300, each once
    And every committed message is delivered exactly once, in order

  @slow
  Scenario: Leaders serve for a minute without a quorum, no topic is made, and everything comes back
    Given a producer process "p" that sends 1200 numbered messages to topic "orders" at 20 messages per second
    When ZooKeeper 1 and ZooKeeper 2 are killed
    Then within 10 seconds 0 ZooKeepers lead and 0 follow
    And creating topic "later" with 1 partition and replication factor 3 fails with "_TIMED_OUT"
    And within 90 seconds producer process "p" has sent everything
    And within 10 seconds 0 ZooKeepers lead and 0 follow
    When all faults are healed
    Then within 30 seconds 1 ZooKeeper leads and 2 follow
    And within 30 seconds every broker is registered
    And within 30 seconds topic "orders" is fully replicated
    And within 60 seconds topic "afterwards" can be created with 3 partitions and replication factor 3
    And every committed message is delivered exactly once, in order
