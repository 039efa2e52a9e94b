package trial;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Collection;
import java.util.Locale;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** What the run orders while the client works, and what the client reports. */
final class Control {
    private final PrintStream output;
    private boolean halt;
    private boolean stop;

    Control(PrintStream output) {
        this.output = output;
    }

    /** Follows the orders. The end of the input means that the run is gone, and that the client stops. */
    void listen(BufferedReader input) {
        Thread listener = new Thread(() -> {
            try {
                for (String line = input.readLine(); line != null; line = input.readLine()) {
                    follow(line.trim());
                }
            } catch (IOException error) {
                System.err.println("orders cannot be read: " + error.getMessage());
            }
            follow("\"stop\"");
        }, "orders");
        listener.setDaemon(true);
        listener.start();
    }

    private synchronized void follow(String order) {
        switch (order) {
            case "\"halt\"":
                halt = true;
                break;
            case "\"go_on\"":
                halt = false;
                break;
            case "\"stop\"":
                stop = true;
                break;
            default:
                System.err.println("this is no order: " + order);
        }
        notifyAll();
    }

    synchronized boolean isStopping() {
        return stop;
    }

    /**
     * To be called halfway through every batch: between its results and its offsets. Returns at once, unless the run
     * wants the client to halt here.
     */
    synchronized void halfway() {
        if (!halt) {
            return;
        }
        report("\"halted\"");
        while (halt && !stop) {
            await(Long.MAX_VALUE);
        }
    }

    /** Waits until the client is to stop. */
    synchronized void awaitStop() {
        while (!stop) {
            await(Long.MAX_VALUE);
        }
    }

    /** Lets this time pass, or less where the client is to stop. */
    synchronized void pause(long milliseconds) {
        long end = System.nanoTime() + milliseconds * 1_000_000;
        for (long left = milliseconds; left > 0 && !stop; left = (end - System.nanoTime()) / 1_000_000) {
            await(left);
        }
    }

    private void await(long milliseconds) {
        try {
            wait(milliseconds == Long.MAX_VALUE ? 0 : milliseconds);
        } catch (InterruptedException error) {
            stop = true;
        }
    }

    void ready() {
        report("\"ready\"");
    }

    void assigned(Collection<Integer> partitions) {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        partitions.forEach(report.putArray("assigned")::add);
        report(report.toString());
    }

    void done(long count) {
        report("{\"done\":" + count + "}");
    }

    void finished() {
        report("\"finished\"");
    }

    void refused(Trouble why) {
        say("refused", why.getMessage());
    }

    /** The client cannot go on. */
    void ended(Trouble why) {
        boolean isNamed = why.kind == Trouble.Kind.FENCED || why.kind == Trouble.Kind.UNFIT;
        say(isNamed ? why.kind.name().toLowerCase(Locale.ROOT) : "failed", why.getMessage());
    }

    private void say(String what, String why) {
        report(JsonNodeFactory.instance.objectNode().put(what, why).toString());
    }

    private void report(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (output) {
            // Nobody listens when the run is gone; then the input has ended as well.
            output.write(bytes, 0, bytes.length);
            output.flush();
        }
    }
}
