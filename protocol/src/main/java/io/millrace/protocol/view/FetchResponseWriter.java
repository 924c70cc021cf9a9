package io.millrace.protocol.view;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import java.util.List;

/**
 * Writes a Fetch response of any version around the records, which the caller sends itself:
 *
 * <pre>
 * begin(throttleTimeMs, errorCode, sessionId, topicCount)
 *     topic(name, id, partitions)
 *         partition(...)
 *         abortedTransactions(count), then count times abortedTransaction(...)
 *         records(preferredReadReplica, length)
 *                     ← here belong length bytes of records: size() tells the place
 *         endPartition() or endPartition(...)
 * end(endpoints)
 * </pre>
 *
 * The buffer so holds everything but the records in one run, to be sent in slices with file regions in between. The frame
 * is {@link #size()} plus {@link #recordsSize()} long.
 */
public final class FetchResponseWriter extends ResponseWriter {
    private static final int FIRST_WITH_IDS = 13;
    private static final int DIVERGING_EPOCH_TAG = 0;
    private static final int CURRENT_LEADER_TAG = 1;

    /** Epoch, end offset, no tagged fields. */
    private static final int DIVERGING_EPOCH_SIZE = Integer.BYTES + Long.BYTES + 1;

    /** Leader id, leader epoch, no tagged fields. */
    private static final int CURRENT_LEADER_SIZE = 2 * Integer.BYTES + 1;

    private long recordsSize;

    public FetchResponseWriter() {
        super(ApiKey.FETCH);
    }

    /** Bytes of records announced since {@link #measure} or {@link #write}; they are not among {@link #size()}. */
    public long recordsSize() {
        return recordsSize;
    }

    /**
     * Opens the response.
     *
     * @param throttleTimeMs how long the client shall wait before its next request
     * @param errorCode of the request as a whole, since version 7
     * @param sessionId 0 for none, since version 7
     * @param topics to follow
     */
    public void begin(int throttleTimeMs, short errorCode, int sessionId, int topics) {
        recordsSize = 0;
        if (since(1)) {
            int32(throttleTimeMs);
        }
        if (since(7)) {
            int16(errorCode);
            int32(sessionId);
        }
        topics(topics);
    }

    /**
     * Opens a topic.
     *
     * @param name written before version 13
     * @param id written since version 13
     * @param partitions to follow
     */
    public void topic(String name, Uuid id, int partitions) {
        topic(name, id, partitions, since(FIRST_WITH_IDS));
    }

    /**
     * Opens a partition.
     *
     * @param highWatermark -1 with an error
     * @param lastStableOffset -1 if unknown; since version 4
     * @param logStartOffset -1 if unknown; since version 5
     */
    public void partition(
            int partition, short errorCode, long highWatermark, long lastStableOffset, long logStartOffset) {
        takePartition();
        int32(partition);
        int16(errorCode);
        int64(highWatermark);
        if (since(4)) {
            int64(lastStableOffset);
        }
        if (since(5)) {
            int64(logStartOffset);
        }
    }

    /** Opens the list of aborted transactions, since version 4; -1, no list, is for those that read uncommitted records. */
    public void abortedTransactions(int count) {
        if (since(4)) {
            length(count);
        }
    }

    /** A transaction that was aborted, whose records begin at {@code firstOffset}; since version 4. */
    public void abortedTransaction(long producerId, long firstOffset) {
        if (since(4)) {
            int64(producerId);
            int64(firstOffset);
            noTags();
        }
    }

    /**
     * The last piece before the records.
     *
     * @param preferredReadReplica broker to fetch from instead, or -1; since version 11
     * @param length of the records in bytes, -1 for null
     */
    public void records(int preferredReadReplica, int length) {
        if (since(11)) {
            int32(preferredReadReplica);
        }
        length(length);
        recordsSize += Math.max(length, 0);
    }

    /** Ends a partition with neither a diverging epoch nor another leader to tell. */
    public void endPartition() {
        noTags();
        closePartition();
    }

    /**
     * Ends a partition.
     *
     * @param divergingEpoch largest epoch not above the client's last one that the leader has, -1 if the logs agree
     * @param divergingEndOffset where that epoch ends, or -1
     * @param leaderId broker that leads instead, -1 for nothing to tell
     * @param leaderEpoch its epoch, -1 for nothing to tell
     */
    public void endPartition(int divergingEpoch, long divergingEndOffset, int leaderId, int leaderEpoch) {
        boolean diverging = since(12) && (divergingEpoch != -1 || divergingEndOffset != -1);
        boolean otherLeader = since(12) && (leaderId != -1 || leaderEpoch != -1);
        if (!diverging && !otherLeader) {
            endPartition();
            return;
        }
        uvarint((diverging ? 1 : 0) + (otherLeader ? 1 : 0));
        if (diverging) {
            tag(DIVERGING_EPOCH_TAG, DIVERGING_EPOCH_SIZE);
            int32(divergingEpoch);
            int64(divergingEndOffset);
            noTags();
        }
        if (otherLeader) {
            tag(CURRENT_LEADER_TAG, CURRENT_LEADER_SIZE);
            int32(leaderId);
            int32(leaderEpoch);
            noTags();
        }
        closePartition();
    }

    /**
     * Ends the response.
     *
     * @param endpoints of the leaders told, since version 16; empty for none
     */
    public void end(List<NodeEndpoint> endpoints) {
        endTopics();
        endpointTags(endpoints, since(16));
    }
}
