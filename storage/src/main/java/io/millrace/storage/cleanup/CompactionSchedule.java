package io.millrace.storage.cleanup;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.storage.StorageException;
import io.millrace.storage.file.Descriptors;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.time.Clock;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts the logs that are due, the dirtiest first. A log whose compaction fails is set aside until the next start, and said so; one
 * that there is no room for, or no file can be opened for, is left to the next round; the others go on. Any number of threads, each of which works on a log of its own;
 * {@link #checkpoints} from any.
 */
public final class CompactionSchedule {
    private static final Logger LOG = LoggerFactory.getLogger(CompactionSchedule.class);

    private final Clock clock;
    private final Map<TopicPartition, Long> checkpoints = new ConcurrentHashMap<>();
    private final Set<TopicPartition> setAside = ConcurrentHashMap.newKeySet();
    private final long mapBytes;

    // One thread chooses at a time: to look at a log forgets what was cut off it, which its compaction must know.
    private final Object choice = new Object();
    private final Set<PartitionLog> underWay = ConcurrentHashMap.newKeySet();

    /** @param mapBytes memory for the keys of one compaction at most */
    public CompactionSchedule(Clock clock, long mapBytes) {
        this.clock = clock;
        this.mapBytes = mapBytes;
    }

    /** Where the compactions of earlier runs stopped. */
    public void restore(Map<TopicPartition, Long> offsets) {
        checkpoints.putAll(offsets);
    }

    /** A log was deleted: another one of that name has nothing to do with it. Any thread. */
    public synchronized void forget(TopicPartition partition) {
        checkpoints.remove(partition);
        setAside.remove(partition);
    }

    /** A log was cut: from here on it has other records than those that were compacted. Any thread. */
    public synchronized void lower(TopicPartition partition, long offset) {
        checkpoints.computeIfPresent(partition, (known, before) -> Math.min(before, offset));
    }

    /** Where the next compaction of each log begins. */
    public Map<TopicPartition, Long> checkpoints() {
        return checkpoints;
    }

    /** Logs that are not compacted any more because that failed. */
    public Set<TopicPartition> setAside() {
        return setAside;
    }

    /**
     * Compacts the logs that are due and that no other thread compacts, one after the other, the dirtiest first. One that cannot be
     * compacted now, perhaps for want of room or of files that can be open, is left to the next round, and the others are not.
     *
     * @param onCompacted called after each that was compacted, or set aside
     */
    public void run(Collection<PartitionLog> logs, Runnable onCompacted) {
        Set<PartitionLog> left = new HashSet<>();
        boolean more;
        do {
            more = compactDirtiest(logs, left, onCompacted);
        } while (more);
    }

    // False if there is none.
    private boolean compactDirtiest(Collection<PartitionLog> logs, Set<PartitionLog> left, Runnable onCompacted) {
        Chosen chosen;
        synchronized (choice) {
            chosen = choose(logs, left);
            if (chosen == null) {
                return false;
            }
            underWay.add(chosen.log);
        }
        try {
            if (!compact(chosen.log, chosen.range, logs)) {
                left.add(chosen.log);
                return true;
            }
        } catch (CancellationException e) {
            LOG.info("Stopped compacting log={} because the broker stops", chosen.log);
            return false;
        } finally {
            underWay.remove(chosen.log);
        }
        onCompacted.run();
        return true;
    }

    private record Chosen(PartitionLog log, CompactionRange range) {}

    private @Nullable Chosen choose(Collection<PartitionLog> logs, Set<PartitionLog> left) {
        forgetAllBut(logs);
        Chosen dirtiest = null;
        for (PartitionLog log : logs) {
            CompactionRange range = left.contains(log) ? null : rangeOf(log);
            if (range != null
                    && range.due()
                    && (dirtiest == null || range.dirtyRatio() > dirtiest.range.dirtyRatio())) {
                dirtiest = new Chosen(log, range);
            }
        }
        return dirtiest;
    }

    private synchronized void forgetAllBut(Collection<PartitionLog> logs) {
        checkpoints
                .keySet()
                .retainAll(logs.stream().map(PartitionLog::topicPartition).collect(Collectors.toSet()));
    }

    private @Nullable CompactionRange rangeOf(PartitionLog log) {
        if (!log.config().compact() || setAside.contains(log.topicPartition()) || underWay.contains(log)) {
            return null;
        }
        try {
            // First: of what is cut off afterwards nothing may be taken for compacted.
            log.upkeep().beginCompaction();
            // Before the segments: what becomes stable behind the end of what was seen of them is for the next look.
            long limit = log.lastStableOffset();
            return CompactionRange.of(
                    log.upkeep().segmentViews(),
                    log.config(),
                    checkpoints.getOrDefault(log.topicPartition(), -1L),
                    log.logStartOffset(),
                    limit,
                    clock.millis());
        } catch (IOException | RuntimeException e) {
            // Retention may just have removed what was looked at.
            LOG.warn("Cannot look at the segments of log={} now, to compact it", log, e);
            return null;
        }
    }

    // False if it could not be done now, so that the next round will do.
    private boolean compact(PartitionLog log, CompactionRange range, Collection<PartitionLog> logs) {
        long before = log.size();
        long startedNs = System.nanoTime();
        try {
            long next = new Compactor(clock, mapBytes).compact(log, range);
            if (!note(log, next, logs)) {
                return false;
            }
            if (next == range.firstDirtyOffset()) {
                LOG.info("Stopped compacting log={}, which has changed meanwhile", log);
                return false;
            }
            LOG.info(
                    "Compacted log={} fromOffset={} toOffset={} bytesBefore={} bytesAfter={} tookMs={}",
                    log,
                    range.firstDirtyOffset(),
                    next,
                    before,
                    log.size(),
                    (System.nanoTime() - startedNs) / 1_000_000);
        } catch (CancellationException e) {
            // Nor is another one begun.
            throw e;
        } catch (RuntimeException e) {
            if (e.getCause() instanceof IOException cause && isOfTheMoment(cause)) {
                // Its directory has said so. There may be room for a smaller one, which makes some for this.
                LOG.debug("Cannot compact log={} now", log, e);
                return false;
            }
            if (hasChanged(log, range, e, logs)) {
                LOG.info("Stopped compacting log={}, which was deleted, cut, or has a later start now", log);
                return false;
            }
            return setAside(log, e, logs);
        }
        return true;
    }

    // And neither of the log nor of its disk.
    private static boolean isOfTheMoment(IOException cause) {
        return DiskFullException.isSaidBy(cause) || Descriptors.lackIsSaidBy(cause);
    }

    private static boolean hasChanged(
            PartitionLog log, CompactionRange range, RuntimeException cause, Collection<PartitionLog> logs) {
        return !logs.contains(log)
                || log.upkeep().lowestEnd() < range.endOffset()
                || cause instanceof StorageException refused && refused.error() == ErrorCode.OFFSET_OUT_OF_RANGE;
    }

    // In one step, as forget and lower are, which come after the log has left the list: nothing is noted of a deleted
    // log, not even for a moment, since another one of its name would begin there, or not be compacted at all.
    private synchronized boolean note(PartitionLog log, long next, Collection<PartitionLog> logs) {
        boolean present = logs.contains(log);
        if (present) {
            checkpoints.put(log.topicPartition(), Math.min(next, log.upkeep().lowestEnd()));
        }
        return present;
    }

    private synchronized boolean setAside(PartitionLog log, Exception cause, Collection<PartitionLog> logs) {
        if (!logs.contains(log)) {
            return false;
        }
        setAside.add(log.topicPartition());
        LOG.error("Compaction of log={} failed and is not tried again before the next start", log, cause);
        return true;
    }
}
