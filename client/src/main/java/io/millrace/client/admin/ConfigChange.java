package io.millrace.client.admin;

import org.jspecify.annotations.Nullable;

/**
 * A change of one configured value.
 *
 * <pre>{@code
 * admin.alterConfigs(
 *         ConfigResource.topic("clicks"),
 *         List.of(ConfigChange.set("retention.ms", 3_600_000), ConfigChange.append("cleanup.policy", "compact")));
 * }</pre>
 *
 * @param operation what to do
 * @param value what with; null to delete
 */
public record ConfigChange(
        String name, Operation operation, @Nullable String value) {

    /** What can be done, in the order of the numbers on the wire. */
    public enum Operation {
        /** Another value. */
        SET,
        /** Back to what holds if nobody sets it here. */
        DELETE,
        /** One more item of a list. */
        APPEND,
        /** One item of a list less. */
        SUBTRACT
    }

    /** Another value, whatever there is now. */
    public static ConfigChange set(String name, Object value) {
        return new ConfigChange(name, Operation.SET, String.valueOf(value));
    }

    /** Back to what holds if nobody sets it here. */
    public static ConfigChange delete(String name) {
        return new ConfigChange(name, Operation.DELETE, null);
    }

    /** Adds an item to a list. */
    public static ConfigChange append(String name, Object value) {
        return new ConfigChange(name, Operation.APPEND, String.valueOf(value));
    }

    /** Takes an item out of a list. */
    public static ConfigChange subtract(String name, Object value) {
        return new ConfigChange(name, Operation.SUBTRACT, String.valueOf(value));
    }
}
