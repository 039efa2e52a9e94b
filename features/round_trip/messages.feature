Feature: What is sent is what is received
  Keys, values and headers come back as they were sent, to the byte.

  Background:
    Given a running Kafka cluster

  Scenario: Keys and values
    Given a topic "people" with 1 partition and replication factor 3
    And a producer "p"
    And a consumer "c" in group "readers" subscribed to "people"
    When producer "p" sends to topic "people":
      | key   | value   |
      | ada   | Lovelace |
      | alan  | Turing   |
      | grace | Hopper   |
    Then within 20 seconds consumer "c" receives exactly in this order:
      | key   | value   |
      | ada   | Lovelace |
      | alan  | Turing   |
      | grace | Hopper   |

  Scenario: Headers, also doubled, empty and null ones
    Given a topic "traced" with 1 partition and replication factor 3
    And a producer "p"
    And a consumer "c" reading topic "traced" from the beginning
    When producer "p" sends to topic "traced":
      | value | headers                    |
      | one   | trace=7; from=web          |
      | two   | trace=8; trace=9           |
      | three | note=; nothing=null        |
      | four  |                            |
    Then within 20 seconds consumer "c" receives exactly in this order:
      | value | headers                    |
      | one   | trace=7; from=web          |
      | two   | trace=8; trace=9           |
      | three | note=; nothing=null        |
      | four  |                            |

  Scenario: Null and empty are not the same
    Given a topic "sparse" with 1 partition and replication factor 3
    And a producer "p"
    And a consumer "c" reading topic "sparse" from the beginning
    When producer "p" sends to topic "sparse":
      | key    | value  |
      | null   | null   |
      | null   |        |
      |        | null   |
      |        |        |
      | "null" | "null" |
    Then within 20 seconds consumer "c" receives exactly in this order:
      | key    | value  |
      | null   | null   |
      | null   |        |
      |        | null   |
      |        |        |
      | "null" | "null" |

  Scenario Outline: Text in <language>
    Given a topic "texts" with 1 partition and replication factor 3
    And a producer "p"
    And a consumer "c" reading topic "texts" from the beginning
    When producer "p" sends to topic "texts":
      | key        | value  | headers         |
      | <language> | <text> | greeting=<text> |
    Then within 20 seconds consumer "c" receives exactly in this order:
      | key        | value  | headers         |
      | <language> | <text> | greeting=<text> |

    Examples:
      | language | text           |
      | Ελληνικά | Γειά σου Κόσμε |
      | 日本語   | こんにちは世界 |
      | עברית    | שלום עולם      |
      | emoji    | 👩‍🚀🚀          |

  Scenario Outline: Messages compressed with <codec>
    Given a topic "packed" with 3 partitions and replication factor 3
    And a producer "p" with settings:
      | name             | value   |
      | compression.type | <codec> |
      | linger.ms        | 20      |
    And a consumer "c" reading topic "packed" from the beginning
    When producer "p" sends 500 numbered messages to topic "packed"
    Then within 20 seconds consumer "c" receives the numbers 1 to 500, each once and in order in each partition

    Examples:
      | codec  |
      | gzip   |
      | snappy |
      | lz4    |
