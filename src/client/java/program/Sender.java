package trial;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer whose every send, commit and abort is recorded. */
final class Sender {
    /** How long one attempt at a call may take, and how many attempts there are until the producer is given up. */
    private static final long CALL_LIMIT_MS = 10_000;
    private static final int ATTEMPTS = 2;

    /** How many there are where no other producer could do better: a minute. */
    private static final int PATIENT_ATTEMPTS = 6;

    /** The time beyond its limit for which a call is waited for. */
    private static final long GRACE_MS = 1000;

    private final Map<String, Object> settings;
    private final History history;
    private final boolean isTransactional;
    private long delivered;
    private Generation current;

    /** One producer, and the messages that it was handed. */
    private static final class Generation {
        final KafkaProducer<byte[], byte[]> producer;
        long outstanding;
        long failed;
        Exception failure;

        Generation(KafkaProducer<byte[], byte[]> producer) {
            this.producer = producer;
        }
    }

    /**
     * Starts the producer. With a transactional id every other producer that has it is fenced, and the transaction that
     * it may have had open is aborted.
     */
    Sender(Task task, History history, String transactionalId) throws Trouble {
        this.settings = settings(task, transactionalId);
        this.history = history;
        this.isTransactional = transactionalId != null;
        this.current = start();
    }

    static Map<String, Object> settings(Task task, String transactionalId) throws Trouble {
        Map<String, Object> defaults = new HashMap<>();
        defaults.put("client.id", task.client());
        defaults.put("enable.idempotence", "true");
        defaults.put("acks", "all");
        defaults.put("key.serializer", ByteArraySerializer.class.getName());
        defaults.put("value.serializer", ByteArraySerializer.class.getName());
        if (transactionalId != null) {
            defaults.put("transactional.id", transactionalId);
            defaults.put("max.block.ms", String.valueOf(CALL_LIMIT_MS));
        }
        return task.producerSettings(defaults);
    }

    private Generation start() throws Trouble {
        KafkaProducer<byte[], byte[]> producer;
        try {
            producer = new KafkaProducer<>(settings);
        } catch (RuntimeException error) {
            throw Trouble.ofMaking("producer", error);
        }
        if (isTransactional) {
            Exception error = attempt(producer, PATIENT_ATTEMPTS, KafkaProducer::initTransactions);
            if (error != null) {
                closeAside(producer);
                throw Trouble.forGood("start with its transactional id", error);
            }
        }
        return new Generation(producer);
    }

    /**
     * Starts another producer with the same transactional id, which ends the transaction of the one before: it is
     * aborted unless its commit has already reached the coordinator.
     */
    void startAnew() throws Trouble {
        Generation stuck = current;
        current = start();
        closeAside(stuck.producer);
    }

