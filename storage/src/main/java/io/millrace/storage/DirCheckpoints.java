package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.checkpoint.OffsetCheckpoint;
import io.millrace.storage.log.LogHints;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;

/**
 * The four offset checkpoints of a log directory, and of which logs they speak: of those in service what these say themselves, of those
 * that are not loaded, or cannot be, what was known before, and of those that are here no more nothing.
 *
 * <p>Any thread; what writes does so under the monitor, for which the list of logs given must have been made under it as well.
 */
final class DirCheckpoints {
    private final OffsetCheckpoint recoveryPoints;
    private final OffsetCheckpoint highWatermarks;
    private final OffsetCheckpoint logStarts;
    private final OffsetCheckpoint cleanerOffsets;

    private Map<TopicPartition, Long> knownRecoveryPoints = Map.of();
    private Map<TopicPartition, Long> knownHighWatermarks = Map.of();
    private Map<TopicPartition, Long> knownLogStarts = Map.of();
    private Map<TopicPartition, Long> knownCleanerOffsets = Map.of();

    /** Those that were found and are not in service. Concurrent, so that who creates or deletes a log elsewhere waits for no checkpoint. */
    private final Set<TopicPartition> notLoaded = ConcurrentHashMap.newKeySet();

    /** Logs that are here no more and of which the checkpoints may still say something, each with a mark of when that began. */
    private final ConcurrentHashMap<TopicPartition, Object> former = new ConcurrentHashMap<>();

    DirCheckpoints(Path dir) {
        recoveryPoints = new OffsetCheckpoint(dir, OffsetCheckpoint.RECOVERY_POINT);
        highWatermarks = new OffsetCheckpoint(dir, OffsetCheckpoint.HIGH_WATERMARK);
        logStarts = new OffsetCheckpoint(dir, OffsetCheckpoint.LOG_START);
        cleanerOffsets = new OffsetCheckpoint(dir, OffsetCheckpoint.CLEANER);
    }

    /** Reads what an earlier run has left. Before any log is found. */
    synchronized void read() throws IOException {
        knownRecoveryPoints = recoveryPoints.read();
        knownHighWatermarks = highWatermarks.read();
        knownLogStarts = logStarts.read();
        knownCleanerOffsets = cleanerOffsets.read();
        List.of(knownRecoveryPoints, knownHighWatermarks, knownLogStarts, knownCleanerOffsets)
                .forEach(known -> known.keySet().forEach(this::onRemoved));
    }

    /** @param clean whether the directory was left by a clean stop */
    LogHints hintsFor(TopicPartition partition, boolean clean) {
        return new LogHints(
                knownRecoveryPoints.getOrDefault(partition, -1L),
                knownLogStarts.getOrDefault(partition, -1L),
                knownHighWatermarks.getOrDefault(partition, -1L),
                knownCleanerOffsets.getOrDefault(partition, -1L),
                clean);
    }

    /** A log was found, to be loaded. */
    void onFound(TopicPartition partition) {
        notLoaded.add(partition);
        former.remove(partition);
    }

    /**
     * A log is in service: from now on checkpoints take its offsets from itself. Under the monitor, as one that is being written would
     * otherwise have it from neither.
     */
    synchronized void onLoaded(TopicPartition partition) {
        notLoaded.remove(partition);
    }

    /** A log that was found and is not in service has been deleted. Never waits. */
    void onDeleted(TopicPartition partition) {
        notLoaded.remove(partition);
        onRemoved(partition);
    }

    /** A log is here no more. Never waits. */
    void onRemoved(TopicPartition partition) {
        former.put(partition, new Object());
    }

    /** Whether a log was found and is not in service. Never waits. */
    boolean isNotLoaded(TopicPartition partition) {
        return notLoaded.contains(partition);
    }

    /** Whether all logs that were found are in service. */
    boolean allLoaded() {
        return notLoaded.isEmpty();
    }

    /** The logs that are here no more, as {@link #onFormerForgotten} takes them. */
    Map<TopicPartition, Object> former() {
        return Map.copyOf(former);
    }

    /** All checkpoints have been written since these logs were removed. */
    void onFormerForgotten(Map<TopicPartition, Object> forgotten) {
        forgotten.forEach(former::remove);
    }

    /**
     * Has the checkpoints say nothing of a former log of this name, because one is about to be made anew: after a crash they would be taken
     * for offsets of that one, and what nobody has committed would be below its high watermark. Nor of any other former log, which are made
     * anew as likely.
     *
     * <p>Waits for the disk only if there was one: for the checkpoints that are being written, and for up to four more. Whoever creates a
     * log has the monitor of the {@link LogManager}, so that long no log is created or deleted, in whatever directory.
     */
    void forgetFormer(TopicPartition partition) throws IOException {
        if (former.containsKey(partition)) {
            forgetFormer();
        }
    }

