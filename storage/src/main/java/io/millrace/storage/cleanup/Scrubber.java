package io.millrace.storage.cleanup;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.ScrubPoint;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Queue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all logs again, slowly, so that bytes that change on a disk are found while other replicas still have them. One pass goes over all
 * logs there were when it began, in steps of so many bytes. The scrubber's thread, one at a time; {@link #position} for any.
 */
public final class Scrubber {
    private static final Logger LOG = LoggerFactory.getLogger(Scrubber.class);

    private final Function<TopicPartition, @Nullable PartitionLog> logs;
    private final Queue<Position> waiting = new ArrayDeque<>();
    private @Nullable Position current;
    private volatile @Nullable Position position;
    private ScrubPoint point = ScrubPoint.BEGINNING;
    private boolean underWay;

    /** @param logs finds a log; null if it is not in service any more */
    public Scrubber(Function<TopicPartition, @Nullable PartitionLog> logs) {
        this.logs = logs;
    }

    /**
     * Where a pass is.
     *
     * @param segmentBase base offset of the segment; -1 for the oldest one
     */
    public record Position(TopicPartition partition, long segmentBase) {
        private static final Comparator<Position> ORDER = Comparator.comparing(
                        (Position position) -> position.partition.topic())
                .thenComparingInt(position -> position.partition.partition());

        private static Position beginningOf(PartitionLog log) {
            return new Position(log.topicPartition(), -1);
        }
    }

    /** Has the first pass begin at a place that an earlier run came to. Before the first step. */
    public void resumeAt(Position place) {
        position = place;
    }

    /** Where the pass is, or is to begin; null between passes. */
    public @Nullable Position position() {
        return position;
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
            begin(all);
        }
        boolean more = read(bytes);
        Position at = current == null ? waiting.peek() : current;
        position = current == null || at == null ? at : new Position(at.partition, point.segmentBase());
        return more;
    }

    private void begin(Collection<PartitionLog> all) {
        Position from = position;
        all.stream()
                .map(Position::beginningOf)
                .filter(log -> from == null || Position.ORDER.compare(log, from) >= 0)
                .sorted(Position.ORDER)
                .forEach(waiting::add);
        underWay = true;
        if (from != null && !waiting.isEmpty() && Position.ORDER.compare(waiting.peek(), from) == 0) {
            current = waiting.poll();
            point = new ScrubPoint(from.segmentBase, 0, -1);
        }
    }

    private boolean read(long bytes) {
        long left = bytes;
        while (left > 0) {
            PartitionLog log = current == null ? null : logs.apply(current.partition);
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
