package trial;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The task, as src/client/process/task.rs has it. */
final class Task {
    private final JsonNode task;
    private final String kind;

    private Task(JsonNode task) {
        this.task = task;
        this.kind = task.get("work").fieldNames().next();
    }

    static Task read(String line) throws IOException {
        if (line == null) {
            throw new IOException("standard input ended before there was a task");
        }
        return new Task(new ObjectMapper().readTree(line));
    }

    /** Its name in the history. */
    String client() {
        return task.get("client").asText();
    }

    String history() {
        return task.get("history").asText();
    }

    String file() {
        return task.get("file").asText();
    }

    /** What it does: produce, copy, consume. */
    String kind() {
        return kind;
    }

    JsonNode work() {
        return task.get("work").get(kind);
    }

    String work(String field) {
        return work().get(field).asText();
    }

    /** The author's settings that producers know, over {@code defaults}. */
    Map<String, Object> producerSettings(Map<String, Object> defaults) throws Trouble {
        return settings(defaults, ProducerConfig.configNames());
    }

    /** The author's settings that consumers know, over {@code defaults}. */
    Map<String, Object> consumerSettings(Map<String, Object> defaults) throws Trouble {
        return settings(defaults, ConsumerConfig.configNames());
    }

    private Map<String, Object> settings(Map<String, Object> defaults, Set<String> known) throws Trouble {
        Map<String, Object> settings = new HashMap<>(defaults);
        JsonNode access = task.get("access");
        settings.put("bootstrap.servers", access.get("bootstrap").asText());
        settings.put("security.protocol", access.get("security").asText().toUpperCase(Locale.ROOT));
        Set<String> unknown = new TreeSet<>();
        for (JsonNode setting : task.get("settings")) {
            String name = setting.get(0).asText();
            if (known.contains(name)) {
                settings.put(name, setting.get(1).asText());
            } else if (!knows(name)) {
                unknown.add(name);
            }
        }
        if (!unknown.isEmpty()) {
            throw Trouble.unfit("this version of kafka-clients has no setting " + String.join(", ", unknown));
        }
        return settings;
    }

    /** Whether a client of this kind has the setting, in its producer or its consumer. */
    private boolean knows(String name) {
        boolean ofProducer = !kind.equals("consume") && ProducerConfig.configNames().contains(name);
        return ofProducer || (!kind.equals("produce") && ConsumerConfig.configNames().contains(name));
    }
}
