package trial;

/** Reads a topic in a group, and commits the offsets of each batch after it has read it. */
final class Consuming implements Work {
    private final Control control;
    private final History history;
    private final Reader reader;

    Consuming(Task task, Control control, History history) throws Trouble {
        this.control = control;
        this.history = history;
        String group = task.work("group");
        history.declare(Settings.ofConsumer(Reader.settings(task, group)));
        this.reader = new Reader(task, task.work("topic"), group, history, control, null);
        control.ready();
    }

    @Override
    public void run() throws Trouble {
        long done = 0;
        while (!control.isStopping()) {
            Reader.Batch batch = reader.batch();
            history.polled(batch.beganNs, batch.inputs, null);
            if (batch.inputs.isEmpty()) {
                continue;
            }
            control.halfway();
            Trouble refused = reader.commit(batch.inputs);
            if (refused != null) {
                control.refused(refused);
            }
            done += batch.inputs.size();
            control.done(done);
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
