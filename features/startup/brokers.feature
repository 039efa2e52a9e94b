Feature: Brokers that have started
  Brokers register in ZooKeeper under their ids and run with the settings that they were given.

  Scenario: All brokers are registered and one of them is the controller
    Given a running Kafka cluster
    Then within 10 seconds every broker is registered
    And within 10 seconds brokers 1, 2 and 3 are registered
    And within 10 seconds one of the brokers is the controller

  Scenario Outline: Broker <id> reports its own id
    Given a running Kafka cluster
    Then broker <id> runs with settings:
      | name      | value |
      | broker.id | <id>  |

    Examples:
      | id |
      | 1  |
      | 2  |
      | 3  |

  Scenario: A broker can move on to another ZooKeeper, as it knows all three
    Given a running Kafka cluster
    Then every broker knows every ZooKeeper

  Scenario: Settings of the fixture are in force in every broker
    Given a running Kafka cluster described by "auto-create"
    Then every broker runs with settings:
      | name                      | value |
      | auto.create.topics.enable | true  |
      | num.partitions            | 3     |
