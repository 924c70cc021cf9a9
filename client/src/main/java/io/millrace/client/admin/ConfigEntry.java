package io.millrace.client.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One configured value.
 *
 * <pre>{@code
 * for (ConfigEntry entry : admin.describeConfigs(List.of(resource)).join().get(resource)) {
 *     if (!entry.isDefault()) {
 *         System.out.println(entry.name() + "=" + entry.value() + " from " + entry.source());
 *     }
 * }
 * }</pre>
 *
 * @param value null if it is sensitive, or not set
 * @param source where it comes from
 * @param readOnly whether it cannot be changed while the broker runs
 * @param sensitive whether the value is kept back
 * @param type which values it takes; {@link Type#UNKNOWN} if the broker is too old to tell
 * @param synonyms everything that it could come from and is set, strongest first
 * @param documentation what it is for, or null if the broker does not say
 */
public record ConfigEntry(
        String name,
        @Nullable String value,
        Source source,
        boolean readOnly,
        boolean sensitive,
        Type type,
        List<Synonym> synonyms,
        @Nullable String documentation) {

    /** Where a value comes from, in the order of the numbers on the wire. */
    public enum Source {
        /** One that this client does not know yet. */
        UNKNOWN,
        /** Set on the topic. */
        DYNAMIC_TOPIC_CONFIG,
        /** Set on one broker while it runs. */
        DYNAMIC_BROKER_CONFIG,
        /** Set on all brokers while they run. */
        DYNAMIC_DEFAULT_BROKER_CONFIG,
        /** From the file that the broker was started with. */
        STATIC_BROKER_CONFIG,
        /** Nobody has set it. */
        DEFAULT_CONFIG,
        /** The level of a logger of a broker. */
        DYNAMIC_BROKER_LOGGER_CONFIG,
        /** Set on a subscription to the metrics of clients. */
        DYNAMIC_CLIENT_METRICS_CONFIG,
        /** Set on the group. */
        DYNAMIC_GROUP_CONFIG;

        static Source of(int id) {
            return id < 0 || id >= values().length ? UNKNOWN : values()[id];
        }
    }

    /** Which values a key takes, in the order of the numbers on the wire. */
    public enum Type {
        /** One that this client does not know yet, or that was not told. */
        UNKNOWN,
        /** {@code true} or {@code false}. */
        BOOLEAN,
        /** Any text. */
        STRING,
        /** A whole number of 32 bits. */
        INT,
        /** A whole number of 16 bits. */
        SHORT,
        /** A whole number of 64 bits. */
        LONG,
        /** A number with a fraction. */
        DOUBLE,
        /** Items separated by commas. */
        LIST,
        /** The name of a class. */
        CLASS,
        /** A secret, whose value is never told. */
        PASSWORD;

        static Type of(int id) {
            return id < 0 || id >= values().length ? UNKNOWN : values()[id];
        }
    }

    /** One place where a value could come from, and what stands there. */
    public record Synonym(String name, @Nullable String value, Source source) {}

    /** Whether nobody has set it. */
    public boolean isDefault() {
        return source == Source.DEFAULT_CONFIG;
    }
}
