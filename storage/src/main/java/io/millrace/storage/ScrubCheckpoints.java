package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.checkpoint.OffsetCheckpoint;
import io.millrace.storage.cleanup.Scrubber;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps where the scrubber is over a restart: a pass over many terabytes takes longer than brokers run, and one that began anew at each
 * start would never come to the last logs. The file lies in the directory that is being looked at. Calls exclude each other by the
 * monitor of the directory's {@link DirCheckpoints}.
 */
final class ScrubCheckpoints {
    private final Map<Path, OffsetCheckpoint> files = new HashMap<>();
    private final Map<Path, Map<TopicPartition, Long>> known = new ConcurrentHashMap<>();

    ScrubCheckpoints(LogDirs dirs) {
        for (LogDir dir : dirs) {
            files.put(dir.path(), new OffsetCheckpoint(dir.path(), OffsetCheckpoint.SCRUB));
            known.put(dir.path(), Map.of());
        }
    }

    /** Where the scrubber was when the directory was last in use; null if it was elsewhere, or nowhere. */
    Scrubber.@Nullable Position restore(LogDir dir) throws IOException {
        Map<TopicPartition, Long> read = files.get(dir.path()).read();
        known.put(dir.path(), read);
        for (Map.Entry<TopicPartition, Long> entry : read.entrySet()) {
            return new Scrubber.Position(dir.path(), entry.getKey(), entry.getValue());
        }
        return null;
    }

    /** Writes down where the scrubber is, if that is here and was not here before. */
    void write(LogDir dir, Scrubber.@Nullable Position position) throws IOException {
        Map<TopicPartition, Long> now = position == null || !position.logDir().equals(dir.path())
                ? Map.of()
                : Map.of(position.partition(), Math.max(0, position.segmentBase()));
        if (!now.equals(known.get(dir.path()))) {
            files.get(dir.path()).write(now);
            known.put(dir.path(), now);
        }
    }
}
