package io.millrace.client.admin;

import org.jspecify.annotations.Nullable;

/**
 * What has a configuration.
 *
 * <pre>{@code
 * admin.describeConfigs(List.of(ConfigResource.topic("clicks"), ConfigResource.broker(1)))
 * }</pre>
 *
 * @param type of which kind it is
 * @param name of the topic or group, or id of the broker; the empty name stands for all brokers
 */
public record ConfigResource(Type type, String name) {

    /** The kinds, with their numbers on the wire. */
    public enum Type {
        /** One that this client does not know yet. */
        UNKNOWN(0),
        /** A topic. */
        TOPIC(2),
        /** A broker, or all of them. */
        BROKER(4),
        /** The loggers of a broker. */
        BROKER_LOGGER(8),
        /** A subscription to the metrics of clients. */
        CLIENT_METRICS(16),
        /** A group of consumers. */
        GROUP(32);

        private final byte id;

        Type(int id) {
            this.id = (byte) id;
        }

        byte id() {
            return id;
        }
    }

    /** @throws IllegalArgumentException if a broker is not named by its number */
    public ConfigResource {
        boolean ofBroker = type == Type.BROKER || type == Type.BROKER_LOGGER;
        if (ofBroker && !name.isEmpty() && !name.matches("\\d{1,9}")) {
            throw new IllegalArgumentException("A broker is named by its id, and " + name + " is none");
        }
    }

    /** A topic. */
    public static ConfigResource topic(String name) {
        return new ConfigResource(Type.TOPIC, name);
    }

    /** What is set on this broker alone. */
    public static ConfigResource broker(int id) {
        return new ConfigResource(Type.BROKER, String.valueOf(id));
    }

    /** What holds for every broker that has nothing else configured. */
    public static ConfigResource allBrokers() {
        return new ConfigResource(Type.BROKER, "");
    }

    /** The levels of the loggers of a broker. */
    public static ConfigResource brokerLoggers(int id) {
        return new ConfigResource(Type.BROKER_LOGGER, String.valueOf(id));
    }

    static ConfigResource of(byte typeId, String name) {
        for (Type type : Type.values()) {
            if (type.id == typeId) {
                return new ConfigResource(type, name);
            }
        }
        return new ConfigResource(Type.UNKNOWN, name);
    }

    /** The broker that knows this, or null if any does. */
    @Nullable
    Integer broker() {
        boolean ofBroker = type == Type.BROKER || type == Type.BROKER_LOGGER;
        return ofBroker && !name.isEmpty() ? Integer.valueOf(name) : null;
    }

    @Override
    public String toString() {
        String kind = type.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        return name.isEmpty() ? "every " + kind : kind + " " + name;
    }
}
