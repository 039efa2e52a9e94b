package trial;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** What a history holds of a client's settings. */
final class Settings {
    private Settings() {}

    static ObjectNode ofConsumer(Map<String, Object> consumer) {
        return History.object().put("isolation", String.valueOf(consumer.get("isolation.level")));
    }

    static ObjectNode ofProducer(Map<String, Object> producer) throws Trouble {
        try {
            return parsed(producer);
        } catch (NumberFormatException error) {
            throw Trouble.unfit("acks and max.in.flight.requests.per.connection are numbers, or acks is all");
        }
    }

    private static ObjectNode parsed(Map<String, Object> producer) {
        String acks = String.valueOf(producer.get("acks"));
        Object inFlight = producer.getOrDefault("max.in.flight.requests.per.connection", "5");
        return History.object()
            .put("idempotence", Boolean.parseBoolean(String.valueOf(producer.get("enable.idempotence"))))
            .put("acks", acks.equals("all") ? -1 : Integer.parseInt(acks))
            .put("max_in_flight", Integer.parseInt(String.valueOf(inFlight)));
    }
}
