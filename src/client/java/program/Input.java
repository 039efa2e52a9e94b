package trial;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/** One message that was read. */
final class Input {
    /** The header with the identity of a message: src/client/identity.rs. */
    static final String HEADER = "trial";

    /** The longest value that is taken for an identity, in bytes. */
    private static final int LONGEST_VALUE = 200;

    final TopicPartition partition;
    final long offset;
    final byte[] key;
    final byte[] value;
    /** Its identity. */
    final String message;

    Input(ConsumerRecord<byte[], byte[]> record) {
        partition = new TopicPartition(record.topic(), record.partition());
        offset = record.offset();
        key = record.key();
        value = record.value();
        message = identity(record);
    }

    private static String identity(ConsumerRecord<byte[], byte[]> record) {
        for (Header header : record.headers()) {
            if (header.key().equals(HEADER) && header.value() != null) {
                return new String(header.value(), StandardCharsets.UTF_8);
            }
        }
        byte[] value = record.value();
        String text = value == null || value.length > LONGEST_VALUE ? null : text(value);
        return text != null ? text
            : String.format("partition %d offset %d of topic \"%s\"", record.partition(), record.offset(), record.topic());
    }

    /** Null where the bytes are no UTF-8. */
    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException error) {
            return null;
        }
    }

    /** A key as a history has it: as text, or else as its bytes. */
    static String shownKey(byte[] key) {
        String text = text(key);
        if (text != null) {
            return text;
        }
        StringBuilder bytes = new StringBuilder("0x");
        for (byte it : key) {
            bytes.append(String.format("%02x", it));
        }
        return bytes.toString();
    }
}
