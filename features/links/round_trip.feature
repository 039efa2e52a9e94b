Feature: Messages go round while something is wrong

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions, replication factor 3 and settings:
      | name                | value |
      | min.insync.replicas | 2     |
    And a consumer "billing" in group "billing" subscribed to "orders"

  Scenario: A broker hangs
    Given a producer process "shop" that sends 1500 numbered messages to topic "orders" at 250 messages per second
    When broker 2 is paused
    Then within 20 seconds the paused broker is no longer registered
    When the paused broker is resumed
    Then within 20 seconds every broker is registered
    And within 60 seconds producer process "shop" has sent everything
    And within 30 seconds consumer "billing" receives the numbers 1 to 1500, each once

  Scenario: A broker is cut off from everything
    Given a producer process "shop" that sends 1500 numbered messages to topic "orders" at 250 messages per second
    When broker 2 is cut off from everything
    Then within 20 seconds broker 2 is no longer registered
    When all faults are healed
    Then within 20 seconds every broker is registered
    And within 60 seconds producer process "shop" has sent everything
    And within 30 seconds consumer "billing" receives the numbers 1 to 1500, each once

  Scenario: The clients are cut off from all brokers
    Given a producer process "shop" that sends 1500 numbered messages to topic "orders" at 150 messages per second
    And within 20 seconds producer process "shop" has sent 300 messages
    When the clients are cut off from every broker for 10 seconds
    Then within 60 seconds producer process "shop" has sent everything
    And within 30 seconds consumer "billing" receives the numbers 1 to 1500, each once

  # Longer than a session of a group: the consumer has lost its partitions meanwhile, and begins where it committed last.
  @full
  Scenario: The clients are cut off from all brokers for a minute
    Given a producer process "shop" that sends 1500 numbered messages to topic "orders" at 150 messages per second
    And within 20 seconds producer process "shop" has sent 300 messages
    When the clients are cut off from every broker for 60 seconds
    Then within 60 seconds producer process "shop" has sent everything
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 30 seconds consumer "audit" receives the numbers 1 to 1500, each once
    And every committed message is delivered exactly once, in order

  Scenario: Links are slow and narrow
    When 100 milliseconds of delay are added between the clients and every broker
    And 100 milliseconds of delay are added between broker 1 and brokers 2 and 3
    And 100 milliseconds of delay are added between broker 2 and broker 3
    And the links between the clients and every broker are limited to 3000 kbit/s
    And a producer process "shop" starts and sends 1500 numbered messages to topic "orders" at 300 messages per second
    Then within 60 seconds producer process "shop" has sent everything
    And within 30 seconds consumer "billing" receives the numbers 1 to 1500, each once
