package io.millrace.storage.cleanup;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.ScrubPoint;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Queue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all logs again, slowly, so that bytes that change on a disk are found while other replicas still have them. One pass goes over all
 * logs there were when it began, in steps of so many bytes. The scrubber's thread; one at a time.
 */
public final class Scrubber {
    private static final Logger LOG = LoggerFactory.getLogger(Scrubber.class);

    private final Function<TopicPartition, @Nullable PartitionLog> logs;
    private final Queue<TopicPartition> waiting = new ArrayDeque<>();
    private @Nullable TopicPartition current;
    private ScrubPoint point = ScrubPoint.BEGINNING;
    private boolean underWay;

    /** @param logs finds a log; null if it is not in service any more */
    public Scrubber(Function<TopicPartition, @Nullable PartitionLog> logs) {
        this.logs = logs;
    }

    /**
     * Makes a step; the first one after a pass begins the next pass.
     *
     * @param all the logs for a pass that begins
     * @param bytes to read, about
     * @return whether the pass goes on
     */
    public boolean step(Collection<PartitionLog> all, long bytes) {
        if (!underWay) {
            all.forEach(log -> waiting.add(log.topicPartition()));
            underWay = true;
        }
        long left = bytes;
        while (left > 0) {
            PartitionLog log = current == null ? null : logs.apply(current);
            if (log == null) {
                current = waiting.poll();
                point = ScrubPoint.BEGINNING;
                if (current == null) {
                    underWay = false;
                    LOG.info("Looked at the bytes of all logs");
                    return false;
                }
                continue;
            }
            ScrubPoint reached = log.upkeep().scrub(point, left);
            // Going to the next segment counts as well: there may be many small ones.
            boolean sameSegment = reached != null && reached.segmentBase() == point.segmentBase();
            left -= Math.max(4096, sameSegment ? reached.position() - point.position() : left / 2);
            if (reached == null) {
                current = null;
            } else {
                point = reached;
            }
        }
        return true;
    }
}
