package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The names of partition directories: {@code topic-N}, {@code topic-N.<32 hex>-delete} for one that is to be removed, and
 * {@code topic-N.<32 hex>-stray} for one that belongs to no topic any more and is left to whoever knows better. They are Kafka's.
 */
final class PartitionDirs {
    private static final String DELETE_SUFFIX = "-delete";
    private static final String STRAY_SUFFIX = "-stray";
    private static final int MAX_NAME_LENGTH = 255;

    private PartitionDirs() {}

    /** The partition whose directory has this name; null if it is not one. */
    static @Nullable TopicPartition parse(String name) {
        int dash = name.lastIndexOf('-');
        if (dash <= 0 || dash == name.length() - 1) {
            return null;
        }
        for (int i = dash + 1; i < name.length(); i++) {
            if (name.charAt(i) < '0' || name.charAt(i) > '9') {
                return null;
            }
        }
        try {
            return new TopicPartition(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1)));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** A new name for a directory that is to be removed; the topic is shortened where the file system wants it. */
    static String deleteName(TopicPartition partition) {
        return newName(partition, DELETE_SUFFIX);
    }

    /** A new name for a directory that is set aside. */
    static String strayName(TopicPartition partition) {
        return newName(partition, STRAY_SUFFIX);
    }

    private static String newName(TopicPartition partition, String end) {
        String suffix =
                "-" + partition.partition() + "." + UUID.randomUUID().toString().replace("-", "") + end;
        int room = MAX_NAME_LENGTH - suffix.length();
        String topic = partition.topic();
        return (topic.length() <= room ? topic : topic.substring(0, room)) + suffix;
    }

    static boolean isDelete(String name) {
        return name.endsWith(DELETE_SUFFIX) && name.indexOf('.') >= 0;
    }
}