    private synchronized void forgetFormer() throws IOException {
        Map<TopicPartition, Object> forgotten = former();
        knownRecoveryPoints = without(recoveryPoints, knownRecoveryPoints, forgotten.keySet());
        knownHighWatermarks = without(highWatermarks, knownHighWatermarks, forgotten.keySet());
        knownLogStarts = without(logStarts, knownLogStarts, forgotten.keySet());
        knownCleanerOffsets = without(cleanerOffsets, knownCleanerOffsets, forgotten.keySet());
        onFormerForgotten(forgotten);
    }

    private static Map<TopicPartition, Long> without(
            OffsetCheckpoint checkpoint, Map<TopicPartition, Long> known, Set<TopicPartition> forgotten)
            throws IOException {
        Map<TopicPartition, Long> others = new HashMap<>(known);
        if (!others.keySet().removeAll(forgotten)) {
            return known;
        }
        checkpoint.write(others);
        return others;
    }

    /**
     * A log was cut: nothing behind its new end counts as on disk or compacted any more.
     *
     * @param listener told of it between the two, so that the next checkpoint of the cleaner does not raise it again
     */
    synchronized void onCut(TopicPartition partition, long end, ObjLongConsumer<TopicPartition> listener)
            throws IOException {
        knownRecoveryPoints = lowered(recoveryPoints, knownRecoveryPoints, partition, end);
        listener.accept(partition, end);
        knownCleanerOffsets = lowered(cleanerOffsets, knownCleanerOffsets, partition, end);
    }

    private static Map<TopicPartition, Long> lowered(
            OffsetCheckpoint checkpoint, Map<TopicPartition, Long> known, TopicPartition partition, long offset)
            throws IOException {
        if (known.getOrDefault(partition, -1L) <= offset) {
            return known;
        }
        Map<TopicPartition, Long> lowered = new HashMap<>(known);
        lowered.put(partition, offset);
        checkpoint.write(lowered);
        return lowered;
    }

    synchronized void writeRecoveryPoints(Collection<PartitionLog> logs) throws IOException {
        knownRecoveryPoints = write(recoveryPoints, knownRecoveryPoints, offsets(logs, PartitionLog::recoveryPoint));
    }

    synchronized void writeHighWatermarks(Collection<PartitionLog> logs) throws IOException {
        knownHighWatermarks = write(highWatermarks, knownHighWatermarks, offsets(logs, PartitionLog::highWatermark));
    }

    synchronized void writeLogStarts(Collection<PartitionLog> logs) throws IOException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (PartitionLog log : logs) {
            if (log.logStartOffset() > log.firstSegmentBaseOffset()) {
                offsets.put(log.topicPartition(), log.logStartOffset());
            }
        }
        knownLogStarts = write(logStarts, knownLogStarts, offsets);
    }

    /** Where the compactions of an earlier run stopped. */
    Map<TopicPartition, Long> cleanerOffsets() {
        return knownCleanerOffsets;
    }

    /** @param offsets where the next compaction of each log begins, of whatever directory */
    synchronized void writeCleanerOffsets(Collection<PartitionLog> logs, Map<TopicPartition, Long> offsets)
            throws IOException {
        Map<TopicPartition, Long> ofDir = new HashMap<>();
        for (PartitionLog log : logs) {
            Long offset = offsets.get(log.topicPartition());
            if (offset != null) {
                ofDir.put(log.topicPartition(), offset);
            }
        }
        knownCleanerOffsets = write(cleanerOffsets, knownCleanerOffsets, ofDir);
    }

    private static Map<TopicPartition, Long> offsets(
            Collection<PartitionLog> logs, ToLongFunction<PartitionLog> offset) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (PartitionLog log : logs) {
            offsets.put(log.topicPartition(), offset.applyAsLong(log));
        }
        return offsets;
    }

    // An idle directory is not written to.
    private Map<TopicPartition, Long> write(
            OffsetCheckpoint checkpoint, Map<TopicPartition, Long> known, Map<TopicPartition, Long> offsets)
            throws IOException {
        for (TopicPartition partition : notLoaded) {
            Long offset = known.get(partition);
            if (offset != null) {
                offsets.putIfAbsent(partition, offset);
            }
        }
        if (!offsets.equals(known)) {
            checkpoint.write(offsets);
        }
        return offsets;
    }
}
