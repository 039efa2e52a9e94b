package trial;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A client of a scenario on Kafka's own client library, in a JVM of its own. It does what {@code trial client} does on
 * librdkafka: src/client/process/task.rs has the task, the orders and the reports.
 *
 * <p>Arguments: the machine's monotonic clock when the JVM was started, the numbers of the errors that certainly had no
 * effect, and the folder of the run, by which whoever looks at the processes of the machine sees whose client it is.
 */
public final class Client {
    /** A JVM that has not come here by then was not slow: its clock is another one. */
    private static final long START_LIMIT_NS = TimeUnit.MINUTES.toNanos(10);

    /** How long producers and consumers may take to close. */
    private static final long CLOSE_LIMIT_MS = 10_000;

    private Client() {}

    public static void main(String[] arguments) throws IOException {
        Control control = new Control(System.out);
        // Standard output is for reports only, whatever a library logs.
        System.setOut(System.err);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Task task = Task.read(input.readLine());
        control.listen(input);
        int exitCode = 0;
        try (History history = new History(task, Failures.parse(arguments[1]))) {
            long started = Long.parseLong(arguments[0]);
            if (System.nanoTime() < started || System.nanoTime() > started + START_LIMIT_NS) {
                throw Trouble.failed("this JVM does not read the machine's monotonic clock, so its history has wrong times");
            }
            work(task, control, history);
        } catch (Trouble trouble) {
            control.ended(trouble);
        } catch (IOException error) {
            control.ended(Trouble.failed("the history is not complete: " + error.getMessage()));
            exitCode = 1;
        } catch (RuntimeException | Error error) {
            error.printStackTrace();
            control.ended(Trouble.of("work", error));
            exitCode = 1;
        }
        // What does not close in time is left to the end of the process.
        Runtime.getRuntime().halt(exitCode);
    }

    private static void work(Task task, Control control, History history) throws Trouble {
        Work work;
        switch (task.kind()) {
            case "produce":
                work = new Producing(task, control, history);
                break;
            case "copy":
                work = new Copying(task, control, history);
                break;
            case "consume":
                work = new Consuming(task, control, history);
                break;
            default:
                throw Trouble.failed("a Java client cannot " + task.kind());
        }
        try {
            work.run();
        } finally {
            close(work);
        }
    }

    private static void close(Work work) {
        Thread closing = new Thread(work::close, "closing");
        closing.setDaemon(true);
        closing.start();
        try {
            closing.join(CLOSE_LIMIT_MS);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }
}
