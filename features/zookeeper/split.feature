Feature: ZooKeepers that do not hear each other
  They run, and the network between them is split. Brokers reach all of them.

  Background:
    # Without ZooKeeper a leader cannot give up a follower that lags, and stands still while it tries.
    Given a running Kafka cluster described by "quick-failover" with settings:
      | name                    | value |
      | replica.lag.time.max.ms | 30000 |
    And a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"

  Scenario: The majority goes on, and the minority does not serve
    When the ZooKeepers are split into a minority and a majority
    Then within 20 seconds 1 ZooKeeper leads and 1 follows
    # Sessions may have ended meanwhile, and what needs one is refused until there is a new one.
    And within 60 seconds topic "later" can be created with 3 partitions and replication factor 3
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And all faults are healed
    Then within 30 seconds 1 ZooKeeper leads and 2 follow
    And within 30 seconds every broker is registered
    And within 20 seconds consumer "billing" receives the numbers 1 to 200, each once

  Scenario: Where each hears another majority nobody leads, and everything comes back
    When the ZooKeepers each hear another majority
    Then within 20 seconds 0 ZooKeepers lead and 0 follow
    # Nobody tells the brokers anything: they lead as they did.
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And all faults are healed
    Then within 30 seconds 1 ZooKeeper leads and 2 follow
    And within 30 seconds every broker is registered
    And within 20 seconds consumer "billing" receives the numbers 1 to 200, each once

  # Started again, they call the leader, which calls them back.
  Scenario: ZooKeepers that were started again do not hear a leader that is cut off either
    When ZooKeeper 1 is restarted
    And ZooKeeper 2 is restarted
    Then within 20 seconds 1 ZooKeeper leads and 2 follow
    When the ZooKeeper leader is cut off from the other ZooKeepers
    Then within 30 seconds topic "later" can be created with 3 partitions and replication factor 3
    And within 20 seconds 1 ZooKeeper leads and 1 follows
    When all faults are healed
    Then within 30 seconds 1 ZooKeeper leads and 2 follow
    And within 30 seconds every broker is registered
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 200, each once

  Scenario: Brokers that are cut off from every ZooKeeper come back
    When every broker is cut off from ZooKeeper
    # Nobody notices: they lead as they did.
    And producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 20 seconds brokers 1, 2 and 3 are no longer registered
    When all faults are healed
    Then within 30 seconds every broker is registered
    And within 30 seconds topic "orders" is fully replicated
    When producer "shop" sends messages numbered 201 to 300 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 300, each once
