Feature: Client programs in Python
  A pair of programs on confluent-kafka: one sends ten greetings and prints a delivery report for each, the other
  reads ten in the group mygrp.

  Background:
    Given a running Kafka cluster
    And a topic "greetings" with 1 partition and replication factor 3

  Scenario: Ten greetings are sent, each with a delivery report, and received
    When the client program "python3 fixtures/clients/producer.py" runs to its end within 60 seconds
    And the client program "python3 fixtures/clients/consumer.py" runs to its end within 60 seconds with topic "greetings" and group "mygrp"
    Then the client program "python3 fixtures/clients/producer.py" has printed 10 lines that begin with "delivered"
    And the client program "python3 fixtures/clients/consumer.py" has printed 10 lines that begin with "greeting"
    And topic "greetings" holds 10 messages

  Scenario: A consumer that is there first gets the greetings as they come
    Given the client program "python3 fixtures/clients/consumer.py" is running with topic "greetings" and group "mygrp"
    And within 60 seconds the client program "python3 fixtures/clients/consumer.py" prints the line "assigned 1 partitions"
    When the client program "python3 fixtures/clients/producer.py" runs to its end within 60 seconds
    Then within 30 seconds the client program "python3 fixtures/clients/consumer.py" ends
    And the client program "python3 fixtures/clients/consumer.py" has printed 10 lines that begin with "greeting"

  Scenario: What Python sends, a consumer of trial receives
    Given a consumer "c" in group "readers" subscribed to "greetings"
    When the client program "python3 fixtures/clients/producer.py" runs to its end within 60 seconds
    Then within 20 seconds consumer "c" receives exactly in this order:
      | key  | value       |
      | null | greeting 1  |
      | null | greeting 2  |
      | null | greeting 3  |
      | null | greeting 4  |
      | null | greeting 5  |
      | null | greeting 6  |
      | null | greeting 7  |
      | null | greeting 8  |
      | null | greeting 9  |
      | null | greeting 10 |

  Scenario: A program that prints a history is judged as any other client
    When the client program "python3 fixtures/clients/recorded.py" runs to its end within 60 seconds
    Then every committed message is delivered exactly once, in order

  Scenario: A program that says it has sent what it has not is caught
    When the client program "python3 fixtures/clients/recorded.py --lie" runs to its end within 60 seconds
    Then some acknowledged messages are lost
