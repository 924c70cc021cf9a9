package io.millrace.storage.checkpoint;

import io.millrace.protocol.TopicPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One offset for each partition of a log directory. Four of these lie in a directory under Kafka's names, one under ours. Any thread. */
public final class OffsetCheckpoint {
    /** Up to where each log is on disk. */
    public static final String RECOVERY_POINT = "recovery-point-offset-checkpoint";

    /** High watermarks. */
    public static final String HIGH_WATERMARK = "replication-offset-checkpoint";

    /** Log starts that lie inside a segment. */
    public static final String LOG_START = "log-start-offset-checkpoint";

    /** Where compaction goes on. */
    public static final String CLEANER = "cleaner-offset-checkpoint";

    /** Our own: the segment that the scrubber is at. */
    public static final String SCRUB = "scrub-offset-checkpoint";

    private final Path path;

    public OffsetCheckpoint(Path logDir, String name) {
        this.path = logDir.resolve(name);
    }

    /** What is known; nothing if the file is missing or unreadable as a checkpoint. */
    public synchronized Map<TopicPartition, Long> read() throws IOException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (Entry entry : CheckpointFile.read(path, OffsetCheckpoint::parse)) {
            offsets.put(entry.partition, entry.offset);
        }
        return offsets;
    }

    /** Why nothing can be known from the file, for people; null if it is missing or in order. */
    public synchronized @Nullable String fault() throws IOException {
        return CheckpointFile.fault(path, OffsetCheckpoint::parse);
    }

    /** Replaces the file. */
    public synchronized void write(Map<TopicPartition, Long> offsets) throws IOException {
        List<String> lines = new ArrayList<>(offsets.size());
        offsets.forEach(
                (partition, offset) -> lines.add(partition.topic() + ' ' + partition.partition() + ' ' + offset));
        CheckpointFile.write(path, lines);
    }

    private static Entry parse(String[] words) {
        if (words.length != 3) {
            throw new IllegalArgumentException("a line has " + words.length + " words instead of 3");
        }
        long offset = Long.parseLong(words[2]);
        if (offset < 0) {
            throw new IllegalArgumentException("the offset of " + words[0] + "-" + words[1] + " is negative");
        }
        return new Entry(new TopicPartition(words[0], Integer.parseInt(words[1])), offset);
    }

    private record Entry(TopicPartition partition, long offset) {}
}
