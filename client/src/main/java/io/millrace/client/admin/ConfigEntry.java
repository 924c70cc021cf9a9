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
        UNKNOWN,
        DYNAMIC_TOPIC_CONFIG,
        DYNAMIC_BROKER_CONFIG,
        DYNAMIC_DEFAULT_BROKER_CONFIG,
        STATIC_BROKER_CONFIG,
        DEFAULT_CONFIG,
        DYNAMIC_BROKER_LOGGER_CONFIG,
        DYNAMIC_CLIENT_METRICS_CONFIG,
        DYNAMIC_GROUP_CONFIG;

        static Source of(int id) {
            return id < 0 || id >= values().length ? UNKNOWN : values()[id];
        }
    }

    /** Which values a key takes, in the order of the numbers on the wire. */
    public enum Type {
        UNKNOWN,
        BOOLEAN,
        STRING,
        INT,
        SHORT,
        LONG,
        DOUBLE,
        LIST,
        CLASS,
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
