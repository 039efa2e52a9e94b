Feature: A tour of trial
  Real Kafka, a real crash, a verdict: the shortest way to see what this project does.

  Scenario: The leader crashes, and no acknowledged message is lost
    # Three brokers and three ZooKeepers, started for this scenario.
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And an idempotent producer "shop"
    And a consumer "billing" in group "billing" subscribed to "orders"
    When producer "shop" sends messages numbered 1 to 100 to topic "orders"
    Then within 20 seconds consumer "billing" receives the numbers 1 to 100, each once

    # SIGKILL, and the two brokers that are left agree on another leader.
    When the leader of partition 0 of topic "orders" is killed
    Then within 30 seconds partition 0 of topic "orders" has a new leader
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    Then within 30 seconds consumer "billing" receives the numbers 1 to 200, each once

    # It comes back, catches up, and whoever reads from the beginning finds everything.
    When the killed broker is started again
    Then within 60 seconds topic "orders" is fully replicated
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 200, each once

    # The verdict: not what consumers happened to see, but every message that was sent, against all that is there.
    And every committed message is delivered exactly once, in order
