Feature: Replication while brokers fail
  Three partitions on three brokers, of which two have to take each message; brokers are shut down or bounced,
  cleanly or not, while thousands of messages are sent.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |

  Scenario Outline: The leader is <shut down>
    Given a producer process "shop" that sends 6000 numbered messages to topic "orders" at 1000 messages per second
    And within 20 seconds producer process "shop" has sent 1000 messages
    When the leader of partition 0 of topic "orders" is <shut down>
    Then within 15 seconds partition 0 of topic "orders" has a new leader
    And within 60 seconds producer process "shop" has sent everything
    And every committed message is delivered exactly once, in order

    Examples:
      | shut down |
      | stopped   |
      | killed    |

  Scenario Outline: The controller is <shut down>
    Given a producer process "shop" that sends 6000 numbered messages to topic "orders" at 1000 messages per second
    And within 20 seconds producer process "shop" has sent 1000 messages
    When the controller is <shut down>
    Then within 15 seconds there is a new controller
    And within 60 seconds producer process "shop" has sent everything
    And every committed message is delivered exactly once, in order

    Examples:
      | shut down |
      | stopped   |
      | killed    |

  @slow
  Scenario Outline: The <who> is <bounced> five times
    Given a producer process "shop" that sends 6000 numbered messages to topic "orders" at 300 messages per second
    And within 20 seconds producer process "shop" has sent 500 messages
    When the <role> is <bounced> 5 times
    Then the restarted broker runs in a new process
    And within 60 seconds producer process "shop" has sent everything
    And within 30 seconds topic "orders" is fully replicated
    And every committed message is delivered exactly once, in order

    Examples:
      | who        | role                                    | bounced                  |
      | leader     | leader of partition 0 of topic "orders" | restarted                |
      | leader     | leader of partition 0 of topic "orders" | killed and started again |
      | controller | controller                              | restarted                |
      | controller | controller                              | killed and started again |
