package trial;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;

/** The calls that differ between versions of kafka-clients, from 0.11 on. */
final class Calls {
    private static final Method POLL = find(Consumer.class, "poll", Duration.class);
    private static final Method OLD_POLL = find(Consumer.class, "poll", long.class);
    private static final Method COMMITTED = find(Consumer.class, "committed", Set.class);
    private static final Method OLD_COMMITTED = find(Consumer.class, "committed", TopicPartition.class);
    private static final Method MEMBER = find(Consumer.class, "groupMetadata");
    private static final Class<?> MEMBER_CLASS = MEMBER == null ? null : MEMBER.getReturnType();
    private static final Method SEND_OFFSETS = find(Producer.class, "sendOffsetsToTransaction", Map.class, MEMBER_CLASS);
    private static final Method OLD_SEND_OFFSETS =
        find(Producer.class, "sendOffsetsToTransaction", Map.class, String.class);

    private Calls() {}

    /** With a time-out as a Duration since 2.0. Before, a rebalance could take longer. */
    @SuppressWarnings("unchecked")
    static ConsumerRecords<byte[], byte[]> poll(Consumer<byte[], byte[]> consumer, long milliseconds) {
        Object records = POLL != null
            ? call(POLL, consumer, Duration.ofMillis(milliseconds))
            : call(OLD_POLL, consumer, milliseconds);
        return (ConsumerRecords<byte[], byte[]>) records;
    }

    /** What the group has committed of these partitions; with a set since 2.4. */
    @SuppressWarnings("unchecked")
    static Map<TopicPartition, OffsetAndMetadata> committed(
        Consumer<byte[], byte[]> consumer,
        Set<TopicPartition> partitions
    ) {
        if (COMMITTED != null) {
            return (Map<TopicPartition, OffsetAndMetadata>) call(COMMITTED, consumer, partitions);
        }
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        for (TopicPartition partition : partitions) {
            committed.put(partition, (OffsetAndMetadata) call(OLD_COMMITTED, consumer, partition));
        }
        return Collections.unmodifiableMap(committed);
    }

    /** Which member of its group the consumer is, and in which generation; null before 2.5 (KIP-447). */
    static Object member(Consumer<byte[], byte[]> consumer) {
        return MEMBER == null ? null : call(MEMBER, consumer);
    }

    /** The group as clients named it before KIP-447; null where that is a text. */
    static Object groupAlone(String group) throws ReflectiveOperationException {
        return MEMBER_CLASS == null ? null : MEMBER_CLASS.getConstructor(String.class).newInstance(group);
    }

    /** Adds offsets to the transaction, by a member of the group where there is one. */
    static void sendOffsets(
        Producer<byte[], byte[]> producer,
        Map<TopicPartition, OffsetAndMetadata> offsets,
        String group,
        Object member
    ) {
        if (member != null) {
            call(SEND_OFFSETS, producer, offsets, member);
        } else {
            call(OLD_SEND_OFFSETS, producer, offsets, group);
        }
    }

    private static Method find(Class<?> of, String name, Class<?>... types) {
        try {
            return of.getMethod(name, types);
        } catch (NoSuchMethodException error) {
            return null;
        }
    }

    private static Object call(Method method, Object on, Object... arguments) {
        try {
            return method.invoke(on, arguments);
        } catch (InvocationTargetException error) {
            if (error.getCause() instanceof RuntimeException) {
                throw (RuntimeException) error.getCause();
            }
            throw new IllegalStateException(error.getCause());
        } catch (IllegalAccessException error) {
            throw new IllegalStateException(error);
        }
    }
}
