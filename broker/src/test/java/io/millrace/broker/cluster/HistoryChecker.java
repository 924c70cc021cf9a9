package io.millrace.broker.cluster;

import io.millrace.broker.cluster.History.Read;
import io.millrace.broker.cluster.History.Writes;
import io.millrace.broker.cluster.Violation.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.collections.Long2LongHashMap;

/**
 * Judges a history against what a partition is: one sequence of records, each with the next offset, each there once, those of a
 * stream in their order, and once acknowledged or read there for ever.
 */
final class HistoryChecker {
    private static final long NONE = Long.MIN_VALUE;

    private final History history;
    private final List<Violation> violations = new ArrayList<>();

    private HistoryChecker(History history) {
        this.history = history;
    }

    /** Everything that cannot be. */
    static List<Violation> check(History history) {
        HistoryChecker checker = new HistoryChecker(history);
        history.finalReads().forEach(checker::checkPartition);
        return checker.violations;
    }

    private void checkPartition(int partition, Read last) {
        Writes writes = history.writes().getOrDefault(partition, new Writes());
        Long2LongHashMap idAt = new Long2LongHashMap(NONE);
        Long2LongHashMap offsetOf = new Long2LongHashMap(NONE);
        checkFinalRead(partition, last, writes, idAt, offsetOf);
        checkAcks(partition, writes, idAt, offsetOf);
        for (Read read : history.reads()) {
            if (read.partition() == partition) {
                checkLiveRead(read, writes, idAt, offsetOf);
            }
        }
    }

    private void checkFinalRead(
            int partition, Read last, Writes writes, Long2LongHashMap idAt, Long2LongHashMap offsetOf) {
        Map<Integer, Integer> numberBefore = new HashMap<>();
        long expected = 0;
        for (int i = 0; i < last.offsets().size(); i++) {
            long offset = last.offsets().getLong(i);
            long id = last.ids().getLong(i);
            if (offset > expected) {
                add(Kind.OFFSET_GAP, partition, "nothing from offset " + expected + " to " + (offset - 1));
            } else if (offset < expected) {
                add(Kind.NON_MONOTONIC_POLL, partition, last.reader() + " got " + offset + " after " + (expected - 1));
            }
            expected = offset + 1;
            idAt.put(offset, id);
            if (!isSound(partition, last, offset, id, writes)) {
                continue;
            }
            long earlier = offsetOf.get(id);
            if (earlier == NONE) {
                offsetOf.put(id, offset);
            } else {
                add(Kind.DUPLICATE, partition, RecordId.text(id) + " is at " + earlier + " and at " + offset);
                continue;
            }
            Integer before = numberBefore.put(RecordId.stream(id), RecordId.number(id));
            if (before != null && before > RecordId.number(id)) {
                add(Kind.REORDER, partition, RecordId.text(id) + " at " + offset + " comes after number " + before);
            }
        }
    }

    private void checkAcks(int partition, Writes writes, Long2LongHashMap idAt, Long2LongHashMap offsetOf) {
        writes.acked.forEachLong((id, acked) -> {
            long offset = offsetOf.get(id);
            if (offset == NONE) {
                long instead = idAt.get(acked);
                add(
                        Kind.LOST,
                        partition,
                        RecordId.text(id) + " was acknowledged at " + acked + ", where there is now "
                                + (instead == NONE ? "nothing" : RecordId.text(instead)));
            } else if (acked >= 0 && offset != acked) {
                add(
                        Kind.ACK_OFFSET_MISMATCH,
                        partition,
                        RecordId.text(id) + " was acknowledged at " + acked + " and is at " + offset);
            }
        });
    }

    private void checkLiveRead(Read read, Writes writes, Long2LongHashMap idAt, Long2LongHashMap offsetOf) {
        int partition = read.partition();
        long before = -1;
        for (int i = 0; i < read.offsets().size(); i++) {
            long offset = read.offsets().getLong(i);
            long id = read.ids().getLong(i);
            if (offset <= before) {
                add(Kind.NON_MONOTONIC_POLL, partition, read.reader() + " got " + offset + " after " + before);
            } else if (offset > before + 1) {
                add(Kind.POLL_SKIP, partition, read.reader() + " got " + offset + " after " + before);
            }
            before = offset;
            if (!isSound(partition, read, offset, id, writes)) {
                continue;
            }
            long stands = idAt.get(offset);
            if (stands == id) {
                continue;
            }
            String text = read.reader() + " got " + RecordId.text(id) + " at " + offset;
            if (stands != NONE) {
                add(Kind.INCONSISTENT_OFFSET, partition, text + ", where there is now " + RecordId.text(stands));
            }
            if (offsetOf.get(id) == NONE) {
                add(Kind.READ_THEN_VANISHED, partition, text + ", and it is gone");
            }
        }
    }

    private boolean isSound(int partition, Read read, long offset, long id, Writes writes) {
        if (id == RecordId.CORRUPT) {
            add(Kind.CORRUPT, partition, read.reader() + " got a corrupt value at " + offset);
            return false;
        }
        if (!writes.sent.contains(id)) {
            add(Kind.PHANTOM, partition, read.reader() + " got " + RecordId.text(id) + " at " + offset);
            return false;
        }
        if (writes.failed.contains(id)) {
            add(Kind.FAILED_VISIBLE, partition, read.reader() + " got " + RecordId.text(id) + " at " + offset);
        }
        return true;
    }

    private void add(Kind kind, int partition, String text) {
        violations.add(new Violation(kind, partition, text));
    }
}
