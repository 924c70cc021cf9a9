package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.checkpoint.OffsetCheckpoint;
import io.millrace.storage.cleanup.Scrubber;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps where the scrubber of a directory is over a restart: a pass over many terabytes takes longer than brokers run, and one that began
 * anew at each start would never come to the last logs. Calls exclude each other by the monitor of the directory's {@link DirCheckpoints}.
 */
final class ScrubCheckpoint {
    private final OffsetCheckpoint file;
    private Map<TopicPartition, Long> known = Map.of();

    ScrubCheckpoint(Path dir) {
        file = new OffsetCheckpoint(dir, OffsetCheckpoint.SCRUB);
    }

    /** Where the scrubber was when the directory was last in use; null if a pass had ended. */
    Scrubber.@Nullable Position read() throws IOException {
        known = file.read();
        for (Map.Entry<TopicPartition, Long> entry : known.entrySet()) {
            return new Scrubber.Position(entry.getKey(), entry.getValue());
        }
        return null;
    }

    /** Writes down where the scrubber is, if it was elsewhere before. */
    void write(Scrubber.@Nullable Position position) throws IOException {
        Map<TopicPartition, Long> now =
                position == null ? Map.of() : Map.of(position.partition(), Math.max(0, position.segmentBase()));
        if (!now.equals(known)) {
            file.write(now);
            known = now;
        }
    }
}
