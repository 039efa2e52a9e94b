Feature: Unclean elections
  A follower is stopped, messages are written, the leader crashes, and the follower comes back without them.
  Whether it may lead is a choice between being there and being right.

  Background:
    Given a running Kafka cluster described by "quick-failover"

  Scenario: Where a replica out of sync may lead, acknowledged messages are lost
    Given a topic "orders" with 1 partition, replication factor 2 and settings:
      | name                           | value |
      | unclean.leader.election.enable | true  |
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 10 to topic "orders"
    And within 60 seconds topic "orders" is fully replicated
    When a follower of partition 0 of topic "orders" is stopped
    And producer "shop" sends messages numbered 11 to 20 to topic "orders"
    And the leader of partition 0 of topic "orders" is killed
    And the stopped broker is started again
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    When all faults are healed
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 10, each once
    And some acknowledged messages are lost

  Scenario: Where it may not, nobody leads until the old leader is back, with everything
    Given a topic "orders" with 1 partition and replication factor 2
    And an idempotent producer "shop"
    And a producer "hasty" with settings:
      | name                | value |
      | delivery.timeout.ms | 2000  |
    And producer "shop" sends messages numbered 1 to 10 to topic "orders"
    And within 60 seconds topic "orders" is fully replicated
    When a follower of partition 0 of topic "orders" is stopped
    And producer "shop" sends messages numbered 11 to 20 to topic "orders"
    And the leader of partition 0 of topic "orders" is killed
    And the stopped broker is started again
    Then within 30 seconds partition 0 of topic "orders" has no leader
    And producer "hasty" fails to send a message to topic "orders" with "_MSG_TIMED_OUT"
    When the killed broker is started again
    Then within 60 seconds topic "orders" is fully replicated
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 20, each once
    And every committed message is delivered exactly once, in order
