package trial;

import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;

/** The errors that certainly had no effect, by their numbers in Kafka's protocol: src/history/errors.rs says why. */
final class Failures {
    private final Set<Integer> certain;

    private Failures(Set<Integer> certain) {
        this.certain = certain;
    }

    static Failures parse(String numbers) {
        Set<Integer> certain = new HashSet<>();
        for (String number : numbers.split(",")) {
            certain.add(Integer.parseInt(number));
        }
        return new Failures(certain);
    }

    /** How an operation ended that ended with this error. */
    String endOf(Throwable error) {
        return certain.contains((int) Errors.forException(error).code()) ? "failed" : "unknown";
    }

    /** The error's name in Kafka's protocol, or else the exception's own. */
    static String name(Throwable error) {
        Errors known = Errors.forException(error);
        return known.code() == -1 ? error.getClass().getSimpleName() : known.name();
    }
}
