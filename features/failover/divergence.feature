@slow
Feature: Replicas that part
  The old leader has a message that the new one has forgotten, and another stands in its place. Replicas that
  know the epochs of leaders find that out (KIP-101, from 0.11 on with message format v2); those that trust their
  high watermark keep both.

  Scenario: With leader epochs the old leader drops what nobody else has
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 2
    And a producer "shop" with settings:
      | name | value |
      | acks | all   |
    And producer "shop" sends messages numbered 1 to 1 to topic "orders"
    And producer "shop" sends messages numbered 2 to 2 to topic "orders"
    And within 60 seconds topic "orders" is fully replicated
    When the leader of partition 0 of topic "orders" is stopped
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    When the leader of partition 0 of topic "orders" is killed
    And the last 10 bytes of partition 0 of topic "orders" are cut off on the killed broker
    And the killed broker is started again
    And producer "shop" sends messages numbered 3 to 3 to topic "orders"
    And the stopped broker is started again
    Then within 60 seconds topic "orders" is fully replicated
    And the replicas of topic "orders" are identical
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives exactly in this order:
      | value |
      | 1     |
      | 3     |

  Scenario: Without them replicas that are in sync hold different messages
    Given a running Kafka 0.11.0.3 cluster described by "quick-failover"
    # Broker 1 is the one to lead; format v1 has no headers, so Kafka's own producer sends.
    And "kafka-topics --create --topic orders --replica-assignment 1:2 --config message.format.version=0.10.2" runs on broker 3
    And "kafka-console-producer --topic orders --request-required-acks all" runs on broker 3 with input:
      """
      first
      second
      """
    And within 60 seconds topic "orders" is fully replicated
    When broker 1 is stopped
    Then within 20 seconds partition 0 of topic "orders" has a new leader
    When broker 2 is killed
    And the last 10 bytes of partition 0 of topic "orders" are cut off on broker 2
    And broker 2 is started again
    And "kafka-console-producer --topic orders" runs on broker 3 with input:
      """
      third, which is longer
      """
    And broker 1 is started again
    Then within 60 seconds topic "orders" is fully replicated
    And the replicas of topic "orders" differ
