Feature: Topics that make themselves
  With auto.create.topics.enable a topic comes to be when a client first asks for it; without, it does not.

  Scenario: A topic is made when it is first written to
    Given a running Kafka cluster described by "auto-create"
    And a producer "p"
    When producer "p" sends 10 numbered messages to topic "spontaneous"
    Then within 10 seconds topic "spontaneous" exists
    And within 10 seconds topic "spontaneous" has 3 partitions with 3 replicas each
    And topic "spontaneous" holds 10 messages

  Scenario: No topic is made where that is switched off
    Given a running Kafka cluster with settings:
      | name                      | value |
      | auto.create.topics.enable | false |
    And a producer "p" with settings:
      | name                              | value |
      | topic.metadata.propagation.max.ms | 2000  |
    Then producer "p" fails to send a message to topic "missing" with "UNKNOWN_TOPIC_OR_PARTITION"
    And topic "missing" does not exist
