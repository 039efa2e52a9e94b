Feature: A broker that crashes again and again

  Scenario: A broker that crashes twice in a row comes back each time
    # Kafka takes the registration of the broker's last life for another broker and gives up, until its old
    # ZooKeeper session has ended: the broker is then started once more.
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions and replication factor 3
    And an idempotent producer "shop"
    And producer "shop" sends messages numbered 1 to 100 to topic "orders"
    When broker 2 is killed and started again twice
    Then broker 2 runs in a new process
    And within 30 seconds topic "orders" is fully replicated
    When producer "shop" sends messages numbered 101 to 200 to topic "orders"
    And a consumer "audit" reads topic "orders" from the beginning
    Then within 20 seconds consumer "audit" receives the numbers 1 to 200, each once
