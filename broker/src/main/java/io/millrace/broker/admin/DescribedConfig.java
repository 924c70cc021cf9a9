package io.millrace.broker.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A config with its value and where that comes from.
 *
 * @param value as text, or null if there is none
 * @param readOnly whether it takes a restart to change it
 * @param source number of the source in DescribeConfigs
 * @param type number of the type in DescribeConfigs
 * @param documentation what it does
 * @param synonyms all values that it was given under any of its names, the one that holds first
 */
public record DescribedConfig(
        String name,
        @Nullable String value,
        boolean readOnly,
        byte source,
        byte type,
        String documentation,
        List<Synonym> synonyms) {
    /** The source of a value that was set for a topic. */
    public static final byte DYNAMIC_TOPIC = 1;

    /**
     * A value that a config was given.
     *
     * @param name the key under which it was given
     * @param source number of the source in DescribeConfigs
     */
    public record Synonym(String name, String value, byte source) {}
}
