Feature: Controllers that are gone
  Without ZooKeeper, controllers agree on the metadata themselves. Two of three are a majority. One alone decides
  nothing, and brokers go on with what they know.

  Background:
    # A leader that cannot ask a controller cannot give up a follower that lags, and stands still while it tries.
    Given a running Kafka 4.4.0 cluster described by "kraft-quick-failover" with settings:
      | name                    | value |
      | replica.lag.time.max.ms | 30000 |
    And a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"

  Scenario Outline: The active controller is <gone>: another one is elected, and brokers follow it
    When the active controller is <gone>
    Then within 20 seconds there is a new controller
    And within 20 seconds 1 controller leads and 1 follows
    And within 60 seconds topic "later" can be created with 3 partitions and replication factor 3
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And all faults are healed
    Then within 30 seconds 1 controller leads and 2 follow
    And within 30 seconds every broker is registered
    And within 20 seconds consumer "billing" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | gone    |
      | killed  |
      | stopped |
      | paused  |

  Scenario: One controller after another is restarted, and Kafka goes on
    When all controllers are restarted one after another
    Then all controllers run in new processes
    And within 30 seconds 1 controller leads and 2 follow
    And within 30 seconds every broker is registered
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order

  Scenario: Without a majority leaders serve, and with it everything is back
    When controllers 101 and 102 are killed
    Then within 20 seconds 0 controllers lead and 0 follow
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 200, each once
    And creating topic "later" with 1 partition and replication factor 3 fails with "_TIMED_OUT"
    When all faults are healed
    Then within 30 seconds 1 controller leads and 2 follow
    And within 30 seconds every broker is registered
    And within 60 seconds topic "afterwards" can be created with 3 partitions and replication factor 3
    When producer "shop" sends messages numbered 201 to 300 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 300, each once
    And every committed message is delivered exactly once, in order

  # Nobody fences it, so everybody takes it for the leader, until a second controller is back.
  Scenario: A broker that dies while there is no majority is missed when there is one again
    When controllers 101 and 102 are killed
    Then within 20 seconds 0 controllers lead and 0 follow
    When the leader of partition 0 of topic "orders" is killed
    And controller 101 is started again
    Then within 30 seconds 1 controller leads and 1 follows
    And within 30 seconds the killed broker is no longer registered
    And within 30 seconds partition 0 of topic "orders" has a new leader
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And all faults are healed
    Then within 60 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order

  Scenario: A standby controller that has lost its data gets the log from the active one
    When a standby controller is killed
    And the data of the killed controller is wiped
    And the killed controller is started again
    Then within 30 seconds 1 controller leads and 2 follow
    # It counts again: with the one that led before, or in its place, it is a majority.
    When the active controller is killed
    Then within 20 seconds there is a new controller
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 200, each once
    And every committed message is delivered exactly once, in order
