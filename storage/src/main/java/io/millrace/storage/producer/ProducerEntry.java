package io.millrace.storage.producer;

import io.millrace.protocol.record.BatchHeader;

/**
 * One producer: its epoch, its last batches (as many as a client may have in flight) and its open transaction. The log's writer.
 */
public final class ProducerEntry {
    /** An idempotent client has at most this many unanswered batches; any of them may come again. */
    public static final int BATCHES = 5;

    /** Half of all sequences: of two that are further apart nobody can say which is the earlier one. */
    private static final int MAX_KNOWN = 1 << 30;

    private final long producerId;
    private short epoch;
    private int coordinatorEpoch = -1;
    private long lastTimestamp = BatchHeader.NO_TIMESTAMP;
    private long currentTxnFirstOffset = -1;

    // The last batches, the oldest at `first`; entry i lies in slot (first + i) % BATCHES.
    private final int[] lastSequences = new int[BATCHES];
    private final long[] lastOffsets = new long[BATCHES];
    private final int[] offsetDeltas = new int[BATCHES];
    private int first;
    private int count;

    // How many records in a row, up to the last one, are known to be in the log.
    private int knownRecords;

    ProducerEntry(long producerId, short epoch) {
        this.producerId = producerId;
        this.epoch = epoch;
    }

    public long producerId() {
        return producerId;
    }

    public short epoch() {
        return epoch;
    }

    /** Epoch of the coordinator that wrote the last marker; -1 if none did. */
    public int coordinatorEpoch() {
        return coordinatorEpoch;
    }

    /** Of the last batch, ms. */
    public long lastTimestamp() {
        return lastTimestamp;
    }

    /** First offset of the open transaction; -1 if there is none. */
    public long currentTxnFirstOffset() {
        return currentTxnFirstOffset;
    }

    /** Sequence of the last record; -1 if no batch is known, only a marker. */
    public int lastSequence() {
        return count == 0 ? BatchHeader.NO_SEQUENCE : lastSequences[slot(count - 1)];
    }

    /** Offset of the last record; -1 likewise. */
    public long lastOffset() {
        return count == 0 ? -1 : lastOffsets[slot(count - 1)];
    }

    /** Last less first offset of the last batch; 0 likewise. */
    public int lastOffsetDelta() {
        return count == 0 ? 0 : offsetDeltas[slot(count - 1)];
    }

    /** Last offset of the known batch with these sequences; -1 if there is none. */
    public long lastOffsetOfBatch(int baseSequence, int lastSequence) {
        for (int i = count - 1; i >= 0; i--) {
            int slot = slot(i);
            if (lastSequences[slot] == lastSequence
                    && BatchHeader.incrementSequence(baseSequence, offsetDeltas[slot]) == lastSequence) {
                return lastOffsets[slot];
            }
        }
        return -1;
    }

    /**
     * Whether all records with these sequences are in the log for certain, also those of batches that are not among the last. Says
     * nothing of what was sent before this log heard of the producer.
     */
    public boolean holds(int baseSequence, int lastSequence) {
        if (count == 0) {
            return false;
        }
        long behind = lastSequence() - lastSequence & Integer.MAX_VALUE;
        long records = (lastSequence - baseSequence & Integer.MAX_VALUE) + 1L;
        return behind + records <= knownRecords;
    }

    int knownRecords() {
        return knownRecords;
    }

    void restoreKnownRecords(int records) {
        knownRecords = records;
    }

    void addBatch(short batchEpoch, int lastSequence, long lastOffset, int offsetDelta, long timestamp) {
        adoptEpoch(batchEpoch);
        boolean follows = count > 0 && BatchHeader.incrementSequence(lastSequence(), offsetDelta + 1) == lastSequence;
        knownRecords = Math.min(MAX_KNOWN, (follows ? knownRecords : 0) + offsetDelta + 1);
        if (count == BATCHES) {
            first = (first + 1) % BATCHES;
            count--;
        }
        int slot = slot(count++);
        lastSequences[slot] = lastSequence;
        lastOffsets[slot] = lastOffset;
        offsetDeltas[slot] = offsetDelta;
        lastTimestamp = timestamp;
    }

    void addMarker(short markerEpoch, int markerCoordinatorEpoch, long timestamp) {
        adoptEpoch(markerEpoch);
        coordinatorEpoch = markerCoordinatorEpoch;
        lastTimestamp = timestamp;
        currentTxnFirstOffset = -1;
    }

    void beginTransaction(long firstOffset) {
        currentTxnFirstOffset = firstOffset;
    }

    void restore(int markerCoordinatorEpoch, long timestamp, long txnFirstOffset) {
        coordinatorEpoch = markerCoordinatorEpoch;
        lastTimestamp = timestamp;
        currentTxnFirstOffset = txnFirstOffset;
    }

    // A new epoch starts its sequences anew.
    private void adoptEpoch(short batchEpoch) {
        if (batchEpoch != epoch) {
            epoch = batchEpoch;
            count = 0;
            first = 0;
            knownRecords = 0;
        }
    }

    private int slot(int i) {
        return (first + i) % BATCHES;
    }
}
