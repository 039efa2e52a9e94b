import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.kafka.test.EmbeddedKafkaBroker;

/** Three brokers and a ZooKeeper in this JVM, until a message with acks=all on three replicas is read back. */
public final class Embedded {
  public static void main(String[] arguments) throws Exception {
    EmbeddedKafkaBroker brokers = new EmbeddedKafkaBroker(3, true, 1, "up")
        .brokerProperty("offsets.topic.replication.factor", "3")
        .brokerProperty("group.initial.rebalance.delay.ms", "0");
    brokers.afterPropertiesSet();
    Map<String, Object> client = Map.of("bootstrap.servers", brokers.getBrokersAsString());
    StringSerializer text = new StringSerializer();
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(with(client, "acks", "all"), text, text)) {
      producer.send(new ProducerRecord<>("up", "up")).get();
    }
    Map<String, Object> reading = with(with(client, "group.id", "up"), "auto.offset.reset", "earliest");
    StringDeserializer read = new StringDeserializer();
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reading, read, read)) {
      consumer.subscribe(List.of("up"));
      while (consumer.poll(Duration.ofMillis(100)).isEmpty()) {
        Thread.onSpinWait();
      }
    }
    System.out.println("up");
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  private static Map<String, Object> with(Map<String, Object> settings, String name, Object value) {
    Map<String, Object> more = new java.util.HashMap<>(settings);
    more.put(name, value);
    return more;
  }
}
