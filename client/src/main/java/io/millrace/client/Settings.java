package io.millrace.client;

import io.millrace.client.net.Backoff;
import io.millrace.client.net.ClusterConfig;
import io.millrace.client.net.ConnectionConfig;
import io.millrace.client.net.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads values of Kafka's keys, one call a key with its default and its range, and remembers which keys were read so that
 * those nobody knows can be named. A bad value is refused with key, value and rule.
 */
final class Settings {
    private static final Logger LOG = LoggerFactory.getLogger(Settings.class);

    private final Map<String, String> values;
    private final TreeSet<String> known = new TreeSet<>();

    Settings(Map<String, String> values) {
        this.values = values;
    }

    /** What was written down as text, whatever kind of map it came in. */
    static Map<String, String> textOf(Map<?, ?> given) {
        Map<String, String> text = new TreeMap<>();
        given.forEach((key, value) -> {
            if (value != null) {
                text.put(String.valueOf(key), String.valueOf(value).trim());
            }
        });
        return text;
    }

    @Nullable
    String text(String key) {
        known.add(key);
        String value = values.get(key);
        return value == null || value.isEmpty() ? null : value;
    }

    String text(String key, String defaultValue) {
        String value = text(key);
        return value == null ? defaultValue : value;
    }

    String oneOf(String key, String defaultValue, String... allowed) {
        String value = text(key, defaultValue);
        if (!Arrays.asList(allowed).contains(value)) {
            throw bad(key, value, "one of " + String.join(", ", allowed));
        }
        return value;
    }

    boolean flag(String key, boolean defaultValue) {
        return Boolean.parseBoolean(oneOf(key, String.valueOf(defaultValue), "true", "false"));
    }

    int integer(String key, int defaultValue, int min, int max) {
        return (int) whole(key, defaultValue, min, max);
    }

    long whole(String key, long defaultValue, long min, long max) {
        String value = text(key);
        if (value == null) {
            return defaultValue;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below, like a number out of range
        }
        throw bad(key, value, "a whole number from " + min + " to " + max);
    }

    List<String> list(String key) {
        String value = text(key);
        if (value == null) {
            return List.of();
        }
        List<String> items = new ArrayList<>();
        for (String item : value.split(",")) {
            if (!item.isBlank()) {
                items.add(item.trim());
            }
        }
        return items;
    }

    ClusterConfig cluster(boolean allowAutoTopicCreation) {
        List<String> servers = list("bootstrap.servers");
        List<Endpoint> bootstrap;
        try {
            bootstrap = Endpoint.parseAll(servers);
            return new ClusterConfig(
                    bootstrap,
                    whole("metadata.max.age.ms", 300_000, 0, Long.MAX_VALUE),
                    retryBackoff(),
                    allowAutoTopicCreation);
        } catch (IllegalArgumentException e) {
            throw bad("bootstrap.servers", String.join(",", servers), "host:port, several separated by commas");
        }
    }

    Backoff retryBackoff() {
        return new Backoff(
                whole("retry.backoff.ms", 100, 0, Long.MAX_VALUE),
                whole("retry.backoff.max.ms", 1_000, 0, Long.MAX_VALUE));
    }

    /** @param receiveBufferDefault Kafka's default of {@code receive.buffer.bytes} for this kind of client */
    ConnectionConfig connections(int receiveBufferDefault) {
        return ConnectionConfig.defaults("")
                .withTimeouts(
                        integer("request.timeout.ms", 30_000, 1, Integer.MAX_VALUE),
                        integer("socket.connection.setup.timeout.ms", 10_000, 1, Integer.MAX_VALUE))
                .withBuffers(
                        integer("send.buffer.bytes", 128 << 10, -1, Integer.MAX_VALUE),
                        integer("receive.buffer.bytes", receiveBufferDefault, -1, Integer.MAX_VALUE))
                .withReconnect(new Backoff(
                        whole("reconnect.backoff.ms", 50, 0, Long.MAX_VALUE),
                        whole("reconnect.backoff.max.ms", 1_000, 0, Long.MAX_VALUE)));
    }

    /** Warns about each key that was given and that nobody has read. */
    void warnAboutUnknown() {
        for (String key : values.keySet()) {
            if (key.endsWith(".serializer") || key.endsWith(".deserializer")) {
                LOG.warn("Ignoring {}: serializers are given to the constructor", key);
            } else if (!known.contains(key)) {
                LOG.warn("Ignoring the unknown setting {}; the nearest known one is {}", key, nearest(key));
            }
        }
    }

    private String nearest(String key) {
        String best = "";
        int bestDistance = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(key, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best;
    }

    /** The Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }

    static IllegalArgumentException bad(String key, String value, String rule) {
        return new IllegalArgumentException(key + "=" + value + " is not valid: it must be " + rule);
    }
}
