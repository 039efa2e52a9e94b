Feature: Clients on Kafka's own library
  Producers, consumers and copiers on kafka-clients, of the cluster's version or of another one, each in a JVM. They are
  started, killed, paused and judged as those on librdkafka are.

  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions and replication factor 3

  Scenario: What a Java producer sends, a Java consumer reads
    Given a Java consumer process "c" in group "billing" that reads topic "orders"
    And a Java producer process "p" that sends 500 numbered messages to topic "orders"
    Then within 30 seconds producer process "p" has sent everything
    And within 30 seconds consumer process "c" has read 500 messages
    And within 30 seconds consumer process "c" has read everything
    When consumer process "c" is stopped
    Then consumer process "c" is not running
    When a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 500, each once
    And every committed message is delivered exactly once, in order

  Scenario: A consumer on librdkafka goes on where a Java consumer was killed
    Given a Java consumer process "c" in group "billing" that reads topic "orders" with settings:
      | name             | value |
      | max.poll.records | 20    |
    And a Java producer process "p" that sends 500 numbered messages to topic "orders" at 250 messages per second
    When within 30 seconds consumer process "c" has read 100 messages
    And within 30 seconds consumer process "c" is killed halfway through a batch
    Then consumer process "c" is not running
    When a consumer process "d" starts in group "billing" and reads topic "orders"
    Then within 30 seconds producer process "p" has sent everything
    And within 30 seconds consumer process "d" has read everything
    And every committed message is delivered exactly once, in order

  Scenario: An idempotent Java producer sends each message once while its leader is killed
    Given a topic "payments" with 1 partition and replication factor 3
    And a Java producer process "p" that sends 2000 numbered messages to topic "payments" at 250 messages per second
    When within 30 seconds producer process "p" has sent 200 messages
    And the response to the next produce request of producer process "p" is lost
    And the leader of partition 0 of topic "payments" is killed
    Then within 60 seconds producer process "p" has sent everything
    When a consumer "audit" reads topic "payments" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 2000, each once
    And every committed message is delivered exactly once, in order

  Scenario: Without idempotence a response that is lost makes duplicates
    Given a Java producer process "p" that sends 2000 numbered messages to topic "orders" at 250 messages per second with settings:
      | name               | value |
      | enable.idempotence | false |
      | request.timeout.ms | 3000  |
      | retries            | 100   |
    When within 30 seconds producer process "p" has sent 200 messages
    And the response to the next produce request of producer process "p" is lost
    Then within 60 seconds producer process "p" has sent everything
    And the history shows duplicate

  Scenario: A Java producer is killed in a transaction and started again
    Given a Java producer process "p" with transactional id "tx" that sends 1000 numbered messages to topic "orders" in transactions of 50 at 250 messages per second
    When within 30 seconds producer process "p" has sent 100 messages
    And within 30 seconds producer process "p" is killed halfway through a batch
    Then producer process "p" is not running
    When producer process "p" is started again
    Then within 60 seconds producer process "p" has sent everything
    And every committed message is delivered exactly once, in order

  Scenario: A Java producer that was paused is fenced by a producer on librdkafka
    Given a Java producer process "zombie" with transactional id "tx" that sends 1000 numbered messages to topic "orders" in transactions of 50 at 250 messages per second
    When within 30 seconds producer process "zombie" has sent 100 messages
    And within 30 seconds producer process "zombie" is paused halfway through a batch
    And a producer process "p" starts with transactional id "tx" and sends 500 numbered messages to topic "orders" in transactions of 50
    Then within 30 seconds producer process "p" has sent everything
    And producer process "zombie" still hangs
    When producer process "zombie" is resumed
    Then within 30 seconds producer process "zombie" is fenced
    And every committed message is delivered exactly once, in order

  Scenario Outline: A Java copier crashes between its results and its offsets, <way>, and copies each message once
    Given a topic "copies" with 3 partitions and replication factor 3
    And a Java copier "cp" from "orders" to "copies" <way>
    And a Java producer process "p" that sends 1500 numbered messages to topic "orders" at 250 messages per second
    When within 30 seconds copier "cp" has copied 1 message
    And within 30 seconds copier "cp" is killed halfway through a batch
    Then copier "cp" is not running
    When copier "cp" is started again
    Then within 30 seconds producer process "p" has sent everything
    And within 60 seconds copier "cp" has copied everything
    When a consumer "audit" reads topic "copies" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 1500, each once
    And every committed message is delivered exactly once, in order

    Examples:
      | way                                    |
      | committing offsets in its transactions |
      | with a producer for each partition     |

  Scenario: With offsets outside of the transactions a Java copier copies a batch twice
    Given a topic "copies" with 3 partitions and replication factor 3
    And a Java copier "cp" from "orders" to "copies" committing offsets outside its transactions
    And a Java producer process "p" that sends 1500 numbered messages to topic "orders" at 250 messages per second
    When within 30 seconds copier "cp" has copied 1 message
    And within 30 seconds copier "cp" is killed halfway through a batch
    And copier "cp" is started again
    Then within 30 seconds producer process "p" has sent everything
    And within 60 seconds copier "cp" has copied everything
    And the history shows reprocessed
    And no acknowledged message is lost

  Scenario: Java copiers of one group are killed one after another and copy each message once
    Given a topic "copies" with 3 partitions and replication factor 3
    And 2 Java copiers "cp" from "orders" to "copies" committing offsets in their transactions
    And a producer process "p" that sends 1000 numbered messages to topic "orders" at 250 messages per second
    When within 30 seconds copier "cp-1" has copied 1 message
    And copiers "cp" are killed and started again one after another
    Then copiers "cp" run in new processes
    And within 30 seconds producer process "p" has sent everything
    And within 60 seconds copiers "cp" have copied everything
    And every committed message is delivered exactly once, in order

  @full
  Scenario Outline: A Java client of version <version> speaks with the cluster
    Given a Java <version> consumer process "c" in group "billing" that reads topic "orders"
    And a Java <version> producer process "p" with transactional id "tx" that sends 500 numbered messages to topic "orders" in transactions of 50
    Then within 60 seconds producer process "p" has sent everything
    And within 30 seconds consumer process "c" has read 500 messages
    And every committed message is delivered exactly once, in order

    Examples:
      | version  |
      | 0.11.0.3 |
      | 2.5.0    |
      | 3.9.2    |
