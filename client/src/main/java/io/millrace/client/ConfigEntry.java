package io.millrace.client;

import org.jspecify.annotations.Nullable;

/**
 * One configured value.
 *
 * @param value null if it is sensitive, or not set
 * @param source where it comes from, as a number of Kafka's protocol: 1 the topic, 2 this broker, 3 all brokers, 4 the broker's file,
 *     5 the default
 * @param readOnly whether it cannot be changed while the broker runs
 * @param sensitive whether the value is kept back
 */
public record ConfigEntry(String name, @Nullable String value, int source, boolean readOnly, boolean sensitive) {
    private static final int DEFAULT_SOURCE = 5;

    /** Whether nobody has set it. */
    public boolean isDefault() {
        return source == DEFAULT_SOURCE;
    }
}
