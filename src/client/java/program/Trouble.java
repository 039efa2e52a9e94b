package trial;

import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;

/** What the cluster does to a client, and what follows from it. The message says what failed and how. */
final class Trouble extends Exception {
    private static final long serialVersionUID = 1;

    enum Kind {
        /** The transaction or commit was refused; it can go on with the next one. */
        REFUSED,
        /** Another producer with its transactional id was started. */
        FENCED,
        /** Nothing was heard of what it had asked for; another producer may do better. */
        STUCK,
        /** No client can be made with its settings. */
        UNFIT,
        /** It cannot go on. */
        FAILED
    }

    final Kind kind;

    private Trouble(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    static Trouble failed(String message) {
        return new Trouble(Kind.FAILED, message, null);
    }

    static Trouble unfit(String message) {
        return new Trouble(Kind.UNFIT, message, null);
    }

    static Trouble refused(String message) {
        return new Trouble(Kind.REFUSED, message, null);
    }

    /** A producer or a consumer could not be made. */
    static Trouble ofMaking(String what, Throwable error) {
        Kind kind = find(error, ConfigException.class) ? Kind.UNFIT : Kind.FAILED;
        return new Trouble(kind, text("make the " + what, error), error);
    }

    /** An error of a call that does not belong to a transaction. */
    static Trouble of(String doing, Throwable error) {
        return new Trouble(Kind.FAILED, text(doing, error), error);
    }

    /**
     * An error of a call of a transaction. Which errors are fatal is known when the transaction is aborted: that fails
     * as well.
     */
    static Trouble ofTransaction(String doing, Throwable error) {
        if (find(error, ProducerFencedException.class)) {
            return new Trouble(Kind.FENCED, text(doing, error), error);
        }
        if (error instanceof TimeoutException) {
            return new Trouble(Kind.STUCK, text(doing, error), error);
        }
        return new Trouble(Kind.REFUSED, text(doing, error), error);
    }

    /** An error of an abort, or of the start of a producer, from which there is no way on with this producer. */
    static Trouble forGood(String doing, Throwable error) {
        Trouble trouble = ofTransaction(doing, error);
        if (trouble.kind != Kind.REFUSED) {
            return trouble;
        }
        // Its class came with 2.7; before, the same answer of a broker was a ProducerFencedException.
        boolean isFenced = findNamed(error, "InvalidProducerEpochException");
        return new Trouble(isFenced ? Kind.FENCED : Kind.FAILED, trouble.getMessage(), error);
    }

    private static boolean find(Throwable error, Class<? extends Throwable> wanted) {
        for (Throwable it = error; it != null; it = it.getCause()) {
            if (wanted.isInstance(it)) {
                return true;
            }
        }
        return false;
    }

    private static boolean findNamed(Throwable error, String wanted) {
        for (Throwable it = error; it != null; it = it.getCause()) {
            if (it.getClass().getSimpleName().equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    private static String text(String doing, Throwable error) {
        StringBuilder text = new StringBuilder("failed to " + doing);
        for (Throwable it = error; it != null; it = it.getCause()) {
            text.append(": ").append(it.getClass().getSimpleName());
            if (it.getMessage() != null) {
                text.append(" (").append(it.getMessage()).append(')');
            }
        }
        return text.toString();
    }
}
