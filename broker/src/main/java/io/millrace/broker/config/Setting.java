package io.millrace.broker.config;

import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The definition of one configuration key.
 *
 * @param <T> the type of its value
 * @param name the key, Kafka's where Kafka has one
 * @param defaultValue the value of a broker that does not set it; null if it is then absent
 * @param rule what a value must satisfy
 * @param doc what it does, with units; a sentence or two
 */
public record Setting<T>(
        String name,
        SettingType<T> type,
        @Nullable T defaultValue,
        Rule<? super T> rule,
        DynamicMode dynamicMode,
        String doc) {

    /**
     * Reads a value.
     *
     * @throws ConfigException if the text is not of the type or breaks the rule
     */
    public T parse(String text) {
        T value = type.parse(name, text);
        if (!rule.accepts(value)) {
            throw ConfigException.refused(name, text.trim(), "must be " + rule.text());
        }
        return value;
    }

    /**
     * A value as it is put on record: without spaces around it and repeated items, which mean nothing but take room.
     *
     * @throws ConfigException if the text is not of the type or breaks the rule
     */
    public String normalized(String text) {
        T value = parse(text);
        return type.format(value instanceof List<?> items ? List.copyOf(new LinkedHashSet<>(items)) : value);
    }

    /** The default as it would be written in a file, or null if there is none. */
    public @Nullable String defaultText() {
        return defaultValue == null ? null : type.format(defaultValue);
    }

    /** {@code value} as it would be written in a file. */
    public String format(T value) {
        return type.format(value);
    }
}
