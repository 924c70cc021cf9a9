package io.millrace.client;

/**
 * What has a configuration.
 *
 * @param type of which kind it is
 * @param name of the topic, or id of the broker; the empty name stands for all brokers
 */
public record ConfigResource(Type type, String name) {

    /** The kinds, with their numbers on the wire. */
    public enum Type {
        TOPIC(2),
        BROKER(4);

        private final byte id;

        Type(int id) {
            this.id = (byte) id;
        }

        byte id() {
            return id;
        }
    }

    public static ConfigResource topic(String name) {
        return new ConfigResource(Type.TOPIC, name);
    }

    public static ConfigResource broker(int id) {
        return new ConfigResource(Type.BROKER, String.valueOf(id));
    }
}
