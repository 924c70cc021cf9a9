package io.millrace.broker.zk;

import org.jspecify.annotations.Nullable;

/**
 * Something that has configs of its own.
 *
 * @param type the kind of thing
 * @param name which of them; {@link #DEFAULT} for all that have no config of their own
 */
public record ConfigEntity(Type type, String name) {
    /** The name that stands for "all of them". */
    public static final String DEFAULT = "<default>";

    /** The kinds of things we keep configs of. */
    public enum Type {
        TOPIC("topics"),
        BROKER("brokers");

        private final String folder;

        Type(String folder) {
            this.folder = folder;
        }
    }

    public static ConfigEntity topic(String topic) {
        return new ConfigEntity(Type.TOPIC, topic);
    }

    public static ConfigEntity broker(int id) {
        return new ConfigEntity(Type.BROKER, Integer.toString(id));
    }

    /** All brokers. */
    public static ConfigEntity brokerDefaults() {
        return new ConfigEntity(Type.BROKER, DEFAULT);
    }

    /** The entity that a change notification names, or null if it is of a kind we do not keep. */
    static @Nullable ConfigEntity ofPath(String entityPath) {
        int slash = entityPath.indexOf('/');
        if (slash > 0) {
            for (Type type : Type.values()) {
                if (entityPath.substring(0, slash).equals(type.folder)) {
                    return new ConfigEntity(type, entityPath.substring(slash + 1));
                }
            }
        }
        return null;
    }

    /** As change notifications name it. */
    String entityPath() {
        return type.folder + "/" + name;
    }

    String path() {
        return ZkPaths.config(type.folder, name);
    }
}
