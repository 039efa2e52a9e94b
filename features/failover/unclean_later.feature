Feature: What a consumer has read can be lost all the same
  Elections are clean when messages are acknowledged and read. Then somebody switches unclean ones on, and a replica
  leads that lacks them: whoever reads afterwards does not find them. It is a loss, whoever has seen them before.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 2
    And an idempotent producer "shop"
    And a consumer "early" in group "early" subscribed to "orders"
    And the replicas of topic "orders" are moved to brokers 2 and 3
    And producer "shop" sends messages numbered 1 to 10 to topic "orders"
    And within 60 seconds topic "orders" is fully replicated

  Scenario: Unclean elections are switched on while the cluster runs, and cut off what was read
    When a follower of partition 0 of topic "orders" is stopped
    And producer "shop" sends messages numbered 11 to 20 to topic "orders"
    Then within 20 seconds consumer "early" receives the numbers 1 to 20, each once
    When the leader of partition 0 of topic "orders" is killed
    And the stopped broker is started again
    Then within 30 seconds partition 0 of topic "orders" has no leader
    When "kafka-configs --alter --entity-type topics --entity-name orders --add-config unclean.leader.election.enable=true" runs on broker 1
    Then within 30 seconds partition 0 of topic "orders" has a new leader
    When all faults are healed
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 10, each once
    And some acknowledged messages are lost
