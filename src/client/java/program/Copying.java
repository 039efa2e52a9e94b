package trial;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Consumes, transforms, produces: key and value stay as they are. */
final class Copying implements Work, Reader.Owner {
    private final Task task;
    private final Control control;
    private final History history;
    private final String to;
    private final String group;
    private final String transactionalId;
    /** How results and offsets are committed: in_transactions, by_group_id_alone and so on, as task.rs has it. */
    private final String copying;
    /** Producers by the partition that they are for. */
    private final Map<TopicPartition, Sender> byPartition = new LinkedHashMap<>();
    /** The producer of all partitions, unless each has its own. */
    private final Sender single;
    private final Reader reader;
    private long done;

    Copying(Task task, Control control, History history) throws Trouble {
        this.task = task;
        this.control = control;
        this.history = history;
        this.to = task.work("to");
        this.group = task.work("group");
        this.transactionalId = task.work("transactional_id");
        this.copying = task.work("copying");
        ObjectNode declared = Settings.ofProducer(Sender.settings(task, transactionalId));
        declared.setAll(Settings.ofConsumer(Reader.settings(task, group)));
        history.declare(declared);
        this.single = hasProducerForEach() ? null : new Sender(task, history, transactionalId);
        this.reader = new Reader(task, task.work("from"), group, history, control, hasProducerForEach() ? this : null);
        control.ready();
    }

    private boolean hasProducerForEach() {
        return copying.equals("producer_per_partition");
    }

    /** Starts a producer for each of these partitions, which fences whoever had them before. */
    @Override
    public void takeOver(Collection<TopicPartition> partitions) throws Trouble {
        for (TopicPartition partition : partitions) {
            String id = transactionalId + "-" + partition.partition();
            byPartition.put(partition, new Sender(task, history, id));
        }
    }

    @Override
    public void giveUp(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            Sender sender = byPartition.remove(partition);
            if (sender != null) {
                sender.close();
            }
        }
    }

    @Override
    public void run() throws Trouble {
        while (!control.isStopping()) {
            Reader.Batch batch = reader.batch();
            if (batch.inputs.isEmpty()) {
                continue;
            }
            if (single != null) {
                long transaction = single.begin();
                history.polled(batch.beganNs, batch.inputs, transaction);
                copy(single, transaction, batch.inputs);
                continue;
            }
            history.polled(batch.beganNs, batch.inputs, null);
            for (Map.Entry<TopicPartition, Sender> of : byPartition.entrySet()) {
                List<Input> inputs = new ArrayList<>(batch.inputs);
                inputs.removeIf(input -> !input.partition.equals(of.getKey()));
                if (!inputs.isEmpty()) {
                    copy(of.getValue(), of.getValue().begin(), inputs);
                }
            }
        }
    }

    /**
     * Writes the results of these messages in a transaction that has begun, and commits results and offsets. What Kafka
     * refuses is done again; a producer that is stuck, by another one.
     */
    private void copy(Sender sender, long transaction, List<Input> inputs) throws Trouble {
        try {
            try {
                write(sender, transaction, inputs);
            } catch (Trouble trouble) {
                if (trouble.kind != Trouble.Kind.REFUSED) {
                    throw trouble;
                }
                control.refused(trouble);
                sender.abort(transaction);
                reader.goBack(inputs);
                return;
            }
        } catch (Trouble trouble) {
            if (trouble.kind != Trouble.Kind.STUCK) {
                throw trouble;
            }
            control.refused(trouble);
            sender.startAnew();
            reader.goToCommitted(inputs);
            return;
        }
        if (isOutside()) {
            control.halfway();
            Trouble refused = reader.commit(inputs);
            if (refused != null) {
                control.refused(refused);
                return;
            }
        }
        done += inputs.size();
        control.done(done);
    }

    private void write(Sender sender, long transaction, List<Input> inputs) throws Trouble {
        for (Input input : inputs) {
            sender.send(to, input.key, input.value, input.message, transaction);
        }
        sender.flush();
        if (!isOutside()) {
            control.halfway();
            sender.sendOffsets(transaction, group, Reader.nextOffsets(inputs), member());
        }
        sender.commit(transaction);
    }

    private boolean isOutside() {
        return copying.equals("outside_transactions");
    }

    /** Only offsets that are committed in transactions are tied to a member of the group. */
    private Object member() throws Trouble {
        try {
            return copying.equals("in_transactions") ? reader.member() : Calls.groupAlone(group);
        } catch (ReflectiveOperationException error) {
            throw Trouble.of("name the group", error);
        }
    }

    @Override
    public void close() {
        reader.close();
        if (single != null) {
            single.close();
        }
        byPartition.values().forEach(Sender::close);
    }
}
