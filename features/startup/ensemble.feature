Feature: The ensemble of ZooKeepers
  Three ZooKeepers agree on a leader and run with the settings that they were given.

  Background:
    Given a running Kafka cluster

  Scenario: One ZooKeeper leads and the others follow
    Then within 10 seconds 1 ZooKeeper leads and 2 follow

  Scenario Outline: ZooKeeper <id> knows who it is and is well
    Then ZooKeeper <id> has myid <id>
    And ZooKeeper <id> answers "ruok" with "imok"

    Examples:
      | id |
      | 1  |
      | 2  |
      | 3  |

  Scenario: Every ZooKeeper knows the whole ensemble
    Then every ZooKeeper knows an ensemble of 3 servers

  Scenario: The ticks and limits of the ensemble are in force
    Then every ZooKeeper runs with settings:
      | name      | value |
      | tickTime  | 2000  |
      | initLimit | 10    |
      | syncLimit | 5     |

  Scenario: Old snapshots are purged once a day and three are kept
    Then every ZooKeeper runs with settings:
      | name                      | value |
      | autopurge.snapRetainCount | 3     |
      | autopurge.purgeInterval   | 24    |
