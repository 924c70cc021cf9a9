package io.millrace.broker.config;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * How the text of a setting is read. Spaces around a value are not part of it.
 *
 * @param <T> what it is read into
 */
public final class SettingType<T> {
    public static final SettingType<Boolean> BOOLEAN =
            new SettingType<>("boolean", 1, "true or false", SettingType::parseBoolean);
    public static final SettingType<String> STRING = new SettingType<>("string", 2, "text", text -> text);
    public static final SettingType<Integer> INT =
            new SettingType<>("int", 3, "a whole number from -2^31 to 2^31-1", Integer::valueOf);
    public static final SettingType<Short> SHORT =
            new SettingType<>("short", 4, "a whole number from -32768 to 32767", Short::valueOf);
    public static final SettingType<Long> LONG =
            new SettingType<>("long", 5, "a whole number from -2^63 to 2^63-1", Long::valueOf);
    public static final SettingType<Double> DOUBLE = new SettingType<>("double", 6, "a number", Double::valueOf);
    /** Items between commas; an empty text is an empty list. */
    public static final SettingType<List<String>> LIST =
            new SettingType<>("list", 7, "items between commas", SettingType::parseList);

    /** Paths between commas, which Kafka counts as text. */
    public static final SettingType<List<String>> PATHS =
            new SettingType<>("string", 2, "paths between commas", SettingType::parseList);

    private final String name;
    private final byte code;
    private final String expected;
    private final Function<String, T> parser;

    private SettingType(String name, int code, String expected, Function<String, T> parser) {
        this.name = name;
        this.code = (byte) code;
        this.expected = expected;
        this.parser = parser;
    }

    /** The name in the reference page, such as {@code int}. */
    public String typeName() {
        return name;
    }

    /** The number that DescribeConfigs knows it by. */
    public byte code() {
        return code;
    }

    T parse(String key, String text) {
        try {
            return parser.apply(text.trim());
        } catch (IllegalArgumentException e) {
            throw ConfigException.refused(key, text, "must be " + expected);
        }
    }

    /** The text that {@code value} would be read from. */
    String format(Object value) {
        return value instanceof List<?> items
                ? String.join(",", items.stream().map(String::valueOf).toList())
                : value.toString();
    }

    private static Boolean parseBoolean(String text) {
        if (text.equalsIgnoreCase("true")) {
            return Boolean.TRUE;
        }
        if (text.equalsIgnoreCase("false")) {
            return Boolean.FALSE;
        }
        throw new IllegalArgumentException(text);
    }

    private static List<String> parseList(String text) {
        return text.isEmpty() ? List.of() : Arrays.asList(text.split("\\s*,\\s*", -1));
    }
}
