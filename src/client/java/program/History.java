package trial;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The client's file of the history, as docs/history.md has it. A line is with the system before what follows it can
 * have an effect, so a client that is killed leaves all that it has done.
 */
final class History implements Closeable {
    private final FileOutputStream file;
    private final String client;
    private final Failures failures;
    private IOException error;
    private long operations;
    private long messages;
    private long transactions;

    History(Task task, Failures failures) throws IOException {
        this.file = new FileOutputStream(task.file());
        this.client = task.client();
        this.failures = failures;
        ObjectNode header = object().put("format", "kafka-trial-history").put("version", 1);
        append(header.put("name", task.history()));
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** The client's settings. */
    void declare(ObjectNode settings) {
        settings.put("declare", "client");
        record(settings);
    }

    /** The identity of the next message to send. */
    String nextMessage() {
        messages += 1;
        return client + "-" + messages;
    }

    /** The number of the next transaction. */
    long nextTransaction() {
        transactions += 1;
        return transactions;
    }

    /** An operation starts; its number is to be given back when it ends. */
    long start(String operation, ObjectNode fields) {
        operations += 1;
        record(fields.put("start", operation).put("id", operations));
        return operations;
    }

    void ok(long operation, ObjectNode fields) {
        record(fields.put("end", "ok").put("id", operation));
    }

    void ok(long operation) {
        ok(operation, object());
    }

    /** An operation that was tried once has ended with an error. The client library may have sent it more often. */
    void failed(long operation, Throwable why) {
        end(operation, failures.endOf(why), why);
    }

    /** An operation has ended with an error, and nobody knows whether it took effect. */
    void unknown(long operation, Throwable why) {
        end(operation, "unknown", why);
    }

    private void end(long operation, String how, Throwable why) {
        record(object().put("end", how).put("id", operation).put("error", Failures.name(why)));
    }

    /** The group gave or took partitions, or the client went elsewhere. */
    void turned(String event, Collection<TopicPartition> partitions, Map<TopicPartition, Long> offsets) {
        if (!partitions.isEmpty()) {
            ObjectNode line = object().put("event", event);
            line.set("partitions", places(partitions, offsets));
            record(line);
        }
    }

    /** The client has read messages, for this transaction if for one. */
    void polled(long beganNs, List<Input> inputs, Long transaction) {
        if (inputs.isEmpty()) {
            return;
        }
        ObjectNode start = object().put("mono_ns", beganNs);
        if (transaction != null) {
            start.put("transaction", transaction.longValue());
        }
        long poll = start("poll", start);
        ObjectNode end = object();
        ArrayNode batches = end.putArray("batches");
        TopicPartition partition = null;
        ArrayNode records = null;
        // Messages of one partition come together.
        for (Input input : inputs) {
            if (!input.partition.equals(partition)) {
                partition = input.partition;
                ObjectNode batch = batches.addObject();
                batch.put("topic", partition.topic()).put("partition", partition.partition());
                records = batch.putArray("records");
            }
            records.addArray().add(input.offset).add(input.message);
        }
        ok(poll, end);
    }

    static ArrayNode places(Collection<TopicPartition> partitions, Map<TopicPartition, Long> offsets) {
        ArrayNode places = JsonNodeFactory.instance.arrayNode();
        for (TopicPartition partition : partitions) {
            ObjectNode place = places.addObject();
            place.put("topic", partition.topic()).put("partition", partition.partition());
            Long offset = offsets.get(partition);
            if (offset != null) {
                place.put("offset", offset.longValue());
            }
        }
        return places;
    }

    private synchronized void record(ObjectNode line) {
        line.put("client", client);
        if (!line.has("mono_ns")) {
            line.put("mono_ns", System.nanoTime());
        }
        append(line.put("wall_ms", System.currentTimeMillis()));
    }

    private synchronized void append(ObjectNode line) {
        try {
            if (error == null) {
                file.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException why) {
            error = why;
        }
    }

    /** Closes the file. What comes later goes nowhere. */
    @Override
    public synchronized void close() throws IOException {
        if (error != null) {
            throw error;
        }
        error = new IOException("closed");
        file.close();
    }
}
