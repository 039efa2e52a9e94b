package trial;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;

/** Sends messages whose values are the numbers from 1, in transactions or not, then waits to be stopped. */
final class Producing implements Work {
    /** How often a producer without transactions reports how far it is. */
    private static final long TELL_MS = 50;

    private final Control control;
    private final Sender sender;
    private final String topic;
    private final long count;
    /** Messages in a transaction; 0 without transactions. */
    private final long size;
    private final long intervalNs;
    private final long beganNs;
    private long due;

    Producing(Task task, Control control, History history) throws Trouble {
        this.control = control;
        this.topic = task.work("topic");
        this.count = task.work().get("count").asLong();
        JsonNode transactions = task.work().get("transactions");
        boolean isTransactional = !transactions.isNull();
        this.size = isTransactional ? transactions.get("size").asLong() : 0;
        String id = isTransactional ? transactions.get("id").asText() : null;
        JsonNode rate = task.work().get("rate");
        this.intervalNs = rate.isNull() ? 0 : 1_000_000_000 / Math.max(1, rate.asLong());
        history.declare(Settings.ofProducer(Sender.settings(task, id)));
        this.sender = new Sender(task, history, id);
        this.beganNs = System.nanoTime();
        control.ready();
    }

    @Override
    public void run() throws Trouble {
        if (size == 0) {
            send();
        } else {
            sendInTransactions();
        }
        control.awaitStop();
    }

    private void send() throws Trouble {
        long told = System.nanoTime();
        for (long number = 1; number <= count; number++) {
            pace();
            if (control.isStopping()) {
                break;
            }
            send(number, null);
            if (System.nanoTime() - told >= TELL_MS * 1_000_000) {
                told = System.nanoTime();
                control.done(sender.delivered());
            }
        }
        try {
            sender.flush();
        } catch (Trouble trouble) {
            // Without transactions there is nothing to abort and to begin anew.
            throw Trouble.failed(trouble.getMessage());
        }
        control.done(sender.delivered());
        if (!control.isStopping()) {
            control.finished();
        }
    }

    private void sendInTransactions() throws Trouble {
        long next = 1;
        while (next <= count && !control.isStopping()) {
            long last = Math.min(count, next + size - 1);
            long transaction = sender.begin();
            // Until its commit is asked for, another producer certainly aborts the transaction.
            boolean isOpen = true;
            try {
                for (long number = next; number <= last; number++) {
                    pace();
                    send(number, transaction);
                }
                sender.flush();
                isOpen = false;
                control.halfway();
                sender.commit(transaction);
                control.done(last);
                next = last + 1;
            } catch (Trouble trouble) {
                // The same numbers once more, as new messages.
                if (trouble.kind == Trouble.Kind.REFUSED) {
                    control.refused(trouble);
                    abort(transaction);
                } else if (trouble.kind == Trouble.Kind.STUCK && isOpen) {
                    control.refused(trouble);
                    sender.startAnew();
                } else {
                    throw trouble;
                }
            }
        }
        if (next > count) {
            control.finished();
        }
    }

    private void abort(long transaction) throws Trouble {
        try {
            sender.abort(transaction);
        } catch (Trouble trouble) {
            if (trouble.kind != Trouble.Kind.STUCK) {
                throw trouble;
            }
            sender.startAnew();
        }
    }

    private void send(long number, Long transaction) throws Trouble {
        byte[] value = Long.toString(number).getBytes(StandardCharsets.UTF_8);
        sender.send(topic, null, value, null, transaction);
    }

    /** Waits until the next message is due: each has its time, whatever those before have taken. */
    private void pace() {
        long left = beganNs + intervalNs * due - System.nanoTime();
        due += 1;
        if (left > 0) {
            control.pause(Math.max(1, left / 1_000_000));
        }
    }

    @Override
    public void close() {
        sender.close();
    }
}
