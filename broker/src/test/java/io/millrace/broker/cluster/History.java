package io.millrace.broker.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongHashSet;

/**
 * What clients were told while things went wrong, by partition of one topic. Written by the threads of the clients, judged by
 * {@link HistoryChecker} when all of them are done.
 */
final class History {
    private static final long NONE = Long.MIN_VALUE;

    private final Map<Integer, Writes> writes = new TreeMap<>();
    private final List<Read> reads = new ArrayList<>();
    private final Map<Integer, Read> finalReads = new TreeMap<>();

    /** What was written to a partition. Every id is in {@code sent}; of some it is known how it ended, the rest is indeterminate. */
    static final class Writes {
        final LongHashSet sent = new LongHashSet();
        final Long2LongHashMap acked = new Long2LongHashMap(NONE);
        final LongHashSet failed = new LongHashSet();
    }

    /** What one reader got from one partition, in the order in which it got it. */
    record Read(String reader, int partition, LongArrayList offsets, LongArrayList ids) {
        Read(String reader, int partition) {
            this(reader, partition, new LongArrayList(), new LongArrayList());
        }

        void add(long offset, long id) {
            offsets.addLong(offset);
            ids.addLong(id);
        }
    }

    synchronized void sent(int partition, long id) {
        writes(partition).sent.add(id);
    }

    /** It was acknowledged with this offset. */
    synchronized void acked(int partition, long id, long offset) {
        writes(partition).acked.put(id, offset);
    }

    /** It failed for certain: it never left the client. */
    synchronized void failed(int partition, long id) {
        writes(partition).failed.add(id);
    }

    /** A reader that works while things happen. Only the reader's thread adds to it. */
    synchronized Read liveRead(String reader, int partition) {
        Read read = new Read(reader, partition);
        reads.add(read);
        return read;
    }

    /** The read of a whole partition after everything, in the order of offsets. */
    synchronized Read finalRead(int partition) {
        Read read = new Read("the final read", partition);
        finalReads.put(partition, read);
        return read;
    }

    synchronized long ackedCount() {
        return writes.values().stream().mapToLong(each -> each.acked.size()).sum();
    }

    synchronized long ackedCount(int partition) {
        return writes(partition).acked.size();
    }

    synchronized long sentCount() {
        return writes.values().stream().mapToLong(each -> each.sent.size()).sum();
    }

    Map<Integer, Writes> writes() {
        return writes;
    }

    List<Read> reads() {
        return reads;
    }

    Map<Integer, Read> finalReads() {
        return finalReads;
    }

    private Writes writes(int partition) {
        return writes.computeIfAbsent(partition, p -> new Writes());
    }
}
