package io.millrace.storage.producer;

import java.util.Map;
import java.util.TreeMap;

/**
 * Transactions that hold back the last stable offset: those without a marker, and those whose marker is still above the
 * high watermark, for a marker may yet be lost with its leader. The log's writer.
 */
public final class OpenTransactions {
    // First offset of a transaction → offset of its marker, or OPEN.
    private final TreeMap<Long, Long> markers = new TreeMap<>();
    private static final long OPEN = Long.MAX_VALUE;

    void begin(long firstOffset) {
        markers.put(firstOffset, OPEN);
    }

    void complete(long firstOffset, long markerOffset) {
        markers.put(firstOffset, markerOffset);
    }

    /**
     * The last stable offset that a transaction index entry records for a transaction that its marker is about to complete: the
     * first offset of another one that has no marker, else the one after this marker.
     */
    long lastStableOffsetAfter(long firstOffset, long markerOffset) {
        for (Map.Entry<Long, Long> transaction : markers.entrySet()) {
            if (transaction.getValue() == OPEN && transaction.getKey() != firstOffset) {
                return transaction.getKey();
            }
        }
        return markerOffset + 1;
    }

    /** Forgets transactions whose marker lies below the high watermark. */
    public void onHighWatermark(long highWatermark) {
        if (!markers.isEmpty()) {
            markers.values().removeIf(marker -> marker < highWatermark);
        }
    }

    /** The first offset of the oldest transaction here, which may lie below the log start; {@link Long#MAX_VALUE} if there is none. */
    public long firstUnstableOffset() {
        return markers.isEmpty() ? Long.MAX_VALUE : markers.firstKey();
    }

    /**
     * Forgets transactions whose marker lies below the log start. One that only began there goes on: its later records are in the
     * log, or are yet to come.
     */
    void truncateFromStart(long logStartOffset) {
        onHighWatermark(logStartOffset);
    }

    void clear() {
        markers.clear();
    }
}
