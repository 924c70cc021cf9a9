package io.millrace.broker.admin;

import org.jspecify.annotations.Nullable;

/**
 * One change of a config.
 *
 * @param name its key
 * @param operation what to do
 * @param value the new value, or the items to add or take away; null or empty for DELETE
 */
public record ConfigChange(
        String name, Operation operation, @Nullable String value) {

    /** What can be done to a config. The ordinal is the number on the wire. */
    public enum Operation {
        SET,
        DELETE,
        APPEND,
        SUBTRACT;

        /** The operation with this number, or null. */
        public static @Nullable Operation of(byte code) {
            return code < 0 || code >= values().length ? null : values()[code];
        }
    }
}
