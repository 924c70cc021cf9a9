package io.millrace.broker.admin;

/**
 * What configs are asked for or changed, as a client names it.
 *
 * @param type number of the kind of thing
 * @param name of the topic, or the id of the broker; empty for all brokers
 */
public record ConfigResource(byte type, String name) {
    public static final byte TOPIC = 2;
    public static final byte BROKER = 4;

    /** The kind of thing as Kafka calls it. */
    String typeName() {
        return switch (type) {
            case TOPIC -> "TOPIC";
            case BROKER -> "BROKER";
            case 8 -> "BROKER_LOGGER";
            case 16 -> "CLIENT_METRICS";
            case 32 -> "GROUP";
            default -> "UNKNOWN";
        };
    }
}
