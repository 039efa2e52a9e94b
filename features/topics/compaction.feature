Feature: What the cleaner removes is not lost
  Of a compacted topic the last message of each key must be there. Those before it may go, and a deletion may go with
  what it deletes.

  Background:
    Given a running Kafka cluster with settings:
      | name                   | value |
      | log.cleaner.backoff.ms | 500   |
    And a topic "profiles" with 1 partition, replication factor 3 and settings:
      | name                      | value   |
      | cleanup.policy            | compact |
      | segment.ms                | 1000    |
      | min.cleanable.dirty.ratio | 0.01    |
      | delete.retention.ms       | 1000    |
    # Nothing is ever sent to it: whoever reads it only lets time pass.
    And a topic "pause" with 1 partition and replication factor 3
    And a consumer "watch" reading topic "pause" from the beginning
    And an idempotent producer "app"
    And producer "app" sends 200 numbered messages with 5 keys to topic "profiles"
    And producer "app" sends to topic "profiles":
      | key   | value |
      | key 1 | null  |

  Scenario: The verdict knows that the cleaner may
    Then consumer "watch" receives no message within 3 seconds
    When producer "app" sends to topic "profiles":
      | key  | value |
      | roll | 1     |
    Then consumer "watch" receives no message within 6 seconds
    When a consumer "late" reads topic "profiles" from the beginning
    Then within 20 seconds consumer "late" receives exactly in this order:
      | key   | value |
      | key 2 | 197   |
      | key 3 | 198   |
      | key 4 | 199   |
      | key 5 | 200   |
      | key 1 | null  |
      | roll  | 1     |
    And no acknowledged message is lost
    And the history shows no lost-write
    And every committed message is delivered exactly once, in order
