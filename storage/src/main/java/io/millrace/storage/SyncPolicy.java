package io.millrace.storage;

import java.util.Locale;

/** When records are on disk, as against in the memory of the operating system ({@code log.sync.policy}). */
public enum SyncPolicy {
    /**
     * As Kafka does by default: when the operating system likes, and when a flush setting says so. A kill loses nothing, a loss
     * of power may, save of a log with {@code flush.messages=1}, which is kept as under {@link #GROUP}.
     */
    NONE,

    /**
     * Before they count: a leader acknowledges, and a follower asks for more, only below
     * {@link io.millrace.storage.log.PartitionLog#durableOffset}. What arrives while a sync is under way shares the next one.
     */
    GROUP;

    /** The name in a configuration. */
    public String configValue() {
        return name().toLowerCase(Locale.ROOT);
    }
}