    /** Hands a message over. */
    void send(String topic, byte[] key, byte[] value, String source, Long transaction) throws Trouble {
        String message = history.nextMessage();
        ObjectNode start = History.object().put("topic", topic).put("message", message);
        if (key != null) {
            start.put("key", Input.shownKey(key));
        }
        if (value == null) {
            start.put("tombstone", true);
        }
        if (source != null) {
            start.put("source", source);
        }
        if (transaction != null) {
            start.put("transaction", transaction.longValue());
        }
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, value);
        record.headers().add(Input.HEADER, message.getBytes(StandardCharsets.UTF_8));
        Generation generation = current;
        long operation = history.start("send", start);
        handedOver(generation);
        boolean[] ended = {false};
        try {
            generation.producer.send(record, (stored, error) -> {
                ended[0] = true;
                if (error != null) {
                    history.failed(operation, error);
                } else {
                    ObjectNode place = History.object().put("partition", stored.partition());
                    // With acks=0 there is none.
                    history.ok(operation, stored.offset() < 0 ? place : place.put("offset", stored.offset()));
                }
                delivered(generation, error);
            });
        } catch (RuntimeException error) {
            // A message that the library refuses may have been reported already.
            if (!ended[0]) {
                history.failed(operation, error);
                delivered(generation, error);
            }
            throw isTransactional ? Trouble.ofTransaction("send", error) : Trouble.of("send", error);
        }
    }

    private synchronized void handedOver(Generation generation) {
        generation.outstanding += 1;
    }

    private synchronized void delivered(Generation generation, Exception error) {
        generation.outstanding -= 1;
        if (error == null) {
            delivered += 1;
        } else {
            generation.failed += 1;
            generation.failure = error;
        }
        notifyAll();
    }

    /** The number of messages delivered. */
    synchronized long delivered() {
        return delivered;
    }

    /** Waits until every message was delivered. */
    synchronized void flush() throws Trouble {
        long limit = CALL_LIMIT_MS * (isTransactional ? ATTEMPTS : PATIENT_ATTEMPTS);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limit);
        while (current.outstanding > 0) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                String why = current.outstanding + " messages are not delivered after " + limit / 1000 + " s";
                throw Trouble.ofTransaction("deliver", new TimeoutException(why));
            }
            try {
                wait(left);
            } catch (InterruptedException error) {
                throw Trouble.of("deliver", error);
            }
        }
        long failed = current.failed;
        current.failed = 0;
        if (failed > 0) {
            String doing = "deliver " + failed + " messages";
            Trouble trouble = Trouble.ofTransaction(doing, current.failure);
            // What was not delivered in time is no call that another producer would do better.
            throw trouble.kind == Trouble.Kind.STUCK ? Trouble.refused(trouble.getMessage()) : trouble;
        }
    }

    /** Begins a transaction and returns its number. */
    long begin() throws Trouble {
        long transaction = history.nextTransaction();
        long operation = history.start("begin", of(transaction));
        ended(operation, "begin a transaction", attempt(KafkaProducer::beginTransaction));
        return transaction;
    }

    /** Adds offsets to the transaction, by a member of the group, or by the group alone. */
    void sendOffsets(long transaction, String group, Map<TopicPartition, Long> next, Object member) throws Trouble {
        ObjectNode fields = of(transaction).put("group", group);
        fields.set("partitions", History.places(next.keySet(), next));
        long operation = history.start("send-offsets", fields);
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        next.forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
        Exception error = attempt(producer -> Calls.sendOffsets(producer, offsets, group, member));
        ended(operation, "add offsets to a transaction", error);
    }

    void commit(long transaction) throws Trouble {
        long operation = history.start("commit", of(transaction));
        ended(operation, "commit a transaction", attempt(KafkaProducer::commitTransaction));
    }

    void abort(long transaction) throws Trouble {
        long operation = history.start("abort", of(transaction));
        Exception error = attempt(KafkaProducer::abortTransaction);
        if (error != null) {
            history.unknown(operation, error);
            throw Trouble.forGood("abort a transaction", error);
        }
        history.ok(operation);
    }

    private void ended(long operation, String doing, Exception error) throws Trouble {
        if (error != null) {
            // An attempt before may have come through.
            history.unknown(operation, error);
            throw Trouble.ofTransaction(doing, error);
        }
        history.ok(operation);
    }

    private Exception attempt(Consumer<KafkaProducer<byte[], byte[]>> call) {
        return attempt(current.producer, ATTEMPTS, call);
    }

    /**
     * Makes a call until it has succeeded or failed for good, or has timed out too often, and returns its error. One
     * that does not return after its time, as some of 0.11 do, counts as timed out, and is left to itself.
     */
    private static Exception attempt(
        KafkaProducer<byte[], byte[]> producer,
        int attempts,
        Consumer<KafkaProducer<byte[], byte[]>> call
    ) {
        FutureTask<Exception> calling = new FutureTask<>(() -> {
            for (int made = 1; ; made++) {
                try {
                    call.accept(producer);
                    return null;
                } catch (TimeoutException error) {
                    if (made == attempts) {
                        return error;
                    }
                } catch (RuntimeException error) {
                    return error;
                }
            }
        });
        aside(calling, "call");
        try {
            return calling.get((CALL_LIMIT_MS + GRACE_MS) * attempts, TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException error) {
            return new TimeoutException("the call has not returned");
        } catch (ExecutionException error) {
            throw new IllegalStateException(error.getCause());
        } catch (InterruptedException error) {
            return error;
        }
    }

    void close() {
        current.producer.close();
    }

    /** Closes a producer that may be long in ending, or never end. */
    private static void closeAside(KafkaProducer<byte[], byte[]> producer) {
        aside(producer::close, "closing a producer");
    }

    private static void aside(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static ObjectNode of(long transaction) {
        return History.object().put("transaction", transaction);
    }
}
