package trial;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads batches from a topic in a group, and commits nothing by itself. */
final class Reader {
    /** The longest wait for a batch. */
    private static final long PATIENCE_MS = 100;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String group;
    private final History history;
    private final Control control;
    /** The assignment has changed, and the run does not know yet. */
    private boolean isUntold;
    /** What an owner of partitions could not do when they came or went. */
    private Trouble trouble;

    /** Owns something for each of its partitions. */
    interface Owner {
        /** Called before the group's assignment takes effect. */
        void takeOver(Collection<TopicPartition> partitions) throws Trouble;

        void giveUp(Collection<TopicPartition> partitions);
    }

    /** The result of one look. */
    static final class Batch {
        final long beganNs = System.nanoTime();
        final List<Input> inputs = new ArrayList<>();
    }

    /** Joins the group. */
    Reader(Task task, String topic, String group, History history, Control control, Owner owner) throws Trouble {
        this.group = group;
        this.history = history;
        this.control = control;
        try {
            consumer = new KafkaConsumer<>(settings(task, group));
            consumer.subscribe(Collections.singletonList(topic), new Turns(owner));
        } catch (RuntimeException error) {
            throw Trouble.ofMaking("consumer", error);
        }
    }

    static Map<String, Object> settings(Task task, String group) throws Trouble {
        Map<String, Object> defaults = new HashMap<>();
        defaults.put("client.id", task.client());
        defaults.put("group.id", group);
        defaults.put("enable.auto.commit", "false");
        defaults.put("auto.offset.reset", "earliest");
        defaults.put("isolation.level", "read_committed");
        defaults.put("max.poll.records", "100");
        defaults.put("key.deserializer", ByteArrayDeserializer.class.getName());
        defaults.put("value.deserializer", ByteArrayDeserializer.class.getName());
        Map<String, Object> settings = task.consumerSettings(defaults);
        // Where the coordinator says how long a session is, a consumer that says it as well is refused (KIP-848).
        if (!"consumer".equalsIgnoreCase(String.valueOf(settings.get("group.protocol")))) {
            // The shortest that brokers allow by default: so soon a group misses a member that was killed.
            settings.putIfAbsent("session.timeout.ms", "6000");
            settings.putIfAbsent("heartbeat.interval.ms", "1000");
        }
        return settings;
    }

    private final class Turns implements ConsumerRebalanceListener {
        private final Owner owner;

        Turns(Owner owner) {
            this.owner = owner;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            try {
                if (owner != null) {
                    owner.takeOver(partitions);
                }
            } catch (Trouble why) {
                trouble = why;
            }
            history.turned("assign", partitions, Collections.emptyMap());
            isUntold = true;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (owner != null) {
                owner.giveUp(partitions);
            }
            history.turned("revoke", partitions, Collections.emptyMap());
            isUntold = true;
        }
    }

    /** The next messages, or none when none come soon. They are not in the history yet. */
    Batch batch() throws Trouble {
        Batch batch = new Batch();
        try {
            for (ConsumerRecord<byte[], byte[]> record : Calls.poll(consumer, PATIENCE_MS)) {
                batch.inputs.add(new Input(record));
            }
        } catch (RetriableException error) {
            // Brokers that are down: the next poll tries again.
        } catch (RuntimeException error) {
            throw Trouble.of("read", error);
        }
        if (trouble != null) {
            throw trouble;
        }
        tell();
        return batch;
    }

    /** Reports which partitions are read now, once where to begin is known for all of them. */
    private void tell() throws Trouble {
        if (!isUntold) {
            return;
        }
        Set<Integer> ids = new TreeSet<>();
        try {
            for (TopicPartition partition : consumer.assignment()) {
                consumer.position(partition);
                ids.add(partition.partition());
            }
        } catch (RetriableException error) {
            return;
        } catch (RuntimeException error) {
            throw Trouble.of("find where to begin", error);
        }
        isUntold = false;
        control.assigned(ids);
    }

    /** The member of its group that it is, and its generation; null where the library does not know it. */
    Object member() {
        return Calls.member(consumer);
    }

    /**
     * Goes back to the beginning of a batch whose transaction was aborted. Partitions that the group has taken away
     * meanwhile are others' business.
     */
    void goBack(List<Input> inputs) throws Trouble {
        seek(beginnings(inputs));
    }

    /**
     * Goes to where the group has come to in the partitions of a batch, of whose transaction nobody knows whether it
     * was committed.
     */
    void goToCommitted(List<Input> inputs) throws Trouble {
        Map<TopicPartition, Long> places = beginnings(inputs);
        try {
            Map<TopicPartition, OffsetAndMetadata> committed = Calls.committed(consumer, places.keySet());
            places.replaceAll((partition, first) -> {
                OffsetAndMetadata next = committed.get(partition);
                return next == null ? null : Long.valueOf(next.offset());
            });
        } catch (RuntimeException error) {
            throw Trouble.of("find its offsets", error);
        }
        seek(places);
    }

    /** Goes to these offsets; to the beginning where there is none. */
    private void seek(Map<TopicPartition, Long> places) throws Trouble {
        places.keySet().retainAll(consumer.assignment());
        try {
            places.forEach((partition, offset) -> {
                if (offset == null) {
                    consumer.seekToBeginning(Collections.singleton(partition));
                } else {
                    consumer.seek(partition, offset);
                }
            });
        } catch (RuntimeException error) {
            throw Trouble.of("go back", error);
        }
        history.turned("seek", places.keySet(), places);
    }

    /** Commits to Kafka that these messages are processed, and waits for the answer: why not, or null. */
    Trouble commit(List<Input> inputs) {
        Map<TopicPartition, Long> next = nextOffsets(inputs);
        ObjectNode fields = History.object().put("group", group);
        fields.set("partitions", History.places(next.keySet(), next));
        long operation = history.start("commit-offsets", fields);
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        next.forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
        try {
            consumer.commitSync(offsets);
        } catch (RuntimeException error) {
            history.unknown(operation, error);
            return Trouble.of("commit offsets", error);
        }
        history.ok(operation);
        return null;
    }

    void close() {
        consumer.close();
    }

    /** The first of these messages in each partition. */
    private static Map<TopicPartition, Long> beginnings(List<Input> inputs) {
        Map<TopicPartition, Long> first = new LinkedHashMap<>();
        inputs.forEach(input -> first.putIfAbsent(input.partition, input.offset));
        return first;
    }

    /** The offsets to commit once these messages are processed. */
    static Map<TopicPartition, Long> nextOffsets(List<Input> inputs) {
        Map<TopicPartition, Long> next = new LinkedHashMap<>();
        inputs.forEach(input -> next.put(input.partition, input.offset + 1));
        return next;
    }
}
