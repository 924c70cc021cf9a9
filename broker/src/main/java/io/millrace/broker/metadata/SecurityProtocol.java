package io.millrace.broker.metadata;

import org.jspecify.annotations.Nullable;

/** What is spoken at an {@link Endpoint}, with the number that stands for it in UpdateMetadata. */
public enum SecurityProtocol {
    PLAINTEXT(0),
    SSL(1),
    SASL_PLAINTEXT(2),
    SASL_SSL(3);

    private final short id;

    SecurityProtocol(int id) {
        this.id = (short) id;
    }

    /** The number on the wire. */
    public short id() {
        return id;
    }

    /** The protocol with this number, or null. */
    public static @Nullable SecurityProtocol of(short id) {
        return id < 0 || id >= values().length ? null : values()[id];
    }

    /** The protocol with this name, or null. */
    public static @Nullable SecurityProtocol named(String name) {
        for (SecurityProtocol protocol : values()) {
            if (protocol.name().equals(name)) {
                return protocol;
            }
        }
        return null;
    }
}
