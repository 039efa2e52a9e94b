Feature: Text blocks and tables to the letter
  Background:
    Given a running Kafka cluster
    And a topic "t" with 1 partition and replication factor 3
    And a consumer "c" reading topic "t" from the beginning

  Scenario: A text block is what stands between its delimiters
    When "kafka-console-producer --topic t" runs on broker 1 with input:
      ```json
        {"a": 1}

      say """ here, \`\`\` there

      ```
    Then within 20 seconds consumer "c" receives exactly in this order:
      | value                    |
      | "  {"a": 1}"             |
      | ""                       |
      | say """ here, ``` there  |
      | ""                       |

  Scenario: In a table only bars, backslashes and line breaks are escaped
    Given a producer "p"
    When producer "p" sends to topic "t":
      | key | value      | # what it is
      | k   | \d+\.\w    | # a pattern
      | k   | a\|b\\c\nd |
    Then within 20 seconds consumer "c" receives exactly in this order:
      | key | value      |
      | k   | \\d+\\.\\w |
      | k   | a\|b\\c\nd |

  Scenario Outline: An outline without <rows> is one scenario
    Then topic "t" holds 0 messages

  Scenario Outline: Rows that are there, <n>
    When "kafka-console-producer --topic t" runs on broker 1 with input:
      """
      <n> <of> 2
      """
    Then within 20 seconds consumer "c" receives exactly in this order:
      | value      |
      | <n> <of> 2 |

    Examples: today
      | n |
      | 1 |

    Examples: to come
      | n |
